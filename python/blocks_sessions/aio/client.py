"""The asyncio client: the same names and arguments as the blocking one, over the same core.

Signatures are the compiled client's (see `twin`); what type checkers and editors see is in `client.pyi`.
"""

from blocks_sessions import _warn
from blocks_sessions._core import (
    Mask,
    SessionPage,
    SessionsClient,
    Timeout,
    _check_listing,
    _count_async,
    _export_async,
    _list_async,
    _listing_async,
    _ping_async,
    _plan_async,
)
from blocks_sessions._types import (
    AsyncAccessToken,
    ClientCert,
    Consistency,
    Mapping,
    Moment,
    OnEvent,
    PathLike,
    Progress,
    Sequence,
)
from blocks_sessions.aio.dataset import AsyncSessionsDataset
from blocks_sessions.aio.iterators import AsyncPageIterator, AsyncSessionIterator
from blocks_sessions.aio.partition import AsyncPartitionPlan
from blocks_sessions.aio.twin import twin
from blocks_sessions.collected import SessionList, chosen
from blocks_sessions.export import ExportReport

__all__ = ["AsyncSessionsClient"]

# The names that the annotations of this module are written with.
AccessToken = AsyncAccessToken
_ = (ClientCert, Consistency, Mapping, Mask, Moment, OnEvent, PathLike, Progress, Sequence, Timeout)


class AsyncSessionsClient:
    """Lists an agent's chat sessions, for asyncio.

    It takes the arguments of `SessionsClient`, which documents them, and has the same methods; an
    `access_token` function may be an async one. One client serves one event loop after another.

    Raises:
        ConfigurationError: A setting is missing, wrong or contradicts another. All faults at once.

    Example:
        >>> import asyncio
        >>> from blocks_sessions import AsyncSessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> async def total(url: str) -> int | None:
        ...     async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
        ...         return (await client.list(limit=50)).total_count
        >>> with Emulator(sessions=247) as server:
        ...     asyncio.run(total(server.url))
        247
    """

    __slots__ = ("__weakref__", "_client")

    @twin
    def __init__(self, project_key=None, *arguments, **options) -> None:
        try:
            self._client = SessionsClient._new_async(project_key, arguments, options)
        finally:
            # A traceback keeps this frame, and may be shown with its variables: secrets, some of them.
            del project_key, arguments, options

    @staticmethod
    def from_profile(name: str | None = None, **settings: object) -> "AsyncSessionsClient":
        """Return a client with the settings of a profile; see `SessionsClient.from_profile`."""
        from blocks_sessions.profiles import keywords

        return _rebuild(AsyncSessionsClient, keywords(name, settings), {})

    @twin
    async def list(self, *arguments, **options) -> SessionPage:
        """Return one page of sessions, by one request; see `SessionsClient.list`."""
        return await _list_async(self._client, arguments, options)

    @twin
    def iter_sessions(self, *arguments, **options) -> AsyncSessionIterator:
        """Iterate over all sessions, one by one; see `SessionsClient.iter_sessions`."""
        return AsyncSessionIterator(_listing_async(self._client, "iter_sessions", True, arguments, options))

    @twin
    def iter_pages(self, *arguments, **options) -> AsyncPageIterator:
        """Iterate over all sessions in pages of `page_size`; see `SessionsClient.iter_pages`."""
        return AsyncPageIterator(_listing_async(self._client, "iter_pages", False, arguments, options))

    @twin
    def dataset(self, *arguments, **options) -> AsyncSessionsDataset:
        """Return the list as something to read again and again; see `SessionsClient.dataset`."""
        _check_listing(self._client, "dataset", arguments, options)
        return AsyncSessionsDataset(self, options)

    @twin
    async def collect(self, *arguments, **options) -> "SessionList":
        """Return all sessions in one list; see `SessionsClient.collect`."""
        pages = AsyncPageIterator(_listing_async(self._client, "collect", True, arguments, options))
        sessions = chosen((), None, options.get("fields"))
        async with pages:
            async for page in pages:
                page._append_to(sessions)
        sessions.report = pages.report
        return sessions

    @twin
    async def partitions(self, n: int, *arguments, **options) -> AsyncPartitionPlan:
        """Cut the list into parts that several machines read; see `SessionsClient.partitions`."""
        plan, kept = _plan_async(self._client, (n, *arguments), options)
        return AsyncPartitionPlan(self, await plan, kept)

    async def sync(self, path, **options):
        """Bring a local copy of the agent's list up to date; see `SessionsClient.sync`."""
        from blocks_sessions.mirror import sync_async

        return await sync_async(self._client, path, options)

    def watch(self, path=None, **options):
        """Iterate over what changes in the agent's list; see `SessionsClient.watch`."""
        from blocks_sessions.mirror import watch_async

        return watch_async(self._client, path, options)

    @twin
    async def count(self, *arguments, **options) -> int:
        """Return how many sessions there are; see `SessionsClient.count`."""
        progress = options.get("progress")
        if not (self._client._default_progress() if progress is None else progress):
            count, doubt, remarks = await _count_async(self._client, arguments, options)
            if doubt is not None:
                _warn.incomplete(doubt)
            for remark in remarks:
                _warn.remark(remark)
            return count
        pages = AsyncPageIterator(_listing_async(self._client, "count", True, arguments, options))
        async with pages:
            return sum([len(page) async for page in pages])

    @twin
    async def export(self, path: "str | PathLike[str]", *arguments, **options) -> ExportReport:
        """Write all sessions to a file that appears when it is whole; see `SessionsClient.export`.

        Cancelling the task commits what was read, so that the same call goes on from there.
        """
        export = _export_async(self._client, (path, *arguments), options)
        try:
            while (report := export.receive(await export.step())) is None:
                pass
        except BaseException:
            await export.interrupt()
            raise
        return report

    @twin
    def with_options(self, *arguments, **options) -> "AsyncSessionsClient":
        """Return a client with some settings changed; see `SessionsClient.with_options`."""
        client = object.__new__(type(self))
        try:
            client._client = self._client.with_options(*arguments, **options)
        finally:
            del arguments, options
        return client

    @twin
    async def ping(self, *arguments, **options) -> None:
        """Ask whether the service is there and takes the credentials; see `SessionsClient.ping`."""
        await _ping_async(self._client, arguments, options)

    async def aclose(self) -> None:
        """Close the connections and end what is under way; later requests raise `ConfigurationError`."""
        self._client.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        # One whose constructor failed is shown by debuggers too, and must not hide that failure.
        client = getattr(self, "_client", None)
        return f"<{type(self).__name__}: not made>" if client is None else f"Async{client!r}"

    def _repr_html_(self) -> str:
        """A card for notebooks: where the client calls, as whom, and how patiently."""
        from blocks_sessions.display import client_html

        return client_html(type(self).__name__, self._client._facts())

    def __reduce__(self):
        return _rebuild, (type(self), *self._client._settings())


def _rebuild(cls, options, environment):
    client = object.__new__(cls)
    try:
        client._client = SessionsClient._rebuild_async(options, environment)
    finally:
        del options, environment
    return client
