"""The asyncio client: the same names and arguments as the blocking one, over the same core."""

from blocks_sessions._core import SessionsClient, _Gathering

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Awaitable, Callable, Mapping
    from os import PathLike
    from typing import Any, Literal, Self, TypeAlias

    import pandas
    import polars
    import pyarrow

    from blocks_sessions._core import SessionPage, Timeout, _AsyncListing, _Batches
    from blocks_sessions.report import ListingReport
    from blocks_sessions.session import Session

    _Consistency: TypeAlias = Literal["checked", "strict", "fast"]
    _Progress: TypeAlias = bool | Callable[[int, int | None], object]
    # The client has a method of this name.
    _Sessions: TypeAlias = list[Session]

# A setting that `with_options` is to leave as it is; `None` is its default.
UNCHANGED: "Any" = ...

__all__ = ["AsyncListingIterator", "AsyncPageIterator", "AsyncSessionIterator", "AsyncSessionsClient"]


class AsyncListingIterator:
    """What `AsyncSessionIterator` and `AsyncPageIterator` share: a list that is read piece by piece.

    No request is made before the first item is asked for. A few pages are read ahead; `aclose()`,
    leaving an `async with` block or dropping the iterator stops that. If a request fails or its task
    is cancelled nothing is lost: the next item asked for tries that request again.
    """

    __slots__ = ("_gathering", "_listing")

    def __init__(self, listing: "_AsyncListing") -> None:
        self._listing = listing
        # Rows on their way into a table.
        self._gathering = _Gathering()

    @property
    def total_count(self) -> int | None:
        """`total_count` of the latest answer; `None` before the first, or if the service sends none."""
        return self._listing.total_count

    @property
    def pages_fetched(self) -> int:
        """How many answers have come."""
        return self._listing.pages_fetched

    @property
    def report(self) -> "ListingReport":
        """What is known of the listing so far."""
        return self._listing.report(self._unread())

    async def to_arrow(self) -> "pyarrow.Table":
        """Return what is left as a pyarrow table; see `ListingIterator.to_arrow`."""
        from blocks_sessions import frames

        frames.check("to_arrow")
        return frames.to_arrow(await self._gather())

    async def to_pandas(self) -> "pandas.DataFrame":
        """Return what is left as a pandas frame; see `ListingIterator.to_pandas`."""
        from blocks_sessions import frames

        frames.check("to_pandas")
        return frames.to_pandas(await self._gather())

    async def to_polars(self) -> "polars.DataFrame":
        """Return what is left as a polars frame; see `ListingIterator.to_polars`."""
        from blocks_sessions import frames

        frames.check("to_polars")
        return frames.to_polars(await self._gather())

    async def _gather(self) -> "_Batches":
        while (page := await self._next_rows()) is not None:
            self._gathering.add(page)
        return self._gathering.take()

    async def _next_rows(self) -> "SessionPage | None":
        """Return the next page of sessions that were not handed out yet."""
        return await self._next_page()

    async def aclose(self) -> None:
        """Stop the listing and its requests; sessions that were handed out stay valid."""
        self._listing.close()

    def __aiter__(self) -> "Self":
        return self

    async def __aenter__(self) -> "Self":
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._listing.summary(self._unread())}>"

    def _repr_html_(self) -> str:
        """A card for notebooks: what is listed, how far it is, and what to do next. It reads nothing."""
        from blocks_sessions.display import listing_html

        return listing_html(type(self).__name__, self._listing.facts(self._unread()))

    def _unread(self) -> int:
        """Return how many sessions were read and wait to be handed out."""
        return 0

    async def _next_page(self) -> "SessionPage | None":
        try:
            delivery = await self._listing.fetch()
        except BaseException:
            self._listing.pause()
            raise
        return self._listing.receive(delivery)


class AsyncPageIterator(AsyncListingIterator):
    """All sessions, in pages of exactly `page_size`; only the last may be shorter.

    Example:
        >>> import asyncio
        >>> from blocks_sessions import AsyncSessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> async def sizes(url: str) -> list[int]:
        ...     async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
        ...         return [len(page) async for page in client.iter_pages()]
        >>> with Emulator(sessions=247) as server:
        ...     asyncio.run(sizes(server.url))
        [100, 100, 47]
    """

    __slots__ = ()

    async def __anext__(self) -> "SessionPage":
        self._gathering.check_none_waits()
        page = await self._next_page()
        if page is None:
            raise StopAsyncIteration
        return page


class AsyncSessionIterator(AsyncListingIterator):
    """All sessions, one by one.

    Example:
        >>> import asyncio
        >>> from blocks_sessions import AsyncSessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> async def count(url: str) -> int:
        ...     async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
        ...         return len([session async for session in client.iter_sessions()])
        >>> with Emulator(sessions=247) as server:
        ...     asyncio.run(count(server.url))
        247
    """

    __slots__ = ("_pages", "_ready")

    def __init__(self, listing: "_AsyncListing") -> None:
        super().__init__(listing)
        # Sessions of the page at hand, the next one last, and the pages that they are the end of.
        self._ready: list[Session] = []
        self._pages: list[SessionPage] = []

    async def __anext__(self) -> "Session":
        self._gathering.check_none_waits()
        while not self._ready:
            self._pages.clear()
            page = await self._next_page()
            if page is None:
                raise StopAsyncIteration
            self._ready = page.sessions[::-1] + self._ready
            self._pages.append(page)
        return self._ready.pop()

    async def _next_rows(self) -> "SessionPage | None":
        while self._pages:
            page = self._pages.pop(0)
            later = sum(map(len, self._pages))
            if (unread := len(self._ready) - later) > 0:
                del self._ready[later:]
                return page._tail(unread)
        return await self._next_page()

    def _unread(self) -> int:
        return len(self._ready)

    async def aclose(self) -> None:
        """Stop the listing and its requests; sessions that were handed out stay valid."""
        self._ready = []
        await super().aclose()


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

    def __init__(
        self,
        project_key: str | None = None,
        *,
        agent_id: str | None = None,
        blocks_key: str | None = None,
        access_token: "str | Callable[[], str | Awaitable[str]] | None" = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        base_url: str | None = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
        max_concurrency: int | None = None,
        max_requests_per_second: float | None = None,
        headers: "Mapping[str, str] | None" = None,
        proxy: str | None = None,
        ca_bundle: "str | PathLike[str] | None" = None,
        cache_ttl: float | None = None,
    ) -> None:
        options: dict[str, Any] = {name: value for name, value in locals().items() if name != "self"}
        self._client = SessionsClient._for_asyncio(options, {})

    async def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
        extra_body: "Mapping[str, object] | None" = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
    ) -> "SessionPage":
        """Return one page of sessions, by one request; see `SessionsClient.list`."""
        return await self._client._list_async(agent_id, limit, offset, extra_body, timeout, max_retries)

    def iter_sessions(
        self,
        *,
        agent_id: str | None = None,
        page_size: int = 100,
        offset: int = 0,
        max_items: int | None = None,
        max_concurrency: int | None = None,
        consistency: "_Consistency" = "checked",
        progress: "_Progress" = False,
        extra_body: "Mapping[str, object] | None" = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
    ) -> AsyncSessionIterator:
        """Iterate over all sessions, one by one; see `SessionsClient.iter_sessions`."""
        options = {name: value for name, value in locals().items() if name != "self"}
        return AsyncSessionIterator(self._client._listing_async("iter_sessions", True, options))

    def iter_pages(
        self,
        *,
        agent_id: str | None = None,
        page_size: int = 100,
        offset: int = 0,
        max_items: int | None = None,
        max_concurrency: int | None = None,
        consistency: "_Consistency" = "checked",
        progress: "_Progress" = False,
        extra_body: "Mapping[str, object] | None" = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
    ) -> AsyncPageIterator:
        """Iterate over all sessions in pages of `page_size`; see `SessionsClient.iter_pages`."""
        options = {name: value for name, value in locals().items() if name != "self"}
        return AsyncPageIterator(self._client._listing_async("iter_pages", False, options))

    async def collect(
        self,
        *,
        agent_id: str | None = None,
        page_size: int = 100,
        offset: int = 0,
        max_items: int | None = None,
        max_concurrency: int | None = None,
        consistency: "_Consistency" = "checked",
        progress: "_Progress" = False,
        extra_body: "Mapping[str, object] | None" = None,
        timeout: "float | Timeout | None" = None,
        max_retries: int | None = None,
    ) -> "_Sessions":
        """Return all sessions in one list; see `SessionsClient.collect`."""
        options = {name: value for name, value in locals().items() if name != "self"}
        pages = AsyncPageIterator(self._client._listing_async("collect", True, options))
        sessions: _Sessions = []
        async with pages:
            async for page in pages:
                page._append_to(sessions)
        return sessions

    def with_options(
        self,
        *,
        project_key: "str | None" = UNCHANGED,
        agent_id: "str | None" = UNCHANGED,
        blocks_key: "str | None" = UNCHANGED,
        access_token: "str | Callable[[], str | Awaitable[str]] | None" = UNCHANGED,
        client_id: "str | None" = UNCHANGED,
        client_secret: "str | None" = UNCHANGED,
        base_url: "str | None" = UNCHANGED,
        timeout: "float | Timeout | None" = UNCHANGED,
        max_retries: "int | None" = UNCHANGED,
        max_concurrency: "int | None" = UNCHANGED,
        max_requests_per_second: "float | None" = UNCHANGED,
        headers: "Mapping[str, str] | None" = UNCHANGED,
        proxy: "str | None" = UNCHANGED,
        ca_bundle: "str | PathLike[str] | None" = UNCHANGED,
        cache_ttl: "float | None" = UNCHANGED,
    ) -> "AsyncSessionsClient":
        """Return a client with some settings changed, which shares this one's connections.

        `None` takes a setting back to its default; what is not named stays as it is.
        """
        given = {name: value for name, value in locals().items() if name != "self" and value is not UNCHANGED}
        client = object.__new__(type(self))
        client._client = self._client.with_options(**given)
        return client

    async def aclose(self) -> None:
        """Close the connections; any later call raises `ConfigurationError`."""
        self._client.close()

    async def __aenter__(self) -> "Self":
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Async{self._client!r}"

    def _repr_html_(self) -> str:
        """A card for notebooks: where the client calls, as whom, and how patiently."""
        from blocks_sessions.display import client_html

        return client_html(type(self).__name__, self._client._facts())

    def __reduce__(self) -> "tuple[object, ...]":
        return _rebuild, (type(self), *self._client._settings())


def _rebuild(
    cls: type[AsyncSessionsClient], options: "dict[str, Any]", environment: "dict[str, str | None]"
) -> AsyncSessionsClient:
    client = object.__new__(cls)
    client._client = SessionsClient._for_asyncio(options, environment)
    return client


def _settle(awaited: "Future[object]", value: "Any", failed: bool) -> None:
    """Give an awaitable its value, in its own loop; it may have been cancelled on the way."""
    if awaited.done():
        return
    if failed:
        awaited.set_exception(value)
    else:
        awaited.set_result(value)
