"""Make a page of the documentation from the quickstart notebook, with what its cells showed."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = Path("assets/quickstart")
NOTE = "[Download this notebook](quickstart.ipynb): it runs as it is, without an account or a network.\n"


def text(source: str | list[str]) -> str:
    """A notebook keeps text whole or in lines."""
    return source if isinstance(source, str) else "".join(source)


def fenced(language: str, code: str) -> str:
    """A block of code."""
    return f"```{language}\n{code.rstrip()}\n```\n"


def shown(html: str) -> str:
    """HTML as it was shown. Blank lines would end it, for Markdown."""
    lines = [line.strip() for line in html.splitlines() if line.strip()]
    return '<div class="notebook-output">\n' + "\n".join(lines) + "\n</div>\n"


def output(kept: dict[str, Any], name: str, title: str, pictures: dict[Path, bytes]) -> str:
    """What one output of a cell looks like; a picture becomes a file."""
    if kept["output_type"] == "stream":
        return fenced("text", text(kept["text"]))
    data = kept["data"]
    if "image/png" in data:
        path = PICTURES / f"{name}.png"
        pictures[path] = base64.b64decode(text(data["image/png"]))
        return f'<div class="notebook-output"><img src="{path.as_posix()}" alt="A chart: {title}" /></div>\n'
    if "text/html" in data:
        return shown(text(data["text/html"]))
    return fenced("text", text(data["text/plain"]))


def render(book: dict[str, Any]) -> tuple[str, dict[Path, bytes]]:
    """The page, and its pictures by their path within the documentation."""
    parts = []
    pictures: dict[Path, bytes] = {}
    title = ""
    for number, cell in enumerate(book["cells"]):
        source = text(cell["source"]).strip()
        if cell["cell_type"] == "markdown":
            parts.append(source + "\n")
            title = source.partition("\n")[0].lstrip("# ")
            if number == 0:
                parts.append(NOTE)
            continue
        parts.append(fenced("python", source))
        parts += [output(kept, cell["id"], title, pictures) for kept in cell["outputs"]]
    return "\n".join(parts), pictures


def main() -> int:
    """Write the page and its pictures."""
    page, pictures = render(json.loads((DOCS / "quickstart.ipynb").read_text(encoding="utf-8")))
    (DOCS / "quickstart.md").write_text(page, encoding="utf-8")
    folder = DOCS / PICTURES
    folder.mkdir(exist_ok=True)
    for stale in folder.glob("*.png"):
        stale.unlink()
    for path, picture in pictures.items():
        (DOCS / path).write_bytes(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
