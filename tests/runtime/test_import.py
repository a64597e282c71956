"""The import stays light: what it may load is listed here, and nothing else is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# The package's own modules that nobody can do without.
LOADED = {"blocks_sessions", "blocks_sessions._core", "blocks_sessions._patterns"}
# Where a subinterpreter is told from the main one.
LOADED |= {"blocks_sessions._interpreter", "_interpreters", "_xxsubinterpreters"}
# Those that are loaded when they are asked for, with names of theirs.
LATER = {
    "blocks_sessions.aio": "AsyncSessionsClient",
    "blocks_sessions.exceptions": "ConfigurationError",
    "blocks_sessions.report": "ListingReport",
    "blocks_sessions.session": "Session",
}


def python(code: str) -> list[str]:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr == ""
    return ran.stdout.split()


def test_the_import_loads_no_more_than_it_says() -> None:
    # What an installation loads by itself at the start differs, and is none of ours.
    found = python(
        "import sys; before = set(sys.modules)\nimport blocks_sessions\nprint(*set(sys.modules) - before)"
    )
    assert set(found) <= LOADED


def test_what_is_loaded_later_looks_as_if_it_were_there() -> None:
    for module, name in LATER.items():
        short = module.rpartition(".")[2]
        code = f"import blocks_sessions as b\nassert b.{short}.{name} is b.{name}"
        assert python(f"{code}\nassert {{{name!r}, {short!r}}} <= set(dir(b))") == []
    everything = (
        "from blocks_sessions import *\nimport blocks_sessions as b\nassert set(b.__all__) <= set(dir(b))"
    )
    assert python(f"{everything}\nprint(SessionsError.__module__)") == ["blocks_sessions.exceptions"]
    assert python("import blocks_sessions as b\nprint(hasattr(b, 'nonsense'))") == ["False"]


def test_a_call_imports_no_event_loop_and_no_logging() -> None:
    found = python(
        "import sys; from blocks_sessions._core import _Emulator\n"
        "import blocks_sessions.testing as testing\n"
        "before = set(sys.modules)\n"
        "with testing.Emulator() as server:\n"
        "    from blocks_sessions import SessionsClient\n"
        "    client = SessionsClient('demo-key', agent_id='agent_123', base_url=server.url)\n"
        "    assert len(client.collect()) == 247\n"
        "    assert client.list(limit=1)[0].session_id\n"
        "print(*set(sys.modules) - before)"
    )
    own = {"blocks_sessions." + name for name in ("session", "collected", "report", "mask_report")}
    assert set(found) <= {"atexit", "gc"} | own


def test_the_command_imports_hardly_more_than_the_package() -> None:
    code = "import sys; before = set(sys.modules)\nimport blocks_sessions.__main__ as command\n"
    found = python(code + "print(*set(sys.modules) - before)")
    assert "signal" in found
    assert not set(found) & {
        "typing",
        "threading",
        "contextlib",
        "logging",
        "asyncio",
        "inspect",
        "dataclasses",
    }


def test_what_compiled_code_imports_is_named_for_tools_that_pack_programs() -> None:
    root = Path(__file__).parents[2]
    named = (root / "python/blocks_sessions/_packed.py").read_text(encoding="utf-8")
    sources = [file.read_text(encoding="utf-8") for file in (root / "src/python").rglob("*.rs")]
    imported = {name for source in sources for name in re.findall(r'import\((?:py, )?"([a-z_.]+)"', source)}
    assert len(imported) > 10
    # Those that are built in need no packing.
    for name in imported - {"sys", "_thread"}:
        assert f"import {name}\n" in named, name


def test_the_import_starts_no_thread() -> None:
    count = "len(os.listdir('/proc/self/task'))" if sys.platform == "linux" else "1"
    assert python(f"import os, blocks_sessions\nprint({count})") == ["1"]


def test_a_system_without_forks_imports_it() -> None:
    """Windows has neither of these; the package asks to be told of forks where there are some."""
    gone = "import os; [vars(os).pop(name, None) for name in ('fork', 'register_at_fork')]; "
    assert python(gone + "import blocks_sessions; print(blocks_sessions.__version__)")
