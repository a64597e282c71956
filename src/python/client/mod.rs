//! `SessionsClient`: the blocking client, and what its asyncio twin stands on. What users read of its methods is in
//! `docs/`; how clients are made is in [`build`], what the
//! asyncio twin calls in [`twin`], and what is gone through in Python in [`steps`].

mod build;
pub(super) mod steps;
pub(super) mod twin;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use self::build::{change, constructor_options, page, ping};
use crate::python::arrow::python_schema;
use crate::python::convert::arguments::export_request::ExportArguments;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::mask;
use crate::python::convert::arguments::request::{page_request, ping_options};
use crate::python::convert::arguments::settings::Source;
use crate::python::convert::arguments::signature::{
    check_named, check_names, client_keywords, count_keywords, export_keywords, listing_keywords,
    page_keywords, page_size_keyword, partition_keywords, ping_keywords, text, unchanged,
};
use crate::python::convert::repr_data;
use crate::python::export::ExportRun;
use crate::python::listing::by_page::PageIterator;
use crate::python::listing::by_session::SessionIterator;
use crate::python::listing::collect::collect;
use crate::python::listing::count;
use crate::python::page::SessionPage;
use crate::python::partition::{self, PartitionArguments};
use crate::python::runtime::fork::ProcessClient;
use crate::python::runtime::wait;

#[doc = concat!("SessionsClient(project_key=None, *", client_keywords!(text), ")\n--\n")]
#[doc = include_str!("docs/SessionsClient.txt")]
#[pyclass(frozen, module = "blocks_sessions")]
pub struct SessionsClient {
    client: ProcessClient,
    /// For `with_options` and for pickling.
    source: Source,
    functions: Functions,
}

#[pymethods]
impl SessionsClient {
    #[new]
    #[pyo3(signature = (project_key=None, *arguments, **options), text_signature = None)]
    fn new(
        py: Python<'_>,
        project_key: Option<Bound<'_, PyAny>>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = options.unwrap_or_else(|| PyDict::new(py));
        let options = constructor_options("SessionsClient", project_key, arguments, options)?;
        Self::restore(py, options, PyDict::new(py), false)
    }

    /// What `AsyncSessionsClient` stands on, from the arguments of its constructor.
    #[staticmethod]
    #[pyo3(signature = (project_key, arguments, options))]
    fn _new_async(
        py: Python<'_>,
        project_key: Option<Bound<'_, PyAny>>,
        arguments: &Bound<'_, PyTuple>,
        options: Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let options = constructor_options("AsyncSessionsClient", project_key, arguments, options)?;
        Self::restore(py, options, PyDict::new(py), true)
    }

    /// What an `AsyncSessionsClient` stands on, from its pickled form.
    #[staticmethod]
    fn _rebuild_async(
        py: Python<'_>,
        options: Bound<'_, PyDict>,
        environment: Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        Self::restore(py, options, environment, true)
    }

    #[doc = include_str!("docs/from_profile.txt")]
    #[staticmethod]
    #[pyo3(signature = (name=None, **settings))]
    fn from_profile(
        py: Python<'_>,
        name: Option<&str>,
        settings: Option<Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let given = settings.unwrap_or_else(|| PyDict::new(py));
        let keywords = py.import("blocks_sessions.profiles")?.getattr("keywords")?.call1((name, given))?;
        Self::restore(py, keywords.cast_into()?, PyDict::new(py), false)
    }

    /// Makes a client again from its pickled form.
    #[staticmethod]
    fn _rebuild(
        py: Python<'_>,
        options: Bound<'_, PyDict>,
        environment: Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        Self::restore(py, options, environment, false)
    }

    /// The settings as they were given, and what the environment added.
    #[pyo3(name = "_settings")]
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyDict>)> {
        Ok((self.source.options.bind(py).copy()?, self.source.environment.bind(py).copy()?))
    }

    #[doc = concat!("list($self, *", page_keywords!(text), ")\n--\n")]
    #[doc = include_str!("docs/list.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn list(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<SessionPage> {
        check_named("list", arguments)?;
        wait(py, page(self.client.get()?, page_request(py, options)?))
    }

    #[doc = concat!("iter_sessions($self, *", listing_keywords!(text), page_size_keyword!(text), ")\n--\n")]
    #[doc = include_str!("docs/iter_sessions.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn iter_sessions(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<SessionIterator>> {
        check_named("iter_sessions", arguments)?;
        let arguments = self.listing(py, "iter_sessions", options)?;
        SessionIterator::start(py, self.client.get()?, arguments, self.functions(py))
    }

    #[doc = concat!("iter_pages($self, *", listing_keywords!(text), page_size_keyword!(text), ")\n--\n")]
    /// Iterate over all sessions in pages of `page_size`; the arguments are those of `iter_sessions`.
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn iter_pages(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PageIterator>> {
        check_named("iter_pages", arguments)?;
        let arguments = self.listing(py, "iter_pages", options)?;
        PageIterator::start(py, self.client.get()?, arguments, self.functions(py))
    }

    #[doc = concat!("collect($self, *", listing_keywords!(text), page_size_keyword!(text), ")\n--\n")]
    #[doc = include_str!("docs/collect.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn collect<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        check_named("collect", arguments)?;
        let arguments = self.listing(py, "collect", options)?;
        collect(py, self.client.get()?, arguments, self.functions(py))
    }

    #[doc = concat!("count($self, *", count_keywords!(text), ")\n--\n")]
    #[doc = include_str!("docs/count.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn count(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u64> {
        check_named("count", arguments)?;
        let arguments = count::arguments(py, options, self.defaults(py)?)?;
        count::number(py, self.client.get()?, arguments, self.functions(py))
    }

    #[doc = concat!("dataset($self, *", listing_keywords!(text), page_size_keyword!(text), ")\n--\n")]
    #[doc = include_str!("docs/dataset.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn dataset<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        check_named("dataset", arguments)?;
        slf.get().check_listing(py, "dataset", options)?;
        let class = py.import("blocks_sessions.dataset")?.getattr("SessionsDataset")?;
        let options = options.map_or_else(|| Ok(PyDict::new(py)), pyo3::types::PyDictMethods::copy)?;
        class.call1((slf, options))
    }

    #[doc = include_str!("docs/sync.txt")]
    #[pyo3(
        signature = (path, **options),
        text_signature = "($self, path, *, agent_id=None, mode='auto', full_every=datetime.timedelta(days=1), \
            vanished='mark', keep_changes=datetime.timedelta(days=30), consistency=None, progress=None, \
            max_concurrency=None, extra_body=None, timeout=None, max_retries=None, extra_headers=None, \
            deadline=None)"
    )]
    fn sync<'py>(
        slf: &Bound<'py, Self>,
        path: &Bound<'py, PyAny>,
        options: Option<Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = options.unwrap_or_else(|| PyDict::new(slf.py()));
        slf.py().import("blocks_sessions.mirror")?.call_method1("sync", (slf, path, options))
    }

    #[doc = include_str!("docs/watch.txt")]
    #[pyo3(
        signature = (path=None, **options),
        text_signature = "($self, path=None, *, since=None, interval=5.0, agent_id=None, mode='auto', \
            full_every=datetime.timedelta(days=1), vanished='mark', keep_changes=datetime.timedelta(days=30), \
            consistency=None, max_concurrency=None, extra_body=None, timeout=None, max_retries=None, \
            extra_headers=None)"
    )]
    fn watch<'py>(
        slf: &Bound<'py, Self>,
        path: Option<&Bound<'py, PyAny>>,
        options: Option<Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = options.unwrap_or_else(|| PyDict::new(slf.py()));
        slf.py().import("blocks_sessions.mirror")?.call_method1("watch", (slf, path, options))
    }

    #[doc = concat!("export($self, path, *", listing_keywords!(text), export_keywords!(text), ")\n--\n")]
    #[doc = include_str!("docs/export.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn export<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = ExportArguments::read(py, arguments, options, self.defaults(py)?)?;
        ExportRun::new(py, self.client.get()?, arguments, self.functions(py))?.run(py)
    }

    #[doc = concat!("partitions($self, n, *", partition_keywords!(text), ")\n--\n")]
    #[doc = include_str!("docs/partitions.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn partitions<'py>(
        slf: &Bound<'py, Self>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let PartitionArguments { request, n, options } = PartitionArguments::read(py, arguments, options)?;
        let plan = wait(py, partition::plan(slf.get().client.get()?, request, n, false))?;
        py.import("blocks_sessions.partition")?.getattr("PartitionPlan")?.call1((slf, plan, options))
    }

    #[doc = include_str!("docs/schema.txt")]
    #[staticmethod]
    fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        python_schema(py)
    }

    #[doc = concat!("with_options($self, *, project_key=...", client_keywords!(unchanged), ")\n--\n")]
    #[doc = include_str!("docs/with_options.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn with_options(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        check_named("with_options", arguments)?;
        options.map_or(Ok(()), |options| check_names("with_options", options))?;
        let (settings, environment) = self.settings(py)?;
        change(&settings, options)?;
        let (options, environment) = (settings.unbind(), environment.unbind());
        let source = Source { options, environment, asynchronous: self.source.asynchronous };
        Self::build(py, source, Some(self))
    }

    #[doc = concat!("ping($self, *", ping_keywords!(text), ")\n--\n")]
    #[doc = include_str!("docs/ping.txt")]
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn ping(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        check_named("ping", arguments)?;
        wait(py, ping(self.client.get()?, ping_options(py, options)?))
    }

    /// Whom progress is told where a call does not say.
    fn _default_progress<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.defaults(py)?.progress)
    }

    /// The function that hears of requests.
    fn _on_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.source.options.bind(py).get_item("on_event")
    }

    /// From now on another function hears of them: of this client, of its copies, and of its iterators too.
    fn _set_on_event(&self, py: Python<'_>, function: Py<PyAny>) -> PyResult<()> {
        self.set_on_event(py, function)
    }

    /// Close the connections and end what is under way; later requests raise `ConfigurationError`.
    fn close(&self) -> PyResult<()> {
        self.client.get()?.close();
        Ok(())
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close()
    }

    fn __repr__(&self) -> PyResult<String> {
        let client = self.client.get()?;
        let config = client.config();
        let agent = config.agent_id.as_ref().map(|agent| format!(", agent_id='{agent}'")).unwrap_or_default();
        let closed = if client.is_closed() { ", closed" } else { "" };
        let mask =
            config.mask.as_ref().map(|mask| format!(", mask={}", mask::shown(mask))).unwrap_or_default();
        Ok(format!(
            "SessionsClient(base_url='{}'{agent}{mask}{closed})",
            config.base_url.as_str().trim_end_matches('/')
        ))
    }

    /// What a notebook shows: nothing secret.
    #[pyo3(name = "_facts")]
    fn facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        repr_data::of_client(py, &self.client.get()?)
    }

    /// A card for notebooks: where the client calls, as whom, and how patiently.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let html = slf.py().import("blocks_sessions.display")?.getattr("client_html")?;
        html.call1((slf.get_type().name()?, slf.get().facts(slf.py())?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        (slf.get_type().getattr("_rebuild")?, slf.get().settings(slf.py())?).into_pyobject(slf.py())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.source.options)?;
        self.functions.traverse(&visit)
    }
}
