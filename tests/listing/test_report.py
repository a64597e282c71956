"""Reports: frozen, compared by value, JSON-ready; what a part, a close and unread rows make of them."""

from __future__ import annotations

import copy
import json
import pickle
import typing
from datetime import UTC, datetime
from typing import Any

import pytest

from blocks_sessions import ListingReport, SessionsClient
from blocks_sessions.report import Report


@pytest.fixture
def report(client: SessionsClient) -> ListingReport:
    sessions = client.iter_sessions()
    assert len(list(sessions)) == 247
    return sessions.report


def test_to_dict_is_json_and_comes_back(report: ListingReport) -> None:
    known = report.to_dict()
    assert json.loads(json.dumps(known)) == known
    assert ListingReport.from_dict(json.loads(json.dumps(known))) == report
    assert list(known) == list(typing.get_type_hints(ListingReport))[:0] + list(ListingReport._FIELDS)
    assert report.proven_at is not None
    assert datetime.fromisoformat(known["proven_at"]) == report.proven_at
    assert known["proven_at"].endswith("Z")
    assert report.proven_at.tzinfo is UTC
    # One that a newer version wrote, or an older one.
    assert ListingReport.from_dict({**known, "new": 1}) == report
    assert ListingReport.from_dict({k: v for k, v in known.items() if k != "closed"}) == report
    with pytest.raises(TypeError, match="needs its field 'yielded'"):
        ListingReport.from_dict({k: v for k, v in known.items() if k != "yielded"})


def test_a_report_is_a_value(report: ListingReport) -> None:
    for other in (pickle.loads(pickle.dumps(report)), copy.deepcopy(report), copy.copy(report)):
        assert other == report
        assert hash(other) == hash(report)
    changed = report.__replace__(yielded=1)
    assert changed != report
    assert changed.yielded == 1
    with pytest.raises(AttributeError, match="cannot be changed"):
        report.yielded = 1
    with pytest.raises(AttributeError, match="cannot be changed"):
        del report.yielded
    with pytest.raises(TypeError, match="no field 'nonsense'"):
        report.__replace__(nonsense=1)
    assert report != report.to_dict()
    assert typing.get_type_hints(ListingReport)["proven_at"] == datetime | None


class PathReport(ListingReport):
    path: str
    counts: dict[str, int]

    def _verdict(self) -> str:
        return f"{self.path}: {self.yielded} rows"


def test_another_kind_of_report(report: ListingReport) -> None:
    other = PathReport.from_dict({**report.to_dict(), "path": "a<b.csv", "counts": {"x": 1}})
    assert str(other).splitlines()[0] == "a<b.csv: 247 rows"
    assert pickle.loads(pickle.dumps(other)) == other
    assert hash(other) == hash(copy.deepcopy(other))
    assert other.to_dict()["counts"] == {"x": 1}
    assert other != report
    html: Any = Report._repr_html_(other)
    assert "a&lt;b.csv: 247 rows" in html


def test_a_part_of_the_list_is_told_from_the_whole(client: SessionsClient) -> None:
    for options in ({"offset": 147}, {"offset": 247}, {"offset": 500}, {"offset": 47, "max_items": 100}):
        for consistency in ("checked", "strict", "fast"):
            part = client.iter_pages(**options, consistency=consistency)  # type: ignore[arg-type]
            sum(map(len, part))
            assert part.report.cut_short, options
            assert not str(part.report).startswith("complete:")
    part = client.iter_pages(offset=147)
    assert sum(map(len, part)) == 100
    assert part.report.complete
    assert str(part.report).startswith("complete, for the part that was asked for: 100 sessions")
    whole = client.iter_pages(max_items=500)
    assert sum(map(len, whole)) == 247
    assert (whole.report.complete, whole.report.cut_short) == (True, False)


@pytest.mark.parametrize("method", ["iter_sessions", "iter_pages"])
@pytest.mark.parametrize("limit", [20, 247])
def test_a_list_is_complete_only_if_all_of_it_arrived(
    client: SessionsClient, method: str, limit: int
) -> None:
    with getattr(client, method)(page_size=50) as listing:
        next(listing)
        assert not listing.report.complete
        assert not listing.report.closed
    report = listing.report
    assert (report.complete, report.closed, report.certificate) == (False, True, None)
    assert str(report).startswith("closed before its end: ")
    finished = getattr(client, method)()
    list(finished)
    finished.close()
    assert (finished.report.complete, finished.report.closed) == (True, False)
