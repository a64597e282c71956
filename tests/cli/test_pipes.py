"""What goes to which stream, and what becomes of a stream that takes no more."""

from __future__ import annotations

import csv
import io
import json

import pytest
from command import Command, plain

from blocks_sessions import SessionsClient
from blocks_sessions.testing import Emulator


def sent(server: Emulator) -> list[dict[str, object]]:
    with SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        return [dict(session) for session in client.iter_sessions()]


def test_a_pipe_gets_json_lines_as_they_were_sent(blocks: Command, served: Emulator) -> None:
    done = blocks("list")
    assert done.code == 0
    assert [json.loads(line) for line in done.lines] == sent(served)
    assert done.out.startswith('{"session_id":"session_abc123","agent_id":"agent_123"')
    assert done.err.startswith("247 sessions, proven whole at ")
    assert done.err.count("\n") == 1


def test_every_format_has_the_same_sessions(blocks: Command, served: Emulator) -> None:
    ids = [session["session_id"] for session in sent(served)]
    array = json.loads(blocks("list", "-o", "json").out)
    assert [session["session_id"] for session in array] == ids
    rows = list(csv.DictReader(io.StringIO(blocks("list", "-o", "csv").out, newline="")))
    assert [row["session_id"] for row in rows] == ids
    assert rows[0]["created_at"].startswith("2026-01-12T08:30:00")
    assert rows[0]["resolved"] == "true"
    assert json.loads(rows[0]["tags"]) == ["support", "billing"]
    assert rows[0]["user_name"] == "John Doe"
    table = blocks("list", "-o", "table").lines
    assert [line.split()[0] for line in table] == ["session_id", *ids]


def test_a_terminal_changes_looks_and_not_content(blocks: Command, served: Emulator) -> None:
    screen = blocks.terminal("list", width=200).end()
    assert screen.code == 0
    lines = plain(screen.out).splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == [session["session_id"] for session in sent(served)]
    assert lines[-1].startswith("247 sessions, proven whole at ")
    lines = blocks.terminal("list", "-o", "jsonl").end().out.splitlines()
    assert json.loads(plain(lines[0]))["session_id"] == "session_abc123"


def test_an_empty_list(tmp_path: object, blocks: Command) -> None:
    with Emulator(sessions=0) as empty:
        assert blocks("list", BLOCKS_API_URL=empty.url).out == ""
        assert blocks("list", "-o", "json", BLOCKS_API_URL=empty.url).out == "[]\n"
        assert len(blocks("list", "-o", "csv", BLOCKS_API_URL=empty.url).lines) == 1
        done = blocks("list", "-o", "table", BLOCKS_API_URL=empty.url)
        assert (done.code, done.out) == (0, "")
        assert done.err.startswith("0 sessions, proven whole")


def test_a_cut_list_says_so(blocks: Command, served: Emulator) -> None:
    done = blocks("list", "-n", "5")
    assert (done.code, len(done.lines)) == (0, 5)
    assert "5 of 247 sessions" in done.err
    assert "-n" in done.err
    assert len(served.requests) == 1
    assert blocks("list", "-n", "5", "-q").err == ""


def test_head_ends_it_quietly_and_soon(blocks: Command) -> None:
    with Emulator(sessions=20_000) as server:
        done = blocks.shell("blocks list | head -1", BLOCKS_API_URL=server.url)
        assert (done.code, len(done.lines), done.err) == (0, 1, "")
        assert len(server.requests) <= 4


def test_a_full_disk_is_an_error(blocks: Command) -> None:
    for line in ["list", "config show", "completion bash", "man", "--help", "--version"]:
        done = blocks.shell(f"blocks {line} > /dev/full")
        assert done.code == 1, line
        assert done.err.startswith("error: cannot write to standard output: No space left"), done.err


@pytest.mark.parametrize("line", ["list", "--help", "list --help", "--version", "", "serve --list-faults"])
def test_a_closed_standard_output_is_an_error(blocks: Command, line: str) -> None:
    done = blocks.shell(f"blocks {line} >&-")
    assert done.code == 1
    assert done.err.startswith("error: cannot write to standard output")


@pytest.mark.parametrize("line", ["mask scan -", "mask explain -", "mask token email -"])
def test_a_closed_standard_input_is_an_error(blocks: Command, line: str) -> None:
    key = blocks("mask", "keygen").out.strip()
    done = blocks.shell(f"blocks {line} <&-", BLOCKS_MASK_KEY=key)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: standard input: ")
    # An empty one holds nothing, which is no error of the stream's.
    assert blocks.shell("blocks mask scan - </dev/null").code == 0


def test_the_demo_tells_of_an_output_that_fails(blocks: Command) -> None:
    for where in [">/dev/full", ">&-"]:
        done = blocks.shell(f"blocks demo {where}")
        assert (done.code, len(done.err.splitlines())) == (1, 1), done.err
        assert done.err.startswith("error: cannot write to standard output: ")


def test_a_closed_or_full_standard_error_is_none(blocks: Command) -> None:
    for where in ["2>&-", "2>/dev/full"]:
        done = blocks.shell(f"blocks list -v {where} | wc -l")
        assert (done.code, done.out.strip()) == (0, "247"), where
        done = blocks.shell(f"blocks list --agent agent_404 {where}")
        assert (done.code, done.out) == (1, ""), where


def test_quiet_and_verbose(blocks: Command) -> None:
    assert blocks("list", "-q").err == ""
    told = blocks("list", "-v").err
    assert "POST /conversation/sessions offset=0 -> 200" in told
    assert told.splitlines()[-1].startswith("247 sessions")
    refused = blocks("list", "--agent", "agent_404", "-v")
    assert refused.err.splitlines()[-1] == "  attempts: 1" or "request id:" in refused.err
    assert blocks("list", "-q", "--agent", "agent_404").err.startswith("error: 422: body.agent_id")
    assert blocks("list", "-q", "-v").code == 2


def test_a_bar_where_standard_error_is_a_terminal(blocks: Command) -> None:
    with Emulator(sessions=3_000, latency=0.05) as server:
        code, out, told = blocks.bar("list", BLOCKS_API_URL=server.url)
        assert (code, out.count(b"\n")) == (0, 3_000)
        assert "of 3,000 sessions" in told
        assert "━" in told
        # The bar is gone before the last line.
        last = told.replace("\r\n", "\n").splitlines()[-1].split("\x1b[K")[-1]
        assert last.startswith("3,000 sessions, proven whole")
        assert all(len(plain(line)) < 80 for line in told.split("\r"))
        for arguments in (["--progress", "never"], ["-q"]):
            assert "━" not in blocks.bar("list", *arguments, BLOCKS_API_URL=server.url)[2]
        assert "━" not in blocks.bar("list", BLOCKS_API_URL=server.url, TERM="dumb")[2]
        assert "of 3,000 sessions" in blocks("list", "--progress", "always", BLOCKS_API_URL=server.url).err
        narrow = blocks.bar("list", width=40, BLOCKS_API_URL=server.url)[2]
        assert all(len(plain(line)) < 40 for line in narrow.split("\r") if "of 3,000" in line)


@pytest.mark.parametrize("arguments", [["--prove"], ["--where", "rating <= 2"], ["--since", "3650d"]])
def test_a_count_that_reads_the_list_shows_how_far_it_is(blocks: Command, arguments: list[str]) -> None:
    with Emulator(sessions=3_000, latency=0.05) as server:
        code, out, told = blocks.bar("count", *arguments, BLOCKS_API_URL=server.url)
        assert (code, out.isspace(), out.count(b"\n")) == (0, False, 1)
        assert "of 3,000 sessions" in told
        assert "━" in told
        assert ("kept" in told) is ("--where" in arguments)
        # It is gone when the number comes, which may go to the same terminal.
        assert told.endswith("\x1b[K")
        both = blocks.terminal("count", *arguments, BLOCKS_API_URL=server.url).end()
        assert both.out.split("\x1b[K")[-1] == out.decode()
        for silent in (["--progress", "never"], ["-q"]):
            assert blocks.bar("count", *arguments, *silent, BLOCKS_API_URL=server.url)[2] == ""
        told = blocks("count", *arguments, "--progress", "always", BLOCKS_API_URL=server.url).err
        assert "of 3,000 sessions" in told
        assert blocks("count", *arguments, BLOCKS_API_URL=server.url).err == ""


def test_no_bar_where_the_rows_go_to_the_terminal(blocks: Command) -> None:
    with Emulator(sessions=3_000, latency=0.05) as server:
        assert "━" not in blocks.terminal("list", BLOCKS_API_URL=server.url).end().out


@pytest.mark.parametrize(
    ("variables", "arguments", "colour"),
    [
        ({}, [], False),
        ({"CLICOLOR_FORCE": "1"}, [], True),
        ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, [], False),
        ({"CLICOLOR_FORCE": "1"}, ["--color", "never"], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
    ],
)
def test_colours_in_a_pipe(
    blocks: Command, variables: dict[str, str | None], arguments: list[str], colour: bool
) -> None:
    done = blocks("list", "-o", "table", *arguments, **variables)
    assert ("\x1b[" in done.out) is colour
    failed = blocks("list", "--agent", "agent_404", *arguments, **variables)
    assert ("\x1b[" in failed.err) is colour
    wrong = blocks("list", "--agnt", "x", *arguments, **variables)
    assert ("\x1b[" in wrong.err) is colour


@pytest.mark.parametrize(
    ("variables", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_in_a_terminal(blocks: Command, variables: dict[str, str | None], colour: bool) -> None:
    assert ("\x1b[" in blocks.terminal("list", width=80, **variables).end().out) is colour


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_marks_are_ascii_where_the_locale_is_no_utf_8(blocks: Command, locale: str) -> None:
    with Emulator(sessions=3_000, latency=0.05) as server:
        told = blocks.bar("list", BLOCKS_API_URL=server.url, LC_ALL=locale)[2]
        assert "#" in told
        assert told.isascii()
        cut = blocks.terminal("list", "-n", "200", "--fields", "session_id,tags", width=40, LC_ALL=locale)
        screen = cut.end().out
        assert "…" not in screen
        assert "~" in screen
    # Data is UTF-8, wherever it goes.
    written = blocks("list", "-n", "200", LC_ALL=locale).out
    assert not written.isascii()
