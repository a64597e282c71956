"""The examples in docstrings run, those in the stubs of compiled code among them."""

from __future__ import annotations

import ast
import doctest
import inspect
from pathlib import Path

import installed
import pytest

import blocks_sessions

PACKAGE = Path(blocks_sessions.__file__).parent


def documented() -> list[tuple[str, str]]:
    """Every docstring that has an example, by the name of what it documents."""
    found = []
    for file in sorted([*PACKAGE.rglob("*.py"), PACKAGE / "_core.pyi"]):
        # Run by `make test-engines`.
        if file.parent.name == "integrations" and file.stem in installed.missing:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                text = ast.get_docstring(node) or ""
                if ">>> " in text:
                    found.append((f"{file.name}:{getattr(node, 'name', 'module')}", text))
    return found


EXAMPLES = documented()


def test_there_are_examples() -> None:
    names = [name.rpartition(":")[2] for name, _ in EXAMPLES]
    classes = ["SessionsClient", "AsyncSessionsClient", "SessionPage", "Session", "Timeout", "Emulator"]
    assert set(classes) <= set(names)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in EXAMPLES])
def test_an_example_gives_what_it_says(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Some write files.
    monkeypatch.chdir(tmp_path)
    namespace = {"Session": blocks_sessions.Session}
    test = doctest.DocTestParser().get_doctest(text, namespace, "example", None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    output: list[str] = []
    assert runner.run(test, out=output.append).failed == 0, "".join(output)


def stubbed() -> list[tuple[str, str]]:
    """Every docstring of the compiled classes, by its place."""
    tree = ast.parse((PACKAGE / "_core.pyi").read_text(encoding="utf-8"))
    found = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found.append((node.name, ast.get_docstring(node) or ""))
            members = [item for item in node.body if isinstance(item, ast.FunctionDef)]
            found += [(f"{node.name}.{item.name}", ast.get_docstring(item) or "") for item in members]
    return [(name, text) for name, text in found if text]


@pytest.mark.parametrize(("name", "text"), [pytest.param(name, text, id=name) for name, text in stubbed()])
def test_help_says_what_editors_show(name: str, text: str) -> None:
    """The stub is for editors, the compiled docstring for `help()`: they are one text."""
    owner: object = blocks_sessions
    for part in name.split("."):
        owner = getattr(owner, part)
    assert inspect.cleandoc(owner.__doc__ or "") == text
