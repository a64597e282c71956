"""`SessionList`: what `collect()` returns."""

import json

from blocks_sessions._core import _BatchAccumulator
from blocks_sessions.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, SupportsIndex, overload

    import pandas
    import polars
    import pyarrow

    from blocks_sessions._core import _Batches
    from blocks_sessions.report import ListingReport

__all__ = ["SessionList"]

# Sessions that become columns at once.
_CHUNK = 2_000


class SessionList(list[Session]):
    """The sessions of a whole listing: a list, with the listing's report, and ways into tables.

    Tables are made of what the list holds when they are asked for; where fields were chosen, of their
    columns. A slice is a `SessionList` too, with the report of the listing that it came from.

    Attributes:
        report: What is known of the listing; `None` for a list that was made in another way.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=247) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     sessions = client.collect()
        >>> len(sessions), sessions.report.complete, len(sessions[:10])
        (247, True, 10)
    """

    __slots__ = ("_fields", "report")

    report: "ListingReport | None"
    # The fields that were chosen, and so the columns of tables; `None` for all.
    _fields: "tuple[str, ...] | None"

    def __init__(self, sessions: "Iterable[Session]" = (), report: "ListingReport | None" = None) -> None:
        super().__init__(sessions)
        self.report, self._fields = report, None

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: SupportsIndex, /) -> Session: ...
        @overload
        def __getitem__(self, index: slice, /) -> "SessionList": ...

    def __getitem__(self, index: "Any", /) -> "Any":
        found = super().__getitem__(index)
        return chosen(found, self.report, self._fields) if isinstance(index, slice) else found

    def copy(self) -> "SessionList":
        """Return a shallow copy, also a `SessionList`."""
        return chosen(self, self.report, self._fields)

    def to_arrow(self) -> "pyarrow.Table":
        """Return a pyarrow table, of the schema that `SessionsClient.schema()` tells."""
        table: pyarrow.Table = self._table("to_arrow")
        return table

    def to_pandas(self) -> "pandas.DataFrame":
        """Return a pandas frame."""
        table: pandas.DataFrame = self._table("to_pandas")
        return table

    def to_polars(self) -> "polars.DataFrame":
        """Return a polars frame."""
        table: polars.DataFrame = self._table("to_polars")
        return table

    def __arrow_c_stream__(
        self, requested_schema: object | None = None, *, batch_size: int | None = None
    ) -> object:
        return self._batches().__arrow_c_stream__(requested_schema, batch_size=batch_size)

    def __reduce__(self) -> "tuple[Any, ...]":
        return (chosen, (list(self), self.report, self._fields))

    def _repr_html_(self) -> str:
        """A card for notebooks: the first sessions, in a table."""
        from blocks_sessions.display import list_html

        return list_html(self)

    def _table(self, function: str) -> "Any":
        from blocks_sessions import frames

        frames.check(function)
        return getattr(frames, function)(self._batches())

    def _batches(self) -> "_Batches":
        rows = _BatchAccumulator(None, self._fields)
        for start in range(0, len(self), _CHUNK):
            chunk = list.__getitem__(self, slice(start, start + _CHUNK))
            rows.add_json(_json(chunk))
        return rows.take()


def chosen(
    sessions: "Iterable[Session]", report: "ListingReport | None", fields: "Sequence[str] | None"
) -> SessionList:
    """Return the sessions of a listing of these fields."""
    made = SessionList(sessions, report)
    made._fields = None if fields is None else tuple(fields)
    return made


def _json(sessions: "list[Session]") -> bytes:
    text = json.dumps(sessions, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Lone surrogates can be sent as escapes only.
        return json.dumps(sessions, allow_nan=False, separators=(",", ":")).encode()
