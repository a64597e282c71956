"""`export`, `sync` and `watch`: the commands that keep files, and what stops them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from command import Command, columns, plain

from blocks_sessions import Mirror, SessionsClient
from blocks_sessions.testing import Emulator, Faults


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def slow() -> Iterator[Emulator]:
    with Emulator(sessions=20_000, latency=0.05) as server:
        yield server


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def stopped(blocks: Command, server: Emulator, how: int, *arguments: str) -> Iterator[tuple[int, str]]:
    """Runs a command until it has read something, and stops it."""
    before = len(server.requests)
    process = blocks.start(*arguments, BLOCKS_API_URL=server.url)
    wait_for(lambda: len(server.requests) > before + 8)
    process.send_signal(how)
    _, err = process.communicate(timeout=20)
    yield process.returncode, err.decode()


def newcomer(server: Emulator, name: str, **fields: Any) -> None:
    with SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        now = client.list(limit=1)[0]["last_message_at"]
    server.add({"session_id": name, "created_at": now, "last_message_at": now, **fields})


# --- export


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.jsonl.zst"])
def test_an_export_says_how_it_ended(blocks: Command, place: Path, name: str) -> None:
    done = blocks("export", str(place / name))
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"{name}: 247 sessions, ")
    assert done.err.endswith(" bytes, proven whole\n")
    assert {path.name for path in place.iterdir()} == {name, f"{name}.report.json"}
    assert blocks("export", str(place / f"q-{name}"), "-q").err == ""


def test_an_export_to_a_pipe(blocks: Command) -> None:
    done = blocks("export", "-")
    assert [json.loads(line) for line in done.lines] == [json.loads(line) for line in blocks("list").lines]
    assert done.err == "247 sessions, proven whole\n"
    rows = list(csv.DictReader(io.StringIO(blocks("export", "-", "--format", "csv", "-q").out, newline="")))
    assert [row["session_id"] for row in rows] == [json.loads(line)["session_id"] for line in done.lines]
    assert blocks("export", "-", "--format", "parquet").code == 2


def test_a_reader_of_an_export_that_has_gone(blocks: Command, slow: Emulator) -> None:
    done = blocks.shell("blocks export - | head -1", BLOCKS_API_URL=slow.url)
    assert (done.code, len(done.lines), done.err) == (0, 1, "")
    full = blocks.shell("blocks export - > /dev/full")
    assert full.code == 1
    assert full.err.startswith("error: Could not write to standard output: No space left")
    # Of a stream nothing is kept.
    assert "kept" not in full.err


def test_a_name_that_a_terminal_would_obey_is_shown_by_its_codes(blocks: Command, place: Path) -> None:
    path = place / "a\x1b[31m\x07b.jsonl"
    done = blocks("export", str(path))
    assert (done.code, path.exists()) == (0, True)
    assert done.err.startswith("a\\u{1b}[31m\\u{7}b.jsonl: 247 sessions")
    key = blocks("mask", "keygen", "--file", str(place / "k\x1b[2J"))
    assert (key.code, "k\\u{1b}[2J" in key.err) == (0, True)


@pytest.mark.skipif(sys.platform != "linux", reason="a name there is any bytes")
def test_a_name_need_not_be_utf_8(blocks: Command, place: Path) -> None:
    mirror, file = (
        os.fsdecode(bytes(place / "m") + b"\xff.db"),
        os.fsdecode(bytes(place / "f") + b"\xff.jsonl"),
    )
    assert blocks("export", file).code == 0
    assert blocks("sync", mirror).code == 0
    assert blocks("query", mirror, "select count(*) as n from live").out == '{"n":247}\n'
    assert blocks("watch", mirror, "--once").code == 0
    checked = blocks("verify", file, f"{file}.report.json", mirror)
    assert (checked.code, len(checked.lines)) == (0, 2), checked.err


@pytest.mark.parametrize(
    "stop", [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")], ids=str
)
def test_a_stopped_export_goes_on(
    blocks: Command, place: Path, slow: Emulator, stop: tuple[int, int, str]
) -> None:
    how, code, word = stop
    path = place / "a.jsonl"
    with stopped(blocks, slow, how, "export", str(path)) as (ended, err):
        assert (ended, err) == (code, f"{word}: the same command goes on from there\n")
    assert not path.exists()
    slow.latency = 0
    again = blocks("export", str(path), BLOCKS_API_URL=slow.url)
    assert again.code == 0
    assert again.err.splitlines()[0].startswith("resuming a.jsonl: ")
    ids = [json.loads(line)["session_id"] for line in path.read_bytes().splitlines()]
    assert len(ids) == len(set(ids)) == 20_000


def test_restart_begins_anew(blocks: Command, place: Path, slow: Emulator) -> None:
    path = place / "a.jsonl"
    with stopped(blocks, slow, signal.SIGINT, "export", str(path)) as (ended, _):
        assert ended == 130
    slow.latency = 0
    again = blocks("export", str(path), "--restart", BLOCKS_API_URL=slow.url)
    assert again.code == 0
    assert "resuming" not in again.err


def test_a_conflict_is_5_and_names_the_flag(blocks: Command, place: Path, slow: Emulator) -> None:
    path = str(place / "a.jsonl")
    assert blocks("export", path).code == 0
    taken = blocks("export", path)
    assert (taken.code, taken.out) == (5, "")
    assert "exists. Choose another name, or pass --overwrite" in taken.err
    assert json.loads(blocks("export", path, "--json-errors").err)["error"] == "TargetConflictError"
    assert blocks("export", path, "--overwrite").code == 0
    begun = str(place / "b.jsonl")
    with stopped(blocks, slow, signal.SIGINT, "export", begun) as (ended, _):
        assert ended == 130
    other = blocks("export", begun, "--where", "rating > 2", BLOCKS_API_URL=slow.url)
    assert other.code == 5
    assert "was begun with other parameters" in other.err
    assert "--restart" in other.err
    assert "resume=" not in other.err


def test_a_lock_is_5(blocks: Command, place: Path, slow: Emulator) -> None:
    path = str(place / "a.jsonl")
    first = blocks.start("export", path, BLOCKS_API_URL=slow.url)
    wait_for(lambda: len(slow.requests) > 4)
    second = blocks("export", path, BLOCKS_API_URL=slow.url)
    assert (second.code, second.out) == (5, "")
    assert "is locked" in second.err
    first.send_signal(signal.SIGINT)
    assert first.wait(timeout=20) == 130
    first.communicate()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a"], "pass --format"),
        (["a.csv", "--format", "jsonl"], '--format "jsonl" contradicts the file'),
        (["a.jsonl", "--compression", "gzip"], '--compression "gzip" contradicts the file'),
        (["a.jsonl", "--where", "ratin = 1"], "did you mean"),
        (["a.jsonl", "--compression", "lzma"], "compression must be one of"),
        ([], "required"),
    ],
)
def test_wrong_words_for_an_export(blocks: Command, place: Path, arguments: list[str], words: str) -> None:
    given = [str(place / argument) if at == 0 else argument for at, argument in enumerate(arguments)]
    done = blocks("export", *given)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert list(place.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc").exists(), reason="needs a folder that refuses")
def test_a_place_that_cannot_be_written_is_1(blocks: Command) -> None:
    done = blocks("export", "/proc/nowhere/a.jsonl")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: Could not ")


def test_an_export_with_a_bar(blocks: Command, place: Path, slow: Emulator) -> None:
    slow.latency = 0.005
    code, out, told = blocks.bar("export", str(place / "a.jsonl"), BLOCKS_API_URL=slow.url)
    assert (code, out) == (0, b"")
    assert "of 20,000 sessions" in told
    assert told.rstrip().endswith("proven whole")


def test_an_export_takes_a_choice(blocks: Command, place: Path) -> None:
    path = place / "a.jsonl"
    choice = ["--where", "status = 'closed'", "--fields", "session_id,rating"]
    assert blocks("export", str(path), *choice).code == 0
    assert path.read_text() == blocks("list", *choice).out


def test_spreadsheet_safe(blocks: Command, place: Path) -> None:
    rows = [{"session_id": "=1+1", "last_message_at": "2026-01-01T00:00:00Z"}]
    with Emulator(agents={"agent_123": rows}) as server:
        done = blocks("export", str(place / "a.csv"), "--spreadsheet-safe", BLOCKS_API_URL=server.url)
    assert done.code in {0, 3}
    assert "'=1+1" in (place / "a.csv").read_text()


@pytest.fixture
def unprovable() -> Iterator[Emulator]:
    """A list with a session that nothing tells from others."""
    with Emulator(sessions=250) as server:
        rows: list[dict[str, object]] = [dict(session) for session in server.sessions()]
    del rows[120]["session_id"]
    with Emulator(sessions=rows) as server:
        yield server


@pytest.mark.parametrize("consistency", ["checked", "strict", "fast"])
def test_an_export_that_is_not_proven_is_3(
    blocks: Command, place: Path, unprovable: Emulator, consistency: str
) -> None:
    path = place / "a.jsonl"
    done = blocks("export", str(path), "--consistency", consistency, BLOCKS_API_URL=unprovable.url)
    assert done.code == (0 if consistency == "fast" else 3), done.err
    assert "not proven" in done.err or done.err.startswith("error: ")
    # What is known to lack something gets no name.
    assert path.exists() is (consistency != "strict")
    assert blocks("verify", str(path)).code == 3


def test_a_sync_that_is_not_proven_is_3(blocks: Command, place: Path, unprovable: Emulator) -> None:
    done = blocks("sync", str(place / "a.db"), BLOCKS_API_URL=unprovable.url)
    assert (done.code, done.out) == (3, "")
    assert "not proven" in done.err


def test_credentials_are_4_everywhere(blocks: Command, place: Path) -> None:
    wrong = {"BLOCKS_PROJECT_KEY": "wrong-key"}
    commands = (["export", str(place / "a.jsonl")], ["sync", str(place / "a.db")], ["watch"], ["count"])
    for arguments in commands:
        for variables in (wrong, {"BLOCKS_PROJECT_KEY": None}):
            done = blocks(*arguments, **variables)
            assert (done.code, done.out) == (4, ""), (arguments, done.err)
            assert "wrong-key" not in done.err


# --- sync


def test_a_sync_says_what_it_did(blocks: Command, place: Path, served: Emulator) -> None:
    path = str(place / "support.db")
    first = blocks("sync", path)
    assert (first.code, first.out) == (0, "")
    assert first.err.startswith(
        "247 sessions: 247 created, 0 updated, 0 vanished, 0 returned; proven (full) at "
    )
    newcomer(served, "one")
    second = blocks("sync", path)
    assert second.err.startswith(
        "248 sessions: 1 created, 0 updated, 0 vanished, 0 returned; proven (head) at "
    )
    gone = served.sessions()[30]["session_id"]
    served.delete(gone)
    assert ", 1 vanished, " in blocks("sync", path, "--full", "--vanished", "drop").err
    assert blocks("sync", path, "-q").err == ""
    with Mirror(path) as mirror:
        assert mirror.query("select count(*) as n from sessions where session_id = ?", [gone])[0]["n"] == 0


def test_wrong_words_for_a_sync(blocks: Command, place: Path) -> None:
    path = str(place / "support.db")
    for arguments in (["--full", "--head"], ["--vanished", "forget"], ["--consistency", "fast"]):
        done = blocks("sync", path, *arguments)
        assert (done.code, done.out) == (2, ""), arguments
    assert blocks("sync").code == 2
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_sync_goes_on(blocks: Command, place: Path, slow: Emulator, how: int, code: int) -> None:
    path = str(place / "support.db")
    with stopped(blocks, slow, how, "sync", path) as (ended, err):
        assert ended == code
        assert "what was read is kept; the next sync goes on" in err
    assert blocks("verify", path).code == 3
    slow.latency = 0
    assert blocks("sync", path, BLOCKS_API_URL=slow.url).code == 0
    assert blocks("verify", path).code == 0


def test_a_mirror_of_another_list_or_one_in_use_is_5(blocks: Command, place: Path, slow: Emulator) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path).code == 0
    with Emulator(agents={"other": 3}) as server:
        other = blocks("sync", path, "--agent", "other", BLOCKS_API_URL=server.url)
    assert (other.code, other.out) == (5, "")
    assert "is a mirror of another list" in other.err
    busy = str(place / "busy.db")
    first = blocks.start("sync", busy, BLOCKS_API_URL=slow.url)
    wait_for(lambda: len(slow.requests) > 4)
    second = blocks("sync", busy, BLOCKS_API_URL=slow.url)
    assert (second.code, second.out) == (5, "")
    assert "busy.db is locked" in second.err
    first.send_signal(signal.SIGINT)
    assert first.wait(timeout=20) == 130
    first.communicate()


def test_what_is_no_mirror_is_left_alone(blocks: Command, place: Path) -> None:
    path = place / "notes.txt"
    path.write_text("hello, this is a text of some length")
    for arguments in (["sync", str(path)], ["query", str(path), "select 1"], ["watch", str(path), "--once"]):
        done = blocks(*arguments)
        assert (done.code, done.out) == (5, ""), arguments
        assert "was not made by blocks-sessions" in done.err
    assert path.read_text().startswith("hello")
    other = place / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("create table a(b)")
    assert blocks("sync", str(other)).code == 5
    assert blocks("sync", str(place)).code == 5


# --- watch


@pytest.mark.parametrize("width", [30, 50, 200])
def test_a_watch_fits_its_terminal(blocks: Command, place: Path, served: Emulator, width: int) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    newcomer(served, "東" * 60)
    lines = plain(blocks.terminal("watch", path, "--once", "-q", width=width).end().out).splitlines()
    assert len(lines) == 1
    assert columns(lines[0]) < width
    assert lines[0].endswith("…") is (width < 200)


def changes(process: subprocess.Popen[bytes], count: int) -> list[dict[str, Any]]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def test_a_watch_tells_what_comes(blocks: Command, place: Path, served: Emulator) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    process = blocks.start("watch", path, "--interval", "50ms")
    before = len(served.requests)
    wait_for(lambda: len(served.requests) > before + 2)
    newcomer(served, "one", rating=2.50)
    [change] = changes(process, 1)
    assert (change["kind"], change["session_id"], change["before"]) == ("created", "one", None)
    assert change["session"]["rating"] == 2.5
    served.update("one", status="closed")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.decode().splitlines() == [
        "watching; Ctrl-C ends it",
        f"interrupted: go on with --since {change['seq']}",
    ]
    # And that is what is to be done.
    newcomer(served, "two")
    again = blocks("watch", path, "--since", str(change["seq"]), "--once")
    assert again.code == 0
    assert "two" in {json.loads(line)["session_id"] for line in again.lines}


def test_a_watch_without_a_mirror(blocks: Command, served: Emulator) -> None:
    process = blocks.start("watch", "--interval", "0.05", "-q")
    wait_for(lambda: len(served.requests) > 12)
    newcomer(served, "one")
    assert changes(process, 1)[0]["session_id"] == "one"
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    # There is no number to go on with: what it knew is gone.
    assert (process.returncode, err) == (143, b"terminated\n")


def test_a_watch_in_a_terminal(blocks: Command, place: Path, served: Emulator) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    screen = blocks.terminal("watch", path, "--interval", "50ms")
    screen.read(until="Ctrl-C ends it")
    before = len(served.requests)
    wait_for(lambda: len(served.requests) > before + 2)
    newcomer(served, "one\x1b[31m")
    shown = screen.read(until="created")
    screen.press(b"\x03")
    done = screen.end()
    assert done.code == 130
    assert "\x1b[31mone" not in shown + done.out
    assert "--since" in done.out


def test_a_watch_whose_reader_has_gone(blocks: Command, place: Path, served: Emulator) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    process = blocks.start("watch", path, "--interval", "50ms", "-q")
    assert process.stdout is not None
    process.stdout.close()
    before = len(served.requests)
    wait_for(lambda: len(served.requests) > before + 2)
    newcomer(served, "one")
    assert process.wait(timeout=20) == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_one_look(blocks: Command, place: Path, served: Emulator) -> None:
    path = str(place / "support.db")
    first = blocks("watch", path, "--once")
    assert (first.code, len(first.lines)) == (0, 247)
    quiet = blocks("watch", path, "--once")
    assert (quiet.out, quiet.err) == ("", "0 changes\n")
    newcomer(served, "one")
    look = blocks("watch", path, "--once", "-o", "table")
    assert (look.code, len(look.lines)) == (0, 1)
    [_, day, time_of_day, *rest] = look.lines[0].split()
    assert rest == ["created", "one"]
    # As `list` shows times.
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    assert re.fullmatch(r"\d\d:\d\d", time_of_day)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--interval", "soon"], 2),
        (["--interval", "-1"], 2),
        (["--interval", "0"], 2),
        (["--interval", "nan"], 2),
        (["--interval", "1e308"], 2),
        (["--since", "4"], 2),
        (["--once"], 2),
        (["-o", "csv"], 2),
        (["-o", "json"], 2),
        (["{place}/none.db", "--since", "4"], 2),
        (["{place}/none.db", "--since", "-4"], 2),
    ],
)
def test_wrong_words_for_a_watch(blocks: Command, place: Path, arguments: list[str], code: int) -> None:
    done = blocks("watch", *(argument.replace("{place}", str(place)) for argument in arguments))
    assert (done.code, done.out) == (code, "")
    assert "panicked" not in done.err
    assert list(place.iterdir()) == []


def test_a_time_that_no_clock_tells_is_only_long(blocks: Command, place: Path, served: Emulator) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    process = blocks.start("watch", path, "--interval", "10000000000000000s")
    before = len(served.requests)
    wait_for(lambda: len(served.requests) > before)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, b"panicked" in err) == (130, False)


def test_a_failure_of_the_service_ends_a_watch_with_1(blocks: Command, place: Path) -> None:
    with Emulator(sessions=30, faults=Faults(rate=1.0, kinds=["status_403"])) as server:
        done = blocks("watch", str(place / "a.db"), BLOCKS_API_URL=server.url)
    assert done.code == 4
    assert "403" in done.err


def test_a_mirror_is_a_file_of_sqlite(blocks: Command, place: Path) -> None:
    path = place / "support.db"
    assert blocks("sync", str(path), "-q").code == 0
    with sqlite3.connect(path) as database:
        [(count,)] = database.execute("select count(*) from live")
    database.close()
    assert count == 247


def test_an_export_that_wrote_nothing_leaves_nothing(blocks: Command, place: Path, served: Emulator) -> None:
    target = place / "all.jsonl"
    nowhere = blocks("export", str(target), "--base-url", "http://127.0.0.1:9", "--timeout", "1")
    assert nowhere.code == 1
    refused = blocks("export", str(target), BLOCKS_PROJECT_KEY="wrong-key")
    assert refused.code == 4
    assert list(place.iterdir()) == []
    with Emulator(sessions=5, latency=5.0) as silent:
        process = blocks.start("export", str(target), BLOCKS_API_URL=silent.url)
        wait_for(lambda: silent.requests != [])
        assert (place / "all.jsonl.part").exists()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130
    assert list(place.iterdir()) == []
    # Somebody's own files in the folder stay.
    (place / "all.jsonl.part").mkdir()
    (place / "all.jsonl.part" / "notes.txt").write_text("mine")
    assert blocks("export", str(target), BLOCKS_PROJECT_KEY="wrong-key").code == 4
    assert [path.name for path in (place / "all.jsonl.part").iterdir()] == ["notes.txt"]
    assert blocks("export", str(target)).code == 0


def test_an_export_that_wrote_something_is_gone_on_with_after_a_failure(
    blocks: Command, place: Path, slow: Emulator
) -> None:
    target = place / "all.jsonl"
    with stopped(blocks, slow, signal.SIGINT, "export", str(target)) as (code, _):
        assert code == 130
    part = place / "all.jsonl.part"
    assert part.exists()
    committed = (part / "data").stat().st_size
    slow.close()
    # The second run writes nothing, and what the first one wrote stays.
    assert blocks("export", str(target), "--timeout", "1", BLOCKS_API_URL=slow.url).code == 1
    assert (part / "data").stat().st_size == committed > 0


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv.gz", "a.parquet"])
def test_each_export_has_its_report_beside_it(blocks: Command, place: Path, name: str) -> None:
    assert blocks("export", str(place / name)).code == 0
    assert sorted(path.name for path in place.iterdir()) == [name, f"{name}.report.json"]
    report = json.loads((place / f"{name}.report.json").read_text())
    assert (report["rows"], report["complete"]) == (247, True)
    assert blocks("verify", str(place / name)).code == 0
