"""`on_event=`: what a client tells of its requests, with whose context, and what it never tells."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import pickle
import threading
import weakref
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient, SessionsClient
from blocks_sessions.testing import Emulator, Faults

if TYPE_CHECKING:
    from both import Make
    from conftest import Answering

USER: contextvars.ContextVar[str] = contextvars.ContextVar("USER", default="nobody")
HEARD: list[bs.RequestEvent] = []


def hear(event: bs.RequestEvent) -> None:
    HEARD.append(event)


def test_an_attempt(make: Make, emulator: Emulator) -> None:
    events: list[bs.RequestEvent] = []
    page = make(emulator.url, on_event=events.append).list(limit=20, offset=40)
    (event,) = events
    assert (event.kind, event.method, event.path) == ("attempt", "POST", "/conversation/sessions")
    assert (event.offset, event.limit, event.attempt, event.agent_id) == (40, 20, 1, "agent_123")
    assert (event.status, event.error, event.wait, event.gave_up) == (200, None, None, None)
    assert event.request_id == page.request_id
    assert 0 < event.elapsed <= page.elapsed
    assert event.bytes_received > 1_000


def test_a_retry(make: Make, answering: Answering) -> None:
    events: list[bs.RequestEvent] = []
    server = answering(502, b"no", x_request_id="r-7")
    with pytest.raises(bs.InternalServerError):
        make(server.url, max_retries=1, on_event=events.append).list()
    assert [(event.kind, event.attempt, event.status, event.error) for event in events] == [
        ("attempt", 1, 502, "InternalServerError"),
        ("retry", 1, 502, "InternalServerError"),
        ("attempt", 2, 502, "InternalServerError"),
    ]
    assert [event.wait is None for event in events] == [True, False, True]
    assert {event.request_id for event in events} == {"r-7"}
    assert events[0].bytes_received == 2


def test_no_answer(make: Make) -> None:
    events: list[bs.RequestEvent] = []
    with pytest.raises(bs.APIConnectionError):
        make("http://127.0.0.1:9", max_retries=0, on_event=events.append).list()
    with Emulator(latency=30) as server, pytest.raises(bs.APITimeoutError):
        make(server.url, max_retries=0, timeout=0.1, on_event=events.append).list()
    assert [(event.status, event.error, event.bytes_received) for event in events] == [
        (None, "APIConnectionError", 0),
        (None, "APITimeoutError", 0),
    ]


def test_an_answer_that_is_none(make: Make, answering: Answering) -> None:
    events: list[bs.RequestEvent] = []
    with pytest.raises(bs.InvalidResponseError):
        make(answering(200, b"[]").url, max_retries=0, on_event=events.append).list()
    assert [(event.status, event.error) for event in events] == [(200, "InvalidResponseError")]


def test_a_call_for_a_token(make: Make) -> None:
    events: list[bs.RequestEvent] = []
    with Emulator(require_token=True) as server:
        server.accept_token("good")
        make(server.url, access_token=lambda: "good", on_event=events.append).list()
        assert [(event.kind, event.path, event.error) for event in events] == [
            ("token", None, None),
            ("attempt", "/conversation/sessions", None),
        ]
        events.clear()
        with pytest.raises(bs.AuthenticationError):
            make(server.url, access_token=lambda: "bad", on_event=events.append).list()
        assert [event.kind for event in events] == ["token", "attempt", "token", "attempt"]
        events.clear()
        with pytest.raises(bs.AuthenticationError):
            make(server.url, client_id="i", client_secret="wrong-secret", on_event=events.append).list()
    assert [(event.kind, event.method, event.error) for event in events] == [
        ("token", "POST", "AuthenticationError")
    ]
    assert "wrong-secret" not in repr(events)


def test_listings_tell_of_each_request(make: Make) -> None:
    events: list[bs.RequestEvent] = []
    with Emulator(sessions=500) as server:
        client = make(server.url, on_event=events.append)
        client.collect()
        assert len(events) == server.request_count
        events.clear()
        client.count(where="rating > 3")
        assert events
        assert {event.kind for event in events} == {"attempt"}


def test_it_is_kept_by_copies_and_can_be_taken_back(make: Make, emulator: Emulator) -> None:
    HEARD.clear()
    client = make(emulator.url, on_event=hear)
    with pickle.loads(pickle.dumps(client)) as copied:
        copied.list()
    client.with_options(timeout=9).list()
    assert len(HEARD) == 2
    client.with_options(on_event=None).list()
    assert len(HEARD) == 2
    others: list[bs.RequestEvent] = []
    client.with_options(on_event=others.append).list()
    assert (len(HEARD), len(others)) == (2, 1)


@pytest.mark.parametrize("function", [3, "print", [print]])
def test_it_is_a_function(make: Make, function: Any) -> None:
    with pytest.raises(TypeError, match="on_event"):
        make("http://127.0.0.1:9", on_event=function)


def test_it_may_outlive_its_client(emulator: Emulator) -> None:
    events: list[bs.RequestEvent] = []
    sessions = SessionsClient(
        "demo-key", agent_id="agent_123", base_url=emulator.url, on_event=events.append
    ).iter_sessions()
    gc.collect()
    assert len(list(sessions)) == 247
    assert events


@pytest.mark.parametrize(
    "error",
    [ValueError, StopIteration, StopAsyncIteration, GeneratorExit, asyncio.CancelledError, SystemExit],
)
def test_a_function_that_fails_costs_nothing_and_is_told(
    make: Make, emulator: Emulator, caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    def fail(event: bs.RequestEvent) -> None:
        raise error

    client = make(emulator.url, on_event=fail)
    assert list(client.iter_sessions()) == emulator.sessions()
    assert [len(page) for page in client.iter_pages()] == [100, 100, 47]
    assert client.list(limit=3).total_count == 247
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == emulator.request_count
    assert all(record.exc_info is not None and record.exc_info[0] is error for record in told)


def test_ctrl_c_in_it_is_ctrl_c_and_loses_nothing(emulator: Emulator) -> None:
    interrupts: list[bs.RequestEvent] = []

    def interrupt(event: bs.RequestEvent) -> None:
        if threading.current_thread() is threading.main_thread() and not interrupts:
            interrupts.append(event)
            raise KeyboardInterrupt

    client = SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url, on_event=interrupt)
    sessions = client.iter_sessions(consistency="fast", max_concurrency=1)
    found: list[bs.Session] = []
    gc.disable()
    try:
        with pytest.raises(KeyboardInterrupt):
            for session in sessions:
                found.append(session)  # noqa: PERF402 (it is left in the middle)
            for session in sessions:
                found.append(session)  # noqa: PERF402
    finally:
        gc.enable()
    found.extend(sessions)
    assert found == emulator.sessions()


def test_it_may_use_the_client(emulator: Emulator) -> None:
    clients: list[SessionsClient] = []
    told: list[int | None] = []

    def call(event: bs.RequestEvent) -> None:
        told.append(event.limit)
        if event.limit == 2:
            clients[0].list(limit=1)

    clients.append(SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url, on_event=call))
    clients[0].list(limit=2)
    assert sorted(told, key=str) == [1, 2]


def test_it_sees_the_callers_context() -> None:
    seen: list[str] = []
    with Emulator(sessions=500) as server:
        client = SessionsClient(
            "demo-key",
            agent_id="agent_123",
            base_url=server.url,
            on_event=lambda event: seen.append(USER.get()),
        )
        token = USER.set("ada")
        try:
            client.list()
            client.collect()
        finally:
            USER.reset(token)
    assert len(seen) > 5
    assert set(seen) == {"ada"}


def test_each_task_sees_its_own_context() -> None:
    seen: list[tuple[str, str | None]] = []

    async def calls(url: str) -> None:
        def note(event: bs.RequestEvent) -> None:
            seen.append((USER.get(), event.agent_id))

        agents = [f"agent_{number}" for number in range(20)]
        async with AsyncSessionsClient("demo-key", base_url=url, on_event=note) as client:

            async def one(agent: str) -> None:
                USER.set(agent)
                await client.list(agent_id=agent)
                async for _ in client.iter_sessions(agent_id=agent):
                    pass

            await asyncio.gather(*map(one, agents))

    with Emulator(agents={f"agent_{number}": 150 for number in range(20)}) as server:
        asyncio.run(calls(server.url))
    assert len(seen) >= 60
    assert all(user == agent for user, agent in seen)


def test_each_thread_sees_its_own_context() -> None:
    seen: list[tuple[str, str | None]] = []
    with Emulator(agents={f"agent_{number}": 150 for number in range(8)}) as server:
        client = SessionsClient(
            "demo-key",
            base_url=server.url,
            on_event=lambda event: seen.append((USER.get(), event.agent_id)),
        )

        def one(agent: str) -> None:
            USER.set(agent)
            for _ in range(5):
                client.list(agent_id=agent)
            client.collect(agent_id=agent)

        threads = [threading.Thread(target=one, args=(f"agent_{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) >= 48
    assert all(user == agent for user, agent in seen)


def test_a_token_function_sees_the_callers_context(emulator: Emulator) -> None:
    seen: list[str] = []

    def token() -> str:
        seen.append(USER.get())
        return "t"

    async def token_async() -> str:
        await asyncio.sleep(0)
        return token()

    async def call() -> None:
        USER.set("grace")
        for function in (token, token_async):
            async with AsyncSessionsClient(
                "demo-key", agent_id="agent_123", base_url=emulator.url, access_token=function
            ) as client:
                await client.list()

    asyncio.run(call())
    USER.set("ada")
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url, access_token=token)
    client.list()
    assert seen == ["grace", "grace", "ada"]


def test_contexts_are_let_go_of(emulator: Emulator) -> None:
    class Thing:
        pass

    held: contextvars.ContextVar[Thing | None] = contextvars.ContextVar("held", default=None)

    def use() -> weakref.ref[Thing]:
        thing = Thing()
        held.set(thing)
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url)
        client.list()
        next(client.iter_sessions())
        return weakref.ref(thing)

    gone = contextvars.copy_context().run(use)
    for _ in range(200):
        gc.collect()
        if gone() is None:
            break
        threading.Event().wait(0.05)
    assert gone() is None


def test_a_client_and_its_function_are_collected(emulator: Emulator) -> None:
    class Holder:
        client: SessionsClient

        def hear(self, event: bs.RequestEvent) -> None: ...

    holder = Holder()
    holder.client = SessionsClient(
        "demo-key", agent_id="agent_123", base_url=emulator.url, on_event=holder.hear
    )
    holder.client.list()
    gone = weakref.ref(holder)
    del holder
    gc.collect()
    assert gone() is None


def test_nothing_secret_and_nothing_of_a_session_is_told(make: Make) -> None:
    secrets = ["demo-key", "the-blocks-key", "the-token", "proxy-word"]
    events: list[bs.RequestEvent] = []
    keys = ["demo-key", "the-blocks-key"]
    faults = Faults(rate=0.3, kinds=["status_502"])
    with Emulator(sessions=50, faults=faults, require_token=True, keys=keys) as server:
        server.accept_token("the-token")
        client = make(
            server.url,
            blocks_key="the-blocks-key",
            access_token=lambda: "the-token",
            headers={"x-secret": "header-word"},
            on_event=events.append,
        )
        for _ in range(5):
            sessions = client.collect(extra_headers={"x-more": "call-word"})
    text = repr(events) + str([event.to_dict() for event in events])
    for secret in [*secrets, "header-word", "call-word"]:
        assert secret not in text
    for session in sessions:
        assert session["session_id"] not in text


def test_an_event_is_a_value(emulator: Emulator) -> None:
    events: list[bs.RequestEvent] = []
    SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url, on_event=events.append).list()
    (event,) = events
    assert pickle.loads(pickle.dumps(event)) == event
    assert bs.RequestEvent.from_dict(event.to_dict()) == event
    assert hash(event) == hash(pickle.loads(pickle.dumps(event)))
    assert "attempt: POST /conversation/sessions: 200" in str(event)
    assert event._repr_html_()
    with pytest.raises(AttributeError):
        event.kind = "other"


def test_a_watch_may_outlive_its_client_too() -> None:
    events: list[bs.RequestEvent] = []
    with Emulator(sessions=20, require_token=True) as server:
        server.accept_token("good")
        watch = SessionsClient(
            "demo-key",
            agent_id="agent_123",
            base_url=server.url,
            access_token=lambda: "good",
            on_event=events.append,
        ).watch(interval=0.05)
        gc.collect()
        first = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, access_token="good")
        added = threading.Timer(0.5, server.add, [dict(first.list(limit=1)[0]) | {"session_id": "new"}])
        added.start()
        with watch:
            assert next(watch).session_id == "new"
        added.join()
    assert {event.kind for event in events} >= {"token", "attempt"}
