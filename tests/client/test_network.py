"""The network as a user of the Python client meets it: faults, waits, traces, and secrets."""

from __future__ import annotations

import logging
import pickle
import threading
import traceback
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs
from blocks_sessions import SessionsClient
from blocks_sessions.testing import Emulator, Faults

if TYPE_CHECKING:
    from conftest import Answering

PAGE = {"sessions": [{"session_id": "s1"}], "total_count": 1}

# Every secret of these tests has this in it, and nothing else has.
MARK = "s3cret"


def client_of(url: str, **options: Any) -> SessionsClient:
    return SessionsClient("demo-key", agent_id="agent_123", base_url=url, **options)


# --- getting through -------------------------------------------------------------------------------


def test_a_listing_gets_through_mixed_faults_with_every_session_once() -> None:
    kinds = [
        "transient",
        "reset",
        "stale_connection",
        "html_200",
        "truncated_json",
        "status_429",
        "status_429_bare",
    ]
    faults = Faults(rate=0.15, kinds=kinds, retry_after=0)
    with Emulator(sessions=10_000, faults=faults) as server:
        with client_of(server.url, max_retries=8) as client:
            # One request at a time meets the same faults in every run; an answer that is none is tried
            # three times, and the same page could by bad luck meet three of them.
            ids = [session["session_id"] for session in client.iter_sessions(max_concurrency=1)]
        met = sum(request.fault is not None for request in server.requests)
    with Emulator(sessions=10_000) as quiet, client_of(quiet.url) as client:
        expected = [session["session_id"] for session in client.iter_sessions()]
    assert ids == expected
    assert len(set(ids)) == 10_000
    assert met >= 5, "the faults did happen"


def test_a_tenth_of_faults_and_a_twentieth_of_429_lose_nothing() -> None:
    faults = [
        Faults(rate=0.1, kinds=["transient"], retry_after=0),
        Faults(rate=0.05, kinds=["status_429"], retry_after=0),
    ]
    with Emulator(sessions=10_000, faults=faults) as server:
        with client_of(server.url, max_retries=8) as client:
            ids = [session["session_id"] for session in client.iter_sessions()]
        assert ids == [session["session_id"] for session in server.sessions()]
        assert any(request.fault == "status_429" for request in server.requests)


def test_a_refused_connection_is_told_with_what_to_do() -> None:
    with Emulator() as server:
        url = server.url
    with pytest.raises(bs.APIConnectionError) as raised:
        client_of(url, max_retries=1).list()
    place = url.removeprefix("http://")
    assert str(raised.value) == (
        f"could not connect to {place}: connection refused. "
        "Is the base_url right and the server up? (2 attempts)"
    )
    assert (raised.value.attempts, raised.value.causes) == (2, ("connection refused",) * 2)


def test_a_timeout_is_a_timeout_error(answering: Answering) -> None:
    with (
        Emulator(latency=5) as server,
        pytest.raises(TimeoutError, match=r"within 0\.1 s \(timeout.attempt\)") as raised,
    ):
        client_of(server.url, max_retries=0).list(timeout=0.1)
    assert isinstance(raised.value, bs.APITimeoutError)


def test_a_wait_that_nobody_waits_is_told_at_once(answering: Answering) -> None:
    server = answering(429, {"detail": "slow down"}, retry_after="1000")
    with pytest.raises(bs.RateLimitError, match="429: slow down") as raised:
        client_of(server.url).list()
    assert (raised.value.retry_after, raised.value.attempts, len(server.requests)) == (1000, 1, 1)


def test_a_note_tells_what_helps(answering: Answering) -> None:
    server = answering(401, {"detail": "Token missing"})
    with pytest.raises(bs.AuthenticationError) as raised:
        client_of(server.url).list()
    assert str(raised.value) == "401: Token missing"
    assert raised.value.__notes__ == [
        "Pass access_token, or client_id and client_secret; a token may also have expired."
    ]
    assert pickle.loads(pickle.dumps(raised.value)).__notes__ == raised.value.__notes__


def test_a_token_function_that_raises_is_seen_as_itself(answering: Answering) -> None:
    server = answering(200, PAGE)

    def sealed() -> str:
        raise LookupError("the vault is sealed")

    with pytest.raises(LookupError, match="the vault is sealed"):
        client_of(server.url, access_token=sealed).list()
    assert server.requests == []


def test_one_request_for_many_threads_that_ask_at_once() -> None:
    with Emulator(latency=0.2) as server, client_of(server.url, cache_ttl=60) as client:
        pages: list[object] = []
        threads = [threading.Thread(target=lambda: pages.append(client.list())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(pages), len(server.requests)) == (8, 1)
        client.list(offset=1)
        assert len(server.requests) == 2
        # A listing asks for itself.
        assert len(list(client.iter_sessions(max_items=10))) == 10
        assert len(server.requests) == 3


# --- secrets ---------------------------------------------------------------------------------------


SECRETS: dict[str, Any] = {
    "project_key": f"{MARK}-project",
    "blocks_key": f"{MARK}-blocks",
    "access_token": f"{MARK}-token",
}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 200])
@pytest.mark.parametrize("shape", ["words", "details"])
def test_no_secret_is_shown_wherever_the_service_echoes_it(
    answering: Answering, caplog: pytest.LogCaptureFixture, status: int, shape: str
) -> None:
    caplog.set_level(logging.DEBUG)
    text = " ".join(SECRETS.values())
    detail = {"loc": ["body", text], "msg": text, "type": text, "input": text}
    body = {"detail": [detail] if shape == "details" else text, "more": text}
    server = answering(status, body, x_request_id=text, x_echo=text, retry_after="0")
    client = SessionsClient(
        agent_id="agent_123",
        base_url=server.url,
        headers={"x-api-key": f"{MARK}-header"},
        max_retries=1,
        **SECRETS,
    )
    try:
        client.list()
    except bs.SessionsError as error:
        shown = [str(error), repr(error), "".join(traceback.format_exception(error)), str(vars(error))]
        shown.append(str(pickle.dumps(error)))
    else:
        pytest.fail("there was nothing to list")
    shown += [repr(client), caplog.text]
    for text in shown:
        assert MARK not in text, text
    assert "***" in "".join(shown)
    # The search can fail: they do go out.
    _, headers, sent = server.requests[0]
    assert MARK in headers["authorization"]
    assert MARK in headers["x-api-key"]
    assert MARK in headers["x-blocks-key"]
    assert MARK.encode() in sent


@pytest.mark.parametrize(
    "options",
    [
        {"access_token": f"{MARK}\n{MARK}"},
        {"blocks_key": f"{MARK}\u00e9"},
        {"headers": {"x-api-key": f"{MARK}\r\nx-evil: 1"}},
        {"base_url": f"https://user:{MARK}@service.example"},
        {"proxy": f"socks9://user:{MARK}@proxy.example"},
        {"client_secret": MARK},
        {"access_token": MARK, "client_id": "id", "client_secret": MARK},
    ],
    ids="+".join,
)
def test_no_secret_is_shown_by_a_setting_that_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(bs.ConfigurationError) as raised:
        SessionsClient("demo-key", **options)
    assert MARK not in "".join(traceback.format_exception(raised.value)) + repr(vars(raised.value))


def test_an_echoed_input_is_in_raw_only(answering: Answering) -> None:
    details = [
        {"loc": ["body", "limit"], "msg": "Bad", "type": "less_than_equal", "input": "jane@example.com"}
    ]
    server = answering(422, {"detail": details})
    with pytest.raises(bs.InvalidPaginationError) as raised:
        client_of(server.url).list()
    assert "jane" not in str(raised.value) + repr(raised.value) + raised.value.message
    assert raised.value.errors[0].raw["input"] == "jane@example.com"


# --- traces ----------------------------------------------------------------------------------------


def test_the_current_trace_is_sent_on(answering: Answering) -> None:
    from opentelemetry import trace

    server = answering(200, PAGE)
    client = client_of(server.url)
    client.list()
    context = trace.SpanContext(0x1234, 0x56, is_remote=False, trace_flags=trace.TraceFlags(1))
    with trace.use_span(trace.NonRecordingSpan(context)):
        client.list()
    client.list()
    sent = [headers.get("traceparent") for _, headers, _ in server.requests]
    assert sent == [None, f"00-{0x1234:032x}-{0x56:016x}-01", None]
