"""Whole lists that move while they are read, through the real client and a real server."""

from __future__ import annotations

import asyncio
import math
import pickle
import warnings
from typing import Any, Literal

import pytest
from clients import client_of

import blocks_sessions as bs
from blocks_sessions.testing import Churn, Emulator

MOVING = Churn(inserts=0.4, touches=0.4, deletes=0.2)


def ids_of(sessions: Any) -> list[str]:
    return [session["session_id"] for session in sessions]


@pytest.mark.parametrize("consistency", ["checked", "strict"])
@pytest.mark.parametrize("width", [1, 4, 16])
@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_missed_and_nothing_comes_twice(consistency: Any, width: int, seed: int) -> None:
    with Emulator(sessions=2_000, churn=MOVING, seed=seed) as server:
        listing = client_of(server).iter_sessions(consistency=consistency, max_concurrency=width)
        ids = ids_of(listing)
        assert len(ids) == len(set(ids))
        assert set(server.history.existed_throughout) <= set(ids)
        assert listing.report.complete
        assert listing.report.yielded == len(ids)


@pytest.mark.parametrize("seed", range(20))
def test_a_list_that_changes_with_every_request_is_proven(seed: int) -> None:
    # Over loopback that is thousands of changes a second: no page holds what changed in five seconds.
    with Emulator(sessions=2_000, churn=Churn(inserts=0.3, touches=0.5, deletes=0.2), seed=seed) as server:
        listing = client_of(server).iter_sessions(consistency="strict")
        ids = ids_of(listing)
        assert listing.report.complete
        assert len(ids) == len(set(ids))
        assert set(server.history.existed_throughout) <= set(ids)


@pytest.mark.parametrize("seed", range(20))
async def test_so_is_it_with_asyncio(seed: int) -> None:
    with Emulator(sessions=2_000, churn=Churn(inserts=0.3, touches=0.5, deletes=0.2), seed=seed) as server:
        options: dict[str, Any] = {"agent_id": "agent_123", "base_url": server.url}
        async with bs.AsyncSessionsClient("demo-key", **options) as client:
            listing = client.iter_sessions(consistency="strict")
            ids = [session["session_id"] async for session in listing]
            assert listing.report.complete
            assert len(ids) == len(set(ids))
            assert set(server.history.existed_throughout) <= set(ids)


def test_a_listing_of_rushing_sessions_is_climbed() -> None:
    with Emulator(sessions=2_000, churn=Churn(inserts=6, touches=10, deletes=4), seed=3) as server:
        listing = client_of(server).iter_sessions(consistency="strict")
        ids = ids_of(listing)
        assert listing.report.certificate == "key_climb"
        assert set(server.history.existed_throughout) <= set(ids)
        assert listing.report.skew == 5.0
        assert listing.report.duration is not None
        assert listing.report.duration > 0


def test_the_last_sessions_of_a_list_are_a_part_of_it() -> None:
    with Emulator(sessions=1_000) as server:
        listing = client_of(server).iter_sessions(offset=900)
        assert sum(1 for _ in listing) == 100
        assert (listing.report.complete, listing.report.cut_short) == (True, True)


def test_fast_misses_some_of_a_moving_list() -> None:
    missed = 0
    for seed in range(5):
        with Emulator(sessions=2_000, churn=Churn(touches=1), seed=seed) as server:
            ids = ids_of(client_of(server).iter_sessions(consistency="fast"))
            missed += len(set(server.history.existed_throughout) - set(ids))
    assert missed, "the emulator does not move enough for these tests to mean anything"


@pytest.mark.parametrize(
    "options",
    [
        {"page_limit": 30},
        {"offset_unit": "pages"},
        {"total_count": "null"},
        {"total_count": "page"},
        {"order": "created"},
        {"ties": 0.5},
        {"null_keys": 0.2},
    ],
    ids=lambda options: next(iter(options)),
)
def test_strict_is_whole_or_refuses_on_an_odd_server(options: dict[str, Any]) -> None:
    with Emulator(sessions=1_500, churn=Churn(inserts=0.1, touches=0.1), **options) as server:
        listing = client_of(server).iter_sessions(consistency="strict")
        ids: list[str] = []
        refused = None
        try:
            ids.extend(session["session_id"] for session in listing)
        except bs.IncompleteListingError as error:
            refused = error.report
        assert len(ids) == len(set(ids))
        assert listing.report.yielded == len(ids)
        if refused:
            assert not refused.complete
        else:
            assert listing.report.complete
            assert set(server.history.existed_throughout) <= set(ids)


@pytest.mark.parametrize("count", [0, 1, 50, 99])
def test_a_list_of_one_page_takes_one_request(count: int) -> None:
    with Emulator(sessions=count) as server:
        client = client_of(server)
        listing = client.iter_sessions()
        assert sum(1 for _ in listing) == count
        assert (server.request_count, listing.report.certificate) == (1, "single_page")
        assert sum(1 for _ in client.iter_sessions(consistency="strict")) == count
        assert server.request_count == 3


@pytest.mark.parametrize("count", [247, 1_000, 10_000])
def test_a_quiet_list_costs_little_more(count: int) -> None:
    with Emulator(sessions=count) as server:
        listing = client_of(server).iter_sessions()
        assert sum(1 for _ in listing) == count
        assert listing.report.complete
        assert server.request_count <= 1.12 * math.ceil(count / 100) + 3


@pytest.mark.parametrize("size", [1, 7, 30, 100])
def test_pages_are_cut_to_size_while_the_list_moves(size: int) -> None:
    with Emulator(sessions=1_000, churn=MOVING) as server:
        pages = list(client_of(server).iter_pages(page_size=size))
        ids = ids_of(session for page in pages for session in page)
        assert all(len(page) == size for page in pages[:-1])
        assert len(ids) == len(set(ids))
        assert set(server.history.existed_throughout) <= set(ids)
        assert [page.offset for page in pages] == list(range(0, len(ids), size))


def test_what_the_caller_cuts_short_is_not_incomplete() -> None:
    with Emulator(sessions=1_000) as server:
        everything = server.sessions()
        client = client_of(server)
        modes: tuple[Literal["checked", "strict", "fast"], ...] = ("checked", "strict", "fast")
        for consistency in modes:
            listing = client.iter_sessions(max_items=150, consistency=consistency)
            assert list(listing) == everything[:150]
            report = listing.report
            assert (report.complete, report.cut_short) == (False, True)
            assert "cut short" in str(report)
            whole = client.iter_sessions(consistency=consistency)
            assert (list(whole), whole.report.cut_short) == (everything, False)
        assert client.collect(offset=900) == everything[900:]
        assert client.collect(offset=950, max_items=20) == everything[950:970]


@pytest.mark.parametrize("consistency", ["checked", "strict"])
@pytest.mark.parametrize("offset", [5_000, 5_100, 10_000, 10**6, 2**40])
def test_nothing_lies_behind_the_end(consistency: Literal["checked", "strict"], offset: int) -> None:
    with Emulator(sessions=5_000) as server:
        listing = client_of(server).iter_sessions(offset=offset, consistency=consistency)
        assert list(listing) == []
        assert listing.report.complete
        assert len(server.requests) <= 8


def unprovable() -> list[dict[str, object]]:
    """A list with one session that has no id: nothing tells whether it was seen before."""
    with Emulator(sessions=250) as server:
        sessions: list[dict[str, object]] = [dict(session) for session in server.sessions()]
    del sessions[120]["session_id"]
    return sessions


def test_checked_warns_of_what_it_cannot_prove() -> None:
    with Emulator(sessions=unprovable()) as server:
        listing = client_of(server).iter_sessions()
        with pytest.warns(bs.IncompleteListingWarning, match="agent_123: .*could not be proven") as warned:
            assert sum(1 for _ in listing) >= 250
        assert warned[0].filename == __file__
        assert not listing.report.complete
        assert listing.report.warnings
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert next(listing, None) is None


def test_the_asyncio_client_warns_at_the_callers_line() -> None:
    async def collect(url: str) -> int:
        async with bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
            return len(await client.collect())

    with Emulator(sessions=unprovable()) as server:
        with pytest.warns(bs.IncompleteListingWarning) as warned:
            assert asyncio.run(collect(server.url)) >= 250
        assert warned[0].filename == __file__


def test_strict_raises_what_it_cannot_prove_after_what_it_found() -> None:
    with Emulator(sessions=unprovable()) as server:
        found: list[bs.Session] = []
        with pytest.raises(bs.IncompleteListingError, match="could not be proven") as raised:
            found.extend(client_of(server).iter_sessions(consistency="strict"))
        assert len(found) >= 250
        again = pickle.loads(pickle.dumps(raised.value))
        assert again.report == raised.value.report
        assert str(again) == str(raised.value)


def test_a_report_reads_well() -> None:
    with Emulator(sessions=1_000) as server:
        listing = client_of(server).iter_sessions()
        assert listing.report.yielded == 0
        assert sum(1 for _ in listing) == 1_000
        report = listing.report
    assert str(report).startswith("complete: 1,000 sessions, proven by key_cover\n")
    assert "last_message_at desc" in str(report)
    assert report.order == "last_message_at desc"
    assert report.addressing == "sessions"
    assert report.started_at is not None
    assert report.proven_at is not None
    assert report.proven_at.tzinfo is not None
    assert "<table>" in report._repr_html_()
    with pytest.raises(AttributeError, match="cannot be changed"):
        report.complete = False


def test_a_listing_survives_faults() -> None:
    from blocks_sessions.testing import Faults

    kinds = ["transient"]
    with Emulator(sessions=10_000, faults=Faults(rate=0.1, kinds=kinds)) as server:
        client = client_of(server, max_retries=8)
        ids = ids_of(client.iter_sessions())
        assert ids == ids_of(server.sessions())
