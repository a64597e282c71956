"""The README is true: its examples run, and say what they claim."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from blocks_sessions.testing import Emulator

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def namespace(monkeypatch: pytest.MonkeyPatch) -> object:
    with Emulator(sessions=247) as server:
        monkeypatch.setenv("BLOCKS_API_URL", server.url)
        yield {}


def test_the_examples_run_and_print_what_they_say(namespace: dict[str, object]) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for example in EXAMPLES:
            exec(compile(example, "README.md", "exec"), namespace)
    lines = printed.getvalue().splitlines()
    assert lines[0] == "247 active"
    assert sum("session_" in line for line in lines) >= 247
    assert "422: body.agent_id: Agent not found or access denied (value_error.notfound)" in lines
    assert any(line.startswith("body.limit: must be between 1 and 100, not 500") for line in lines)


@pytest.mark.parametrize(
    ("expression", "comment"),
    re.findall(r"^(\S.*?) {2,}# (.+)$", "\n".join(EXAMPLES[1:4]), re.MULTILINE),
)
def test_the_values_in_comments_are_true(namespace: dict[str, object], expression: str, comment: str) -> None:
    for example in EXAMPLES[:4]:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(example, "README.md", "exec"), namespace)
    value = repr(eval(expression, namespace))
    assert comment.startswith(value), f"{expression} is {value}"
