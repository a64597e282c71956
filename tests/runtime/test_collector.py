"""`collect()` pauses the garbage collector while it makes objects, and never leaves it paused."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING

import pytest

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient, SessionsClient
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    assert gc.isenabled()
    yield
    gc.enable()


def collections_while(act: Callable[[], object]) -> int:
    gc.collect()
    before = collections()
    act()
    return collections() - before


def collections() -> int:
    return sum(int(generation["collections"]) for generation in gc.get_stats())


def test_it_does_not_run_over_a_growing_list() -> None:
    with Emulator(sessions=20_000) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        paused = collections_while(client.collect)
        running = collections_while(lambda: list(client.iter_sessions()))
    assert paused < running / 5, (paused, running)
    assert gc.isenabled()


@pytest.mark.parametrize("enabled", [True, False])
def test_it_is_as_it_was_afterwards(client: SessionsClient, emulator: Emulator, enabled: bool) -> None:
    seen: list[bool] = []
    if not enabled:
        gc.disable()
    client.collect(progress=lambda done, total: seen.append(gc.isenabled()))
    assert gc.isenabled() is enabled
    assert seen == [enabled] * len(seen), "a callback ran without the collector"
    asynchronous = AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url)
    asyncio.run(asynchronous.collect())
    assert gc.isenabled() is enabled


def test_an_error_restores_it(client: SessionsClient) -> None:
    def fail(done: int, total: int | None) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client.collect(progress=fail)
    assert gc.isenabled()
    with pytest.raises(bs.AgentNotFoundError):
        client.collect(agent_id="agent_404")
    assert gc.isenabled()


def test_many_threads_restore_it_once() -> None:
    with Emulator(sessions=3_000) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        counts: list[int] = []
        threads = [threading.Thread(target=lambda: counts.append(len(client.collect()))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == [3_000] * 8
    assert gc.isenabled()
