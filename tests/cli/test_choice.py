"""`--where`, `--fields`, `--since` and `--until`: as the keywords of the same names."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from command import Command

from blocks_sessions.testing import Emulator


def test_a_condition_keeps_what_it_takes(blocks: Command, served: Emulator) -> None:
    whole = [json.loads(line) for line in blocks("list").lines]
    done = blocks("list", "--where", "status = 'closed' and rating <= 2")
    wanted = [row for row in whole if row["status"] == "closed" and (row.get("rating") or 9) <= 2]
    assert wanted
    assert [json.loads(line) for line in done.lines] == wanted
    assert done.err.startswith(f"{len(wanted)} of 247 sessions, proven whole at ")
    few = blocks("list", "--where", "status = 'closed'", "-n", "2")
    assert len(few.lines) == 2
    assert few.err.startswith("2 sessions, of ")
    assert "looked at (-n cuts the list)" in few.err


def test_fields_in_every_format(blocks: Command) -> None:
    fields = ["--fields", "rating,metadata.source, session_id", "-n", "2"]
    rows = [json.loads(line) for line in blocks("list", *fields).lines]
    assert rows[0] == {"session_id": "session_abc123", "metadata": {"source": "website"}, "rating": 5}
    assert json.loads(blocks("list", *fields, "-o", "json").out) == rows
    table = blocks("list", *fields, "-o", "table").lines
    assert table[0].split() == ["rating", "metadata.source", "session_id"]
    assert table[1].split() == ["5", "website", "session_abc123"]
    text = blocks("list", *fields, "-o", "csv").out
    records = list(csv.reader(io.StringIO(text, newline="")))
    assert records[0] == ["rating", "metadata.source", "session_id"]
    assert records[1][1:] == ["website", "session_abc123"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--where", "lowr(status) = 'x'"], "--where: unknown function 'lowr'"),
        (["--where", "ratin = 2"], "did you mean"),
        (["--where", 'status = "closed"'], "--where: "),
        (["--fields", "session_id,,x"], "--fields: "),
        (["--fields", "rating,rating"], "--fields: "),
        (["--since", "yesterdayish"], "--since: "),
        (["--since", "2026-02-01", "--until", "2026-01-01"], "--since: must be before until"),
    ],
)
def test_what_is_wrong_is_2_before_any_request(
    blocks: Command, served: Emulator, arguments: list[str], words: str
) -> None:
    done = blocks("list", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert len(served.requests) == 0


def test_a_name_that_no_session_has_is_told_at_the_end(blocks: Command, tmp_path: Path) -> None:
    told = "warning: --where: no session has a field 'closed' (247 sessions were read); "
    told += "a text stands in single quotes: 'closed'\n"
    for command in (["list"], ["count"], ["export", str(tmp_path / "closed.jsonl")], ["list", "-n", "5"]):
        done = blocks(*command, "--where", "status = closed")
        assert done.code == 0
        assert done.err.endswith(told), command
        assert done.err.count("warning") == 1
        assert blocks(*command, "--where", "status = closed", "--restart", "--overwrite", "-q").err == "" or (
            command[0] != "export"
        )
    assert blocks("list", "--where", "status = closed", "-q").err == ""
    fields = blocks("list", "--fields", "session_id,ratng2", "--where", "rating = 5")
    assert "warning: --fields: no session has a field 'ratng2' (247 sessions were read)\n" in fields.err
    # A part of the list does not show what all sessions have.
    assert "warning" not in blocks("list", "-n", "5", "--fields", "session_id,ratng2").err
    assert "warning" not in blocks("list", "--where", "status = 'closed' and metadata.nothing is null").err


def test_a_count_is_one_number(blocks: Command, served: Emulator) -> None:
    done = blocks("count")
    assert (done.code, done.out, done.err) == (0, "247\n", "")
    assert len(served.requests) == 1
    proven = blocks("count", "--prove")
    assert (proven.code, proven.out) == (0, "247\n")
    assert len(served.requests) > 2
    closed = len(blocks("list", "--where", "status = 'closed'").lines)
    assert blocks("count", "--where", "status = 'closed'").out == f"{closed}\n"
    assert blocks("count", "--where", "ratin = 2").code == 2
    assert blocks("count", "--prove", "--consistency", "fast").code == 2
    assert blocks("count", "--agent", "agent_404").code == 1
