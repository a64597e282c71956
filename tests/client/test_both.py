"""What both clients offer: each test runs down the blocking path and the async one."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from both import Adapted

import blocks_sessions as bs
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from both import Make


@pytest.fixture
def client(make: Make, emulator: Emulator) -> Iterator[Any]:
    with make(emulator.url) as client:
        yield client


def test_a_page(client: Any, emulator: Emulator) -> None:
    page = client.list(limit=50, offset=100)
    assert list(page) == emulator.sessions()[100:150]
    assert (page.total_count, page.limit, page.offset, page.page_number) == (247, 50, 100, 3)
    assert page.attempts == 1
    assert page.elapsed > 0


def test_everything_every_way(client: Any, emulator: Emulator) -> None:
    everything = emulator.sessions()
    assert client.collect() == everything
    assert list(client.iter_sessions()) == everything
    pages = list(client.iter_pages(page_size=50))
    assert [len(page) for page in pages] == [50, 50, 50, 50, 47]
    assert [session for page in pages for session in page] == everything
    assert isinstance(everything[0], dict)
    assert type(client.collect(max_items=1)[0]) is bs.Session


@pytest.mark.parametrize("consistency", ["fast", "checked", "strict"])
def test_every_mode(client: Any, emulator: Emulator, consistency: str) -> None:
    assert client.collect(consistency=consistency, offset=20, max_items=130) == emulator.sessions()[20:150]


def test_an_iterator_knows_where_it_stands(client: Any) -> None:
    sessions = client.iter_sessions(consistency="fast")
    assert (sessions.total_count, sessions.pages_fetched) == (None, 0)
    assert repr(sessions) == "<SessionIterator: not started>"
    next(sessions)
    assert sessions.total_count == 247
    assert sum(1 for _ in sessions) == 246
    assert sessions.pages_fetched == 3
    assert sessions.report.yielded == 247
    assert repr(sessions) == "<SessionIterator: 247 of 247 sessions>"


def test_closing_an_iterator_stops_its_requests(make: Make) -> None:
    with Emulator(sessions=10_000, latency=0.05) as server:
        with make(server.url).iter_sessions(consistency="fast", max_concurrency=4) as sessions:
            next(sessions)
        assert list(sessions) == []
        gone(server)
        assert server.request_count < 20


def test_columns(client: Any, emulator: Emulator) -> None:
    sessions = client.iter_sessions()
    next(sessions)
    assert sessions.to_arrow().num_rows == 246


def test_progress(client: Any) -> None:
    told: list[tuple[int, int | None]] = []
    client.collect(progress=lambda done, total: told.append((done, total)), consistency="fast")
    assert told == [(100, 247), (200, 247), (247, 247)]


def test_progress_that_raises_loses_nothing(client: Any, emulator: Emulator) -> None:
    raised = iter([False, True, False, False, False])

    def tell(done: int, total: int | None) -> None:
        if next(raised):
            raise ZeroDivisionError

    sessions = client.iter_sessions(progress=tell, consistency="fast")
    found: list[bs.Session] = []
    with pytest.raises(ZeroDivisionError):
        found.extend(iter(sessions.__next__, None))
    found.extend(sessions)
    assert found == emulator.sessions()


def test_a_failed_page_loses_nothing(make: Make) -> None:
    with Emulator(sessions=2_000) as server:
        sessions = make(server.url, max_retries=0, timeout=0.3).iter_sessions(consistency="fast")
        found = [next(sessions)]
        server.latency = 30
        with pytest.raises(bs.APITimeoutError):
            found.extend(iter(sessions.__next__, None))
        server.latency = 0
        found.extend(sessions)
        assert found == server.sessions()


def test_errors_are_the_same(client: Any) -> None:
    with pytest.raises(bs.AgentNotFoundError, match="Agent not found or access denied") as refused:
        client.list(agent_id="agent_404")
    assert refused.value.status_code == 422
    with pytest.raises(bs.ValidationError) as checked:
        client.list(limit=500, offset=-1)
    assert len(checked.value.errors) == 2
    with pytest.raises(TypeError, match="unexpected keyword argument 'agent'"):
        client.list(agent="agent_123")
    with pytest.raises(bs.ConfigurationError):
        client.iter_sessions(consistency="perfect")


def test_a_closed_client_says_so(make: Make, emulator: Emulator) -> None:
    with make(emulator.url) as client:
        pages = client.iter_pages(page_size=1, consistency="fast")
        next(pages)
    for call in (client.list, client.collect, lambda: list(client.iter_sessions())):
        with pytest.raises(bs.ConfigurationError, match="the client is closed"):
            call()
    # A page that was on its way when the client was closed is ended by that.
    with pytest.raises((bs.ConfigurationError, bs.APIConnectionError), match=r"the client (is|was) closed"):
        list(pages)


def test_the_report_counts_what_was_handed_out(client: Any) -> None:
    listing = client.iter_sessions()
    for _ in range(3):
        next(listing)
    assert listing.report.yielded == 3
    assert "3 of 247 sessions" in repr(listing)
    assert len(list(listing)) == 244
    assert listing.report.yielded == 247


@pytest.mark.parametrize("value", [float("nan"), {1}, object()])
def test_extra_body_takes_json_alone(client: Any, value: object) -> None:
    with pytest.raises(TypeError, match="argument 'extra_body': a value cannot be sent as JSON"):
        client.list(extra_body={"field": value})


FIELDS = {"limit": 5, "offset": 10, "agent_id": "other", "project_key": "hush-1234"}
READINGS: list[Callable[..., Any]] = [
    lambda client, **options: client.list(**options),
    lambda client, **options: list(client.iter_sessions(**options)),
    lambda client, **options: list(client.iter_pages(**options)),
    lambda client, **options: client.collect(**options),
    lambda client, **options: client.count(**options),
    lambda client, **options: client.count(where="rating > 1", **options),
]


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("field", FIELDS)
def test_extra_body_overrides_no_argument_and_says_so(
    client: Any, emulator: Emulator, field: str, reading: Callable[..., Any]
) -> None:
    with pytest.warns(UserWarning, match=f"extra_body: '{field}' is not sent from here") as warned:
        reading(client, extra_body={field: FIELDS[field], "other": 1})
    assert "hush" not in str([str(warning.message) for warning in warned])
    body = emulator.requests[0].json()
    assert body["other"] == 1
    assert body[field] != FIELDS[field]


def test_other_options(client: Any) -> None:
    other = client.with_options(agent_id="agent_404", max_retries=0)
    with pytest.raises(bs.AgentNotFoundError):
        other.list()
    assert client.list().total_count == 247


def test_an_option_is_taken_back_by_none(client: Any) -> None:
    cached = client.with_options(cache_ttl=60, headers={"x-team": "a"})
    assert cached.list().request_id == cached.list().request_id
    fresh = cached.with_options(cache_ttl=None)
    assert fresh.list().request_id != fresh.list().request_id
    with pytest.raises(bs.MissingFieldError):
        client.with_options(agent_id=None).list()


def test_a_token_function(make: Make) -> None:
    given = iter(["stale", "demo-token"])
    with Emulator(require_token=True) as server:
        client = make(server.url, access_token=lambda: next(given))
        assert client.list(limit=1).total_count == 247
        assert [request.status for request in server.requests] == [401, 200]


def test_a_token_function_may_use_a_client(make: Make) -> None:
    with (
        Emulator(agents={"tokens": [{"session_id": "demo-token"}]}) as store,
        Emulator(require_token=True) as server,
    ):
        tokens = bs.SessionsClient("demo-key", agent_id="tokens", base_url=store.url)
        client = make(server.url, access_token=lambda: tokens.list()[0]["session_id"])
        assert client.list(limit=1).total_count == 247


@pytest.mark.parametrize("error", [ZeroDivisionError("no token today"), SystemExit(3)])
def test_a_token_function_that_raises(make: Make, emulator: Emulator, error: BaseException) -> None:
    def token() -> str:
        raise error

    client = make(emulator.url, access_token=token)
    if isinstance(error, SystemExit) and isinstance(client, Adapted):
        pytest.skip("an event loop is ended by it, as by any")
    with pytest.raises(type(error)) as raised:
        client.list()
    assert raised.value is error


def test_a_token_that_is_no_text(make: Make, emulator: Emulator) -> None:
    with pytest.raises(TypeError, match="access_token must return a str, not int"):
        make(emulator.url, access_token=lambda: 7).list()


def test_copies_are_the_same_client(client: Any, emulator: Emulator) -> None:
    for other in (pickle.loads(pickle.dumps(client)), copy.copy(client), copy.deepcopy(client)):
        assert repr(other) == repr(client)
        assert other.list(limit=1).total_count == 247
        other.close()
    assert client.list(limit=1).total_count == 247


def test_a_pickled_client_keeps_what_the_environment_said(
    make: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKS_AGENT_ID", "agent_123")
    monkeypatch.setenv("BLOCKS_API_URL", emulator.url)
    pickled = pickle.dumps(make(None, base_url=None, agent_id=None))
    monkeypatch.setenv("BLOCKS_AGENT_ID", "agent_404")
    monkeypatch.delenv("BLOCKS_API_URL")
    # What was not set then is not set now.
    monkeypatch.setenv("BLOCKS_ACCESS_TOKEN", "another process's")
    with pickle.loads(pickled) as client:
        assert client.with_options(max_retries=1).list(limit=1).total_count == 247
        assert client.list(limit=1).total_count == 247
    assert all("authorization" not in request.headers for request in emulator.requests)


def test_answers_can_be_pickled(client: Any) -> None:
    page = client.list(limit=3)
    again = pickle.loads(pickle.dumps(page))
    assert again == page
    assert (again.total_count, again.elapsed) == (page.total_count, page.elapsed)
    assert pickle.loads(pickle.dumps(page[0])) == page[0]
    assert type(pickle.loads(pickle.dumps(page[0]))) is bs.Session
    with pytest.raises(bs.AgentNotFoundError) as refused:
        client.list(agent_id="agent_404")
    error = pickle.loads(pickle.dumps(refused.value))
    assert (str(error), error.errors, error.headers) == (
        str(refused.value),
        refused.value.errors,
        refused.value.headers,
    )


def gone(server: Emulator, seconds: float = 10) -> None:
    """Wait until no request is being answered any more, well before it would have been answered."""
    import time

    until = time.monotonic() + seconds
    while server.in_flight and time.monotonic() < until:
        time.sleep(0.005)
    assert server.in_flight == 0


def test_a_token_function_sees_the_context_of_whoever_calls(emulator: Emulator) -> None:
    caller: contextvars.ContextVar[str] = contextvars.ContextVar("caller", default="nobody")
    seen: list[str] = []

    def token() -> str:
        seen.append(caller.get())
        # What it sets is its own.
        caller.set("the function")
        return "t"

    def as_caller(name: str, call: Callable[[Any], object]) -> None:
        def run() -> None:
            caller.set(name)
            with bs.SessionsClient(
                "demo-key", agent_id="agent_123", base_url=emulator.url, access_token=token
            ) as client:
                call(client)

        contextvars.copy_context().run(run)

    as_caller("list", lambda client: client.list(limit=1))
    as_caller("collect", lambda client: client.collect())
    as_caller("iter", lambda client: next(client.iter_sessions()))
    as_caller("count", lambda client: client.count(where="true"))
    assert seen == ["list", "collect", "iter", "count"]
    assert caller.get() == "nobody"


def test_each_of_many_callers_has_its_own_context(emulator: Emulator) -> None:
    caller: contextvars.ContextVar[int] = contextvars.ContextVar("caller")
    seen: dict[int, int] = {}

    def call(number: int) -> None:
        def token() -> str:
            seen[number] = caller.get()
            return "t"

        caller.set(number)
        with bs.SessionsClient(
            "demo-key", agent_id="agent_123", base_url=emulator.url, access_token=token
        ) as client:
            client.list(limit=1)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {number: number for number in range(12)}


async def test_an_async_token_function_sees_it_too(emulator: Emulator) -> None:
    caller: contextvars.ContextVar[str] = contextvars.ContextVar("caller", default="nobody")

    async def token() -> str:
        await asyncio.sleep(0)
        seen.append(caller.get())
        return "t"

    seen: list[str] = []
    async with bs.AsyncSessionsClient(
        "demo-key", agent_id="agent_123", base_url=emulator.url, access_token=token
    ) as client:
        caller.set("me")
        await client.list(limit=1)
    assert seen == ["me"]


@pytest.mark.parametrize("token", ["Basic abc", "Token abc", "two words", "Bearer two words"])
def test_a_token_with_a_blank_is_none(make: Make, emulator: Emulator, token: str) -> None:
    with pytest.raises(bs.ConfigurationError, match="holds a blank"):
        make(emulator.url, access_token=token)
    with pytest.raises(bs.ConfigurationError, match="holds a blank") as raised:
        make(emulator.url, access_token=lambda: token).list()
    assert token not in str(raised.value)
    assert len(emulator.requests) == 0


@pytest.mark.parametrize("url", ["http:///x", "https://", "http:/x", "http:x", "//x", "https:///"])
def test_an_address_names_its_host(make: Make, url: str) -> None:
    with pytest.raises(bs.ConfigurationError, match="base_url must"):
        make(url)
