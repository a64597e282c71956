//! One call as the caller asked for it: its check, and the body it becomes.
