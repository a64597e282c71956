"""`verify`: an export or a mirror against its own report; whatever is changed in one is found."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Command

from blocks_sessions.testing import Emulator

NAMES = ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.csv.zst", "a.parquet"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_an_export_is_what_its_report_says(blocks: Command, place: Path, name: str) -> None:
    path = place / name
    assert blocks("export", str(path)).code == 0
    done = blocks("verify", str(path))
    assert (done.code, done.out, done.err) == (0, f"{path}: 247 sessions, as its report says\n", "")


@pytest.mark.parametrize("name", NAMES)
def test_one_byte_that_changed_is_found(blocks: Command, place: Path, name: str) -> None:
    path = place / name
    assert blocks("export", str(path), "-q").code == 0
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    done = blocks("verify", str(path))
    assert done.code == 3
    assert "its SHA-256 is not the one in its report: it was changed since" in done.out
    path.write_bytes(content[:-40])
    cut = blocks("verify", str(path))
    assert cut.code == 3
    assert "bytes, and its report says" in cut.out


def rehashed(path: Path) -> None:
    """Make the report that of the file as it is now, but for its rows."""
    import hashlib

    report = path.with_name(f"{path.name}.report.json")
    told = json.loads(report.read_text())
    content = path.read_bytes()
    told.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    report.write_text(json.dumps(told))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.jsonl.gz"])
def test_rows_that_repeat_or_are_missing_are_found(blocks: Command, place: Path, name: str) -> None:
    path = place / name
    assert blocks("export", str(path), "-q").code == 0
    opened: Callable[..., bytes] = gzip.decompress if name.endswith("gz") else bytes
    packed: Callable[..., bytes] = gzip.compress if name.endswith("gz") else bytes
    lines = opened(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(packed(b"".join([*lines, lines[-1], lines[-2]])))
    rehashed(path)
    done = blocks("verify", str(path))
    assert done.code == 3
    assert done.lines == [
        f"{path}: 2 of its rows are sessions that it holds already",
        f"{path}: it holds 249 sessions, and its report says 247",
    ]
    path.write_bytes(packed(b"".join(lines[:-1])))
    rehashed(path)
    assert blocks("verify", str(path)).lines == [f"{path}: it holds 246 sessions, and its report says 247"]


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        ("a.jsonl", lambda text: text[:-1], "line 247 is no whole JSON object"),
        ("a.jsonl", lambda text: text.replace(b"{", b"[", 1), "line 1 is no whole JSON object"),
        ("a.csv", lambda text: text + b"one,more\r\n", "record 248 has not as many fields as the header"),
        ("a.csv", lambda text: text[:-2], "its last record is cut short"),
        ("a.csv", lambda _: b"", "it has no header"),
        ("a.jsonl.gz", lambda text: text[:-30], "it does not decode: it is damaged, or cut short"),
        ("a.jsonl.zst", lambda text: text[:-30], "it does not decode: it is damaged, or cut short"),
        ("a.parquet", lambda text: text[:-30], "it is no whole Parquet file"),
        ("a.parquet", lambda _: b"", "it is no whole Parquet file"),
    ],
)
def test_what_is_no_such_file_any_more(
    blocks: Command, place: Path, name: str, spoil: Callable[[bytes], bytes], words: str
) -> None:
    path = place / name
    assert blocks("export", str(path), "-q").code == 0
    path.write_bytes(spoil(path.read_bytes()))
    rehashed(path)
    done = blocks("verify", str(path))
    assert (done.code, done.lines[0]) == (3, f"{path}: {words}")
    assert "session_abc123" not in done.out


def test_a_line_break_within_quotes_is_no_record(blocks: Command, place: Path) -> None:
    rows = [{"session_id": f"s{at}", "user_agent": 'a "b"\r\n,c\n'} for at in range(5)]
    with Emulator(agents={"agent_123": rows}) as server:
        assert blocks("export", str(place / "a.csv"), BLOCKS_API_URL=server.url).code == 0
    assert (
        blocks("verify", str(place / "a.csv")).out == f"{place / 'a.csv'}: 5 sessions, as its report says\n"
    )


def test_an_empty_list_is_whole(blocks: Command, place: Path) -> None:
    with Emulator(sessions=0) as server:
        for name in NAMES:
            assert blocks("export", str(place / name), BLOCKS_API_URL=server.url).code == 0
    paths = [str(place / name) for name in NAMES]
    done = blocks("verify", *paths)
    assert (done.code, done.lines) == (0, [f"{path}: 0 sessions, as its report says" for path in paths])


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_name_need_not_say_what_it_is(blocks: Command, place: Path, form: str) -> None:
    for name, options in [("plain", []), ("packed", ["--compression", "zstd"])]:
        path = str(place / name)
        assert blocks("export", path, "--format", form, *options).code == 0
        assert blocks("verify", path).out == f"{path}: 247 sessions, as its report says\n"


def test_a_report_that_is_missing_or_says_less(blocks: Command, place: Path) -> None:
    path, report = place / "a.jsonl", place / "a.jsonl.report.json"
    assert blocks("export", str(path), "--consistency", "fast", "-q").code == 0
    done = blocks("verify", str(path))
    assert (done.code, done.lines) == (3, [f"{path}: its report says that it is not proven to be whole"])
    report.write_text("{")
    assert "a.jsonl.report.json is damaged" in blocks("verify", str(path)).out
    report.unlink()
    done = blocks("verify", str(path))
    assert (done.code, done.lines) == (
        3,
        [f"{path}: there is no a.jsonl.report.json, so nothing tells what it should hold"],
    )


def test_one_that_was_begun_is_not_there_yet(blocks: Command, place: Path) -> None:
    path = place / "a.jsonl"
    with Emulator(sessions=20_000, latency=0.05) as server:
        process = blocks.start("export", str(path), BLOCKS_API_URL=server.url)
        while len(server.requests) < 5:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        process.communicate()
    done = blocks("verify", str(path))
    assert done.code == 3
    assert "is not there yet: its export was begun" in done.out


def test_several_at_once_and_what_is_neither(blocks: Command, place: Path) -> None:
    for name in ("a.jsonl", "b.csv"):
        assert blocks("export", str(place / name), "-q").code == 0
    (place / "b.csv").write_bytes(b"")
    done = blocks("verify", str(place / "a.jsonl"), str(place / "b.csv"))
    assert (done.code, len(done.lines)) == (3, 3)
    missing = blocks("verify", str(place / "nothing.jsonl"))
    assert (missing.code, missing.out) == (1, "")
    assert "nothing.jsonl" in missing.err
    (place / "strange").write_bytes(b"\x00\x01")
    strange = blocks("verify", str(place / "strange"))
    assert strange.code == 2
    assert "neither an export" in strange.err
    assert blocks("verify").code == 2
    assert blocks("verify", str(place)).code != 0


def test_a_mirror_is_what_its_runs_noted(blocks: Command, place: Path) -> None:
    path = place / "support.db"
    assert blocks("sync", str(path), "-q").code == 0
    done = blocks("verify", str(path))
    assert (done.code, done.out) == (0, f"{path}: 247 sessions, as its report says\n")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("delete from sessions where rowid = 3", "it holds 246 sessions, and its last sync left 247"),
        ("update sessions set raw = '{}' where rowid < 3", "the session that they are called by: 2"),
        ("update sessions set session_id = 'x' where rowid = 3", "the session that they are called by: 1"),
        ("update syncs set complete = 0", "its last sync is not proven to be whole"),
        ("update syncs set ended_at = null", "its last sync did not come to its end"),
        ("delete from syncs", "no sync has filled it yet"),
    ],
)
def test_what_was_changed_in_a_mirror_is_found(
    blocks: Command, place: Path, statement: str, words: str
) -> None:
    path = place / "support.db"
    assert blocks("sync", str(path), "-q").code == 0
    with sqlite3.connect(path) as database:
        database.execute(statement)
    database.close()
    done = blocks("verify", str(path))
    assert (done.code, len(done.lines)) == (3, 1)
    assert done.lines[0].endswith(words) or words in done.lines[0]
    assert "session_" not in done.out


def test_a_damaged_mirror(blocks: Command, place: Path) -> None:
    path, torn = place / "support.db", place / "torn.db"
    assert blocks("sync", str(path), "-q").code == 0
    content = path.read_bytes()
    torn.write_bytes(content[: len(content) // 8 * 4])
    done = blocks("verify", str(torn))
    assert done.code == 3
    assert "SQLite" in done.out
    shutil.copy(path, place / "other.db")
    with sqlite3.connect(place / "other.db") as database:
        database.execute("pragma application_id = 5")
    database.close()
    other = blocks("verify", str(place / "other.db"))
    assert (other.code, other.out) == (5, "")
    assert "not made by blocks-sessions" in other.err


def test_ctrl_c_ends_it(blocks: Command, place: Path) -> None:
    path = place / "a.jsonl"
    assert blocks("export", str(path), "-q").code == 0
    rehashed(path)
    report = path.with_name(f"{path.name}.report.json")
    told = json.loads(report.read_text()) | {"bytes": 1 << 35}
    report.write_text(json.dumps(told))
    # A hole of many gigabytes: to read it takes minutes.
    with path.open("ab") as file:
        file.truncate(1 << 35)
    process = blocks.start("verify", str(path))
    with process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130


def test_reports_beside_the_files_are_no_files_to_verify(blocks: Command, place: Path) -> None:
    path = place / "a.jsonl"
    assert blocks("export", str(path), "-q").code == 0
    # As `exports/*` gives them.
    both = blocks("verify", *sorted(str(it) for it in place.iterdir()))
    assert (both.code, both.out) == (0, f"{path}: 247 sessions, as its report says\n")
    alone = blocks("verify", f"{path}.report.json")
    assert (alone.code, alone.out) == (2, "")
    assert f"is the report of {path}: give the name of that file" in alone.err
