"""What is made for the site: the notebook's page, and a checker of links that finds what is wrong."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
from tools import links, llms, notebook

import blocks_sessions
from blocks_sessions import exceptions

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_notebook_is_what_the_notebook_shows() -> None:
    """`make notebook` writes both anew."""
    book = json.loads((ROOT / "docs" / "quickstart.ipynb").read_text(encoding="utf-8"))
    page, pictures = notebook.render(book)
    assert (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8") == page
    assert pictures
    for path, picture in pictures.items():
        assert (ROOT / "docs" / path).read_bytes() == picture


def faults(folder: Path, **pages: str) -> list[str]:
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return list(links.Site(folder).faults())


def test_links_that_lead_somewhere_are_no_fault(tmp_path: Path) -> None:
    index = (
        '<a href="other.html#there">x</a><a href="#here" id="here">x</a><a href="https://example.com">x</a>'
    )
    assert (
        faults(tmp_path, index=index, other='<h1 id="there">x</h1><img src="data:image/png;base64,">') == []
    )


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<a href="lost.html">x</a>', "not there"),
        ('<a href="#lost">x</a>', "no such anchor"),
        ('<a href="other.html#lost">x</a>', "no such anchor"),
        ('<img src="lost.png">', "not there"),
        ('<script src="https://cdn.example/x.js"></script>', "from elsewhere"),
        ('<link rel="stylesheet" href="//fonts.example/x.css">', "from elsewhere"),
        ('<img srcset="https://cdn.example/x.png 2x">', "from elsewhere"),
        ("<style>@import 'https://fonts.example/x.css';</style>", "from elsewhere"),
        ('<p style="background: url(https://cdn.example/x.png)">x</p>', "from elsewhere"),
        ('<iframe src="https://video.example/"></iframe>', "from elsewhere"),
    ],
)
def test_each_fault_of_a_page_is_found(html: str, fault: str, tmp_path: Path) -> None:
    found = faults(tmp_path, index=html, other="<h1 id='there'>x</h1>")
    assert len(found) == 1
    assert fault in found[0]


def test_a_style_sheet_that_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "site.css").write_text(
        "body { background: url('https://cdn.example/x.png') }", encoding="utf-8"
    )
    assert faults(tmp_path) == ["site.css loads https://cdn.example/x.png from elsewhere"]


def test_the_index_for_language_models_names_every_page() -> None:
    nav = [{"Start": ["index.md", {"Quickstart": "quickstart.md"}]}, {"Cookbook": "cookbook.md"}]
    text = llms.index({"site_name": "a", "site_description": "b", "nav": nav})
    assert "## Start\n\n- [Every chat session, proven](index.html): Paging by offset" in text.replace(
        "**", ""
    )
    assert "(quickstart.html)" in text
    assert "(cookbook.html): Questions that come up" in text


def test_the_reference_has_every_public_name() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    shown = set(re.findall(r"^::: blocks_sessions\.(\w+)$", text, re.MULTILINE)) | set(exceptions.__all__)
    # What both iterators have in common is shown with each of them.
    shared = {"__version__", "AsyncListingIterator", "ListingIterator"}
    assert set(blocks_sessions.__all__) - shown - shared == set()


def test_the_page_of_errors_has_a_row_for_every_class() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    told = {"SessionsError", "APIStatusError", "ErrorDetail", "IncompleteListingWarning"}
    assert set(exceptions.__all__) - rows - told == set()


def test_the_page_of_settings_has_every_argument_of_a_client() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert set(inspect.signature(blocks_sessions.SessionsClient).parameters) - named == set()
