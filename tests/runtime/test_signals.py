"""Ctrl-C while a call waits, wherever it waits: it raises at once, and the request is over."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from blocks_sessions import SessionsClient
from blocks_sessions.testing import Emulator, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX has them")

# Far more than the tenth of a second that is meant, and far less than any of the waits.
PROMPT = 5.0


class Stage:
    """A server at which a call hangs; `reached` tells when it does, `left` when it is gone again."""

    def __init__(self, url: str, reached: Callable[[], bool], left: Callable[[], bool]) -> None:
        self.url, self.reached, self.left = url, reached, left


@pytest.fixture(params=["connect", "wait", "body", "pause", "read-ahead"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    yield from STAGES[request.param]()


def connecting() -> Iterator[Stage]:
    """Nobody accepts, and there is no room to wait."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = []
    for _ in range(4):
        waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex(listener.getsockname())
    begun = time.monotonic()
    yield Stage(
        f"http://127.0.0.1:{listener.getsockname()[1]}", lambda: time.monotonic() > begun + 1.5, lambda: True
    )
    for connection in (*waiting, listener):
        connection.close()


def waiting() -> Iterator[Stage]:
    with Emulator(latency=60) as server:
        yield Stage(server.url, lambda: server.in_flight > 0, lambda: server.in_flight == 0)


def in_the_body() -> Iterator[Stage]:
    """The answer begins and never ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    reached, left = threading.Event(), threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + b'{"sessions": [')
            reached.set()
            while connection.recv(65536):
                pass
        left.set()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield Stage(f"http://127.0.0.1:{listener.getsockname()[1]}", reached.is_set, lambda: left.wait(10))
    thread.join(10)
    listener.close()


def pausing() -> Iterator[Stage]:
    faults = Faults(rate=1, kinds=["status_503"], retry_after=30)
    with Emulator(faults=faults) as server:
        yield Stage(server.url, lambda: server.request_count == 1, lambda: server.in_flight == 0)


STAGES = {
    "connect": connecting,
    "wait": waiting,
    "body": in_the_body,
    "pause": pausing,
    "read-ahead": waiting,
}

SCRIPT = """
import sys, time
from blocks_sessions import SessionsClient
client = SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1], timeout=100)
print("go", flush=True)
try:
    client.list() if sys.argv[2] != "read-ahead" else list(client.iter_sessions())
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
# The request is over though the process is not.
sys.stdin.read()
"""


def test_in_a_script(stage: Stage, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["stage"]
    script = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, stage.url, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert script.stdout is not None
        assert script.stdout.readline() == "go\n"
        eventually(stage.reached)
        time.sleep(0.1)
        sent = time.monotonic()
        script.send_signal(signal.SIGINT)
        took = float(script.stdout.readline()) - sent
        print(f"KeyboardInterrupt during {name} after {took * 1e3:.0f} ms")
        assert took < PROMPT
        eventually(stage.left)
    finally:
        script.communicate(timeout=30)
    assert script.returncode == 0


def eventually(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


@contextlib.contextmanager
def interrupted_when(true: Callable[[], bool]) -> Iterator[None]:
    """Expect the interrupt that comes once this is true; outside of the block it would end the tests.

    The collector rests meanwhile: an interrupt inside of one of its callbacks (hypothesis has one) is
    swallowed by the interpreter, and would never reach the call.
    """
    begun = threading.Event()

    def wait() -> None:
        begun.wait()
        eventually(true)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=wait)
    thread.start()
    gc.disable()
    try:
        with pytest.raises(KeyboardInterrupt):
            begun.set()
            yield
            # It may still be on its way.
            thread.join()
    finally:
        gc.enable()
    thread.join()


def test_an_iterator_goes_on_after_it() -> None:
    with Emulator(sessions=1_000) as server:
        sessions = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url).iter_sessions(
            consistency="fast"
        )
        found = [next(sessions)]
        # What was read ahead is there: from here on only the call in the block has a request in flight.
        eventually(lambda: server.in_flight == 0)
        server.latency = 1
        with interrupted_when(lambda: server.in_flight > 0):
            found.extend(iter(sessions.__next__, None))
        server.latency = 0
        found.extend(sessions)
        assert found == server.sessions()


def test_a_collection_is_stopped() -> None:
    with Emulator(sessions=1_000, latency=60) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        with interrupted_when(lambda: server.in_flight > 0):
            client.collect()
        eventually(lambda: server.in_flight == 0)


def test_a_handler_may_use_a_client(emulator: Emulator) -> None:
    found: list[Any] = []
    with Emulator(latency=60) as slow:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url)
        hanging = SessionsClient("demo-key", agent_id="agent_123", base_url=slow.url)

        def handle(number: int, frame: object) -> None:
            found.append(client.list(limit=1).total_count)
            if len(found) == 2:
                raise ZeroDivisionError

        before = signal.signal(signal.SIGALRM, handle)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
            with pytest.raises(ZeroDivisionError):
                hanging.list()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        eventually(lambda: slow.in_flight == 0)
    assert found == [247, 247]


def test_under_asyncio() -> None:
    async def main(url: str) -> None:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=url)
        await asyncio.to_thread(lambda: None)
        from blocks_sessions import AsyncSessionsClient

        await AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url).list()
        client.close()

    with Emulator(latency=60) as server:
        with interrupted_when(lambda: server.in_flight > 0):
            asyncio.run(main(server.url))
        eventually(lambda: server.in_flight == 0)


def test_in_ipython() -> None:
    pytest.importorskip("IPython")
    lines = """
        from blocks_sessions import SessionsClient
        client = SessionsClient("demo-key", agent_id="agent_123", base_url={url!r})
        client.list(offset=1)
        print("went on:", 6 * 7)
        exit()
    """
    with Emulator(latency=60) as server:
        shell = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "IPython",
                "--no-banner",
                "--colors=nocolor",
                "--simple-prompt",
                "--quick",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert shell.stdin is not None
        shell.stdin.write(textwrap.dedent(lines).lstrip().format(url=server.url))
        shell.stdin.flush()
        eventually(lambda: server.in_flight > 0, 60)
        time.sleep(0.1)
        shell.send_signal(signal.SIGINT)
        printed, _ = shell.communicate(timeout=30)
        assert server.in_flight == 0
    assert "KeyboardInterrupt" in printed
    assert "went on: 42" in printed
