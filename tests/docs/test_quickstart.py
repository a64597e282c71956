"""The quickstart notebook runs, says what it claims, and is kept as it was run."""

from __future__ import annotations

import base64
import copy
from pathlib import Path
from typing import Any

import notebooks
import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipywidgets")
pytest.importorskip("pandas")

# What Jupyter's and matplotlib's own libraries warn of is theirs.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def kept() -> Any:
    """The notebook as it is in the repository."""
    return nbformat.read(notebooks.QUICKSTART, as_version=4)


@pytest.fixture(scope="module")
def fresh(kept: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same cells, run now."""
    # Its first import gathers the fonts of this machine, and says so.
    pytest.importorskip("matplotlib.font_manager")
    book = copy.deepcopy(kept)
    for cell in code(book):
        cell.outputs, cell.execution_count = [], None
    notebooks.run(book, tmp_path_factory.mktemp("notebook"))
    return book


def code(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def cell_of(book: Any, name: str) -> Any:
    return next(cell for cell in book.cells if cell.id == name)


def printed(cell: Any) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def html(cell: Any) -> str:
    return "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)


def pictures(book: Any) -> list[bytes]:
    data = [output.get("data", {}) for cell in code(book) for output in cell.outputs]
    return [base64.b64decode(each["image/png"]) for each in data if "image/png" in each]


def test_it_runs_and_says_what_it_claims(fresh: Any) -> None:
    assert "page 1 of 700 · 35,000 sessions" in html(cell_of(fresh, "page"))
    assert printed(cell_of(fresh, "session")).startswith("2026-01-12T08:30:00Z\nMonday, 12 January 2026")
    assert printed(cell_of(fresh, "frame")) == "35,000 sessions, 34 columns\n"
    assert "35,000 sessions, proven by key_cover" in html(cell_of(fresh, "proof"))
    read_back = html(cell_of(fresh, "export"))
    assert all(status in read_back for status in ("active", "idle", "closed", "abandoned"))
    assert len(pictures(fresh)) == 2


def test_its_bar_is_a_widget(fresh: Any) -> None:
    shown = [output.get("data", {}) for output in cell_of(fresh, "frame").outputs]
    assert any("application/vnd.jupyter.widget-view+json" in data for data in shown)


def test_nothing_is_warned_of(fresh: Any, kept: Any) -> None:
    for cell in [*code(fresh), *code(kept)]:
        for output in cell.outputs:
            assert output.output_type in {"stream", "display_data", "execute_result"}
            assert output.get("name") != "stderr", output


def test_what_is_kept_is_what_runs(fresh: Any, kept: Any) -> None:
    """`make notebook` writes it anew."""
    settled = copy.deepcopy(fresh)
    notebooks.settle(settled)
    for now, then in zip(code(settled), code(kept), strict=True):
        assert (now.id, now.source, now.execution_count) == (then.id, then.source, then.execution_count)
        assert printed(now) == printed(then)
        assert [shape(output) for output in now.outputs] == [shape(output) for output in then.outputs]
    assert html(cell_of(settled, "page")) == html(cell_of(kept, "page"))
    assert [cell.execution_count for cell in code(kept)] == list(range(1, len(code(kept)) + 1))


def shape(output: Any) -> tuple[str, list[str]]:
    return output.output_type, sorted(output.get("data", {}))


def test_what_is_kept_is_small_and_names_no_machine(kept: Any) -> None:
    settled = copy.deepcopy(kept)
    notebooks.settle(settled)
    assert settled == kept
    assert sum(map(len, pictures(kept))) < 100_000
    text = Path(notebooks.QUICKSTART).read_text(encoding="utf-8")
    assert len(text) < 200_000
    for cell in kept.cells:
        shown = cell.source + printed(cell) + html(cell) if cell.cell_type == "code" else cell.source
        for machine in ("/tmp", "/home", "/root", "C:\\", "127.0.0.1", "localhost"):
            assert machine not in shown
