"""Names, folders and disks: what takes a file, and what does not."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from stopped import ids, interrupted

import blocks_sessions as bs
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

VICTIM = """
import sys
import blocks_sessions as bs
client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])
report = client.export(sys.argv[2], overwrite=True)
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


def test_odd_names_and_places(
    client: bs.SessionsClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 240 + "é" * 4 + ".jsonl")
    interrupted(client, long, 2_000)
    assert client.export(long, max_items=None).resumed == 1
    odd = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    report = client.export(os.fsdecode(odd), max_items=5)
    assert os.fsencode(report.path) == odd
    assert os.path.exists(odd)
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def away(done: int, total: int | None) -> None:
        os.chdir(elsewhere)

    report = client.export("relative.jsonl", progress=away)
    assert (tmp_path / "relative.jsonl").exists()
    assert report.path == str(tmp_path / "relative.jsonl")
    assert os.listdir(elsewhere) == []


def test_places_that_do_not_take_files(client: bs.SessionsClient, tmp_path: Path) -> None:
    with pytest.raises(bs.StorageError) as raised:
        client.export(tmp_path / "none" / "a.jsonl")
    assert raised.value.errno == errno.ENOENT
    with pytest.raises(bs.StorageError) as raised:
        client.export("/dev/full", format="jsonl")
    assert raised.value.errno == errno.ENOSPC
    assert os.path.exists("/dev/full")
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(bs.StorageError):
        client.export(tmp_path / "a.jsonl")


def test_a_full_disk_keeps_what_was_committed(server: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old")
    limited = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))\n"
    )
    failed = subprocess.run(
        [sys.executable, "-c", limited + VICTIM, server.url, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "StorageError" in failed.stderr
    assert "make room" in failed.stderr
    assert path.read_text() == "old"
    done = subprocess.run(
        [sys.executable, "-c", VICTIM, server.url, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "1 20000 True"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_folder_that_may_not_be_written(server: Emulator) -> None:
    # Of nobody: to root every folder can be written.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_text("old")
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                if os.geteuid() == 0:
                    os.setgid(65_534)
                    os.setuid(65_534)
                client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
                try:
                    client.export(path, overwrite=True)
                except bs.StorageError as error:
                    os.write(writer, f"{error.errno} {error}".encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        with os.fdopen(reader) as said:
            number, sentence = said.read().split(" ", 1)
        Path(folder).chmod(0o755)
        assert int(number) == errno.EACCES
        assert "Choose a folder in which this user may write" in sentence
        assert path.read_text() == "old"
        assert os.listdir(folder) == ["a.jsonl"]


def test_a_folder_that_goes_away_meanwhile(client: bs.SessionsClient, tmp_path: Path) -> None:
    folder, aside = tmp_path / "here", tmp_path / "aside"
    folder.mkdir()
    moved: list[int] = []

    def told(done: int, total: int | None) -> None:
        if not moved and done > 2_000:
            folder.rename(aside)
            moved.append(done)

    with pytest.raises(bs.StorageError) as raised:
        client.export(folder / "a.parquet", progress=told)
    assert raised.value.errno == errno.ENOENT
    aside.rename(folder)
    report = client.export(folder / "a.parquet")
    assert (report.rows, len(set(ids(folder / "a.parquet")))) == (20_000, 20_000)


def test_files_of_somebody_else_are_left_alone(client: bs.SessionsClient, tmp_path: Path) -> None:
    path, part = tmp_path / "a.parquet", tmp_path / "a.parquet.part"
    part.mkdir()
    theirs = {"notes.txt": "mine", "part-1.parquet": "mine too", "data.bak": "and this"}
    for name, text in theirs.items():
        (part / name).write_text(text)
    interrupted(client, path, 2_000)
    assert client.export(path).rows == 20_000
    assert {file.name: file.read_text() for file in part.iterdir()} == theirs
    assert client.export(path, overwrite=True).resumed == 0
    assert {file.name: file.read_text() for file in part.iterdir()} == theirs


def test_what_was_printed_before_comes_before(server: Emulator) -> None:
    code = (
        "import blocks_sessions as bs, sys;"
        "print('head');"
        "bs.SessionsClient('demo-key', agent_id='agent_123', base_url=sys.argv[1]).export('-', max_items=3)"
    )
    done = subprocess.run([sys.executable, "-c", code, server.url], capture_output=True, check=True)
    first, *rest = done.stdout.splitlines()
    assert first == b"head"
    assert len([json.loads(line) for line in rest]) == 3
