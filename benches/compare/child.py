"""One measurement in a process of its own; prints what it took as one line of JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import TYPE_CHECKING

from . import peers

if TYPE_CHECKING:
    from collections.abc import Callable


def whole(task: Callable[[str, int], object], url: str, pages: int) -> dict[str, float]:
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
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    del kept
    return figures


def warm(make: Callable[[str], Callable[[], object]], url: str, calls: int) -> dict[str, float]:
    call = make(url)
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


def main() -> None:
    table, name, url, number = sys.argv[1:]
    if table == "warm":
        figures = warm(peers.WARM[name], url, int(number))
    elif table == "latency":
        figures = listing(url, int(number))
    else:
        figures = whole(getattr(peers, table.upper())[name], url, int(number))
    print(json.dumps(figures))


main()
