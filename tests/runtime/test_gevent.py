"""In a process that gevent has really patched: threads are greenlets there, and our callers wait in one."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from blocks_sessions.testing import Emulator

pytest.importorskip("gevent", reason="it is not installed on Windows")

BEGINNING = """
    import sys
    import gevent
    from gevent import monkey
    monkey.patch_all()
    import threading
    from blocks_sessions import SessionsClient, Timeout

    def token():
        asked.append(threading.current_thread() is not threading.main_thread())
        return "let-me-in"

    asked = []
    settings = dict(agent_id="agent_123", base_url=sys.argv[1], timeout=Timeout(attempt=20, total=30))
    client = SessionsClient("demo-key", access_token=token, **settings)
"""
CASES = {
    "a call": ("print(client.list(limit=1).total_count, len(asked))", "247 1"),
    "a listing": ("print(len(client.collect()), len(asked))", "247 1"),
    "many greenlets": (
        "jobs = [gevent.spawn(client.list, limit=5) for _ in range(8)]\n"
        "gevent.joinall(jobs, raise_error=True)\n"
        "print({len(job.value) for job in jobs})",
        "{5}",
    ),
    "its threads": (
        "found = []\n"
        "threads = [threading.Thread(target=lambda: found.append(client.count())) for _ in range(4)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "print(found)",
        "[247, 247, 247, 247]",
    ),
    "its pool of threads": (
        "pool = gevent.get_hub().threadpool\nprint(len(pool.apply(client.collect)))",
        "247",
    ),
    "progress": (
        "told = []\nclient.collect(progress=lambda done, total: told.append(done))\nprint(told[-1])",
        "247",
    ),
    "a token function that raises": (
        "def broken():\n    raise LookupError('no token today')\n"
        "try:\n    SessionsClient('demo-key', access_token=broken, **settings).list()\n"
        "except LookupError as error:\n    print(error)",
        "no token today",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_works_as_anywhere(case: str) -> None:
    code, told = CASES[case]
    with Emulator(sessions=247, require_token="let-me-in") as server:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(BEGINNING) + code, server.url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout.strip()) == (0, told), done.stderr
