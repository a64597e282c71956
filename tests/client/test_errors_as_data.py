"""Errors for programs: `retryable`, and `to_dict()` for queues and logs."""

from __future__ import annotations

import importlib
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs
from blocks_sessions import exceptions
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from pathlib import Path

    from both import Make
    from conftest import Answering

CLASSES = [
    thing
    for thing in vars(exceptions).values()
    if isinstance(thing, type) and issubclass(thing, exceptions.SessionsError)
]
STATUSES = [
    400,
    401,
    403,
    404,
    408,
    409,
    418,
    422,
    425,
    429,
    500,
    501,
    502,
    503,
    504,
    505,
    520,
    524,
    525,
    529,
]


def failure(client: Any, **options: Any) -> bs.SessionsError:
    with pytest.raises(bs.SessionsError) as failed:
        client.list(**options)
    return failed.value


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_retryable_is_what_the_client_tries_again(answering: Answering, status: int) -> None:
    server = answering(status)
    client = bs.SessionsClient(
        "demo-key", agent_id="a", base_url=server.url, max_retries=1, timeout=bs.Timeout(total=20)
    )
    error = failure(client)
    assert error.retryable == (len(server.requests) == 2)
    assert pickle.loads(pickle.dumps(error)).retryable == error.retryable


def test_other_failures(make: Make, answering: Answering) -> None:
    assert failure(make("http://127.0.0.1:9", max_retries=0)).retryable
    with Emulator(latency=30) as server:
        assert failure(make(server.url, timeout=0.1, max_retries=0)).retryable
    assert failure(make(answering(200, b"no page").url, max_retries=0)).retryable
    assert not failure(make(answering(200).url), limit=500).retryable
    closed = make(answering(200).url)
    closed.close()
    assert not failure(closed).retryable
    untrusted = failure(make("https://127.0.0.1:9", max_retries=0))
    assert untrusted.retryable


@pytest.mark.parametrize("error", CLASSES)
def test_every_class_survives_a_backend_that_keeps_its_text(error: type[bs.SessionsError]) -> None:
    made = error("503: busy")
    # As Celery's JSON backend keeps an exception: the names of its class and module, and its arguments.
    kept = json.loads(json.dumps([type(made).__module__, type(made).__name__, made.args]))
    again = getattr(importlib.import_module(kept[0]), kept[1])(*kept[2])
    assert type(again) is error
    assert str(again) == str(made) == "503: busy"
    told = json.loads(json.dumps(made.to_dict()))
    assert told == json.loads(json.dumps(again.to_dict()))
    assert (told["type"], told["message"]) == (error.__name__, "503: busy")
    assert told["retryable"] is made.retryable


def test_the_attributes_of_an_answer_are_in_it(make: Make, answering: Answering) -> None:
    server = answering(
        429, {"detail": "too many", "email": "jo@example.com"}, retry_after="90", x_request_id="r-1"
    )
    told = json.loads(json.dumps(failure(make(server.url)).to_dict()))
    message = told.pop("message")
    assert message.startswith("429: too many")
    assert told == {
        "type": "RateLimitError",
        "retryable": True,
        "status_code": 429,
        "request_id": "r-1",
        "attempts": 1,
        "retry_after": 90.0,
    }


def test_details_are_in_it_and_what_was_sent_is_not(make: Make, emulator: Emulator) -> None:
    told = failure(make(emulator.url), limit=0).to_dict()
    assert told["errors"] == [
        {"loc": ["body", "limit"], "msg": "must be between 1 and 100, not 0", "type": "greater_than_equal"}
    ]
    assert "raw" not in json.dumps(told)


def test_causes_and_reports_are_in_it(make: Make, tmp_path: Path) -> None:
    told = json.loads(json.dumps(failure(make("http://127.0.0.1:9", max_retries=0)).to_dict()))
    assert (told["attempts"], len(told["causes"])) == (1, 1)
    with Emulator(sessions=10) as server:
        report = make(server.url).export(tmp_path / "a.jsonl")
        with pytest.raises(bs.TargetConflictError) as conflict:
            make(server.url).export(tmp_path / "a.jsonl", max_items=3)
        incomplete = bs.IncompleteListingError("lost", report=report)
    told = json.loads(json.dumps(conflict.value.to_dict()))
    assert told["path"].endswith("a.jsonl")
    told = json.loads(json.dumps(incomplete.to_dict()))
    assert told["report"]["yielded"] == 10


def test_every_report_can_be_told_as_json(make: Make, tmp_path: Path) -> None:
    with Emulator(sessions=10) as server:
        client = make(server.url)
        sessions = client.collect()
        reports = [sessions.report, client.export(tmp_path / "a.jsonl"), client.sync(tmp_path / "a.db")]
        reports.append(bs.Mirror(tmp_path / "a.db").report)
        masked = client.with_options(mask=bs.Mask("gdpr", key=bs.MaskKey.generate()))
        reports.append(masked.collect().report.mask)
        events: list[bs.RequestEvent] = []
        client.with_options(on_event=events.append).list()
    reports += events
    for report in reports:
        assert isinstance(json.loads(json.dumps(report.to_dict())), dict)
        assert pickle.loads(pickle.dumps(report)) == report
