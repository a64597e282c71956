"""One list for several machines, for asyncio; see `blocks_sessions.partition`."""

# Also what only annotations name, so that `typing.get_type_hints` finds it.
import json
from typing import Any, Self

from blocks_sessions._core import _part_listing_async, _settling_async
from blocks_sessions._types import pandas, polars, pyarrow
from blocks_sessions.aio.iterators import AsyncSessionIterator
from blocks_sessions.exceptions import ConfigurationError
from blocks_sessions.partition.plan import PartValue, PlanValue
from blocks_sessions.partition.reading import Evident, PartSlice
from blocks_sessions.partition.settling import Settling, nothing
from blocks_sessions.report import ListingReport

__all__ = ["AsyncPart", "AsyncPartRead", "AsyncPartitionPlan", "AsyncSettled"]


class AsyncPartitionPlan(PlanValue):
    """A list that is cut into parts; see `PartitionPlan`."""

    __slots__ = ()

    parts: list["AsyncPart"]

    def settle(self, reads: Any, *, classes: int = 1, class_: int = 0) -> "AsyncSettled":
        """Return what no part yielded, once all parts were read; see `PartitionPlan.settle`."""
        known = self._settling(reads, classes, class_)
        listing = _settling_async(self._client._client, known, self._options)
        return AsyncSettled(self, listing and AsyncSessionIterator(listing), known)

    def _part(self, client: Any, known: dict[str, Any], count: int) -> "AsyncPart":
        return AsyncPart(client, json.dumps(known), self._options, count)


class AsyncPart(PartValue):
    """A part of a list; see `Part`."""

    __slots__ = ()

    def read(self, classes: int = 1) -> "AsyncPartRead":
        """Return a reading of the part, which asks for nothing before it is used."""
        return AsyncPartRead(self, classes)

    def _listing(self) -> Any:
        client: Any = self._client
        return AsyncSessionIterator(_part_listing_async(client._client, self._text, self._options))


class AsyncRows:
    """What is read once: by `async for`, or as a table."""

    __slots__ = ()

    def _rows(self) -> AsyncSessionIterator:
        raise NotImplementedError

    async def to_arrow(self) -> "pyarrow.Table":
        """Read it into a pyarrow table."""
        return await self._rows().to_arrow()

    async def to_pandas(self) -> "pandas.DataFrame":
        """Read it into a pandas frame."""
        return await self._rows().to_pandas()

    async def to_polars(self) -> "polars.DataFrame":
        """Read it into a polars frame."""
        return await self._rows().to_polars()

    async def aclose(self) -> None:
        """Stop the reading and its requests."""
        await self._rows().aclose()

    def __aiter__(self) -> AsyncSessionIterator:
        return self._rows()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


class AsyncPartRead(AsyncRows, Evident):
    """One reading of a part; see `PartRead`."""

    __slots__ = ()

    async def slice(self, class_: int) -> PartSlice:
        """Return the sessions of one class, with what settling that class has to know."""
        if self._table is None:
            self._table = await self._rows().to_arrow()
        return self._sliced(self._table, class_)

    @property
    def report(self) -> ListingReport:
        """What is known of the reading so far."""
        return self.evidence.report if self._evidence is not None else self._rows().report

    def _rows(self) -> AsyncSessionIterator:
        if self._evidence is not None and self._listing is None:
            raise ConfigurationError("the part was read elsewhere: call part.read() to read it again")
        if self._listing is None:
            self._listing = self._part._listing()
        listing: AsyncSessionIterator = self._listing
        return listing

    def _find_evidence(self) -> tuple[str, bytes]:
        if self._listing is None:
            raise ConfigurationError("the part was not read, and only a reading gives evidence")
        unread = self._listing._unread()
        evidence: tuple[str, bytes] = self._listing._listing.evidence(self._part._text, unread)
        return evidence


class AsyncSettled(AsyncRows, Settling):
    """What no part yielded, read once; see `Settled`."""

    __slots__ = ()

    @property
    def report(self) -> ListingReport:
        """What parts and settling came to together; `yielded` counts both, of this class."""
        listing = self._listing
        return self._report(None if listing is None else listing._listing.report_text(listing._unread()))

    def _rows(self) -> AsyncSessionIterator:
        if self._listing is not None:
            listing: AsyncSessionIterator = self._listing
            return listing
        client: Any = self._plan._client
        empty: AsyncSessionIterator = client.iter_sessions(**nothing(self._plan))
        return empty
