"""Runs every comparison, interleaved, in child processes, and prints the tables with their ratios."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from . import peers

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


def child(table: str, name: str, url: str, number: int) -> Figures:
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


def median(runs: list[Figures], figure: str) -> float:
    return statistics.median(run[figure] for run in runs)


def ratio(theirs: list[Figures], ours: list[Figures], figure: str = "wall") -> str:
    """The median of the ratios, round by round, and whether the noise could hide it."""
    ratios = [a[figure] / b[figure] for a, b in zip(theirs, ours, strict=True)]
    within = " (within noise)" if min(ratios) <= 1 <= max(ratios) else ""
    return f"{statistics.median(ratios):.2f}{within}"


def table(
    title: str, runs: Runs, ours: str, *, figures: tuple[str, ...], unit: float = 1, places: int = 3
) -> None:
    print(f"\n### {title}\n")
    print("| | " + " | ".join(figures) + " | times ours |\n|---|" + "---|" * (len(figures) + 1))
    for name, taken in runs.items():
        if not all(taken):
            print(f"| {name} | {' | '.join('fails' for _ in figures)} | |")
            continue
        cells = [
            f"{median(taken, f) * (unit if f != 'peak_mb' else 1):.{0 if f == 'peak_mb' else places}f}"
            for f in figures
        ]
        against = "" if name == ours else ratio(taken, runs[ours])
        print(f"| {name} | " + " | ".join(cells) + f" | {against} |")


def whole_lists(rounds: int, sessions: int, names: tuple[str, ...]) -> None:
    pages = sessions // 100
    titles = {"collect": "All in a list", "drop": "Read and dropped", "table": "To a columnar table"}
    with server(sessions) as url, server(100) as short:
        bare(url, pages, 4)
        limit = interleaved(rounds, {"fetched and thrown away, in Rust": lambda: bare(url, pages, 4)})
        for name in names:
            tasks = {
                peer: lambda name=name, peer=peer: child(name, peer, f"{url},{short}", pages)
                for peer in getattr(peers, name.upper())
            }
            runs = interleaved(rounds, tasks)
            first = next(peer for peer in runs if peer.startswith("blocks-sessions"))
            table(
                f"{titles[name]}: {sessions:,} sessions, seconds",
                runs,
                first,
                figures=("wall", "cpu", "peak_mb"),
            )
            if name == "drop":
                # Its share of the work that needs the interpreter, and so what others wait for.
                thread = median(runs[first], "thread") / sessions * 1e6
                print(f"\nThe reading thread itself took {thread:.2f} µs a session.")
        seconds = median(limit["fetched and thrown away, in Rust"], "wall")
        print(f"\nThe server is not what is measured: it gives the whole list in {seconds:.3f} s.")


def latency(rounds: int) -> None:
    print("\n### 20 ms a request, 200 pages, seconds\n")
    print("| in flight | a bare Rust client | blocks-sessions | ours / bare |\n|---|---|---|---|")
    with server(20_000, latency=20) as url:
        for width in (1, 8, 16):
            tasks: dict[str, Callable[[], Figures]] = {
                "bare": lambda width=width: bare(url, 200, width),
                "ours": lambda width=width: child("latency", "", url, width),
            }
            runs = interleaved(rounds, tasks)
            walls = [f"{median(runs[name], 'wall'):.3f}" for name in tasks]
            print(f"| {width} | {walls[0]} | {walls[1]} | {ratio(runs['ours'], runs['bare'])} |")


def warm(rounds: int) -> None:
    with server(1_000) as url:
        tasks = {name: lambda name=name: child("warm", name, url, 3_000) for name in peers.WARM}
        runs = interleaved(rounds, tasks)
        table("One warm call, limit 1, µs", runs, "blocks-sessions", figures=("wall",), unit=1e6, places=1)


def imports(rounds: int) -> None:
    """Over the bare interpreter, the median of many."""

    def run(statement: str) -> Figures:
        before = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-c", statement], check=True)
        return {"wall": time.perf_counter() - before}

    tasks = {name: lambda text=text: run(text) for name, text in {"bare": "pass", **peers.IMPORT}.items()}
    runs = interleaved(rounds * 5, tasks)
    nothing = runs.pop("bare")
    print("\n### Import, over the bare interpreter, ms\n\n| | ms |\n|---|---|")
    for name, taken in runs.items():
        over = statistics.median(a["wall"] - b["wall"] for a, b in zip(taken, nothing, strict=True))
        print(f"| {name} | {over * 1000:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument(
        "--only", nargs="*", default=["collect", "drop", "table", "latency", "warm", "import"]
    )
    chosen = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, {platform.system()}, ",
        end="",
    )
    print(f"CPython {platform.python_version()}; medians of {chosen.rounds} interleaved rounds.")
    whole = tuple(name for name in ("collect", "drop", "table") if name in chosen.only)
    if whole:
        whole_lists(chosen.rounds, chosen.sessions, whole)
    if "latency" in chosen.only:
        latency(chosen.rounds)
    if "warm" in chosen.only:
        warm(chosen.rounds)
    if "import" in chosen.only:
        imports(chosen.rounds)


main()
