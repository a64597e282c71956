"""Conditions, fields and bounds over real sockets, down the paths of both clients."""

from __future__ import annotations

import asyncio
import json
import pickle
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from both import Adapted

from blocks_sessions import (
    AsyncSessionsClient,
    IncompleteListingError,
    IncompleteListingWarning,
    SessionsClient,
    ValidationError,
)
from blocks_sessions.testing import Churn, Emulator, Faults

UNHAPPY = "status = 'closed' and rating <= 2"


def is_unhappy(session: dict[str, Any]) -> bool:
    return session.get("status") == "closed" and session.get("rating") is not None and session["rating"] <= 2


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator(sessions=1_000, seed=3) as server:
        yield server


@pytest.fixture(params=["blocking", "async"])
def client(request: pytest.FixtureRequest, server: Emulator) -> Iterator[Any]:
    settings: dict[str, Any] = {"agent_id": "agent_123", "base_url": server.url}
    if request.param == "blocking":
        with SessionsClient("demo-key", **settings) as client:
            yield client
        return
    with asyncio.Runner() as runner, Adapted(AsyncSessionsClient("demo-key", **settings), runner) as adapted:
        yield adapted


def test_every_call_keeps_what_the_condition_takes(client: Any) -> None:
    wanted = [session for session in client.collect() if is_unhappy(session)]
    assert 0 < len(wanted) < 100
    for consistency in ("checked", "strict", "fast"):
        assert client.collect(where=UNHAPPY, consistency=consistency) == wanted
    assert list(client.iter_sessions(where=UNHAPPY)) == wanted
    pages = list(client.iter_pages(where=UNHAPPY, page_size=7))
    assert [len(page) for page in pages[:-1]] == [7] * (len(pages) - 1)
    assert [session for page in pages for session in page] == wanted
    assert [page.offset for page in pages] == list(range(0, len(wanted), 7))
    assert client.iter_sessions(where=UNHAPPY).to_arrow()["session_id"].to_pylist() == [
        session["session_id"] for session in wanted
    ]
    assert client.count(where=UNHAPPY) == len(wanted)


def test_the_report_counts(client: Any) -> None:
    listing = client.iter_sessions(where=UNHAPPY)
    found = list(listing)
    report = listing.report
    assert (report.matched, report.filtered) == (len(found), 1_000 - len(found))
    assert report.complete
    assert report.yielded == len(found)
    assert report.total_count_last == 1_000
    whole = client.iter_sessions()
    list(whole)
    assert (whole.report.matched, whole.report.filtered) == (1_000, 0)


def test_max_items_counts_what_is_kept_and_reads_no_further(client: Any, server: Emulator) -> None:
    wanted = client.collect(where=UNHAPPY)[:3]
    before = len(server.requests)
    listing = client.iter_sessions(where=UNHAPPY, max_items=3, max_concurrency=1)
    assert list(listing) == wanted
    assert listing.report.cut_short
    assert not listing.report.complete
    assert len(server.requests) - before < 10
    assert client.collect(where=UNHAPPY, max_items=0) == []


def test_a_page_is_filtered_within_itself(client: Any) -> None:
    whole = client.list(limit=50, offset=100)
    page = client.list(limit=50, offset=100, where=UNHAPPY)
    assert list(page) == [session for session in whole if is_unhappy(session)]
    assert (page.next_offset, page.total_count, page.has_next) == (150, 1_000, True)
    assert len(client.list(limit=100, offset=900, where="false")) == 0
    assert client.list(limit=50, offset=900, where="false").next_offset == 950
    assert not client.list(limit=100, offset=900, where="false").has_next


def test_fields_are_kept_in_sessions_and_columns(client: Any) -> None:
    whole = client.collect(max_items=200)
    kept = client.collect(max_items=200, fields=["rating", "session_id", "metadata.source", "nothing"])
    for session, part in zip(whole, kept, strict=True):
        wanted = {name: value for name, value in session.items() if name in ("rating", "session_id")}
        if "source" in session.get("metadata", {}):
            wanted["metadata"] = {"source": session["metadata"]["source"]}
        assert part == wanted
        assert [name for name in session if name in part] == list(part)
    names = ["rating", "extra", "session_id", "user_email", "tags", "metadata"]
    table = client.iter_sessions(fields=names).to_arrow()
    assert table.equals(client.iter_sessions().to_arrow().select(names))
    paths = client.iter_sessions(fields=["metadata.source", "metadata"]).to_arrow()
    for text, source in zip(paths["metadata"].to_pylist(), paths["metadata.source"].to_pylist(), strict=True):
        assert (json.loads(text).get("source") if text else None) == source


def test_values_that_do_not_fit_are_null_and_kept_by_extra() -> None:
    sessions = [{"session_id": "a", "rating": "five", "plan": 1, "metadata": {"n": [1, {"b": 2}]}}]
    with Emulator(sessions=sessions) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        table = client.iter_sessions(fields=["rating", "plan", "metadata.n"]).to_arrow()
        assert table.to_pylist() == [{"rating": None, "plan": "1", "metadata.n": '[1,{"b":2}]'}]
        assert client.collect(fields=["extra"]) == [{"rating": "five", "plan": 1}]
        (text,) = client.iter_sessions(fields=["extra"]).to_arrow()["extra"].to_pylist()
        assert json.loads(str(text)) == {"plan": 1, "rating": "five"}
        assert client.collect(where="rating is null and plan = 1") == sessions


def test_a_list_of_chosen_fields_makes_tables_of_just_these(client: Any, server: Emulator) -> None:
    names = ["rating", "user_email", "metadata.source", "session_id"]
    plain = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    kept = client.collect(fields=names, max_items=300)
    table = plain.iter_sessions(fields=names, max_items=300).to_arrow()
    for made in (kept, kept[:], kept.copy(), pickle.loads(pickle.dumps(kept))):
        assert made.to_arrow().equals(table)
    assert kept[10:20].to_arrow().equals(table.slice(10, 10))
    assert list(kept.to_pandas().columns) == list(kept.to_polars().columns) == names
    assert plain.dataset(fields=names, max_items=300).collect().to_arrow().equals(table)
    assert plain.collect(max_items=5).to_arrow().schema.equals(plain.schema())


def both_of(server: Emulator) -> list[Any]:
    settings: dict[str, Any] = {"agent_id": "agent_123", "base_url": server.url}
    twin = Adapted(AsyncSessionsClient("demo-key", **settings), asyncio.Runner(), own=True)
    return [SessionsClient("demo-key", **settings), twin]


def test_the_report_counts_what_did_not_fit() -> None:
    sessions = [{"session_id": str(n), "rating": "five" if n < 3 else 5} for n in range(200)]
    with Emulator(sessions=sessions) as server:
        for client in both_of(server):
            chosen = client.iter_sessions(fields=["rating"])
            assert chosen.to_arrow()["rating"].null_count == 3
            (warning,) = chosen.report.warnings
            assert warning.startswith("3 values did not fit their columns, and are null there.")
            for names in (["rating", "extra"], ["session_id"], None):
                other = client.iter_sessions(fields=names)
                other.to_arrow()
                assert not any("did not fit" in warning for warning in other.report.warnings)
            client.close()
        plain = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        dataset = plain.dataset(fields=["rating"])
        dataset.to_arrow()
        assert dataset.report is not None
        assert any("3 values did not fit" in warning for warning in dataset.report.warnings)


def test_a_fast_listing_tells_its_region_and_proves_none(server: Emulator) -> None:
    for client in both_of(server):
        whole = client.collect()
        moment = whole[299]["last_message_at"]
        fast = client.iter_sessions(since=moment, consistency="fast")
        assert [session["session_id"] for session in fast] == [s["session_id"] for s in whole[:300]]
        assert fast.report.region == f"last_message_at >= {moment}"
        assert not fast.report.complete
        whole_list = client.iter_sessions(consistency="fast")
        assert len(list(whole_list)) == 1_000
        assert whole_list.report.region is None
        client.close()


def test_chosen_pages_pickle(server: Emulator) -> None:
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
    page = client.list(where=UNHAPPY, fields=["session_id", "user_email", "metadata.source", "extra"])
    twin = pickle.loads(pickle.dumps(page))
    assert twin == page
    assert twin.to_arrow().equals(page.to_arrow())
    assert (twin.next_offset, repr(twin)) == (page.next_offset, repr(page))


def test_wrong_arguments_are_told_at_once_and_before_any_request(client: Any, server: Emulator) -> None:
    with pytest.raises(ValidationError) as caught:
        client.collect(
            where="rating = 5 and lowr(status) = 'x' and statis = 1",
            fields=["ratng"],
            since="soon",
            page_size=0,
        )
    told = str(caught.value)
    assert "where: unknown function 'lowr' at character 16; did you mean 'lower'?" in told
    assert "where: unknown field 'statis' at character 39; did you mean 'status'?" in told
    assert "fields: unknown field 'ratng'; did you mean 'rating'?" in told
    assert "since: " in told
    assert "page_size: " in told
    assert len(caught.value.errors) == 5
    assert pickle.loads(pickle.dumps(caught.value)).errors == caught.value.errors
    naive = datetime(2026, 1, 1)
    wrongs: list[dict[str, Any]] = [
        {"fields": []},
        {"fields": ["rating", "rating"]},
        {"since": naive},
        {"since": "2026-01-02", "until": "2026-01-02"},
        {"since": "7d", "offset": 5},
        {"where": ""},
        {"where": 'status = "closed"'},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            client.collect(**wrong)
    for unfit in ({"where": lambda session: True}, {"fields": "rating"}, {"fields": [1]}, {"since": 5}):
        with pytest.raises(TypeError, match=next(iter(unfit))):
            client.collect(**unfit)
    assert not server.requests


def test_parts_come_in_the_order_of_the_list() -> None:
    with Emulator(sessions=3_000, seed=4) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        whole = client.collect()
        keys = [session["last_message_at"] for session in whole]
        for place in (*range(0, 3_000, 171), 2_990):
            until = keys[place]
            wanted = [s["session_id"] for s in whole if s["last_message_at"] < until]
            assert [s["session_id"] for s in client.iter_sessions(until=until)] == wanted
            first = client.collect(until=until, max_items=20)
            assert [s["session_id"] for s in first] == wanted[:20]


def test_bounds_stop_early_and_are_proven(client: Any, server: Emulator) -> None:
    whole = client.collect()
    keys = [session["last_message_at"] for session in whole]
    since, until = keys[300], keys[100]
    wanted = [session for session in whole if since <= session["last_message_at"] < until]
    before = len(server.requests)
    listing = client.iter_sessions(since=since, until=until)
    assert sorted(s["session_id"] for s in listing) == sorted(s["session_id"] for s in wanted)
    assert listing.report.complete
    assert listing.report.region == f"last_message_at >= {since} and last_message_at < {until}"
    assert len(server.requests) - before < 11
    moment = datetime.fromisoformat(since)
    for same in (moment, moment.astimezone(), datetime.now(UTC) - moment + timedelta(seconds=5)):
        found = client.collect(since=same)
        assert {s["session_id"] for s in found} >= {s["session_id"] for s in wanted}
    assert client.collect(since=date(2100, 1, 1)) == []
    assert client.count(since=timedelta(days=36_500)) == 1_000


def test_a_condition_on_the_key_bounds_the_listing(client: Any, server: Emulator) -> None:
    whole = client.collect()
    since = whole[150]["last_message_at"]
    wanted = [s for s in whole if s["last_message_at"] >= since and is_unhappy(s)]
    before = len(server.requests)
    listing = client.iter_sessions(where=f"last_message_at >= '{since}' and {UNHAPPY}")
    assert list(listing) == wanted
    assert listing.report.region == f"last_message_at >= {since}"
    assert listing.report.complete
    assert len(server.requests) - before <= 6
    before = len(server.requests)
    alternatives = client.iter_sessions(where=f"last_message_at >= '{since}' or {UNHAPPY}")
    assert len(list(alternatives)) > len(wanted)
    assert alternatives.report.region is None
    assert len(server.requests) - before >= 10


def test_creation_bounds_a_list_by_activity_until_a_session_refutes_it() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def session(place: int, created: int, spoken: int | None) -> dict[str, Any]:
        times = {"created_at": (start + timedelta(hours=created)).isoformat()}
        if spoken is not None:
            times["last_message_at"] = (start + timedelta(hours=spoken)).isoformat()
        return {"session_id": f"s{place}", **times}

    since = start + timedelta(hours=900)
    where = f"created_at >= '{since.isoformat()}'"
    silent = [session(2_000 + place, 950 + place, None) for place in range(3)]
    ordered = [session(place, place, place) for place in range(1_000)] + silent
    # One that was spoken to long before it was created, far behind the others.
    turned = [*ordered, session(3_000, 990, 905)]
    for sessions, shortened in ((ordered, True), (turned, False)):
        wanted = {s["session_id"] for s in sessions if datetime.fromisoformat(s["created_at"]) >= since}
        with Emulator(sessions=sessions) as server:
            client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
            listing = client.iter_sessions(where=where)
            assert {s["session_id"] for s in listing} == wanted
            assert listing.report.complete
            assert (listing.report.region is not None) == shortened
            assert (listing.report.requests < 10) == shortened


@pytest.mark.parametrize(("rows", "total"), [(40, 400), (100, None), (100, 400), (60, 90)])
def test_a_condition_makes_no_list_look_whole(answering: Any, rows: int, total: int | None) -> None:
    """The proof sees every row: a listing that is not whole is not, whatever is kept of it."""
    sessions = [{"session_id": f"s{place}", "created_at": "2026-01-01"} for place in range(rows)]
    script = answering(200, {"sessions": sessions, "total_count": total})
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=script.url)

    def outcome(where: str | None, consistency: Any) -> tuple[str, bool, int]:
        listing = client.iter_sessions(where=where, consistency=consistency)
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                list(listing)
            said = warned[0].category.__name__ if warned else "nothing"
        except IncompleteListingError:
            said = "IncompleteListingError"
        return said, listing.report.complete, listing.report.requests

    for consistency in ("checked", "strict", "fast"):
        whole = outcome(None, consistency)
        assert not whole[1]
        for where in ("false", "session_id = 's1'", "session_id != 's1'"):
            assert outcome(where, consistency) == whole


@pytest.mark.parametrize("seed", range(6))
def test_bounded_listings_of_a_moving_list_miss_nothing(seed: int) -> None:
    churn = Churn(inserts=0.3, touches=0.4, deletes=0.1)
    with Emulator(sessions=2_000, seed=seed, churn=churn) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        since = client.list(limit=100, offset=600)[-1]["last_message_at"]
        server.forget_history()
        before = {s["session_id"] for s in server.sessions() if s["last_message_at"] >= since}
        listing = client.iter_sessions(where=f"last_message_at >= '{since}'")
        found = [s["session_id"] for s in listing]
        assert listing.report.complete
        assert listing.report.region is not None
        assert len(found) == len(set(found))
        assert before & server.history.existed_throughout <= set(found)


def test_progress_counts_what_was_read(client: Any) -> None:
    told: list[tuple[int, int | None]] = []
    client.collect(where="false", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1_000, 1_000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 1


def test_a_failed_page_loses_nothing(server: Emulator) -> None:
    wanted = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url).collect(where=UNHAPPY)
    with Emulator(sessions=1_000, seed=3, faults=Faults(rate=0.3, kinds=["status"])) as failing:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=failing.url, max_retries=0)
        found: list[Any] = []
        listing = client.iter_sessions(where=UNHAPPY)
        for _ in range(200):
            try:
                found.extend(listing)
                break
            except Exception:
                continue
        assert found == wanted


@pytest.mark.parametrize(
    ("total", "rows", "requests"), [(247, 100, 1), (None, 100, 2), (100, 100, 2), (40, 40, 1), (3, 40, 2)]
)
def test_count_believes_a_total_that_can_be_believed(
    answering: Any, total: int | None, rows: int, requests: int
) -> None:
    """A total that is missing, below its page or that of a full page is none: then the list is read."""
    sessions = [{"session_id": f"s{place}"} for place in range(rows)]
    script = answering(200, {"sessions": sessions, "total_count": total})
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=script.url)
    if requests == 1:
        assert client.count() == total
        assert len(script.requests) == 1
        return
    # The script says the same to every request, and so no listing of it ends well.
    with pytest.raises((IncompleteListingError, IncompleteListingWarning)):
        client.count()
    assert len(script.requests) > 1


def test_count(client: Any, server: Emulator) -> None:
    assert client.count() == 1_000
    assert len(server.requests) == 1
    assert client.count(consistency="strict") == 1_000
    assert len(server.requests) > 10
    told: list[int] = []
    assert client.count(where=UNHAPPY, progress=lambda done, total: told.append(done)) > 0
    assert told[-1] == 1_000
    for wrong in ("max_items", "fields", "page_size"):
        with pytest.raises(TypeError, match=wrong):
            client.count(**{wrong: 5})


def names_told(act: Callable[[], object]) -> list[str]:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        act()
    assert all(warning.category is UserWarning for warning in warned)
    assert not any("blocks_sessions" in warning.filename for warning in warned)
    return [str(warning.message) for warning in warned]


def test_a_name_that_no_session_has_is_told_once_at_the_end(
    client: Any, server: Emulator, tmp_path: Path
) -> None:
    none = "where: no session has a field 'closed' (1000 sessions were read)".replace("1000", "1,000")
    text = [f"{none}; a text stands in single quotes: 'closed'"]
    where = "status = closed"
    for consistency in ("checked", "strict", "fast"):
        assert names_told(partial(client.collect, where=where, consistency=consistency)) == text
    assert names_told(lambda: client.count(where=where)) == text
    assert names_told(lambda: client.count(where=where, progress=lambda done, total: None)) == text
    assert names_told(lambda: client.iter_sessions(where=where).to_arrow()) == text
    assert names_told(lambda: client.export(tmp_path / "a.jsonl", where=where)) == text
    assert names_told(lambda: client.collect(where="closed > 5", max_items=2_000)) == [none]
    fields = names_told(lambda: client.collect(fields=["session_id", "ratng2"], since="3650d"))
    assert fields == [none.replace("where", "fields").replace("closed", "ratng2")]
    listing = client.iter_sessions(where=where)
    assert names_told(lambda: (list(listing), list(listing))) == text
    below = names_told(lambda: client.collect(where="metadata.sorce = 'web'"))
    assert below == [none.replace("closed", "metadata.sorce")]
    # What is cut, closed or empty does not show what all sessions have.
    assert names_told(lambda: client.collect(fields=["ratng2"], max_items=5)) == []
    assert names_told(lambda: client.collect(where=where, offset=5)) == []
    assert names_told(lambda: client.collect(where=where, until="2000-01-01")) == []
    assert names_told(lambda: client.collect(where='"closed" > 5', max_items=2_000)) == []
    # One session is enough.
    server.add({"session_id": "odd", "closed": None, "created_at": "2020-01-01T00:00:00Z"})
    assert names_told(lambda: client.collect(where=where)) == []


def test_faults_of_choosing_have_a_type(client: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        client.collect(where="rating is not 5", fields=["ratng"], since="soon", max_items=-1)
    assert {detail.type for detail in caught.value.errors} == {"value_error"}
    assert len(caught.value.errors) == 4
    assert "(value_error)" not in str(caught.value) + "".join(map(str, caught.value.errors))
    assert all(detail.raw["type"] == "value_error" for detail in caught.value.errors)


def test_one_page_takes_no_bounds_and_says_what_does(client: Any) -> None:
    for name, value in (("since", "7d"), ("until", "7d"), ("consistency", "strict"), ("progress", True)):
        with pytest.raises(TypeError, match=r"iter_sessions\(\) and collect\(\) take") as caught:
            client.list(**{name: value})
        assert f"unexpected keyword argument '{name}'" in str(caught.value)
    with pytest.raises(TypeError, match='where="last_message_at >='):
        client.list(since="7d")
    with pytest.raises(TypeError, match="did you mean 'limit'"):
        client.list(max_items=5)


def test_a_cut_is_told_where_a_proof_was_looked_for(client: Any) -> None:
    for where in (None, "status = 'closed'"):
        for consistency, told in (("fast", 0), ("checked", 1)):
            listing = client.iter_sessions(where=where, max_items=3, consistency=consistency)
            list(listing)
            assert listing.report.cut_short
            assert len(listing.report.warnings) == told, (where, consistency, listing.report.warnings)


def test_a_bound_that_leaves_nothing_is_not_borne_out() -> None:
    """Sessions that are spoken to before they are created, all of them where nothing would be read."""
    end = datetime(2026, 1, 10, tzinfo=UTC)
    back = [(end - timedelta(minutes=minutes)).isoformat() for minutes in range(300)]
    rows = [
        {
            "session_id": f"s{i}",
            "agent_id": "agent_123",
            "last_message_at": back[i],
            "created_at": back[i + 5],
        }
        for i in range(250)
    ]
    for row in rows[210:]:
        row["created_at"] = back[0]
    where = f"created_at >= '{back[1]}' and last_message_at <= '{back[205]}'"
    with Emulator(sessions=rows) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        found = client.collect(where=where, consistency="strict")
    assert {session["session_id"] for session in found} == {f"s{i}" for i in range(210, 250)}
    assert found.report is not None
    assert found.report.complete


def test_an_integer_that_was_sent_with_a_point_is_one(client: Any) -> None:
    sent = {"last_message_at": "2026-01-01T00:00:00Z", "created_at": "2026-01-01T00:00:00Z"}
    counts = [2, 2.0, 2.5, -0.0, None]
    rows = [{"session_id": f"s{i}", "message_count": count, **sent} for i, count in enumerate(counts)]
    with Emulator(sessions=rows) as server:
        other = client.with_options(base_url=server.url)

        def kept(where: str) -> list[str]:
            return [session["session_id"] for session in other.collect(where=where)]

        assert kept("message_count = 2") == ["s0", "s1"]
        assert kept("message_count is null") == ["s2", "s4"]
        assert kept("message_count < 1") == ["s3"]


def test_no_stretch_of_time_is_negative(client: Any) -> None:
    for delta in [timedelta.min, timedelta(microseconds=-1)]:
        for bound in ["since", "until"]:
            with pytest.raises(ValidationError, match="must not be negative"):
                client.count(**{bound: delta})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"where": "status = '\ud800'"}, "where: half of a character at character 11"),
        ({"fields": ["status", "a\udfff"]}, "fields: half of a character at character 2"),
        ({"since": "\ud800"}, "since: half of a character at character 1"),
        ({"until": "\ud800"}, "until: half of a character at character 1"),
    ],
)
def test_half_of_a_character_is_refused_where_it_stands(
    client: Any, server: Emulator, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told) as raised:
        client.collect(**wrong)
    assert [detail.loc for detail in raised.value.errors] == [(next(iter(wrong)),)]
    assert server.requests == []
