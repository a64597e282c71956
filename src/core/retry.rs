//! What to retry and how long to wait; pure.
