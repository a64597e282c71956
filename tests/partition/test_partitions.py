"""Partitions over a real socket: parts that travel, evidence, classes, and what they never show."""

from __future__ import annotations

import asyncio
import pickle
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from itertools import pairwise
from typing import Any

import installed
import pyarrow
import pytest

import blocks_sessions as bs
from blocks_sessions import (
    APITimeoutError,
    AsyncSessionsClient,
    ConfigurationError,
    Mask,
    MaskKey,
    SessionsClient,
    ValidationError,
)
from blocks_sessions.testing import Churn, Emulator

SECRET = "a-key-that-nobody-shows"
CHURN = Churn(inserts=0.4, touches=0.6, deletes=0.3)


def made(server: Emulator, **settings: Any) -> SessionsClient:
    return SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, **settings)


@pytest.fixture
def moving() -> Iterator[Emulator]:
    with Emulator(sessions=2_500, churn=CHURN) as server:
        yield server


def elsewhere(thing: Any) -> Any:
    """As on another machine."""
    return pickle.loads(pickle.dumps(thing))


def judge(server: Emulator, found: list[str]) -> None:
    counts = Counter(found)
    existed = set(server.history.existed_throughout)
    assert not existed - set(counts), "missed"
    assert not [one for one, count in counts.items() if count > 1], "repeated"


def ids(table: pyarrow.Table) -> list[str]:
    found: list[Any] = table.column("session_id").to_pylist()
    return found


def test_parts_and_what_settles_them_are_the_whole_list(moving: Emulator) -> None:
    plan = made(moving).partitions(5)
    assert len(plan.parts) > 3
    assert plan.order is not None
    assert plan.order.startswith("last_message_at desc")
    reads: list[Any] = []
    found: list[Any] = []
    for part in elsewhere(plan).parts:
        read = part.read()
        found += ids(pyarrow.RecordBatchReader.from_stream(read).read_all())
        reads.append(elsewhere(read))
    done = elsewhere(plan).settle(reads)
    assert not done.report.complete
    found += [session.session_id for session in done]
    judge(moving, found)
    report = done.report
    assert report.complete
    assert report.certificate in ("key_cover", "key_climb")
    assert report.yielded == len(found)
    assert report.region is None
    assert report.requests > sum(read.evidence.report.requests for read in reads)


@pytest.mark.parametrize("classes", [2, 3])
def test_each_class_settles_itself(moving: Emulator, classes: int) -> None:
    plan = elsewhere(made(moving).partitions(4))
    found: list[Any] = []
    for class_ in range(classes):
        # Each class has slices of readings of its own: a worker died in between.
        slices = [elsewhere(part.read(classes).slice(class_)) for part in plan.parts]
        done = plan.settle(slices, classes=classes, class_=class_)
        mine = [each for one in slices for each in ids(one.to_arrow())]
        late = ids(done.to_arrow())
        assert done.report.complete
        assert done.report.yielded == len(mine) + len(late)
        found += mine + late
    judge(moving, found)


def test_slices_are_the_part_and_pickle_with_their_evidence() -> None:
    with Emulator(sessions=1_500) as server:
        part = made(server).partitions(2).parts[0]
        read = part.read(classes=3)
        slices = [read.slice(class_) for class_ in range(3)]
        assert sorted(each for one in slices for each in ids(one.to_arrow())) == sorted(
            ids(part.read().to_arrow())
        )
        again = elsewhere(slices[1])
        assert (again.class_, again.classes, again.evidence) == (1, 3, read.evidence)
        assert ids(pyarrow.RecordBatchReader.from_stream(again).read_all()) == ids(slices[1].to_arrow())
        kept = elsewhere(read)
        assert ids(kept.slice(2).to_arrow()) == ids(slices[2].to_arrow())
        with pytest.raises(ConfigurationError, match="read elsewhere"):
            kept.to_arrow()
        with pytest.raises(ConfigurationError, match="no slice 3"):
            read.slice(3)


@pytest.mark.parametrize("null_keys", [0.05, 0.3])
def test_ranges_tile_the_list_and_evidence_says_what_was_seen(null_keys: float) -> None:
    with Emulator(sessions=3_000, null_keys=null_keys) as server:
        plan = made(server).partitions(4)
        # Pages of sessions without a key show no place to cut.
        assert len(plan.parts) == (5 if null_keys < 0.2 else 4)
        assert plan.total_count == 3_000
        assert plan.needs_settling
        values = [part for part in plan.parts if not part.nulls]
        assert values[0].range.high == plan.watermark
        assert values[-1].range.low is None
        assert all(upper.range.low == lower.range.high for upper, lower in pairwise(values))
        assert plan.parts[-1].nulls
        for part in plan.parts:
            read = part.read()
            rows: list[Any] = list(read)
            evidence = elsewhere(read.evidence)
            assert evidence.index == part.index
            assert evidence.spans == ((part.range.low, part.range.high),)
            assert evidence.report.complete
            assert evidence.report.yielded == len(rows)
            assert evidence.granularity is None or evidence.granularity > 0
            bounds: Any = part.range
            order, low, high = bounds
            assert order == plan.order
            for row in rows:
                if part.nulls:
                    assert row.last_message_at is None
                else:
                    assert low is None or low < row.last_message_at
                    assert row.last_message_at <= high


def test_what_is_chosen_travels(moving: Emulator) -> None:
    moving.churn = None
    client = made(moving, mask=Mask("gdpr", key=MaskKey.generate()))
    where, fields = "message_count > 3", ["status", "message_count"]
    plan = elsewhere(client.partitions(3, where=where, fields=fields))
    reads = [part.read(classes=2) for part in plan.parts]
    tables = [one.to_arrow() for read in reads for one in (read.slice(0), read.slice(1))]
    for class_ in range(2):
        slices = [read.slice(class_) for read in reads]
        tables.append(plan.settle(slices, classes=2, class_=class_).to_arrow())
    table = pyarrow.concat_tables(tables)
    assert table.column_names == fields
    assert table.num_rows == client.count(where=where)
    counts: list[Any] = table.column("message_count").to_pylist()
    assert min(counts) > 3


def test_a_mask_does_not_hide_who_was_read(moving: Emulator) -> None:
    plan = made(moving, mask=Mask("gdpr", key=MaskKey.generate())).partitions(4)
    reads = [part.read() for part in plan.parts]
    found = [session["session_id"] for read in reads for session in read]
    moving.churn = None
    done = plan.settle(reads)
    found += [session["session_id"] for session in done]
    assert done.report.complete
    assert max(Counter(found).values()) == 1, "repeated"
    assert len(found) >= len(moving.history.existed_throughout)


def test_what_the_mask_did_stands_in_the_report_of_all(moving: Emulator) -> None:
    moving.churn = None
    plan = made(moving, mask=Mask("gdpr", key=MaskKey.generate())).partitions(4)
    reads = [part.read() for part in plan.parts]
    found = sum(len(list(read)) for read in reads)
    reads = [elsewhere(read) for read in reads]
    done = plan.settle(reads)
    late = len(list(done))
    each: list[Any] = [read.evidence.report.mask for read in reads]
    mask: Any = done.report.mask
    assert mask.sessions == sum(one.sessions for one in each) + late == found + late == 2_500
    assert mask.key_id == each[0].key_id
    for path, told in each[0].paths.items():
        assert mask.paths[path].treatment == told.treatment
        assert mask.paths[path].values >= sum(one.paths[path].values for one in each if path in one.paths)


def test_a_deadline_bounds_the_plan_and_each_reading() -> None:
    with Emulator(sessions=2_000) as server:
        plan = elsewhere(made(server).partitions(3, deadline=1))
        assert len(plan.parts[0].read().to_arrow()) > 0
        server.latency = 3
        with pytest.raises(APITimeoutError):
            list(plan.parts[1].read())
        with pytest.raises(APITimeoutError):
            made(server).partitions(3, deadline=0.5)
        with pytest.raises(APITimeoutError):
            asyncio.run(planned(server, deadline=0.5))


async def planned(server: Emulator, **options: Any) -> Any:
    async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        return await client.partitions(3, **options)


def test_a_key_that_is_kept_nowhere_is_refused(emulator: Emulator) -> None:
    with pytest.raises(ConfigurationError, match="ephemeral"):
        made(emulator, mask=Mask("gdpr", key="ephemeral")).partitions(2)
    assert not emulator.requests
    assert made(emulator, mask=Mask("training", key="ephemeral")).partitions(2).parts


def test_with_a_bound_nothing_is_left_to_settle() -> None:
    with Emulator(sessions=3_000) as server:
        client = made(server)
        bound = client.partitions(4).parts[1].range.low
        plan = client.partitions(4, until=bound)
        assert not plan.needs_settling
        assert plan.until == bound
        reads = [part.read() for part in plan.parts]
        found = [session.session_id for read in reads for session in read]
        before = server.request_count
        done = plan.settle(reads)
        assert list(done) == []
        assert plan.settle(reads).to_arrow().num_rows == 0
        assert server.request_count == before
        assert done.report.complete
        assert "<" in (done.report.region or "")
        assert sorted(map(str, found)) == sorted(str(s.session_id) for s in client.iter_sessions(until=bound))


def test_a_short_list_is_one_part(client: SessionsClient, emulator: Emulator) -> None:
    with Emulator(sessions=60) as server:
        plan = made(server).partitions(8)
        assert len(plan.parts) == 1
        read = plan.parts[0].read()
        assert len(list(read)) == 60
        done = plan.settle([read])
        assert list(done) == []
        assert done.report.complete
        assert done.report.certificate == "single_page"
    # Fewer than ten pages are not cut either, but for the sessions without a key.
    plan = client.dataset(where="rating = 5").partitions(8)
    assert [part.nulls for part in plan.parts] == [False, True]
    assert len(plan.parts[0].read().to_arrow()) == client.count(where="rating = 5")


def test_what_is_wrong_is_told_at_once(client: SessionsClient, emulator: Emulator) -> None:
    for wrong in ({"n": 0}, {"n": 2, "where": "statis = 1"}, {"n": 2, "since": "soon"}):
        with pytest.raises(ValidationError):
            client.partitions(**wrong)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'n'"):
        client.partitions()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'offset'"):
        client.partitions(2, offset=1)  # type: ignore[call-arg]
    with pytest.raises(ConfigurationError, match="offset or max_items"):
        client.dataset(max_items=5).partitions(2)
    assert emulator.request_count == 0


def test_a_plan_is_settled_by_all_its_parts_only() -> None:
    with Emulator(sessions=2_000) as server:
        client = made(server)
        plan, other = client.partitions(3), client.partitions(2)
        reads = [part.read() for part in plan.parts]
        with pytest.raises(ConfigurationError, match="was not read"):
            plan.settle(reads)
        for read in reads:
            list(read)
        with pytest.raises(ConfigurationError, match="part 0 of the plan was not read"):
            plan.settle(reads[1:])
        with pytest.raises(ConfigurationError, match="another plan"):
            other.settle(reads)
        partly = plan.parts[0].read()
        next(iter(partly))
        with pytest.raises(ConfigurationError, match="not read to its end"):
            pickle.dumps(partly)


def test_the_rate_is_divided_among_the_parts() -> None:
    with Emulator(sessions=3_000) as server:
        plan = made(server, max_requests_per_second=60).partitions(4)
        each = [part._client._settings()[0]["max_requests_per_second"] for part in plan.parts]
        assert sum(each) == pytest.approx(60)
        assert len(each) == len(plan.parts)


def test_secrets_are_in_a_pickle_and_nowhere_else() -> None:
    with Emulator(sessions=2_000) as server:
        client = made(server, access_token=SECRET, headers={"x-more": SECRET})
        plan = client.partitions(3)
        part = plan.parts[0]
        read = part.read(classes=2)
        one = read.slice(0)
        for shown in (plan, part, read, one, read.evidence, part.range, plan._text, part._text):
            assert SECRET not in f"{shown!r}{shown!s}"
            assert "demo-key" not in f"{shown!r}{shown!s}"
        assert SECRET.encode() in pickle.dumps(part)
        assert SECRET.encode() not in pickle.dumps(one)
        assert SECRET.encode() not in pickle.dumps(read.evidence)


def test_the_async_client_has_the_same(moving: Emulator) -> None:
    async def whole() -> list[str]:
        async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=moving.url) as client:
            plan: Any = elsewhere(await client.partitions(4))
            assert type(plan) is bs.AsyncPartitionPlan
            found: list[Any] = []
            slices = []
            for part in plan.parts:
                read = part.read(classes=2)
                slices.append([await read.slice(0), await read.slice(1)])
            for class_ in range(2):
                mine = [one[class_] for one in slices]
                async with plan.settle(mine, classes=2, class_=class_) as done:
                    found += [each for one in mine for each in ids(one.to_arrow())]
                    found += [session.session_id async for session in done]
                    assert done.report.complete
            again = plan.parts[0].read()
            rows = [session async for session in again]
            assert again.evidence.report.yielded == len(rows)
            return found

    judge(moving, asyncio.run(whole()))


def test_bounds_that_are_relative_are_resolved_once(client: SessionsClient) -> None:
    plan = client.partitions(1, since=timedelta(days=900))
    assert plan._known["choice"]["since"][0] < 1_767_225_600_000_000
    assert elsewhere(plan)._known == plan._known


@pytest.mark.parametrize(
    ("engine", "function"),
    [
        ("dask", "read_sessions"),
        ("ray", "read_sessions"),
        ("ray", "SessionsDatasource"),
        ("spark", "register"),
        ("dlt", "sessions"),
        ("datasets", "iterable_dataset"),
    ],
)
def test_an_integration_without_its_engine_says_what_to_install(
    engine: str, function: str, client: SessionsClient
) -> None:
    if engine not in installed.missing:
        pytest.skip("it is installed")
    module = import_module(f"blocks_sessions.integrations.{engine}")
    with pytest.raises(ConfigurationError, match=rf"pip install 'blocks-sessions\[{engine}\]'") as told:
        getattr(module, function)(client)
    assert isinstance(told.value, ImportError)
    assert isinstance(elsewhere(told.value), ImportError)
