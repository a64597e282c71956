"""Runs the code of a page of documentation: Python, commands, and data that must at least parse.

A block that cannot run here says why, in a comment before it: `<!-- skip: next "needs a Spark cluster" -->`.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import json
import logging
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, SkipParser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sybil import Document, Example, Region

ROOT = Path(__file__).parents[2]

# What a comment behind an expression must begin with to be its value, and not prose.
_VALUE = re.compile(r"['\"({\[\d<-]|True\b|False\b|None\b|datetime\.")
_MATCH = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@contextlib.contextmanager
def _logging_restored() -> Iterator[None]:
    """A page may set up logging, as its readers do; the tests after it run without."""
    loggers = [logging.getLogger(name) for name in (None, "blocks_sessions")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    try:
        yield
    finally:
        for logger, level, handlers in before:
            logger.setLevel(level)
            logger.handlers[:] = handlers


class Page:
    """One page: its blocks run in their order, as one program, in a folder of their own."""

    def __init__(self, path: Path, folder: Path, namespace: dict[str, Any]) -> None:
        self.namespace = {"__name__": "__main__", **namespace}
        self.folder = folder
        self.ran = 0
        self._loop: asyncio.Runner | None = None
        self._document: Document = Sybil(parsers=[SkipParser(), self._parser()], path="/").parse(path)

    def _parser(self) -> Callable[[Document], Iterable[Region]]:
        evaluators = {"python": self._python, "console": self._console, "json": _json, "toml": _toml}
        free = dict.fromkeys(["text", "yaml", "html"], _nothing)
        parsers = [CodeBlockParser(name, run) for name, run in {**evaluators, **free}.items()]

        def parse(document: Document) -> Iterable[Region]:
            found = [region for parser in parsers for region in parser(document)]
            fences = re.findall(r"^ *```+(.+)$", document.text, re.MULTILINE)
            known = sum(fence.strip() in {**evaluators, **free} for fence in fences)
            assert known == len(fences), f"{document.path}: a block in a language that is not run: {fences}"
            return found

        return parse

    def run(self) -> None:
        """Run every block; what fails names its line."""
        with contextlib.chdir(self.folder), _logging_restored():
            try:
                for example in self._document.examples():
                    with contextlib.suppress(SkipTest):
                        example.evaluate()
            finally:
                if self._loop is not None:
                    self._loop.close()

    def _python(self, example: Example) -> None:
        self.ran += 1
        source = str(example.parsed)
        if re.search(r"^(async )?def test_", source, re.MULTILINE):
            self._pytest(source)
            return
        # Lines are counted as the page counts them.
        padded = "\n" * (example.line + example.parsed.line_offset) + source
        for statement in ast.parse(padded).body:
            self._statement(statement, padded, str(example.path))

    def _statement(self, statement: ast.stmt, source: str, path: str) -> None:
        line = source.splitlines()[(statement.end_lineno or 1) - 1]
        comment = line[statement.end_col_offset :].partition("  # ")[2].strip()
        printed = io.StringIO()
        if not (isinstance(statement, ast.Expr) and comment):
            self._do(ast.Module([statement], []), path, "exec")
            return
        with contextlib.redirect_stdout(printed):
            value = self._do(ast.Expression(statement.value), path, "eval")
        valued = value is not None and _VALUE.match(comment)
        said = repr(value) if valued else printed.getvalue().strip() or comment
        right = doctest.OutputChecker().check_output(comment, said, _MATCH) or comment.startswith(said)
        assert right, f"{path}:{statement.end_lineno}: the page says {comment!r}, and it is {said!r}"

    def _do(self, tree: ast.Module | ast.Expression, path: str, mode: str) -> object:
        code = compile(tree, path, mode, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(code, self.namespace)
        if code.co_flags & inspect.CO_COROUTINE:
            self._loop = self._loop or asyncio.Runner()
            return self._loop.run(result)
        return result

    def _pytest(self, source: str) -> None:
        file = self.folder / f"test_page_{self.ran}.py"
        file.write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    def _console(self, example: Example) -> None:
        self.ran += 1
        for command, shown in commands(str(example.parsed)):
            run(command, shown, f"{example.path}:{example.line}")


def commands(source: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown below it."""
    joined = re.sub(r"\s*\\\n\s*>?\s*", " ", source)
    found = []
    for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        found.append((command.partition("  # ")[0].strip(), shown.strip("\n")))
    return found


def run(command: str, shown: str, where: str) -> None:
    """Run a command of the package's; of all others see that what they name exists."""
    if command.startswith("export "):
        settings = (word.partition("=") for word in shlex.split(command)[1:])
        # `...` stands for the reader's own, which the environment of the tests has.
        os.environ.update({name: value for name, _, value in settings if value != "..."})
    elif command.startswith("make "):
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert shlex.split(command)[1] in targets, f"{where}: there is no `{command}`"
    elif command.startswith(("pip install", "python -m pip install")):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for extras in re.findall(r"\[([a-z,-]+)\]", command):
            missing = set(extras.split(",")) - set(project["optional-dependencies"])
            assert not missing, f"{where}: there is no extra {missing}"
    elif command.startswith("blocks-sessions serve"):
        _serve(command, where)
    else:
        _shell(command, shown, where)


def _serve(command: str, where: str) -> None:
    """Start a server, wait for the first line that it prints, and end it as its reader would: with Ctrl-C."""
    with subprocess.Popen(
        shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment()
    ) as server:
        try:
            first = server.stdout.readline() if server.stdout else ""
            server.send_signal(signal.SIGINT)
            printed = first + server.communicate(timeout=30)[0]
        finally:
            server.kill()
    assert "http://" in printed, f"{where}: `{command}` serves nothing: {printed}"


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


def _shell(command: str, shown: str, where: str) -> None:
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, timeout=60, env=_environment()
    )
    assert done.returncode == 0, f"{where}: `{command}` ends with {done.returncode}: {done.stderr}"
    if shown:
        right = doctest.OutputChecker().check_output(shown, done.stdout, _MATCH)
        assert right, f"{where}: `{command}` does not print\n{shown}\nbut\n{done.stdout}"


def _json(example: Example) -> None:
    json.loads(str(example.parsed))


def _toml(example: Example) -> None:
    tomllib.loads(str(example.parsed))


def _nothing(example: Example) -> None:
    """Text is not run."""
