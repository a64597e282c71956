//! How a client is made: from a constructor's arguments, from its pickled form, from another client.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyTuple};

use super::SessionsClient;
use crate::core::client::Client;
use crate::core::client::request::CallOptions;
use crate::core::error::Result;
use crate::core::listing::Consistency;
use crate::core::listing::request::PageRequest;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::{Defaults, ListingArguments};
use crate::python::convert::arguments::settings::{Source, config};
use crate::python::convert::arguments::signature::{check_named, check_names};
use crate::python::convert::errors::to_python_error;
use crate::python::listing::by_session::SessionIterator;
use crate::python::page::SessionPage;
use crate::python::runtime::fork::ProcessClient;
use crate::python::runtime::logging::imported;

impl SessionsClient {
    /// `earlier`: a client to share with whatever the settings leave valid.
    pub(super) fn build(py: Python<'_>, source: Source, earlier: Option<&Self>) -> PyResult<Self> {
        let (config, functions) = config(py, &source, earlier.map(|earlier| &earlier.functions))?;
        let client = match earlier {
            Some(earlier) => earlier.client.get()?.with_config(config),
            None => Client::new(config),
        };
        let client = client.map_err(|error| to_python_error(&error))?;
        let made = Self { client: ProcessClient::new(client), source, functions };
        made.tell_service(py)?;
        Ok(made)
    }

    /// Tells a function for events that wants to know whose they are: what makes spans names the server.
    fn tell_service(&self, py: Python<'_>) -> PyResult<()> {
        let Some(spans) = imported(py, "blocks_sessions.integrations.opentelemetry")? else { return Ok(()) };
        let function = self.source.options.bind(py).get_item("on_event")?;
        let Some(function) = function.filter(|function| !function.is_none()) else { return Ok(()) };
        if function.is_instance(&spans.getattr("_Spans")?)? {
            let service = self.client.get()?.config().base_url.origin().ascii_serialization();
            self.set_on_event(py, function.call_method1("for_service", (service,))?.unbind())?;
        }
        Ok(())
    }

    pub(super) fn set_on_event(&self, py: Python<'_>, function: Py<PyAny>) -> PyResult<()> {
        self.source.options.bind(py).set_item("on_event", &function)?;
        self.functions.event.get().set(function);
        Ok(())
    }

    pub(super) fn restore(
        py: Python<'_>,
        options: Bound<'_, PyDict>,
        environment: Bound<'_, PyDict>,
        asynchronous: bool,
    ) -> PyResult<Self> {
        let (options, environment) = (options.unbind(), environment.unbind());
        Self::build(py, Source { options, environment, asynchronous }, None)
    }

    /// What a listing is asked for with where its caller does not say.
    pub(super) fn defaults<'py>(&self, py: Python<'py>) -> PyResult<Defaults<'py>> {
        let consistency = self.client.get()?.config().consistency;
        Ok(Defaults { consistency, progress: self.source.options.bind(py).get_item("progress")? })
    }

    /// Of what proves something in any case.
    pub(super) fn proving_defaults<'py>(&self, py: Python<'py>) -> PyResult<Defaults<'py>> {
        let defaults = self.defaults(py)?;
        let proves = defaults.consistency != Consistency::Fast;
        let consistency = if proves { defaults.consistency } else { Consistency::Checked };
        Ok(Defaults { consistency, progress: None })
    }

    /// The arguments of a function that reads a list.
    pub(super) fn listing(
        &self,
        py: Python<'_>,
        function: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<ListingArguments> {
        ListingArguments::read(py, function, options, self.defaults(py)?)
    }

    pub(super) fn check_listing(
        &self,
        py: Python<'_>,
        function: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let arguments = self.listing(py, function, options)?;
        SessionIterator::start(py, self.client.get()?, arguments, self.functions(py)).map(drop)
    }

    /// Remembers the running loop, in which an asynchronous token function is awaited.
    pub(super) fn note_loop(&self, py: Python<'_>) -> PyResult<()> {
        self.functions.note_loop(py)
    }

    /// The same, if there is one.
    pub(super) fn note_loop_if_any(&self, py: Python<'_>) {
        let _ = self.note_loop(py);
    }

    pub(super) fn functions(&self, py: Python<'_>) -> Functions {
        self.functions.clone_ref(py)
    }
}

/// The settings that a constructor was given, all by their names.
pub(super) fn constructor_options<'py>(
    class: &str,
    project_key: Option<Bound<'py, PyAny>>,
    arguments: &Bound<'py, PyTuple>,
    options: Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    check_named(class, arguments)?;
    check_names(class, &options)?;
    if let Some(key) = project_key {
        options.set_item("project_key", key)?;
    }
    Ok(options)
}

/// Settings with some of them changed; `...` leaves one as it is, and headers are changed one by one.
pub(super) fn change(settings: &Bound<'_, PyDict>, changes: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    let py = settings.py();
    for (name, value) in changes.into_iter().flatten().filter(|(_, value)| !value.is(py.Ellipsis())) {
        let headers = name.eq("headers")? && !value.is_none();
        let value = if headers { merged(settings, &value)?.into_any() } else { value };
        settings.set_item(name, value)?;
    }
    Ok(())
}

/// The headers that are set, with those that are given in their place; `None` takes one away.
fn merged<'py>(settings: &Bound<'py, PyDict>, changes: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let headers = PyDict::new(settings.py());
    let known = settings.get_item("headers")?.filter(|known| !known.is_none());
    for given in known.iter().chain([changes]) {
        let given = given
            .cast::<PyMapping>()
            .map_err(|_| PyTypeError::new_err("argument 'headers': a mapping of names to texts is needed"))?;
        for pair in given.items()? {
            let (name, text): (String, Bound<'py, PyAny>) = pair.extract()?;
            // Names are the same in any spelling.
            for other in headers.keys() {
                if other.extract::<String>()?.eq_ignore_ascii_case(&name) {
                    headers.del_item(other)?;
                }
            }
            if !text.is_none() {
                headers.set_item(name, text)?;
            }
        }
    }
    Ok(headers)
}

/// One page, by one request: the same future for the blocking and the async client.
pub(super) async fn page(client: Client, request: PageRequest) -> Result<SessionPage> {
    request.send(client).await.map(SessionPage::new)
}

/// Whether the service is there and takes the credentials, likewise.
pub(super) async fn ping(client: Client, call: CallOptions) -> Result<()> {
    client.ping(&call).await
}
