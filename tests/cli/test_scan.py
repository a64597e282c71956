"""`mask scan`: sums for a reader, a line for each finding to a program, and what comes by a pipe."""

from __future__ import annotations

import gzip
import json
import shlex
from pathlib import Path

import pytest
from command import Command

ROWS = [{"session_id": f"s{n}", "feedback": f"write to u{n}@example.com", "plan": "pro"} for n in range(120)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "a.jsonl").write_text(LINES)
    (folder / "b.csv").write_text("id,note\n1,call 4111 1111 1111 1111\n2,a@example.com and b@example.com\n")
    return folder


def test_a_terminal_gets_sums_by_file_and_field(bare: Command, folder: Path) -> None:
    done = bare.terminal("mask", "scan", str(folder), width=200).end()
    assert done.code == 3
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0][-5:] == ["file", "field", "kind", "found", "rows"] or "file" in lines[0][0]
    assert [line[-4:] for line in lines[1:4]] == [
        ["feedback", "email", "120", "120"],
        ["note", "card", "1", "1"],
        ["note", "email", "2", "1"],
    ]
    assert done.out.splitlines()[-1] == "found in 2 files, 123 rows: card 1, email 122"
    assert "@example.com" not in done.out


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_shows_the_ends_of_paths(bare: Command, folder: Path, width: int) -> None:
    long = folder / "one-of-many-folders"
    long.mkdir()
    for name in ("january.jsonl", "march.jsonl"):
        (long / name).write_text(LINES)
    out = bare.terminal("mask", "scan", str(long), width=width).end().out
    rows = [line.split()[0] for line in out.splitlines()[1:3]]
    assert [row[-14:] for row in rows] == ["/january.jsonl", "…/march.jsonl"[-14:]]
    assert all(row.startswith("…/") for row in rows)
    assert [line.split()[1:] for line in out.splitlines()[1:3]] == [["feedback", "email", "120", "120"]] * 2
    # A pipe gets them whole.
    assert f"{long}/january.jsonl  feedback" in bare("mask", "scan", "-o", "table", str(long)).out


def test_a_pipe_gets_a_line_for_each_finding(bare: Command, folder: Path) -> None:
    done = bare("mask", "scan", str(folder))
    assert done.code == 3
    findings = [json.loads(line) for line in done.lines]
    assert len(findings) == 122
    first = {"file": str(folder / "a.jsonl"), "row": 1, "column": "feedback", "kind": "email", "count": 1}
    assert findings[0] == first
    assert findings[-1] == {**first, "file": str(folder / "b.csv"), "row": 3, "column": "note", "count": 2}
    assert bare("mask", "scan", "-o", "jsonl", str(folder)).out == done.out
    assert bare.terminal("mask", "scan", "-o", "jsonl", "-q", str(folder)).end().out == done.out
    report = json.loads(bare("mask", "scan", "-o", "json", str(folder)).out)
    assert report["findings"] == findings
    assert report == json.loads(bare("mask", "scan", "--json", str(folder)).out)


def test_many_findings_are_summed_whole_and_listed_as_far_as_told(bare: Command, tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text("".join(json.dumps({"email": f"u{n}@example.com"}) + "\n" for n in range(10_500)))
    table = bare("mask", "scan", "-o", "table", str(many))
    assert table.lines[1].split()[-4:] == ["email", "email", "10,500", "10,500"]
    assert len(table.lines) == 2
    listed = bare("mask", "scan", str(many))
    assert len(listed.lines) == 10_000
    assert "warning: the first 10,000 are listed, and 500 more are not" in listed.err


@pytest.mark.parametrize(
    ("text", "arguments", "found"),
    [
        (LINES.encode(), [], {("feedback", 1), ("feedback", 120)}),
        (json.dumps(ROWS, indent=2).encode(), [], {("feedback", 1), ("feedback", 120)}),
        (
            json.dumps({"sessions": ROWS, "total_count": 120}).encode(),
            [],
            {("feedback", 1), ("feedback", 120)},
        ),
        (json.dumps({"sessions": ROWS}, indent=1).encode(), [], {("feedback", 1), ("feedback", 120)}),
        (gzip.compress(LINES.encode()), [], {("feedback", 1), ("feedback", 120)}),
        (b"\n\nhello\nu1@example.com wrote\n", [], {("", 4)}),
        (b"id,note\n1,u1@example.com\n", ["--format", "csv"], {("note", 2)}),
        (b"id\tnote\n1\tu1@example.com\n", ["--format", "tsv"], {("note", 2)}),
        (b'{"a": "u1@example.com"}\n', ["--format", "text"], {("", 1)}),
        (b"", [], set()),
    ],
)
def test_standard_input_is_what_it_begins_as(
    bare: Command, tmp_path: Path, text: bytes, arguments: list[str], found: set[tuple[str, int]]
) -> None:
    path = tmp_path / "input"
    path.write_bytes(text)
    done = bare.shell(f"blocks mask scan - {shlex.join(arguments)} < {path}")
    assert done.code == (3 if found else 0), done.err
    findings = [json.loads(line) for line in done.lines]
    assert {finding["file"] for finding in findings} <= {"standard input"}
    assert found <= {(finding["column"], finding["row"]) for finding in findings}


def test_what_standard_input_cannot_be(bare: Command, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "input").write_bytes(b"SQLite format 3\0" + b"\0" * 200)
    database = bare.shell(f"blocks mask scan - < {tmp_path / 'input'}")
    assert database.code == 2
    assert "SQLite is read from a file only: give its path" in database.err
    for arguments in (["-", "-"], ["-", "--values", "-"]):
        twice = bare("mask", "scan", *arguments)
        assert (twice.code, twice.err) == (2, "error: standard input (-) can be read once only\n")
    named = bare("mask", "scan", "--format", "csv", str(folder))
    assert named.code == 2
    assert "--format is of standard input (-)" in named.err


def test_a_pipeline_finds_what_a_mask_left(blocks: Command) -> None:
    assert blocks.shell("blocks list -n 50 -q | blocks mask scan - > /dev/null").code == 3
    masked = blocks.shell("blocks list -n 50 -q --mask training | blocks mask scan -")
    assert (masked.code, masked.out) == (0, "")
    assert masked.err == "nothing found in 1 file, 50 rows\n"


@pytest.mark.parametrize("arguments", [["mask", "scan", "-"], ["mask", "explain", "-"]])
def test_ctrl_c_ends_the_wait_for_input_at_once(bare: Command, arguments: list[str]) -> None:
    screen = bare.terminal(*arguments)
    screen.read(until="reading standard input; Ctrl-D ends it")
    screen.press(b"\x03")
    # Not after the five seconds for which a command that puts things in order is waited for.
    assert screen.process.wait(timeout=4) == 130
    assert "interrupted" in screen.end().out


def test_what_is_typed_is_read_to_its_end(bare: Command) -> None:
    screen = bare.terminal("mask", "scan", "-", "-o", "jsonl")
    screen.read(until="Ctrl-D ends it")
    screen.press(b"write to jane@example.com\n\x04")
    done = screen.end()
    assert done.code == 3
    assert '"kind":"email"' in done.out
