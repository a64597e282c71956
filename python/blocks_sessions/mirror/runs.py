"""The calls that keep a mirror, for either client: `sync` and `watch`."""

from typing import TYPE_CHECKING, Any, Self

from blocks_sessions._core import _sync_start, _watch_start
from blocks_sessions.exceptions import ConfigurationError
from blocks_sessions.mirror.changes import AsyncChangeIterator, ChangeIterator
from blocks_sessions.mirror.options import change_number, check, kept, seconds, told
from blocks_sessions.mirror.reports import SyncReport

if TYPE_CHECKING:
    from os import PathLike

    from blocks_sessions._core import SessionsClient, _Watch

__all__ = ["sync", "sync_async", "watch", "watch_async"]


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
        check("sync", options, "progress", "deadline")
        self._told = told(client, options)
        self._run = _sync_start(client, path, kept(options), options)
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
    check("watch", options, "since", "interval")
    since, interval = options.pop("since", None), seconds("interval", options.pop("interval", 5.0))
    if interval is None:
        raise ConfigurationError("interval must be a number of seconds or a timedelta")
    if since is not None:
        since = change_number(since)
    return _watch_start(client, path, (since, interval), kept(options), options)


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
