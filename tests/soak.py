"""A long run as a worker for many agents makes it: `make soak`, or `python tests/soak.py SECONDS`.

Twenty agents, a tenth of the requests spoiled, one agent down, clients closed and made anew: at the end
memory, sockets and threads are what they were, every call for a healthy agent has succeeded, and no event,
log line or span holds a secret or a session's content. The servers are in this process, and what is measured
in another.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient, SessionsClient, Timeout
from blocks_sessions.testing import Emulator, Faults

SECRETS = ["demo-key", "soak-access-token", "soak-blocks-key", "soak-header"]
KEYS = ["demo-key", "soak-blocks-key"]
AGENTS = [f"agent_{number:02}" for number in range(20)]
# What passes when it is tried again at once: the run is to be busy, not to wait.
KINDS = ["reset", "close", "reset_in_body", "status_500", "status_502", "status_504"]


def token() -> str:
    return "soak-access-token"


class Lines(logging.Handler):
    """Keeps what was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(f"{record.getMessage()} {vars(record)}")


class Worker:
    """One round after another, each with clients of its own."""

    def __init__(self, url: str, down: str) -> None:
        self.settings: dict[str, Any] = {
            "base_url": url,
            "access_token": token,
            "blocks_key": "soak-blocks-key",
            "headers": {"x-secret": "soak-header"},
            "max_retries": 12,
            "timeout": Timeout(attempt=10, total=110),
            "cache_ttl": 0.5,
        }
        self.down = down
        self.calls = self.failures = self.rounds = self.spoiled = 0
        self.errors: list[str] = []
        self.told: list[str] = []
        self.spans: list[str] = []
        self.ids: set[str] = set()
        self.lines = Lines()
        logging.getLogger("blocks_sessions").addHandler(self.lines)
        logging.getLogger("blocks_sessions").setLevel(logging.DEBUG)

    def hear(self, event: bs.RequestEvent) -> None:
        self.told.append(repr(event))
        self.spoiled += event.kind == "retry"

    def client(self) -> SessionsClient:
        client = SessionsClient("demo-key", on_event=self.hear, **self.settings)
        try:
            from spans import Recorder

            from blocks_sessions.integrations.opentelemetry import instrument
        except (ImportError, bs.ConfigurationError):
            return client
        return instrument(client, tracer_provider=Recorder(self.spans))

    def note(self, call: Any, agent: str) -> None:
        """Make a call for a healthy agent."""
        self.calls += 1
        try:
            found = call(agent_id=agent)
        except bs.SessionsError as error:
            self.failures += 1
            self.errors.append(repr(error))
        else:
            self.ids.update(session["session_id"] for session in found)

    def healthy(self, client: SessionsClient, agent: str) -> None:
        self.note(client.list, agent)
        self.note(client.with_options(timeout=9).list, agent)
        self.note(client.collect, agent)
        pages = client.iter_pages(agent_id=agent, page_size=7)
        next(pages)

    def ill(self, client: SessionsClient) -> None:
        other = client.with_options(base_url=self.down, max_retries=2, timeout=Timeout(total=5))
        for _ in range(5):
            try:
                other.list(agent_id="agent_down")
            except bs.InternalServerError:
                pass
            else:
                raise AssertionError("an agent that is down has answered")

    async def awaited(self) -> None:
        async with AsyncSessionsClient("demo-key", on_event=self.hear, **self.settings) as client:
            found = await asyncio.gather(*(client.list(agent_id=agent) for agent in AGENTS))
            self.calls += len(found)
            dropped = asyncio.ensure_future(client.collect(agent_id=AGENTS[0]))
            await asyncio.sleep(0.001)
            dropped.cancel()

    def round(self) -> None:
        with self.client() as client, ThreadPoolExecutor(8) as pool:
            work = [pool.submit(self.healthy, client, agent) for agent in AGENTS]
            work.append(pool.submit(self.ill, client))
            for each in work:
                each.result()
        asyncio.run(self.awaited())
        self.rounds += 1
        self.check()

    def check(self) -> None:
        """Look for what must not be told, and forget what was."""
        text = "\n".join([*self.told, *self.lines.told, *self.spans])
        for secret in [*SECRETS, *self.ids]:
            assert secret not in text, f"{secret} was told"
        assert self.told
        assert self.lines.told
        for kept in (self.told, self.lines.told, self.spans, self.ids):
            kept.clear()


def sockets() -> int:
    """Return how many sockets this process has."""
    count = 0
    for fd in os.listdir("/proc/self/fd"):
        # It may be closed between the two looks.
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
    return count


def measure() -> dict[str, int]:
    """Memory in bytes, sockets and threads, once what ends has ended: nothing changed for half a second."""
    looks: list[tuple[int, int]] = []
    for _ in range(200):
        looks.append((sockets(), len(os.listdir("/proc/self/task"))))
        if len(looks) > 10 and len(set(looks[-10:])) == 1:
            break
        time.sleep(0.05)
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        memory = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {"memory": memory, "sockets": looks[-1][0], "threads": looks[-1][1]}


def work(url: str, down: str, seconds: float) -> None:
    """Work until the time is over, and print what it came to."""
    worker = Worker(url, down)
    begun = time.monotonic()
    # What is kept for good is made in the first part.
    while worker.rounds < 2 or time.monotonic() - begun < seconds / 4:
        worker.round()
    before = measure()
    while worker.rounds < 4 or time.monotonic() - begun < seconds:
        worker.round()
    after = measure()
    known = {name: getattr(worker, name) for name in ("rounds", "calls", "failures", "spoiled", "errors")}
    print(json.dumps({**known, "before": before, "after": after, "seconds": time.monotonic() - begun}))


def soak(seconds: float) -> dict[str, Any]:
    """Run the servers here and the worker in a process of its own; return what it came to."""
    agents = dict.fromkeys(AGENTS, 250)
    spoiled = Faults(rate=0.1, kinds=KINDS)
    down = Faults(rate=1.0, kinds=["status_502"])
    with (
        Emulator(agents=agents, faults=spoiled, seed=11, keys=KEYS) as server,
        Emulator(agents={"agent_down": 1}, faults=down, keys=KEYS) as other,
    ):
        ran = subprocess.run(
            [sys.executable, __file__, str(seconds), server.url, other.url],
            capture_output=True,
            text=True,
            timeout=seconds + 300,
            check=False,
        )
    if ran.returncode or ran.stderr:
        raise AssertionError(ran.stderr[-4000:])
    known: dict[str, Any] = json.loads(ran.stdout)
    return known


def judge(known: dict[str, Any]) -> None:
    """Raise for whatever does not hold."""
    before, after = known["before"], known["after"]
    assert known["failures"] == 0, known["errors"][:3]
    assert known["spoiled"] > 0
    assert after["sockets"] <= before["sockets"] + 1, known
    assert after["threads"] <= before["threads"], known
    # Allocators breathe; a leak of a few hundred bytes a call is more than this in ten minutes.
    assert after["memory"] <= before["memory"] + 6 * 1024 * 1024, known


if __name__ == "__main__":
    if len(sys.argv) > 2:
        work(sys.argv[2], sys.argv[3], float(sys.argv[1]))
    else:
        found = soak(float(sys.argv[1]) if len(sys.argv) > 1 else 600)
        print(json.dumps(found, indent=2))
        judge(found)
