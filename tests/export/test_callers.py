"""What callers see of an export: its signature, a bar, and datasets that are exported."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from stopped import ids, interrupted

import blocks_sessions as bs
from blocks_sessions import progress
from blocks_sessions.testing import Emulator


def test_progress_is_shown_unless_it_is_not_wanted(
    client: bs.SessionsClient, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tqdm")
    client.export(tmp_path / "a.jsonl")
    assert "247/247" in capfd.readouterr().err
    client.export(tmp_path / "b.jsonl", progress=False)
    assert capfd.readouterr().err == ""


def test_without_tqdm_nothing_is_shown_and_a_bar_cannot_be_demanded(
    client: bs.SessionsClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in ("tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    assert client.export(tmp_path / "a.jsonl").rows == 247
    assert capfd.readouterr().err == ""
    with pytest.raises(bs.ConfigurationError, match="tqdm"):
        client.export(tmp_path / "b.jsonl", progress=True)
    assert not (tmp_path / "b.jsonl").exists()


def test_a_log_is_not_filled_by_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tqdm")
    # Other tests run notebooks.
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    shown = progress.unasked()
    assert shown is not None
    shown.begin()
    assert shown._bar is not None
    assert shown._bar.mininterval == 10.0
    shown.stop()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = progress.unasked()
    assert shown is not None
    shown.begin()
    assert shown._bar is not None
    assert shown._bar.mininterval == 0.1
    shown.stop()
    monkeypatch.setattr(sys, "stderr", None)
    assert progress.unasked() is None


def test_a_deadline_leaves_something_to_go_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Emulator(sessions=6_000, latency=0.05) as server:
        client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, max_concurrency=1)
        with pytest.raises(bs.APITimeoutError):
            client.export(path, deadline=1.0)
        assert not path.exists()
        server.latency = 0
        report = client.export(path, deadline=60)
    assert (report.rows, report.resumed, report.complete) == (6_000, 1, True)


def test_a_dataset_is_exported(client: bs.SessionsClient, tmp_path: Path) -> None:
    wanted = client.dataset(where="rating >= 4", page_size=50).select("session_id", "rating")
    report = wanted.export(tmp_path / "a.jsonl.gz", compression_level=9)
    assert isinstance(report, bs.ExportReport)
    assert report.rows == wanted.count()
    direct = client.export(
        tmp_path / "b.jsonl.gz", where="rating >= 4", fields=["session_id", "rating"], compression_level=9
    )
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert direct.rows == report.rows
    wanted = client.dataset()
    assert wanted.report is None
    report = wanted.export(tmp_path / "c.parquet")
    assert wanted.report == report
    assert len(wanted.collect()) == 247
    assert not isinstance(wanted.report, bs.ExportReport)


def test_a_dataset_says_what_is_listed(client: bs.SessionsClient, tmp_path: Path) -> None:
    wanted = client.dataset()
    for name, value in (("where", "rating = 5"), ("max_items", 3), ("page_size", 3), ("onwards", True)):
        with pytest.raises(TypeError, match=f"keyword argument '{name}'. It takes progress, format, "):
            wanted.export(tmp_path / "a.jsonl", **{name: value})
    assert not list(tmp_path.iterdir())
    with pytest.raises(TypeError, match="path"):
        wanted.export()  # type: ignore[call-arg]


def test_a_stopped_dataset_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Emulator(sessions=6_000, latency=0.02) as server:
        client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        interrupted(client, path, 2_000, where="message_count > 3")
        report = client.dataset().where("message_count > 3").export(path, resume=True)
    assert report.resumed == 1
    assert len(set(ids(path))) == report.rows


async def test_an_asyncio_dataset_is_exported(emulator: Emulator, tmp_path: Path) -> None:
    async with bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url) as client:
        wanted = client.dataset(where="rating >= 4")
        report = await wanted.export(tmp_path / "a.jsonl", progress=False)
        assert wanted.report == report
        assert report.rows == len(await wanted.collect())
        with pytest.raises(TypeError, match="max_items"):
            await wanted.export(tmp_path / "b.jsonl", max_items=3)
    assert all(json.loads(line)["rating"] >= 4 for line in (tmp_path / "a.jsonl").read_text().splitlines())
