"""Write llms.txt and llms-full.txt into a built site: what a language model should read of it."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_INCLUDE = re.compile(r'^--8<-- "([^"]+)"$', re.MULTILINE)


def text_of(page: str) -> str:
    """A page's Markdown, with what it includes, without its front matter."""
    text = (DOCS / page).read_text(encoding="utf-8")
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return _INCLUDE.sub(lambda found: (ROOT / found[1]).read_text(encoding="utf-8"), text).strip()


def title_of(text: str) -> str:
    """The first heading."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1] if found else ""


def summary_of(text: str) -> str:
    """The first sentence of prose."""
    for block in re.split(r"\n\s*\n", text):
        if re.match(r"[A-Za-z`*\[]", block):
            plain = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", " ".join(block.split()))
            return re.split(r"(?<=[.!?:])\s", plain)[0].rstrip(":")
    return ""


def sections(nav: list[Any], name: str = "") -> list[tuple[str, list[str]]]:
    """The pages of the navigation, by the section they stand in."""
    own: list[str] = []
    found: list[tuple[str, list[str]]] = []
    for entry in nav:
        value = next(iter(entry.values())) if isinstance(entry, dict) else entry
        if isinstance(value, list):
            found += sections(value, next(iter(entry)))
        else:
            own.append(value)
    return [(name or "Pages", own), *found] if own else found


def index(config: dict[str, Any]) -> str:
    """What llms.txt says."""
    lines = [f"# {config['site_name']}", "", f"> {config['site_description']}"]
    for name, pages in sections(config["nav"]):
        lines += ["", f"## {name}", ""]
        for page in pages:
            text = text_of(page)
            address = page.removesuffix(".md") + ".html"
            lines.append(f"- [{title_of(text)}]({address}): {summary_of(text)}")
    return "\n".join([*lines, "", "All of it in one file: [llms-full.txt](llms-full.txt)", ""])


def main() -> int:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    site = parser.parse_args().site
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = [page for _, found in sections(config["nav"]) for page in found]
    (site / "llms.txt").write_text(index(config), encoding="utf-8")
    whole = "\n\n---\n\n".join(text_of(page) for page in pages)
    (site / "llms-full.txt").write_text(whole + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
