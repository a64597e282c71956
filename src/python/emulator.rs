//! The emulator for Python: options in, plain tuples and texts out. What users see of it is
//! `blocks_sessions.testing`. Its threads never touch the interpreter.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyKeyError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::emulator::{
    self, ChangeRefused, Churn, EmulatorOptions, FaultKind, Faults, ReceivedRequest, Sessions as Held,
    fault_kinds,
};

/// The service in memory, serving as long as this object lives or until it is closed.
#[pyclass(frozen, module = "blocks_sessions._core")]
pub struct _Emulator {
    inner: emulator::Emulator,
}

/// The options, each under its name in one dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Options {
    host: IpAddr,
    port: u16,
    seed: u64,
    agents: Vec<(String, Sessions)>,
    keys: Vec<String>,
    latency: f64,
    require_token: bool,
    token: String,
    client_id: String,
    client_secret: String,
    expires_in: Option<u64>,
    order: String,
    page_limit: u32,
    offset_unit: String,
    total_count: String,
    churn: ChurnParts,
    now: Option<i64>,
    faults: Vec<FaultParts>,
    rate_limit: Option<f64>,
    ties: f64,
    null_keys: f64,
    error_style: String,
    plant: Option<u64>,
}

/// Inserts, touches, deletes, edits, and whether they are for a second.
type ChurnParts = (f64, f64, f64, f64, bool);
/// Rate, kinds, and the seconds to wait.
type FaultParts = (f64, Vec<String>, u64);

fn churn((inserts, touches, deletes, edits, per_second): ChurnParts) -> Churn {
    Churn { inserts, touches, deletes, edits, per_second }
}

fn faults((rate, kinds, retry_after): FaultParts) -> Faults {
    Faults { rate, kinds, retry_after }
}

/// A number of sessions, or the JSON text of each.
#[derive(FromPyObject)]
enum Sessions {
    Count(u64),
    Given(Vec<String>),
}

impl From<Sessions> for Held {
    fn from(sessions: Sessions) -> Self {
        match sessions {
            Sessions::Count(count) => Self::Count(count),
            Sessions::Given(texts) => Self::Given(texts),
        }
    }
}

impl Options {
    fn checked(self) -> PyResult<EmulatorOptions> {
        Ok(EmulatorOptions {
            host: self.host,
            port: self.port,
            seed: self.seed,
            agents: self.agents.into_iter().map(|(name, sessions)| (name, sessions.into())).collect(),
            keys: self.keys,
            latency: seconds(self.latency)?,
            require_token: self.require_token,
            token: self.token,
            client_id: self.client_id,
            client_secret: self.client_secret,
            expires_in: self.expires_in,
            order: named("order", &self.order)?,
            page_limit: self.page_limit,
            offset_unit: named("offset_unit", &self.offset_unit)?,
            total_count: named("total_count", &self.total_count)?,
            churn: churn(self.churn),
            now: self.now,
            plant: self.plant,
            faults: self.faults.into_iter().map(faults).collect(),
            rate_limit: self.rate_limit,
            ties: self.ties,
            null_keys: self.null_keys,
            error_style: named("error_style", &self.error_style)?,
            ..EmulatorOptions::default()
        })
    }
}

/// Which option is of the wrong kind, and why, in the words of whoever found out.
fn name_option(py: Python<'_>, error: &PyErr) -> PyErr {
    let text = error.value(py).to_string();
    let option = text.rsplit('.').next().unwrap_or_default();
    let mut cause = error.clone_ref(py);
    while let Some(deeper) = cause.cause(py) {
        cause = deeper;
    }
    if cause.is_instance_of::<PyOverflowError>(py) {
        return PyValueError::new_err(format!("{option}: the number is out of range"));
    }
    let message = format!("{option}: {}", cause.value(py));
    if cause.is_instance_of::<PyTypeError>(py) {
        PyTypeError::new_err(message)
    } else {
        PyValueError::new_err(message)
    }
}

fn named<T: std::str::FromStr<Err = String>>(option: &str, text: &str) -> PyResult<T> {
    text.parse().map_err(|wrong| PyValueError::new_err(format!("{option}: {wrong}")))
}

fn seconds(latency: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(latency)
        .map_err(|_| PyValueError::new_err(format!("latency: {latency} is no number of seconds to wait.")))
}

/// What `ReceivedRequest` in Python is made of.
type RequestParts = (
    String,
    String,
    Vec<(String, String)>,
    String,
    String,
    u64,
    Option<u16>,
    Option<&'static str>,
    f64,
    Option<f64>,
);

/// Those that were there all the time, and every change: request, kind, session id.
type HistoryParts = (Vec<String>, Vec<(u64, &'static str, String)>);

#[pymethods]
impl _Emulator {
    #[new]
    fn new(options: &Bound<'_, PyAny>) -> PyResult<Self> {
        let options: Options = options.extract().map_err(|error| name_option(options.py(), &error))?;
        let started = emulator::Emulator::start(options.checked()?);
        let inner = started.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => PyValueError::new_err(error.to_string()),
            _ => error.into(),
        })?;
        Ok(Self { inner })
    }

    #[getter]
    fn url(&self) -> String {
        self.inner.url()
    }

    fn requests(&self) -> Vec<RequestParts> {
        self.inner.requests().into_iter().map(request_parts).collect()
    }

    fn request_count(&self) -> u64 {
        self.inner.request_count()
    }

    fn in_flight(&self) -> (u64, u64) {
        (self.inner.in_flight(), self.inner.peak_in_flight())
    }

    fn latency(&self) -> f64 {
        self.inner.latency().as_secs_f64()
    }

    fn set_latency(&self, latency: f64) -> PyResult<()> {
        self.inner.set_latency(seconds(latency)?).map_err(PyValueError::new_err)
    }

    #[pyo3(signature = (several))]
    fn set_faults(&self, several: &Bound<'_, PyAny>) -> PyResult<()> {
        let several: Vec<FaultParts> = extracted("faults", several)?;
        let several: Vec<Faults> = several.into_iter().map(faults).collect();
        self.inner.set_faults(&several).map_err(PyValueError::new_err)
    }

    fn set_churn(&self, parts: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inner.set_churn(churn(extracted("churn", parts)?)).map_err(PyValueError::new_err)
    }

    fn set_rate_limit(&self, per_second: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inner.set_rate_limit(extracted("rate_limit", per_second)?).map_err(PyValueError::new_err)
    }

    fn planted(&self) -> Vec<(String, String)> {
        self.inner.marks()
    }

    /// Microseconds since 1970.
    fn now(&self) -> i64 {
        self.inner.now()
    }

    fn set_now(&self, now: i64) -> PyResult<()> {
        self.inner.set_now(now).map_err(PyValueError::new_err)
    }

    /// Adds a session, given as JSON.
    fn add(&self, agent: &str, session: String) -> PyResult<()> {
        self.inner.add(agent, session).map_err(|refused| not_changed(refused, agent, ""))
    }

    /// Changes fields, given as the JSON of an object.
    fn update(&self, agent: &str, session_id: &str, fields: &str) -> PyResult<()> {
        let fields =
            serde_json::from_str(fields).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let updated = self.inner.update(agent, session_id, fields);
        updated.map_err(|refused| not_changed(refused, agent, session_id))
    }

    fn delete(&self, agent: &str, session_id: &str) -> PyResult<()> {
        self.inner.delete(agent, session_id).map_err(|refused| not_changed(refused, agent, session_id))
    }

    fn accept_token(&self, token: String, expires_in: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inner.accept_token(token, extracted("expires_in", expires_in)?);
        Ok(())
    }

    /// The sessions of an agent as they are now: the text of a JSON array.
    fn sessions(&self, agent: &str) -> PyResult<String> {
        self.inner.expected(agent, 0, u64::MAX).ok_or_else(|| unknown(agent))
    }

    fn session_count(&self, agent: &str) -> PyResult<u64> {
        self.inner.session_count(agent).ok_or_else(|| unknown(agent))
    }

    fn history(&self, agent: &str) -> PyResult<HistoryParts> {
        let history = self.inner.history(agent).ok_or_else(|| unknown(agent))?;
        let events =
            history.events.into_iter().map(|event| (event.request, event.kind.name(), event.session_id));
        Ok((history.existed_throughout, events.collect()))
    }

    fn forget_history(&self) {
        self.inner.forget_history();
    }

    fn revoke_tokens(&self) {
        self.inner.revoke_tokens();
    }

    fn close(&self) {
        self.inner.close();
    }
}

fn not_changed(refused: ChangeRefused, agent: &str, session_id: &str) -> PyErr {
    match refused {
        ChangeRefused::NoAgent => unknown(agent),
        ChangeRefused::NoSession => {
            PyKeyError::new_err(format!("agent {agent:?} has no session {session_id:?}"))
        }
        ChangeRefused::Invalid(message) => PyValueError::new_err(message),
    }
}

/// A value that is set later, with its option's name in whatever is wrong with it.
fn extracted<'py, T: FromPyObjectOwned<'py>>(option: &str, value: &Bound<'py, PyAny>) -> PyResult<T> {
    value.extract().map_err(|error: T::Error| {
        let (error, py): (PyErr, _) = (error.into(), value.py());
        let message = if error.is_instance_of::<PyOverflowError>(py) {
            format!("{option}: the number is out of range")
        } else {
            format!("{option}: {}", error.value(py))
        };
        if error.is_instance_of::<PyTypeError>(py) {
            PyTypeError::new_err(message)
        } else {
            PyValueError::new_err(message)
        }
    })
}

fn unknown(agent: &str) -> PyErr {
    PyKeyError::new_err(format!("the emulator has no agent {agent:?}"))
}

fn request_parts(request: ReceivedRequest) -> RequestParts {
    (
        request.method,
        request.path,
        request.headers,
        request.body,
        request.version,
        request.connection,
        request.status,
        request.fault,
        request.received.as_secs_f64(),
        request.answered.map(|answered| answered.as_secs_f64()),
    )
}

/// Every kind of fault: its name, its group, whether it passes by itself, and what happens.
#[pyfunction]
pub fn _fault_kinds() -> Vec<(&'static str, &'static str, bool, &'static str)> {
    let parts = |kind: &FaultKind| (kind.name, kind.group.name(), kind.transient, kind.what);
    fault_kinds().iter().map(parts).collect()
}
