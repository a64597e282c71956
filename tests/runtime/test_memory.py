"""What a listing takes, measured in processes of its own, and that nothing of what was read stays behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from blocks_sessions.testing import Emulator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process")

MB = 2**20
# The most that the proof of a whole list may hold of each id that it has seen.
AN_ID = 40
SIZES = {f"of_{thousands}": thousands * 1000 for thousands in (50, 100, 200, 400)}

# Not `ru_maxrss`, which a child inherits from its parent.
MEASURE = """
import json, sys
from pathlib import Path

def taken(figure):
    return int(Path("/proc/self/status").read_text().split(figure)[1].split()[0]) * 1024

from blocks_sessions import SessionsClient
task, url, agent = sys.argv[1:]
if task != "drop":
    import pyarrow
rows = SessionsClient("demo-key", agent_id=agent, base_url=url).iter_sessions()
before, kept, count = taken("VmRSS:"), 0, 0
if task == "drop":
    count = sum(1 for _ in rows)
elif task == "stream":
    count = sum(batch.num_rows for batch in pyarrow.RecordBatchReader.from_stream(rows))
else:
    table = rows.to_arrow()
    kept, count = table.nbytes, len(table)
print(json.dumps([count, taken("VmHWM:") - before, kept]))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(agents=SIZES) as server:
        yield server


def measure(server: Emulator, task: str, thousands: int) -> tuple[int, int]:
    """The bytes that a task took at most beyond what was imported for it, and those of its result."""
    command = [sys.executable, "-c", MEASURE, task, server.url, f"of_{thousands}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    count, over, kept = json.loads(answer.stdout)
    assert count == thousands * 1000
    return over, kept


def test_sessions_read_and_dropped_leave_their_ids_alone(server: Emulator) -> None:
    (some, _), (many, _) = measure(server, "drop", 100), measure(server, "drop", 400)
    assert many <= 8 * MB + 400_000 * AN_ID
    # Pages that were not let go would be some 150 MB.
    assert many - some <= 300_000 * AN_ID + 2 * MB


def test_a_table_takes_itself_and_a_few_pages(server: Emulator) -> None:
    (some, small), (many, large) = measure(server, "table", 100), measure(server, "table", 400)
    # What grows is the table and the ids: its columns hold no room that they do not need.
    assert (many - large) - (some - small) <= 300_000 * AN_ID + 4 * MB
    # Beside them pyarrow's own, the connections, and a batch in the making.
    assert many - large <= 400_000 * AN_ID + 20 * MB


def test_a_stream_takes_a_few_batches_whatever_its_length(server: Emulator) -> None:
    (some, _), (many, _) = measure(server, "stream", 50), measure(server, "stream", 200)
    assert many <= 20 * MB + 200_000 * AN_ID
    # The table would be some 60 MB.
    assert many - some <= 150_000 * AN_ID + 4 * MB
