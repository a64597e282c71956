"""The real command as a process: under pipes, or under a terminal of a given width; and its fixtures."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from blocks_sessions.testing import Emulator

COMMAND = [sys.executable, "-m", "blocks_sessions"]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")

# All of them, and those of `mask` and `config`.
COMMANDS = [
    "list",
    "count",
    "export",
    "verify",
    "sync",
    "watch",
    "query",
    "mask",
    "mask keygen",
    "mask explain",
]
COMMANDS += ["mask token", "mask scan", "config", "config show", "config path", "completion", "man"]
COMMANDS += ["serve", "demo"]


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Command:
    """Runs the command with nothing of the caller's environment but what is set here."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.home / "blocks-sessions" / "config.toml"

    def configure(self, text: str, mode: int = 0o600) -> Path:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text, encoding="utf-8")
        self.config.chmod(mode)
        return self.config

    def variables(self, more: dict[str, str | None]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        given = {**kept, "XDG_CONFIG_HOME": str(self.home), **self.environment, **more}
        return {name: value for name, value in given.items() if value is not None}

    def __call__(self, *arguments: str, **variables: str | None) -> Done:
        environment = self.variables(variables)
        done = subprocess.run(
            [*COMMAND, *arguments], capture_output=True, timeout=60, env=environment, check=False
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str, **variables: str | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.variables(variables),
            bufsize=0,
        )

    def shell(self, line: str, **variables: str | None) -> Done:
        """Runs a line of bash, in which `blocks` is the command."""
        script = f'set -o pipefail; blocks() {{ {" ".join(COMMAND)} "$@"; }}; {line}'
        done = subprocess.run(
            ["bash", "-c", script],
            capture_output=True,
            timeout=60,
            env=self.variables(variables),
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def terminal(self, *arguments: str, width: int = 80, **variables: str | None) -> Screen:
        """Runs it where all three streams are one terminal."""
        environment = self.variables({"TERM": "xterm-256color", **variables})
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env=environment,
            start_new_session=True,
            # Ctrl-C reaches the processes of the terminal that is their session's own.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(follower)
        return Screen(process, leader)

    def bar(self, *arguments: str, width: int = 80, **variables: str | None) -> tuple[int, bytes, str]:
        """Runs it where only standard error is a terminal; gives code, output and what the terminal got."""
        environment = self.variables({"TERM": "xterm-256color", **variables})
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        with subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=follower, env=environment
        ) as process:
            os.close(follower)
            out, _ = process.communicate(timeout=60)
        return process.returncode, out, Screen(process, leader).read()


@dataclass
class Screen:
    """What a terminal got."""

    process: subprocess.Popen[bytes]
    leader: int

    def read(self, until: str | None = None, patience: float = 60) -> str:
        """Reads until the end, or until some text has come."""
        got = b""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if until is not None and until in got.decode(errors="ignore"):
                return got.decode(errors="ignore")
            ready, _, _ = select.select([self.leader], [], [], 0.2)
            try:
                piece = os.read(self.leader, 65_536) if ready else b""
            except OSError:
                # Linux says EIO where nobody has the other side any more.
                break
            if not piece and ready:
                break
            got += piece
        return got.decode(errors="ignore")

    def end(self) -> Done:
        text = self.read()
        code = self.process.wait(timeout=30)
        os.close(self.leader)
        return Done(code, text.replace("\r\n", "\n"), "")

    def press(self, keys: bytes) -> None:
        os.write(self.leader, keys)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)


def plain(text: str) -> str:
    return ESCAPES.sub("", text)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: by Unicode's own tables, with no code of the package."""
    wide = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
            continue
        wide += 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
    return wide


def starts(header: str, names: Sequence[str]) -> list[int]:
    """The column at which each name begins."""
    return [columns(header[: header.index(name)]) for name in names]


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """Knows no key and no service."""
    return Command(tmp_path)


@pytest.fixture
def served() -> Iterator[Emulator]:
    with Emulator(sessions=247) as server:
        yield server


@pytest.fixture
def blocks(tmp_path: Path, served: Emulator) -> Command:
    """Speaks to `served`, by its environment."""
    service = {"BLOCKS_PROJECT_KEY": "demo-key", "BLOCKS_AGENT_ID": "agent_123", "BLOCKS_API_URL": served.url}
    return Command(tmp_path, service)
