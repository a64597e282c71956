//! The only code that touches the network: pool, TLS, proxy, one attempt.
