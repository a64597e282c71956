"""What is wrong with a line: told by what was typed, with what is allowed, and without a secret."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from command import COMMANDS, Command, plain

SECRET = "hunter2-is-the-secret"

WHOLE = "give a whole number, 0 or more"
TIME = "give a time above 0, up to a year, as in 30, 90s or 2m"
INTERVAL = "give a time above 0, as in 30, 90s, 500ms, 2m, 1h or 7d"
RATE = "give a number above 0, up to 1,000,000, as in 2.5"
NUMBER = "give a number, as in 0.5"


@pytest.mark.parametrize(
    ("arguments", "flag", "allowed"),
    [
        (["list", "-n", "-1"], "'-1' for '-n <N>'", WHOLE),
        (["list", "-nabc"], "'abc' for '-n <N>'", WHOLE),
        (["list", "--max-items", "-1"], "'-1' for '--max-items <N>'", WHOLE),
        (["list", "--max-items=1.5"], "'1.5' for '--max-items <N>'", WHOLE),
        (["count", "--max-concurrency", "0"], "'0' for '--max-concurrency <N>'", "from 1 to 1,000"),
        (["count", "--max-concurrency", "many"], "'many' for '--max-concurrency <N>'", "from 1 to 1,000"),
        (["list", "--max-rps", "-1"], "'-1' for '--max-rps <N>'", RATE),
        (["list", "--max-rps", "nan"], "'nan' for '--max-rps <N>'", RATE),
        (["list", "--timeout", "0"], "'0' for '--timeout <TIME>'", TIME),
        (["list", "--timeout", "-3s"], "'-3s' for '--timeout <TIME>'", TIME),
        (["list", "--timeout", "soon"], "'soon' for '--timeout <TIME>'", TIME),
        (["list", "--timeout", "1e300"], "'1e300' for '--timeout <TIME>'", TIME),
        (["watch", "--interval", "0"], "'0' for '--interval <TIME>'", INTERVAL),
        (["watch", "--interval", "5 parsecs"], "'5 parsecs' for '--interval <TIME>'", INTERVAL),
        (["watch", "m.db", "--since", "-5"], "'-5' for '--since <SEQ>'", WHOLE),
        (["watch", "m.db", "--since", "7d"], "'7d' for '--since <SEQ>'", WHOLE),
        (["serve", "--port", "70000"], "'70000' for '--port <PORT>'", "give a port from 0 to 65,535"),
        (["serve", "-p", "http"], "'http' for '-p <PORT>'", "give a port from 0 to 65,535"),
        (["serve", "-n", "-1"], "'-1' for '-n <N>'", WHOLE),
        (["serve", "--seed", "x"], "'x' for '--seed <N>'", WHOLE),
        (["serve", "--latency", "soon"], "'soon' for '--latency <SECONDS>'", "from 0 to 3,600"),
        (["serve", "--page-limit", "x"], "'x' for '--page-limit <N>'", "give a whole number"),
        (["serve", "--rate-limit", "x"], "'x' for '--rate-limit <RATE>'", NUMBER),
        (["serve", "--ties", "nan"], "'nan' for '--ties <SHARE>'", NUMBER),
        (["serve", "--null-keys", "x"], "'x' for '--null-keys <SHARE>'", NUMBER),
        (["serve", "--fault-rate", "x"], "'x' for '--fault-rate <SHARE>'", NUMBER),
        (["serve", "--touches", "x"], "'x' for '--touches <RATE>'", NUMBER),
    ],
)
def test_a_number_is_told_by_its_flag_and_what_is_allowed(
    blocks: Command, arguments: list[str], flag: str, allowed: str
) -> None:
    done = blocks(*arguments)
    assert (done.code, done.out) == (2, "")
    (line,) = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert flag in line
    assert allowed in line


def test_settings_of_flags_are_told_by_their_flags_and_others_by_their_names(blocks: Command) -> None:
    given = blocks("list", "--base-url", "nowhere", BLOCKS_API_URL=None)
    assert given.err.startswith("error: --base-url must be a whole address")
    masked = blocks("list", "--mask", "nosuch")
    assert masked.err.startswith('error: --mask: "nosuch" is neither a preset')
    assert blocks("export", "d.jsonl", "--format", "xml").err.startswith("error: --format must be one of")
    names = blocks("list", "--fields", "session_id rating")
    assert "these are several names: 'session_id', 'rating'" in names.err
    blocks.configure("[default]\nmax_concurrency = 0\n")
    kept = blocks("list")
    assert kept.err.startswith("error: max_concurrency must be between 1 and 1000, not 0 (profile [default]")
    blocks.configure("")
    wrong = blocks("list", "--where", "statis = 1", "--since", "soon")
    assert wrong.err.startswith("error: --")
    assert "--where: unknown field 'statis' at character 1; did you mean 'status'?" in wrong.err
    assert "--since: this text is no moment" in wrong.err
    assert "value_error" not in wrong.err


@pytest.mark.parametrize(
    ("flag", "instead"),
    [
        ("--project-key", ["BLOCKS_PROJECT_KEY", "project_key_file"]),
        ("--project_key", ["BLOCKS_PROJECT_KEY", "project_key_file"]),
        ("--blocks-key", ["BLOCKS_PROJECT_KEY"]),
        ("--api-key", ["BLOCKS_PROJECT_KEY"]),
        ("--token", ["BLOCKS_ACCESS_TOKEN", "--token-file FILE", "access_token_file"]),
        ("--access-token", ["BLOCKS_ACCESS_TOKEN", "--token-file FILE", "access_token_file"]),
        ("--client-secret", ["BLOCKS_CLIENT_SECRET", "client_secret_file"]),
        ("--mask-key", ["BLOCKS_MASK_KEY", "--mask-key-file FILE"]),
        ("--password", ["BLOCKS_PROJECT_KEY"]),
    ],
)
def test_a_secret_is_no_flag_and_not_repeated(blocks: Command, flag: str, instead: list[str]) -> None:
    for line in (
        ["list", flag, SECRET],
        ["list", f"{flag}={SECRET}"],
        [flag, SECRET, "list"],
        ["mask", "scan", "x", flag, SECRET],
        ["config", "show", f"{flag}={SECRET}"],
    ):
        done = blocks(*line)
        assert (done.code, done.out) == (2, "")
        assert SECRET not in done.err
        assert done.err.startswith("error: --")
        assert "is no flag: other users would see the secret" in done.err
        assert all(word in done.err for word in instead), done.err
    told = json.loads(blocks("list", flag, SECRET, "--json-errors").err)
    assert "is no flag" in told["message"]
    assert SECRET not in json.dumps(told)


def test_a_client_id_goes_with_its_secret(blocks: Command) -> None:
    done = blocks("list", "--client-id", "reports")
    assert done.code == 2
    assert "BLOCKS_CLIENT_ID" in done.err
    # What is no secret is suggested as ever.
    assert "'--token-file'" in blocks("list", "--token-fil", "x").err


def test_a_secret_in_the_place_of_its_files_path_is_not_shown(blocks: Command) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl"
    for secret in (token, "x" * 80):
        done = blocks("list", "--token-file", secret)
        assert done.code == 4
        assert secret not in done.err
        assert "the path of a file is needed, and not what it holds" in done.err
    key = blocks("mask", "keygen").out.strip()
    for arguments in (
        ["list", "--mask", "gdpr", "--mask-key-file", key],
        ["mask", "token", "email", "x", "--mask-key-file", key],
    ):
        done = blocks(*arguments)
        assert done.code in (2, 4)
        assert key not in done.err
        assert "and not the key, which is not shown" in done.err
    assert "/nowhere/token does not exist" in blocks("list", "--token-file", "/nowhere/token").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync", "-"],
        ["watch", "-"],
        ["query", "-", "select 1"],
        ["verify", "-"],
        ["list", "--token-file", "-"],
        ["list", "--mask", "gdpr", "--mask-key-file", "-"],
        ["mask", "keygen", "--file", "-"],
        ["mask", "token", "email", "x", "--previous-key-file", "-"],
    ],
)
def test_a_path_that_cannot_be_standard_input_says_so(
    blocks: Command, tmp_path: Path, arguments: list[str]
) -> None:
    done = blocks(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "the path of a file, and not standard input" in done.err
    assert "./-" in done.err
    assert not Path("-").exists()


def test_an_agent_without_a_name(blocks: Command) -> None:
    done = blocks("list", "--agent", " ")
    assert (done.code, done.out) == (2, "")
    assert "for '--agent <ID>': it must not be empty" in done.err


def test_what_is_wrong_looks_alike_in_a_terminal(blocks: Command) -> None:
    done = blocks.terminal("list", "--token", SECRET, width=60).end()
    assert done.code == 2
    assert SECRET not in done.out
    assert "\x1b[1m\x1b[31merror:\x1b[0m" in done.out
    assert plain(done.out).startswith("error: --token is no flag")


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("width", [60, 80, 200])
def test_help_fits_a_terminal_and_examples_are_whole(bare: Command, command: str, width: int) -> None:
    done = bare.terminal(*command.split(), "--help", width=width).end()
    assert done.code == 0
    text, _, examples = plain(done.out).partition("Examples:\n")
    assert max(map(len, text.splitlines())) <= min(width, 100)
    piped = bare(*command.split(), "--help", COLUMNS=None).out
    # The same words, whatever the width, none of them broken.
    assert plain(done.out).split() == piped.split()
    assert examples == piped.partition("Examples:\n")[2]
    if command != "completion":
        assert all(len(line) < 80 for line in examples.splitlines())
    assert "\u00a0" not in piped + done.out


def test_colours_of_help(bare: Command) -> None:
    assert "\x1b[" in bare.terminal("list", "--help").end().out
    assert "\x1b[" not in bare.terminal("list", "--help", NO_COLOR="1").end().out
    assert "\x1b[" not in bare("list", "--help").out
    assert "\x1b[" in bare("list", "--help", "--color", "always").out


@pytest.mark.parametrize(
    ("arguments", "tip"),
    [
        (["list", "--limit", "5"], "tip: -n N takes the first N only"),
        (["list", "--status=closed"], "tip: --where chooses by any field"),
        (["count", "--filter", "x"], "tip: --where chooses by any field"),
        (["list", "--columns", "rating"], "tip: --fields keeps some"),
        (["export", "a.csv", "--from", "7d"], "tip: --since TIME"),
        (["list", "--json"], "tip: -o FORMAT says how it is written"),
        (["export", "a", "--parquet"], "tip: the name of the file says its format"),
        (["list", "--url", "x"], "tip: --base-url URL"),
        (["sync", "m.db", "--workers", "3"], "tip: --max-concurrency N"),
        (["list", "agent_123"], "tip: an agent is named by a flag: --agent agent_123"),
        (["count", "agent_123"], "tip: an agent is named by a flag: --agent agent_123"),
        (["list", "--agnt", "x"], "tip: a similar argument exists: '--agent'"),
    ],
)
def test_what_other_programs_have_leads_to_what_is_here(
    blocks: Command, arguments: list[str], tip: str
) -> None:
    done = blocks(*arguments)
    assert (done.code, done.out) == (2, "")
    assert tip in done.err


def test_no_flag_is_named_that_a_command_has_not(blocks: Command) -> None:
    for arguments, flag in (
        (["count", "--limit", "5"], "-n"),
        (["query", "m.db", "select 1", "--columns", "x"], "--fields"),
    ):
        done = blocks(*arguments)
        assert done.code == 2
        assert flag not in done.err.split()


def test_help_and_version_as_words(bare: Command) -> None:
    assert bare("help").out == bare("--help").out
    assert bare("help", "list").out == bare("list", "--help").out
    assert bare("help", "mask", "scan").out == bare("mask", "scan", "--help").out
    assert bare("version").out == bare("--version").out
    assert bare("help", "lst").code == 2
    # A value is a value.
    assert bare("mask", "explain", "help").code == 2


def test_a_file_that_is_not_there_is_told_plainly(bare: Command) -> None:
    for arguments in (["mask", "explain", "nowhere.json"], ["mask", "scan", "nowhere.json"]):
        done = bare(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "os error" not in done.err
        assert "nowhere.json" in done.err


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("list --con", {"--consistency"}),
        ("list --consistency ", {"strict", "checked", "fast"}),
        ("list -o ", {"table", "json", "jsonl", "csv"}),
        ("ma", {"man", "mask"}),
        ("mask s", {"scan"}),
        ("mask scan --val", {"--values"}),
        ("config ", {"show", "path"}),
        ("completion f", {"fish"}),
    ],
)
def test_bash_completes_a_line(blocks: Command, tmp_path: Path, line: str, offered: set[str]) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(blocks("completion", "bash").out)
    words = ["blocks-sessions", *line.split(" ")]
    ask = f"""
        source {script}
        COMP_WORDS=({" ".join(repr(word) for word in words)}) COMP_CWORD={len(words) - 1}
        _blocks__sessions blocks-sessions {words[-1]!r} {words[-2]!r}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    shell = ["bash", "--norc", "-c", ask]
    done = subprocess.run(shell, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert offered <= set(done.stdout.split()), done.stderr


def test_a_command_without_commands_says_so(blocks: Command) -> None:
    done = blocks("man", "list", "show")
    assert done.code == 2
    assert done.err.strip() == "error: there is no command 'show'; 'list' has none of its own"


def test_no_value_has_a_token(blocks: Command, tmp_path: Path) -> None:
    blocks("mask", "keygen", "--file", str(tmp_path / "mask.key"))
    done = blocks.shell(f"blocks mask token email - --mask-key-file {tmp_path}/mask.key < /dev/null")
    assert (done.code, done.out) == (2, "")
    assert "there is no value" in done.err
