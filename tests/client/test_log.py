"""The lines that calls write into the log `blocks_sessions`: which, when, and on whose thread."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient, SessionsClient
from blocks_sessions.testing import Emulator, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Answering

PAGE = {"sessions": [{"session_id": "s1"}], "total_count": 1}


def client_of(url: str, **options: Any) -> SessionsClient:
    return SessionsClient("demo-key", agent_id="agent_123", base_url=url, **options)


class Listening(logging.Handler):
    """Does what it was told with every record."""

    def __init__(self, do: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self.do = do

    def emit(self, record: logging.LogRecord) -> None:
        self.do(record)


@pytest.fixture
def listen() -> Iterator[Callable[[Callable[[logging.LogRecord], object]], None]]:
    logger = logging.getLogger("blocks_sessions")
    added = []

    def add(do: Callable[[logging.LogRecord], object]) -> None:
        added.append(Listening(do))
        logger.addHandler(added[-1])
        logger.setLevel(logging.DEBUG)

    yield add
    logger.setLevel(logging.NOTSET)
    for handler in added:
        logger.removeHandler(handler)


def test_one_line_an_attempt_and_a_warning_a_retry(
    caplog: pytest.LogCaptureFixture, answering: Answering
) -> None:
    caplog.set_level(logging.DEBUG, logger="blocks_sessions")
    server = answering(502, b"", content_type="text/plain")
    with pytest.raises(bs.InternalServerError):
        client_of(server.url, max_retries=1).list(offset=700)
    lines = [(record.levelname, record.name, record.getMessage()) for record in caplog.records]
    assert [level for level, _, _ in lines] == ["DEBUG", "WARNING", "DEBUG"]
    assert {name for _, name, _ in lines} == {"blocks_sessions"}
    begin = "POST /conversation/sessions offset=700"
    assert lines[0][2].startswith(f"{begin} -> 502 in ")
    assert lines[0][2].endswith(" ms (attempt 1)")
    assert lines[1][2].startswith(f"{begin}: 502: Bad Gateway, with no explanation; retry 1 of 1 in ")
    assert lines[2][2].endswith(" ms (attempt 2)")


def test_a_level_that_is_set_later_is_seen(caplog: pytest.LogCaptureFixture, answering: Answering) -> None:
    server = answering(200, PAGE)
    client = client_of(server.url)
    logger = logging.getLogger("blocks_sessions")
    for level, expected in [(logging.INFO, 0), (logging.DEBUG, 1), (logging.ERROR, 0), (logging.DEBUG, 1)]:
        caplog.clear()
        logger.setLevel(level)
        try:
            client.list()
        finally:
            logger.setLevel(logging.NOTSET)
        assert len(caplog.records) == expected, level


def test_lines_come_from_listings_and_from_asyncio_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="blocks_sessions")
    with Emulator(sessions=300) as server:
        assert len(list(client_of(server.url).iter_sessions())) == 300
        assert sum("-> 200 in" in line for line in caplog.messages) == len(server.requests) >= 3
        caplog.clear()

        async def once() -> None:
            async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
                await client.list()

        asyncio.run(once())
    assert len(caplog.messages) == 1


SILENT = """
import sys, {imports}
from blocks_sessions import SessionsClient, SessionsError
try:
    SessionsClient("demo-key", agent_id="a", base_url={url!r}, max_retries=1).list()
except SessionsError as error:
    print(type(error).__name__, "logging" in sys.modules)
"""


@pytest.mark.parametrize(("imports", "imported"), [("json", False), ("logging", True)])
def test_it_is_silent_by_default_and_imports_no_logging(
    answering: Answering, imports: str, imported: bool
) -> None:
    server = answering(502, b"")
    code = SILENT.format(imports=imports, url=server.url)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout.strip(), done.stderr) == (f"InternalServerError {imported}", "")


def test_a_handler_runs_on_the_thread_of_the_caller(listen: Callable[..., None], emulator: Emulator) -> None:
    threads = []
    listen(lambda record: threads.append((record.thread, threading.get_ident())))
    client = client_of(emulator.url)
    for _ in range(5):
        client.list()
    assert threads == [(threading.get_ident(), threading.get_ident())] * 5


def test_a_lock_of_the_caller_may_be_the_handlers_too(
    listen: Callable[..., None], emulator: Emulator
) -> None:
    lock = threading.RLock()
    told = []

    def tell(record: logging.LogRecord) -> None:
        with lock:
            told.append(record.getMessage())

    listen(tell)
    with lock:
        client_of(emulator.url, timeout=20).list()
    assert len(told) == 1


def test_a_retry_is_told_before_its_pause_is_over(listen: Callable[..., None]) -> None:
    told = threading.Event()
    listen(lambda record: told.set() if record.levelno == logging.WARNING else None)
    with Emulator(faults=Faults(rate=1, kinds=["status_503"], retry_after=30)) as server:
        client = client_of(server.url)

        def call() -> None:
            with contextlib.suppress(bs.SessionsError):
                client.list()

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        assert told.wait(20)
        assert thread.is_alive()


def test_a_retry_under_asyncio_is_told_before_its_pause_is_over(listen: Callable[..., None]) -> None:
    told = threading.Event()
    listen(lambda record: told.set() if record.levelno == logging.WARNING else None)

    async def interrupted(url: str) -> None:
        async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
            call = asyncio.create_task(client.list())
            assert await asyncio.to_thread(told.wait, 20)
            assert not call.done()
            call.cancel()

    with Emulator(faults=Faults(rate=1, kinds=["status_503"], retry_after=30)) as server:
        asyncio.run(interrupted(server.url))


def test_an_interrupt_in_a_handler_loses_no_session(listen: Callable[..., None]) -> None:
    interrupts: list[logging.LogRecord] = []

    def interrupt(record: logging.LogRecord) -> None:
        if threading.current_thread() is threading.main_thread() and not interrupts:
            interrupts.append(record)
            raise KeyboardInterrupt

    found: list[bs.Session] = []
    with Emulator(sessions=1_000, latency=0.01) as server:
        sessions = client_of(server.url).iter_sessions(consistency="fast")
        listen(interrupt)
        # In one of its callbacks the interrupt would be swallowed.
        gc.disable()
        try:
            with pytest.raises(KeyboardInterrupt):
                for session in sessions:
                    found.append(session)  # noqa: PERF402 (it is left in the middle)
        finally:
            gc.enable()
        found.extend(sessions)
        assert found == server.sessions()


def test_a_handler_that_fails_costs_no_call(
    listen: Callable[..., None], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    listen(lambda record: 1 / 0)
    assert len(client_of(emulator.url).list(limit=3)) == 3
    assert [type(seen.exc_value) for seen in unraisable] == [ZeroDivisionError]


def test_a_handler_may_use_the_client(listen: Callable[..., None], emulator: Emulator) -> None:
    client = client_of(emulator.url)
    told: list[str] = []
    busy: list[bool] = []

    def call(record: logging.LogRecord) -> None:
        told.append(record.getMessage())
        if busy:
            return
        busy.append(True)
        client.list(limit=1)
        busy.pop()

    listen(call)
    client.list(limit=2)
    # The call's own line, and the one of the call within.
    assert len(told) == 2
    assert len(emulator.requests) == 2


def test_a_record_keeps_template_and_values_and_knows_its_request(
    caplog: pytest.LogCaptureFixture, answering: Answering
) -> None:
    caplog.set_level(logging.DEBUG, logger="blocks_sessions")
    server = answering(502, b"", x_request_id="r-9")
    for offset in (700, 800):
        with pytest.raises(bs.InternalServerError):
            client_of(server.url, max_retries=1).list(offset=offset)
    by_template: dict[str, list[logging.LogRecord]] = {}
    for record in caplog.records:
        by_template.setdefault(record.msg, []).append(record)
        assert record.args
        assert record.getMessage() != record.msg
    assert sorted(map(len, by_template.values())) == [2, 4]
    first = vars(caplog.records[0])
    known = {name: first[name] for name in ("agent", "offset", "attempt", "status", "request_id")}
    assert known == {
        "agent": "agent_123",
        "offset": 700,
        "attempt": 1,
        "status": 502,
        "request_id": "r-9",
    }
    assert first["elapsed"] > 0
    assert [vars(record)["attempt"] for record in caplog.records[:3]] == [1, 1, 2]


def test_a_request_without_an_answer_has_no_status(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="blocks_sessions")
    with pytest.raises(bs.APIConnectionError):
        client_of("http://127.0.0.1:9", max_retries=0).list()
    (record,) = caplog.records
    known = vars(record)
    assert (known["status"], known["request_id"], known["offset"]) == (None, None, 0)


def test_a_percent_sign_is_no_template(caplog: pytest.LogCaptureFixture, answering: Answering) -> None:
    caplog.set_level(logging.WARNING, logger="blocks_sessions")
    server = answering(502, {"detail": "100%(method)s %s %d"})
    with pytest.raises(bs.InternalServerError):
        client_of(server.url + "/a%20b", max_retries=1).list()
    assert "100%(method)s %s %d; retry 1 of 1" in caplog.text
    assert "POST /a%20b/conversation/sessions offset=0" in caplog.text


def test_lines_of_tasks_and_threads_have_their_own_context(listen: Callable[..., None]) -> None:
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")
    seen: list[tuple[str, str]] = []
    listen(lambda record: seen.append((user.get(), vars(record)["agent"])))
    agents = [f"agent_{number}" for number in range(10)]

    async def calls(url: str) -> None:
        async with AsyncSessionsClient("demo-key", base_url=url) as client:

            async def one(agent: str) -> None:
                user.set(agent)
                await client.collect(agent_id=agent)

            await asyncio.gather(*map(one, agents))

    with Emulator(agents=dict.fromkeys(agents, 250)) as server:
        asyncio.run(calls(server.url))
        client = SessionsClient("demo-key", base_url=server.url)

        def one(agent: str) -> None:
            user.set(agent)
            client.collect(agent_id=agent)

        threads = [threading.Thread(target=one, args=(agent,)) for agent in agents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) == server.request_count
    assert all(name == agent for name, agent in seen)


def test_a_record_factory_sees_the_callers_context(emulator: Emulator, listen: Callable[..., None]) -> None:
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")
    seen: list[str] = []
    listen(lambda record: seen.append(vars(record)["user"]))
    factory = logging.getLogRecordFactory()

    def make(*arguments: Any, **options: Any) -> logging.LogRecord:
        record = factory(*arguments, **options)
        record.user = user.get()
        return record

    logging.setLogRecordFactory(make)
    user.set("ada")
    try:
        client_of(emulator.url).list()
    finally:
        logging.setLogRecordFactory(factory)
    assert seen == ["ada"]
