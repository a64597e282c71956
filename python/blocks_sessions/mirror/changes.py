"""What changes in a mirror, and the iterators that wait for it."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Self

from blocks_sessions._core import _loads
from blocks_sessions.report import Report
from blocks_sessions.session import Session

if TYPE_CHECKING:
    from blocks_sessions._core import _Watch

__all__ = ["AsyncChangeIterator", "Change", "ChangeIterator", "change"]


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

    __module__ = "blocks_sessions.mirror"
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


def change(parts: tuple[int, str, str, str, str | None, str | None]) -> Change:
    """Make a change of the parts that the compiled module gives."""
    seq, kind, session_id, at, before, after = parts
    earlier = _session(before)
    now = _session(after) if after is not None else earlier
    moment = datetime.fromisoformat(at)
    return Change(seq=seq, kind=kind, session_id=session_id, session=now, before=earlier, at=moment)


def _session(text: str | None) -> Session | None:
    return None if text is None else Session(_loads(text.encode()))


class ChangeIterator(Iterator[Change]):
    """Changes in order, as they come; see `SessionsClient.watch`.

    It has no end of its own: `close()`, leaving a `with` block or Ctrl-C ends it. A failure is raised, and
    the next `next()` goes on.
    """

    __module__ = "blocks_sessions.mirror"
    __slots__ = ("_watch",)

    def __init__(self, watch: "_Watch") -> None:
        self._watch = watch

    def __next__(self) -> Change:
        parts = self._watch.next()
        if parts is None:
            raise StopIteration
        return change(parts)

    def close(self) -> None:
        """End it, from this or another thread."""
        self._watch.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class AsyncChangeIterator(AsyncIterator[Change]):
    """Changes in order, as they come, for asyncio; see `SessionsClient.watch`."""

    __module__ = "blocks_sessions.mirror"
    __slots__ = ("_watch",)

    def __init__(self, watch: "_Watch") -> None:
        self._watch = watch

    async def __anext__(self) -> Change:
        parts = await self._watch.next_async()
        if parts is None:
            raise StopAsyncIteration
        return change(parts)

    async def aclose(self) -> None:
        """End it."""
        self._watch.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()
