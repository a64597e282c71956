"""What this package sets itself, against what was measured."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

from . import choosing, commands, exports, masking, mirrors, peers
from .peers import OURS
from .printing import show
from .processes import over
from .runs import median, ratios
from .tables import MEMORY, held_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from .runs import Runs

# Bytes that the proof of a whole list may take for each id that it has seen.
AN_ID = 40


class Target(NamedTuple):
    what: str
    table: str
    bound: float
    """At least this, or, where `most`, at most."""
    value: Callable[[Runs, int], float]
    most: bool = False
    unit: str = ""


def best_against(ours: str) -> Callable[[Runs, int], float]:
    return lambda runs, _: statistics.median(ratios(runs[best_peer(runs)], runs[ours]))


def cpu_against(slow: str, quick: str) -> Callable[[Runs, int], float]:
    return lambda runs, _: statistics.median(ratios(runs[slow], runs[quick], "cpu"))


def times(peer: str) -> Callable[[Runs, int], float]:
    return lambda runs, _: statistics.median(ratios(runs[peer], runs[OURS]))


def against(slow: str, quick: str) -> Callable[[Runs, int], float]:
    return lambda runs, _: statistics.median(ratios(runs[slow], runs[quick]))


def best_peer(runs: Runs) -> str:
    # Nobody turns the collector off by habit: that row is there to tell where the lead comes from.
    rivals = [name for name in peers.COLLECT if not name.startswith(OURS) and name != peers.UNWATCHED]
    return min(rivals, key=lambda name: median(runs[name]))


def beyond_bare(width: int) -> Callable[[Runs, int], float]:
    return lambda runs, _: statistics.median(ratios(runs[f"ours {width}"], runs[f"bare {width}"]))


def base_memory(runs: Runs, _: int) -> float:
    return max(found["over"] - found["sessions"] * AN_ID / 2**20 for found in runs[MEMORY[0]])


def export_memory(runs: Runs, _: int) -> float:
    """The most that any format took beyond the ids, at any size."""
    names = [name for name in MEMORY if name.startswith("export to ")]
    return max(found["over"] - found["sessions"] * AN_ID / 2**20 for name in names for found in runs[name])


def bytes_an_id(runs: Runs, _: int) -> float:
    first, *_, last = runs[MEMORY[0]]
    return (last["over"] - first["over"]) * 2**20 / (last["sessions"] - first["sessions"])


TARGETS = (
    Target("`collect()`, against the best peer", "collect", 3.3, lambda r, n: times(best_peer(r))(r, n)),
    Target("`collect()`, against requests", "collect", 7, times("requests")),
    Target("the same, with `gc.collect()`, against the best peer", "collect", 2.6, best_against(peers.SWEPT)),
    Target(
        "`collect()`, against pycurl + orjson with `gc.disable()`", "collect", 1.4, times(peers.UNWATCHED)
    ),
    Target("`list(iter_sessions())`, against the best peer", "collect", 2, best_against(peers.LISTED)),
    Target(
        "processor's time of `collect()`, against pycurl + orjson with `gc.disable()`",
        "collect",
        1.1,
        cpu_against(OURS, peers.UNWATCHED),
        most=True,
    ),
    Target("read and dropped, against pycurl + orjson", "drop", 1.1, times("pycurl + orjson")),
    Target(
        "interpreter held, a session read and dropped",
        "drop",
        1.2,
        lambda runs, sessions: held_for(runs, OURS) / sessions * 1e6,
        most=True,
        unit=" µs",
    ),
    Target(
        "none kept, against read and dropped", "choose", 1.5, against(choosing.DROPPED, choosing.KEPT_NONE)
    ),
    Target("four fields of twenty, against whole", "choose", 2, against(choosing.WHOLE, choosing.FOUR)),
    Target("a condition, against pycurl + orjson", "choose", 2, times("pycurl + orjson, and if")),
    Target(
        "caller's thread, a session left out, beyond its request",
        "choose",
        0.05,
        lambda runs, sessions: held_for(runs, choosing.KEPT_NONE, OURS) / sessions * 1e6,
        most=True,
        unit=" µs",
    ),
    Target(
        '`collect()` with mask="gdpr", against without',
        "mask",
        1.25,
        against(masking.MASKED, masking.PLAIN),
        most=True,
    ),
    Target(
        "free text, a value in one text of four",
        "scan",
        300,
        lambda runs, _: median(runs[f"one text in four: {OURS}"], "mb"),
        unit=" MB/s",
    ),
    Target("to Arrow, against pyarrow.json", "table", 2.5, times("pyarrow.json, whole pages")),
    Target("to Arrow, against pandas.DataFrame", "table", 7, times("pandas.DataFrame")),
    *(
        Target(f"export to {name}, against {peer}", "export", bound, against(peer, exports.named(name)))
        for name, peer, bound in (
            ("jsonl", exports.LINES, 3),
            ("jsonl.zst", exports.ZSTD, 3),
            ("parquet", exports.PARQUET, 2.5),
        )
    ),
    *(
        Target(
            f"export to {name}, against to_arrow alone",
            "export",
            bound,
            against(exports.named(name), exports.TO_ARROW),
            most=True,
        )
        for name, bound in (("jsonl", 1.6), ("parquet", 1.6), ("csv", 2))
    ),
    Target(
        "requests, `checked` against `fast`",
        "requests",
        1.12,
        lambda r, _: median(r[OURS], "requests") / median(r[peers.FAST], "requests"),
        most=True,
    ),
    Target(
        "memory, read and dropped, beyond 40 bytes a session", "memory", 8, base_memory, most=True, unit=" MB"
    ),
    Target("memory, an export beyond 40 bytes a session", "memory", 64, export_memory, most=True, unit=" MB"),
    Target("memory, a session more", "memory", AN_ID, bytes_an_id, most=True, unit=" bytes"),
    Target("20 ms a request, 8 in flight, against bare Rust", "latency", 1.05, beyond_bare(8), most=True),
    Target("20 ms a request, 16 in flight, against bare Rust", "latency", 1.05, beyond_bare(16), most=True),
    *(
        Target(
            f"one warm call, limit {limit}, against pycurl + orjson",
            "warm",
            bound,
            against(f"{OURS}, {limit}", f"pycurl + orjson, {limit}"),
            most=True,
        )
        for limit, bound in ((1, 1), (100, 1.1))
    ),
    Target("first sync, against sqlite-utils", "mirror", 5, against(mirrors.UPSERT, mirrors.SYNC)),
    Target("first sync", "mirror", 3, lambda runs, _: median(runs[mirrors.SYNC]), most=True, unit=" s"),
    Target(
        "mirror.to_arrow, against pandas.read_sql", "mirror", 3, against(mirrors.READ_SQL, mirrors.TO_ARROW)
    ),
    Target("lines into a pipe, against a script", "command", 3, against(commands.SCRIPT, commands.LIST)),
    Target(
        "`--help`", "command", 60, lambda runs, _: median(runs[commands.HELP]) * 1e3, most=True, unit=" ms"
    ),
    Target("import", "import", 2, lambda runs, _: over(runs, OURS), most=True, unit=" ms"),
    Target(
        "first client",
        "import",
        3,
        lambda runs, _: over(runs, f"{OURS}, first client", OURS),
        most=True,
        unit=" ms",
    ),
)


def judge(results: dict[str, Runs], sessions: int) -> None:
    rows = []
    for target in TARGETS:
        if target.table not in results:
            continue
        value = round(target.value(results[target.table], sessions), 2)
        held = value <= target.bound if target.most else value >= target.bound
        sign = "at most" if target.most else "at least"
        bound = f"{sign} {target.bound:g}{target.unit}"
        rows.append([target.what, bound, f"{value:.2f}{target.unit}", "yes" if held else "**no**"])
    if rows:
        show("Against the targets", ("target", "measured", "reached"), rows)
