"""`Mirror`: reads the file of a mirror."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from blocks_sessions._core import _Mirror
from blocks_sessions.exceptions import ConfigurationError
from blocks_sessions.mirror.changes import Change, change
from blocks_sessions.mirror.reports import MirrorReport
from blocks_sessions.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas
    import polars
    import pyarrow

    from blocks_sessions._core import _MirrorCursor

__all__ = ["Mirror"]

# Changes that are read at once.
_BATCH = 1_000


class Mirror:
    """Reads a mirror's file; it needs no client and no network, and changes nothing.

    Each call opens the file for itself: a `Mirror` may be shared between threads and used after a fork, also
    while another process brings the file up to date.

    Args:
        path: The file that `client.sync` made.

    Raises:
        StorageError: There is no file, or it is no mirror.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from blocks_sessions import Mirror, SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with tempfile.TemporaryDirectory() as folder, Emulator(sessions=247) as server:
        ...     path = Path(folder) / "support.db"
        ...     with SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        ...         report = client.sync(path)
        ...     with Mirror(path) as mirror:
        ...         len(mirror), report.created
        (247, 247)
    """

    __module__ = "blocks_sessions.mirror"
    __slots__ = ("_closed", "_mirror")

    def __init__(self, path: "str | PathLike[str]") -> None:
        self._mirror = _Mirror(path)
        self._closed = False

    @property
    def path(self) -> str:
        """The file."""
        return str(self._mirror.path)

    @property
    def report(self) -> MirrorReport | None:
        """What the file says of its last run; `None` before the first."""
        known = self._open().last_run()
        if known is None:
            return None
        known.pop("report")
        for name in ("started_at", "ended_at", "proven_at"):
            known[name] = None if known[name] is None else datetime.fromisoformat(known[name])
        return MirrorReport(**known)

    def __len__(self) -> int:
        return self._open().count(False)

    def sessions(
        self, *, where: str | None = None, fields: "list[str] | None" = None, vanished: bool = False
    ) -> Iterator[Session]:
        """Iterate over the sessions, as from the service: the most recently active first.

        Args:
            where: A condition, as of `iter_sessions`.
            fields: The fields to keep, as of `iter_sessions`.
            vanished: Those too that are gone from the service.

        Raises:
            ValidationError: The condition or the fields are wrong.
        """
        return _sessions(self._cursor(where, fields, vanished))

    def query(self, sql: str, parameters: "tuple[object, ...] | list[object]" = ()) -> list[dict[str, Any]]:
        """Run any statement of SQLite's that reads, and return its rows as dictionaries.

        The tables are `sessions`, `changes`, `syncs` and `meta`, and the view `live` without what vanished.

        Raises:
            ConfigurationError: SQLite does not understand the statement, or it would change something.
        """
        return self._open().query(sql, list(parameters))

    def changes(self, since: int = 0) -> Iterator[Change]:
        """Iterate over the changes after a number, in order.

        Raises:
            StorageError: Some of them were removed (`keep_changes`); the message says from where to go on.
        """
        mirror = self._open()
        return _changes(mirror, mirror.changes(since, _BATCH))

    def to_arrow(
        self, *, where: str | None = None, fields: "list[str] | None" = None, vanished: bool = False
    ) -> "pyarrow.Table":
        """Return the sessions as a pyarrow table, of the schema that `SessionsClient.schema()` tells."""
        from blocks_sessions import frames

        frames.check("to_arrow")
        return frames.to_arrow(self._cursor(where, fields, vanished).batches())

    def to_pandas(
        self, *, where: str | None = None, fields: "list[str] | None" = None, vanished: bool = False
    ) -> "pandas.DataFrame":
        """Return the sessions as a pandas frame."""
        from blocks_sessions import frames

        frames.check("to_pandas")
        return frames.to_pandas(self._cursor(where, fields, vanished).batches())

    def to_polars(
        self, *, where: str | None = None, fields: "list[str] | None" = None, vanished: bool = False
    ) -> "polars.DataFrame":
        """Return the sessions as a polars frame."""
        from blocks_sessions import frames

        frames.check("to_polars")
        return frames.to_polars(self._cursor(where, fields, vanished).batches())

    def close(self) -> None:
        """End it: any later call raises `ConfigurationError`. Nothing is open between calls."""
        self._closed = True

    def _open(self) -> _Mirror:
        if self._closed:
            raise ConfigurationError("the mirror is closed: make a new Mirror(path)")
        return self._mirror

    def _cursor(self, where: str | None, fields: "list[str] | None", vanished: bool) -> "_MirrorCursor":
        given: Mapping[str, object] = {"where": where, "fields": fields}
        return self._open().sessions(
            vanished, {name: value for name, value in given.items() if value is not None}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Session]:
        return self.sessions()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.path,)

    def __repr__(self) -> str:
        return f"Mirror({self.path!r}{', closed' if self._closed else ''})"


def _sessions(cursor: "_MirrorCursor") -> Iterator[Session]:
    while (page := cursor.next_page()) is not None:
        yield from page


def _changes(mirror: _Mirror, found: "list[Any]") -> Iterator[Change]:
    while found:
        for parts in found:
            yield change(parts)
        found = mirror.changes(found[-1][0], _BATCH)
