//! The emulator for Python: options in, plain tuples and texts out. What users see of it is
//! `blocks_sessions.testing`. Its threads never touch the interpreter.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use pyo3::exceptions::{PyKeyError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::emulator::{
    self, Churn, EmulatorOptions, FaultKind, Faults, ReceivedRequest, Sessions as Held, fault_kinds,
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
    churn: (f64, f64, f64),
    faults: Vec<(f64, Vec<String>, u64)>,
    rate_limit: Option<f64>,
    ties: f64,
    null_keys: f64,
    error_style: String,
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
        let (inserts, touches, deletes) = self.churn;
        let faults = self.faults.into_iter();
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
            churn: Churn { inserts, touches, deletes },
            faults: faults.map(|(rate, kinds, retry_after)| Faults { rate, kinds, retry_after }).collect(),
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
        self.inner.set_latency(seconds(latency)?);
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
