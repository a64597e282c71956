//! Pages to Arrow record batches.
