"""Runs every comparison, interleaved, in child processes, and prints the tables with their ratios."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .tables import TABLES
from .targets import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from .runs import Runs

# Processes that want a core, on average, beyond which figures tell of them too.
QUIET = 0.7

# What stands between these lines of a document is the latest run's.
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


def printed(act: Callable[[], Any]) -> tuple[Any, str]:
    """Does something, prints what it prints, and gives that back too."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        result = act()
    print(out.getvalue(), end="", flush=True)
    return result, out.getvalue()


def write(into: Path, measured: str) -> None:
    before, _, rest = into.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{into} has no room between {BEGIN.strip()} and {END.strip()}")
    into.write_text(before + BEGIN + measured + "\n" + END + after)


def main() -> None:
    parser = argparse.ArgumentParser(prog="compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", choices=TABLES, default=list(TABLES))
    parser.add_argument("--into", type=Path, help="a document whose measured part is written anew")
    parser.add_argument("--busy", action="store_true", help="measure although the machine is busy")
    chosen = parser.parse_args()
    if os.getloadavg()[0] > QUIET and not chosen.busy:
        raise SystemExit(
            f"The machine is busy: its load of the last minute is {os.getloadavg()[0]:.1f}, and ratios would "
            f"tell who was disturbed. Wait until it is below {QUIET}, or measure all the same with --busy."
        )
    now = datetime.now(UTC)
    head = (
        f"\nMeasured on {now.day} {now:%B %Y}: {os.cpu_count()} shared {platform.machine()} cores, "
        f"{platform.system()}, CPython {platform.python_version()}; "
        f"medians of {chosen.rounds} interleaved rounds, and the least of them."
    )
    print(head)
    results: dict[str, Runs] = {}
    texts = []
    for name in TABLES:
        if name in chosen.only:
            results[name], text = printed(lambda name=name: TABLES[name](chosen.rounds, chosen.sessions))
            texts.append(text)
    _, targets = printed(lambda: judge(results, chosen.sessions))
    if chosen.into:
        # The ratios first.
        write(chosen.into, "\n".join([head, targets, *texts]).replace("\n\n\n", "\n\n"))


main()
