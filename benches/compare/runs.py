"""Processes to measure, and figures taken round by round. It prints nothing."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).parents[2] / "target/release/examples"
Figures = dict[str, float]
Runs = dict[str, list[Figures]]


@contextlib.contextmanager
def server(sessions: int, kind: str = "uniform", latency: int = 0) -> Iterator[str]:
    """All its answers are rendered before it listens, so that it is never what is measured."""
    command = [str(EXAMPLES / "prerendered"), str(sessions), kind, str(latency)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def asked(url: str) -> int:
    """How many pages the server was asked for so far."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as answer:
        return int(answer.read())


def child(table: str, name: str, url: str, number: int | str) -> Figures:
    command = [sys.executable, "-m", "compare.child", table, name, url, str(number)]
    return _json(command, {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])})


def bare(url: str, pages: int, width: int) -> Figures:
    return _json([str(EXAMPLES / "bare"), url, str(pages), str(width)], None)


def _json(command: list[str], environment: dict[str, str] | None) -> Figures:
    answer = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if answer.returncode and "compare.child" in command:
        # Told in the table: a reader that cannot take these sessions is a result too.
        print(f"{' '.join(command[3:5])}: {answer.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return {}
    if answer.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{answer.stderr}")
    figures: Figures = json.loads(answer.stdout)
    return figures


def interleaved(rounds: int, tasks: dict[str, Callable[[], Figures]]) -> Runs:
    """Every task once a round, so that a machine that slows down slows all of them."""
    runs: Runs = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            runs[name].append(task())
    return runs


def median(runs: list[Figures], figure: str = "wall") -> float:
    return statistics.median(run[figure] for run in runs)


def least(runs: list[Figures], figure: str = "wall") -> float:
    return min(run[figure] for run in runs)


def ratios(theirs: list[Figures], ours: list[Figures], figure: str = "wall") -> list[float]:
    """Round by round, ascending."""
    return sorted(a[figure] / b[figure] for a, b in zip(theirs, ours, strict=True))
