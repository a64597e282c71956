"""`deadline=`: how long all of a listing may take, and that nothing is lost by it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs
from blocks_sessions.testing import Emulator, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from both import Make


def to_the_end(iterator: Any) -> Iterator[Any]:
    """Read on, as often as the time is over: on a slow machine it may be again."""
    while True:
        try:
            yield next(iterator)
        except bs.APITimeoutError:
            continue
        except StopIteration:
            return


@pytest.mark.parametrize("consistency", ["fast", "checked", "strict"])
def test_an_iterator_that_was_late_goes_on(make: Make, consistency: str) -> None:
    with Emulator(sessions=1_000) as server:
        sessions = make(server.url).iter_sessions(deadline=0.5, consistency=consistency)
        found = [next(sessions)]
        server.latency = 30
        with pytest.raises(bs.APITimeoutError, match=r"within 0.5 s \(deadline\)") as late:
            found.extend(iter(sessions.__next__, None))
        assert late.value.retryable
        server.latency = 0
        found.extend(to_the_end(sessions))
        assert found == server.sessions()


def test_pages_go_on_too(make: Make) -> None:
    with Emulator(sessions=500) as server:
        pages = make(server.url).iter_pages(deadline=0.4, page_size=30, consistency="fast")
        found = list(next(pages))
        server.latency = 30
        with pytest.raises(bs.APITimeoutError, match="deadline"):
            for page in iter(pages.__next__, None):
                found.extend(page)
        server.latency = 0
        found.extend(session for page in to_the_end(pages) for session in page)
        assert found == server.sessions()


@pytest.mark.parametrize("call", ["collect", "count"])
def test_what_is_waited_for_in_one_piece_is_bounded(make: Make, call: str) -> None:
    with Emulator(sessions=1_000, latency=30) as server:
        begun = time.monotonic()
        with pytest.raises(bs.APITimeoutError, match="deadline"):
            getattr(make(server.url), call)(deadline=0.3)
        assert time.monotonic() - begun < 20


def test_retries_and_waits_are_within_it(make: Make) -> None:
    with Emulator(faults=Faults(rate=1, kinds=["status_503"], retry_after=30)) as server:
        with pytest.raises(bs.APITimeoutError, match=r"deadline.*503") as late:
            make(server.url).collect(deadline=5)
        assert late.value.attempts == 1
        assert "503" in late.value.causes[0]


def test_a_listing_that_is_quick_is_not_troubled(make: Make, emulator: Emulator) -> None:
    assert make(emulator.url).collect(deadline=100) == emulator.sessions()
    assert make(emulator.url).count(deadline=100) == 247


def test_the_calls_own_time_still_bounds_it(make: Make) -> None:
    with Emulator(latency=30) as server, pytest.raises(bs.APITimeoutError, match=r"timeout\.total"):
        make(server.url).collect(timeout=bs.Timeout(attempt=5, total=0.3), deadline=50)


@pytest.mark.parametrize("deadline", [0, -0.0, -1, 1e-12, 4e7, float("nan"), float("inf"), -float("inf")])
def test_it_is_a_time(make: Make, emulator: Emulator, deadline: float) -> None:
    client = make(emulator.url)
    for call in (client.iter_sessions, client.iter_pages, client.collect, client.count):
        with pytest.raises(bs.ConfigurationError, match="deadline must be"):
            call(deadline=deadline)
    assert emulator.requests == []


@pytest.mark.parametrize("deadline", ["soon", [1], object()])
def test_it_is_a_number(make: Make, emulator: Emulator, deadline: Any) -> None:
    with pytest.raises(TypeError, match="deadline"):
        make(emulator.url).collect(deadline=deadline)


def test_one_page_has_none(make: Make, emulator: Emulator) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'deadline'"):
        make(emulator.url).list(deadline=1)


def test_an_export_that_was_late_goes_on(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "sessions.jsonl"
    with Emulator(sessions=3_000, latency=0.05) as server:
        client = make(server.url)
        with pytest.raises(bs.APITimeoutError, match="deadline"):
            client.export(path, deadline=0.4)
        assert not path.exists()
        server.latency = 0
        report = client.export(path, deadline=60)
        assert (report.rows, report.resumed) == (3_000, 1)
        assert len(path.read_text().splitlines()) == 3_000


def test_a_sync_that_was_late_goes_on(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    with Emulator(sessions=3_000, latency=0.05) as server:
        client = make(server.url)
        with pytest.raises(bs.APITimeoutError, match="deadline"):
            client.sync(path, deadline=0.4)
        server.latency = 0
        report = client.sync(path, deadline=60)
        assert (report.sessions, report.complete) == (3_000, True)
