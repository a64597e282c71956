"""What a client's `on_event` function is told."""

from blocks_sessions.report import Report

__all__ = ["RequestEvent"]


class RequestEvent(Report):
    """One thing that happened on the way of a call. Nothing in it is secret, and nothing is a session's.

    Attributes:
        kind: `"attempt"` after a request, answered or not; `"retry"` before a wait for another; `"token"`
            after a call for an access token.
        method: As in HTTP; `None` where a function gave the token.
        path: The path of the request's address; `None` where a function gave the token.
        offset: As asked for; `None` of what asks for no page.
        limit: As asked for; `None` of what asks for no page.
        attempt: Which attempt of its call it was, or was for, counted from 1.
        status: The answer's HTTP status; `None` if none came.
        error: The name of the class that the failure is; `None` of a success.
        elapsed: Seconds from sending to the end of the answer.
        bytes_received: Of the answer's body, unpacked.
        wait: Seconds before the next attempt; only of `"retry"`.
        request_id: The service's name for the request, if it gave one.
        agent_id: Whose sessions were asked for.
        gave_up: Of a failure that is not tried again although it might have been, what forbade it:
            `"max_retries"`, `"retry_budget"` or `"wait"` (it would have been too long).

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> events = []
        >>> with Emulator() as server:
        ...     client = SessionsClient(
        ...         "demo-key", agent_id="agent_123", base_url=server.url, on_event=events.append
        ...     )
        ...     page = client.list(limit=1)
        >>> [(event.kind, event.status, event.limit) for event in events]
        [('attempt', 200, 1)]
    """

    __slots__ = (
        "agent_id",
        "attempt",
        "bytes_received",
        "elapsed",
        "error",
        "gave_up",
        "kind",
        "limit",
        "method",
        "offset",
        "path",
        "request_id",
        "status",
        "wait",
    )

    kind: str
    method: str | None
    path: str | None
    offset: int | None
    limit: int | None
    attempt: int
    status: int | None
    error: str | None
    elapsed: float
    bytes_received: int
    wait: float | None
    request_id: str | None
    agent_id: str | None
    gave_up: str | None

    _DEFAULTS = (
        ("method", None),
        ("path", None),
        ("offset", None),
        ("limit", None),
        ("attempt", 1),
        ("status", None),
        ("error", None),
        ("elapsed", 0.0),
        ("bytes_received", 0),
        ("wait", None),
        ("request_id", None),
        ("agent_id", None),
        ("gave_up", None),
    )
    _ROWS = (
        ("agent_id", "agent"),
        ("offset", "offset"),
        ("attempt", "attempt"),
        ("status", "status"),
        ("error", "error"),
        ("elapsed", "seconds"),
        ("wait", "seconds to wait"),
        ("request_id", "request"),
        ("gave_up", "gave up"),
    )

    def _verdict(self) -> str:
        what = f"{self.method} {self.path}" if self.path else "the token function"
        came = self.error or self.status or "done"
        return f"{self.kind}: {what}: {came}"
