"""Weigh wheels: what each part takes, whether the notices and the bill of materials are there."""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections import Counter
from pathlib import Path

MEGABYTE = 1_000_000
WANTED = ("licenses/LICENSE", "licenses/THIRD-PARTY-NOTICES", ".cyclonedx.json", "py.typed")


def part_of(name: str) -> str:
    """What a file of the wheel belongs to."""
    if Path(name).suffix in {".so", ".pyd", ".dylib"}:
        return "compiled module"
    if "/sboms/" in name:
        return "bill of materials"
    if "/licenses/" in name:
        return "licences and notices"
    if ".dist-info/" in name:
        return "metadata"
    return "Python and stubs"


def parts(wheel: Path) -> dict[str, tuple[int, int]]:
    """Bytes in the wheel and when installed, by part, the heaviest first."""
    packed: Counter[str] = Counter()
    installed: Counter[str] = Counter()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            packed[part_of(entry.filename)] += entry.compress_size
            installed[part_of(entry.filename)] += entry.file_size
    return {part: (size, installed[part]) for part, size in packed.most_common()}


def faults(wheel: Path, at_most: float) -> list[str]:
    """What is wrong with a wheel, one sentence each."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    found = [
        f"{wheel.name} has no {wanted}" for wanted in WANTED if not any(n.endswith(wanted) for n in names)
    ]
    if "-cp311-abi3-" not in wheel.name:
        found.append(f"{wheel.name} is not for the stable interface of CPython 3.11")
    size = wheel.stat().st_size / MEGABYTE
    if size > at_most:
        found.append(f"{wheel.name} weighs {size:.2f} MB, more than {at_most} MB")
    return found


def main() -> int:
    """Print a table for each wheel; the exit status is 1 if one is amiss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", nargs="+", type=Path)
    parser.add_argument("--at-most", type=float, default=8.0, metavar="MB")
    parser.add_argument("--exactly", type=int, metavar="N", help="how many wheels there must be")
    options = parser.parse_args()
    found: list[str] = []
    if options.exactly is not None and len(options.wheels) != options.exactly:
        found.append(f"there are {len(options.wheels)} wheels, not {options.exactly}")
    for wheel in options.wheels:
        print(f"{wheel.name}: {wheel.stat().st_size / MEGABYTE:.2f} MB")
        for part, (packed, installed) in parts(wheel).items():
            print(f"  {part:<22} {packed / MEGABYTE:6.2f} MB, installed {installed / MEGABYTE:6.2f} MB")
        found += faults(wheel, options.at_most)
    for fault in found:
        print(fault, file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
