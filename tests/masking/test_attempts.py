"""Attempts to get one raw value out of a client with a mask, by whatever a service or a proxy may answer and
whatever a caller may hold in hands afterwards."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from canaries import survivors

from blocks_sessions import Mask, MaskKey, SessionList, SessionPage, SessionsClient
from blocks_sessions.testing import Emulator

KEY = MaskKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
MARKS = [
    ("email", "zara.quill@example.com"),
    ("phone", "+41 44 668 18 00"),
    ("card", "4111 1111 1111 1111"),
    ("secret", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
]
SAID = "; ".join(mark for _, mark in MARKS)

ANSWERS: dict[str, tuple[int, object, dict[str, str]]] = {
    "a detail that is a text": (404, {"detail": SAID}, {}),
    "details with their input": (
        422,
        {
            "detail": [
                {
                    "loc": ["body", SAID, 4111111111111111],
                    "msg": f"not {SAID}",
                    "type": SAID,
                    "input": {"email": SAID},
                    "ctx": {"given": SAID},
                    "url": f"https://errors.example.com/?{MARKS[0][1]}",
                }
            ]
        },
        {},
    ),
    "an error by field": (422, {"errors": {MARKS[0][1]: [SAID]}}, {}),
    "the tenant check": (406, {"is_success": False, "errors": {"message": SAID}}, {}),
    "an exception": (500, {"Message": SAID, "TraceId": MARKS[0][1]}, {}),
    "no shape that is known": (400, {"who": {"mail": SAID}}, {}),
    "a page of a proxy": (502, f"<html><title>{SAID}</title><body>{SAID}</body></html>".encode(), {}),
    "plain text": (503, SAID.encode(), {}),
    "headers": (
        429,
        b"",
        {
            "x_request_id": MARKS[0][1],
            "x_debug": MARKS[0][1],
            "www_authenticate": f'Bearer error_description="{SAID}"',
            "retry_after": "1000000",
            "x_ratelimit_user": MARKS[0][1],
            "set_cookie": f"user={MARKS[0][1]}",
        },
    ),
    "a challenge": (401, b"", {"www_authenticate": f'Bearer error_description="{SAID}"'}),
    "a redirect": (302, b"", {"location": f"https://example.com/u/{MARKS[0][1]}?to={MARKS[0][1]}"}),
    "a redirect on the host": (307, b"", {"location": "/u/zara.quill@example.com/home"}),
    "no JSON": (200, SAID.encode(), {}),
    "JSON that is cut": (200, f'{{"sessions": [{{"feedback": "{SAID}'.encode(), {}),
    "another shape": (200, {"items": [SAID]}, {}),
    "sessions that are a text": (200, {"sessions": SAID}, {}),
    "a session that is a text": (200, {"sessions": [{}, SAID]}, {}),
    "an id of the request": (200, {"sessions": [], "total_count": 0}, {"x_request_id": MARKS[0][1]}),
    "a count that is a text": (200, {"sessions": [{"feedback": SAID}], "total_count": SAID}, {}),
    "more than sessions": (
        200,
        {"sessions": [{"feedback": SAID, SAID: 1, "x": {MARKS[0][1]: SAID}}], "total_count": 1, SAID: SAID},
        {},
    ),
    "values of other kinds": (
        200,
        {
            "sessions": [
                {"status": {"a": SAID}, "rating": SAID, "created_at": SAID, "tags": {SAID: [SAID]}},
                {"session_id": {"id": SAID}, "user_info": SAID, "metadata": [SAID], "ip_address": [SAID]},
                {"location": {"city": SAID}, "user_agent": {"x": SAID}, "message_count": [[SAID]]},
            ],
            "total_count": 3,
        },
        {},
    ),
}


def deep(depth: int) -> object:
    value: object = SAID
    for _ in range(depth):
        value = [{"tags": value}]
    return value


ANSWERS["depth"] = (200, {"sessions": [{"tags": deep(55)}], "total_count": 1}, {})


def client_of(url: str, **options: Any) -> SessionsClient:
    mask = Mask("gdpr", key=KEY, unknown=options.pop("unknown", "drop"))
    return SessionsClient(
        "demo-key", agent_id="agent_123", base_url=url, mask=mask, max_retries=0, timeout=5, **options
    )


def of_error(error: BaseException) -> Iterator[object]:
    """All that hangs on an exception, as far as Python can follow it."""
    seen: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        left += [one.__cause__, one.__context__]
        yield from (str(one), repr(one), one.args, vars(one), getattr(one, "__notes__", ()))
        yield from (pickle.dumps(one, 0), copy.copy(one), "".join(traceback.format_exception(one)))
        for detail in getattr(one, "errors", ()):
            yield from (str(detail), repr(detail), detail.raw, detail.loc, pickle.dumps(detail, 0))


def said_by(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else repr(value) + str(value)


@pytest.mark.parametrize("unknown", ["drop", "text", "redact"])
@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_that_is_answered_comes_out(
    answering: Any, name: str, unknown: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    status, body, headers = ANSWERS[name]
    script = answering(status, body, **headers)
    heard: list[object] = []
    client = client_of(script.url, unknown=unknown, cache_ttl=60, on_event=heard.append)
    steps: list[Any] = [
        lambda: heard.append(client.list()),
        lambda: heard.append(client.list(extra_body={"user": MARKS[0][1]})),
        lambda: heard.append(client.list(where="feedback is not null", fields=["feedback", "extra"])),
        lambda: heard.append(client.collect(consistency="fast", progress=lambda *told: heard.append(told))),
        lambda: heard.append(client.collect()),
        lambda: heard.append(client.iter_sessions(fields=["status", "metadata.a"]).to_arrow().to_pylist()),
        lambda: heard.append(client.count(where="rating > 3")),
        lambda: heard.append(client.dataset(where="true").to_pandas().to_csv()),
    ]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for step in steps:
            try:
                step()
            except Exception as error:
                heard += of_error(error)
        listing = client.iter_sessions()
        try:
            list(listing)
        except Exception as error:
            heard += of_error(error)
    heard += [listing, listing._repr_html_(), listing.report, listing.report.to_dict(), client]
    heard += [str(warning.message) for warning in warned]
    heard += [record.getMessage() for record in caplog.records]
    for one in list(heard):
        heard += [getattr(one, told)() for told in ("_repr_html_", "to_dict") if hasattr(one, told)]
        heard += [pickle.dumps(one, 0)] if isinstance(one, list | SessionPage) else []
        heard += [one.to_arrow().to_pylist()] if isinstance(one, SessionList | SessionPage) else []
    assert survivors("\n".join(map(said_by, heard)), MARKS) == []


def test_they_would_be_seen_without_a_mask(answering: Any) -> None:
    status, body, headers = ANSWERS["values of other kinds"]
    script = answering(status, body, **headers)
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=script.url)
    assert len(survivors(json.dumps(list(client.list())), MARKS)) == len(MARKS)


def test_copies_and_pickles_of_a_client_keep_its_mask() -> None:
    with Emulator(sessions=20, plant=21) as server:
        client = client_of(server.url)
        twins = [
            copy.copy(client),
            pickle.loads(pickle.dumps(client)),
            client.with_options(timeout=9),
            client.with_options(cache_ttl=5, max_retries=2),
            pickle.loads(pickle.dumps(client.dataset()))._client,
        ]
        for twin in twins:
            assert survivors(json.dumps(twin.collect()), server.planted) == []
        pages = [
            pickle.loads(pickle.dumps(client.list())),
            *pickle.loads(pickle.dumps(list(client.iter_pages()))),
        ]
        assert survivors(repr([list(page) for page in pages]), server.planted) == []


def test_the_environment_s_mask_is_in_force_whatever_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKS_MASK", "gdpr")
    with Emulator(sessions=20, plant=23) as server:
        settings: dict[str, Any] = {"agent_id": "agent_123", "base_url": server.url}
        plain = SessionsClient("demo-key", **settings)
        weak = Mask("none", unknown="text", detect={"email": "keep", "phone": "keep"}, own_values=False)
        for client in (
            plain,
            plain.with_options(mask=None),
            SessionsClient("demo-key", mask=weak, **settings),
        ):
            assert survivors(json.dumps(client.collect()), server.planted) == []
            assert survivors(json.dumps(pickle.loads(pickle.dumps(client)).collect()), server.planted) == []
