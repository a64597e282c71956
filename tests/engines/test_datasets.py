"""Hugging Face's datasets, as they are installed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

datasets = pytest.importorskip("datasets")

from judged import CHURN, SECRET, made  # noqa: E402

from blocks_sessions.integrations.datasets import iterable_dataset  # noqa: E402
from blocks_sessions.testing import Emulator  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_shards_are_the_parts_and_hold_the_list_once(still_list: Emulator) -> None:
    client = made(still_list)
    dataset = iterable_dataset(client, parts=4)
    assert dataset.num_shards > 3
    assert list(dataset.features) == client.schema().names
    found = [row["session_id"] for row in dataset]
    assert sorted(found) == sorted(s.session_id or "" for s in client.iter_sessions())
    halves = [dataset.shard(2, index) for index in range(2)]
    assert sorted(row["session_id"] for half in halves for row in half) == sorted(found)


def test_each_epoch_reads_anew_and_another_plan_is_another_list(still_list: Emulator, tmp_path: Path) -> None:
    client = made(still_list)
    dataset = iterable_dataset(client, parts=3, fields=["session_id"])
    first = [row["session_id"] for row in dataset]
    still_list.churn = CHURN
    second = [row["session_id"] for row in dataset]
    still_list.churn = None
    moved = {event.session_id for event in still_list.history.events}
    assert len(second) == len(set(second))
    assert not set(first) - moved - set(second)
    # What moved lies below the bound of a plan that is made the day after next.
    still_list.now += timedelta(days=2)
    again = iterable_dataset(client, parts=3, fields=["session_id"])
    assert len(list(again)) == still_list.session_count()


def test_no_secret_is_shown(still_list: Emulator) -> None:
    dataset = iterable_dataset(made(still_list), parts=3)
    next(iter(dataset))
    assert SECRET not in f"{dataset!r}{dataset}{dataset.info}"
