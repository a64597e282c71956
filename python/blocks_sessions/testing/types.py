"""What the emulator is told and what it tells: plain tuples with names. They know no server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from blocks_sessions._core import _fault_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Churn",
    "FaultKind",
    "Faults",
    "History",
    "HistoryEvent",
    "ReceivedRequest",
    "fault_kinds",
]


class Churn(NamedTuple):
    """How many changes happen to a list after each request for one of its pages, on average.

    Attributes:
        inserts: New sessions, at the head of the list.
        touches: Sessions that get a new message: with `order="activity"` they move to the head.
        deletes: Sessions that vanish.
        edits: Sessions of which a field changes (a rating, a status) without a new message: they stay where
            they are, and none of their times changes.
        per_second: The numbers are for a second of the server's clock, whoever asks for pages or not.

    Example:
        >>> from blocks_sessions.testing import Churn, Emulator
        >>> with Emulator(sessions=1_000, churn=Churn(inserts=0.5, touches=1)) as server:
        ...     len(server.history.existed_throughout)
        1000
    """

    inserts: float = 0.0
    touches: float = 0.0
    deletes: float = 0.0
    edits: float = 0.0
    per_second: bool = False


class Faults(NamedTuple):
    """Spoils a share of the answers to requests for a page.

    Attributes:
        rate: The share of requests, from 0 to 1.
        kinds: Names of kinds (see `fault_kinds()`) or of groups of kinds: `"connection"`, `"body"`,
            `"status"`, `"rate_limit"`, `"redirect"`, `"transient"` (those that a client gets over by trying
            again) and `"all"`. Each name is as likely as the next. Without any, it is `"transient"`.
        retry_after: The seconds that `status_429` and `status_503` ask to wait.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator, Faults
        >>> faults = Faults(rate=0.1, kinds=["reset", "status_503"], retry_after=0)
        >>> with Emulator(faults=faults) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     len(list(client.iter_sessions()))
        247
    """

    rate: float
    kinds: Sequence[str] = ()
    retry_after: int = 1


class FaultKind(NamedTuple):
    """One kind of fault that `Faults` can cause."""

    name: str
    group: str
    transient: bool
    description: str


def fault_kinds() -> tuple[FaultKind, ...]:
    """Every kind of fault, with what happens.

    Example:
        >>> from blocks_sessions.testing import fault_kinds
        >>> fault_kinds()[0].description
        'the connection is reset before any answer'
    """
    return tuple(FaultKind(*kind) for kind in _fault_kinds())


class ReceivedRequest(NamedTuple):
    """One request, as it arrived. Its `repr` shows no header and no body, since they may hold secrets.

    Attributes:
        method: Such as `"POST"`.
        path: With the query, if there was one.
        headers: Names in lower case; values of a repeated name are joined by commas.
        body: The text of the body.
        http_version: `"HTTP/1.1"` or `"HTTP/2.0"`.
        connection: Which connection it came over, counted from 0.
        status: The status of the answer; `None` while there is none, and where a fault gave none.
        fault: The kind of fault that the answer met, if any.
        received: Seconds since the emulator started.
        answered: The same for the answer.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: str
    http_version: str
    connection: int
    status: int | None
    fault: str | None
    received: float
    answered: float | None

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        answer = "no answer" if self.status is None else self.status
        return f"<ReceivedRequest: {self.method} {self.path} → {answer}>"


class HistoryEvent(NamedTuple):
    """One change of a list: after which request (counted from 0), what happened, to which session."""

    request: int
    kind: Literal["inserted", "touched", "deleted", "edited"]
    session_id: str


class History(NamedTuple):
    """What became of an agent's sessions since the emulator started.

    Attributes:
        existed_throughout: The ids that were there all the time: what a whole listing must have found.
        inserted: The ids of those that came.
        touched: The ids of those that got a new message, or another sort key.
        deleted: The ids of those that vanished.
        events: Every change, in its order.
        edited: The ids of those that changed and stayed where they were.
    """

    existed_throughout: frozenset[str]
    inserted: frozenset[str]
    touched: frozenset[str]
    deleted: frozenset[str]
    events: tuple[HistoryEvent, ...]
    edited: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return (
            f"<History: {len(self.existed_throughout)} existed throughout, {len(self.inserted)} inserted, "
            f"{len(self.touched)} touched, {len(self.edited)} edited, {len(self.deleted)} deleted>"
        )
