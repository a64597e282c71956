"""Clients in several processes: forked, spawned, from a fork server, under gunicorn, in a worker."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import traceback
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clients import client_of

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient, SessionsClient
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")


def in_child(act: Callable[[], object], seconds: float = 20, server: Emulator | None = None) -> None:
    """Do something in a forked child, which must come to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    until = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        if time.monotonic() > until:
            asked = f"{server.request_count} requests, {server.in_flight} in flight" if server else ""
            threads = threads_of(child)
            # Its handler writes where Python stands, and ends the child.
            os.kill(child, signal.SIGABRT)
            time.sleep(0.5)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail(f"the child hangs: {asked}\n{threads}")
        time.sleep(0.001)


def threads_of(process: int) -> str:
    """What the system knows of each thread of a process: its name, where it waits, and in which call."""
    tasks = sorted(Path(f"/proc/{process}/task").glob("*"))
    told = [[content(task / name) for name in ("comm", "wchan", "syscall")] for task in tasks]
    return "\n".join("  ".join(words) for words in told)


def content(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        return str(error.strerror)


@pytest.fixture(autouse=True)
def nothing_left() -> None:
    """What other tests left for the collector goes here: in a child, a database would miss its threads."""
    gc.collect()


@pytest.fixture
def busy(emulator: Emulator) -> Iterator[tuple[Emulator, SessionsClient]]:
    """A client that the parent's threads are using all the time."""
    client = client_of(emulator)
    stop = threading.Event()
    failures: list[BaseException] = []

    def use() -> None:
        try:
            while not stop.is_set():
                assert len(client.collect(page_size=20, consistency="fast")) == 247
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    yield emulator, client
    stop.set()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def test_a_client_used_before_works_in_the_child(emulator: Emulator) -> None:
    client = client_of(emulator)
    page = client.list(limit=5)
    assert client.count(where="message_count >= 0") == 247
    ours = {request.connection for request in emulator.requests}

    def child() -> None:
        assert client.list(limit=5) == page
        assert client.count(where="message_count >= 0") == 247
        assert len(client.collect()) == 247
        assert len(list(client.with_options(max_retries=1).iter_sessions())) == 247

    in_child(child)
    before = emulator.request_count
    assert client.list(limit=5) == page
    # The parent goes on over its own connection, and the child had one of its own.
    used = [request.connection for request in emulator.requests]
    assert used[before] in ours
    assert set(used) - ours


def test_an_async_client_used_before_works_in_the_child(emulator: Emulator) -> None:
    client = AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url)
    assert len(asyncio.run(client.collect())) == 247

    def child() -> None:
        assert len(asyncio.run(client.collect())) == 247

    in_child(child)
    assert len(asyncio.run(client.collect())) == 247


def test_many_forks_in_the_middle_of_requests(busy: tuple[Emulator, SessionsClient]) -> None:
    emulator, client = busy

    def child() -> None:
        assert client.list(limit=3).total_count == 247
        if os.getpid() % 4 == 0:
            assert len(client.collect(page_size=50)) == 247

    for _ in range(150):
        in_child(child, server=emulator)


def test_grandchildren(emulator: Emulator) -> None:
    client = client_of(emulator)
    assert client.list(limit=1).total_count == 247

    def child() -> None:
        assert client.list(limit=1).total_count == 247
        in_child(lambda: client.list(limit=1))
        assert client.list(limit=1).total_count == 247

    in_child(child)


def test_what_was_inherited_can_be_dropped(busy: tuple[Emulator, SessionsClient]) -> None:
    emulator, client = busy
    held: dict[str, Any] = {
        "client": client_of(emulator, cache_ttl=60),
        "other": client_of(emulator).with_options(access_token=lambda: "t"),
        "pages": client.iter_pages(page_size=10, consistency="fast"),
        "sessions": client.iter_sessions(page_size=10),
        "page": client.list(limit=10),
        "loop": asyncio.new_event_loop(),
    }
    held["client"].list()
    next(held["pages"])
    next(held["sessions"])

    async def begin() -> Any:
        sessions = AsyncSessionsClient(
            "demo-key", agent_id="agent_123", base_url=emulator.url
        ).iter_sessions()
        await anext(sessions)
        # A page on its way, whose delivery nobody takes.
        held["awaited"] = sessions._listing.fetch()
        return sessions

    held["async"] = held["loop"].run_until_complete(begin())

    def child() -> None:
        for name in list(held):
            if name != "loop":
                del held[name]
        gc.collect()
        assert client.list(limit=1).total_count == 247

    for _ in range(40):
        in_child(child)
    # And nothing of the parent's was closed by it.
    assert len(list(held["pages"])) == 24
    assert len(list(held["sessions"])) == 246
    connections = {request.connection for request in emulator.requests[-1:]}
    held["client"].with_options(max_retries=0).list(limit=2)
    assert connections

    async def rest() -> int:
        await held["awaited"]
        held.pop("awaited")
        return len([session async for session in held["async"]])

    held["loop"].run_until_complete(rest())
    held["loop"].close()


def test_an_inherited_iterator_says_that_it_is_not_the_childs(busy: tuple[Emulator, SessionsClient]) -> None:
    _, client = busy
    pages, sessions = client.iter_pages(page_size=10), client.iter_sessions()
    next(pages)
    # The rest of its page is in memory, and the parent's to hand out.
    next(sessions)

    def child() -> None:
        for use in (
            lambda: next(pages),
            lambda: next(sessions),
            lambda: pages.report,
            lambda: pages.total_count,
            pages.to_arrow,
        ):
            with pytest.raises(bs.ConfigurationError, match="made in another process; make a new one"):
                use()
        assert repr(pages) == "<PageIterator: made in another process>"
        pages.close()

    for _ in range(20):
        in_child(child)
    assert sum(map(len, pages)) == 237


def test_a_client_closed_by_the_parent_is_closed_in_the_child(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.list()
    client.close()

    def child() -> None:
        with pytest.raises(bs.ConfigurationError, match="the client is closed"):
            client.list()

    in_child(child)


def test_closing_in_the_child_is_the_childs_own(emulator: Emulator) -> None:
    client = client_of(emulator, max_retries=0)
    client.list(limit=1)
    in_child(client.close)
    in_child(lambda: client.__exit__(None, None, None))
    client.list(limit=1)
    assert {request.connection for request in emulator.requests} == {0}


def test_a_child_that_exits_as_python_does_is_quiet() -> None:
    script = """
        import os, sys
        from blocks_sessions import SessionsClient
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])
        client.list()
        child = os.fork()
        if child:
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        sessions = client.iter_sessions()
        next(sessions)
    """
    with Emulator() as server:
        ran = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(script), server.url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_token_function_in_the_child() -> None:
    calls: list[int] = []

    def token() -> str:
        calls.append(os.getpid())
        return "demo-token"

    with Emulator(require_token=True) as server:
        client = client_of(server, access_token=token)
        client.list(limit=1)

        def child() -> None:
            client.list(limit=1)
            assert calls == [os.getppid(), os.getpid()]

        in_child(child)


def count_sessions(client: SessionsClient) -> int:
    return len(client.collect())


def count_async(client: AsyncSessionsClient) -> int:
    return len(asyncio.run(client.collect()))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools(busy: tuple[Emulator, SessionsClient], method: str) -> None:
    emulator, client = busy
    asynchronous = AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(count_sessions, [client] * 6) == [247] * 6
        assert pool.map(count_async, [asynchronous] * 2) == [247] * 2
        pages = pool.map(SessionsClient.list, [client] * 2)
        assert pages == [client.list()] * 2
        with pytest.raises(bs.AgentNotFoundError, match="Agent not found or access denied"):
            pool.map(count_sessions, [client.with_options(agent_id="agent_404")])


def test_a_long_lived_worker_forks_for_every_task(emulator: Emulator) -> None:
    """As Celery's prefork pool does it: a client of the module, used by the parent and all its children."""
    client = client_of(emulator)
    client.list(limit=1)

    def worker() -> None:
        for task in range(30):
            assert client.list(limit=1, offset=task).total_count == 247
            gc.collect()

    for _ in range(4):
        in_child(worker)
        client.list(limit=1)


APPLICATION = """
import os
from blocks_sessions import SessionsClient

client = SessionsClient()
first = client.list(limit=1).total_count  # before the fork, as applications that are preloaded do

def application(environ, start_response):
    body = f"{os.getpid()} {first} {len(client.collect())}".encode()
    start_response("200 OK", [("content-length", str(len(body)))])
    return [body]
"""


def test_gunicorn(emulator: Emulator, tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    (tmp_path / "application.py").write_text(APPLICATION)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "BLOCKS_API_URL": emulator.url,
        "BLOCKS_PROJECT_KEY": "demo-key",
        "BLOCKS_AGENT_ID": "agent_123",
    }
    command = ["gunicorn", "--preload", "--workers=2", f"--bind=127.0.0.1:{port}", "--log-level=warning"]
    server = subprocess.Popen(
        [sys.executable, "-m", *command, "--no-control-socket", "application:application"],
        cwd=tmp_path,
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        processes = set()
        for _ in range(30):
            process, *counts = answer(f"http://127.0.0.1:{port}/").split()
            assert counts == ["247", "247"]
            processes.add(process)
        assert str(server.pid) not in processes
    finally:
        server.terminate()
        _, errors = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "Error" not in errors


def answer(url: str) -> str:
    for _ in range(400):
        try:
            with urllib.request.urlopen(url, timeout=20) as response:
                return str(response.read(), "utf-8")
        except OSError:
            time.sleep(0.05)
    raise AssertionError("gunicorn does not answer")


def test_a_pickle_is_settings_only(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.collect()
    assert len(pickle.dumps(client)) < 1_000
