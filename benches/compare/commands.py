"""Commands as a shell runs them: the whole process, its output read to the end of a pipe."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runs import Figures

HELP = "blocks-sessions --help"
LIST = "blocks-sessions list -o jsonl"
SCRIPT = "a script: pycurl + orjson, lines"
NOTHING = "python -c pass"

# What a competent user would write instead.
LINES = """
import sys, orjson
from compare.peers import pycurl
for page in pycurl(sys.argv[1], int(sys.argv[2])):
    sys.stdout.buffer.writelines(orjson.dumps(session, option=orjson.OPT_APPEND_NEWLINE) for session in page)
"""


def command(name: str, url: str, pages: int) -> list[str]:
    ours = str(Path(sys.executable).with_name("blocks-sessions"))
    return {
        HELP: [ours, "--help"],
        LIST: [ours, "list", "-o", "jsonl", "-q", "--base-url", url, "--agent", "agent_123"],
        SCRIPT: [sys.executable, "-c", LINES, url, str(pages)],
        NOTHING: [sys.executable, "-c", "pass"],
    }[name]


def ran(name: str, url: str, pages: int) -> Figures:
    environment = {
        **os.environ,
        "BLOCKS_PROJECT_KEY": "demo-key",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    cpu, before, size = _children(), time.perf_counter(), 0
    with subprocess.Popen(command(name, url, pages), stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        while piece := process.stdout.read1(1 << 20):
            size += len(piece)
    wall = time.perf_counter() - before
    assert process.returncode == 0, name
    return {"wall": wall, "cpu": _children() - cpu, "bytes": size}


def _children() -> float:
    """CPU seconds of the processes that were waited for."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
