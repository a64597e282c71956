"""A local copy of an agent's list, kept true: its reports, its changes, and the reader of its file.

`client.sync(path)` makes and keeps the file, `client.watch(path)` yields what changes in it, and
`Mirror(path)` reads it. The file is a SQLite database that every tool reads.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from math import inf
from operator import index
from typing import TYPE_CHECKING, Any, Self

from blocks_sessions._core import _loads, _Mirror
from blocks_sessions.exceptions import ConfigurationError
from blocks_sessions.report import ListingReport, Report
from blocks_sessions.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import pandas
    import polars
    import pyarrow

    from blocks_sessions._core import SessionsClient, _MirrorCursor, _Watch

__all__ = ["AsyncChangeIterator", "Change", "ChangeIterator", "Mirror", "MirrorReport", "SyncReport"]

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
# Changes that are read at once.
_BATCH = 1_000


class SyncReport(Report):
    """What is known of one run of a mirror.

    Attributes:
        mode: What was read last: `"head"` or `"full"`.
        created: Sessions that are new in the copy.
        updated: Sessions that say something else than before.
        vanished: Sessions that are gone; only a complete full run tells.
        returned: Sessions that had vanished and are there again.
        unchanged: Sessions that were read and say what they said.
        complete: What was read is proven to be whole.
        proven_at: Nothing that moved or was new by then is missing, in UTC.
        deletions_proven_at: Nothing is there that was gone by then, and nothing had changed without moving.
        requests: Requests for pages.
        seq: The number of the latest change: `watch(since=...)` goes on after it.
        sessions: Live sessions in the copy.
        warnings: One sentence for each doubt.
        listing: The `ListingReport` of what was read last.
    """

    __slots__ = (
        "complete",
        "created",
        "deletions_proven_at",
        "listing",
        "mode",
        "proven_at",
        "requests",
        "returned",
        "seq",
        "sessions",
        "unchanged",
        "updated",
        "vanished",
        "warnings",
    )

    mode: str
    created: int
    updated: int
    vanished: int
    returned: int
    unchanged: int
    complete: bool
    proven_at: datetime | None
    deletions_proven_at: datetime | None
    requests: int
    seq: int
    sessions: int
    warnings: tuple[str, ...]
    listing: ListingReport

    _ROWS: tuple[tuple[str, str], ...] = (
        ("requests", "requests"),
        ("proven_at", "proven for"),
        ("deletions_proven_at", "deletions proven"),
        ("seq", "latest change"),
    )

    @classmethod
    def _read(cls, name: str, value: object) -> object:
        if name == "listing" and isinstance(value, dict):
            return ListingReport.from_dict(value)
        return super()._read(name, value)

    def _verdict(self) -> str:
        verdict = "complete" if self.complete else "not proven to be complete"
        changed = ", ".join(
            f"{getattr(self, name):,} {name}" for name in ("created", "updated", "vanished", "returned")
        )
        return f"{self.mode} sync, {verdict}: {changed}; {self.sessions:,} sessions"

    def _state(self) -> tuple[str, str]:
        return ("good", "complete") if self.complete else ("warn", "not proven")


class MirrorReport(Report):
    """What a mirror's file says of its last run.

    Attributes:
        mode: `"head"` or `"full"`.
        complete: The run came to its end, and what it read is proven to be whole.
        started_at: When it began.
        ended_at: When it ended; `None` if it was cut off.
        proven_at: As of `SyncReport`.
        deletions_proven_at: As of `SyncReport`.
        certificate: The kind of proof, as of `ListingReport`.
        seq: The number of the latest change.
        sessions: Live sessions.
    """

    __slots__ = (
        "certificate",
        "complete",
        "deletions_proven_at",
        "ended_at",
        "mode",
        "proven_at",
        "seq",
        "sessions",
        "started_at",
    )

    mode: str
    complete: bool
    started_at: datetime
    ended_at: datetime | None
    proven_at: datetime | None
    deletions_proven_at: datetime | None
    certificate: str | None
    seq: int
    sessions: int

    def _verdict(self) -> str:
        state = "complete" if self.complete else "not complete"
        return (
            f"{self.mode} sync of {self.started_at}, {state}; {self.sessions:,} sessions, change {self.seq:,}"
        )

    def _state(self) -> tuple[str, str]:
        return ("good", "complete") if self.complete else ("warn", "not complete")


class Change(Report):
    """One change of a mirror.

    Attributes:
        seq: Its number; numbers grow, and are never given twice.
        kind: `"created"`, `"updated"`, `"vanished"` or `"returned"`.
        session_id: Whose.
        session: The session as it is now; of one that vanished, as it was last (`None` where it was erased).
        before: The session as it was; `None` of one that is new.
        at: When the service told it, in UTC.
    """

    __slots__ = ("at", "before", "kind", "seq", "session", "session_id")

    seq: int
    kind: str
    session_id: str
    session: Session | None
    before: Session | None
    at: datetime

    @classmethod
    def _read(cls, name: str, value: object) -> object:
        if name in ("session", "before") and isinstance(value, dict):
            return Session(value)
        return super()._read(name, value)

    def _verdict(self) -> str:
        return repr(self)


def _change(parts: tuple[int, str, str, str, str | None, str | None]) -> Change:
    seq, kind, session_id, at, before, after = parts
    earlier = _session(before)
    now = _session(after) if after is not None else earlier
    moment = datetime.fromisoformat(at)
    return Change(seq=seq, kind=kind, session_id=session_id, session=now, before=earlier, at=moment)


def _session(text: str | None) -> Session | None:
    return None if text is None else Session(_loads(text.encode()))


def _seconds(name: str, length: "timedelta | float | None") -> float | None:
    if length is None:
        return None
    if isinstance(length, timedelta):
        return length.total_seconds()
    kind = type(length)
    if not _is_flag(length) and hasattr(kind, "__float__"):
        try:
            return float(length)
        except OverflowError:
            return inf
    raise ConfigurationError(f"{name} must be a timedelta, a number of seconds or None, not {kind.__name__}")


def _is_flag(value: object) -> bool:
    # numpy's own has had two names.
    return type(value).__name__ in ("bool", "bool_")


def _change_number(since: object) -> int:
    if not _is_flag(since) and hasattr(type(since), "__index__"):
        number = index(since)  # type: ignore[arg-type]
        if number < 2**63:
            return max(number, -1)
    raise ConfigurationError(f"since is the number of a change, a whole number of 64 bits, not {since!r:.40}")


# What the two calls take beside what concerns the copy.
_LISTING = (
    "agent_id",
    "consistency",
    "max_concurrency",
    "extra_body",
    "timeout",
    "max_retries",
    "extra_headers",
)
_COPY = ("mode", "full_every", "vanished", "keep_changes")


def _check(function: str, options: dict[str, Any], *more: str) -> None:
    """Refuse keywords that a call does not have, with the one that was meant."""
    known = (*_COPY, *_LISTING, *more)
    for name in options:
        if name not in known:
            from difflib import get_close_matches

            nearest = get_close_matches(name, known, 1)
            hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
            raise TypeError(f"{function}() got an unexpected keyword argument '{name}'{hint}")


def _kept(options: dict[str, Any]) -> dict[str, Any]:
    """Take what concerns the copy from the keywords of a call; the rest is the listing's."""
    return {
        "mode": options.pop("mode", "auto"),
        "full_every": _seconds("full_every", options.pop("full_every", DAY)),
        "vanished": options.pop("vanished", "mark"),
        "keep_changes": _seconds("keep_changes", options.pop("keep_changes", MONTH)),
    }


def _told(client: "SessionsClient", options: dict[str, Any]) -> Any:
    """Take whom to tell of progress from the keywords of a call, or else from the client."""
    from blocks_sessions.progress import listener

    progress = options.pop("progress", None)
    if progress is None:
        progress = client._default_progress()
    return None if progress is None or progress is False else listener(progress)


def _ended(report: SyncReport) -> SyncReport:
    if not report.complete:
        from blocks_sessions._warn import incomplete

        incomplete(" ".join(report.warnings) or "It could not be proven that the copy is complete.")
    return report


class _Run:
    """One run, for either client: tells of progress, and stores what was read if it is given up."""

    __slots__ = ("_run", "_told", "step", "step_async")

    def __init__(
        self, client: "SessionsClient", path: "str | PathLike[str]", options: dict[str, Any]
    ) -> None:
        _check("sync", options, "progress", "deadline")
        self._told = _told(client, options)
        self._run = client._sync_start(path, _kept(options), options)
        self.step, self.step_async = self._run.step, self._run.step_async

    def __enter__(self) -> Self:
        if self._told is not None:
            self._told.begin()
        return self

    def __exit__(self, kind: object, *failure: object) -> None:
        if kind is None:
            return
        self._run.interrupt()
        if self._told is not None:
            self._told.fail()

    def take(self, step: "tuple[int, int | None, dict[str, Any] | None]") -> SyncReport | None:
        """Take what a step brought: the report at the end, `None` before."""
        done, total, known = step
        if self._told is not None:
            self._told(done, total)
        if known is None:
            return None
        if self._told is not None:
            self._told.finish()
        return SyncReport(**known)


def sync(client: "SessionsClient", path: "str | PathLike[str]", options: dict[str, Any]) -> SyncReport:
    """Bring a mirror up to date; see `SessionsClient.sync`."""
    with _Run(client, path, options) as run:
        while (report := run.take(run.step())) is None:
            pass
    return _ended(report)


async def sync_async(
    client: "SessionsClient", path: "str | PathLike[str]", options: dict[str, Any]
) -> SyncReport:
    """Bring a mirror up to date, for asyncio."""
    with _Run(client, path, options) as run:
        while (report := run.take(await run.step_async())) is None:
            pass
    return _ended(report)


def _watch(client: "SessionsClient", path: "str | PathLike[str] | None", options: dict[str, Any]) -> "_Watch":
    _check("watch", options, "since", "interval")
    since, interval = options.pop("since", None), _seconds("interval", options.pop("interval", 5.0))
    if interval is None:
        raise ConfigurationError("interval must be a number of seconds or a timedelta")
    if since is not None:
        since = _change_number(since)
    return client._watch_start(path, (since, interval), _kept(options), options)


class ChangeIterator(Iterator[Change]):
    """Changes in order, as they come; see `SessionsClient.watch`.

    It has no end of its own: `close()`, leaving a `with` block or Ctrl-C ends it. A failure is raised, and
    the next `next()` goes on.
    """

    __slots__ = ("_watch",)

    def __init__(self, watch: "_Watch") -> None:
        self._watch = watch

    def __next__(self) -> Change:
        parts = self._watch.next()
        if parts is None:
            raise StopIteration
        return _change(parts)

    def close(self) -> None:
        """End it, from this or another thread."""
        self._watch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class AsyncChangeIterator(AsyncIterator[Change]):
    """Changes in order, as they come, for asyncio; see `SessionsClient.watch`."""

    __slots__ = ("_watch",)

    def __init__(self, watch: "_Watch") -> None:
        self._watch = watch

    async def __anext__(self) -> Change:
        parts = await self._watch.next_async()
        if parts is None:
            raise StopAsyncIteration
        return _change(parts)

    async def aclose(self) -> None:
        """End it."""
        self._watch.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()


def watch(
    client: "SessionsClient", path: "str | PathLike[str] | None", options: dict[str, Any]
) -> ChangeIterator:
    """Yield what changes; see `SessionsClient.watch`."""
    return ChangeIterator(_watch(client, path, options))


def watch_async(
    client: "SessionsClient", path: "str | PathLike[str] | None", options: dict[str, Any]
) -> AsyncChangeIterator:
    """Yield what changes, for asyncio."""
    return AsyncChangeIterator(_watch(client, path, options))


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
            yield _change(parts)
        found = mirror.changes(found[-1][0], _BATCH)
