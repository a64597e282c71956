"""`Session` is a dictionary of what was sent; its attributes are typed."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars
import pytest
from conftest import FIXTURES, Answering
from test import mapping_tests  # type: ignore[import-not-found]

import blocks_sessions as bs
from blocks_sessions import Session, SessionsClient

PAGE = (FIXTURES / "page_response_200.json").read_bytes()


class TestMapping(mapping_tests.TestHashMappingProtocol):  # type: ignore[misc]
    """CPython's own tests of what a mapping must do."""

    type2test = Session


def one(answering: Answering, session: str) -> Session:
    server = answering(
        200, b'{"sessions": [' + session.encode("utf-8", "surrogatepass") + b'], "total_count": 1}'
    )
    return SessionsClient("k", agent_id="a", base_url=server.url).list()[0]


def test_the_pages_answer(answering: Answering) -> None:
    page = SessionsClient("k", agent_id="agent_123", base_url=answering(200, PAGE).url).list(limit=50)
    assert page.sessions == json.loads(PAGE)["sessions"]
    assert json.dumps(page.sessions) == json.dumps(json.loads(PAGE)["sessions"])
    assert (page.total_count, page.page_count, page.page_number, page.has_next) == (247, 5, 1, True)
    first = page[0]
    assert type(first) is Session
    assert first.session_id == "session_abc123"
    assert first.created_at == datetime(2026, 1, 12, 8, 30, tzinfo=UTC)
    assert first["created_at"] == "2026-01-12T08:30:00Z"
    assert (first.tags, first.rating, first.resolved) == (["support", "billing"], 5, True)
    assert first.user_info == {"name": "John Doe", "email": "john@example.com", "location": "New York, US"}
    assert first.closed_at is None
    assert page[1].feedback is None


@pytest.mark.parametrize(
    "sent",
    [
        '{"b": 1, "a": {"z": [1, 2, {"y": null}], "x": 1.5}, "c": []}',
        '{"n": 123456789012345678901234567890, "m": -9223372036854775809, "f": 1e400, "g": -0.0, "h": 1E-7}',
        '{"text": "\\ud83d\\ude00 \\u00e9 \\"quoted\\" \\ud800"}',
        '{"a": 1, "b": 2, "a": 3}',
        '{"": "", "\\u0000": "\\u0000"}',
    ],
)
def test_values_are_those_of_json_loads(answering: Answering, sent: str) -> None:
    session = one(answering, sent)
    expected = json.loads(sent)
    assert session == expected
    assert list(session) == list(expected)
    assert repr(session) == repr(expected)


def test_the_vendors_other_shape(answering: Answering) -> None:
    sent = {
        "agent_id": "a",
        "widget_id": "w",
        "session_id": "s-1",
        "created_at": "2026-01-12T08:30:00.123456Z",
        "last_entry_date": "2026-01-12T08:31:00Z",
        "total_count": 3,
        "conversation": {
            "_id": "1",
            "SessionId": "s-1",
            "Metadata": {"total_tokens": 5},
            "UserRole": ["admin"],
        },
    }
    session = one(answering, json.dumps(sent))
    assert session == sent
    assert session.session_id == "s-1"
    assert session.created_at == datetime(2026, 1, 12, 8, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "error", "sentence"),
    [
        ("status", 5, TypeError, "status should be text, but the service sent int"),
        ("message_count", True, TypeError, "message_count should be an integer, but the service sent bool"),
        ("message_count", "5", TypeError, "an integer"),
        ("rating", "high", TypeError, "a number"),
        ("resolved", 1, TypeError, "true or false"),
        ("tags", ["a", 1], TypeError, "a list of texts"),
        ("user_info", [], TypeError, "an object"),
        ("location", 1, TypeError, "text or an object"),
        ("created_at", 5, TypeError, "an ISO 8601 timestamp"),
        ("created_at", "yesterday", ValueError, "created_at is no ISO 8601 timestamp: 'yesterday'"),
        ("created_at", "lone \ud83d", ValueError, "created_at is no ISO 8601 timestamp: 'lone "),
    ],
)
def test_a_field_of_another_type(field: str, value: object, error: type[Exception], sentence: str) -> None:
    session = Session({field: value})
    assert session[field] == value
    with pytest.raises(error) as raised:
        getattr(session, field)
    assert sentence in str(raised.value)
    assert f"session['{field}']" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-12T08:30:00Z", datetime(2026, 1, 12, 8, 30, tzinfo=UTC)),
        ("2026-01-12T08:30:00", datetime(2026, 1, 12, 8, 30, tzinfo=UTC)),
        ("2026-01-12 08:30:00.5+05:30", datetime(2026, 1, 12, 3, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-01-12", datetime(2026, 1, 12, tzinfo=UTC)),
    ],
)
def test_timestamps(text: str, expected: datetime) -> None:
    moment = Session(created_at=text).created_at
    assert moment == expected
    assert moment is not None
    assert moment.utcoffset() == (timedelta(hours=5, minutes=30) if "+05:30" in text else timedelta())


def test_attributes_are_read_only() -> None:
    session = Session(status="active")
    with pytest.raises(AttributeError):
        session.status = "closed"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        session.nonsense = 1  # type: ignore[attr-defined]


def test_copies_are_sessions() -> None:
    session = Session(status="active", tags=["a"])
    for other in (
        session.copy(),
        copy.copy(session),
        copy.deepcopy(session),
        pickle.loads(pickle.dumps(session)),
    ):
        assert type(other) is Session
        assert other == session
    merged: dict[str, object] = {**session}
    assert merged == session
    match session:
        case {"status": "active", **rest}:
            assert rest == {"tags": ["a"]}
        case _:
            pytest.fail("a session should match a mapping pattern")


def test_a_page_is_an_immutable_sequence(client: SessionsClient) -> None:
    page = client.list(limit=50, offset=200)
    assert len(page) == 47
    assert page[-1] == page.sessions[-1]
    assert page[-3:] == page.sessions[-3:]
    assert list(page) == page.sessions
    assert list(reversed(page)) == page.sessions[::-1]
    assert page[0] in page
    assert page.index(page[3]) == 3
    assert page.count(page[3]) == 1
    assert (page.limit, page.offset, page.page_number, page.page_count) == (50, 200, 5, 5)
    assert (page.has_next, page.next_offset) == (False, None)
    assert repr(page) == "<SessionPage: page 5 of 5 · 247 sessions>"
    assert page.attempts == 1
    assert page.elapsed > 0
    assert page.request_id
    with pytest.raises(IndexError, match="47 sessions"):
        page[47]
    with pytest.raises(TypeError):
        page[0] = page[1]  # type: ignore[index]
    page.sessions.clear()
    assert len(page.sessions) == 47


def test_pages_can_be_pickled(client: SessionsClient) -> None:
    page = client.list(limit=50)
    again = pickle.loads(pickle.dumps(page))
    assert again == page
    names = ("total_count", "limit", "offset", "request_id", "elapsed", "attempts", "next_offset")
    for name in names:
        assert getattr(again, name) == getattr(page, name)


def change(page: bs.SessionPage) -> None:
    page[0]["rating"] = 1
    page[1]["note"] = {"by": "me"}
    del page[2]["status"]


@pytest.mark.parametrize("again", [lambda page: pickle.loads(pickle.dumps(page)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("how", ["changed", "int_to_float", "reordered"])
def test_a_changed_page_pickles_as_it_is(client: SessionsClient, again: Any, how: str) -> None:
    page = client.list(limit=5)
    if how == "changed":
        change(page)
    elif how == "int_to_float":
        page[0]["message_count"] = float(page[0]["message_count"])
    else:
        page[0]["session_id"] = page[0].pop("session_id")
    other = again(page)
    assert other == page
    assert repr(list(other)) == repr(list(page))
    assert type(other[0]) is bs.Session
    # And the copy of a copy.
    assert repr(list(again(other))) == repr(list(page))


def test_a_page_that_was_looked_at_pickles_no_larger(client: SessionsClient) -> None:
    page = client.list(limit=50)
    before = len(pickle.dumps(page))
    assert page[0]["session_id"]
    assert len(pickle.dumps(page)) == before


def test_a_page_matches_as_a_sequence(client: SessionsClient) -> None:
    # For type checkers it is none, as for polars.
    page: Any = client.list(limit=5)
    single: Any = client.list(limit=1)
    match page:
        case [first, *rest]:
            assert (first, len(rest)) == (page[0], 4)
        case _:
            pytest.fail("a page is a sequence")
    match single:
        case [{"session_id": str(name), "status": _}]:
            assert name == page[0].session_id
        case _:
            pytest.fail("of one session")
    match client.collect(max_items=2):
        case [one, two]:
            assert [one, two] == list(page[:2])
        case _:
            pytest.fail("a list of sessions")
    match page[0]:
        case {"session_id": name, **fields}:
            assert name == page[0].session_id
            assert "status" in fields
        case _:
            pytest.fail("a session is a mapping")
    # Or polars would read it row by row.
    assert not isinstance(page, Sequence)
    assert polars.DataFrame(page).width > 30


@pytest.mark.parametrize("field", ["status", "it's"])
def test_a_field_of_a_page_is_looked_for_in_a_session(client: SessionsClient, field: str) -> None:
    page: Any = client.list(limit=5)
    with pytest.raises(TypeError, match="a page holds sessions") as raised:
        page[field]
    assert f"page[0][{field!r}]" in str(raised.value)
    with pytest.raises(TypeError, match="a page holds sessions"):
        pickle.loads(pickle.dumps(page))[field]
    with pytest.raises(TypeError, match="indices must be"):
        page[1.5]


@pytest.mark.parametrize("bad", ["<script>alert(1)</script>", "x" * 5_000])
def test_html_is_escaped_and_cut(answering: Answering, bad: str) -> None:
    sent: dict[str, Any] = {"session_id": bad, "status": bad, "tags": [bad]}
    server = answering(200, {"sessions": [sent] * 20, "total_count": 247})
    page = SessionsClient("k", agent_id="a", base_url=server.url).list(limit=50)
    for html in (page._repr_html_(), page[0]._repr_html_()):
        assert bad not in html
        assert len(html) < 10_000
    assert "page 1 of 5 · 247 sessions" in page._repr_html_()


def test_timeouts_are_values() -> None:
    timeout = bs.Timeout(attempt=10, total=60)
    assert timeout == bs.Timeout(10.0, 5.0, 60.0)
    assert hash(timeout) == hash(bs.Timeout(10.0, 5.0, 60.0))
    assert pickle.loads(pickle.dumps(timeout)) == timeout
    assert repr(timeout) == "Timeout(attempt=10, connect=5, total=60)"


@pytest.mark.parametrize(
    ("total", "offset", "summary"),
    [
        (247, 200, "page 3 of 3 · 247 sessions"),
        (247, 300, "behind the last page · 247 sessions"),
        (247, 247, "behind the last page · 247 sessions"),
        (0, 0, "no sessions"),
        (None, 300, "page 4 · 0 sessions here"),
    ],
)
def test_a_page_says_where_it_is(answering: Answering, total: int | None, offset: int, summary: str) -> None:
    sessions = [{"session_id": "s"}] if total and offset < total else []
    server = answering(200, {"sessions": sessions, "total_count": total})
    page = SessionsClient("k", agent_id="a", base_url=server.url).list(offset=offset)
    assert repr(page) == f"<SessionPage: {summary}>"
