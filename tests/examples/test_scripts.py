"""The examples that are programs of their own run, and tell the truth by their exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import notebooks
import pyarrow.parquet as pq
import pytest

from blocks_sessions.testing import Emulator, Faults

EXAMPLES = Path(__file__).parents[2] / "examples"


def settings(server: Emulator) -> dict[str, str]:
    return {
        "BLOCKS_API_URL": server.url,
        "BLOCKS_PROJECT_KEY": "demo-key",
        "BLOCKS_AGENT_ID": "agent_123",
        "BLOCKS_MASK_KEY": "00" * 31 + "01",
    }


def run(name: str, server: Emulator, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    environment = {**os.environ, **settings(server)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)


def test_the_nightly_job_writes_a_whole_file(emulator: Emulator, tmp_path: Path) -> None:
    target = tmp_path / "sessions.parquet"
    done = run("nightly_job.py", emulator, str(target))
    assert done.returncode == 0, done.stderr
    assert "247 sessions, proven by" in done.stderr
    assert pq.read_table(target).num_rows == 247
    assert {path.name for path in tmp_path.iterdir()} == {"sessions.parquet", "sessions.parquet.report.json"}


def test_a_nightly_job_that_fails_keeps_the_file_of_last_night(emulator: Emulator, tmp_path: Path) -> None:
    target = tmp_path / "sessions.parquet"
    target.write_bytes(b"last night's")
    emulator.faults = Faults(rate=1.0, kinds=["status_403"])
    done = run("nightly_job.py", emulator, str(target))
    assert done.returncode == 2, done.stderr
    assert "PermissionDeniedError" in done.stderr
    assert target.read_bytes() == b"last night's"
    emulator.faults = None
    assert run("nightly_job.py", emulator, str(target)).returncode == 0
    assert pq.read_table(target).num_rows == 247


def test_the_extraction_holds_no_personal_data(emulator: Emulator, tmp_path: Path) -> None:
    target = tmp_path / "unhappy.jsonl"
    done = run("extraction.py", emulator, str(target), "10000d")
    assert done.returncode == 0, done.stderr
    sessions = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert sessions
    assert all(session["rating"] <= 2 for session in sessions)
    names = {each["user_info"]["name"] for each in sessions if "name" in each.get("user_info", {})}
    assert names == {"[name]"}


@pytest.mark.filterwarnings("default")
def test_the_notebook_runs(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in settings(emulator).items():
        monkeypatch.setenv(name, value)
    book = notebooks.nbformat().read(EXAMPLES / "how_are_we_doing.ipynb", as_version=4)
    notebooks.run(book, tmp_path)
    shown = {cell.id: cell.outputs for cell in book.cells if cell.cell_type == "code"}
    assert "247 sessions, proven by" in str(shown["report"])
    assert "image/png" in str(shown["chart"])
