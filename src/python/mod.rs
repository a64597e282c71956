//! The only code that names pyo3. It knows no HTTP.

mod session;

use pyo3::prelude::*;

/// The compiled half of the package.
#[pymodule]
mod _core {
    #[pymodule_export]
    use super::session::_loads;
}
