"""One client in many threads, and what is left of threads when the interpreter ends."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import pytest

import blocks_sessions as bs
from blocks_sessions import SessionsClient
from blocks_sessions.testing import Emulator


def client_of(server: Emulator, **options: Any) -> SessionsClient:
    return SessionsClient("demo-key", **{"agent_id": "agent_123", "base_url": server.url, **options})


def in_threads(number: int, act: Any) -> list[BaseException]:
    """Run it in so many threads at once; what they raised."""
    raised: list[BaseException] = []
    begin = threading.Barrier(number)

    def run(index: int) -> None:
        begin.wait()
        try:
            act(index)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"
    return raised


def test_thirty_two_threads_share_a_client(emulator: Emulator) -> None:
    everything = emulator.sessions()
    client = client_of(emulator)

    def use(index: int) -> None:
        for turn in range(5):
            offset = (index * 7 + turn) % 200
            assert list(client.list(limit=7, offset=offset)) == everything[offset : offset + 7]
            assert client.collect(page_size=50) == everything
            assert list(client.iter_sessions(max_items=20)) == everything[:20]

    assert in_threads(32, use) == []


def test_a_token_function_and_progress_in_many_threads() -> None:
    calls: list[int] = []

    def token() -> str:
        calls.append(1)
        time.sleep(0.01)
        return "demo-token"

    with Emulator(require_token=True) as server:
        client = client_of(server, access_token=token)

        def use(index: int) -> None:
            told: list[int] = []
            assert len(client.collect(progress=lambda done, total: told.append(done))) == 247
            assert told[-1] == 247

        assert in_threads(32, use) == []
    assert len(calls) == 1, "asked once for all"


def test_busy_python_does_not_starve_the_client(emulator: Emulator) -> None:
    stop = threading.Event()
    client = client_of(emulator)

    def compute() -> None:
        while not stop.is_set():
            sum(range(1_000))

    threads = [threading.Thread(target=compute, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            assert client.list(limit=1).total_count == 247
    finally:
        stop.set()


@pytest.mark.parametrize("use", ["list", "iterate", "collect"])
def test_closing_while_others_use_it(use: str) -> None:
    with Emulator(sessions=5_000, latency=0.001) as server:
        client = client_of(server)

        def go_on(index: int) -> None:
            if index == 0:
                time.sleep(0.1)
                client.close()
                return
            while True:
                if use == "list":
                    client.list(limit=1)
                elif use == "collect":
                    client.collect(consistency="fast")
                else:
                    for _ in client.iter_sessions(page_size=10, consistency="fast"):
                        pass

        raised = in_threads(9, go_on)
    assert len(raised) == 8
    # Calls under way end with the client; those that come later are told at once.
    assert {type(error) for error in raised} <= {bs.ConfigurationError, bs.APIConnectionError}
    assert {str(error) for error in raised} <= {
        "the client is closed: make a new one, or close it later",
        "the client was closed while this call was under way",
    }


PREAMBLE = """
    import sys, threading, time
    from blocks_sessions import SessionsClient
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])
    slow = client.with_options(base_url=sys.argv[2])
    def token():
        time.sleep(0.3)
        return "t"
    def later(act):
        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        time.sleep(0.2)
        return thread
    sessions = client.iter_sessions(page_size=1, consistency="fast")
    next(sessions)
"""

ENDS = {
    "a live iterator": "",
    "a reader in a daemon thread": "later(lambda: list(sessions))",
    "endless readers in daemon threads": """
        def read():
            while True:
                list(client.iter_sessions(page_size=1))
        for _ in range(8):
            later(read)
    """,
    "a daemon thread that waits": "later(slow.list)",
    "a daemon thread that waits for a token": "later(client.with_options(access_token=token).list)",
    "tokens that end while the interpreter does": """
        for n in range(8):
            later(client.with_options(access_token=lambda: time.sleep(1 + n / 100) or "t").list)
    """,
    "a token function that uses a client": "later(client.with_options(access_token=slow.list).list)",
    "retries that are logged": """
        import logging
        logging.basicConfig(level=logging.DEBUG, stream=open("/dev/null", "w"))
        for _ in range(4):
            later(client.with_options(base_url="http://127.0.0.1:9", max_retries=1000).list)
    """,
    "a call at exit": """
        import atexit
        atexit.register(lambda: client.list(limit=1))
        later(slow.list)
    """,
    "a call after the threads ended": """
        import atexit
        client.list()
        atexit._run_exitfuncs()
        assert client.list(limit=1).total_count == 2_000
    """,
    "a client in a cycle": """
        class Holder: pass
        holder = Holder()
        holder.client = client.with_options(access_token=lambda: holder)
    """,
    "an exit from a thread's callback": "client.collect(progress=lambda done, total: sys.exit(0))",
}


@pytest.mark.parametrize("end", ENDS)
def test_the_interpreter_ends_quietly_and_soon(end: str) -> None:
    script = textwrap.dedent(PREAMBLE) + textwrap.dedent(ENDS[end]).strip()
    with Emulator(sessions=2_000) as server, Emulator(latency=60) as slow:
        begun = time.monotonic()
        ran = subprocess.run(
            [
                sys.executable,
                "-X",
                "dev",
                "-W",
                "error",
                "-W",
                "ignore:unclosed file",
                "-c",
                script,
                server.url,
                slow.url,
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        took = time.monotonic() - begun
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert took < 30
