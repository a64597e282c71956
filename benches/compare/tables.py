"""One function a table: it measures, prints, and gives back what was measured."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from . import choosing, exports, frames, masking, mirrors, peers, processes
from .peers import FAST, OURS
from .printing import COLUMNS, against, microseconds, row, show
from .runs import Figures, Runs, asked, bare, child, interleaved, median, server

if TYPE_CHECKING:
    from collections.abc import Callable

BARE = "a bare Rust client, thrown away"
# What each task leaves behind decides what it may take.
MEMORY = (
    "read and dropped",
    "to_arrow, as a stream",
    "to_arrow, as a table",
    "export to a.jsonl",
    "export to a.jsonl.zst",
    "export to a.csv.gz",
    "export to a.parquet",
)
TABLE = "to_arrow, as a table"
BUILD = ("json.loads", "orjson.loads", OURS)
TITLES = {
    "choose": "Some of all",
    "collect": "All in a list",
    "drop": "Read and dropped",
    "mask": "All in a list, masked",
    "table": "To a columnar table",
}
PEERS = {
    "choose": choosing.CHOOSE,
    "collect": peers.COLLECT,
    "drop": peers.DROP,
    "mask": masking.MASK,
    "table": frames.TABLE,
}
# What the other rows of a table are told in times of.
BASES = {"mask": masking.PLAIN}


def whole_lists(table: str, rounds: int, sessions: int) -> Runs:
    pages = sessions // 100
    tasks: dict[str, Callable[[], Figures]]
    with server(sessions) as url, server(100) as short:
        both = f"{url},{short}"
        tasks = {name: lambda name=name: child(table, name, both, pages) for name in PEERS[table]}
        tasks[BARE] = lambda: bare(url, pages, 4)
        if table in ("drop", "choose"):
            tasks |= {
                f"fetch: {name}": lambda name=name: child("fetch", name, both, pages) for name in peers.FETCH
            }
        runs = interleaved(rounds, tasks)
    title = f"{TITLES[table]}: {sessions:,} sessions, seconds"
    names = [name for name in runs if not name.startswith("fetch: ")]
    base = BASES.get(table, OURS)
    times = "times ours" if base == OURS else "times the first"
    show(title, (*COLUMNS, times), (row(name, runs, base) for name in names))
    if table == "drop":
        held = {name: held_for(runs, name) / sessions * 1e6 for name in peers.FETCH}
        print("\nThe interpreter was held for, a session: " + ", ".join(
            f"{name} {micros:.2f} µs" for name, micros in held.items()
        ) + ".")  # fmt: skip
    return runs


def held_for(runs: Runs, name: str, fetch: str | None = None) -> float:
    """Seconds of the reading thread's time, without what it takes to fetch the pages and make nothing."""
    return statistics.median(
        made["thread"] - response["thread"]
        for made, response in zip(runs[name], runs[f"fetch: {fetch or name}"], strict=True)
    )


def mixed(rounds: int, sessions: int) -> Runs:
    """Sessions of which no two are alike, and some fields are text in one and an object in another."""
    pages, runs = sessions // 100, Runs()
    listed = ("pycurl + orjson", "aiohttp + orjson", OURS)
    tables = [name for name in frames.TABLE if not name.startswith("pandas.json") and name != FAST]
    with server(sessions, "mixed") as url, server(100, "mixed") as short:
        for table, names in (("collect", listed), ("table", tables)):
            tasks: dict[str, Callable[[], Figures]] = {
                name: lambda table=table, name=name: child(table, name, f"{url},{short}", pages)
                for name in names
            }
            taken = interleaved(rounds, tasks)
            title = f"{TITLES[table]}: {sessions:,} sessions no two alike, seconds"
            show(title, (*COLUMNS, "times ours"), (row(name, taken, OURS) for name in names))
            runs |= {f"{table}: {name}": found for name, found in taken.items()}
    return runs


def export(rounds: int, sessions: int) -> Runs:
    """To files. Ours are measured against each peer's own format, so that no one ratio is told."""
    pages = sessions // 100
    with server(sessions) as url, server(100) as short:
        tasks: dict[str, Callable[[], Figures]] = {
            name: lambda name=name: child("export", name, f"{url},{short}", pages) for name in exports.EXPORT
        }
        runs = interleaved(rounds, tasks)
    rows = [row(name, runs, name)[:-1] for name in runs]
    show(f"To a file: {sessions:,} sessions, seconds", COLUMNS, rows)
    return runs


def mirror(rounds: int, sessions: int) -> Runs:
    """Into a database that is not there yet, and out of one that is."""
    pages, runs = sessions // 100, Runs()
    titles = {"mirror": "To a SQLite file", "read": "From a SQLite file to a table"}
    with server(sessions) as url, server(100) as short:
        for table, tasks in (("mirror", mirrors.MIRROR), ("read", mirrors.READ)):
            taken = interleaved(rounds, {
                name: lambda table=table, name=name: child(table, name, f"{url},{short}", pages)
                for name in tasks
            })  # fmt: skip
            last = list(tasks)[-1]
            title = f"{titles[table]}: {sessions:,} sessions, seconds"
            show(title, (*COLUMNS, "times ours"), (row(name, taken, last) for name in taken))
            runs |= taken
    return runs


def requests(_: int, sessions: int) -> Runs:
    runs = Runs()
    with server(sessions) as url:
        for name in (OURS, FAST):
            before = asked(url)
            child("drop", name, f"{url},{url}", 0)
            # Each child reads twice: once to warm up.
            runs[name] = [{"requests": (asked(url) - before) / 2}]
    rows = ([name, f"{median(found, 'requests'):,.0f}"] for name, found in runs.items())
    show(f"Requests for {sessions:,} sessions that nobody changes", ("requests",), rows)
    return runs


def scan(rounds: int, _: int) -> Runs:
    """Free text, searched for personal data."""
    runs = Runs()
    for title, one_in in masking.ONE_IN.items():
        tasks: dict[str, Callable[[], Figures]] = {
            name: lambda name=name, one_in=one_in: child("scan", name, "", one_in) for name in masking.SCAN
        }
        taken = interleaved(rounds, tasks)
        rows = (
            [
                name,
                f"{median(found, 'mb'):.2f}" if all(found) else "not installed",
                against(found, taken[OURS]) if all(found) and name != OURS else "",
            ]
            for name, found in taken.items()
        )
        show(f"Free text, a value in {title}, one thread", ("MB/s", "times ours"), rows)
        runs |= {f"{title}: {name}": found for name, found in taken.items()}
    return runs


def build(rounds: int, _: int) -> Runs:
    with server(5_000) as url:
        tasks: dict[str, Callable[[], Figures]] = {
            name: lambda name=name: child("build", name, url, 50) for name in BUILD
        }
        runs = interleaved(rounds, tasks)
    microseconds("From bytes to objects, in one thread, µs a session", runs, places=2)
    return runs


def memory(_: int, sessions: int) -> Runs:
    """Once each: memory does not depend on how busy the machine is."""
    sizes, runs = (sessions, 2 * sessions, 4 * sessions), Runs()
    for size in sizes:
        with server(size) as url:
            for name in MEMORY:
                runs.setdefault(name, []).append(child("memory", name, url, 0) | {"sessions": size})
    rows = [[name, *(f"{found['over']:.1f}" for found in runs[name])] for name in MEMORY]
    rows.append(["of which the table", *(f"{found['kept']:.1f}" for found in runs[TABLE])])
    show("Memory beyond what the imports take, MB", (f"{size:,} sessions" for size in sizes), rows)
    print(f"\nAn interpreter that imported the package takes {median(runs[MEMORY[0]], 'before'):.1f} MB.")
    return runs


def latency(rounds: int, _: int) -> Runs:
    runs = Runs()
    with server(20_000, latency=20) as url:
        for width in (1, 8, 16):
            tasks: dict[str, Callable[[], Figures]] = {
                f"bare {width}": lambda width=width: bare(url, 200, width),
                f"ours {width}": lambda width=width: child("latency", OURS, url, width),
            }
            runs |= interleaved(rounds, tasks)
    rows = []
    for width in (1, 8, 16):
        theirs, ours = runs[f"bare {width}"], runs[f"ours {width}"]
        rows.append(
            [f"{width} in flight", f"{median(theirs):.3f}", f"{median(ours):.3f}", against(ours, theirs)]
        )
    show("20 ms a request, 200 pages, seconds", ("a bare Rust client", FAST, "ours / bare"), rows)
    return runs


def warm(rounds: int, _: int) -> Runs:
    runs = Runs()
    with server(1_000) as url:
        for limit in (1, 100):
            tasks: dict[str, Callable[[], Figures]] = {
                name: lambda name=name, limit=limit: child("warm", name, url, f"{limit},3000")
                for name in peers.WARM
            }
            taken = interleaved(rounds, tasks)
            microseconds(f"One warm call, limit {limit}, µs", taken, places=1)
            runs |= {f"{name}, {limit}": found for name, found in taken.items()}
    return runs


TABLES: dict[str, Callable[[int, int], Runs]] = {
    **{name: lambda rounds, sessions, name=name: whole_lists(name, rounds, sessions) for name in TITLES},
    "export": export,
    "mixed": mixed,
    "scan": scan,
    "requests": requests,
    "build": build,
    "memory": memory,
    "latency": latency,
    "warm": warm,
    "mirror": mirror,
    "command": processes.commands_table,
    "import": processes.imports,
}
