//! Answers of identical calls, from memory.
