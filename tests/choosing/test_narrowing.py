"""Datasets that are narrowed: each step a new one, nothing read before it is used."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from blocks_sessions import AsyncSessionsClient, SessionsClient, ValidationError
from blocks_sessions.testing import Emulator


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator(sessions=500, seed=4) as server:
        yield server


def test_conditions_are_joined_by_and(server: Emulator) -> None:
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    whole = client.collect()
    closed = client.dataset().where("status = 'closed' or status = 'idle' -- both")
    rated = closed.where("rating >= 4").select("session_id", "rating")
    wanted = [
        {"session_id": s["session_id"], "rating": s["rating"]}
        for s in whole
        if s.get("status") in ("closed", "idle") and (s.get("rating") or 0) >= 4
    ]
    for _ in range(2):
        assert [dict(sorted(s.items(), reverse=True)) for s in rated] == wanted
        assert rated.count() == len(wanted)
        assert rated.to_arrow().column_names == ["session_id", "rating"]
        assert rated.to_arrow().num_rows == len(wanted)
    assert closed.count() > len(wanted)
    assert pickle.loads(pickle.dumps(rated)).collect() == rated.collect()


def test_bounds_and_limits_are_kept(server: Emulator) -> None:
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    whole = client.collect()
    moment = whole[99]["last_message_at"]
    newest = client.dataset().since(moment)
    assert len(newest.collect()) == newest.count() == 100
    assert newest.until(whole[49]["last_message_at"]).count() == 50
    assert client.dataset(max_items=30).where("true").count() == 30
    assert client.dataset(offset=480).count() == 20


def test_wrong_steps_are_refused_at_once(server: Emulator) -> None:
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    dataset = client.dataset(where="status = 'closed'")
    steps: list[Callable[[], object]] = [
        lambda: dataset.where("statis = 1"),
        lambda: dataset.where("true) or (true"),
        lambda: dataset.select("rating", "rating"),
        lambda: dataset.since("soon"),
        lambda: dataset.until("soon"),
    ]
    for step in steps:
        with pytest.raises(ValidationError):
            step()
    with pytest.raises(ValidationError, match="at character 1;"):
        dataset.where("statis = 1")
    assert not server.requests


def test_the_async_twin_has_the_same_steps(server: Emulator) -> None:
    async def read() -> tuple[int, Any, int]:
        async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
            closed = client.dataset().where("status = 'closed'").where("rating >= 4").select("session_id")
            return len(await closed.collect()), (await closed.to_arrow()).column_names, await closed.count()

    found, columns, count = asyncio.run(read())
    assert found == count > 0
    assert columns == ["session_id"]
