"""Streams that are read, or let go of, from within code that the package itself called.

A thread is attached to the interpreter there, and pyarrow lets go of it before it asks for more: what then
takes it for granted ends the process, so each of these has one of its own.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

PROLOGUE = """
import logging, signal, sys
import pyarrow
from blocks_sessions import SessionsClient
from blocks_sessions.testing import Emulator

server = Emulator(sessions=1_000)
client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
done = []

def stream(**options):
    return pyarrow.RecordBatchReader.from_stream(client.iter_sessions(**options))

def read(*_):
    done[:] = [stream(max_items=150).read_all().num_rows]

def drop(*_):
    held = [stream()]
    held.clear()
    done[:] = ["dropped"]
"""

PROGRESS = """
print(len(client.collect(progress=act)), done[0])
"""

LOG = """
class Handler(logging.Handler):
    busy = False

    def emit(self, record):
        if not self.busy:
            self.busy = True
            act()
            self.busy = False

logging.getLogger("blocks_sessions").addHandler(Handler())
logging.getLogger("blocks_sessions").setLevel(logging.DEBUG)
print(len(client.collect()), done[0])
"""

SIGNAL = """
signal.signal(signal.SIGALRM, act)
signal.setitimer(signal.ITIMER_REAL, 0.2)
server.latency = 1
page = client.list()
print(page.total_count, done[0])
"""


@pytest.mark.parametrize("act", ["read", "drop"])
@pytest.mark.parametrize("caller", [PROGRESS, LOG, SIGNAL], ids=["progress", "log", "signal"])
def test_a_stream_within_a_call(caller: str, act: str) -> None:
    script = f"{PROLOGUE}\nact = {act}\n{caller}"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"1000 {'150' if act == 'read' else 'dropped'}\n",
        "",
    )


INTERRUPTED = """
import _thread, threading
server.latency = 0.5
threading.Timer(1, signal.raise_signal, (signal.SIGINT,)).start()
listing = client.iter_sessions()
attempts = 0
try:
    for _ in range(3):
        attempts += 1
        try:
            pyarrow.RecordBatchReader.from_stream(listing).read_all()
        except Exception as error:
            print(type(error).__name__)
except KeyboardInterrupt:
    print(attempts, type(listing.stream_error).__name__)
"""


def test_an_interrupt_is_no_failure_of_the_stream() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROLOGUE + INTERRUPTED], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "1 KeyboardInterrupt"
