"""Say whether a tag, the version and the changelog are of one mind."""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def version(root: Path = ROOT) -> str:
    """The version that wheels get: Cargo.toml's."""
    found: str = tomllib.loads((root / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]
    return found


def faults(tag: str, root: Path = ROOT) -> list[str]:
    """What keeps this tag from being released, one sentence each."""
    here = version(root)
    found = []
    if tag != f"v{here}":
        found.append(f"the tag is {tag}, and Cargo.toml says {here}: it should be v{here}")
    cited = re.search(r"^version: (.*)$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    if cited is None or cited[1] != here:
        found.append(f"CITATION.cff cites version {cited and cited[1]}, not {here}")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(here)} - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        found.append(f"CHANGELOG.md has no heading `## {here} - YYYY-MM-DD`")
    return found


def main() -> int:
    """Compare; the exit status is 1 if something is amiss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tag", required=True, help="as in v1.2.3")
    found = faults(parser.parse_args().tag)
    for fault in found:
        print(fault, file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
