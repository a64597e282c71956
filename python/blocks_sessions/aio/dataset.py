"""`AsyncSessionsDataset`: a list that is read again and again, for asyncio."""

# Also what only annotations name, so that `typing.get_type_hints` finds it.
from typing import Any

from blocks_sessions._types import PathLike, pandas, polars, pyarrow
from blocks_sessions.aio.iterators import AsyncSessionIterator
from blocks_sessions.aio.partition import AsyncPartitionPlan
from blocks_sessions.collected import SessionList, chosen
from blocks_sessions.dataset import Readings, describe
from blocks_sessions.export import ExportReport
from blocks_sessions.narrowing import Narrowing, counted, exported, partitioned
from blocks_sessions.report import ListingReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks_sessions.aio.client import AsyncSessionsClient

__all__ = ["AsyncSessionsDataset"]


class AsyncSessionsDataset(Narrowing):
    """A list of sessions that is read anew by every use of it; see `SessionsDataset`.

    Example:
        >>> import asyncio
        >>> from blocks_sessions import AsyncSessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> async def twice(url: str) -> tuple[int, int]:
        ...     async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
        ...         sessions = client.dataset()
        ...         return len([session async for session in sessions]), len(await sessions.collect())
        >>> with Emulator(sessions=247) as server:
        ...     asyncio.run(twice(server.url))
        (247, 247)
    """

    __slots__ = ("__weakref__", "_client", "_options", "_readings")

    def __init__(self, client: "AsyncSessionsClient", options: "dict[str, Any]") -> None:
        self._client, self._options, self._readings = client, options, Readings()

    def __aiter__(self) -> "AsyncSessionIterator":
        return self._listing()

    @property
    def report(self) -> "ListingReport | None":
        """What is known of the latest reading; `None` before the first."""
        return self._readings.report()

    async def collect(self) -> "SessionList":
        """Read all sessions into one list."""
        sessions = chosen((), None, self._options.get("fields"))
        async with self._listing() as listing:
            while (page := await listing._next_rows()) is not None:
                page._append_to(sessions)
        sessions.report = listing.report
        return sessions

    async def count(self) -> int:
        """Return how many sessions there are; see `SessionsClient.count`."""
        options = counted(self._options)
        if options is None:
            return sum([len(page) async for page in self._client.iter_pages(**self._options)])
        return await self._client.count(**options)

    async def to_arrow(self) -> "pyarrow.Table":
        """Read all into a pyarrow table, of the schema that `SessionsClient.schema()` tells."""
        return await self._listing().to_arrow()

    async def to_pandas(self) -> "pandas.DataFrame":
        """Read all into a pandas frame."""
        return await self._listing().to_pandas()

    async def to_polars(self) -> "polars.DataFrame":
        """Read all into a polars frame."""
        return await self._listing().to_polars()

    async def export(self, path: "str | PathLike[str]", **options: object) -> ExportReport:
        """Write all to a file that appears when it is whole; see `SessionsDataset.export`."""
        report = await self._client.export(path, **exported(self._options, options))
        self._readings.note(report)
        return report

    async def partitions(self, n: int) -> AsyncPartitionPlan:
        """Cut the list into parts that several machines read; see `SessionsClient.partitions`."""
        return await self._client.partitions(n, **partitioned(self._options))

    def __repr__(self) -> str:
        return f"<AsyncSessionsDataset: {describe(self._options)}>"

    def _repr_html_(self) -> str:
        """A card for notebooks: what is listed. It reads nothing."""
        from blocks_sessions.display import dataset_html

        return dataset_html(type(self).__name__, self._options, self.report)

    def __reduce__(self) -> "tuple[Any, ...]":
        return (type(self), (self._client, self._options))

    def _parts(self) -> "tuple[Any, dict[str, Any]]":
        return self._client, self._options

    def _listing(self) -> "AsyncSessionIterator":
        listing = self._client.iter_sessions(**self._options)
        self._readings.begin(listing)
        return listing
