"""Every block of code in the documentation runs, and says what is true."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import installed
import pytest
from pages import ROOT, Page, commands

from blocks_sessions import SessionsClient
from blocks_sessions.testing import Emulator

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# The notebook's cells are run by a kernel, in test_quickstart.py.
RUN_ELSEWHERE = {"quickstart.md", "changelog.md"}

# What plotting libraries warn of is theirs.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:matplotlib",
    "ignore::DeprecationWarning:dateutil",
)


@pytest.fixture
def names(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, object]]:
    """What every page may take for granted: settings in the environment, a profile, and a client of them."""
    settings = tmp_path_factory.mktemp("settings")
    (settings / "blocks-sessions").mkdir()
    (settings / "blocks-sessions/config.toml").write_text('[staging]\nagent_id = "agent_456"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))
    with Emulator(sessions=247) as server:
        monkeypatch.setenv("BLOCKS_API_URL", server.url)
        monkeypatch.setenv("BLOCKS_PROJECT_KEY", "demo-key")
        monkeypatch.setenv("BLOCKS_AGENT_ID", "agent_123")
        monkeypatch.setenv("MPLBACKEND", "agg")
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with SessionsClient() as client:
            yield {"client": client, "server": server}


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=str(path.relative_to(ROOT))) for path in PAGES if path.name not in RUN_ELSEWHERE],
)
def test_the_code_of_a_page_runs(path: Path, names: dict[str, object], tmp_path: Path) -> None:
    if path.parent.name == "engines":
        if path.stem in installed.missing:
            pytest.skip(f"{path.stem} is not installed: `make test-engines`")
        names |= {"Emulator": Emulator, "SessionsClient": SessionsClient}
    with warnings.catch_warnings():
        if path.parent.name == "engines":
            # What engines warn of is theirs.
            warnings.simplefilter("ignore")
        Page(path, tmp_path, names).run()


def page_of(text: str, folder: Path) -> Page:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return Page(path, folder, {})


@pytest.mark.parametrize(
    "text",
    [
        "```python\n1 / 0\n```",
        "```python\n1 + 1  # 3\n```",
        "```python\nprint('a')  # b\n```",
        "```python\ndef test_it():\n    assert False\n```",
        "```console\n$ blocks-sessions no-such-command\n```",
        "```console\n$ make no-such-target\n```",
        "```console\n$ blocks-sessions serve --no-such-option\n```",
        "```console\n$ pip install 'blocks-sessions[no-such-extra]'\n```",
        "```console\n$ echo a\nb\n```",
        "```json\n{]\n```",
        "```toml\na =\n```",
    ],
)
def test_what_is_wrong_on_a_page_is_found(text: str, tmp_path: Path) -> None:
    with pytest.raises(Exception):  # noqa: B017, each is wrong in its own way
        page_of(text, tmp_path).run()


def test_a_language_that_nobody_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ruby"):
        page_of("```ruby\nputs 1\n```", tmp_path)


def test_blocks_are_one_program_and_may_await(tmp_path: Path) -> None:
    text = (
        "```python\nimport asyncio\nx = 1  # prose\n```\n\n```python\nawait asyncio.sleep(0, x)  # 1\n```\n"
    )
    page = page_of(text, tmp_path)
    page.run()
    assert page.ran == 2


def test_what_is_skipped_is_not_run(tmp_path: Path) -> None:
    page = page_of('<!-- skip: next "needs a cluster" -->\n\n```python\n1 / 0\n```\n', tmp_path)
    page.run()
    assert page.ran == 0


def test_a_server_is_started_and_ended_with_ctrl_c(tmp_path: Path) -> None:
    page = page_of("```console\n$ blocks-sessions serve --port 0 --sessions 5\n```\n", tmp_path)
    page.run()
    assert page.ran == 1


def test_commands_are_read_with_their_output() -> None:
    assert commands("$ a b  # why\none\ntwo\n$ c \\\n    d\n") == [("a b", "one\ntwo"), ("c d", "")]


def test_the_readme_is_one_screen_and_begins_with_the_problem() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 130
    assert "silently loses sessions" in "\n".join(text.splitlines()[:10])
    shown = [command for block in text.split("```console\n")[1:] for command, _ in commands(block)]
    assert shown[:2] == ["make demo", "make test"]
