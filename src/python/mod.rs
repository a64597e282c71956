//! The only code that names pyo3. It knows no HTTP.
