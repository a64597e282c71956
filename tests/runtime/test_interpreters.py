"""In a subinterpreter the import is refused, and the main interpreter does not mind."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

# A subinterpreter runs code of its own, and its process is to end.
SUB = """
    import sys
    if sys.version_info >= (3, 13):
        import _interpreters as interpreters
        sub = interpreters.create("legacy")
    else:
        import _xxsubinterpreters as interpreters
        sub = interpreters.create(isolated=False)
    run = lambda code: interpreters.run_string(sub, code)
"""
REFUSED = """
    try:
        import {module}
    except ImportError as error:
        print(error, flush=True)
    else:
        print("imported", flush=True)
"""
USED = """
    from blocks_sessions import SessionsClient
    from blocks_sessions.testing import Emulator
    with Emulator(sessions=3) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        print(len(client.collect()), flush=True)
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def sub(code: str) -> str:
    return f"run({textwrap.dedent(code)!r})\n"


@pytest.mark.parametrize("module", ["blocks_sessions", "blocks_sessions.testing", "blocks_sessions._core"])
def test_a_subinterpreter_is_refused_and_the_process_ends(module: str) -> None:
    told = run(textwrap.dedent(SUB) + sub(REFUSED.format(module=module)))
    assert told.startswith("blocks_sessions cannot be used in a subinterpreter: ")
    assert "mod_wsgi" in told


def test_the_main_interpreter_works_before_and_after() -> None:
    refused = sub(REFUSED.format(module="blocks_sessions"))
    told = run(textwrap.dedent(SUB) + refused + textwrap.dedent(USED) + refused).splitlines()
    assert [line.split()[0] for line in told] == ["blocks_sessions", "3", "blocks_sessions"]


def test_a_thread_of_the_main_interpreter_is_none() -> None:
    code = (
        f"import threading\nthread = threading.Thread(target=exec, args=({textwrap.dedent(USED)!r}, {{}}))\n"
    )
    assert run(code + "thread.start()\nthread.join()") == "3\n"
