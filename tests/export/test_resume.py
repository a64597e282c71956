"""Stopped exports go on; what may not be touched is not."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from stopped import ids, interrupted, stop_after

import blocks_sessions as bs
from blocks_sessions.testing import Churn, Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VICTIM = """
import sys
import blocks_sessions as bs
client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])
print("begun", flush=True)
report = client.export(sys.argv[2])
print(report.resumed, report.rows, report.complete, flush=True)
"""


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator(sessions=20_000, latency=0.01) as server:
        yield server


@pytest.fixture
def client(server: Emulator) -> Iterator[bs.SessionsClient]:
    with bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        yield client


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_stopped_export_goes_on(
    client: bs.SessionsClient, server: Emulator, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    interrupted(client, path)
    part = tmp_path / f"{name}.part"
    assert {"lock", "ids", "manifest.jsonl"} <= set(os.listdir(part))
    assert part.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in part.iterdir())
    interrupted(client, path, 12_000)
    before = len(server.requests)
    report = client.export(path)
    found = ids(path)
    assert (len(found), len(set(found)), report.rows) == (20_000, 20_000, 20_000)
    assert (report.complete, report.resumed) == (True, 2)
    # The proof went on: what was read before is not read again.
    assert len(server.requests) - before < 130
    assert sorted(os.listdir(tmp_path)) == [name, f"{name}.report.json"]


def test_the_log_says_what_goes_on(
    client: bs.SessionsClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    interrupted(client, tmp_path / "a.jsonl")
    with caplog.at_level("INFO", logger="blocks_sessions"):
        client.export(tmp_path / "a.jsonl")
    lines = [record.message for record in caplog.records if record.message.startswith("resuming")]
    assert len(lines) == 1
    assert lines[0].startswith("resuming a.jsonl: ")
    assert lines[0].endswith("the proof goes on")


def test_killed_again_and_again_it_ends_whole(tmp_path: Path) -> None:
    with Emulator(
        sessions=30_000, latency=0.04, churn=Churn(inserts=3, touches=6, deletes=2, per_second=True)
    ) as server:
        path = tmp_path / "a.jsonl"
        for moment in (0.25, 0.4, 0.3):
            child = subprocess.Popen([sys.executable, "-c", VICTIM, server.url, path], stdout=subprocess.PIPE)
            assert child.stdout is not None
            assert child.stdout.readline() == b"begun\n"
            time.sleep(moment)
            child.kill()
            child.wait()
            child.stdout.close()
        client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        report = client.export(path)
        found = ids(path)
        assert len(found) == len(set(found)) == report.rows
        assert set(server.history.existed_throughout) <= set(found)
        assert report.complete


def test_ctrl_c_commits_and_frees_the_lock(server: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    child = subprocess.Popen(
        [sys.executable, "-c", VICTIM, server.url, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"begun\n"
    while server.request_count < 30:
        time.sleep(0.005)
    child.send_signal(signal.SIGINT)
    _, complaints = child.communicate(timeout=10)
    assert b"KeyboardInterrupt" in complaints
    last = (tmp_path / "a.jsonl.part" / "manifest.jsonl").read_text().splitlines()[-1]
    assert json.loads(last.split(" ", 1)[1])["rows"] > 0
    done = subprocess.run(
        [sys.executable, "-c", VICTIM, server.url, path], capture_output=True, check=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "1 20000 True"


async def test_a_cancelled_task_commits(server: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    async with bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        task = asyncio.create_task(client.export(path))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not path.exists()
        report = await client.export(path)
        assert (report.resumed, report.rows, len(set(ids(path)))) == (1, 20_000, 20_000)


def test_other_parameters_are_a_conflict(client: bs.SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    interrupted(client, path)
    before = {file.name: file.read_bytes() for file in (tmp_path / "a.jsonl.part").iterdir()}
    with pytest.raises(bs.TargetConflictError) as raised:
        client.export(path, agent_id="other", max_items=5, extra_body={"secret": "hush"})
    error = raised.value
    assert error.differences["agent_id"] == ("agent_123", "other")
    assert error.differences["max_items"] == ("not given", "5")
    assert set(error.differences) == {"agent_id", "max_items", "extra_body"}
    assert "hush" not in str(error)
    assert "hush" not in repr(error.differences)
    assert error.path == str(path)
    other = client.with_options(project_key="YOUR_PROJECT_KEY")
    with pytest.raises(bs.TargetConflictError) as raised:
        other.export(path)
    assert list(raised.value.differences) == ["project_key"]
    assert "demo-key" not in str(raised.value)
    after = {file.name: file.read_bytes() for file in (tmp_path / "a.jsonl.part").iterdir()}
    assert after == before
    # What decides nothing of the rows may differ.
    assert client.export(path, max_concurrency=2, max_retries=9, timeout=7).resumed == 1


def test_what_failed_before_anything_was_read_conflicts_with_nothing(
    client: bs.SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    with pytest.raises(bs.AgentNotFoundError):
        client.export(path, agent_id="mistaken")
    with pytest.raises(bs.TargetConflictError, match="holds nothing that was committed"):
        client.export(path, resume=True)
    report = client.export(path, max_items=300)
    assert (report.rows, report.resumed) == (300, 0)
    assert sorted(os.listdir(tmp_path)) == ["a.jsonl", "a.jsonl.report.json"]


def test_resume_false_begins_anew_and_true_demands(client: bs.SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with pytest.raises(bs.TargetConflictError, match="to resume"):
        client.export(path, resume=True)
    assert os.listdir(tmp_path) == []
    interrupted(client, path)
    report = client.export(path, resume=False, max_items=300)
    assert (report.resumed, report.rows, len(ids(path))) == (0, 300, 300)
    interrupted(client, tmp_path / "b.jsonl")
    assert client.export(tmp_path / "b.jsonl", resume=True).resumed == 1


def test_a_target_that_exists_is_replaced_at_the_end_only(client: bs.SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("precious")
    path.chmod(0o640)
    with pytest.raises(bs.TargetConflictError, match="overwrite=True"):
        client.export(path)
    assert os.listdir(tmp_path) == ["a.jsonl"]
    with pytest.raises(InterruptedError):
        client.export(path, overwrite=True, progress=stop_after(2_000))
    assert path.read_text() == "precious"
    assert client.export(path, overwrite=True).resumed == 1
    assert len(ids(path)) == 20_000
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_fast_export_begins_anew(client: bs.SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    interrupted(client, path, consistency="fast")
    report = client.export(path, consistency="fast")
    assert (report.resumed, report.rows, len(set(ids(path)))) == (0, 20_000, 20_000)


def test_two_at_once(client: bs.SessionsClient, server: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    reading = threading.Event()

    def told(done: int, total: int | None) -> None:
        reading.set()

    first: list[Any] = []
    thread = threading.Thread(target=lambda: first.append(client.export(path, progress=told)))
    thread.start()
    assert reading.wait(20)
    with pytest.raises(bs.TargetLockedError) as raised:
        client.export(path)
    assert raised.value.path == str(path)
    other = subprocess.run(
        [sys.executable, "-c", VICTIM, server.url, path], capture_output=True, text=True, check=False
    )
    assert "TargetLockedError" in other.stderr
    thread.join()
    assert first[0].rows == 20_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_neither_has_nor_frees_the_lock(client: bs.SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    outcome: list[int] = []

    def child(queue: Any) -> None:
        try:
            client.export(path)
            queue.put("none")
        except bs.SessionsError as error:
            queue.put(type(error).__name__)

    def told(done: int, total: int | None) -> None:
        if not outcome:
            context = multiprocessing.get_context("fork")
            queue = context.Queue()
            process = context.Process(target=child, args=(queue,))
            process.start()
            said = queue.get(timeout=20)
            process.join()
            assert said == "TargetLockedError"
            outcome.append(1)

    report = client.export(path, progress=told)
    assert outcome == [1]
    assert report.rows == 20_000


def test_damaged_files_are_told_and_kept(client: bs.SessionsClient, tmp_path: Path) -> None:
    path, part = tmp_path / "a.jsonl", tmp_path / "a.jsonl.part"
    damages: list[tuple[str, Callable[[bytes], bytes]]] = [
        ("data", lambda content: content[:-10]),
        ("data", lambda content: b"X" + content[1:]),
        ("ids", lambda content: content[:-16]),
        ("ids", lambda content: b"X" + content[1:]),
        ("manifest.jsonl", lambda content: content.replace(b'"format":1', b'"format":7')),
        ("manifest.jsonl", lambda content: b"nothing\nof\nit\nis\nwhole\n"),
    ]
    for name, damage in damages:
        interrupted(client, path, 2_000)
        content = (part / name).read_bytes()
        damaged = damage(content)
        if name == "manifest.jsonl" and damaged.startswith(b"nothing") is False:
            text = damaged.splitlines()[-1].split(b" ", 1)[1]
            damaged = b"%08x %s\n" % (zlib.crc32(text), text)
        (part / name).write_bytes(damaged)
        with pytest.raises(bs.StorageError) as raised:
            client.export(path)
        assert not isinstance(raised.value, bs.TargetConflictError)
        assert str(part / name) in str(raised.value)
        assert (part / name).read_bytes() == damaged
        assert client.export(path, resume=False, max_items=10).rows == 10
        path.unlink()


def test_a_torn_tail_is_cut(client: bs.SessionsClient, tmp_path: Path) -> None:
    path, part = tmp_path / "a.jsonl", tmp_path / "a.jsonl.part"
    interrupted(client, path)
    for name in ("data", "ids", "manifest.jsonl"):
        with (part / name).open("ab") as file:
            file.write(b'{"torn": ')
    assert client.export(path).resumed == 1
    assert len(set(ids(path))) == len(ids(path)) == 20_000


def test_an_unproven_strict_export_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Emulator(sessions=[{"status": "active", "n": n} for n in range(30)]) as server:
        client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        with pytest.raises(bs.IncompleteListingError) as raised:
            client.export(path, consistency="strict")
        assert str(tmp_path / "a.jsonl.part") in str(raised.value)
        assert not path.exists()


def test_a_checked_export_that_is_not_proven_is_renamed_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sessions = [{"status": "active", "n": n} for n in range(30)]
    with Emulator(sessions=sessions) as server:
        client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        with pytest.warns(bs.IncompleteListingWarning):
            report = client.export(path)
    assert (report.complete, report.rows) == (False, 30)
    assert path.exists()
    assert not json.loads((tmp_path / "a.jsonl.report.json").read_text())["complete"]


def test_the_report_is_a_value(client: bs.SessionsClient, tmp_path: Path) -> None:
    import pickle

    report = client.export(tmp_path / "a.jsonl", max_items=10)
    assert pickle.loads(pickle.dumps(report)) == report
    assert bs.ExportReport.from_dict(report.to_dict()) == report
    assert "10 sessions" in str(report)
    assert report._repr_html_()
    with pytest.raises(AttributeError):
        report.rows = 3
