"""Real Ray: two workers, one of which dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import ray  # type: ignore[import-not-found]
from judged import CHURN, SECRET, made, wrong

from blocks_sessions.integrations.ray import SessionsDatasource, read_sessions
from blocks_sessions.testing import Emulator

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"
)


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=200_000_000,
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def ids(dataset: ray.data.Dataset) -> list[str]:
    return [row["session_id"] for row in dataset.select_columns(["session_id"]).take_all()]


def test_a_dataset_is_whole(moving_list: Emulator) -> None:
    dataset = read_sessions(made(moving_list), parts=4)
    assert wrong(moving_list, ids(dataset)) == (0, 0)


def test_a_worker_that_dies_changes_nothing() -> None:
    with Emulator(sessions=3_000, churn=CHURN, keys=SECRET, latency=0.02) as server:
        started = threading.Thread(target=kill_a_reader)
        started.start()
        dataset = read_sessions(made(server), parts=4)
        found = ids(dataset)
        started.join()
        assert wrong(server, found) == (0, 0)


def kill_a_reader() -> None:
    """Kill whichever process reads a part, as soon as one does."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for folder in Path("/proc").iterdir():
            try:
                line = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
            except OSError:
                continue
            if b"ray::read a part" in line:
                os.kill(int(folder.name), signal.SIGKILL)
                return
        time.sleep(0.01)
    raise AssertionError("no part was read")


def test_the_datasource_reads_up_to_its_bound(still_list: Emulator) -> None:
    client = made(still_list)
    source = SessionsDatasource(client, parts=4, where="rating >= 4", fields=["session_id", "rating"])
    assert source.get_name() == "Sessions"
    assert len(source.get_read_tasks(2)) > 3
    dataset = ray.data.read_datasource(source)
    rows = dataset.take_all()
    assert len(rows) == client.count(where="rating >= 4")
    assert set(rows[0]) == {"session_id", "rating"}


def test_no_secret_is_shown(still_list: Emulator) -> None:
    client = made(still_list)
    dataset = read_sessions(client, parts=3)
    source = ray.data.read_datasource(SessionsDatasource(client, parts=3))
    for one in (dataset, source):
        one.count()
        assert SECRET not in repr(one)
        assert SECRET not in one.stats()
    logs = Path("/tmp/ray/session_latest/logs")
    shown = [path for path in logs.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert not shown
