"""Spans of a client's requests, for OpenTelemetry.

A span is made of each `RequestEvent`, so nothing secret and nothing of a session is in it. Its parent is the
span of the caller, whose `traceparent` is sent with the request.
"""

import time
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from blocks_sessions.exceptions import ConfigurationError

try:
    from opentelemetry import trace
except ImportError:
    raise ConfigurationError(
        "blocks_sessions.integrations.opentelemetry needs OpenTelemetry: pip install opentelemetry-api"
    ) from None

if TYPE_CHECKING:
    from collections.abc import Callable

    from blocks_sessions import AsyncSessionsClient, RequestEvent, SessionsClient

__all__ = ["instrument"]

_Client = TypeVar("_Client", "SessionsClient", "AsyncSessionsClient")
_NAME = "blocks_sessions"


def instrument(client: _Client, *, tracer_provider: "trace.TracerProvider | None" = None) -> _Client:
    """Make a span of each request of a client, of its iterators, and of clients made of it from now on.

    Args:
        client: Either client. It is changed; its `on_event` function goes on hearing of everything.
        tracer_provider: Who makes the spans; the global one if not given, and of a pickled client.

    Returns:
        The client.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.integrations.opentelemetry import instrument
        >>> client = instrument(SessionsClient("demo-key", agent_id="agent_123"))
    """
    core: SessionsClient = getattr(client, "_client", client)  # type: ignore[arg-type]
    before = core._on_event()
    if isinstance(before, _Spans):
        before = before.before
    core._set_on_event(_Spans(core._facts()["service"], before, tracer_provider))
    return client


class _Spans:
    """Makes spans of events, and hands them on."""

    __slots__ = ("_provider", "_server", "before")

    def __init__(
        self,
        service: str,
        before: "Callable[[RequestEvent], object] | None",
        provider: "trace.TracerProvider | None" = None,
    ) -> None:
        self._server = service
        self._provider = provider
        self.before = before

    def __call__(self, event: "RequestEvent") -> None:
        try:
            if event.kind == "retry":
                trace.get_current_span().add_event(f"{_NAME}.retry", _attributes(event, self._server))
            else:
                self._span(event)
        finally:
            if self.before is not None:
                self.before(event)

    def _span(self, event: "RequestEvent") -> None:
        # Asked for each time: a provider may be set after the client was made.
        tracer = trace.get_tracer(_NAME, tracer_provider=self._provider)
        ended = time.time_ns()
        span = tracer.start_span(
            f"{event.method} {event.path}" if event.path else f"{_NAME}.token",
            kind=trace.SpanKind.CLIENT if event.path else trace.SpanKind.INTERNAL,
            attributes=_attributes(event, self._server),
            start_time=ended - int(event.elapsed * 1e9),
        )
        if event.error is not None:
            span.set_status(trace.Status(trace.StatusCode.ERROR))
        span.end(end_time=ended)

    def for_service(self, service: str) -> "_Spans":
        """Return the same of a client that was made of this one, whose address may be another."""
        return _Spans(service, self.before, self._provider)

    def __reduce__(self) -> tuple[object, ...]:
        # A provider belongs to its process.
        return (_Spans, (self._server, self.before))


def _attributes(event: "RequestEvent", service: str) -> "dict[str, str | int | float]":
    """Return an event by the names of the semantic conventions for HTTP clients, and by ours for the rest."""
    known: dict[str, str | int | float | None] = {
        "http.request.method": event.method,
        "http.response.status_code": event.status,
        "http.request.resend_count": event.attempt - 1 or None,
        "http.response.body.size": event.bytes_received or None,
        "error.type": event.error and (str(event.status) if event.status else event.error),
        f"{_NAME}.error": event.error,
        f"{_NAME}.agent_id": event.agent_id,
        f"{_NAME}.offset": event.offset,
        f"{_NAME}.limit": event.limit,
        f"{_NAME}.request_id": event.request_id,
        f"{_NAME}.wait": event.wait,
        f"{_NAME}.gave_up": event.gave_up,
    }
    if event.path is not None:
        place = urlsplit(service)
        known["server.address"] = place.hostname
        known["server.port"] = place.port or (443 if place.scheme == "https" else 80)
        known["url.full"] = service + event.path
        known["url.template"] = event.path
    return {name: value for name, value in known.items() if value is not None}
