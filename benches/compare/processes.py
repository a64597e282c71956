"""Whole processes: what an import and a command take."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from . import commands
from .peers import OURS
from .printing import COLUMNS, row, show
from .runs import Figures, Runs, interleaved, server

if TYPE_CHECKING:
    from collections.abc import Callable

IMPORT = {
    "requests": "import requests",
    "httpx": "import httpx",
    "primp": "import primp",
    "pyreqwest": "import pyreqwest.client",
    OURS: "import blocks_sessions",
    "blocks-sessions, first client": "import blocks_sessions; blocks_sessions.SessionsClient('k')",
}


def imports(rounds: int, _: int) -> Runs:
    """Over the bare interpreter, many times each."""

    def run(statement: str) -> Figures:
        before = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-c", statement], check=True)
        return {"wall": time.perf_counter() - before}

    statements = {"bare": "pass", **IMPORT}
    tasks: dict[str, Callable[[], Figures]] = {
        name: lambda text=text: run(text) for name, text in statements.items()
    }
    runs = interleaved(rounds * 5, tasks)
    rows = ([name, f"{over(runs, name):.1f}"] for name in IMPORT)
    show("Import, over the bare interpreter, ms", ("ms",), rows)
    return runs


def over(runs: Runs, name: str, base: str = "bare") -> float:
    pairs = zip(runs[name], runs[base], strict=True)
    return statistics.median(a["wall"] - b["wall"] for a, b in pairs) * 1000


def commands_table(rounds: int, sessions: int) -> Runs:
    """The list as lines into a pipe; and a screen of help, beside an interpreter that does nothing."""
    pages = sessions // 100
    with server(sessions) as url:
        runs = interleaved(rounds, {
            name: lambda name=name: commands.ran(name, url, pages)
            for name in (commands.SCRIPT, commands.LIST, commands.NOTHING, commands.HELP)
        })  # fmt: skip
    rows = [row(name, runs, commands.LIST) for name in (commands.SCRIPT, commands.LIST)]
    rows += [row(name, runs, commands.HELP) for name in (commands.NOTHING, commands.HELP)]
    show(f"Commands: {sessions:,} sessions into a pipe, and help; seconds", (*COLUMNS, "times ours"), rows)
    return runs
