"""The asyncio iterators: a list that is read piece by piece, as sessions or as pages."""

# Also what only annotations name, so that `typing.get_type_hints` finds it.
from typing import Any, Self

from blocks_sessions._core import SessionPage, _AsyncListing, _BatchAccumulator, _Reading
from blocks_sessions._types import pandas, polars, pyarrow
from blocks_sessions.report import ListingReport
from blocks_sessions.session import Session

__all__ = ["AsyncListingIterator", "AsyncPageIterator", "AsyncSessionIterator"]


class AsyncListingIterator:
    """What `AsyncSessionIterator` and `AsyncPageIterator` share: a list that is read piece by piece.

    No request is made before the first item is asked for. A few pages are read ahead; `aclose()`,
    leaving an `async with` block or dropping the iterator stops that. If a request fails or its task
    is cancelled nothing is lost: the next item asked for tries that request again.
    """

    __slots__ = ("__weakref__", "_batches", "_listing")

    def __init__(self, listing: "_AsyncListing") -> None:
        self._listing = listing
        # Rows on their way into a table.
        self._batches = _BatchAccumulator(listing)

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
        table: pyarrow.Table = await self._table("to_arrow")
        return table

    async def to_pandas(self) -> "pandas.DataFrame":
        """Return what is left as a pandas frame; see `ListingIterator.to_pandas`."""
        table: pandas.DataFrame = await self._table("to_pandas")
        return table

    async def to_polars(self) -> "polars.DataFrame":
        """Return what is left as a polars frame; see `ListingIterator.to_polars`."""
        table: polars.DataFrame = await self._table("to_polars")
        return table

    async def _table(self, function: str) -> "Any":
        from blocks_sessions import frames

        frames.check(function)
        self._listing.check_reader(self._batches, self._unread())
        self._batches.begin()
        try:
            while (page := await self._next_rows()) is not None:
                try:
                    self._batches.add(page)
                except BaseException:
                    self._listing.put_back(page)
                    raise
            batches = self._batches.take()
        finally:
            self._batches.end()
        self._listing.note_misfits(self._batches.misfits)
        try:
            return getattr(frames, function)(batches)
        except BaseException:
            self._batches.put_back(batches)
            raise

    async def _next_rows(self) -> "SessionPage | None":
        """Return the next page of sessions that were not handed out yet."""
        return await self._next_page()

    async def aclose(self) -> None:
        """Stop the listing and its requests; sessions that were handed out stay valid."""
        self._listing.close()

    def __del__(self) -> None:
        # One whose construction failed has none.
        if hasattr(self, "_batches"):
            self._listing.leave(self._unread())

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

    def _reading(self) -> "_Reading":
        """Return what stays of the report when this is gone."""
        return self._listing.reading()

    def _unread(self) -> int:
        """Return how many sessions were read and wait to be handed out."""
        return self._batches.waiting

    async def _next_page(self) -> "SessionPage | None":
        while True:
            try:
                lease = await self._listing.fetch()
            except BaseException:
                self._listing.pause()
                raise
            page = self._listing.receive(lease)
            # A page without sessions is one of which only the progress is told.
            if page is None or page:
                return page


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
        if not self._listing.is_over():
            self._batches.check_none_waits()
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
        # Sessions of the page at hand, the next one last, and the pages that they are the end of.
        self._ready: list[Session] = []
        self._pages: list[SessionPage] = []
        super().__init__(listing)

    async def __anext__(self) -> "Session":
        if self._listing.is_over():
            raise StopAsyncIteration
        self._batches.check_none_waits()
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
        return len(self._ready) + self._batches.waiting
