"""Whatever a callback raises reaches the caller: none of it ends a loop as if the list were at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from blocks_sessions import AsyncSessionsClient, SessionsClient, Timeout
from blocks_sessions.testing import Emulator

RAISED: list[BaseException] = [
    StopIteration("mine"),
    StopAsyncIteration("mine"),
    GeneratorExit("mine"),
    SystemExit("mine"),
    KeyboardInterrupt("mine"),
    asyncio.CancelledError("mine"),
    MemoryError("mine"),
    ValueError("mine"),
]
# What Python itself makes a `RuntimeError` of, in generators and coroutines.
ENDS = (StopIteration, StopAsyncIteration, GeneratorExit)


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(sessions=250) as server:
        yield server


@pytest.fixture(params=RAISED, ids=lambda raised: type(raised).__name__)
def raised(request: pytest.FixtureRequest) -> BaseException:
    return request.param  # type: ignore[no-any-return]


def raising(raised: BaseException) -> Callable[..., Any]:
    def function(*_: object) -> Any:
        raise raised

    return function


def raising_later(raised: BaseException) -> Callable[..., Any]:
    async def function(*_: object) -> Any:
        raise raised

    return function


def settings(server: Emulator) -> dict[str, Any]:
    return {"agent_id": "agent_123", "base_url": server.url, "timeout": Timeout(attempt=20, total=30)}


def arrived(call: Callable[[], object], raised: BaseException) -> None:
    """The call raises it, or what stands for it."""
    with pytest.raises(RuntimeError if isinstance(raised, ENDS) else type(raised)) as found:
        call()
    if isinstance(raised, ENDS):
        assert type(found.value) is RuntimeError
        assert isinstance(found.value.__cause__, type(raised)) or "raised StopIteration" in str(found.value)
    else:
        assert type(found.value) is type(raised)


CALLS: dict[str, Callable[..., object]] = {
    "list": lambda client, _path, **options: client.list(**options),
    "iter_sessions": lambda client, _path, **options: list(client.iter_sessions(**options)),
    "iter_pages": lambda client, _path, **options: list(client.iter_pages(**options)),
    "collect": lambda client, _path, **options: client.collect(**options),
    "count": lambda client, _path, **options: client.count(where="true", **options),
    "to_arrow": lambda client, _path, **options: client.iter_sessions(**options).to_arrow(),
    "export": lambda client, path, **options: client.export(path / "a.jsonl", **options),
    "sync": lambda client, path, **options: client.sync(path / "a.db", **options),
}
TOLD = [name for name in CALLS if name != "list"]


@pytest.mark.parametrize("call", TOLD)
def test_a_progress_function(server: Emulator, call: str, raised: BaseException, tmp_path: Path) -> None:
    with SessionsClient("demo-key", **settings(server)) as client:
        arrived(lambda: CALLS[call](client, tmp_path, progress=raising(raised)), raised)


@pytest.mark.parametrize("call", CALLS)
def test_a_token_function(server: Emulator, call: str, raised: BaseException, tmp_path: Path) -> None:
    with SessionsClient("demo-key", access_token=raising(raised), **settings(server)) as client:
        arrived(lambda: CALLS[call](client, tmp_path), raised)


async def _iterate(client: AsyncSessionsClient, _: Path, **options: Any) -> object:
    return [session async for session in client.iter_sessions(**options)]


async def _collect(client: AsyncSessionsClient, _: Path, **options: Any) -> object:
    return await client.collect(**options)


async def _export(client: AsyncSessionsClient, path: Path, **options: Any) -> object:
    return await client.export(path / "a.jsonl", **options)


async def _sync(client: AsyncSessionsClient, path: Path, **options: Any) -> object:
    return await client.sync(path / "a.db", **options)


ASYNC: list[Callable[..., Any]] = [_iterate, _collect, _export, _sync]


@pytest.mark.parametrize("call", ASYNC)
@pytest.mark.parametrize("what", ["progress", "token", "token_later"])
def test_of_the_async_client(
    server: Emulator, call: Callable[..., Any], what: str, raised: BaseException, tmp_path: Path
) -> None:
    token = {"token": raising(raised), "token_later": raising_later(raised)}.get(what)
    options = {"progress": raising(raised)} if what == "progress" else {}

    async def run() -> object:
        async with AsyncSessionsClient("demo-key", access_token=token, **settings(server)) as client:
            return await call(client, tmp_path, **options)

    arrived(lambda: asyncio.run(run()), raised)


@pytest.mark.parametrize("sessions", [12, 250])
@pytest.mark.parametrize("call", TOLD)
def test_a_progress_function_hears_of_all(sessions: int, call: str, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with Emulator(sessions=sessions) as server, SessionsClient("demo-key", **settings(server)) as client:
        CALLS[call](client, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (sessions, sessions)
