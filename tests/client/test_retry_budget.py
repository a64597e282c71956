"""What is spent on retries: each agent has its own budget, errors and events name it, and it can be set."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs

if TYPE_CHECKING:
    from both import Make
    from conftest import Answering

from blocks_sessions.testing import Emulator, Faults


def attempts(client: Any, **options: Any) -> int:
    with pytest.raises(bs.InternalServerError) as failed:
        client.list(**options)
    return failed.value.attempts


def test_an_agent_that_always_fails_spends_its_own(make: Make, answering: Answering) -> None:
    server = answering(502)
    client = make(server.url, retry_budget=10, max_retries=1)
    assert [attempts(client, agent_id="a") for _ in range(4)] == [2, 2, 1, 1]
    assert attempts(client, agent_id="b") == 2


def test_the_healthy_are_tried_again_beside_one_that_is_down(make: Make, answering: Answering) -> None:
    down = answering(502)
    with Emulator(agents={"well": 10}, faults=Faults(rate=0.3, kinds=["status_502"])) as server:
        client = make(server.url, agent_id="well", retry_budget=50)
        ill = client.with_options(base_url=down.url, agent_id="ill", max_retries=3)
        for _ in range(5):
            attempts(ill)
        assert [len(client.list()) for _ in range(20)] == [10] * 20


def test_clients_made_of_one_another_share_the_budget(make: Make, answering: Answering) -> None:
    client = make(answering(502).url, retry_budget=5, max_retries=1)
    assert attempts(client.with_options(timeout=9)) == 2
    assert attempts(client.with_options(max_requests_per_second=1000)) == 1
    assert attempts(client) == 1
    assert attempts(client.with_options(project_key="another")) == 2
    assert attempts(client.with_options(retry_budget=6)) == 2


@pytest.mark.parametrize(("budget", "expected"), [(0, 1), (4, 1), (5, 2), (None, 2), (2**80, 2)])
def test_it_can_be_any_number(make: Make, answering: Answering, budget: int | None, expected: int) -> None:
    client = make(answering(502).url, retry_budget=budget, max_retries=1)
    assert attempts(client) == expected
    with pickle.loads(pickle.dumps(client)) as copied:
        assert attempts(copied) == expected


@pytest.mark.parametrize("budget", [-1, -(2**80)])
def test_it_is_not_negative(make: Make, budget: int) -> None:
    with pytest.raises(bs.ConfigurationError, match="retry_budget must be 0 or more, not"):
        make("http://127.0.0.1:9", retry_budget=budget)


@pytest.mark.parametrize("budget", ["many", 1.5])
def test_it_is_a_whole_number(make: Make, budget: object) -> None:
    with pytest.raises(TypeError, match="retry_budget"):
        make("http://127.0.0.1:9", retry_budget=budget)


def test_the_error_names_it(make: Make, answering: Answering) -> None:
    server = answering(502)
    with pytest.raises(bs.InternalServerError, match="since retry_budget is 0 and a retry takes 5"):
        make(server.url, retry_budget=0).list()
    client = make(server.url, retry_budget=5, max_retries=5)
    with pytest.raises(bs.InternalServerError, match=r"retry budget of this agent is spent \(retry_budget\)"):
        client.list()
    with pytest.raises(bs.APIConnectionError, match="not tried again, since retry_budget is 0"):
        make("http://127.0.0.1:9", retry_budget=0).list()
    with pytest.raises(bs.InternalServerError) as ordinary:
        make(server.url, max_retries=0).list()
    assert "retry_budget" not in str(ordinary.value)


def test_the_event_names_it(make: Make, answering: Answering) -> None:
    events: list[bs.RequestEvent] = []
    client = make(answering(502).url, retry_budget=5, max_retries=5, on_event=events.append)
    attempts(client)
    assert [(event.kind, event.gave_up) for event in events] == [
        ("attempt", None),
        ("retry", None),
        ("attempt", "retry_budget"),
    ]
    events.clear()
    attempts(client.with_options(max_retries=0))
    assert [event.gave_up for event in events] == ["max_retries"]
