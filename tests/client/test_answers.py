"""What a service may answer by mistake: each is told for what it is, down both paths, and none hangs."""

from __future__ import annotations

import asyncio
import gzip
import math
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient, SessionsClient, Timeout

Serve = Callable[[bytes], str]
SESSION = b'{"session_id":"a","rating":1}'


def body(session: bytes = SESSION) -> bytes:
    return b'{"sessions":[' + session + b'],"total_count":1}'


def answer(content: bytes, status: str = "200 OK", **headers: str) -> bytes:
    named = {"content-length": str(len(content)), "content-type": "application/json"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that sends these bytes to whoever asks, and closes the connection."""
    open_: list[socket.socket] = []

    def start(raw: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        open_.append(server)

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        request += connection.recv(65_536)
                    connection.sendall(raw)
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(5)
                    connection.recv(1)
                except OSError:
                    pass

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in open_:
        # A thread that waits in accept() keeps the socket otherwise.
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@pytest.fixture(params=["blocking", "async"])
def ask(request: pytest.FixtureRequest) -> Callable[[str], bs.SessionPage]:
    """Asks a server for a page, once."""
    settings: dict[str, Any] = {"agent_id": "a", "timeout": Timeout(attempt=20, total=20), "max_retries": 0}

    def blocking(url: str) -> bs.SessionPage:
        with SessionsClient("k", base_url=url, **settings) as client:
            return client.list()

    def asynchronous(url: str) -> bs.SessionPage:
        async def run() -> bs.SessionPage:
            async with AsyncSessionsClient("k", base_url=url, **settings) as client:
                return await client.list()

        return asyncio.run(run())

    return blocking if request.param == "blocking" else asynchronous


PACKED = gzip.compress(body())
REFUSED: dict[str, tuple[bytes, type[Exception], str]] = {
    "empty": (answer(b""), bs.InvalidResponseError, "body is empty"),
    "no length": (b"HTTP/1.1 200 OK\r\n\r\n", bs.InvalidResponseError, "body is empty"),
    "blank": (answer(b" \r\n"), bs.InvalidResponseError, "body is empty"),
    "null": (answer(b"null"), bs.InvalidResponseError, "answer is null"),
    "html": (answer(b"<html>", content_type="text/html"), bs.InvalidResponseError, "web page"),
    "xhtml": (answer(b"<?xml version='1.0'?>\n<html>"), bs.InvalidResponseError, "web page"),
    "doctype": (answer(b" <!DOCTYPE HTML>"), bs.InvalidResponseError, "web page"),
    "xml": (answer(b"<?xml version='1.0'?><Error/>"), bs.InvalidResponseError, "XML, not JSON"),
    "utf-16": (answer('{"sessions":[]}'.encode("utf-16")), bs.InvalidResponseError, "UTF-16"),
    "latin-1": (answer(body(b'{"session_id":"\xe9"}')), bs.InvalidResponseError, "not valid UTF-8"),
    "control": (answer(body(b'{"session_id":"a\nb"}')), bs.InvalidResponseError, "control character"),
    "cut json": (answer(body()[:-5]), bs.InvalidResponseError, "cut short"),
    "cut body": (answer(body(), content_length="900"), bs.APIConnectionError, "ended before its end"),
    "cut gzip": (answer(PACKED[:-6], content_encoding="gzip"), bs.APIConnectionError, "ended before its end"),
    "no gzip": (answer(body(), content_encoding="gzip"), bs.InvalidResponseError, "compression is broken"),
    "other packing": (answer(body(), content_encoding="snappy"), bs.InvalidResponseError, "not asked for"),
    "bomb": (
        answer(gzip.compress(b" " * (66 << 20)), content_encoding="gzip"),
        bs.InvalidResponseError,
        "larger than 64 MiB",
    ),
    "NaN": (answer(body(b'{"rating":NaN}')), bs.InvalidResponseError, "NaN and Infinity"),
    "deep": (answer(body(b'{"a":' + b"[" * 10**6 + b"]" * 10**6 + b"}")), bs.InvalidResponseError, "nested"),
    "digits": (answer(body(b'{"a":' + b"9" * 4_301 + b"}")), bs.InvalidResponseError, "4300 digits"),
    "trailing": (answer(body() + b"x"), bs.InvalidResponseError, "more text after the end"),
    "first row": (answer(b'{"sessions":[null]}'), bs.InvalidResponseError, "To read around it, go on one"),
    "later row": (answer(b'{"sessions":[{},7]}'), bs.InvalidResponseError, "limit=1, and go on one"),
    "no http": (b"\x00\x01" * 20, bs.APIConnectionError, "is not HTTP"),
    "chunks": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        bs.APIConnectionError,
        r"is broken HTTP \(Invalid chunk size line",
    ),
    "cut chunk": (
        b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{"s',
        bs.APIConnectionError,
        "ended before its end",
    ),
    "chunked gzip": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-encoding: gzip\r\n\r\nzz\r\n",
        bs.APIConnectionError,
        r"is broken HTTP \(Invalid chunk size line",
    ),
    "nothing": (b"", bs.APIConnectionError, "without an answer"),
    "head": (
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 2_000_000 + b"\r\n\r\n",
        bs.InvalidResponseError,
        "too many header lines, or too long",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_answer_is_told_for_what_it_is(
    serve: Serve, ask: Callable[[str], bs.SessionPage], name: str
) -> None:
    raw, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words) as raised:
        ask(serve(raw))
    assert type(raised.value) is kind
    assert len(str(raised.value)) < 400


READ: dict[str, tuple[bytes, dict[str, Any]]] = {
    "mark": (answer(b"\xef\xbb\xbf" + body()), {"session_id": "a", "rating": 1}),
    "web page's type": (answer(body(), content_type="text/html"), {"session_id": "a", "rating": 1}),
    "x-gzip": (answer(PACKED, content_encoding="X-GZip"), {"session_id": "a", "rating": 1}),
    "twice": (answer(body(b'{"session_id":"a","a":1,"a":2}')), {"session_id": "a", "a": 2}),
    "surrogate": (answer(body(b'{"session_id":"\\ud800"}')), {"session_id": "\ud800"}),
    "nul": (answer(body(b'{"session_id":"a\\u0000b"}')), {"session_id": "a\0b"}),
    "large": (
        answer(body(b'{"message_count":%d,"rating":1e400}' % 10**40)),
        {"message_count": 10**40, "rating": math.inf},
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_json_loads_reads_is_read(serve: Serve, ask: Callable[[str], bs.SessionPage], name: str) -> None:
    raw, expected = READ[name]
    page = ask(serve(raw))
    assert [dict(session) for session in page] == [expected]
    # A value that no column holds ends no table.
    assert page.to_arrow().num_rows == 1
