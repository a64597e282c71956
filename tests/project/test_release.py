"""What judges a release finds what is wrong with it."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from tools import version, weigh

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a tag is compared with."""
    for name in ("Cargo.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_a_tag_that_fits_has_no_fault(project: Path) -> None:
    here = version.version(project)
    (project / "CHANGELOG.md").write_text(f"# Changelog\n\n## {here} - 2026-01-31\n", encoding="utf-8")
    assert version.faults(f"v{here}", project) == []


def test_each_fault_of_a_tag_is_told(project: Path) -> None:
    (project / "CITATION.cff").write_text("version: 9.9.9\n", encoding="utf-8")
    (project / "CHANGELOG.md").write_text("## Unreleased\n", encoding="utf-8")
    found = version.faults("v8.8.8", project)
    assert [fault.split(" ")[0] for fault in found] == ["the", "CITATION.cff", "CHANGELOG.md"]


def wheel(folder: Path, name: str, files: list[str]) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(file, "x" * 1000)
    return path


WHOLE = [
    "blocks_sessions/_core.abi3.so",
    "blocks_sessions/py.typed",
    "blocks_sessions-0.1.0.dist-info/METADATA",
    "blocks_sessions-0.1.0.dist-info/licenses/LICENSE",
    "blocks_sessions-0.1.0.dist-info/licenses/THIRD-PARTY-NOTICES",
    "blocks_sessions-0.1.0.dist-info/sboms/blocks-sessions.cyclonedx.json",
]
NAME = "blocks_sessions-0.1.0-cp311-abi3-manylinux_2_28_x86_64.whl"


def test_a_whole_wheel_has_no_fault(tmp_path: Path) -> None:
    path = wheel(tmp_path, NAME, WHOLE)
    assert weigh.faults(path, at_most=8) == []
    assert set(weigh.parts(path)) == {
        "compiled module",
        "bill of materials",
        "licences and notices",
        "metadata",
        "Python and stubs",
    }


@pytest.mark.parametrize("lost", WHOLE[3:])
def test_a_wheel_without_its_papers_is_refused(lost: str, tmp_path: Path) -> None:
    path = wheel(tmp_path, NAME, [file for file in WHOLE if file != lost])
    assert len(weigh.faults(path, at_most=8)) == 1


def test_a_wheel_that_is_too_heavy_or_for_one_python_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path, NAME.replace("-abi3-", "-cp311-"), WHOLE)
    assert [fault.split(" ")[1] for fault in weigh.faults(path, at_most=0.0001)] == ["is", "weighs"]


def test_actions_are_pinned_by_commit() -> None:
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        for used in re.findall(r"uses: (\S+)", workflow.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), f"{workflow.name}: {used}"


def test_wheels_are_built_alike_here_and_in_the_workflow() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    left_out = re.search(r"^WITHOUT := (.+)$", makefile, re.MULTILINE)
    assert left_out
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    flags = re.findall(r"-USQLITE_ENABLE_(\w+)", workflow)
    assert flags == left_out[1].split()
    assert "--compression-level 9" in makefile
    assert "--compression-level 9" in workflow
