"""One measurement in a process of its own; prints what it took as one line of JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import choosing, exports, frames, masking, mirrors, peers

if TYPE_CHECKING:
    from collections.abc import Callable

LISTS: dict[str, dict[str, peers.Task]] = {
    "choose": choosing.CHOOSE,
    "collect": peers.COLLECT,
    "drop": peers.DROP,
    "export": exports.EXPORT,
    "fetch": peers.FETCH,
    "mask": masking.MASK,
    "mirror": mirrors.MIRROR,
    "read": mirrors.READ,
    "table": frames.TABLE,
}


def taken(figure: str) -> float:
    """`VmRSS` now or `VmHWM` at most, in MB. Not `ru_maxrss`, which a child inherits from its parent."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{figure}:")[1].split()[0]) / 1024


def whole(task: peers.Task, url: str, pages: int) -> dict[str, float]:
    # A short list first: modules are imported outside the measurement.
    url, short = url.split(",")
    task(short, 1)
    before, cpu, thread = time.perf_counter(), time.process_time(), time.thread_time()
    kept = task(url, pages)
    after = time.perf_counter()
    figures = {
        "wall": after - before,
        "cpu": time.process_time() - cpu,
        "thread": time.thread_time() - thread,
        "peak_mb": taken("VmHWM"),
    }
    del kept
    return figures


def warm(call: Callable[[], object], calls: int) -> dict[str, float]:
    for _ in range(200):
        call()
    times = []
    for _ in range(calls):
        before = time.perf_counter()
        call()
        times.append(time.perf_counter() - before)
    times.sort()
    return {"wall": times[len(times) // 2]}


def listing(url: str, width: int) -> dict[str, float]:
    client = peers.ours(url, max_concurrency=width)
    client.list(limit=1)
    before = time.perf_counter()
    for _ in client.iter_pages(consistency="fast"):
        pass
    return {"wall": time.perf_counter() - before}


def build(name: str, url: str, pages: int) -> dict[str, float]:
    """From bytes to objects, in one thread, a page at a time and let go at once; best of many."""
    import orjson

    from blocks_sessions import _core

    loads: dict[str, Callable[[bytes], Any]]
    loads = {"json.loads": json.loads, "orjson.loads": orjson.loads, peers.OURS: _core._loads}
    load, answers = loads[name], list(peers.pycurl_answers(url, pages))
    sessions = sum(len(load(answer)["sessions"]) for answer in answers)
    gc.disable()
    times = []
    for _ in range(15):
        before = time.perf_counter()
        for answer in answers:
            load(answer)
        times.append(time.perf_counter() - before)
    return {"wall": min(times) / sessions}


def memory(name: str, url: str) -> dict[str, float]:
    """Beyond what the process takes before the first request, what it imports for the task included."""
    if name.startswith("export to "):
        return memory_of_export(name.removeprefix("export to "), url)
    rows = peers.ours(url).iter_sessions()
    if name != "read and dropped":
        import pyarrow
    before, kept = taken("VmRSS"), 0
    if name == "read and dropped":
        peers.count(rows)
    elif name == "to_arrow, as a stream":
        peers.count(pyarrow.RecordBatchReader.from_stream(rows))
    else:
        kept = rows.to_arrow().nbytes
    return {"before": before, "over": taken("VmHWM") - before, "kept": kept / 2**20}


def memory_of_export(name: str, url: str) -> dict[str, float]:
    """As `memory`, of an export that was made before in small, so that what it imports is there."""
    import tempfile

    client = peers.ours(url)
    with tempfile.TemporaryDirectory() as folder:
        client.export(Path(folder) / f"small.{name}", max_items=100, progress=False)
        before = taken("VmRSS")
        client.export(Path(folder) / name, progress=False)
        return {"before": before, "over": taken("VmHWM") - before, "kept": 0}


def main() -> None:
    table, name, url, number = sys.argv[1:]
    if table == "warm":
        limit, calls = number.split(",")
        figures = warm(peers.WARM[name](url, int(limit)), int(calls))
    elif table == "latency":
        figures = listing(url, int(number))
    elif table == "build":
        figures = build(name, url, int(number))
    elif table == "scan":
        figures = masking.speed(name, int(number))
    elif table == "memory":
        figures = memory(name, url)
    else:
        if table == "read":
            mirrors.mirrored(url.partition(",")[0])
        figures = whole(LISTS[table][name], url, int(number))
    print(json.dumps(figures))


main()
