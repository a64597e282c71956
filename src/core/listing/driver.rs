//! Drives a plan over a client, with a bounded read-ahead.
