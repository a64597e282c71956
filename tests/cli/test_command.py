"""The command line as a newcomer runs it: the README's own commands."""

from __future__ import annotations

import subprocess
import sys

import pytest


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
    assert lines[-1].startswith("AgentNotFoundError: 422: body.agent_id: Agent not found or access denied")
    assert "10000/10000" in done.stderr


def test_a_reader_that_stops_early_breaks_nothing() -> None:
    command = f"{sys.executable} -m blocks_sessions demo | head -n 2"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=100, check=False)
    assert len(done.stdout.splitlines()) == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--help"], ["serve", "--help"]])
def test_help_names_the_commands(arguments: list[str]) -> None:
    done = run(*arguments)
    assert "serve" in done.stdout + done.stderr


def test_an_unknown_command_is_named() -> None:
    done = run("lst")
    assert done.returncode == 2
    assert "lst" in done.stderr
