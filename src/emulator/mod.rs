//! The service, in memory, over real sockets.
