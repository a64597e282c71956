"""Processes in which threads are few, or are not what they seem."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from blocks_sessions.testing import Emulator

# A user of whom there are no other processes, whose threads would count too.
USER = 54_321


def run(code: str, *arguments: str) -> str:
    # Another user may not look into our folders, and needs the package from here.
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


LIMITED = f"""
    import os, resource, sys
    from blocks_sessions import ConfigurationError, SessionsClient
    import blocks_sessions.exceptions
    os.setuid({USER})
    # This thread, and so many more.
    resource.setrlimit(resource.RLIMIT_NPROC, (1 + int(sys.argv[2]),) * 2)
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])
    for attempt in range(2):
        try:
            print(client.list(limit=1).total_count)
        except ConfigurationError as error:
            print(str(error).split(" (")[0])
"""


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="becomes another user")
@pytest.mark.parametrize("threads", [0, 1, 2])
def test_too_few_threads_are_told_and_nothing_hangs(threads: int) -> None:
    with Emulator() as server:
        told = run(LIMITED, server.url, str(threads))
    assert told == "the client could not start its threads\n" * 2


CHOOSING = f"""
    import os, resource, sys
    from blocks_sessions import SessionsClient
    import blocks_sessions.collected, blocks_sessions.exceptions, blocks_sessions.report
    os.setuid({USER})
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])
    client.list(limit=1)
    resource.setrlimit(resource.RLIMIT_NPROC, (len(os.listdir("/proc/self/task")) + int(sys.argv[2]),) * 2)
    for _ in range(2):
        print(client.count(where="message_count >= 0"), len(client.collect(where="message_count < 0")))
"""


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="becomes another user")
@pytest.mark.parametrize("threads", [0, 1, 2, 3, 4])
def test_a_condition_is_asked_where_no_more_threads_are_left(threads: int) -> None:
    with Emulator() as server:
        told = run(CHOOSING, server.url, str(threads))
    assert told == "247 0\n" * 2


COMMAND = f"""
    import os, resource, sys
    from blocks_sessions.__main__ import main
    os.environ.update(BLOCKS_PROJECT_KEY="demo-key", XDG_CONFIG_HOME="/nowhere")
    os.setuid({USER})
    resource.setrlimit(resource.RLIMIT_NPROC, (1 + int(sys.argv[2]),) * 2)
    print(main(["count", "--agent", "agent_123", "--base-url", sys.argv[1]]))
"""


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="becomes another user")
@pytest.mark.parametrize("threads", [0, 1, 2])
def test_the_command_says_so_too(threads: int) -> None:
    with Emulator() as server:
        assert run(COMMAND, server.url, str(threads)) == "1\n"


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="becomes another user")
def test_enough_threads_for_the_command() -> None:
    with Emulator() as server:
        assert run(COMMAND, server.url, "5") == "247\n0\n"


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="becomes another user")
def test_enough_threads_are_enough() -> None:
    with Emulator() as server:
        assert run(LIMITED, server.url, "4") == "247\n" * 2


# What gevent does to a process, without its event loop: threads begin when the caller gives way.
PATCHED = """
    import _thread, sys, types
    original = _thread.start_new_thread

    def start_new_thread(function, arguments, keywords={}):
        raise AssertionError("begins never")

    if sys.argv[2] == "known":
        monkey = types.ModuleType("gevent.monkey")
        monkey.get_original = lambda module, name: original
        sys.modules["gevent.monkey"] = monkey
    _thread.start_new_thread = start_new_thread
    from blocks_sessions import ConfigurationError, SessionsClient, Timeout
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1], access_token=lambda: "t")
    try:
        print(client.list(limit=1).total_count)
    except ConfigurationError as error:
        print(error)
"""


def test_a_token_function_gets_a_real_thread_under_gevent() -> None:
    with Emulator() as server:
        assert run(PATCHED, server.url, "known") == "247\n"


def test_other_replaced_threads_are_named_at_once() -> None:
    with Emulator() as server:
        told = run(PATCHED, server.url, "unknown")
    assert told.startswith("the access_token function could not be called: __main__ has replaced")
