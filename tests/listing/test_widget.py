"""`progress=True` in a real kernel: a widget with ipywidgets, else text; each ends as what it was."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import notebooks
import pytest

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("ipywidgets")
pytest.importorskip("tqdm")

# What Jupyter's own libraries warn of is theirs.
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="an alarm is a signal"),
    pytest.mark.filterwarnings("default"),
]

WIDGET = "application/vnd.jupyter.widget-view+json"
SETUP = """
import warnings
from blocks_sessions import AsyncSessionsClient, IncompleteListingWarning, SessionsClient
from blocks_sessions.testing import Churn, Emulator
warnings.simplefilter("ignore", IncompleteListingWarning)
def client_of(server, kind=SessionsClient):
    return kind("demo-key", agent_id="agent_123", base_url=server.url, max_retries=0)
server = Emulator(sessions=1_000)
"""
# Each cell with what its bar ends as: its style, how far it is, of how many.
CELLS: dict[str, tuple[str, float, float] | None] = {
    "len(client_of(server).collect(progress=True))": ("success", 1_000, 1_000),
    "len(await client_of(server, AsyncSessionsClient).collect(progress=True))": ("success", 1_000, 1_000),
    """
for session in client_of(server).iter_sessions(progress=True, consistency="fast", max_concurrency=1):
    break
""": ("info", 100, 1_000),
    """
with client_of(server).iter_pages(progress=True, page_size=50, consistency="fast") as pages:
    len(next(pages))
""": ("info", 50, 1_000),
    """
brief = Emulator(sessions=1_000)
pages = client_of(brief).iter_pages(progress=True, consistency="fast", max_concurrency=1)
first = next(pages)
brief.close()
list(pages)
""": ("danger", 100, 1_000),
    # All sessions have come, and then it fails.
    """
from blocks_sessions.progress import Bar
bar = Bar()
bar.begin()
bar(1_000, 1_000)
bar.fail()
""": ("danger", 1_000, 1_000),
    # Ctrl-C, while the first answer is waited for.
    """
import signal
slow = Emulator(latency=100)
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.5)
client_of(slow).collect(progress=True)
""": ("danger", 0, 1),
    """
moving = Emulator(sessions=1_000, churn=Churn(deletes=1))
moved = len(client_of(moving).collect(progress=True))
""": None,
    """
silent = Emulator(sessions=1_000, total_count="null")
len(client_of(silent).collect(progress=True))
""": ("success", 1, 1),
}


def bars(client: Any) -> list[tuple[str, float, float]]:
    """The state of the bars, in the order in which they were made."""
    states = [state for state in client.widget_state.values() if state["_model_name"] == "FloatProgressModel"]
    return [(state["bar_style"], state["value"], state["max"]) for state in states]


def views(cell: Any) -> int:
    return sum(WIDGET in output.get("data", {}) for output in cell.outputs)


def test_a_widget_ends_as_what_it_was(tmp_path: Path) -> None:
    book = notebooks.of(SETUP, *CELLS)
    client = notebooks.run(book, tmp_path, allow_errors=True)
    found = bars(client)
    assert len(found) == len(CELLS)
    for cell, state, expected in zip(book.cells[1:], found, CELLS.values(), strict=True):
        assert views(cell) == 1, cell.source
        assert not any(output.get("name") == "stderr" for output in cell.outputs), cell.outputs
        if expected is None:
            # The list shrank, and its end is still the end.
            assert state[0] == "success"
            assert state[1] == state[2] < 1_000
        else:
            assert state == expected, cell.source
    errors = [output.ename for cell in book.cells for output in cell.outputs if output.output_type == "error"]
    assert errors == ["APIConnectionError", "KeyboardInterrupt"]


def test_without_ipywidgets_it_is_text_and_no_warning(tmp_path: Path) -> None:
    missing = "import sys; sys.modules['ipywidgets'] = None"
    book = notebooks.of(missing, SETUP, "len(client_of(server).collect(progress=True))")
    notebooks.run(book, tmp_path)
    outputs = book.cells[-1].outputs
    shown = "".join(output.get("text", "") for output in outputs)
    assert "Listing: 100%" in shown
    assert "1000/1000" in shown
    assert "Warning" not in shown
    assert "IProgress" not in shown
    assert views(book.cells[-1]) == 0
