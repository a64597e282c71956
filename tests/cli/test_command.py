"""The command line as a newcomer runs it: the README's own commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import COMMANDS, Command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "blocks_sessions", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_the_demo_shows_what_it_promises() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert "<SessionPage: page 1 of 100 · 10,000 sessions>" in done.stdout
    assert "session_abc123" in done.stdout
    lines = done.stdout.splitlines()
    assert "10,000 sessions" in lines
    statuses = dict(
        line.split()
        for line in lines
        if line.split()[:1] in [["active"], ["idle"], ["closed"], ["abandoned"]]
    )
    assert sum(int(count.replace(",", "")) for count in statuses.values()) == 10_000
    assert any(line.startswith("mean rating ") for line in lines)
    assert any(line.startswith("complete: True (key_cover, ") for line in lines)
    assert int(lines[lines.index(next(line for line in lines if "client.count" in line)) + 1]) > 0
    exported = lines[lines.index(next(line for line in lines if "client.export" in line)) + 1]
    assert exported == f"{statuses['closed']} sessions in {exported.split()[3]} bytes, complete: True"
    copied = [line for line in lines if " sync, complete: " in line]
    assert copied == [
        "full sync, complete: 500 created, 0 updated, 0 vanished, 0 returned; 500 sessions",
        "head sync, complete: 1 created, 0 updated, 0 vanished, 0 returned; 501 sessions",
    ]
    assert "john@example.com" not in done.stdout
    assert "'email': 'email_" in done.stdout
    assert "AgentNotFoundError: 422: body.agent_id: Agent not found or access denied" in done.stdout
    assert "Where to go next:" in lines
    # No terminal, no bar.
    assert done.stderr == ""


def test_the_demo_draws_a_bar_in_a_terminal(bare: Command) -> None:
    done = bare.terminal("demo", width=120).end()
    assert done.code == 0
    assert "10000/10000" in done.out


def test_the_demo_on_a_console_that_knows_little() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "blocks_sessions", "demo"],
        capture_output=True,
        timeout=100,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 0, done.stderr
    assert b"<SessionPage: page 1 of 100, 10,000 sessions>" in done.stdout
    assert done.stdout.isascii()


def test_a_reader_that_stops_early_breaks_nothing() -> None:
    command = f"{sys.executable} -m blocks_sessions demo | head -n 2"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=100, check=False)
    assert len(done.stdout.splitlines()) == 2
    assert "Traceback" not in done.stderr


def test_without_arguments_it_says_what_to_try_first() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.index("blocks-sessions demo") < done.stdout.index("BLOCKS_PROJECT_KEY")
    assert "blocks-sessions list" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_and_a_manual_page(command: str) -> None:
    assert command.split(maxsplit=1)[0] in run("--help").stdout
    help_text = run(*command.split(), "--help").stdout
    assert f"Usage: blocks-sessions {command}" in help_text
    assert len(help_text.splitlines()) <= 60, "one screen"
    # Where an example is longer it can be copied from one line.
    described = help_text.partition("Examples:")[0].splitlines()
    assert command == "serve" or max(map(len, described)) <= 100
    page = run("man", *command.split())
    assert page.returncode == 0
    assert f".TH blocks-sessions-{command.replace(' ', '-')} 1" in page.stdout
    if command not in {"config show", "config path"}:
        examples = help_text.partition("Examples:\n")[2].strip().splitlines()
        assert len(examples) == 2, "two examples"
        assert all("blocks-sessions " in line for line in examples)


def test_the_page_of_all() -> None:
    page = run("man").stdout
    assert ".TH blocks-sessions 1" in page
    assert "blocks\\-sessions\\-list" in page or "list" in page


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "elvish"])
def test_completion(shell: str) -> None:
    script = run("completion", shell)
    assert script.returncode == 0
    flags = ["max-items", "vanished", "interval", "spreadsheet-safe", "once", "consistency"]
    names = [name for name in COMMANDS if " " not in name]
    assert [word for word in flags + names if word not in script.stdout] == []


# What each shell is told, and how it says what `blocks-sessions cou` becomes; `{script}` is the completion.
COMPLETES = {
    "bash": (
        "source {script}; COMP_WORDS=(blocks-sessions cou) COMP_CWORD=1;"
        " _blocks__sessions blocks-sessions cou blocks-sessions; echo ${{COMPREPLY[*]}}"
    ),
    "fish": "source {script}; complete -C 'blocks-sessions cou' | string split -f1 \\t",
    "zsh": (
        "zmodload zsh/zpty; zpty shell zsh -f -i;"
        "zpty -w shell 'PS1=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D';"
        "zpty -w shell 'source {script}';"
        "zpty -w shell 'echo rea''dy'; zpty -r -m shell word '*ready*';"
        "zpty -w -n shell $'blocks-sessions cou\\t';"
        "zpty -r -m shell word '*blocks-sessions count*' && echo count"
    ),
}


@pytest.mark.parametrize("shell", COMPLETES)
def test_a_shell_completes(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "_blocks-sessions"
    script.write_text(run("completion", shell).stdout)
    command = COMPLETES[shell].format(script=script)
    done = subprocess.run([shell, "-c", command], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.split()[-1:] == ["count"], done


def test_the_console_script_is_the_same() -> None:
    name = "blocks-sessions.exe" if sys.platform == "win32" else "blocks-sessions"
    script = Path(sys.executable).parent / name
    for arguments in (["--version"], ["--help"], ["list", "--help"]):
        done = subprocess.run([script, *arguments], capture_output=True, text=True, timeout=20, check=False)
        assert done.stdout == run(*arguments).stdout
    assert run("--version").stdout.startswith("blocks-sessions ")


def test_an_unknown_command_is_named() -> None:
    done = run("lst")
    assert done.returncode == 2
    assert "lst" in done.stderr
