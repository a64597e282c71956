//! Every setting of a client, checked once when it is built.
