"""Real Dask: two worker processes, of which one is killed in the middle."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator

import dask  # type: ignore[import-not-found]
import pytest
from distributed import Client, LocalCluster  # type: ignore[import-not-found]
from judged import CHURN, SECRET, made, wrong

from blocks_sessions.integrations._parts import slices
from blocks_sessions.integrations.dask import read_sessions
from blocks_sessions.partition import Part
from blocks_sessions.testing import Emulator

CONFIGURATION = {
    "distributed.scheduler.allowed-failures": 50,
    # A worker that is killed comes back, however long that takes on a busy machine.
    "distributed.deploy.lost-worker-timeout": "10 minutes",
}
in_the_middle: list[bool] = []
KILLS = int(os.environ.get("BLOCKS_KILLS", "20"))


@pytest.fixture(scope="module")
def dask_client() -> Iterator[Client]:
    with (
        dask.config.set(CONFIGURATION),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


class Killer(threading.Thread):
    """Kills a worker at some moment, with a signal that nothing can catch."""

    def __init__(self, client: Client, after: float, chosen: random.Random) -> None:
        super().__init__()
        self._pids = list(client.run(os.getpid).values())
        self._after, self._chosen = after, chosen

    def run(self) -> None:
        time.sleep(self._after)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._chosen.choice(self._pids), signal.SIGKILL)


def test_a_frame_is_whole(dask_client: Client, moving_list: Emulator) -> None:
    frame = read_sessions(made(moving_list), parts=4)
    assert frame.npartitions > 3
    found = frame.compute()
    assert wrong(moving_list, found["session_id"]) == (0, 0)
    assert list(found.columns) == list(frame.columns)
    assert found["message_count"].dtype == "Int64"


def test_what_is_chosen_travels(dask_client: Client, still_list: Emulator) -> None:
    client = made(still_list)
    frame = read_sessions(client, parts=3, where="rating >= 4", fields=["rating"])
    assert list(frame.columns) == ["rating"]
    assert len(frame) == client.count(where="rating >= 4")


def test_no_secret_is_shown(
    dask_client: Client, still_list: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    frame = read_sessions(made(still_list), parts=3)
    texts = [repr(frame), str(frame.dask.keys()), frame.expr.tree_repr()]
    persisted = frame.persist()
    len(persisted)
    texts += [repr(dask_client.get_task_stream(count=10_000)), repr(dask_client.story())]
    texts += [repr(dask_client.get_events()), repr(dask_client.get_worker_logs()), caplog.text]
    texts += [repr(dask_client.get_scheduler_logs())]
    # The parts themselves go to the workers as pickles, and are no texts.
    shown = [text for text in texts if SECRET in text]
    assert not shown


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_worker_changes_nothing(dask_client: Client, seed: int) -> None:
    chosen = random.Random(seed)
    with Emulator(sessions=3_000, churn=CHURN, keys=SECRET, seed=seed, latency=0.05) as server:
        frame = read_sessions(made(server), parts=4)
        killer = Killer(dask_client, chosen.uniform(0.05, 1.5), chosen)
        killer.start()
        found = frame.compute()
        in_the_middle.append(not killer.is_alive())
        killer.join()
        assert wrong(server, found["session_id"]) == (0, 0)
        dask_client.wait_for_workers(2, timeout=120)


def test_workers_were_killed_in_the_middle() -> None:
    assert any(in_the_middle)
    print(f"{sum(in_the_middle)} of {len(in_the_middle)} workers were killed before the frame was computed")


def one_settling(dask_client: Client, seed: int) -> tuple[int, int]:
    """One settling, on the driver, which knows what each part yielded before its worker died."""
    chosen = random.Random(seed)
    with Emulator(sessions=3_000, churn=CHURN, keys=SECRET, seed=seed, latency=0.002) as server:
        plan = made(server).partitions(4)
        futures = [dask_client.submit(_read, part, pure=False) for part in plan.parts]
        known = dask_client.gather([dask_client.submit(_without_rows, one, pure=False) for one in futures])
        killer = Killer(dask_client, 0.0, chosen)
        killer.start()
        killer.join()
        late = plan.settle(known).to_arrow()
        dask_client.wait_for_workers(2, timeout=120)
        rows = dask_client.gather([dask_client.submit(_rows, one, pure=False) for one in futures])
        found = [each for one in rows for each in one] + late.column("session_id").to_pylist()
        return wrong(server, found)


def _read(part: Part) -> object:
    return slices(part, 1)[0]


def _without_rows(one: object) -> object:
    return type(one)(one.evidence, 1, 0, one._ids, one.to_arrow().slice(0, 0))  # type: ignore[attr-defined, call-arg]


def _rows(one: object) -> list[str]:
    found: list[str] = one.to_arrow().column("session_id").to_pylist()  # type: ignore[attr-defined]
    return found


def test_one_settling_for_all_would_not_do(dask_client: Client) -> None:
    results = [one_settling(dask_client, seed) for seed in range(3)]
    assert any(missed or repeated for missed, repeated in results), results
