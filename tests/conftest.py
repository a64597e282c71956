"""What all tests share: a clean environment, and servers that answer by script."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from both import Adapted, Make
from command import bare, blocks, served
from installed import collect_ignore, moving_list, pytest_report_header, still_list

from blocks_sessions import AsyncSessionsClient, SessionsClient
from blocks_sessions.testing import Emulator

__all__ = [
    "bare",
    "blocks",
    "collect_ignore",
    "moving_list",
    "pytest_report_header",
    "served",
    "still_list",
]

FIXTURES = Path(__file__).parent / "fixtures"

# A shell has what it starts in the background ignore Ctrl-C, and tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("BLOCKS_") or name == "X_BLOCKS_KEY" or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logging_left_as_it_was() -> Iterator[None]:
    """A level that stays makes every later test log, and fork while its threads hold a handler's file."""
    loggers = [logging.getLogger(name) for name in (None, "blocks_sessions")]
    before = [logger.level for logger in loggers]
    yield
    assert [logger.level for logger in loggers] == before


@pytest.fixture(params=["blocking", "async"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """A maker of clients for the server at a URL."""
    if request.param == "blocking":
        yield lambda url, **options: SessionsClient(
            "demo-key", **{"agent_id": "agent_123", "base_url": url, **options}
        )
        return
    with asyncio.Runner() as runner:
        yield lambda url, **options: Adapted(
            AsyncSessionsClient("demo-key", **{"agent_id": "agent_123", "base_url": url, **options}), runner
        )


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(sessions=247) as server:
        yield server


@pytest.fixture
def server() -> Iterator[Emulator]:
    """One whose list takes a few pages, for tests that change it."""
    with Emulator(sessions=250, seed=5) as server:
        yield server


@pytest.fixture
def client(emulator: Emulator) -> Iterator[SessionsClient]:
    with SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url) as client:
        yield client


class Script:
    """A server on a real socket that gives the same answer to every request."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                script.connections += 1

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers.get("content-length", 0)))
                names = {name.lower(): value for name, value in self.headers.items()}
                script.requests.append((self.path, names, sent))
                self.send_response(status)
                for name, value in {"content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


Answering = Callable[..., Script]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """A maker of servers: `answering(status, body, **headers)`; a body that is no bytes goes as JSON."""
    scripts: list[Script] = []

    def make(status: int, body: object = b"", **headers: str) -> Script:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        script = Script(status, sent, {name.replace("_", "-"): value for name, value in headers.items()})
        scripts.append(script)
        return script

    yield make
    for script in scripts:
        script.close()
