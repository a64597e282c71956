"""What a client does where the system gives it no threads, no memory, no files, or strange variables."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from blocks_sessions.testing import Emulator

# Thirty megabytes, so that whatever is made of them needs as much again.
BIG = [
    {
        "session_id": f"s{row}",
        "last_message_at": f"2026-01-01T00:00:{59 - row:02}Z",
        "feedback": "x" * 400_000,
        "more": {"words": ["y" * 20] * 5_000},
    }
    for row in range(60)
]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")


def run(code: str, *arguments: str, env: dict[bytes, bytes] | None = None) -> str:
    """Run Python code as a process of its own, and return what it printed; it must end by itself."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=env,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("spare", [0, 1, 2])
def test_too_few_threads_are_a_configuration_error(spare: int) -> None:
    code = """
        import os, resource, sys, threading, time
        from blocks_sessions import ConfigurationError, SessionsClient
        spare = int(sys.argv[1])
        if os.getuid() == 0:
            os.setgid(4711), os.setuid(4711)  # limits do not bind root
        resource.setrlimit(resource.RLIMIT_NPROC, (1 + spare, 1 + spare))
        client = SessionsClient("k", agent_id="a", base_url="http://127.0.0.1:9", max_retries=0)
        for _ in range(2):
            try:
                client.list()
            except Exception as error:
                print(type(error).__name__, "ulimit -u" in str(error))
        """
    assert run(code, str(spare)) == "ConfigurationError True\n" * 2


def test_enough_threads_are_enough() -> None:
    code = """
        import os, resource
        from blocks_sessions import APIConnectionError, SessionsClient
        if os.getuid() == 0:
            os.setgid(4712), os.setuid(4712)
        resource.setrlimit(resource.RLIMIT_NPROC, (5, 5))
        try:
            SessionsClient("k", agent_id="a", base_url="http://127.0.0.1:9", max_retries=0).list()
        except APIConnectionError as error:
            print("refused" in str(error))
        """
    assert run(code) == "True\n"


def test_an_emulator_without_threads_says_so() -> None:
    code = """
        import os, resource
        from blocks_sessions.testing import Emulator
        if os.getuid() == 0:
            os.setgid(4713), os.setuid(4713)
        resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
        try:
            Emulator()
        except OSError as error:
            print("could not start its threads" in str(error))
        """
    assert run(code) == "True\n"


def test_an_answer_that_does_not_fit_into_memory_is_a_memory_error() -> None:
    big = [{"session_id": f"s{row}", "feedback": "x" * 1_000_000} for row in range(60)]
    code = """
        import resource, sys
        from blocks_sessions import SessionsClient
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])
        client.list(limit=1)
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + 40_000_000, -1))
        try:
            client.list()
        except MemoryError as error:
            print("memory" in str(error))
        resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        print(len(client.list()))
        """
    with Emulator(sessions=big) as server:
        assert run(code, server.url) == "True\n60\n"


# What is made of a page under little memory: before the limit, and below it.
MAKERS = {
    "columns": ("page = client.list()", "page.to_arrow()"),
    "csv": ("", "client.export(f'{folder}/{margin}.csv', progress=False)"),
    "parquet": ("", "client.export(f'{folder}/{margin}.parquet', progress=False)"),
    "lines": ("", "client.export(f'{folder}/{margin}.jsonl', progress=False)"),
    "mirror": ("", "client.sync(f'{folder}/{margin}.db', progress=False)"),
    "mask": ("", "client.with_options(mask='gdpr').list()"),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_what_is_made_of_a_page_never_aborts_the_process(maker: str, tmp_path: Path) -> None:
    before, within = MAKERS[maker]
    code = f"""
        import resource, sys
        import pyarrow
        from blocks_sessions import SessionsClient
        url, folder = sys.argv[1:]
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=url, max_retries=0)
        client.list(limit=1)
        {before}
        outcomes = set()
        for margin in range(4_000_000, 110_000_000, 20_000_000):
            used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + margin, -1))
            try:
                {within}
                outcomes.add("made")
            except MemoryError as error:
                outcomes.add("memory" in str(error))
            finally:
                resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        print(True in outcomes, outcomes <= {{True, "made"}})
        """
    with Emulator(sessions=BIG) as server:
        # What is freed goes back at once, and is not there again beside what the limit leaves.
        env = {**os.environb, b"MALLOC_MMAP_THRESHOLD_": b"65536"}
        assert run(code, server.url, str(tmp_path), env=env) == "True True\n"


def test_no_file_left_is_told_as_that() -> None:
    code = """
        import resource, sys
        from blocks_sessions import APIConnectionError, SessionsClient
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1], max_retries=0)
        try:
            client.with_options(base_url="http://127.0.0.1:9").list()
        except APIConnectionError:
            pass
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        files = []
        try:
            while True:
                files.append(open("/dev/null"))
        except OSError:
            pass
        try:
            client.list()
        except APIConnectionError as error:
            print("too many open files" in str(error), "max_connections" in str(error))
        files.clear()
        print(client.list(limit=1).total_count)
        """
    with Emulator() as server:
        assert run(code, server.url) == "True True\n247\n"


@pytest.mark.parametrize(
    "name", ["BLOCKS_API_URL", "BLOCKS_PROJECT_KEY", "BLOCKS_ACCESS_TOKEN", "HTTPS_PROXY"]
)
def test_a_variable_that_is_not_utf8_is_named(name: str) -> None:
    code = """
        from blocks_sessions import ConfigurationError, SessionsClient
        try:
            SessionsClient(agent_id="a")
        except ConfigurationError as error:
            print(error)
        """
    env = {**os.environb, b"BLOCKS_PROJECT_KEY": b"k", name.encode(): b"https://x.example/\xff"}
    assert run(code, env=env) == f"{name}: the environment variable is not UTF-8; set it anew, or unset it\n"


def test_a_variable_that_is_set_to_nothing_is_none() -> None:
    code = """
        from blocks_sessions import APIConnectionError, SessionsClient
        try:
            SessionsClient("k", agent_id="a", base_url="https://127.0.0.1:9", max_retries=0).list()
        except APIConnectionError as error:
            print("refused" in str(error))
        """
    env = {**os.environb, b"SSL_CERT_FILE": b"", b"SSL_CERT_DIR": b" "}
    assert run(code, env=env) == "True\n"
