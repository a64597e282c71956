"""`ping()`, and listings' settings that a client has for all of them."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from pathlib import Path

    from both import Make
    from conftest import Answering


def test_a_service_that_answers(make: Make, emulator: Emulator) -> None:
    assert make(emulator.url).ping() is None
    assert [request.path for request in emulator.requests] == ["/conversation/sessions"]
    assert make(emulator.url, agent_id=None).ping(timeout=5, max_retries=0) is None
    assert [request.path for request in emulator.requests] == ["/conversation/sessions", "/ping"]


def test_what_a_call_would_raise(make: Make, emulator: Emulator, answering: Answering) -> None:
    for agent in ("agent_123", None):
        with pytest.raises(bs.APIConnectionError):
            make("http://127.0.0.1:9", agent_id=agent).ping(max_retries=0)
        with pytest.raises(bs.SessionsError) as refused:
            make(emulator.url, agent_id=agent).with_options(project_key="wrong").ping()
        assert isinstance(refused.value, bs.APIStatusError)
        with Emulator(require_token=True) as server, pytest.raises(bs.AuthenticationError):
            make(server.url, agent_id=agent).ping()
    with pytest.raises(bs.AgentNotFoundError):
        make(emulator.url, agent_id="agent_404").ping()
    # It has no place to ask at, and without an agent there is no list.
    with pytest.raises(bs.MissingFieldError):
        make(answering(404).url, agent_id=None).ping(max_retries=0)


def test_a_token_is_renewed_for_it(make: Make) -> None:
    tokens = iter(["old", "new"])
    with Emulator(require_token=True) as server:
        server.accept_token("new")
        for agent in ("agent_123", None):
            tokens = iter(["old", "new"])
            make(server.url, agent_id=agent, access_token=lambda tokens=tokens: next(tokens)).ping()


def test_it_is_not_answered_from_memory(make: Make, emulator: Emulator) -> None:
    client = make(emulator.url, cache_ttl=60)
    client.ping()
    client.ping()
    assert emulator.request_count == 2


def test_a_closed_client_does_not_ask(make: Make, emulator: Emulator) -> None:
    for agent in ("agent_123", None):
        client = make(emulator.url, agent_id=agent)
        client.close()
        with pytest.raises(bs.ConfigurationError, match="closed"):
            client.ping()


@pytest.mark.parametrize("options", [{"limit": 1}, {"deadline": 1}])
def test_it_takes_what_it_says(make: Make, emulator: Emulator, options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        make(emulator.url).ping(**options)


def test_consistency_is_a_setting(make: Make, emulator: Emulator, tmp_path: Path) -> None:
    client = make(emulator.url, consistency="fast")
    assert client.collect().report.certificate is None
    assert client.collect(consistency="strict").report.complete
    assert client.with_options(consistency="strict").collect().report.complete
    assert client.with_options(consistency=None).collect().report.certificate is not None
    with pickle.loads(pickle.dumps(client)) as copied:
        assert copied.collect().report.certificate is None
    assert client.count() == 247
    assert client.export(tmp_path / "a.jsonl").rows == 247
    # A copy proves what it holds in any case.
    assert client.sync(tmp_path / "a.db").complete
    assert client.iter_sessions(consistency=None).report.certificate is None
    for wrong in ("perfect", ""):
        with pytest.raises(bs.ConfigurationError, match="consistency must be"):
            make(emulator.url, consistency=wrong)


def test_a_wrong_consistency_is_told_with_other_faults(make: Make) -> None:
    with pytest.raises(bs.ConfigurationError, match=r"max_retries.*consistency|consistency.*max_retries"):
        make("http://127.0.0.1:9", consistency="perfect", max_retries=-1)


def test_progress_is_a_setting(make: Make, emulator: Emulator, tmp_path: Path) -> None:
    told: list[int] = []
    client = make(emulator.url, progress=lambda done, total: told.append(done))
    client.collect()
    assert told[-1] == 247
    for call in (
        client.count,
        lambda: list(client.iter_sessions()),
        lambda: client.sync(tmp_path / "a.db"),
    ):
        told.clear()
        call()
        assert told
        assert told[-1] == 247
    told.clear()
    emulator.latency = 0.3
    client.export(tmp_path / "a.jsonl")
    assert told
    emulator.latency = 0
    told.clear()
    client.collect(progress=False)
    client.list()
    client.with_options(progress=None).collect()
    assert told == []
    mine: list[int] = []
    client.collect(progress=lambda done, total: mine.append(done))
    assert (told, mine[-1]) == ([], 247)


def test_client_certificates_are_paths(make: Make, tmp_path: Path) -> None:
    missing = tmp_path / "no.pem"
    for cert in (str(missing), missing, (missing, missing)):
        with pytest.raises(bs.ConfigurationError, match=r"client_cert \(.*no.pem\): cannot be read"):
            make("https://127.0.0.1:9", client_cert=cert)
        client = make("http://127.0.0.1:9", client_cert=cert)
        with pickle.loads(pickle.dumps(client)) as copied:
            assert repr(copied) == repr(client)
    for wrong in (3, (missing,), (missing, missing, missing), (missing, 3), {"cert": missing}):
        with pytest.raises(TypeError, match="client_cert"):
            make("https://127.0.0.1:9", client_cert=wrong)
