"""One list and two who read it at once, or one who closes it from within: nobody takes a part for all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from clients import client_of

from blocks_sessions import AsyncSessionsClient, ConfigurationError, SessionsClient
from blocks_sessions.testing import Emulator

COUNT = 1_000


@pytest.fixture
def slow() -> Iterator[Emulator]:
    """One whose answers take long enough for two readers to meet."""
    with Emulator(sessions=COUNT, latency=0.05) as server:
        yield server


def test_two_tables_do_not_share_the_rows(slow: Emulator) -> None:
    with client_of(slow) as client:
        listing, outcomes = client.iter_sessions(), []

        def read() -> None:
            try:
                outcomes.append(len(listing.to_arrow()))
            except ConfigurationError as error:
                outcomes.append("at this moment" in str(error))

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [True, True, COUNT]
        assert listing.report.complete


async def test_two_tables_of_asyncio_do_not_either(slow: Emulator) -> None:
    async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=slow.url) as client:
        listing = client.iter_sessions()
        one, two = await asyncio.gather(listing.to_arrow(), listing.to_polars(), return_exceptions=True)
        assert isinstance(one, pa.Table)
        assert len(one) == COUNT
        assert isinstance(two, ConfigurationError)
        assert "client.dataset()" in str(two)
        # A table that was cancelled is gone on with.
        listing = client.iter_sessions()
        task = asyncio.ensure_future(listing.to_arrow())
        await asyncio.sleep(0.12)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(await listing.to_arrow()) == COUNT


def test_a_table_from_within_another(client: SessionsClient) -> None:
    raised: list[Exception] = []

    def progress(_done: int, _total: int | None) -> None:
        try:
            listing.to_arrow()
        except ConfigurationError as error:
            raised.append(error)

    listing = client.iter_sessions(progress=progress)
    assert len(listing.to_arrow()) == 247
    assert raised
    assert "being made at this moment" in str(raised[0])


def test_who_goes_on_behind_a_stream_is_told_what_helps() -> None:
    with Emulator(sessions=20_000) as server, client_of(server) as client:
        listing = client.iter_sessions()
        reader = pa.RecordBatchReader.from_stream(listing)
        rows = reader.read_next_batch().num_rows
        for read in (lambda: next(listing), lambda: list(listing)):
            with pytest.raises(ConfigurationError, match="read that stream on, or make a new") as raised:
                read()
            # Which a table would not.
            assert "to_arrow()" not in str(raised.value)
        assert rows + reader.read_all().num_rows == 20_000


@pytest.mark.parametrize("read", ["for", "to_arrow", "stream"])
@pytest.mark.parametrize("method", ["iter_sessions", "iter_pages"])
def test_a_callback_that_closes_is_no_end(client: SessionsClient, method: str, read: str) -> None:
    listing: Any = None

    def progress(done: int, _total: int | None) -> None:
        if done >= 200:
            listing.close()

    listing = getattr(client, method)(progress=progress)
    reads = {
        "for": lambda: sum(1 for _ in listing),
        "to_arrow": listing.to_arrow,
        "stream": lambda: pa.RecordBatchReader.from_stream(listing).read_all(),
    }
    with pytest.raises((ConfigurationError, pa.ArrowException, OSError), match="listing was closed"):
        reads[read]()
    assert listing.report.closed
    assert not listing.report.complete


def test_what_was_closed_unread_had_sessions_all_the_same(client: SessionsClient) -> None:
    listing = client.iter_sessions()
    listing.close()
    with pytest.raises(ConfigurationError, match="closed: nothing of it was read"):
        listing.to_arrow()


def test_a_part_that_was_wanted_and_handed_out_was_not_closed_before_its_end(client: SessionsClient) -> None:
    with client.iter_sessions(max_items=10) as listing:
        for _ in range(10):
            next(listing)
    assert not listing.report.closed
    assert str(listing.report).startswith("cut short by max_items or offset: 10 sessions")
    with client.iter_sessions(max_items=10) as listing:
        next(listing)
    assert listing.report.closed


def test_a_reading_of_no_items_has_a_report(client: SessionsClient) -> None:
    dataset = client.dataset(max_items=0)
    before = dataset.report
    assert list(dataset) == []
    after = dataset.report
    assert before is None
    assert after is not None
    assert (after.cut_short, after.complete) == (True, False)
    assert len(dataset.to_arrow()) == 0


def test_an_export_of_a_part_says_so(client: SessionsClient, tmp_path: Any) -> None:
    for options in ({"offset": 200}, {"max_items": 5}):
        report = client.export(tmp_path / f"{len(options)}{next(iter(options))}.jsonl", **options)  # type: ignore[arg-type]
        assert "cut short by max_items or offset" in str(report).splitlines()[0]
