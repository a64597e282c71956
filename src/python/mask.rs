//! `Mask` and `MaskKey`: a policy and the key of its pseudonyms, checked when they are made.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::convert::arguments::detector::DetectorFunction;
use super::convert::arguments::mask::{self, page_of, parts_of};
use super::convert::errors::to_python_error;
use super::convert::report::mask_report_to_python;
use super::convert::session::loads;
use super::runtime::wait;
use crate::core::config::MaskSetting;
use crate::core::error::Error;
use crate::core::mask::policy::PolicySpec;
use crate::core::mask::pseudonym::MaskKey as CoreKey;
use crate::core::mask::{Mask as CoreMask, MaskedPage};
use crate::core::scan::{Finder, scan, scan_rows};

fn wrong(why: String) -> PyErr {
    to_python_error(&Error::Configuration(why))
}

/// The secret that pseudonyms are made with.
///
/// Whoever has it can make the pseudonym of any address that he guesses, so it is kept apart from what
/// was masked with it. Its text is base64 or hexadecimal digits of at least 32 random bytes. A pickle
/// holds the secret.
///
/// Args:
///     text: The key as `BLOCKS_MASK_KEY` holds it.
///
/// Raises:
///     ConfigurationError: The text is no key.
///
/// Example:
///     >>> from blocks_sessions import MaskKey
///     >>> key = MaskKey.generate()
///     >>> len(key.id)
///     4
#[pyclass(frozen, eq, module = "blocks_sessions")]
#[derive(PartialEq)]
pub struct MaskKey {
    pub key: CoreKey,
}

#[pymethods]
impl MaskKey {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        Ok(Self { key: CoreKey::from_text(text).map_err(wrong)? })
    }

    /// Make a new random key.
    #[staticmethod]
    fn generate() -> PyResult<Self> {
        Ok(Self { key: CoreKey::generate().map_err(wrong)? })
    }

    /// Read the key from an environment variable.
    ///
    /// Raises:
    ///     ConfigurationError: It is not set, or holds no key.
    #[staticmethod]
    #[pyo3(signature = (name = "BLOCKS_MASK_KEY"))]
    fn from_env(name: &str) -> PyResult<Self> {
        Ok(Self { key: CoreKey::from_env(name).map_err(wrong)? })
    }

    /// Read the key from a file that nobody but its owner may read.
    ///
    /// Raises:
    ///     ConfigurationError: It cannot be read, is open to others, or holds no key.
    #[staticmethod]
    fn from_file(path: PathBuf) -> PyResult<Self> {
        Ok(Self { key: CoreKey::from_file(&path).map_err(wrong)? })
    }

    /// Write the key to a new file of mode 0600.
    ///
    /// Raises:
    ///     FileExistsError: There is something already: a key is never written over.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        Ok(self.key.save(&path)?)
    }

    /// Four letters that tell keys apart; every pseudonym holds them.
    #[getter]
    fn id(&self) -> &str {
        self.key.id()
    }

    fn __hash__(&self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|place| {
            self.key.id().as_bytes().get(place).copied().unwrap_or(0)
        }))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.key)
    }

    /// Makes a key again from its pickled form.
    #[staticmethod]
    fn _rebuild(text: &str, ephemeral: bool) -> PyResult<Self> {
        let key = CoreKey::from_text(text).map_err(wrong)?;
        Ok(Self { key: if ephemeral { key.as_ephemeral() } else { key } })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let key = &slf.get().key;
        (slf.get_type().getattr("_rebuild")?, (key.expose(), key.is_ephemeral())).into_pyobject(slf.py())
    }
}

/// What is done to the personal data in every page, before anything is made of it.
///
/// What a mask leaves is pseudonymised, which is still personal data: whoever has the key can recognise a
/// person again. See "Privacy and security" in the documentation for what each preset does to each field.
///
/// Args:
///     preset: `"gdpr"`, `"training"`, `"none"`, or the path of a policy file (TOML), whose settings the
///         other arguments replace one by one.
///     fields: Selectors and treatments, as in `{"user_info.name": "drop", "**.email": "token:email"}`.
///     unknown: What is done to a field that nothing names: `"drop"`, `"redact"` or `"text"`.
///     detect: Kinds and treatments of what is found in texts, as in `{"phone": "partial"}`.
///     patterns: Names and regular expressions of further kinds, as in `{"contract": r"CH-\d{7}"}`.
///     own_values: Whether a session's own names, addresses, phones and ids are searched for in its texts.
///     key: A `MaskKey`, or `"ephemeral"`: a random one that is kept nowhere. If not given, the one that the
///         policy file names or `BLOCKS_MASK_KEY` holds, else an ephemeral one.
///     previous: Older keys, for `tokens` only.
///     scope: Pseudonyms of two scopes do not join.
///     detector: A function that gets each text that is left, and returns it masked. It runs on a thread of
///         the package's; where it fails, the text is dropped.
///
/// Raises:
///     ConfigurationError: The policy or the key is wrong.
///
/// Example:
///     >>> from blocks_sessions import Mask
///     >>> mask = Mask("gdpr", fields={"feedback": "redact"}, key="ephemeral")
///     >>> mask.apply({"status": "active", "feedback": "Call Mei!", "plan": "pro"})
///     {'status': 'active', 'feedback': '[value]'}
#[pyclass(frozen, module = "blocks_sessions")]
pub struct Mask {
    pub mask: Arc<CoreMask>,
    detector: Option<Py<PyAny>>,
}

impl Mask {
    fn build(mask: CoreMask, detector: Option<Py<PyAny>>, py: Python<'_>) -> Self {
        let held = detector.as_ref().map(|detector| Arc::new(DetectorFunction::new(detector.clone_ref(py))));
        let mask = match held {
            Some(held) => mask.with_detector(held),
            None => mask,
        };
        Self { mask: Arc::new(mask), detector }
    }

    fn masked(&self, py: Python<'_>, session: &Bound<'_, PyAny>) -> PyResult<MaskedPage> {
        let page = page_of(session)?;
        wait(py, async {
            self.mask.apply(&page).await.map_err(|error| Error::Configuration(error.to_string()))
        })
    }
}

#[pymethods]
impl Mask {
    #[new]
    #[pyo3(signature = (preset=None, *, fields=None, unknown=None, detect=None, patterns=None, own_values=None, key=None, previous=None, scope=None, detector=None))]
    #[expect(clippy::too_many_arguments, reason = "a keyword each")]
    fn new(
        py: Python<'_>,
        preset: Option<PathBuf>,
        fields: Option<&Bound<'_, PyMapping>>,
        unknown: Option<String>,
        detect: Option<&Bound<'_, PyMapping>>,
        patterns: Option<&Bound<'_, PyMapping>>,
        own_values: Option<bool>,
        key: Option<&Bound<'_, PyAny>>,
        previous: Option<Vec<Bound<'_, MaskKey>>>,
        scope: Option<String>,
        detector: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        if let Some(detector) = &detector
            && !detector.is_callable()
        {
            return Err(PyTypeError::new_err(
                "detector must be a function that takes a text and returns one",
            ));
        }
        let mut file = mask::policy_file(preset.as_deref()).map_err(wrong)?;
        let policy = &mut file.policy;
        mask::extend(&mut policy.fields, fields)?;
        mask::extend(&mut policy.detect, detect)?;
        mask::extend(&mut policy.patterns, patterns)?;
        policy.unknown = unknown.unwrap_or(std::mem::take(&mut policy.unknown));
        policy.scope = scope.unwrap_or(std::mem::take(&mut policy.scope));
        policy.own_values = own_values.unwrap_or(policy.own_values);
        let key = mask::key(&file, key)?;
        let previous = previous.unwrap_or_default().iter().map(|key| key.get().key.clone()).collect();
        let made = CoreMask::new(file.policy, key, previous).map_err(wrong)?;
        Ok(Self::build(made, detector.map(Bound::unbind), py))
    }

    /// Return one session as the mask leaves it.
    ///
    /// Args:
    ///     session: A session as the service would send it.
    fn apply<'py>(&self, py: Python<'py>, session: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let page = self.masked(py, session)?;
        let text = page.body.session(0).map_or("{}", crate::core::json::Value::raw);
        py.import("blocks_sessions.session")?.getattr("Session")?.call1((loads(py, text.as_bytes())?,))
    }

    /// Return what the mask does to one session: every path, its treatment, and counts; never a value.
    fn explain<'py>(&self, py: Python<'py>, session: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let page = self.masked(py, session)?;
        let mut report = self.mask.report();
        page.tally.add_to(&mut report, 0..page.body.len());
        mask_report_to_python(py, &report)
    }

    /// Return a text that belongs to no session with what the detectors find in it replaced.
    fn text<'py>(&self, text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
        Ok(match self.mask.text(text.to_str()?) {
            // Most texts hold nothing, and need no copy.
            Cow::Borrowed(_) if text.is_exact_instance_of::<PyString>() => text.clone(),
            masked => PyString::new(text.py(), &masked),
        })
    }

    /// Return the pseudonyms that a value has or had, for requests about access and erasure.
    ///
    /// Args:
    ///     kind: `"email"`, `"phone"`, `"user"`, `"session"`, `"name"`, `"ip"`, `"value"`, ...
    ///     value: The value, however it is spelled.
    ///
    /// Returns:
    ///     One for each key: that of the current one first, then those of the previous ones.
    ///
    /// Example:
    ///     >>> from blocks_sessions import Mask
    ///     >>> mask = Mask(key="ephemeral")
    ///     >>> mask.tokens("email", "Mei@Example.com") == mask.tokens("email", " mei@example.com")
    ///     True
    fn tokens(&self, kind: &str, value: &str) -> PyResult<Vec<String>> {
        self.mask.tokens(kind, value).map_err(wrong)
    }

    /// The key of its pseudonyms.
    #[getter]
    fn key(&self) -> MaskKey {
        MaskKey { key: self.mask.key().clone() }
    }

    /// The preset's name.
    #[getter]
    fn preset(&self) -> &str {
        &self.mask.policy().spec().preset
    }

    /// What its pseudonyms are kept apart by.
    #[getter]
    fn scope(&self) -> &str {
        &self.mask.policy().spec().scope
    }

    /// What tells it from other masks in the manifest of an export: of its policy and the id of its key.
    ///
    /// It holds no secret.
    #[getter]
    fn fingerprint(&self) -> String {
        self.mask.fingerprint()
    }

    fn __repr__(&self) -> String {
        mask::shown(&self.mask)
    }

    fn __eq__(&self, other: &Self) -> bool {
        let same_detector = match (&self.detector, &other.detector) {
            (None, None) => true,
            (Some(ours), Some(theirs)) => ours.is(theirs),
            _ => false,
        };
        same_detector
            && self.mask.policy().spec() == other.mask.policy().spec()
            && self.mask.key() == other.mask.key()
    }

    fn __hash__(&self) -> PyResult<isize> {
        Python::attach(|py| pyo3::types::PyString::new(py, &self.fingerprint()).hash())
    }

    /// Makes a mask again from its pickled form.
    #[staticmethod]
    fn _rebuild(
        py: Python<'_>,
        policy: &Bound<'_, PyDict>,
        key: &Bound<'_, MaskKey>,
        previous: Vec<Bound<'_, MaskKey>>,
        detector: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let previous = previous.iter().map(|key| key.get().key.clone()).collect();
        let made = CoreMask::new(mask::policy_of(policy)?, key.get().key.clone(), previous).map_err(wrong)?;
        Ok(Self::build(made, detector, py))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (py, this) = (slf.py(), slf.get());
        let previous: Vec<MaskKey> =
            this.mask.previous().iter().map(|key| MaskKey { key: key.clone() }).collect();
        let detector = this.detector.as_ref().map(|detector| detector.clone_ref(py));
        let parts = (parts_of(py, this.mask.policy().spec())?, this.key(), previous, detector);
        (slf.get_type().getattr("_rebuild")?, parts).into_pyobject(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.detector)
    }
}

/// A client's `mask=`: one of ours, a preset, or the path of a policy file.
pub fn setting(value: &Bound<'_, PyAny>) -> PyResult<MaskSetting> {
    if let Ok(mask) = value.cast::<Mask>() {
        return Ok(MaskSetting::Made(mask.get().mask.clone()));
    }
    let path: PathBuf = value.extract()?;
    Ok(MaskSetting::Named(path.to_string_lossy().into_owned()))
}

/// Looks through files, and through rows that Python took out of others; gives the report as JSON text.
#[pyfunction]
pub(crate) fn _scan(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    rows: Vec<(String, Vec<u8>)>,
    values: Vec<String>,
) -> PyResult<String> {
    py.detach(|| scanned(&paths, &rows, &values)).map_err(wrong)
}

fn scanned(paths: &[PathBuf], rows: &[(String, Vec<u8>)], values: &[String]) -> Result<String, String> {
    let policy = PolicySpec { preset: "none".to_owned(), ..PolicySpec::default() };
    let finder = Finder::new(CoreMask::new(policy, CoreKey::ephemeral()?, Vec::new())?, values)?;
    let mut report = scan(paths, &finder).map_err(|error| error.to_string())?;
    for (file, rows) in rows {
        scan_rows(file, rows, &finder, &mut report);
    }
    serde_json::to_string(&report).map_err(|error| error.to_string())
}
