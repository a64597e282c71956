"""Real Spark, in two threads of this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from judged import CHURN, SECRET, made, wrong
from pyspark.sql import DataFrame, SparkSession  # type: ignore[import-not-found]

from blocks_sessions.integrations import spark as integration
from blocks_sessions.integrations.spark import read_sessions, register
from blocks_sessions.testing import Emulator

pytestmark = pytest.mark.filterwarnings(
    "ignore:PySpark does not yet fully support pandas:FutureWarning", "ignore::ResourceWarning"
)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="module")
def spark(events: Path) -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2,4]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", events.as_uri())
        .config("spark.sql.python.filterPushdown.enabled", "true")
        .config("spark.sql.session.timeZone", "Asia/Kolkata")
        .getOrCreate()
    )
    yield session
    session.stop()


def ids(frame: DataFrame) -> list[str]:
    return [row.session_id for row in frame.select("session_id").collect()]


def test_a_frame_is_whole(spark: SparkSession, moving_list: Emulator) -> None:
    frame = read_sessions(spark, made(moving_list), parts=4)
    assert wrong(moving_list, ids(frame)) == (0, 0)


def test_values_are_those_of_the_listing(spark: SparkSession, still_list: Emulator) -> None:
    client = made(still_list)
    frame = read_sessions(spark, client, parts=3)
    assert frame.columns == client.schema().names
    rows = {row.session_id: row for row in frame.collect()}
    for session in client.iter_sessions(max_items=200):
        row = rows[session.session_id]
        assert row.message_count == session.message_count
        assert row.tags == session.tags
        assert row.created_at.astimezone() == session.created_at
    register(spark, client)
    source = spark.read.format("blocks_sessions").option("parts", 3).load()
    assert source.schema == frame.schema
    assert sorted(ids(source)) == sorted(rows)


def test_a_task_that_fails_once_changes_nothing(
    spark: SparkSession, moving_list: Emulator, tmp_path: Path
) -> None:
    client = made(moving_list)
    frame = read_sessions(spark, client, parts=4)
    mark = str(tmp_path / "failed")

    def once(batches):  # type: ignore[no-untyped-def]
        for batch in batches:
            if not os.path.exists(mark):
                open(mark, "w").close()
                raise RuntimeError("a task that fails once")
            yield batch

    found = frame.mapInArrow(once, frame.schema)
    assert wrong(moving_list, ids(found)) == (0, 0)
    assert os.path.exists(mark)


def test_the_source_reads_anew_at_every_action(spark: SparkSession) -> None:
    with Emulator(sessions=3_000, keys=SECRET) as server:
        register(spark, made(server))
        frame = spark.read.format("blocks_sessions").option("parts", 4).load()
        assert wrong(server, ids(frame)) == (0, 0)
        before = set(server.history.existed_throughout)
        server.churn = CHURN
        second = ids(frame)
        server.churn = None
        assert len(second) == len(set(second))
        # Who moved meanwhile is no longer before the bound; nobody else is missed.
        moved = {event.session_id for event in server.history.events}
        assert not before - moved - set(second)


def test_conditions_are_pushed_and_asked_again(spark: SparkSession, still_list: Emulator) -> None:
    client = made(still_list)
    register(spark, client)
    frame = spark.read.format("blocks_sessions").option("parts", 3).load()
    closed = frame.where("status = 'closed' and message_count > 5 and year(created_at) > 2000")
    assert closed.count() == client.count(where="status = 'closed' and message_count > 5")
    reader = integration.PushingReader({"where": "rating >= 1"}, client)
    from pyspark.sql.datasource import EqualTo, GreaterThan, StringContains  # type: ignore[import-not-found]

    filters = [EqualTo(("status",), "it's"), GreaterThan(("rating",), 2), StringContains(("extra",), "x")]
    assert list(reader.pushFilters(filters)) == filters
    assert reader._listing["where"] == "(rating >= 1\n) and (status = 'it''s'\n) and (rating > 2\n)"


def test_options_choose_and_keys_are_no_options(spark: SparkSession, still_list: Emulator) -> None:
    client = made(still_list)
    register(spark, client)
    chosen = spark.read.format("blocks_sessions").options(where="rating >= 4", fields="session_id, rating")
    frame = chosen.load()
    assert frame.columns == ["session_id", "rating"]
    assert frame.count() == client.count(where="rating >= 4")
    with pytest.raises(Exception, match="takes the options agent_id"):
        spark.read.format("blocks_sessions").option("project_key", "x").load().count()
    with pytest.raises(Exception, match="may still land before"):
        spark.read.format("blocks_sessions").option("until", "2999-01-01").load().count()


def test_an_unproven_part_fails_the_job(spark: SparkSession) -> None:
    from blocks_sessions.testing import Faults

    with Emulator(sessions=3_000, keys=SECRET) as server:
        register(spark, made(server).with_options(max_retries=0))
        frame = spark.read.format("blocks_sessions").option("parts", 3).load()
        assert frame.count() == 3_000
        server.faults = Faults(rate=1.0, kinds=["status_500"])
        with pytest.raises(Exception, match="500"):
            frame.count()


def test_no_secret_is_shown(
    spark: SparkSession, still_list: Emulator, events: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    client = made(still_list)
    frame = read_sessions(spark, client, parts=3)
    register(spark, client)
    source = spark.read.format("blocks_sessions").option("parts", 3).load()
    for one in (frame, source):
        one.count()
        one.explain(mode="formatted")
        one.explain(mode="extended")
        assert SECRET not in repr(one)
        assert SECRET not in one._jdf.queryExecution().toString()
    told = capfd.readouterr()
    assert SECRET not in told.out + told.err
    logs = [path.read_bytes() for path in events.rglob("*") if path.is_file()]
    assert logs
    assert not [log for log in logs if SECRET.encode() in log]
