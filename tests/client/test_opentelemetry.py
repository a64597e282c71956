"""Spans of requests: one for each, below the caller's own, and nothing secret in them."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING

import pytest
from both import Adapted
from spans import Recorder

import blocks_sessions as bs
from blocks_sessions.integrations.opentelemetry import instrument
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from typing import Any

    from both import Make
    from conftest import Answering


def instrumented(client: Any, recorder: Recorder) -> Any:
    own = client._client if isinstance(client, Adapted) else client
    assert instrument(own, tracer_provider=recorder) is own
    return client


def test_a_span_for_each_request(make: Make, emulator: Emulator) -> None:
    recorder = Recorder()
    client = instrumented(make(emulator.url), recorder)
    page = client.list(limit=20, offset=40)
    (span,) = recorder.spans
    assert (span.name, span.known["kind"], span.ok) == ("POST /conversation/sessions", "CLIENT", True)
    assert span.known["http.request.method"] == "POST"
    assert span.known["http.response.status_code"] == 200
    assert span.known["url.full"] == f"{emulator.url}/conversation/sessions"
    assert span.known["server.address"] == "127.0.0.1"
    assert span.known["server.port"] == int(emulator.url.rpartition(":")[2])
    assert span.known["blocks_sessions.request_id"] == page.request_id
    assert span.known["blocks_sessions.offset"] == 40
    assert "http.request.resend_count" not in span.known
    assert span.ended is not None
    assert span.ended > span.known["start"]
    client.collect()
    assert len(recorder.spans) == emulator.request_count


def test_failures_and_retries(make: Make, answering: Answering) -> None:
    recorder = Recorder()
    url = answering(502).url
    client = instrumented(bs.SessionsClient("demo-key", agent_id="a", base_url=url, max_retries=1), recorder)
    with recorder.start_as_current_span("caller") as caller, pytest.raises(bs.InternalServerError):
        client.list()
    _, first, second = recorder.spans
    assert [span.ok for span in (first, second)] == [False, False]
    assert [span.known.get("http.request.resend_count") for span in (first, second)] == [None, 1]
    assert first.known["error.type"] == "502"
    assert {first.parent, second.parent} == {caller.number}
    assert [name for name, _ in caller.events] == ["blocks_sessions.retry"]
    recorder.spans.clear()
    with pytest.raises(bs.APIConnectionError):
        instrumented(make("http://127.0.0.1:9", max_retries=0), recorder).list()
    assert recorder.spans[0].known["error.type"] == "APIConnectionError"


def test_the_callers_trace_is_sent_on(client: bs.SessionsClient, emulator: Emulator) -> None:
    recorder = Recorder()
    instrumented(client, recorder)
    with recorder.start_as_current_span("caller") as caller:
        client.list()
    assert emulator.requests[0].headers["traceparent"] == f"00-{0xABC:032x}-{caller.number:016x}-01"


def test_a_function_that_listens_goes_on_listening(make: Make, emulator: Emulator) -> None:
    recorder, events = Recorder(), list[bs.RequestEvent]()
    client = instrumented(make(emulator.url, on_event=events.append), recorder)
    instrumented(client, recorder)
    client.list()
    assert (len(events), len(recorder.spans)) == (1, 1)


def test_clients_made_of_it_make_spans_too(make: Make, emulator: Emulator, answering: Answering) -> None:
    recorder = Recorder()
    client = instrumented(make(emulator.url), recorder)
    plain = make(emulator.url)
    client.with_options(timeout=9).list()
    plain.list()
    assert len(recorder.spans) == 1
    other = answering(200, {"sessions": []})
    client.with_options(base_url=other.url).list()
    assert recorder.spans[1].known["url.full"] == f"{other.url}/conversation/sessions"
    # Of another process it would be: there the global provider makes the spans.
    with pickle.loads(pickle.dumps(client)) as copied:
        copied.list()
    assert len(recorder.spans) == 2


def test_a_token_is_a_span(make: Make, emulator: Emulator) -> None:
    recorder = Recorder()
    instrumented(make(emulator.url, access_token=lambda: "a-secret-token"), recorder).list()
    assert [span.name for span in recorder.spans] == ["blocks_sessions.token", "POST /conversation/sessions"]
    assert "a-secret-token" not in "".join(recorder.told)


async def test_tasks_have_their_own_parents(emulator: Emulator) -> None:
    recorder = Recorder()
    async with bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url) as client:
        instrument(client, tracer_provider=recorder)

        async def one(number: int) -> int:
            with recorder.start_as_current_span(f"caller {number}") as caller:
                await client.list(limit=number)
                return caller.number

        callers = await asyncio.gather(*map(one, range(1, 9)))
    parents = {
        span.known["blocks_sessions.limit"]: span.parent for span in recorder.spans if "POST" in span.name
    }
    assert parents == dict(zip(range(1, 9), callers, strict=True))
