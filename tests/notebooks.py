"""Notebooks, run by a real kernel; as a script: keeps the outputs of `docs/quickstart.ipynb`."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbclient import NotebookClient

QUICKSTART = Path(__file__).parents[1] / "docs" / "quickstart.ipynb"

# When the listing ran: the rows of its card that are never the same.
_TIMES = re.compile(r'<tr><th scope="row">(first answer|proven for)</th><td>[^<]*</td></tr>')
_WIDGET = "application/vnd.jupyter.widget-view+json"


def nbformat() -> Any:
    """The library, which is typed in parts only."""
    return import_module("nbformat")


def of(*sources: str) -> Any:
    """A notebook of these cells."""
    form = nbformat().v4
    return form.new_notebook(cells=[form.new_code_cell(source.strip()) for source in sources])


def run(book: Any, folder: Path, allow_errors: bool = False) -> NotebookClient:
    """Run a notebook, which has its outputs then, in a folder of its own."""
    from nbclient import NotebookClient

    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        book, timeout=100, kernel_name="python3", allow_errors=allow_errors, resources=resources
    )
    client.execute()
    return client


def settle(book: Any) -> None:
    """Take away what differs from run to run."""
    book.metadata.pop("widgets", None)
    book.metadata.language_info = {"name": "python"}
    for cell in book.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _WIDGET not in output.get("data", {})]
            for output in cell.outputs:
                _settle_output(output)


def _settle_output(output: Any) -> None:
    html = output.get("data", {}).get("text/html", "")
    if 'class="blocks-sessions"' in html:
        output.data = {"text/html": _TIMES.sub("", html)}


def keep_outputs() -> None:
    """Run the quickstart and write it down with its outputs."""
    import tempfile

    book = nbformat().read(QUICKSTART, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        run(book, Path(folder))
    settle(book)
    nbformat().write(book, QUICKSTART)


if __name__ == "__main__":
    keep_outputs()
