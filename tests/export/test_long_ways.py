"""Exports that take many runs, days, clocks that are set back, and other versions of the package."""

from __future__ import annotations

import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clients import client_of
from stopped import edit_manifest, ids, interrupted, manifest

import blocks_sessions as bs
from blocks_sessions.testing import Churn, Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path(__file__).parents[1] / "fixtures" / "export"
DAY = 86_400_000_000


def judge(path: Path, server: Emulator, report: bs.ExportReport) -> None:
    found = ids(path)
    assert len(found) == len(set(found)) == report.rows
    assert set(server.history.existed_throughout) <= set(found)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.zst", "a.csv.gz", "a.parquet"])
def test_six_resumes_in_a_row(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    churn = Churn(inserts=0.3, touches=1, deletes=0.2)
    with Emulator(sessions=9_000, latency=0.02, churn=churn) as server:
        client = client_of(server)
        for run in range(6):
            interrupted(client, path, 1_200 * (run + 1))
            part = manifest(tmp_path / f"{name}.part")
            assert part["resumed"] == run
            assert part["ids"]["count"] >= 1_200 * (run + 1) - 1_000
        report = client.export(path)
        judge(path, server, report)
    assert (report.resumed, report.complete) == (6, True)
    assert sorted(file.name for file in tmp_path.iterdir()) == [name, f"{name}.report.json"]


@pytest.mark.parametrize("days", [1, -1])
def test_a_service_whose_clock_is_set(tmp_path: Path, days: int) -> None:
    path = tmp_path / "a.jsonl"
    begun = datetime(2026, 3, 1, tzinfo=UTC)
    churn = Churn(inserts=0.2, touches=0.5, deletes=0.2)
    with Emulator(sessions=6_000, latency=0.02, churn=churn, now=begun) as server:
        client = client_of(server)
        interrupted(client, path, 1_500)
        server.now = begun + timedelta(days=days)
        interrupted(client, path, 3_500)
        server.now = begun
        report = client.export(path)
        judge(path, server, report)
    assert report.resumed == 2


@pytest.mark.parametrize("days", [1, -1, 3_650_000])
def test_a_machine_whose_clock_is_set(tmp_path: Path, days: int, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl"
    with Emulator(sessions=4_000, latency=0.02) as server:
        client = client_of(server)
        interrupted(client, path, 1_500)

        def moved(known: dict[str, Any]) -> None:
            # As if it had been begun by a clock that was ahead or behind, and was set right in between.
            known["begun_at"] += days * DAY
            known["committed_at"] -= days * DAY

        edit_manifest(tmp_path / "a.jsonl.part", moved)
        with caplog.at_level("INFO", logger="blocks_sessions"):
            report = client.export(path)
        judge(path, server, report)
    assert (report.resumed, report.complete) == (1, True)
    assert sum(record.message.startswith("resuming a.jsonl: ") for record in caplog.records) == 1


def test_a_bound_means_what_it_meant_at_the_beginning(tmp_path: Path) -> None:
    path, part = tmp_path / "a.jsonl", tmp_path / "a.jsonl.part"
    with Emulator(sessions=6_000, latency=0.02, now=datetime.now(UTC)) as server:
        client = client_of(server).with_options(max_concurrency=1)
        whole = client.count(since="20d")
        bounds = []
        for share in (4, 2):
            interrupted(client, path, whole // share, since="20d")
            bounds.append(manifest(part)["bounds"]["since"][0])
        assert bounds[0] == bounds[1]
        report = client.export(path, since="20d")
    assert (report.resumed, report.complete) == (2, True)
    last = min(json.loads(line)["last_message_at"] for line in path.read_text().splitlines())
    assert datetime.fromisoformat(last).timestamp() >= bounds[0] / 1e6
    assert whole - 1 <= report.rows <= whole


def test_a_week_of_changes_in_between(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rng = random.Random(7)
    begun = datetime(2026, 3, 1, tzinfo=UTC)
    with Emulator(sessions=5_000, latency=0.02, now=begun) as server:
        client = client_of(server)
        interrupted(client, path, 2_500)
        kept = {session["session_id"] for session in server.sessions()}
        for hour in range(7 * 24):
            server.now = begun + timedelta(hours=hour)
            at = server.now.isoformat()
            server.add({"session_id": f"new {hour}", "created_at": at, "last_message_at": at})
            for name in rng.sample(sorted(kept), 12):
                server.update(name, last_message_at=at)
            gone = rng.choice(sorted(kept))
            server.delete(gone)
            kept.discard(gone)
        report = client.export(path)
        found = ids(path)
        assert report.complete
        assert len(found) == len(set(found)) == report.rows
        assert kept <= set(found)
        assert {f"new {hour}" for hour in range(7 * 24)} <= set(found)


@pytest.fixture
def old() -> Iterator[tuple[Emulator, list[dict[str, Any]]]]:
    sessions = [json.loads(line) for line in (FIXTURES / "sessions.jsonl").read_text().splitlines()]
    with Emulator(sessions=sessions) as server:
        yield server, sessions


@pytest.mark.parametrize(
    ("kind", "name"), [("lines", "a.jsonl.zst"), ("columns", "a.parquet"), ("finished", "a.jsonl")]
)
@pytest.mark.parametrize("version", sorted(file.name for file in FIXTURES.glob("v*")))
def test_what_any_version_began_is_gone_on_with(
    old: tuple[Emulator, list[dict[str, Any]]], tmp_path: Path, version: str, kind: str, name: str
) -> None:
    server, sessions = old
    part = tmp_path / f"{name}.part"
    shutil.copytree(FIXTURES / version / kind, part)

    def here(known: dict[str, Any]) -> None:
        # The port was another one.
        known["fingerprint"]["service"] = server.url

    edit_manifest(part, here)
    before = manifest(part)
    assert before["format"] == int(version[1:])
    report = client_of(server).export(tmp_path / name, resume=True)
    assert (report.resumed, report.rows, report.complete) == (1, len(sessions), True)
    assert sorted(ids(tmp_path / name)) == sorted(session["session_id"] for session in sessions)
    assert not part.exists()
    if kind == "finished":
        assert server.request_count == 0
    else:
        assert 0 < before["rows"] < len(sessions)


def test_a_newer_version_is_refused_by_name(
    old: tuple[Emulator, list[dict[str, Any]]], tmp_path: Path
) -> None:
    server, _ = old
    part = tmp_path / "a.parquet.part"
    shutil.copytree(FIXTURES / "v1" / "columns", part)
    edit_manifest(part, lambda known: known.update(format=2, version="9.8.7", fingerprint=["other"]))
    before = {file.name: file.read_bytes() for file in part.iterdir() if file.name != "lock"}
    with pytest.raises(bs.StorageError, match=r"blocks-sessions 9\.8\.7, in format 2") as raised:
        client_of(server).export(tmp_path / "a.parquet")
    assert not isinstance(raised.value, bs.TargetConflictError)
    assert {file.name: file.read_bytes() for file in part.iterdir() if file.name != "lock"} == before
