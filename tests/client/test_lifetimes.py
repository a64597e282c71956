"""What is used is given back: memory, sockets, cycles. `LIFETIME_CALLS=100000` makes the long run."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import pickle
import subprocess
import sys
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from clients import client_of

from blocks_sessions import AsyncSessionsClient, SessionsClient
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

linux = pytest.mark.skipif(sys.platform != "linux", reason="it counts by /proc")

SCRIPT = """
import asyncio, gc, os, sys
from blocks_sessions import AsyncSessionsClient, SessionsClient, SessionsError

url, calls = sys.argv[1], int(sys.argv[2])
options = dict(agent_id="agent_123", base_url=url)
client = SessionsClient("demo-key", **options)
asynchronous = AsyncSessionsClient("demo-key", **options)

def memory():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def files():
    return len(os.listdir("/proc/self/fd"))

def refused():
    try:
        client.list(agent_id="agent_404")
    except SessionsError:
        pass

async def awaited(number):
    for _ in range(number):
        await asynchronous.list(limit=1)
    sessions = asynchronous.iter_sessions(page_size=2, max_items=4)
    await anext(sessions)
    task = asyncio.ensure_future(asynchronous.list())
    await asyncio.sleep(0)
    task.cancel()

def round(number):
    for _ in range(number):
        client.list(limit=1)
    for _ in range(number // 100):
        list(client.iter_sessions(page_size=2, max_items=6))
        next(client.iter_pages(page_size=1))
        refused()
        with SessionsClient("demo-key", access_token=lambda: "t", **options) as other:
            other.list(limit=1)
    asyncio.run(awaited(number // 5))

round(calls // 5)  # what is kept for good is made by now
before = memory(), files()
for _ in range(4):
    round(calls // 5)
after = memory(), files()
print(after[0] - before[0], after[1] - before[1], after[0])
"""


@linux
@pytest.mark.timeout(1_200)
def test_nothing_leaks() -> None:
    calls = int(os.environ.get("LIFETIME_CALLS", "10000"))
    begun = time.monotonic()
    # In a process of its own, so that the server's memory is not counted.
    with Emulator() as server:
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT, server.url, str(calls)],
            capture_output=True,
            text=True,
            timeout=1_000,
            check=False,
        )
    assert ran.stderr == ""
    grown, files, whole = map(int, ran.stdout.split())
    print(
        f"{calls} calls and more in {time.monotonic() - begun:.0f} s: "
        f"memory +{grown / 1024:.0f} KiB of {whole / 1024:.0f}, files {files:+d}"
    )
    # A leak of a hundred bytes a call would be seen in the long run; allocators breathe.
    assert grown < 3 * 1024 * 1024 + calls * 20
    assert files <= 8


def sockets() -> int:
    count = 0
    for fd in os.listdir("/proc/self/fd"):
        # It may be closed between the two looks.
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
    return count


def eventually(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


@linux
@pytest.mark.parametrize("end", ["with", "close", "drop", "cycle", "iterator"])
def test_sockets_are_closed(emulator: Emulator, end: str) -> None:
    with client_of(emulator) as first:
        # The threads have sockets of their own, for good.
        first.list()
    time.sleep(0.3)
    before = sockets()
    for _ in range(10):
        client: SessionsClient | None = client_of(emulator)
        assert client is not None
        client.list()
        assert sockets() > before
        if end == "with":
            with client:
                pass
        elif end == "close":
            client.close()
        elif end == "cycle":
            held: list[Any] = [client.with_options(access_token=lambda: "t")]
            held.append(held)
        elif end == "iterator":
            next(client.iter_sessions(page_size=1))
    del client
    held = []
    gc.collect()
    eventually(lambda: sockets() <= before)


class Holder:
    """Somebody who holds a client that asks him for its token."""

    client: Any
    iterator: Any

    def tell(self, done: int, total: int | None) -> None: ...

    def token(self) -> str:
        return "demo-token"

    async def token_later(self) -> str:
        return "demo-token"


@pytest.mark.parametrize("kind", ["blocking", "async", "iterator", "async iterator", "progress", "used"])
def test_a_cycle_with_the_token_function_is_collected(emulator: Emulator, kind: str) -> None:
    holder = Holder()
    options: dict[str, Any] = {"agent_id": "agent_123", "base_url": emulator.url}
    if "async" in kind:
        client = AsyncSessionsClient("demo-key", access_token=holder.token_later, **options)
        holder.client = client
        if "iterator" in kind:
            holder.iterator = client.iter_sessions()
            holder.client = None
        else:
            assert asyncio.run(client.list(limit=1)).total_count == 247
        del client
    elif kind == "progress":
        holder.iterator = client_of(emulator).iter_sessions(progress=holder.tell)
    else:
        holder.client = client_of(emulator, access_token=holder.token)
        if kind == "used":
            assert holder.client.list(limit=1).total_count == 247
        if kind == "iterator":
            holder.iterator = holder.client.iter_pages(page_size=1)
            next(holder.iterator)
            holder.client = None
    found = weakref.ref(holder)
    del holder

    def collected() -> bool:
        gc.collect()
        return found() is None

    eventually(collected)


def test_an_iterator_keeps_what_its_client_had() -> None:
    with Emulator(require_token=True) as server:
        sessions = client_of(server, access_token=lambda: "demo-token").iter_sessions()
        gc.collect()
        assert len(list(sessions)) == 247


def test_a_pickle_holds_no_socket(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.list()
    again = pickle.loads(pickle.dumps(client))
    client.close()
    assert again.list(limit=1).total_count == 247
