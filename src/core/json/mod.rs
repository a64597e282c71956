//! Bytes to a validated tape, with no Python object made.
