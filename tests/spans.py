"""A tracer provider that keeps what it was told, by OpenTelemetry's interface alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags


class Kept(trace.NonRecordingSpan):
    """One span, as it was told."""

    def __init__(self, name: str, parent: int, known: dict[str, Any], told: list[str]) -> None:
        self.number = len(told) + 1
        super().__init__(SpanContext(0xABC, self.number, is_remote=False, trace_flags=TraceFlags(1)))
        self.name, self.parent, self.known = name, parent, known
        self.ok = True
        self.events: list[tuple[str, Any]] = []
        self.ended: int | None = None
        self._told = told

    def set_status(self, status: Any, description: str | None = None) -> None:
        self.ok = status.status_code is not trace.StatusCode.ERROR

    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        self.events.append((name, dict(attributes or {})))
        self._told.append(f"{name} {attributes}")

    def end(self, end_time: int | None = None) -> None:
        self.ended = end_time
        self._told.append(f"{self.name} {self.known} {self.events}")


class Recorder(trace.TracerProvider, trace.Tracer):
    """Makes spans and keeps them, and their text."""

    def __init__(self, told: list[str] | None = None) -> None:
        self.told = [] if told is None else told
        self.spans: list[Kept] = []

    def get_tracer(self, *arguments: Any, **options: Any) -> trace.Tracer:
        return self

    def start_span(  # type: ignore[override]  # noqa: PLR0917 - as OpenTelemetry has it
        self,
        name: str,
        context: Any = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Any = None,
        links: Any = None,
        start_time: int | None = None,
        **options: Any,
    ) -> Kept:
        parent = trace.get_current_span(context).get_span_context().span_id
        known = {**dict(attributes or {}), "kind": kind.name, "start": start_time}
        span = Kept(name, parent, known, self.told)
        if len(self.spans) < 1_000:
            self.spans.append(span)
        return span

    @contextmanager
    def start_as_current_span(self, name: str, *arguments: Any, **options: Any) -> Iterator[Kept]:  # type: ignore[override]
        span = self.start_span(name)
        with trace.use_span(span):
            yield span
