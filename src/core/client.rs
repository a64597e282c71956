//! One request made reliable: send, judge the status, retry.
