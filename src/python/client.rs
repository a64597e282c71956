//! `SessionsClient`: the blocking client.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use std::path::PathBuf;

use crate::core::client::Client;
use crate::core::error::Result;
use crate::core::listing::request::PageRequest;
use crate::python::arrow::python_schema;
use crate::python::convert::errors::to_python_error;
use crate::python::convert::export_request::ExportArguments;
use crate::python::convert::listing_request::ListingArguments;
use crate::python::convert::mask;
use crate::python::convert::repr_data;
use crate::python::convert::request::page_request;
use crate::python::convert::settings::{Source, config};
use crate::python::convert::signature::{
    check_named, check_names, client_keywords, count_keywords, export_keywords, listing_keywords,
    page_keywords, page_size_keyword, partition_keywords, text, unchanged,
};
use crate::python::convert::token::TokenFunction;
use crate::python::export::ExportRun;
use crate::python::listing::aio::AsyncListing;
use crate::python::listing::by_page::PageIterator;
use crate::python::listing::by_session::SessionIterator;
use crate::python::listing::collect::collect;
use crate::python::listing::count;
use crate::python::mirror::{Kept, PySync, PyWatch};
use crate::python::page::SessionPage;
use crate::python::partition::{self, Known, PartitionArguments};
use crate::python::runtime::awaitable::spawn;
use crate::python::runtime::fork::ProcessClient;
use crate::python::runtime::wait;

#[doc = concat!("SessionsClient(project_key=None, *", client_keywords!(text), ")\n--\n")]
/// Lists an agent's chat sessions. Safe to share between threads; also a context manager.
///
/// Args:
///     project_key: The project's key. Environment: `BLOCKS_PROJECT_KEY`, else `X_BLOCKS_KEY`.
///     agent_id: The agent of every call that names none. Environment: `BLOCKS_AGENT_ID`.
///     blocks_key: The `x-blocks-key` header; the project key if not given, and `""` sends none.
///         Environment: `X_BLOCKS_KEY`.
///     access_token: A token, or a function that returns one, which is asked again once after a 401.
///         Environment: `BLOCKS_ACCESS_TOKEN`.
///     client_id: With `client_secret`: the client gets and renews its own token.
///         Environment: `BLOCKS_CLIENT_ID`.
///     client_secret: See `client_id`. Environment: `BLOCKS_CLIENT_SECRET`.
///     base_url: Where the service is; a path in it is kept. Environment: `BLOCKS_API_URL`.
///     timeout: Seconds for one attempt, or a `Timeout`; by default
///         `Timeout(attempt=30, connect=5, total=120)`. A call takes `total` at most, with all retries.
///     max_retries: Attempts after the first; 4 by default.
///     max_concurrency: Requests in flight for one listing; 4 by default.
///     max_connections: Connections open at once, of all its calls; 100 by default.
///     max_requests_per_second: A limit over all of the client's calls; none by default.
///     headers: Headers added to every request.
///     proxy: The proxy's URL, HTTP or SOCKS; by default the environment's, and none for this machine.
///     ca_bundle: A PEM file of authorities to trust beside the system's.
///     cache_ttl: Seconds for which an identical `list()` is answered from memory; by default never.
///
/// Raises:
///     ConfigurationError: A setting is missing, wrong or contradicts another. All faults at once.
///
/// Pickling a client keeps its settings, secrets included, and never a connection.
///
/// Example:
///     >>> from blocks_sessions import SessionsClient
///     >>> from blocks_sessions.testing import Emulator
///     >>> with Emulator(sessions=247) as server:
///     ...     with SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
///     ...         client.list(limit=50).total_count
///     247
#[pyclass(frozen, module = "blocks_sessions")]
pub struct SessionsClient {
    client: ProcessClient,
    /// For `with_options` and for pickling.
    source: Source,
    token: Option<Py<TokenFunction>>,
}

impl SessionsClient {
    fn build(py: Python<'_>, source: Source, pool: Option<&Client>) -> PyResult<Self> {
        let (config, token) = config(py, &source)?;
        let client = match pool {
            Some(client) => client.with_config(config),
            None => Client::new(config),
        };
        let client = client.map_err(|error| to_python_error(&error))?;
        Ok(Self { client: ProcessClient::new(client), source, token })
    }
}

impl SessionsClient {
    fn restore(
        py: Python<'_>,
        options: Bound<'_, PyDict>,
        environment: Bound<'_, PyDict>,
        asynchronous: bool,
    ) -> PyResult<Self> {
        let (options, environment) = (options.unbind(), environment.unbind());
        Self::build(py, Source { options, environment, asynchronous }, None)
    }

    fn check_listing(
        &self,
        py: Python<'_>,
        function: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let arguments = ListingArguments::read(py, function, options)?;
        SessionIterator::start(py, self.client.get()?, arguments, None).map(drop)
    }

    fn note_loop(&self, py: Python<'_>) -> PyResult<()> {
        self.token.as_ref().map_or(Ok(()), |token| token.get().note_loop(py))
    }

    /// An asynchronous token function is awaited in the loop that runs now, if one does.
    fn note_loop_if_any(&self, py: Python<'_>) {
        let _ = self.note_loop(py);
    }

    fn token(&self, py: Python<'_>) -> Option<Py<TokenFunction>> {
        self.token.as_ref().map(|token| token.clone_ref(py))
    }
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

    /// Return a client with the settings of a profile in `config.toml`.
    ///
    /// What is passed here counts most, then the profile that is named, then the environment, then the
    /// profile of `BLOCKS_PROFILE` or `[default]`: the order of the command line, whose
    /// `blocks-sessions config show` tells where each setting comes from.
    ///
    /// Args:
    ///     name: The profile, as in `"staging"`; `None` leaves the choice to `BLOCKS_PROFILE`.
    ///     settings: Any argument of the client.
    ///
    /// Raises:
    ///     ConfigurationError: There is no such profile, or the file or a setting is wrong.
    ///
    /// Example:
    ///     >>> from blocks_sessions import SessionsClient
    ///     >>> client = SessionsClient.from_profile("staging", timeout=10)  # doctest: +SKIP
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
    /// Return one page of sessions, by one request.
    ///
    /// Args:
    ///     agent_id: Whose sessions; the client's own agent if not given.
    ///     limit: The most sessions to ask for, 1 to 100.
    ///     offset: How many sessions to skip.
    ///     where: A condition in SQL's words, as in `"status = 'closed' and rating <= 2"`: which sessions of
    ///         the page are kept. Of an unrated session `rating != 5` is unknown, and it is not kept.
    ///     fields: Which fields of a session are kept, as in `["session_id", "metadata.source"]`.
    ///     extra_body: Fields to send that this package does not know. They override none that it does.
    ///     timeout: As of the client, for this call.
    ///     max_retries: As of the client, for this call.
    ///
    /// Raises:
    ///     ValidationError: The arguments are wrong: by the client's own check (`status_code` is
    ///         `None`) or the service's.
    ///     SessionsError: Any other failure; see `blocks_sessions.exceptions`.
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

    /// `list`, as an awaitable.
    fn _list_async<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        check_named("list", arguments)?;
        let request = page_request(py, Some(options))?;
        self.note_loop(py)?;
        spawn(py, page(self.client.get()?, request))
    }

    /// What the async iterators read.
    fn _listing_async(
        &self,
        py: Python<'_>,
        function: &str,
        eager: bool,
        arguments: &Bound<'_, PyTuple>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<AsyncListing> {
        check_named(function, arguments)?;
        let arguments = ListingArguments::read(py, function, Some(options))?;
        AsyncListing::start(py, self.client.get()?, arguments, eager, self.token(py))
    }

    #[doc = concat!("iter_sessions($self, *", listing_keywords!(text), page_size_keyword!(text), ")\n--\n")]
    /// Iterate over all sessions, one by one.
    ///
    /// Args:
    ///     agent_id: Whose sessions; the client's own agent if not given.
    ///     where: A condition in SQL's words, as in `"status = 'closed' and tags contains 'billing'"`; only
    ///         sessions of which it is true are yielded. Of an unrated session `rating != 5` is unknown.
    ///     fields: Which fields of a session are kept, as in `["session_id", "metadata.source"]`; a table has
    ///         just their columns.
    ///     since: Only the part of the list whose sort key is not before this moment: an aware `datetime`, a
    ///         `date`, a `timedelta` before now, or text (`"2026-01-31"`, `"7d"`). Not with `offset`.
    ///     until: Only the part of the list whose sort key is before this moment.
    ///     page_size: Sessions to ask for at once, 1 to 100; only `"fast"` asks for fewer than 100.
    ///     offset: How many sessions to skip.
    ///     max_items: How many sessions to yield at most; what `where` leaves out is not counted.
    ///     max_concurrency: Pages read ahead; the client's own number if not given.
    ///     consistency: `"checked"` proves that nothing is missed though the list moves: it raises
    ///         `IncompleteListingError` for what is known to be lost, and warns of what could not be
    ///         proven. `"strict"` raises for both. `"fast"` takes a tenth fewer requests, and no proof.
    ///     progress: `True` shows a bar (tqdm); a function is called with `(done, total)`: sessions read.
    ///     extra_body: Fields to send that this package does not know.
    ///     timeout: As of the client, for each request.
    ///     max_retries: As of the client, for each request.
    ///
    /// Raises:
    ///     ValidationError: The arguments are wrong, all faults at once, before any request.
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn iter_sessions(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<SessionIterator>> {
        check_named("iter_sessions", arguments)?;
        let arguments = ListingArguments::read(py, "iter_sessions", options)?;
        SessionIterator::start(py, self.client.get()?, arguments, self.token(py))
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
        let arguments = ListingArguments::read(py, "iter_pages", options)?;
        PageIterator::start(py, self.client.get()?, arguments, self.token(py))
    }

    #[doc = concat!("collect($self, *", listing_keywords!(text), page_size_keyword!(text), ")\n--\n")]
    /// Return all sessions in one list: the fastest way to hold them all.
    ///
    /// The arguments are those of `iter_sessions`, which is for whoever wants to keep what came before
    /// a failure, or to see the report.
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn collect<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        check_named("collect", arguments)?;
        let arguments = ListingArguments::read(py, "collect", options)?;
        collect(py, self.client.get()?, arguments)
    }

    #[doc = concat!("count($self, *", count_keywords!(text), ")\n--\n")]
    /// Return how many sessions there are.
    ///
    /// Without a condition one request tells, by the service's `total_count`; one that cannot be believed,
    /// and any condition, takes a listing, of which nothing is kept. `consistency="strict"` proves either.
    ///
    /// Args:
    ///     where: A condition, as of `iter_sessions`: only sessions of which it is true are counted.
    ///     since: As of `iter_sessions`.
    ///     until: As of `iter_sessions`.
    ///     agent_id: Whose sessions; the client's own agent if not given.
    ///     consistency: As of `iter_sessions`.
    ///     progress: As of `iter_sessions`.
    ///     max_concurrency: Pages read ahead; the client's own number if not given.
    ///     extra_body: Fields to send that this package does not know.
    ///     timeout: As of the client, for each request.
    ///     max_retries: As of the client, for each request.
    ///
    /// Raises:
    ///     ValidationError: The arguments are wrong, all faults at once, before any request.
    ///     IncompleteListingError: The listing is known to lack sessions.
    ///
    /// Example:
    ///     >>> from blocks_sessions import SessionsClient
    ///     >>> from blocks_sessions.testing import Emulator
    ///     >>> with Emulator(sessions=247) as server:
    ///     ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    ///     ...     client.count(), client.count(where="rating >= 1 and rating < 1")
    ///     (247, 0)
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn count(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u64> {
        check_named("count", arguments)?;
        let arguments = count::arguments(py, options)?;
        count::number(py, self.client.get()?, arguments, self.token(py))
    }

    /// `count`, as an awaitable of the number and of what to warn of.
    fn _count_async<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        check_named("count", arguments)?;
        let arguments = count::arguments(py, Some(options))?;
        self.note_loop(py)?;
        count::awaited(py, self.client.get()?, arguments)
    }

    #[doc = concat!("dataset($self, *", listing_keywords!(text), page_size_keyword!(text), ")\n--\n")]
    /// Return the list as something to read again and again: every use is a listing of its own.
    ///
    /// Nothing is read by this. The arguments are those of `iter_sessions`, and are checked at once.
    ///
    /// Raises:
    ///     ValidationError: The arguments are wrong, all faults at once.
    ///
    /// Example:
    ///     >>> from blocks_sessions import SessionsClient
    ///     >>> from blocks_sessions.testing import Emulator
    ///     >>> with Emulator(sessions=247) as server:
    ///     ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    ///     ...     sessions = client.dataset(max_items=10)
    ///     ...     len(list(sessions)), len(sessions.collect())
    ///     (10, 10)
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

    /// Refuses the arguments of a listing that could not be read.
    fn _check_listing(
        &self,
        py: Python<'_>,
        function: &str,
        arguments: &Bound<'_, PyTuple>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        check_named(function, arguments)?;
        self.check_listing(py, function, Some(options))
    }

    /// Bring a local copy of the agent's list up to date: a SQLite file that every tool reads.
    ///
    /// It reads the head of the list, one or two requests while little happens, and all of it where that is
    /// due; each session is stored as it was sent, and what changed is kept in the table `changes`. A run
    /// that is cut off keeps what it stored.
    ///
    /// Args:
    ///     path: The file; made if it is not there. One file holds one agent's list.
    ///     agent_id: Whose sessions; the client's own agent if not given.
    ///     mode: `"auto"`, `"head"` (what moved or is new) or `"full"` (everything).
    ///     full_every: After how long `"auto"` reads everything: only that sees deletions, and changes of
    ///         sessions that did not move. A `timedelta` or seconds; `None` for never.
    ///     vanished: `"mark"` keeps sessions that are gone, with `vanished_at`; `"drop"` erases them.
    ///     keep_changes: How long changes are kept; `None` for ever.
    ///     consistency: `"checked"` or `"strict"`, as of `iter_sessions`.
    ///     progress: `True` shows a bar (tqdm); a function is called with `(done, total)`.
    ///     max_concurrency: Requests in flight.
    ///     extra_body: Fields to send that this package does not know.
    ///     timeout: As of the client, for each request.
    ///     max_retries: As of the client, for each request.
    ///
    /// Returns:
    ///     A `SyncReport`.
    ///
    /// Raises:
    ///     TargetConflictError: The file is a copy of another list.
    ///     TargetLockedError: Somebody else brings it up to date now.
    ///     StorageError: The file is no mirror, or cannot be written.
    #[pyo3(
        signature = (path, **options),
        text_signature = "($self, path, *, agent_id=None, mode='auto', full_every=datetime.timedelta(days=1), \
            vanished='mark', keep_changes=datetime.timedelta(days=30), consistency='checked', progress=False, \
            max_concurrency=None, extra_body=None, timeout=None, max_retries=None)"
    )]
    fn sync<'py>(
        slf: &Bound<'py, Self>,
        path: &Bound<'py, PyAny>,
        options: Option<Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = options.unwrap_or_else(|| PyDict::new(slf.py()));
        slf.py().import("blocks_sessions.mirror")?.call_method1("sync", (slf, path, options))
    }

    /// Iterate over what changes in the agent's list, as it happens: `Change` after `Change`.
    ///
    /// With a path the changes are those of a mirror, which is kept up to date meanwhile: numbers outlive
    /// the process, and nothing is lost over a restart. Without one it watches from memory.
    ///
    /// Args:
    ///     path: The mirror; `None` watches from memory.
    ///     since: The number of the change to go on after; `None` for what comes from now on.
    ///     interval: Seconds between two looks at the list's head.
    ///     agent_id: As of `sync`.
    ///     mode: As of `sync`.
    ///     full_every: As of `sync`.
    ///     vanished: As of `sync`.
    ///     keep_changes: As of `sync`.
    ///     consistency: As of `sync`.
    ///     max_concurrency: As of `sync`.
    ///     extra_body: As of `sync`.
    ///     timeout: As of `sync`.
    ///     max_retries: As of `sync`.
    #[pyo3(
        signature = (path=None, **options),
        text_signature = "($self, path=None, *, since=None, interval=5.0, agent_id=None, mode='auto', \
            full_every=datetime.timedelta(days=1), vanished='mark', keep_changes=datetime.timedelta(days=30), \
            consistency='checked', max_concurrency=None, extra_body=None, timeout=None, max_retries=None)"
    )]
    fn watch<'py>(
        slf: &Bound<'py, Self>,
        path: Option<&Bound<'py, PyAny>>,
        options: Option<Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = options.unwrap_or_else(|| PyDict::new(slf.py()));
        slf.py().import("blocks_sessions.mirror")?.call_method1("watch", (slf, path, options))
    }

    /// What `sync` goes through, step by step.
    fn _sync_start(
        &self,
        py: Python<'_>,
        path: PathBuf,
        kept: Kept,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<PySync> {
        self.note_loop_if_any(py);
        PySync::open(py, self.client.get()?, path, &kept, Some(options))
    }

    /// What `watch` waits for.
    fn _watch_start(
        &self,
        py: Python<'_>,
        path: Option<PathBuf>,
        begin: (Option<i64>, f64),
        kept: Kept,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<PyWatch> {
        self.note_loop_if_any(py);
        PyWatch::open(py, self.client.get()?, path, begin, &kept, Some(options))
    }

    #[doc = concat!("export($self, path, *", listing_keywords!(text, "True"), export_keywords!(text), ")\n--\n")]
    /// Write all sessions to a file that appears when it is whole; go on where a call was stopped.
    ///
    /// The name's extension decides the format: `.jsonl`, `.ndjson` (one session a line, exactly as
    /// sent), `.csv` or `.parquet`; text also with `.gz` or `.zst`. `"-"` is standard output. What a
    /// listing takes has the meaning that it has for `iter_sessions`.
    ///
    /// Args:
    ///     path: The file. Until it is whole, what was read lies beside it, in a folder of its name and
    ///         `.part`.
    ///     format: `"jsonl"`, `"csv"` or `"parquet"`, where the name does not say.
    ///     compression: `"gzip"`, `"zstd"` or `"none"`, where the name does not say.
    ///     compression_level: 0 to 9 for gzip, -7 to 22 for zstd.
    ///     resume: `None` goes on with what is there; `True` demands that something is there; `False`
    ///         begins anew.
    ///     overwrite: Replace a file of that name, at the end.
    ///     spreadsheet_safe: Of CSV: put an apostrophe before texts that a spreadsheet would run. It
    ///         changes values.
    ///     progress: A bar on standard error, if tqdm is installed; `False` for none, or a function
    ///         that is called with `(done, total)`.
    ///
    /// Returns:
    ///     An `ExportReport`: rows, bytes, sha256, how many earlier runs it went on from, the proof.
    ///
    /// Raises:
    ///     ConfigurationError: Format or compression contradict the name, or are not known.
    ///     TargetConflictError: The file exists, or was begun with other parameters.
    ///     TargetLockedError: Another process or thread is writing it.
    ///     StorageError: The disk is full, the folder read-only or gone, a file damaged.
    ///     IncompleteListingError: Sessions are known to be missing, or `"strict"` was not proven.
    ///     SessionsError: Whatever a request failed with. After each of these the same call goes on.
    ///
    /// Example:
    ///     >>> import tempfile
    ///     >>> from pathlib import Path
    ///     >>> from blocks_sessions import SessionsClient
    ///     >>> from blocks_sessions.testing import Emulator
    ///     >>> with tempfile.TemporaryDirectory() as folder, Emulator(sessions=250) as server:
    ///     ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    ///     ...     report = client.export(Path(folder) / "sessions.parquet")
    ///     ...     report.rows, report.complete, report.resumed
    ///     (250, True, 0)
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn export<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = ExportArguments::read(py, arguments, options)?;
        ExportRun::new(py, self.client.get()?, arguments, self.token(py))?.run(py)
    }

    /// What the asyncio twin of `export` steps through.
    fn _export_async<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: &Bound<'py, PyDict>,
    ) -> PyResult<ExportRun> {
        let arguments = ExportArguments::read(py, arguments, Some(options))?;
        ExportRun::new(py, self.client.get()?, arguments, self.token(py))
    }

    #[doc = concat!("partitions($self, n, *", partition_keywords!(text), ")\n--\n")]
    /// Cut the list into parts that several machines read, and that together hold each session once.
    ///
    /// A part owns the sessions whose sort key lies in its range, so that parts are disjoint and complete
    /// for whatever does not move meanwhile, whenever and however often they are read. What moves or is
    /// new lands above all parts: `settle` finds it once they were read. Planning takes a handful of
    /// requests, and one for each cut.
    ///
    /// Args:
    ///     n: How many parts, at most: one has at least five pages, and a list that is not sorted by a
    ///         visible key, newest first, is one part. Sessions without a key are a part of their own.
    ///     agent_id: Whose sessions; the client's own agent if not given.
    ///     where: As of `iter_sessions`; of the parts and of what settling finds.
    ///     fields: As of `iter_sessions`; `session_id` and the keys are read for the proof in any case.
    ///     since: As of `iter_sessions`.
    ///     until: As of `iter_sessions`. With one at or below the watermark nothing is left to settle.
    ///     max_concurrency: Requests in flight for one part; the client's own number if not given.
    ///     extra_body: Fields to send that this package does not know.
    ///     timeout: As of the client, for each request.
    ///     max_retries: As of the client, for each request.
    ///
    /// Returns:
    ///     A `PartitionPlan`. It and its parts pickle with the client's settings, secrets included.
    ///
    /// Raises:
    ///     ValidationError: The arguments are wrong, all faults at once, before any request.
    ///     SessionsError: Whatever a request failed with.
    ///
    /// Example:
    ///     >>> from blocks_sessions import SessionsClient
    ///     >>> from blocks_sessions.testing import Emulator
    ///     >>> with Emulator(sessions=2_000) as server:
    ///     ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    ///     ...     plan = client.partitions(3)
    ///     ...     reads = [part.read() for part in plan.parts]
    ///     ...     found = [session for read in reads for session in read]
    ///     ...     done = plan.settle(reads)
    ///     ...     found += done
    ///     ...     len(found), done.report.complete
    ///     (2000, True)
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

    /// A plan as text, of a bounded list with the sessions that have no key.
    fn _plan(&self, py: Python<'_>, n: i64, options: &Bound<'_, PyDict>) -> PyResult<String> {
        let request = ListingArguments::read(py, "partitions", Some(options))?.request;
        wait(py, partition::plan(self.client.get()?, request, n, true))
    }

    /// An awaitable of a plan as text, and how its parts are asked for.
    fn _plan_async<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: &Bound<'py, PyDict>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
        let PartitionArguments { request, n, options } =
            PartitionArguments::read(py, arguments, Some(options))?;
        self.note_loop(py)?;
        let plan = spawn(py, partition::plan(self.client.get()?, request, n, false))?;
        Ok((plan, options))
    }

    /// The listing of a part.
    fn _part_listing(
        &self,
        py: Python<'_>,
        part: &str,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Py<SessionIterator>> {
        let arguments = partition::part_listing(py, part, options)?;
        SessionIterator::start(py, self.client.get()?, arguments, self.token(py))
    }

    /// The same, for an event loop.
    fn _part_listing_async(
        &self,
        py: Python<'_>,
        part: &str,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<AsyncListing> {
        let arguments = partition::part_listing(py, part, options)?;
        AsyncListing::start(py, self.client.get()?, arguments, true, self.token(py))
    }

    /// The listing of what no part yielded; `None` where nothing can be left.
    fn _settling(
        &self,
        py: Python<'_>,
        known: Known,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Option<Py<SessionIterator>>> {
        let Some(arguments) = partition::settling(py, &known, options)? else { return Ok(None) };
        SessionIterator::start(py, self.client.get()?, arguments, self.token(py)).map(Some)
    }

    /// The same, for an event loop.
    fn _settling_async(
        &self,
        py: Python<'_>,
        known: Known,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Option<AsyncListing>> {
        let Some(arguments) = partition::settling(py, &known, options)? else { return Ok(None) };
        AsyncListing::start(py, self.client.get()?, arguments, true, self.token(py)).map(Some)
    }

    /// Return the schema of every table and Arrow stream: it does not depend on what was sent.
    ///
    /// Unknown fields, and values that do not fit the type of their column, are in the JSON text of
    /// the column `extra`, as they were sent. A null is not told from a field that is missing.
    ///
    /// Raises:
    ///     ConfigurationError: pyarrow is not installed.
    #[staticmethod]
    fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        python_schema(py)
    }

    #[doc = concat!("with_options($self, *, project_key=...", client_keywords!(unchanged), ")\n--\n")]
    /// Return a client with some settings changed, which shares this one's connections.
    ///
    /// `None` takes a setting back to its default; what is not named stays as it is. The connections
    /// are its own where the proxy, the authorities or the connect timeout differ.
    ///
    /// Example:
    ///     >>> from blocks_sessions import SessionsClient
    ///     >>> client = SessionsClient("demo-key", max_requests_per_second=5)
    ///     >>> patient = client.with_options(timeout=60, max_requests_per_second=None)
    #[pyo3(signature = (*arguments, **options), text_signature = None)]
    fn with_options(
        &self,
        py: Python<'_>,
        arguments: &Bound<'_, PyTuple>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        check_named("with_options", arguments)?;
        options.map_or(Ok(()), |options| check_names("with_options", options))?;
        let (merged, environment) = self.settings(py)?;
        for (name, value) in options.into_iter().flatten().filter(|(_, value)| !value.is(py.Ellipsis())) {
            merged.set_item(name, value)?;
        }
        let (options, environment) = (merged.unbind(), environment.unbind());
        let source = Source { options, environment, asynchronous: self.source.asynchronous };
        Self::build(py, source, Some(&self.client.get()?))
    }

    /// Close the connections; any later call raises `ConfigurationError`.
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
        visit.call(&self.token)
    }
}

/// The settings that a constructor was given, all by their names.
fn constructor_options<'py>(
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

/// One page, by one request: the same future for the blocking and the async client.
async fn page(client: Client, request: PageRequest) -> Result<SessionPage> {
    request.send(client).await.map(SessionPage::new)
}
