"""The example of a service answers, over a real socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blocks_sessions.testing import Emulator

EXAMPLES = Path(__file__).parents[2] / "examples"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def served(server: Emulator, **environment: str) -> Iterator[str]:
    port = free_port()
    settings = {
        "BLOCKS_API_URL": server.url,
        "BLOCKS_PROJECT_KEY": "demo-key",
        "BLOCKS_AGENT_ID": "agent_123",
        **environment,
    }
    command = [sys.executable, "-m", "uvicorn", "service:app", "--port", str(port), "--log-level=warning"]
    process = subprocess.Popen(command, cwd=EXAMPLES, env={**os.environ, **settings})
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def get(url: str) -> tuple[int, Any]:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except urllib.error.URLError:
            # It is still starting.
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")


@pytest.fixture
def service(emulator: Emulator) -> Iterator[str]:
    yield from served(emulator)


def test_it_gives_pages(service: str) -> None:
    status, page = get(f"{service}/sessions?number=3")
    assert status == 200
    assert (page["page"], page["pages"], page["total"], len(page["sessions"])) == (3, 5, 247, 50)
    assert "user_info" not in page["sessions"][0]


def test_it_finds_the_unhappy(service: str) -> None:
    status, found = get(f"{service}/unhappy?most=2")
    assert status == 200
    assert [session["rating"] <= 2 for session in found] == [True, True]


def test_it_refuses_what_is_no_page(service: str) -> None:
    assert get(f"{service}/sessions?number=0")[0] == 422


def test_an_unknown_agent_is_not_found(emulator: Emulator) -> None:
    for service in served(emulator, BLOCKS_AGENT_ID="agent_404"):
        assert get(f"{service}/sessions") == (404, {"detail": "no such agent"})


def test_a_service_that_is_down_is_a_bad_gateway(emulator: Emulator) -> None:
    for service in served(emulator, BLOCKS_API_URL=f"http://127.0.0.1:{free_port()}"):
        assert get(f"{service}/sessions")[0] == 502
