"""The typed face of the compiled module."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import (
    Any,
    Literal,
    NotRequired,
    Self,
    SupportsIndex,
    TypeAlias,
    TypedDict,
    final,
    overload,
    type_check_only,
)

import pandas
import polars
import pyarrow
from typing_extensions import disjoint_base

from blocks_sessions._types import AccessToken, ClientCert, Consistency, Moment, OnEvent, Progress
from blocks_sessions.collected import SessionList
from blocks_sessions.dataset import SessionsDataset
from blocks_sessions.export import ExportReport
from blocks_sessions.mask_report import MaskReport
from blocks_sessions.mirror import ChangeIterator, SyncReport
from blocks_sessions.partition import PartitionPlan
from blocks_sessions.report import ListingReport
from blocks_sessions.session import Session

__all__ = [
    "ListingIterator",
    "Mask",
    "MaskKey",
    "PageIterator",
    "SessionIterator",
    "SessionPage",
    "SessionsClient",
    "Timeout",
    "_AsyncListing",
    "_BatchAccumulator",
    "_Batches",
    "_Emulator",
    "_EventFunction",
    "_Export",
    "_ExportStep",
    "_Mirror",
    "_MirrorCursor",
    "_PageLease",
    "_Reading",
    "_Sync",
    "_TokenFunction",
    "_TokenReply",
    "_Watch",
    "__version__",
    "_check_listing",
    "_classes",
    "_count_async",
    "_evidence_report",
    "_export_async",
    "_fault_kinds",
    "_list_async",
    "_listing_async",
    "_loads",
    "_parse_timestamp",
    "_part_listing",
    "_part_listing_async",
    "_ping_async",
    "_plan",
    "_plan_async",
    "_profile",
    "_read_secret",
    "_run",
    "_scan",
    "_settled_report",
    "_settling",
    "_settling_async",
    "_signatures",
    "_sync_start",
    "_watch_start",
]

__version__: str
_Known: TypeAlias = tuple[str, list[str], bytes, int, int]

@type_check_only
class _ClientFacts(TypedDict):
    closed: bool
    service: str
    agent_id: str | None
    credentials: str | None
    blocks_key: bool
    proxy: str | None
    headers: list[str]
    timeout_attempt: float
    timeout_total: float
    max_retries: int
    max_concurrency: int
    max_requests_per_second: float | None
    cache_ttl: float | None
    mask: str | None

@type_check_only
class _ListingFacts(TypedDict):
    state: Literal["not started", "reading", "interrupted", "finished", "closed", "elsewhere"]
    consistency: Consistency
    offset: int
    max_items: int | None
    page_size: int
    unread: int
    # Not of a listing that belongs to another process:
    agent_id: NotRequired[str]
    pages_fetched: NotRequired[int]
    wanted: NotRequired[int | None]
    report: NotRequired[ListingReport]

def _loads(text: bytes) -> Any: ...
def _profile(name: str | None, given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]: ...
def _read_secret(named_by: str, path: str | PathLike[str]) -> str: ...
def _run(arguments: list[str], interruptible: bool = True) -> int: ...
def _fault_kinds() -> list[tuple[str, str, bool, str]]: ...
def _signatures() -> dict[str, list[tuple[str, str, str]]]: ...
def _parse_timestamp(text: str, /) -> datetime | None: ...

@final
class _Batches:
    def __arrow_c_stream__(
        self, requested_schema: object | None = None, *, batch_size: int | None = None
    ) -> object: ...

@final
class _BatchAccumulator:
    def __new__(cls, listing: _AsyncListing | None = None, fields: Sequence[str] | None = None) -> Self: ...
    @property
    def waiting(self) -> int: ...
    @property
    def misfits(self) -> int: ...
    def check_none_waits(self) -> None: ...
    def add_json(self, text: bytes) -> None: ...
    def put_back(self, batches: _Batches) -> None: ...
    def add(self, page: SessionPage) -> None: ...
    def begin(self) -> None: ...
    def end(self) -> None: ...
    def take(self) -> _Batches: ...

@final
class Timeout:
    """How long a call may take, in seconds.

    Args:
        attempt: One attempt, from sending it to the end of its answer.
        connect: Making a connection, TLS included.
        total: One request with all its retries and the waits between them.

    Raises:
        ConfigurationError: One of them is not a positive, finite number.

    Example:
        >>> from blocks_sessions import SessionsClient, Timeout
        >>> client = SessionsClient("demo-key", timeout=Timeout(attempt=10, total=60))
    """

    def __new__(cls, attempt: float = 30.0, connect: float = 5.0, total: float = 120.0) -> Self: ...
    @property
    def attempt(self) -> float: ...
    @property
    def connect(self) -> float: ...
    @property
    def total(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class SessionPage:
    """One page of sessions: an immutable sequence.

    It has `page[0]`, `page[-3:]`, `len(page)`, iteration and `in`.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=247) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     page = client.list(limit=50)
        >>> page
        <SessionPage: page 1 of 5 · 247 sessions>
        >>> page[0].session_id
        'session_abc123'
    """

    @property
    def sessions(self) -> list[Session]:
        """The sessions, in a new list."""
    @property
    def total_count(self) -> int | None:
        """Sessions in the whole list, as the service says; `None` if it does not say."""
    @property
    def limit(self) -> int:
        """The most sessions that the page could have held."""
    @property
    def offset(self) -> int:
        """The number of sessions before the page."""
    @property
    def page_number(self) -> int:
        """The page's number, from 1, in pages of this limit."""
    @property
    def page_count(self) -> int | None:
        """How many pages of this limit the list has: `ceil(total_count / limit)`."""
    @property
    def has_next(self) -> bool:
        """Whether the list goes on behind this page."""
    @property
    def next_offset(self) -> int | None:
        """The offset of the next page; `None` on the last."""
    @property
    def request_id(self) -> str | None:
        """The service's name for the request, if it gave one."""
    @property
    def elapsed(self) -> float:
        """Seconds from sending the request to its answer, retries included."""
    @property
    def attempts(self) -> int:
        """How many times the request was sent."""
    def to_arrow(self) -> pyarrow.Table:
        """Return the page as a pyarrow table, of the schema that `SessionsClient.schema()` tells.

        Raises:
            ConfigurationError: pyarrow is not installed.
        """
    def to_pandas(self) -> pandas.DataFrame:
        """Return the page as a pandas frame.

        Counts and flags stay integers and booleans where some are missing.

        Raises:
            ConfigurationError: pandas or pyarrow is not installed.
        """
    def to_polars(self) -> polars.DataFrame:
        """Return the page as a polars frame.

        Raises:
            ConfigurationError: polars is not installed.
        """
    def __arrow_c_stream__(
        self, requested_schema: object | None = None, *, batch_size: int | None = None
    ) -> object: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: SupportsIndex, /) -> Session: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[Session]: ...
    def __iter__(self) -> Iterator[Session]: ...
    def __reversed__(self) -> Iterator[Session]: ...
    def __contains__(self, session: object, /) -> bool: ...
    def index(self, session: object) -> int:
        """Return the position of the first session that equals this one; `ValueError` if none does."""
    def count(self, session: object) -> int:
        """Return how many sessions equal this one."""
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _tail(self, count: int) -> SessionPage: ...
    def _append_to(self, sessions: list[Session]) -> None: ...
    @staticmethod
    def _rebuild(
        state: tuple[str, int, int],
        about: tuple[str | None, float, int],
        kept: tuple[list[str] | None, int | None] | None = None,
        changed: list[Session] | None = None,
    ) -> SessionPage: ...
    def _repr_html_(self) -> str: ...

@final
class _PageLease: ...

@final
class _Sync:
    def step(self) -> tuple[int, int | None, dict[str, Any] | None]: ...
    def step_async(self) -> Awaitable[tuple[int, int | None, dict[str, Any] | None]]: ...
    def interrupt(self) -> None: ...

@final
class _Watch:
    def next(self) -> tuple[int, str, str, str, str | None, str | None] | None: ...
    def next_async(self) -> Awaitable[tuple[int, str, str, str, str | None, str | None] | None]: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...

@final
class _Mirror:
    def __new__(cls, path: str | PathLike[str]) -> Self: ...
    @property
    def path(self) -> Path: ...
    def count(self, vanished: bool) -> int: ...
    def query(self, sql: str, parameters: list[object]) -> list[dict[str, Any]]: ...
    def changes(self, since: int, most: int) -> list[tuple[int, str, str, str, str | None, str | None]]: ...
    def sessions(self, vanished: bool, arguments: dict[str, object]) -> _MirrorCursor: ...
    def last_run(self) -> dict[str, Any] | None: ...

@final
class _MirrorCursor:
    def next_page(self) -> SessionPage | None: ...
    def batches(self) -> _Batches: ...

@final
class _Reading:
    def report(self) -> ListingReport | None: ...

def _classes(ids: bytes, classes: int) -> bytes: ...
def _evidence_report(evidence: str) -> ListingReport: ...
def _settled_report(plan: str, evidence: list[str], late: str | None, held: int) -> ListingReport: ...

@final
class _ExportStep: ...

@final
class _Export:
    def step(self) -> Awaitable[_ExportStep]: ...
    def receive(self, step: _ExportStep) -> ExportReport | None: ...
    def interrupt(self) -> Awaitable[None]: ...

@final
class _EventFunction: ...

@final
class _TokenFunction: ...

@final
class _TokenReply:
    def give(self, token: object) -> None: ...
    def fail(self, error: BaseException) -> None: ...

@final
class _AsyncListing:
    @property
    def total_count(self) -> int | None: ...
    @property
    def pages_fetched(self) -> int: ...
    def report(self, unread: int) -> ListingReport: ...
    def leave(self, unread: int) -> None: ...
    def note_misfits(self, misfits: int) -> None: ...
    def put_back(self, page: SessionPage) -> None: ...
    def reading(self) -> _Reading: ...
    def check_reader(self, batches: _BatchAccumulator, unread: int) -> None: ...
    def is_over(self) -> bool: ...
    def summary(self, unread: int) -> str: ...
    @property
    def closed(self) -> bool: ...
    def fetch(self) -> Awaitable[_PageLease | None]: ...
    def receive(self, lease: _PageLease | None) -> SessionPage | None: ...
    def evidence(self, part: str, unread: int) -> tuple[str, bytes]: ...
    def report_text(self, unread: int) -> str: ...
    def pause(self) -> None: ...
    def close(self) -> None: ...
    def facts(self, unread: int) -> _ListingFacts: ...

@disjoint_base
class ListingIterator:
    """What `SessionIterator` and `PageIterator` share: a list that is read piece by piece.

    No request is made before the first item is asked for. A few pages are read ahead; `close()`,
    leaving a `with` block or dropping the iterator stops that. If a request fails nothing is lost:
    what was handed out stays valid, and the next `next()` tries that request again.
    """

    @property
    def total_count(self) -> int | None:
        """`total_count` of the latest answer; `None` before the first, or if the service sends none."""
    @property
    def pages_fetched(self) -> int:
        """How many answers have come."""
    @property
    def report(self) -> ListingReport:
        """What is known of the listing so far."""
    @property
    def stream_error(self) -> BaseException | None:
        """The exception with which the latest Arrow stream of the iterator failed.

        Whoever reads a stream (polars, DuckDB, pyarrow) raises an error of its own, with the text only.
        """
    def to_arrow(self) -> pyarrow.Table:
        """Return what is left as a pyarrow table, of the schema that `SessionsClient.schema()` tells.

        Raises:
            ConfigurationError: pyarrow is not installed, or rows of the listing went elsewhere: it was
                read to its end, or closed, or a stream took a part of it.
            SessionsError: Whatever a request failed with. What was read until then is kept: the next
                call goes on from there and returns it too.
        """
    def to_pandas(self) -> pandas.DataFrame:
        """Return what is left as a pandas frame.

        Counts and flags stay integers and booleans where some are missing.

        Raises:
            ConfigurationError: pandas or pyarrow is not installed.
            SessionsError: Whatever a request failed with. What was read until then is kept: the next
                call goes on from there and returns it too.
        """
    def to_polars(self) -> polars.DataFrame:
        """Return what is left as a polars frame.

        Raises:
            ConfigurationError: polars is not installed.
            SessionsError: Whatever a request failed with. What was read until then is kept: the next
                call goes on from there and returns it too.
        """
    def __arrow_c_stream__(
        self, requested_schema: object | None = None, *, batch_size: int | None = None
    ) -> object: ...
    def _evidence(self, part: str) -> tuple[str, bytes]: ...
    def _report_text(self) -> str: ...
    def _reading(self) -> _Reading: ...
    def _repr_html_(self) -> str: ...
    def close(self) -> None:
        """Stop the listing and its requests; sessions that were handed out stay valid."""
    def __iter__(self) -> Self: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...

@final
class SessionIterator(ListingIterator):
    """All sessions, one by one.

    Raises:
        SessionsError: Whatever a request failed with; `next()` tries it again.
        IncompleteListingError: The listing is known to lack sessions.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=247) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     sum(session.message_count or 0 for session in client.iter_sessions()) > 0
        True
    """

    def __next__(self) -> Session: ...
    def _append_to(self, sessions: list[Session]) -> None: ...

@final
class PageIterator(ListingIterator):
    """All sessions, in pages of exactly `page_size`; only the last may be shorter.

    Raises:
        SessionsError: Whatever a request failed with; `next()` tries it again.
        IncompleteListingError: The listing is known to lack sessions.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=247) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     [len(page) for page in client.iter_pages()]
        [100, 100, 47]
    """

    def __next__(self) -> SessionPage: ...

@final
class SessionsClient:
    """Lists an agent's chat sessions. Safe to share between threads; also a context manager.

    Args:
        project_key: The project's key. Environment: `BLOCKS_PROJECT_KEY`, else `X_BLOCKS_KEY`.
        agent_id: The agent of every call that names none. Environment: `BLOCKS_AGENT_ID`.
        blocks_key: The `x-blocks-key` header; the project key if not given, and `""` sends none.
            Environment: `X_BLOCKS_KEY`.
        access_token: A token, or a function that returns one, which is asked again once after a 401.
            Environment: `BLOCKS_ACCESS_TOKEN`.
        client_id: With `client_secret`: the client gets and renews its own token.
            Environment: `BLOCKS_CLIENT_ID`.
        client_secret: See `client_id`. Environment: `BLOCKS_CLIENT_SECRET`.
        base_url: Where the service is; a path in it is kept. Environment: `BLOCKS_API_URL`.
        timeout: Seconds for one attempt, or a `Timeout`; by default
            `Timeout(attempt=30, connect=5, total=120)`. A call takes `total` at most, with all retries.
        max_retries: Attempts after the first; 4 by default.
        retry_budget: Tokens for retries, of each agent; 500 by default. A retry takes 5, one after a
            timeout 10, and a success gives 1 back; 0 means no retries.
        max_concurrency: Requests in flight for one listing; 4 by default.
        max_connections: Connections open at once, of all its calls; 100 by default.
        max_requests_per_second: A limit over all of the client's calls; none by default.
        headers: Headers added to every request. In `with_options` they are added to those that are there, and
            `None` takes one away.
        proxy: The proxy's URL, HTTP or SOCKS; by default the environment's, and none for this machine.
        ca_bundle: A PEM file of authorities to trust beside the system's.
        client_cert: A PEM file with the certificate that the client shows, and its key; or two files.
        consistency: As of `iter_sessions`, for every listing that does not say; `"checked"` by default.
        progress: Likewise.
        on_event: A function that is called with a `RequestEvent` after each attempt, before each wait for
            another, and for each call for a token. An exception in it is logged.
        cache_ttl: Seconds for which an identical `list()` is answered from memory; by default never.

    Raises:
        ConfigurationError: A setting is missing, wrong or contradicts another. All faults at once.

    Pickling a client keeps its settings, secrets included, and never a connection.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=247) as server:
        ...     with SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        ...         client.list(limit=50).total_count
        247
    """

    def __new__(
        cls,
        project_key: str | None = None,
        *,
        agent_id: str | None = None,
        blocks_key: str | None = None,
        access_token: AccessToken | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        base_url: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        max_concurrency: int | None = None,
        max_connections: int | None = None,
        max_requests_per_second: float | None = None,
        retry_budget: int | None = None,
        headers: Mapping[str, str | None] | None = None,
        proxy: str | None = None,
        ca_bundle: str | PathLike[str] | None = None,
        client_cert: ClientCert | None = None,
        cache_ttl: float | None = None,
        mask: Mask | str | PathLike[str] | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        on_event: OnEvent | None = None,
    ) -> Self: ...
    def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
    ) -> SessionPage:
        """Return one page of sessions, by one request.

        Args:
            agent_id: Whose sessions; the client's own agent if not given.
            limit: The most sessions to ask for, 1 to 100.
            offset: How many sessions to skip.
            where: A condition in SQL's words, as in `"status = 'closed' and rating <= 2"`: which sessions of
                the page are kept. Of an unrated session `rating != 5` is unknown, and it is not kept.
            fields: Which fields of a session are kept, as in `["session_id", "metadata.source"]`.
            extra_body: Fields to send that this package does not know. They override none that it does.
            timeout: As of the client, for this call.
            max_retries: As of the client, for this call.
            extra_headers: Headers of this call, in the place of the client's; `None` leaves one out.

        Raises:
            ValidationError: The arguments are wrong: by the client's own check (`status_code` is
                `None`) or the service's.
            SessionsError: Any other failure; see `blocks_sessions.exceptions`.
        """
    def iter_sessions(
        self,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        page_size: int = 100,
    ) -> SessionIterator:
        """Iterate over all sessions, one by one.

        Args:
            agent_id: Whose sessions; the client's own agent if not given.
            where: A condition in SQL's words, as in `"status = 'closed' and tags contains 'billing'"`; only
                sessions of which it is true are yielded. Of an unrated session `rating != 5` is unknown.
            fields: Which fields of a session are kept, as in `["session_id", "metadata.source"]`; a table has
                just their columns.
            since: Only the part of the list whose sort key is not before this moment: an aware `datetime`, a
                `date`, a `timedelta` before now, or text (`"2026-01-31"`, `"7d"`). Not with `offset`.
            until: Only the part of the list whose sort key is before this moment.
            page_size: Sessions to ask for at once, 1 to 100; only `"fast"` asks for fewer than 100.
            offset: How many sessions to skip.
            max_items: How many sessions to yield at most; what `where` leaves out is not counted.
            max_concurrency: Pages read ahead; the client's own number if not given.
            consistency: `"checked"`, unless the client says otherwise, proves that nothing is missed though
                the list moves: it raises `IncompleteListingError` for what is known to be lost, and warns of
                what could not be proven. `"strict"` raises for both. `"fast"` takes a tenth fewer requests,
                and no proof.
            progress: `True` shows a bar (tqdm); a function is called with `(done, total)`: sessions read.
            extra_body: Fields to send that this package does not know.
            timeout: As of the client, for each request.
            max_retries: As of the client, for each request.
            extra_headers: Headers of each request, in the place of the client's; `None` leaves one out.
            deadline: Seconds for all of it, from the first request on: then `APITimeoutError`. What was
                handed out stays valid, and the next item is read with as much time again.

        Raises:
            ValidationError: The arguments are wrong, all faults at once, before any request.
        """
    def iter_pages(
        self,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        page_size: int = 100,
    ) -> PageIterator:
        """Iterate over all sessions in pages of `page_size`; the arguments are those of `iter_sessions`."""
    def collect(
        self,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        page_size: int = 100,
    ) -> SessionList:
        """Return all sessions in one list: the fastest way to hold them all.

        The arguments are those of `iter_sessions`, which is for whoever wants to keep what came before
        a failure, or to see the report.
        """
    def dataset(
        self,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        page_size: int = 100,
    ) -> SessionsDataset:
        """Return the list as something to read again and again: every use is a listing of its own.

        Nothing is read by this. The arguments are those of `iter_sessions`, and are checked at once.

        Raises:
            ValidationError: The arguments are wrong, all faults at once.

        Example:
            >>> from blocks_sessions import SessionsClient
            >>> from blocks_sessions.testing import Emulator
            >>> with Emulator(sessions=247) as server:
            ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
            ...     sessions = client.dataset(max_items=10)
            ...     len(list(sessions)), len(sessions.collect())
            (10, 10)
        """
    def partitions(
        self,
        n: int,
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
    ) -> PartitionPlan:
        """Cut the list into parts that several machines read, and that together hold each session once.

        A part owns the sessions whose sort key lies in its range, so that parts are disjoint and complete
        for whatever does not move meanwhile, whenever and however often they are read. What moves or is
        new lands above all parts: `settle` finds it once they were read. Planning takes a handful of
        requests, and one for each cut.

        Args:
            n: How many parts, at most: one has at least five pages, and a list that is not sorted by a
                visible key, newest first, is one part. Sessions without a key are a part of their own.
            agent_id: Whose sessions; the client's own agent if not given.
            where: As of `iter_sessions`; of the parts and of what settling finds.
            fields: As of `iter_sessions`; `session_id` and the keys are read for the proof in any case.
            since: As of `iter_sessions`.
            until: As of `iter_sessions`. With one at or below the watermark nothing is left to settle.
            max_concurrency: Requests in flight for one part; the client's own number if not given.
            extra_body: Fields to send that this package does not know.
            timeout: As of the client, for each request.
            max_retries: As of the client, for each request.
            extra_headers: Headers of these calls alone; `None` takes one of the client's away.
            deadline: Seconds for the plan; each reading of a part, and the settling, has as many of its own.

        Returns:
            A `PartitionPlan`. It and its parts pickle with the client's settings, secrets included.

        Raises:
            ValidationError: The arguments are wrong, all faults at once, before any request.
            SessionsError: Whatever a request failed with.

        Example:
            >>> from blocks_sessions import SessionsClient
            >>> from blocks_sessions.testing import Emulator
            >>> with Emulator(sessions=2_000) as server:
            ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
            ...     plan = client.partitions(3)
            ...     reads = [part.read() for part in plan.parts]
            ...     found = [session for read in reads for session in read]
            ...     done = plan.settle(reads)
            ...     found += done
            ...     len(found), done.report.complete
            (2000, True)
        """
    def sync(
        self,
        path: str | PathLike[str],
        *,
        agent_id: str | None = None,
        mode: Literal["auto", "head", "full"] = "auto",
        full_every: timedelta | float | None = ...,
        vanished: Literal["mark", "drop"] = "mark",
        keep_changes: timedelta | float | None = ...,
        consistency: Literal["checked", "strict"] | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
    ) -> SyncReport:
        """Bring a local copy of the agent's list up to date: a SQLite file that every tool reads.

        It reads the head of the list, one or two requests while little happens, and all of it where that is
        due; each session is stored as it was sent, and what changed is kept in the table `changes`. A run
        that is cut off keeps what it stored.

        Args:
            path: The file; made if it is not there. One file holds one agent's list.
            agent_id: Whose sessions; the client's own agent if not given.
            mode: `"auto"`, `"head"` (what moved or is new) or `"full"` (everything).
            full_every: After how long `"auto"` reads everything: only that sees deletions, and changes of
                sessions that did not move. A `timedelta` or seconds; `None` for never.
            vanished: `"mark"` keeps sessions that are gone, with `vanished_at`; `"drop"` erases them.
            keep_changes: How long changes are kept; `None` for ever.
            consistency: `"checked"` or `"strict"`, as of `iter_sessions`.
            progress: `True` shows a bar (tqdm); a function is called with `(done, total)`.
            max_concurrency: Requests in flight.
            extra_body: Fields to send that this package does not know.
            timeout: As of the client, for each request.
            max_retries: As of the client, for each request.
            extra_headers: As of `iter_sessions`.
            deadline: Seconds for the whole run: then `APITimeoutError`. What was read is stored, and the
                next run goes on.

        Returns:
            A `SyncReport`.

        Raises:
            TargetConflictError: The file is a copy of another list, or something else made it.
            TargetLockedError: Somebody else brings it up to date now.
            StorageError: The file is no mirror, or cannot be written.
        """
    def watch(
        self,
        path: str | PathLike[str] | None = None,
        *,
        since: int | None = None,
        interval: float | timedelta = 5.0,
        agent_id: str | None = None,
        mode: Literal["auto", "head", "full"] = "auto",
        full_every: timedelta | float | None = ...,
        vanished: Literal["mark", "drop"] = "mark",
        keep_changes: timedelta | float | None = ...,
        consistency: Literal["checked", "strict"] | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
    ) -> ChangeIterator:
        """Iterate over what changes in the agent's list, as it happens: `Change` after `Change`.

        With a path the changes are those of a mirror, which is kept up to date meanwhile: numbers outlive
        the process, and nothing is lost over a restart. Without one it watches from memory.

        Args:
            path: The mirror; `None` watches from memory.
            since: The number of the change to go on after; `None` for what comes from now on.
            interval: Seconds between two looks at the list's head.
            agent_id: As of `sync`.
            mode: As of `sync`.
            full_every: As of `sync`.
            vanished: As of `sync`.
            keep_changes: As of `sync`.
            consistency: As of `sync`.
            max_concurrency: As of `sync`.
            extra_body: As of `sync`.
            timeout: As of `sync`.
            max_retries: As of `sync`.
            extra_headers: As of `sync`.
        """
    def ping(
        self,
        *,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
    ) -> None:
        """Ask whether the service is there and takes the credentials; return nothing if so.

        With an agent that is one request for one session of it; without, the service's `ping` is asked.

        Args:
            timeout: As of the client, for this call.
            max_retries: As of the client, for this call.
            extra_headers: Headers of this call, in the place of the client's; `None` leaves one out.

        Raises:
            SessionsError: Whatever a call would fail with.
        """
    def _default_progress(self) -> Progress | None: ...
    def _on_event(self) -> OnEvent | None: ...
    def _set_on_event(self, function: OnEvent) -> None: ...
    def export(
        self,
        path: str | PathLike[str],
        *,
        agent_id: str | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        offset: int = 0,
        max_items: int | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
        format: str | None = None,
        compression: str = "infer",
        compression_level: int | None = None,
        resume: bool | None = None,
        overwrite: bool = False,
        spreadsheet_safe: bool = False,
    ) -> ExportReport:
        """Write all sessions to a file that appears when it is whole; go on where a call was stopped.

        The name's extension decides the format: `.jsonl`, `.ndjson` (one session a line, exactly as
        sent), `.csv` or `.parquet`; text also with `.gz` or `.zst`. `"-"` is standard output. What a
        listing takes has the meaning that it has for `iter_sessions`.

        Args:
            path: The file. Until it is whole, what was read lies beside it, in a folder of its name and
                `.part`.
            format: `"jsonl"`, `"csv"` or `"parquet"`, where the name does not say.
            compression: `"gzip"`, `"zstd"` or `"none"`, where the name does not say.
            compression_level: 0 to 9 for gzip, -7 to 22 for zstd.
            resume: `None` goes on with what is there; `True` demands that something is there; `False`
                begins anew.
            overwrite: Replace a file of that name, at the end.
            spreadsheet_safe: Of CSV: put an apostrophe before texts that a spreadsheet would run. It
                changes values.
            progress: `None`, unless the client says otherwise: a bar on standard error, if tqdm is installed;
                `False` for none, or a function that is called with `(done, total)`.

        Returns:
            An `ExportReport`: rows, bytes, sha256, how many earlier runs it went on from, the proof.

        Raises:
            ConfigurationError: Format or compression contradict the name, or are not known.
            TargetConflictError: The file exists, or was begun with other parameters.
            TargetLockedError: Another process or thread is writing it.
            StorageError: The disk is full, the folder read-only or gone, a file damaged.
            IncompleteListingError: Sessions are known to be missing, or `"strict"` was not proven.
            SessionsError: Whatever a request failed with. After each of these the same call goes on.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> from blocks_sessions import SessionsClient
            >>> from blocks_sessions.testing import Emulator
            >>> with tempfile.TemporaryDirectory() as folder, Emulator(sessions=250) as server:
            ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
            ...     report = client.export(Path(folder) / "sessions.parquet")
            ...     report.rows, report.complete, report.resumed
            (250, True, 0)
        """
    @staticmethod
    def schema() -> pyarrow.Schema:
        """Return the schema of every table and Arrow stream: it does not depend on what was sent.

        Unknown fields, and values that do not fit the type of their column, are in the JSON text of
        the column `extra`, as they were sent. A null is not told from a field that is missing.

        Raises:
            ConfigurationError: pyarrow is not installed.
        """
    @staticmethod
    def from_profile(name: str | None = None, **settings: object) -> SessionsClient:
        """Return a client with the settings of a profile in `config.toml`.

        What is passed here counts most, then the profile that is named, then the environment, then the
        profile of `BLOCKS_PROFILE` or `[default]`: the order of the command line, whose
        `blocks-sessions config show` tells where each setting comes from.

        Args:
            name: The profile, as in `"staging"`; `None` leaves the choice to `BLOCKS_PROFILE`.
            settings: Any argument of the client.

        Raises:
            ConfigurationError: There is no such profile, or the file or a setting is wrong.

        Example:
            >>> from blocks_sessions import SessionsClient
            >>> client = SessionsClient.from_profile("staging", timeout=10)  # doctest: +SKIP
        """
    def count(
        self,
        *,
        where: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        agent_id: str | None = None,
        consistency: Consistency | None = None,
        progress: Progress | None = None,
        max_concurrency: int | None = None,
        extra_body: Mapping[str, object] | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str | None] | None = None,
        deadline: float | None = None,
    ) -> int:
        """Return how many sessions there are.

        Without a condition one request tells, by the service's `total_count`; one that cannot be believed,
        and any condition, takes a listing, of which nothing is kept. `consistency="strict"` proves either.

        Args:
            where: A condition, as of `iter_sessions`: only sessions of which it is true are counted.
            since: As of `iter_sessions`.
            until: As of `iter_sessions`.
            agent_id: Whose sessions; the client's own agent if not given.
            consistency: As of `iter_sessions`.
            progress: As of `iter_sessions`.
            max_concurrency: Pages read ahead; the client's own number if not given.
            extra_body: Fields to send that this package does not know.
            timeout: As of the client, for each request.
            max_retries: As of the client, for each request.
            extra_headers: As of `iter_sessions`.
            deadline: Seconds for all of it.

        Raises:
            ValidationError: The arguments are wrong, all faults at once, before any request.
            IncompleteListingError: The listing is known to lack sessions.

        Example:
            >>> from blocks_sessions import SessionsClient
            >>> from blocks_sessions.testing import Emulator
            >>> with Emulator(sessions=247) as server:
            ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
            ...     client.count(), client.count(where="rating >= 1 and rating < 1")
            (247, 0)
        """
    def with_options(
        self,
        *,
        project_key: str | None = ...,
        agent_id: str | None = ...,
        blocks_key: str | None = ...,
        access_token: AccessToken | None = ...,
        client_id: str | None = ...,
        client_secret: str | None = ...,
        base_url: str | None = ...,
        timeout: float | Timeout | None = ...,
        max_retries: int | None = ...,
        max_concurrency: int | None = ...,
        max_connections: int | None = ...,
        max_requests_per_second: float | None = ...,
        retry_budget: int | None = ...,
        headers: Mapping[str, str | None] | None = ...,
        proxy: str | None = ...,
        ca_bundle: str | PathLike[str] | None = ...,
        client_cert: ClientCert | None = ...,
        cache_ttl: float | None = ...,
        mask: Mask | str | PathLike[str] | None = ...,
        consistency: Consistency | None = ...,
        progress: Progress | None = ...,
        on_event: OnEvent | None = ...,
    ) -> SessionsClient:
        """Return a client with some settings changed, which shares with this one what they leave valid.

        `None` takes a setting back to its default; what is not named stays as it is. `headers` are added to
        those that are there, and `None` takes one away. Shared are connections (unless `proxy`, `ca_bundle`,
        `client_cert` or `max_connections` differ), access tokens (the same credentials at the same address),
        answers kept by `cache_ttl`, budgets for retries, and `max_requests_per_second`. Each is closed for
        itself.

        Example:
            >>> from blocks_sessions import SessionsClient
            >>> client = SessionsClient("demo-key", max_requests_per_second=5)
            >>> patient = client.with_options(timeout=60, max_requests_per_second=None)
        """
    def close(self) -> None:
        """Close the connections and end what is under way; later requests raise `ConfigurationError`."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *_exception: object) -> None: ...
    def __reduce__(self) -> tuple[object, ...]: ...
    @staticmethod
    def _new_async(
        project_key: str | None, arguments: tuple[object, ...], options: dict[str, Any]
    ) -> SessionsClient: ...
    @staticmethod
    def _rebuild_async(options: dict[str, Any], environment: dict[str, str | None]) -> SessionsClient: ...
    @staticmethod
    def _rebuild(options: dict[str, Any], environment: dict[str, str | None]) -> SessionsClient: ...
    def _facts(self) -> _ClientFacts: ...
    def _repr_html_(self) -> str: ...
    def _settings(self) -> tuple[dict[str, Any], dict[str, str | None]]: ...

@final
class MaskKey:
    """The secret that pseudonyms are made with.

    Whoever has it can make the pseudonym of any address that he guesses, so it is kept apart from what
    was masked with it. Its text is base64 or hexadecimal digits of at least 32 random bytes. A pickle
    holds the secret.

    Args:
        text: The key as `BLOCKS_MASK_KEY` holds it.

    Raises:
        ConfigurationError: The text is no key.

    Example:
        >>> from blocks_sessions import MaskKey
        >>> key = MaskKey.generate()
        >>> len(key.id)
        4
    """

    def __new__(cls, text: str) -> Self: ...
    @staticmethod
    def generate() -> MaskKey:
        """Make a new random key."""
    @staticmethod
    def from_env(name: str = "BLOCKS_MASK_KEY") -> MaskKey:
        """Read the key from an environment variable.

        Raises:
            ConfigurationError: It is not set, or holds no key.
        """
    @staticmethod
    def from_file(path: str | PathLike[str]) -> MaskKey:
        """Read the key from a file that nobody but its owner may read.

        Raises:
            ConfigurationError: It cannot be read, is open to others, or holds no key.
        """
    def save(self, path: str | PathLike[str]) -> None:
        """Write the key to a new file of mode 0600.

        Raises:
            FileExistsError: There is something already: a key is never written over.
        """
    @property
    def id(self) -> str:
        """Four letters that tell keys apart; every pseudonym holds them."""
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    @staticmethod
    def _rebuild(text: str, ephemeral: bool) -> MaskKey: ...

@final
class Mask:
    r"""What is done to the personal data in every page, before anything is made of it.

    What a mask leaves is pseudonymised, which is still personal data: whoever has the key can recognise a
    person again. See "Privacy and security" in the documentation for what each preset does to each field.

    Args:
        preset: `"gdpr"`, `"training"`, `"none"`, or the path of a policy file (TOML), whose settings the
            other arguments replace one by one.
        fields: Selectors and treatments, as in `{"user_info.name": "drop", "**.email": "token:email"}`.
        unknown: What is done to a field that nothing names: `"drop"`, `"redact"` or `"text"`.
        detect: Kinds and treatments of what is found in texts, as in `{"phone": "partial"}`.
        patterns: Names and regular expressions of further kinds, as in `{"contract": r"CH-\d{7}"}`.
        own_values: Whether a session's own names, addresses, phones and ids are searched for in its texts.
        key: A `MaskKey`, or `"ephemeral"`: a random one that is kept nowhere. If not given, the one that the
            policy file names or `BLOCKS_MASK_KEY` holds, else an ephemeral one.
        previous: Older keys, for `tokens` only.
        scope: Pseudonyms of two scopes do not join.
        detector: A function that gets each text that is left, and returns it masked. It runs on a thread of
            the package's; where it fails, the text is dropped.

    Raises:
        ConfigurationError: The policy or the key is wrong.

    Example:
        >>> from blocks_sessions import Mask
        >>> mask = Mask("gdpr", fields={"feedback": "redact"}, key="ephemeral")
        >>> mask.apply({"status": "active", "feedback": "Call Mei!", "plan": "pro"})
        {'status': 'active', 'feedback': '[value]'}
    """

    def __new__(
        cls,
        preset: str | PathLike[str] | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        unknown: str | None = None,
        detect: Mapping[str, str] | None = None,
        patterns: Mapping[str, str] | None = None,
        own_values: bool | None = None,
        key: MaskKey | Literal["ephemeral"] | None = None,
        previous: Sequence[MaskKey] | None = None,
        scope: str | None = None,
        detector: Callable[[str], str] | None = None,
    ) -> Self: ...
    def apply(self, session: Mapping[str, Any]) -> Session:
        """Return one session as the mask leaves it.

        Args:
            session: A session as the service would send it.
        """
    def explain(self, session: Mapping[str, Any]) -> MaskReport:
        """Return what the mask does to one session: every path, its treatment, and counts; never a value."""
    def text(self, text: str) -> str:
        """Return a text that belongs to no session with what the detectors find in it replaced."""
    def tokens(self, kind: str, value: str) -> list[str]:
        """Return the pseudonyms that a value has or had, for requests about access and erasure.

        Args:
            kind: `"email"`, `"phone"`, `"user"`, `"session"`, `"name"`, `"ip"`, `"value"`, ...
            value: The value, however it is spelled.

        Returns:
            One for each key: that of the current one first, then those of the previous ones.

        Example:
            >>> from blocks_sessions import Mask
            >>> mask = Mask(key="ephemeral")
            >>> mask.tokens("email", "Mei@Example.com") == mask.tokens("email", " mei@example.com")
            True
        """
    @property
    def key(self) -> MaskKey:
        """The key of its pseudonyms."""
    @property
    def preset(self) -> str:
        """The preset's name."""
    @property
    def scope(self) -> str:
        """What its pseudonyms are kept apart by."""
    @property
    def fingerprint(self) -> str:
        """What tells it from other masks in the manifest of an export: of its policy and the id of its key.

        It holds no secret.
        """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    @staticmethod
    def _rebuild(
        policy: dict[str, Any],
        key: MaskKey,
        previous: list[MaskKey],
        detector: Callable[[str], str] | None,
    ) -> Mask: ...

def _scan(
    paths: Sequence[str | PathLike[str]], rows: Sequence[tuple[str, bytes]], values: Sequence[str]
) -> str: ...

@final
class _Emulator:
    def __new__(cls, options: dict[str, object]) -> Self: ...
    @property
    def url(self) -> str: ...
    def requests(
        self,
    ) -> list[
        tuple[str, str, list[tuple[str, str]], str, str, int, int | None, str | None, float, float | None]
    ]: ...
    def request_count(self) -> int: ...
    def in_flight(self) -> tuple[int, int]: ...
    def latency(self) -> float: ...
    def set_latency(self, latency: float) -> None: ...
    def set_faults(self, several: list[tuple[float, list[str], int]]) -> None: ...
    def set_churn(self, parts: tuple[float | bool, ...]) -> None: ...
    def set_rate_limit(self, per_second: float | None) -> None: ...
    def planted(self) -> list[tuple[str, str]]: ...
    def now(self) -> int: ...
    def set_now(self, now: int) -> None: ...
    def add(self, agent: str, session: str) -> None: ...
    def update(self, agent: str, session_id: str, fields: str) -> None: ...
    def delete(self, agent: str, session_id: str) -> None: ...
    def accept_token(self, token: str, expires_in: int | None) -> None: ...
    def sessions(self, agent: str) -> str: ...
    def session_count(self, agent: str) -> int: ...
    def history(
        self, agent: str
    ) -> tuple[list[str], list[tuple[int, Literal["inserted", "touched", "deleted", "edited"], str]]]: ...
    def forget_history(self) -> None: ...
    def revoke_tokens(self) -> None: ...
    def close(self) -> None: ...

def _list_async(
    client: SessionsClient, arguments: tuple[object, ...], options: dict[str, Any]
) -> Awaitable[SessionPage]: ...
def _listing_async(
    client: SessionsClient, function: str, eager: bool, arguments: tuple[object, ...], options: dict[str, Any]
) -> _AsyncListing: ...
def _count_async(
    client: SessionsClient, arguments: tuple[object, ...], options: dict[str, Any]
) -> Awaitable[tuple[int, str | None, list[str]]]: ...
def _export_async(
    client: SessionsClient, arguments: tuple[object, ...], options: dict[str, Any]
) -> _Export: ...
def _plan_async(
    client: SessionsClient, arguments: tuple[object, ...], options: dict[str, Any]
) -> tuple[Awaitable[str], dict[str, Any]]: ...
def _part_listing_async(client: SessionsClient, part: str, options: dict[str, Any]) -> _AsyncListing: ...
def _settling_async(
    client: SessionsClient, known: _Known, options: dict[str, Any]
) -> _AsyncListing | None: ...
def _ping_async(
    client: SessionsClient, arguments: tuple[object, ...], options: dict[str, object]
) -> Awaitable[None]: ...
def _check_listing(
    client: SessionsClient, function: str, arguments: tuple[object, ...], options: dict[str, Any]
) -> None: ...
def _sync_start(
    client: SessionsClient, path: str | PathLike[str], kept: dict[str, Any], options: dict[str, Any]
) -> _Sync: ...
def _watch_start(
    client: SessionsClient,
    path: str | PathLike[str] | None,
    begin: tuple[int | None, float],
    kept: dict[str, Any],
    options: dict[str, Any],
) -> _Watch: ...
def _plan(client: SessionsClient, n: int, options: dict[str, Any]) -> str: ...
def _part_listing(client: SessionsClient, part: str, options: dict[str, Any]) -> SessionIterator: ...
def _settling(client: SessionsClient, known: _Known, options: dict[str, Any]) -> SessionIterator | None: ...
