"""What clients share that are made of one another, and headers of one client and of one call."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from both import Make
    from conftest import Answering

PAGE = {"sessions": [{"session_id": "s1"}], "total_count": 1}


def test_a_token_is_shared(make: Make, emulator: Emulator) -> None:
    asked: list[int] = []

    def token() -> str:
        asked.append(1)
        return "t"

    client = make(emulator.url, access_token=token)
    for other in (client, client.with_options(timeout=3), client.with_options(max_retries=0, cache_ttl=3)):
        other.list()
    assert len(asked) == 1
    client.with_options(blocks_key="YOUR_PROJECT_KEY").list()
    client.with_options(access_token=lambda: "u").list()
    assert len(asked) == 2


def test_a_token_that_was_granted_is_shared(make: Make) -> None:
    with Emulator(require_token=True) as server:
        client = make(server.url, client_id="demo-client", client_secret="demo-secret")
        client.list()
        client.with_options(timeout=3).list()
        client.with_options(agent_id="agent_123", max_retries=1).list()
        grants = [request for request in server.requests if "Token" in request.path]
        assert len(grants) == 1


def test_answers_are_shared(make: Make, emulator: Emulator) -> None:
    client = make(emulator.url, cache_ttl=60)
    page = client.list()
    assert client.with_options(timeout=3).list().request_id == page.request_id
    assert client.with_options(max_retries=0).list().request_id == page.request_id
    for other in (
        {"cache_ttl": 30},
        {"headers": {"x-team": "a"}},
        {"blocks_key": "YOUR_PROJECT_KEY"},
        {"cache_ttl": None},
    ):
        assert client.with_options(**other).list().request_id != page.request_id
    assert client.with_options(agent_id="agent_123", cache_ttl=60).list().request_id == page.request_id


def test_answers_to_other_headers_are_others(make: Make, emulator: Emulator) -> None:
    client = make(emulator.url, cache_ttl=60, headers={"x-team": "a"})
    plain = client.list().request_id
    german = client.list(extra_headers={"accept-language": "de"}).request_id
    assert plain != german
    assert client.list(extra_headers={"Accept-Language": "de"}).request_id == german
    assert client.list(extra_headers={"x-team": None}).request_id not in {plain, german}
    assert client.list().request_id == plain


def test_connections_are_shared(make: Make, answering: Answering) -> None:
    server = answering(200, PAGE)
    client = make(server.url)
    for other in (
        client,
        client.with_options(timeout=bs.Timeout(connect=1)),
        client.with_options(timeout=0.9),
    ):
        other.list()
    assert server.connections == 1
    client.with_options(max_connections=3).list()
    assert server.connections == 2


def test_closing_one_leaves_the_others(make: Make, emulator: Emulator) -> None:
    client = make(emulator.url, cache_ttl=60)
    other = client.with_options(timeout=3)
    client.list()
    client.close()
    assert other.list().total_count == 247
    assert emulator.request_count == 1


def sent(server: Any) -> dict[str, str]:
    return dict(server.requests[-1][1])


def test_headers_are_merged(make: Make, answering: Answering) -> None:
    server = answering(200, PAGE)
    client = make(server.url, headers={"X-Team": "a", "x-kept": "k"})
    client.with_options(headers={"x-team": "b", "x-new": "n"}).list()
    assert (sent(server)["x-team"], sent(server)["x-kept"], sent(server)["x-new"]) == ("b", "k", "n")
    client.with_options(headers={"x-TEAM": None, "x-none": None}).list()
    assert "x-team" not in sent(server)
    assert sent(server)["x-kept"] == "k"
    client.with_options(headers=None).list()
    assert "x-kept" not in sent(server)
    client.with_options(headers={}).list()
    assert sent(server)["x-team"] == "a"
    client.with_options(headers={"user-agent": "ours/1"}).list()
    assert sent(server)["user-agent"] == "ours/1"
    with pickle.loads(pickle.dumps(client.with_options(headers={"x-team": "p"}))) as copied:
        copied.list()
    assert (sent(server)["x-team"], sent(server)["x-kept"]) == ("p", "k")


def test_headers_of_one_call(make: Make, answering: Answering) -> None:
    server = answering(200, PAGE)
    client = make(server.url, headers={"x-team": "a", "x-kept": "k"})
    client.list(extra_headers={"X-Team": "b", "x-call": "c"})
    assert (sent(server)["x-team"], sent(server)["x-kept"], sent(server)["x-call"]) == ("b", "k", "c")
    client.list(extra_headers={"x-team": None})
    assert "x-team" not in sent(server)
    client.list()
    assert (sent(server)["x-team"], "x-call" in sent(server)) == ("a", False)
    for call in (client.collect, client.count, lambda **given: list(client.iter_sessions(**given))):
        call(extra_headers={"x-call": "l"})
        assert sent(server)["x-call"] == "l"


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ({"x-blocks-key": "k"}, "extra_headers: x-blocks-key is set by this package"),
        ({"X-Blocks-Key": None}, "extra_headers: x-blocks-key is set by this package"),
        ({"content-type": "text/plain"}, "extra_headers: content-type is set by this package"),
        ({"bad name": "v"}, "is no name of a header"),
        ({"x-a": "line\nbreak"}, "cannot be sent as a header"),
    ],
)
def test_a_header_that_cannot_be_sent(
    make: Make, emulator: Emulator, headers: dict[str, str | None], fault: str
) -> None:
    client = make(emulator.url)
    for call in (client.list, client.collect, client.count):
        with pytest.raises(bs.ConfigurationError, match=fault):
            call(extra_headers=headers)
    assert emulator.requests == []


def test_who_the_client_is_cannot_be_contradicted(make: Make, emulator: Emulator) -> None:
    client = make(emulator.url, access_token="t")
    for value in ("Bearer u", None):
        with pytest.raises(bs.ConfigurationError, match="authorization is already made"):
            client.list(extra_headers={"Authorization": value})
    assert make(emulator.url).list(extra_headers={"authorization": "Bearer u"}).total_count == 247


@pytest.mark.parametrize("headers", ["x-a: b", 3, {"x-a": 3}, {3: "x"}])
def test_headers_are_a_mapping_of_texts(make: Make, emulator: Emulator, headers: Any) -> None:
    with pytest.raises(TypeError, match="extra_headers"):
        make(emulator.url).list(extra_headers=headers)


def test_a_secret_header_of_one_call_is_shown_nowhere(make: Make, answering: Answering) -> None:
    server = answering(400, {"detail": "no such key: call-secret-word"})
    with pytest.raises(bs.BadRequestError) as refused:
        make(server.url).list(extra_headers={"x-api-key": "call-secret-word"})
    assert "call-secret-word" not in str(refused.value) + repr(refused.value.body)
