"""`SessionsDataset`: a list that is read again and again, each time anew."""

from weakref import ref

from blocks_sessions._core import SessionIterator, SessionsClient
from blocks_sessions.narrowing import Narrowing, counted, exported, partitioned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from typing import Any

    import pandas
    import polars
    import pyarrow

    from blocks_sessions._core import _Reading
    from blocks_sessions.aio.iterators import AsyncSessionIterator
    from blocks_sessions.collected import SessionList
    from blocks_sessions.export import ExportReport
    from blocks_sessions.partition import PartitionPlan
    from blocks_sessions.report import ListingReport
    from blocks_sessions.session import Session

__all__ = ["Readings", "SessionsDataset"]


class Readings:
    """The listings that a dataset was read by, without keeping them alive."""

    __slots__ = ("_noted", "_readings")

    def __init__(self) -> None:
        self._readings: list[tuple[ref[SessionIterator | AsyncSessionIterator], _Reading]] = []
        self._noted: ListingReport | None = None

    def begin(self, listing: "SessionIterator | AsyncSessionIterator") -> None:
        """Note a listing that is about to be read: libraries ask for several, and read one."""
        # All before the latest that was read are of no more use.
        for place in range(len(self._readings) - 1, 0, -1):
            if self._readings[place][1].report() is not None:
                del self._readings[:place]
                break
        self._readings.append((ref(listing), listing._reading()))

    def note(self, report: "ListingReport") -> None:
        """Note a reading that is over."""
        self._readings.clear()
        self._noted = report

    def report(self) -> "ListingReport | None":
        """Return the report of the latest one that got an answer."""
        for iterator, reading in reversed(self._readings):
            if (report := reading.report()) is not None:
                # One that lives knows which of the sessions that were read have not been handed out.
                listing = iterator()
                return report if listing is None else listing.report
        return self._noted


class SessionsDataset(Narrowing):
    """A list of sessions that is read anew by every use of it: by `for`, by tables, by DuckDB or polars.

    An iterator is spent by whoever reads it; a dataset is not. It holds no sessions, and no requests are
    made before it is used. `client.dataset()` makes it.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=247) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     sessions = client.dataset()
        ...     first = next(iter(sessions)).session_id
        ...     len(sessions.collect()), sessions.report.complete
        (247, True)
    """

    __slots__ = ("__weakref__", "_client", "_options", "_readings")

    def __init__(self, client: SessionsClient, options: "dict[str, Any]") -> None:
        self._client, self._options, self._readings = client, options, Readings()

    def __iter__(self) -> "Iterator[Session]":
        return self._listing()

    @property
    def report(self) -> "ListingReport | None":
        """What is known of the latest reading; `None` before the first."""
        return self._readings.report()

    def collect(self) -> "SessionList":
        """Read all sessions into one list."""
        from blocks_sessions.collected import chosen

        listing = self._listing()
        sessions = chosen((), None, self._options.get("fields"))
        listing._append_to(sessions)
        sessions.report = listing.report
        return sessions

    def count(self) -> int:
        """Return how many sessions there are; see `SessionsClient.count`."""
        options = counted(self._options)
        if options is None:
            return sum(len(page) for page in self._client.iter_pages(**self._options))
        return self._client.count(**options)

    def to_arrow(self) -> "pyarrow.Table":
        """Read all into a pyarrow table, of the schema that `SessionsClient.schema()` tells."""
        return self._listing().to_arrow()

    def to_pandas(self) -> "pandas.DataFrame":
        """Read all into a pandas frame."""
        return self._listing().to_pandas()

    def to_polars(self) -> "polars.DataFrame":
        """Read all into a polars frame."""
        return self._listing().to_polars()

    def export(self, path: "str | PathLike[str]", **options: object) -> "ExportReport":
        """Write all to a file that appears when it is whole; the same call goes on where one was stopped.

        See `SessionsClient.export`, whose arguments `options` are: `format`, `compression`,
        `compression_level`, `resume`, `overwrite`, `spreadsheet_safe`, `progress`.

        Raises:
            TypeError: An argument says what is to be listed, which the dataset says.
        """
        report = self._client.export(path, **exported(self._options, options))
        self._readings.note(report)
        return report

    def partitions(self, n: int) -> "PartitionPlan":
        """Cut the list into parts that several machines read; see `SessionsClient.partitions`.

        Raises:
            ConfigurationError: The dataset has `offset` or `max_items`, which no part could count.
        """
        return self._client.partitions(n, **partitioned(self._options))

    def __arrow_c_stream__(
        self, requested_schema: object | None = None, *, batch_size: int | None = None
    ) -> object:
        return self._listing().__arrow_c_stream__(requested_schema, batch_size=batch_size)

    def __repr__(self) -> str:
        return f"<SessionsDataset: {describe(self._options)}>"

    def _repr_html_(self) -> str:
        """A card for notebooks: what is listed. It reads nothing."""
        from blocks_sessions.display import dataset_html

        return dataset_html(type(self).__name__, self._options, self.report)

    def __reduce__(self) -> "tuple[Any, ...]":
        return (type(self), (self._client, self._options))

    def _parts(self) -> "tuple[Any, dict[str, Any]]":
        return self._client, self._options

    def _listing(self) -> SessionIterator:
        listing = self._client.iter_sessions(**self._options)
        self._readings.begin(listing)
        return listing


def describe(options: "dict[str, Any]") -> str:
    """Return what a dataset lists, in a line that holds no values but names, numbers and modes."""
    shown = ("agent_id", "offset", "max_items", "consistency")
    told = [f"{name}={options[name]!r}" for name in shown if options.get(name) is not None]
    rest = sorted(name for name in options if name not in shown)
    return ", ".join([*told, *rest]) or "all sessions of the client's agent"
