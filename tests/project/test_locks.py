"""Locks have what is asked for, and nothing needs a newer Rust than is promised."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
LOCKED = ["build", "docs", "engines", "release", "test"]


def pins(group: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ \\;\n]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("group", LOCKED)
def test_a_lock_has_what_its_group_asks_for(group: str) -> None:
    locked = pins(group)
    for text in GROUPS[group]:
        wanted = Requirement(text)
        version = locked.get(canonicalize_name(wanted.name))
        assert version is not None, f"`make lock`: requirements/{group}.txt has no {wanted.name}"
        assert wanted.specifier.contains(version, prereleases=True), (
            f"`make lock`: {wanted} is locked at {version}"
        )


@pytest.mark.parametrize("group", LOCKED)
def test_every_pin_has_a_hash(group: str) -> None:
    text = (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8")
    for pin in re.findall(r"^\S+==.*(?:\n    --hash.*)*", text, re.MULTILINE):
        assert "--hash=sha256:" in pin, pin


def test_groups_can_be_installed_into_one_environment() -> None:
    for group in LOCKED:
        for name, version in pins(group).items():
            assert pins("test").get(name, version) == version, (
                f"`make lock`: {name} differs in {group} and test"
            )


@pytest.fixture(scope="module")
def crates() -> dict[str, Any]:
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--offline"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def promised() -> tuple[int, ...]:
    package = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]
    return rust(package["rust-version"])


def rust(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))[:2]


def compiled(crates: dict[str, Any]) -> set[str]:
    """The crates that a wheel is compiled from, by id."""
    links = {node["id"]: node["deps"] for node in crates["resolve"]["nodes"]}
    seen: set[str] = set()
    waiting = [crates["resolve"]["root"]]
    while waiting:
        crate = waiting.pop()
        if crate not in seen:
            seen.add(crate)
            kinds = [(link["pkg"], {kind["kind"] for kind in link["dep_kinds"]}) for link in links[crate]]
            waiting += [package for package, kind in kinds if kind != {"dev"}]
    return seen


def test_no_crate_needs_a_newer_rust_than_is_promised(crates: dict[str, Any]) -> None:
    used = compiled(crates)
    for package in crates["packages"]:
        if package["id"] in used and package["rust_version"]:
            name = f"{package['name']} {package['version']}"
            assert rust(package["rust_version"]) <= promised(), f"{name} needs Rust {package['rust_version']}"


def test_clippy_refuses_what_is_newer_than_is_promised() -> None:
    clippy = tomllib.loads((ROOT / "clippy.toml").read_text(encoding="utf-8"))
    assert rust(clippy["msrv"]) == promised()


def test_the_notices_name_every_crate_of_a_wheel(crates: dict[str, Any]) -> None:
    """`make notices` writes them anew."""
    notices = (ROOT / "THIRD-PARTY-NOTICES").read_text(encoding="utf-8")
    named = set(re.findall(r"^- (\S+ \d\S+)$", notices, re.MULTILINE))
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    known = {f"{package['name']} {package['version']}" for package in lock}
    assert not named - known, f"`make notices`: no longer used: {sorted(named - known)}"
    tree = ["cargo", "tree", "--locked", "--offline", "--edges=normal", "--prefix=none", "--format={p}"]
    done = subprocess.run(tree, cwd=ROOT, capture_output=True, text=True, check=True)
    used = {line.replace(" v", " ", 1).split(" (")[0] for line in done.stdout.splitlines() if line}
    macros = {line.split(" ")[0] for line in done.stdout.splitlines() if "(proc-macro)" in line}
    missing = {crate for crate in used - named if crate.split(" ")[0] not in macros}
    assert {crate for crate in missing if not crate.startswith("blocks-sessions ")} == set(), "`make notices`"
