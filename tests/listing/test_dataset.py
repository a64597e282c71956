"""Lists that are read again and again, iterators that are read once, and lists of all."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient, SessionsClient
from blocks_sessions.testing import Emulator


def query(sql: str, listing: object) -> list[Any]:
    return duckdb.connect().execute(sql).fetchall()


@pytest.fixture
def many() -> Iterator[SessionsClient]:
    with (
        Emulator(sessions=20_000) as server,
        SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client,
    ):
        yield client


def test_a_dataset_is_read_as_often_as_wanted(client: SessionsClient, emulator: Emulator) -> None:
    dataset = client.dataset(page_size=50)
    assert emulator.request_count == 0
    unread = dataset.report
    assert unread is None
    everything = emulator.sessions()
    for _ in range(2):
        assert list(dataset) == everything
        assert dataset.collect() == everything
        assert pa.table(dataset).num_rows == dataset.to_arrow().num_rows == 247
        assert pl.DataFrame(dataset).height == dataset.to_polars().height == 247
        assert len(dataset.to_pandas()) == 247
        assert query("from listing limit 5", dataset)
        assert query("select count(*) from listing", dataset) == [(247,)]
    report = dataset.report
    assert report is not None
    assert report.complete


def test_a_relation_may_be_shown_and_then_fetched(client: SessionsClient, capfd: Any) -> None:
    dataset = client.dataset()  # noqa: F841
    relation = duckdb.connect().sql("from dataset")
    relation.show()
    assert len(relation.fetchall()) == 247
    assert relation.to_arrow_table().num_rows == 247


def test_a_relation_over_an_iterator_does_not_come_out_empty(client: SessionsClient, capfd: Any) -> None:
    listing = client.iter_sessions()  # noqa: F841
    relation = duckdb.connect().sql("from listing")
    relation.show()
    with pytest.raises(Exception, match=r"client\.dataset\(\)"):
        relation.fetchall()


def test_a_report_is_of_the_latest_reading(client: SessionsClient) -> None:
    dataset = client.dataset()
    next(iter(dataset))
    gc.collect()
    assert dataset.report is not None
    assert (dataset.report.closed, dataset.report.complete) == (True, False)
    # Streams that are asked for and not read are no readings.
    streams = [dataset.__arrow_c_stream__() for _ in range(3)]
    assert dataset.report.closed
    del streams
    dataset.collect()
    assert dataset.report.complete
    assert dataset.report.yielded == 247


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_report_counts_what_was_handed_out(asynchronous: bool) -> None:
    """The whole list may be one page, of which the reader took one session."""
    with Emulator(sessions=40) as server, asyncio.Runner() as runner:
        made: Any = AsyncSessionsClient if asynchronous else SessionsClient
        dataset = made("demo-key", agent_id="agent_123", base_url=server.url).dataset()

        async def following(sessions: Any) -> object:
            return await anext(sessions)

        sessions = aiter(dataset) if asynchronous else iter(dataset)
        for taken in (1, 2):
            runner.run(following(sessions)) if asynchronous else next(sessions)
            assert (dataset.report.yielded, dataset.report.complete) == (taken, False)
        del sessions
        gc.collect()
        assert (dataset.report.yielded, dataset.report.complete) == (2, False)


def test_a_dataset_that_is_left_stops_its_requests() -> None:
    with Emulator(sessions=10_000) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        dataset = client.dataset(consistency="fast")
        for _ in dataset:
            break
        gc.collect()
        asked = server.request_count
        assert asked < 20
        assert client.list(limit=1).total_count == 10_000
        assert server.request_count == asked + 1


def test_a_dataset_is_checked_at_once_and_pickles(client: SessionsClient, emulator: Emulator) -> None:
    with pytest.raises(bs.InvalidPaginationError):
        client.dataset(offset=-1)
    with pytest.raises(TypeError, match="did you mean 'max_items' or 'page_size'"):
        client.dataset(limit=5)  # type: ignore[call-arg]
    dataset = client.dataset(max_items=7)
    for other in (pickle.loads(pickle.dumps(dataset)), copy.copy(dataset)):
        assert len(other.collect()) == 7
    assert repr(dataset) == "<SessionsDataset: max_items=7>"
    requests = emulator.request_count
    assert "max_items" in dataset._repr_html_()
    assert emulator.request_count == requests


async def test_the_async_dataset(emulator: Emulator) -> None:
    async with bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url) as client:
        dataset = client.dataset(max_items=100)
        for _ in range(2):
            assert len([session async for session in dataset]) == 100
            assert len(await dataset.collect()) == 100
            assert (await dataset.to_arrow()).num_rows == 100
            assert len(await dataset.to_pandas()) == (await dataset.to_polars()).height == 100
        assert dataset.report is not None
        assert dataset.report.cut_short
        with pytest.raises(bs.InvalidPaginationError):
            client.dataset(offset=-1)


READERS: dict[str, Callable[[Any], Any]] = {
    "to_arrow": lambda listing: listing.to_arrow(),
    "to_pandas": lambda listing: listing.to_pandas(),
    "to_polars": lambda listing: listing.to_polars(),
    "pyarrow": pa.table,
    "polars": pl.DataFrame,
    "duckdb": lambda listing: query("from listing", listing),
}
SPENDERS: dict[str, Callable[[Any], Any]] = READERS | {"for": list}


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("spend", SPENDERS)
@pytest.mark.parametrize("method", ["iter_sessions", "iter_pages"])
def test_what_is_spent_is_not_empty(client: SessionsClient, method: str, spend: str, read: str) -> None:
    listing = getattr(client, method)()
    SPENDERS[spend](listing)
    with pytest.raises(Exception, match=r"247 sessions were .*client\.dataset\(\)") as raised:
        READERS[read](listing)
    assert "read once" in str(raised.value)
    assert listing.report.complete


def test_a_peek_does_not_make_a_table_of_the_rest_look_whole(many: SessionsClient) -> None:
    listing = many.iter_sessions()
    assert len(query("from listing limit 5", listing)) == 5
    for read in ("to_arrow", "to_pandas", "pyarrow", "duckdb"):
        with pytest.raises(Exception, match=r"sessions of this listing went to an Arrow stream") as raised:
            READERS[read](listing)
        assert "client.dataset()" in str(raised.value)
    assert not listing.report.complete


def test_two_streams_do_not_share_a_list(many: SessionsClient) -> None:
    listing = many.iter_sessions()
    first, second = (pa.RecordBatchReader.from_stream(listing) for _ in range(2))
    rows = first.read_next_batch().num_rows
    with pytest.raises((pa.ArrowException, OSError), match="went to an Arrow stream"):
        second.read_all()
    # The one that began goes on.
    assert rows + first.read_all().num_rows == 20_000
    assert listing.report.complete
    with pytest.raises((pa.ArrowException, OSError), match="read once"):
        pa.RecordBatchReader.from_stream(many.iter_sessions(max_items=1)).read_all() and second.read_all()


def test_an_empty_list_is_a_table_once() -> None:
    with Emulator(sessions=0) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        for read in READERS.values():
            assert len(read(client.iter_sessions())) == 0
        assert client.collect().to_arrow().num_rows == 0


def test_what_a_library_failed_to_take_is_kept(
    client: SessionsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blocks_sessions import frames

    listing = client.iter_sessions()
    with monkeypatch.context() as patch:
        patch.setattr(frames, "to_pandas", lambda batches: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            listing.to_pandas()
    assert len(listing.to_pandas()) == 247


def test_a_failure_inside_a_reader_is_not_the_end() -> None:
    with Emulator(sessions=30_000) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, max_retries=0)
        listing = client.iter_sessions()
        reader = pa.RecordBatchReader.from_stream(listing)
        reader.read_next_batch()
        server.latency = 0
        server.close()
        with pytest.raises((pa.ArrowException, OSError)):
            while True:
                reader.read_next_batch()
        with pytest.raises(bs.ConfigurationError, match="went to an Arrow stream"):
            listing.to_arrow()
        assert not listing.report.complete


def test_collect_gives_a_list_with_more(client: SessionsClient, emulator: Emulator) -> None:
    sessions = client.collect()
    assert isinstance(sessions, list)
    assert isinstance(sessions, bs.SessionList)
    assert sessions == emulator.sessions()
    assert type(sessions[0]) is bs.Session
    assert sessions.report is not None
    assert sessions.report.complete
    part = sessions[10:20]
    assert isinstance(part, bs.SessionList)
    assert len(part) == 10
    assert part.report == sessions.report
    whole = client.iter_sessions().to_arrow()
    table = sessions.to_arrow()
    assert table == pa.RecordBatchReader.from_stream(sessions).read_all()
    assert table.schema == whole.schema
    # The JSON of nested values is written anew, and reads the same.
    for name in table.column_names:
        values = [
            [json.loads(text) if text and name in ("user_info", "metadata", "context", "extra") else text]
            for column in (table, whole)
            for text in column[name].to_pylist()
        ]
        assert values[:247] == values[247:], name
    assert pl.DataFrame(part.to_arrow()).equals(part.to_polars())
    pd.testing.assert_frame_equal(part.to_pandas(), sessions.to_pandas()[10:20].reset_index(drop=True))
    for other in (pickle.loads(pickle.dumps(sessions)), copy.copy(sessions), copy.deepcopy(sessions)):
        assert other == sessions
        assert type(other) is bs.SessionList
        assert other.report == sessions.report
    # Tables are made of what it holds now.
    sessions.append(bs.Session(session_id="mine"))
    sessions[0]["status"] = "changed"
    table = sessions.to_arrow()
    assert (table["session_id"][-1].as_py(), table["status"][0].as_py()) == ("mine", "changed")
    html = sessions._repr_html_()
    assert html.count("<tr>") < 20
    assert "the first 10 of 248 sessions" in html


async def test_async_collect_gives_the_same(emulator: Emulator) -> None:
    async with bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url) as client:
        sessions = await client.collect()
        assert type(sessions) is bs.SessionList
        assert sessions.report is not None
        assert sessions.report.complete
        listing = client.iter_sessions()
        assert len(await listing.to_pandas()) == 247
        for read in (listing.to_arrow, listing.to_pandas, listing.to_polars):
            with pytest.raises(bs.ConfigurationError, match=r"247 sessions were put into a table"):
                await read()
        closed = client.iter_pages()
        await anext(closed)
        await closed.aclose()
        with pytest.raises(bs.ConfigurationError, match=r"was closed: 100 sessions were handed out"):
            await closed.to_arrow()
        assert [page async for page in closed] == []


def raises(error: BaseException) -> Callable[..., Any]:
    def function(*_: object) -> Any:
        raise error

    return function


@pytest.mark.parametrize("error", [StopIteration("x"), StopAsyncIteration("x")])
def test_no_callback_ends_an_iteration(client: SessionsClient, emulator: Emulator, error: Exception) -> None:
    for method in ("iter_sessions", "iter_pages", "collect"):
        with pytest.raises(RuntimeError, match=f"raised {type(error).__name__}") as raised:
            list(getattr(client, method)(progress=raises(error)))
        assert raised.value.__cause__ is error
    refused = client.with_options(access_token=raises(error))
    for call in (refused.list, lambda: list(refused.iter_sessions()), refused.collect):
        with pytest.raises(RuntimeError, match=f"raised {type(error).__name__}"):
            call()


@pytest.mark.parametrize("error", [StopIteration("x"), StopAsyncIteration("x")])
async def test_no_callback_ends_an_async_iteration(emulator: Emulator, error: Exception) -> None:
    from functools import partial

    make = partial(bs.AsyncSessionsClient, "demo-key", agent_id="agent_123", base_url=emulator.url, timeout=5)
    async with make() as client:
        for method in (client.iter_sessions, client.iter_pages):
            with pytest.raises(RuntimeError, match=f"raised {type(error).__name__}"):
                [item async for item in method(progress=raises(error))]
        with pytest.raises(RuntimeError, match=f"raised {type(error).__name__}"):
            await client.collect(progress=raises(error))
    async with make(access_token=raises(error)) as client:
        with pytest.raises(RuntimeError, match=f"raised {type(error).__name__}"):
            await client.list()
        with pytest.raises(RuntimeError, match=f"raised {type(error).__name__}"):
            [item async for item in client.iter_sessions()]


def test_a_warning_that_raises_stop_iteration_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from blocks_sessions import _warn

    with Emulator(sessions=[{"created_at": "soon"}] * 5) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        monkeypatch.setattr(_warn, "incomplete", raises(StopIteration()))
        with pytest.raises(RuntimeError, match="raised StopIteration"):
            list(client.iter_sessions())
