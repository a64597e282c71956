"""Tables of what was measured, as Markdown."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from .peers import OURS
from .runs import least, median, ratios

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .runs import Figures, Runs

# What a whole task took: the median and the least of its seconds, the processor's, and memory.
COLUMNS = ("wall", "least", "CPU", "peak MB")


def show(title: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    names = ["", *head]
    print(f"\n### {title}\n\n| {' | '.join(names)} |\n|{'---|' * len(names)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def against(theirs: list[Figures], ours: list[Figures]) -> str:
    """The median of the ratios, and whether the noise could hide which is quicker."""
    found = ratios(theirs, ours)
    within = " (within noise)" if found[0] <= 1 <= found[-1] else ""
    return f"{statistics.median(found):.2f}{within}"


def row(name: str, runs: Runs, ours: str) -> list[str]:
    taken = runs[name]
    if not all(taken):
        return [name, "fails", "", "", "", ""]
    ratio = "" if name == ours else against(taken, runs[ours])
    cpu = f"{median(taken, 'cpu'):.3f}" if "cpu" in taken[0] else ""
    peak = f"{median(taken, 'peak_mb'):.0f}" if "peak_mb" in taken[0] else ""
    return [name, f"{median(taken):.3f}", f"{least(taken):.3f}", cpu, peak, ratio]


def microseconds(title: str, runs: Runs, *, places: int) -> None:
    rows = (
        [
            name,
            *(f"{of(found) * 1e6:.{places}f}" for of in (median, least)),
            "" if name == OURS else against(found, runs[OURS]),
        ]
        for name, found in runs.items()
    )
    show(title, ("wall", "least", "times ours"), rows)
