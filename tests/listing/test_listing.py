"""Whole lists, from a real server: nothing missed, nothing twice, no more asked than needed."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any

import pytest
from clients import client_of

import blocks_sessions as bs
from blocks_sessions import SessionsClient
from blocks_sessions.testing import Emulator


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 247, 10_000])
def test_everything_is_listed(count: int) -> None:
    with Emulator(sessions=count, seed=7) as server:
        expected = server.sessions()
        assert len(expected) == count
        client = client_of(server)
        assert list(client.iter_sessions()) == expected
        assert client.collect() == expected
        assert [session for page in client.iter_pages() for session in page] == expected


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 247])
def test_every_page_size(count: int) -> None:
    with Emulator(sessions=count) as server:
        expected = server.sessions()
        client = client_of(server)
        for size in range(1, 101):
            assert list(client.iter_sessions(page_size=size)) == expected
        for size in (1, 7, 50, 99, 100):
            pages = list(client.iter_pages(page_size=size))
            assert [session for page in pages for session in page] == expected
            assert all(len(page) == size for page in pages[:-1])
            assert [page.offset for page in pages] == list(range(0, count, size))


@pytest.mark.parametrize("size", [1, 3, 10, 33, 64, 99])
def test_ten_thousand_in_odd_pages(size: int) -> None:
    with Emulator(sessions=10_000) as server:
        assert list(client_of(server).iter_sessions(page_size=size)) == server.sessions()


def test_fast_asks_for_each_page_once() -> None:
    with Emulator(sessions=247) as server:
        listing = client_of(server).iter_sessions(page_size=50, consistency="fast")
        assert sum(1 for _ in listing) == 247
        assert len(server.requests) == 5
        assert (listing.pages_fetched, listing.total_count) == (5, 247)
        assert listing.report.requests == 5


@pytest.mark.parametrize("total_count", ["exact", "null"])
def test_an_unknown_total_ends_at_a_short_page(total_count: Any) -> None:
    with Emulator(sessions=247, total_count=total_count) as server:
        client = client_of(server)
        assert len(client.collect(consistency="fast")) == 247
        assert len(server.requests) == 3


def test_nothing_is_asked_before_the_first_item(emulator: Emulator, client: SessionsClient) -> None:
    listing = client.iter_sessions()
    assert repr(listing) == "<SessionIterator: not started>"
    assert (listing.total_count, listing.pages_fetched) == (None, 0)
    assert emulator.requests == []


@pytest.mark.parametrize("width", [1, 4, 8])
def test_a_dropped_iterator_stops_its_requests(width: int) -> None:
    with Emulator(sessions=10_000) as server:
        listing = client_of(server).iter_sessions(max_concurrency=width)
        next(listing)
        del listing
        gc.collect()
        time.sleep(0.2)
        assert len(server.requests) <= width


@pytest.mark.parametrize("method", ["iter_sessions", "iter_pages"])
def test_a_closed_iterator_is_at_its_end(client: SessionsClient, method: str) -> None:
    with getattr(client, method)() as listing:
        next(listing)
    assert list(listing) == []


def test_closing_wakes_a_waiting_reader() -> None:
    with Emulator(sessions=10_000, latency=30) as server:
        listing = client_of(server).iter_sessions()
        found: list[object] = []

        def read() -> None:
            try:
                found.extend(listing)
            except bs.ConfigurationError as error:
                found.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(0.2)
        listing.close()
        reader.join(5)
        assert not reader.is_alive()
        # It was not at the end, and must not think so.
        assert [str(error)[:39] for error in found] == ["the listing was closed while it was rea"]
        assert listing.report.closed


def test_offset_and_max_items(emulator: Emulator, client: SessionsClient) -> None:
    everything = emulator.sessions()
    assert client.collect(offset=240) == everything[240:]
    assert client.collect(offset=500) == []
    assert client.collect(max_items=0) == []
    assert client.collect(max_items=3) == everything[:3]
    assert client.collect(offset=10, max_items=150, page_size=40) == everything[10:160]
    pages = list(client.iter_pages(offset=200, page_size=30))
    assert [(page.offset, len(page)) for page in pages] == [(200, 30), (230, 17)]


def test_a_failed_page_loses_nothing() -> None:
    with Emulator(sessions=2_000) as server:
        expected = server.sessions()
        listing = client_of(server, max_retries=0, timeout=0.3).iter_sessions()
        found = [next(listing)]
        server.latency = 30
        with pytest.raises(bs.APITimeoutError):
            found.extend(iter(listing.__next__, None))
        server.latency = 0
        found.extend(listing)
        assert found == expected


def test_fast_refuses_a_clamped_limit() -> None:
    with Emulator(sessions=247, page_limit=20) as server:
        listing = client_of(server).iter_sessions(consistency="fast")
        found: list[bs.Session] = []
        with pytest.raises(bs.IncompleteListingError, match="20 sessions where 100 were asked for") as raised:
            found.extend(iter(listing.__next__, None))
        assert len(found) == 20
        assert raised.value.report.yielded == 20


def test_fast_refuses_a_server_that_counts_pages() -> None:
    with Emulator(sessions=2_000, offset_unit="pages") as server, pytest.raises(bs.IncompleteListingError):
        client_of(server).collect(consistency="fast")


def test_progress_is_told_once_a_page(client: SessionsClient) -> None:
    told: list[tuple[int, int | None]] = []
    for _ in client.iter_pages(progress=lambda done, total: told.append((done, total))):
        pass
    assert told == [(100, 247), (200, 247), (247, 247)]


def test_progress_of_a_condition_counts_within_its_total(client: SessionsClient) -> None:
    told: list[tuple[int, int | None]] = []
    # Of what is read the condition keeps some, and how much is read before there are twenty is not known.
    found = client.collect(
        where="rating <= 2",
        max_items=20,
        page_size=10,
        offset=7,
        progress=lambda done, total: told.append((done, total)),
    )
    assert len(found) == 20
    assert max(done for done, _ in told) > 20
    assert {total for _, total in told} == {240}


def test_progress_that_raises_loses_nothing(emulator: Emulator, client: SessionsClient) -> None:
    calls = 0

    def tell(done: int, total: int | None) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ZeroDivisionError

    listing = client.iter_sessions(progress=tell)
    found: list[bs.Session] = []
    with pytest.raises(ZeroDivisionError):
        found.extend(iter(listing.__next__, None))
    found.extend(listing)
    assert found == emulator.sessions()


def test_a_progress_bar(client: SessionsClient, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(client.collect(progress=True)) == 247
    shown = capsys.readouterr().err
    assert "247/247" in shown
    assert "sessions" in shown


def test_one_iterator_in_many_threads() -> None:
    with Emulator(sessions=5_000) as server:
        listing = client_of(server).iter_sessions()
        found: list[bs.Session] = []
        threads = [threading.Thread(target=lambda: found.extend(listing)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ids = [session["session_id"] for session in found]
        assert sorted(ids) == sorted(session["session_id"] for session in server.sessions())
