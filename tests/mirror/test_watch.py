"""Changes as they come: in order, once each, over restarts, and ended at once."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from clients import client_of

from blocks_sessions import (
    AsyncSessionsClient,
    ConfigurationError,
    InternalServerError,
    Mirror,
    SessionsClient,
)
from blocks_sessions.testing import Emulator, Faults

AGENT = "agent_123"


def newcomer(client: SessionsClient, name: str) -> dict[str, Any]:
    now = client.list(limit=1)[0]["last_message_at"]
    return {"session_id": name, "created_at": now, "last_message_at": now}


@pytest.mark.parametrize("in_memory", [False, True])
def test_it_tells_what_comes_and_not_what_was_there(
    server: Emulator, tmp_path: Path, in_memory: bool
) -> None:
    client = client_of(server)
    path = None if in_memory else tmp_path / "support.db"
    if path:
        client.sync(path)
    watch = client.watch(path, interval=0.05)
    adder = threading.Timer(0.5, lambda: server.add(newcomer(client, "one")))
    adder.start()
    change = next(watch)
    assert (change.kind, change.session_id, change.before) == ("created", "one", None)
    moved = newcomer(client, "")["last_message_at"]
    server.update("one", message_count=7, last_message_at=moved)
    change = next(watch)
    assert (change.kind, change.session_id) == ("updated", "one")
    assert change.session is not None
    assert change.session["message_count"] == 7
    watch.close()
    with pytest.raises(StopIteration):
        next(watch)


def test_nothing_is_lost_over_a_restart(server: Emulator, tmp_path: Path) -> None:
    client, path = client_of(server), tmp_path / "support.db"
    seq = client.sync(path).seq
    for name in ("one", "two", "three"):
        server.add(newcomer(client, name))
    with client.watch(path, since=seq, interval=0.05) as watch:
        first = next(watch)
    with client.watch(path, since=first.seq, interval=0.05) as watch:
        rest = [next(watch), next(watch)]
    assert {change.session_id for change in (first, *rest)} == {"one", "two", "three"}
    assert [change.seq for change in (first, *rest)] == [seq + 1, seq + 2, seq + 3]
    assert len(Mirror(path)) == 253


def test_close_ends_it_from_another_thread(server: Emulator, tmp_path: Path) -> None:
    watch = client_of(server).watch(tmp_path / "support.db", interval=60)
    threading.Timer(0.3, watch.close).start()
    began = time.monotonic()
    assert list(watch) == []
    assert time.monotonic() - began < 30


def test_a_failure_is_raised_and_the_next_call_goes_on(server: Emulator, tmp_path: Path) -> None:
    client, path = client_of(server, max_retries=0), tmp_path / "support.db"
    seq = client.sync(path).seq
    server.add(newcomer(client, "one"))
    watch = client.watch(path, since=seq, interval=0.01)
    server.faults = Faults(rate=1.0, kinds=["status_500"])
    with pytest.raises(InternalServerError):
        next(watch)
    server.faults = Faults(rate=0.0)
    assert next(watch).session_id == "one"
    watch.close()


def test_wrong_arguments(server: Emulator, tmp_path: Path) -> None:
    client = client_of(server)
    with pytest.raises(ConfigurationError, match="path"):
        client.watch(since=4)
    with pytest.raises(ConfigurationError, match="no mirror"):
        client.watch(tmp_path / "none.db", since=4)
    with pytest.raises(ConfigurationError, match="interval"):
        client.watch(interval=-1)
    with pytest.raises(ConfigurationError, match="since"):
        client.watch(tmp_path / "none.db", since=True)
    assert list(tmp_path.iterdir()) == []


async def test_the_async_twin(server: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    blocking = client_of(server)
    async with AsyncSessionsClient("demo-key", agent_id=AGENT, base_url=server.url) as client:
        seen: list[int] = []
        report = await client.sync(path, progress=lambda done, total: seen.append(done))
        assert (report.created, seen[-1]) == (250, 250)
        watch = client.watch(path, interval=0.05)
        task = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.3)
        server.add(newcomer(blocking, "one"))
        assert (await asyncio.wait_for(task, 30)).session_id == "one"
        task = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.add(newcomer(blocking, "two"))
        assert (await asyncio.wait_for(anext(watch), 30)).session_id == "two"
        await watch.aclose()


async def test_a_look_may_be_given_up_at_any_moment(server: Emulator, tmp_path: Path) -> None:
    path, blocking = tmp_path / "support.db", client_of(server)
    blocking.sync(path)
    server.latency = 0.002
    async with AsyncSessionsClient("demo-key", agent_id=AGENT, base_url=server.url) as client:
        watch = client.watch(path, interval=0)
        for moment in range(12):
            task = asyncio.ensure_future(anext(watch))
            # In the middle of a request, of what is written, or of the end of a run.
            await asyncio.sleep(moment * 0.004)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        server.add(newcomer(blocking, "late"))
        assert (await asyncio.wait_for(anext(watch), 30)).session_id == "late"
        await watch.aclose()
    # And the file is nobody's.
    assert blocking.sync(path).sessions == 251
