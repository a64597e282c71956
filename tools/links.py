"""Follow the internal links and anchors of a built site; see that no page loads anything from elsewhere."""

from __future__ import annotations

import argparse
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a browser fetches by itself, unlike what a reader may click on.
_LOADS = {
    ("audio", "src"),
    ("embed", "src"),
    ("form", "action"),
    ("iframe", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("track", "src"),
    ("video", "poster"),
    ("video", "src"),
}
_STYLE_LOADS = re.compile(r"@import\s+[\"']([^\"']+)|url\(\s*[\"']?([^\"')]+)")


class Page(HTMLParser):
    """What one page offers to link to, and what it links to or loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element's names, links and loads."""
        self._in_style = tag == "style"
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif (tag, name) in _LOADS:
                self.loads += [part.split()[0] for part in value.split(",")] if name == "srcset" else [value]
            elif name == "href":
                self.links.append(value)
            elif name == "style":
                self.loads += style_loads(value)

    def handle_data(self, data: str) -> None:
        """Note what a style sheet within the page loads."""
        if self._in_style:
            self.loads += style_loads(data)

    def handle_endtag(self, tag: str) -> None:
        """A style sheet ends."""
        self._in_style = self._in_style and tag != "style"


def style_loads(css: str) -> list[str]:
    """What a style sheet loads, data within it aside."""
    found = [imported or url for imported, url in _STYLE_LOADS.findall(css)]
    return [url for url in found if not url.startswith(("data:", "#"))]


def foreign(url: str) -> bool:
    """Whether it leads to another host."""
    return bool(urlsplit(url).netloc) or urlsplit(url).scheme in {"http", "https"}


class Site:
    """A folder of pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.pages = {
            path: Page(path.read_text(encoding="utf-8")) for path in sorted(self.folder.rglob("*.html"))
        }

    def faults(self) -> Iterator[str]:
        """One sentence for each link that leads nowhere, and for each load from elsewhere."""
        for path, page in self.pages.items():
            name = path.relative_to(self.folder)
            # The page for what is not found is served at any depth, so its links begin at the root.
            at_root = name == Path("404.html")
            for url in page.loads:
                if foreign(url):
                    yield f"{name} loads {url} from elsewhere"
                elif not at_root:
                    yield from self._fault(path, url)
            for url in page.links:
                if not (at_root or foreign(url) or url.startswith(("mailto:", "data:"))):
                    yield from self._fault(path, url)
        for path in sorted(self.folder.rglob("*.css")):
            for url in style_loads(path.read_text(encoding="utf-8")):
                if foreign(url):
                    yield f"{path.relative_to(self.folder)} loads {url} from elsewhere"

    def _fault(self, path: Path, url: str) -> Iterator[str]:
        parts = urlsplit(url)
        name = path.relative_to(self.folder)
        if url.startswith("data:"):
            return
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target /= "index.html"
        if not target.exists():
            yield f"{name} links to {url}, which is not there"
            return
        anchors = self.pages[target].anchors if target in self.pages else None
        if parts.fragment and anchors is not None and unquote(parts.fragment) not in anchors:
            yield f"{name} links to {url}, and there is no such anchor"


def main() -> int:
    """Check a site; the exit status is 1 if a link or a load is amiss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    site = Site(parser.parse_args().site)
    found = list(site.faults())
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"{len(site.pages)} pages, {sum(len(page.links) for page in site.pages.values()):,} links")
    return bool(found) or not site.pages


if __name__ == "__main__":
    sys.exit(main())
