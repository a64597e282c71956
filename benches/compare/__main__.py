"""Runs every comparison, interleaved, in child processes, and prints the tables with their ratios."""

from __future__ import annotations

import argparse
import os
import platform
from datetime import UTC, datetime

from .tables import TABLES
from .targets import judge


def main() -> None:
    parser = argparse.ArgumentParser(prog="compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", choices=TABLES, default=list(TABLES))
    chosen = parser.parse_args()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, {platform.system()}, "
        f"CPython {platform.python_version()}; medians of {chosen.rounds} interleaved rounds."
    )
    results = {name: TABLES[name](chosen.rounds, chosen.sessions) for name in TABLES if name in chosen.only}
    judge(results, chosen.sessions)


main()
