"""Columns: the same rows by every way into a table, read when they are wanted, and nothing lost."""

from __future__ import annotations

import gc
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import blocks_sessions as bs
from blocks_sessions import (
    APIConnectionError,
    AsyncSessionsClient,
    ConfigurationError,
    Session,
    SessionIterator,
    SessionPage,
    SessionsClient,
)
from blocks_sessions.testing import Emulator

TEXTS = ("session_id", "agent_id", "widget_id", "user_id", "status", "user_agent", "ip_address", "feedback")
MOMENTS = ("created_at", "updated_at", "last_message_at", "closed_at")
OBJECTS = ("user_info", "metadata", "context")
USER_FIELDS = ("user_name", "user_email", "user_phone", "user_location")

Listing = Callable[[SessionsClient], Any]
LISTINGS: dict[str, Listing] = {
    "page": lambda client: client.list(),
    "sessions": lambda client: client.iter_sessions(max_items=100),
    "pages": lambda client: client.iter_pages(page_size=30, max_items=100),
}


@pytest.fixture(params=LISTINGS)
def make(request: pytest.FixtureRequest, client: SessionsClient) -> Callable[[], Any]:
    """A maker of what has columns: the first 100 sessions, as a page or as an iterator."""
    listing = LISTINGS[request.param]
    return lambda: listing(client)


def restored(row: dict[str, Any]) -> dict[str, Any]:
    """The session that a row was made of; moments as such, and without nulls."""
    session = {name: value for name, value in row.items() if value is not None and name not in USER_FIELDS}
    for name in OBJECTS:
        if name in session:
            session[name] = json.loads(session[name])
    for name in ("location", "sentiment"):
        if session.get(name, "").startswith("{"):
            session[name] = json.loads(session[name])
    extra: dict[str, Any] = json.loads(session.pop("extra", "{}"))
    assert not extra.keys() & session.keys()
    return session | {name: value for name, value in extra.items() if value is not None}


def comparable(session: Session) -> dict[str, Any]:
    moments = {name: getattr(session, name) for name in MOMENTS if name in session}
    return {name: value for name, value in (dict(session) | moments).items() if value is not None}


def query(sql: str, listing: Any) -> list[Any]:
    """What DuckDB answers; it finds `listing` by its name."""
    relation = duckdb.sql(sql)
    assert relation is not None
    return relation.fetchall()


def test_columns_hold_what_dictionaries_hold(client: SessionsClient, make: Callable[[], Any]) -> None:
    rows = make().to_arrow().to_pylist()
    assert [restored(row) for row in rows] == [comparable(session) for session in client.list().sessions]
    assert rows[0]["user_name"] == "John Doe"
    assert rows[0]["created_at"] == datetime(2026, 1, 12, 8, 30, tzinfo=UTC)


def test_the_schema_does_not_depend_on_what_is_sent(make: Callable[[], Any]) -> None:
    schema = SessionsClient.schema()
    assert make().to_arrow().schema == schema
    with Emulator(sessions=0) as server:
        empty = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        for listing in LISTINGS.values():
            table = listing(empty).to_arrow()
            assert (table.num_rows, table.schema) == (0, schema)
        assert empty.iter_sessions().to_polars().shape == (0, len(schema))
        assert len(empty.list().to_pandas()) == 0
    assert schema.names[: len(TEXTS) + len(MOMENTS)] == [*TEXTS, *MOMENTS]
    assert schema.names[-5:] == [*USER_FIELDS, "extra"]
    assert schema.field("created_at").type == pa.timestamp("us", "UTC")
    assert schema.field("tags").type == pa.list_(pa.string())


def test_every_reader_reads_the_same(make: Callable[[], Any]) -> None:
    table = make().to_arrow()
    assert pa.table(make()) == table
    assert pa.RecordBatchReader.from_stream(make()).read_all() == table
    expected = pl.DataFrame(table)
    for frame in (pl.DataFrame(make()), make().to_polars()):
        assert frame.schema == expected.schema
        assert frame.equals(expected)
    assert make().to_pandas()["session_id"].tolist() == table["session_id"].to_pylist()
    listing = make()
    found = query("SELECT session_id, tags, rating, extra FROM listing", listing)
    assert [row[0] for row in found] == table["session_id"].to_pylist()
    assert [row[1] for row in found] == table["tags"].to_pylist()


def test_types_in_pandas_do_not_depend_on_the_data(client: SessionsClient) -> None:
    frame = client.list().to_pandas()
    one = client.list(limit=1).to_pandas()
    assert list(frame.dtypes) == list(one.dtypes)
    assert frame["message_count"].dtype == pd.Int64Dtype()
    assert frame["resolved"].dtype == pd.BooleanDtype()
    assert str(frame["created_at"].dtype) == "datetime64[us, UTC]"


def test_a_reader_gets_the_text_that_it_wants(make: Callable[[], Any]) -> None:
    types: dict[str, pa.DataType] = {field.name: field.type for field in SessionsClient.schema()}
    wanted = pa.schema({n: pa.large_string() if kind == pa.string() else kind for n, kind in types.items()})
    assert wanted != SessionsClient.schema()
    assert pa.table(make(), schema=wanted) == make().to_arrow().cast(wanted)
    stream = pa.RecordBatchReader.from_stream(make(), schema=wanted)
    assert stream.read_all() == make().to_arrow().cast(wanted)
    tags: pa.Field[Any] = pa.field("tags", pa.large_list(pa.large_string()))
    status: pa.Field[Any] = pa.field("status", pa.string_view())
    views = pa.schema([status, tags])
    found = pa.RecordBatchReader.from_stream(make(), schema=views)
    assert found.schema == views
    assert found.read_all().to_pylist() == make().to_arrow().select(["status", "tags"]).to_pylist()


def test_a_reader_gets_the_columns_that_it_wants(make: Callable[[], Any]) -> None:
    class Wanting:
        """A stream's producer, asked for a schema that a reader would not ask for by itself."""

        def __init__(self, schema: pa.Schema) -> None:
            self._schema = schema

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return make().__arrow_c_stream__(self._schema.__arrow_c_schema__())

    types: dict[str, pa.DataType] = {"rating": pa.float64(), "session_id": pa.string()}
    some = pa.schema(types)
    assert pa.table(Wanting(some)) == make().to_arrow().select(["rating", "session_id"])
    # What is unknown is left out; a type that cannot be had stays the column's own.
    odd = pa.schema([("nonsense", pa.int8()), ("session_id", pa.int8()), ("rating", pa.int8())])
    assert pa.table(Wanting(odd)) == make().to_arrow().select(["session_id", "rating"])
    assert pa.table(Wanting(pa.schema([("nonsense", pa.int8())]))) == make().to_arrow()


def test_a_page_gives_a_new_stream_each_time(client: SessionsClient) -> None:
    page = client.list(limit=7)
    for _ in range(3):
        assert page.to_arrow().num_rows == pl.DataFrame(page).height == 7
        assert query("SELECT count(*) FROM listing", page) == [(7,)]
    assert not hasattr(page, "__array__")


def test_a_stream_reads_nothing_before_it_is_read(emulator: Emulator, client: SessionsClient) -> None:
    listing = client.iter_sessions()
    streams = [listing.__arrow_c_stream__() for _ in range(3)]
    assert emulator.request_count == 0
    del streams
    gc.collect()
    first = next(listing)
    assert first["session_id"] == "session_abc123"
    # Neither are those lost that were handed out to nobody yet.
    stream = listing.__arrow_c_stream__()
    assert next(listing)["session_id"] == "session_def456"
    del stream
    assert pa.RecordBatchReader.from_stream(listing).read_all().num_rows == 245
    assert list(listing) == []


@pytest.mark.parametrize("taken", [0, 1, 99, 100, 101, 246, 247])
def test_a_table_has_what_was_not_handed_out_yet(client: SessionsClient, taken: int) -> None:
    expected = [session["session_id"] for session in client.iter_sessions()]
    for read in (SessionIterator.to_arrow, pa.table):
        listing = client.iter_sessions()
        handed_out = [next(listing)["session_id"] for _ in range(taken)]
        rest = read(listing)
        assert handed_out + rest["session_id"].to_pylist() == expected
        assert list(listing) == []


def test_rows_of_pages_that_were_not_handed_out_yet(client: SessionsClient) -> None:
    listing = client.iter_pages(page_size=40)
    assert len(next(listing)) == 40
    assert listing.to_arrow().num_rows == 207


def test_a_closed_listing_has_no_rows(client: SessionsClient) -> None:
    for listing in (client.iter_sessions(), client.iter_pages()):
        next(listing)
        listing.close()
        for read in (listing.to_arrow, lambda: pa.table(listing)):  # noqa: B023
            with pytest.raises(ConfigurationError, match=r"closed: .*handed out by next.*client\.dataset"):
                read()
        assert next(listing, None) is None


def test_many_batches() -> None:
    with Emulator(sessions=20_000) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        reader = pa.RecordBatchReader.from_stream(client.iter_sessions(consistency="fast"))
        assert server.request_count == 0
        first = reader.read_next_batch()
        assert 1_000 < first.num_rows < 20_000
        assert server.request_count < 150
        ids = [*first["session_id"].to_pylist(), *reader.read_all()["session_id"].to_pylist()]
        assert len(ids) == len(set(ids)) == 20_000


@pytest.fixture
def broken(emulator: Emulator) -> Iterator[tuple[SessionIterator, Callable[[], Emulator]]]:
    """A listing whose server went away after the first session, and a way to bring the server back."""
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url, max_retries=0)
    listing = client.iter_sessions(page_size=10, max_concurrency=1, consistency="fast")
    next(listing)
    emulator.close()
    port = int(emulator.url.rpartition(":")[2])
    returned: list[Emulator] = []

    def restore() -> Emulator:
        returned.append(Emulator(sessions=247, port=port))
        return returned[0]

    yield listing, restore
    for server in returned:
        server.close()


def test_a_failed_table_goes_on_later(
    broken: tuple[SessionIterator, Callable[[], Emulator]],
) -> None:
    listing, restore = broken
    for make_table in (listing.to_arrow, listing.to_pandas, listing.to_polars):
        with pytest.raises(APIConnectionError):
            make_table()
    restore()
    table = listing.to_arrow()
    assert table.num_rows == 246
    assert len(set(table["session_id"].to_pylist())) == 246


def test_a_failed_stream_tells_why(broken: tuple[SessionIterator, Callable[[], Emulator]]) -> None:
    listing, restore = broken
    error = listing.stream_error
    assert error is None
    reader = pa.RecordBatchReader.from_stream(listing)
    rows = 0
    with pytest.raises((pa.ArrowException, OSError), match="APIConnectionError: ") as caught:
        for _ in range(1000):
            rows += reader.read_next_batch().num_rows
    # What came before the failure reached the reader.
    assert rows > 0
    error = listing.stream_error
    assert isinstance(error, APIConnectionError)
    assert str(error) in str(caught.value)
    restore()
    # That reader has them, or has thrown them away: another table would lack them.
    with pytest.raises(ConfigurationError, match=rf"^{rows} sessions of this listing went to"):
        listing.to_arrow()
    assert sum(1 for _ in listing) == 246 - rows
    assert not listing.report.complete
    assert f"{rows} sessions went to an Arrow stream" in listing.report.warnings[-1]


@pytest.mark.parametrize("read", [pl.DataFrame, lambda listing: query("SELECT * FROM listing", listing)])
def test_every_reader_tells_of_a_failure(
    broken: tuple[SessionIterator, Callable[[], Emulator]], read: Callable[[SessionIterator], Any]
) -> None:
    listing, _ = broken
    with pytest.raises(Exception, match="APIConnectionError"):
        read(listing)
    assert isinstance(listing.stream_error, APIConnectionError)


def test_an_interrupt_loses_nothing(emulator: Emulator, client: SessionsClient) -> None:
    emulator.latency = 0.2
    listing = client.iter_sessions(page_size=20, max_concurrency=1, consistency="fast")
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.7, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        listing.to_arrow()
    timer.join()
    emulator.latency = 0
    assert listing.to_arrow().num_rows == 247


def test_other_threads_run_while_a_stream_waits(emulator: Emulator, client: SessionsClient) -> None:
    """A reader may hold the interpreter while it asks for rows; waiting for the network must let go of it."""
    emulator.latency = 0.3
    counted = threading.Event()
    progress = []

    def count() -> None:
        while not counted.wait(0.01):
            progress.append(1)

    thread = threading.Thread(target=count)
    thread.start()
    assert pa.table(client.iter_sessions(consistency="fast")).num_rows == 247
    counted.set()
    thread.join()
    assert len(progress) > 5


@pytest.mark.parametrize(
    ("function", "missing"),
    [("to_arrow", "pyarrow"), ("to_pandas", "pandas"), ("to_pandas", "pyarrow"), ("to_polars", "polars")],
)
def test_a_missing_library_is_named_before_anything_is_read(
    emulator: Emulator,
    client: SessionsClient,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    missing: str,
) -> None:
    extra = function.removeprefix("to_")
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigurationError, match=rf"{missing}.*pip install 'blocks-sessions\[{extra}\]'"):
        getattr(client.iter_sessions(), function)()
    assert emulator.request_count == 0
    with pytest.raises(ConfigurationError):
        getattr(client.list(), function)()


def test_what_does_not_fit_is_kept(answering: Any) -> None:
    sent = [
        {"session_id": 7, "created_at": "soon", "message_count": 2.5, "tags": ["a", 1], "user_info": [1]},
        {"feedback": "\ud83d", "new": {"deep": [1, None]}, "revenue": 2**53 + 1, "resolved": "yes"},
        {"session_id": "x", "sentiment": {"score": 0.5}, "location": "Bern", "rating": None},
    ]
    server = answering(200, {"sessions": sent, "total_count": 3})
    page = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url).list()
    rows = page.to_arrow().to_pylist()
    assert restored(rows[0]) == sent[0]
    assert restored(rows[1]) == sent[1]
    assert restored(rows[2]) == {"session_id": "x", "sentiment": {"score": 0.5}, "location": "Bern"}
    assert rows[2]["extra"] is None


async def test_async_iterators_make_tables(emulator: Emulator) -> None:
    async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url) as client:
        page = await client.list()
        assert isinstance(page, SessionPage)
        assert page.to_arrow().num_rows == 100
        assert (await client.iter_pages().to_polars()).height == 247
        assert len(await client.iter_sessions().to_pandas()) == 247
        listing = client.iter_sessions()
        taken = [(await anext(listing))["session_id"] for _ in range(130)]
        rest = (await listing.to_arrow())["session_id"].to_pylist()
        assert len({*taken, *rest}) == 247
        assert [session async for session in listing] == []
        assert not hasattr(listing, "__arrow_c_stream__")


async def test_a_failed_async_table_goes_on_later(emulator: Emulator) -> None:
    async with AsyncSessionsClient(
        "demo-key", agent_id="agent_123", base_url=emulator.url, max_retries=0
    ) as client:
        listing = client.iter_sessions(page_size=10, max_concurrency=1, consistency="fast")
        await anext(listing)
        emulator.close()
        with pytest.raises(APIConnectionError):
            await listing.to_arrow()
        with Emulator(sessions=247, port=int(emulator.url.rpartition(":")[2])):
            assert (await listing.to_arrow()).num_rows == 246


def test_rows_that_wait_for_a_table_are_not_passed_over() -> None:
    with Emulator(sessions=3_000) as server:
        listing = SessionsClient(
            "demo-key", agent_id="agent_123", base_url=server.url, max_retries=0, timeout=0.3
        ).iter_sessions()
        first = next(listing)

        def stall() -> None:
            server.latency = 30

        timer = threading.Timer(0.05, stall)
        server.latency = 0.02
        timer.start()
        with pytest.raises(bs.APITimeoutError):
            listing.to_arrow()
        timer.join()
        server.latency = 0
        with pytest.raises(bs.ConfigurationError, match="wait for it: call to_arrow"):
            next(listing)
        table = listing.to_arrow()
        ids = [first.session_id, *table.column("session_id").to_pylist()]
        assert ids == [session["session_id"] for session in server.sessions()]
        assert list(listing) == []


STREAMED: dict[str, Callable[[SessionsClient], Any]] = {
    "page": lambda client: client.list(limit=100),
    "iterator": lambda client: client.iter_sessions(),
    "pages": lambda client: client.iter_pages(),
    "dataset": lambda client: client.dataset(),
    "list": lambda client: client.collect(),
}


@pytest.mark.parametrize("kind", STREAMED)
@pytest.mark.parametrize("size", [1, 7, 100, 1_000_000])
def test_a_stream_has_batches_of_the_size_that_its_reader_wants(
    client: SessionsClient, kind: str, size: int
) -> None:
    whole = STREAMED[kind](client).to_arrow()
    capsule = STREAMED[kind](client).__arrow_c_stream__(batch_size=size)
    batches = list(pa.RecordBatchReader._import_from_c_capsule(capsule))
    assert max(batch.num_rows for batch in batches) <= size
    assert pa.Table.from_batches(batches).equals(whole)
    named = STREAMED[kind](client).__arrow_c_stream__(None, batch_size=None)
    assert pa.RecordBatchReader._import_from_c_capsule(named).read_all().equals(whole)


@pytest.mark.parametrize("kind", STREAMED)
@pytest.mark.parametrize("size", [0, -1, 2**70, True, "7", 1.5])
def test_a_size_that_is_none(client: SessionsClient, kind: str, size: Any) -> None:
    source = STREAMED[kind](client)
    if size == 2**70:
        # More rows than there can be are all there are.
        source.__arrow_c_stream__(batch_size=size)
        return
    with pytest.raises((ConfigurationError, TypeError), match="batch_size"):
        source.__arrow_c_stream__(batch_size=size)
    # What was refused took nothing.
    assert source.to_arrow().num_rows in {100, 247}
