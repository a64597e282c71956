"""What only the async client has: event loops, tasks, and their cancellation."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING, Any

import pytest

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

uvloop = pytest.importorskip("uvloop") if sys.platform != "win32" else None

pytestmark = pytest.mark.filterwarnings("error")


def client_of(server: Emulator, **options: Any) -> AsyncSessionsClient:
    return AsyncSessionsClient("demo-key", **{"agent_id": "agent_123", "base_url": server.url, **options})


async def until(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it becomes true in time; much sooner than any answer of a slow server comes."""
    for _ in range(int(seconds / 0.005)):
        if true():
            return True
        await asyncio.sleep(0.005)
    return true()


async def test_async_with_and_async_for(emulator: Emulator) -> None:
    everything = emulator.sessions()
    async with client_of(emulator) as client:
        assert [session async for session in client.iter_sessions()] == everything
        async with client.iter_pages(page_size=100) as pages:
            assert [len(page) async for page in pages] == [100, 100, 47]
    with pytest.raises(bs.ConfigurationError, match="the client is closed"):
        await client.list()


async def test_many_at_once(emulator: Emulator) -> None:
    async with client_of(emulator) as client, asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.list(limit=1, offset=offset)) for offset in range(100)]
    ids = [task.result()[0]["session_id"] for task in tasks]
    assert ids == [session["session_id"] for session in emulator.sessions()[:100]]


async def test_cancelling_a_task_aborts_its_request() -> None:
    with Emulator(latency=60) as server:
        client = client_of(server)
        task = asyncio.create_task(client.list())
        assert await until(lambda: server.in_flight == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await until(lambda: server.in_flight == 0)


async def test_a_timeout_of_asyncio_aborts_the_request() -> None:
    with Emulator(latency=60) as server:
        client = client_of(server)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.list(), 0.2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.collect()
        assert await until(lambda: server.in_flight == 0)
        server.latency = 0
        assert (await client.list(limit=1)).total_count == 247


async def test_a_failing_task_group_aborts_the_others() -> None:
    with Emulator(latency=60) as server:
        client = client_of(server)

        async def fail() -> None:
            assert await until(lambda: server.in_flight == 3)
            raise ZeroDivisionError

        with pytest.raises(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                for _ in range(3):
                    group.create_task(client.list())
                group.create_task(fail())
        assert await until(lambda: server.in_flight == 0)


@pytest.mark.parametrize("how", ["aclose", "drop", "leave", "cancel"])
async def test_an_iterator_that_ends_early_stops_its_requests(how: str) -> None:
    with Emulator(sessions=10_000) as server:
        sessions = client_of(server).iter_sessions(consistency="fast", max_concurrency=4)
        await anext(sessions)
        server.latency = 60
        task = asyncio.create_task(reading(sessions))
        assert await until(lambda: server.in_flight > 0)
        # A page is read ahead: only when it was handed out is the task one that waits.
        await asyncio.sleep(0.2)
        if how in ("cancel", "drop"):
            task.cancel()
            await asyncio.wait([task])
            del task, sessions
            gc.collect()
        elif how == "leave":
            async with sessions:
                pass
        else:
            await sessions.aclose()
        assert await until(lambda: server.in_flight == 0)
        if how in ("leave", "aclose"):
            # Whoever was waiting is told; whoever closed it finds the end.
            with pytest.raises(bs.ConfigurationError, match="the listing was closed while it was read"):
                await asyncio.wait_for(task, 10)
            assert [session async for session in sessions] == []
            assert sessions.report.closed


async def reading(sessions: Any) -> list[Any]:
    return [session async for session in sessions]


async def test_nothing_is_lost_by_cancellation() -> None:
    with Emulator(sessions=3_000) as server:
        sessions = client_of(server).iter_sessions(consistency="fast", page_size=7)
        found: list[bs.Session] = []
        cancelled = 0
        for turn in range(100_000):
            task = asyncio.ensure_future(anext(sessions))
            # At ever other moments: before, while and after the page is on its way.
            for _ in range(turn % 5):
                await asyncio.sleep(0 if turn % 3 else 0.0003)
            task.cancel()
            try:
                found.append(await task)
            except asyncio.CancelledError:
                cancelled += 1
            except StopAsyncIteration:
                break
        assert cancelled > 100
        # In order, too: a page that comes back takes its old place.
        assert found == server.sessions()


async def test_nothing_is_lost_by_timeouts() -> None:
    with Emulator(sessions=2_000, latency=0.002) as server:
        pages = client_of(server).iter_pages(consistency="fast", page_size=50)
        found: list[bs.Session] = []
        while True:
            try:
                async with asyncio.timeout(0.0015):
                    found.extend(await anext(pages))
            except TimeoutError:
                continue
            except StopAsyncIteration:
                break
        assert found == server.sessions()


async def test_several_tasks_share_an_iterator() -> None:
    with Emulator(sessions=2_000) as server:
        sessions = client_of(server).iter_sessions(consistency="fast")
        parts = await asyncio.gather(*(reading(sessions) for _ in range(8)))
        ids = [session["session_id"] for part in parts for session in part]
        assert sorted(ids) == sorted(session["session_id"] for session in server.sessions())


def runs(loop: str) -> Callable[[Awaitable[Any]], Any]:
    if loop == "asyncio":
        return asyncio.run  # type: ignore[return-value]
    assert uvloop is not None
    return uvloop.run  # type: ignore[no-any-return]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_one_client_serves_one_loop_after_another(emulator: Emulator, loop: str) -> None:
    client = client_of(emulator)
    run = runs(loop)
    for _ in range(3):
        assert len(run(client.collect())) == 247

    async def begin() -> Any:
        sessions = client.iter_sessions(consistency="fast")
        return sessions, await anext(sessions)

    # An iterator goes from one to the next as well.
    sessions, first = run(begin())
    assert [first, *run(reading(sessions))] == emulator.sessions()


def test_loops_in_several_threads(emulator: Emulator) -> None:
    client = client_of(emulator)
    found: list[int] = []

    async def some() -> None:
        found.extend([len(await client.list(limit=3)) for _ in range(20)])

    threads = [threading.Thread(target=lambda: asyncio.run(some())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [3] * 160


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_an_async_token_function_runs_in_the_callers_loop(loop: str) -> None:
    loops: list[object] = []

    async def token() -> str:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())
        return "demo-token"

    async def main() -> None:
        page = await client.list(limit=1)
        assert page.total_count == 247
        assert loops[-1] is asyncio.get_running_loop()
        assert len(await client.collect()) == 247

    with Emulator(require_token=True) as server:
        client = client_of(server, access_token=token)
        run = runs(loop)
        run(main())
        server.revoke_tokens()
        with pytest.raises(bs.AuthenticationError):
            run(main())
    assert len(loops) == 2
    assert loops[0] is not loops[1]


async def test_an_async_token_function_that_raises(emulator: Emulator) -> None:
    async def token() -> str:
        await asyncio.sleep(0)
        raise ZeroDivisionError("no token today")

    with pytest.raises(ZeroDivisionError, match="no token today"):
        await client_of(emulator, access_token=token).list()


async def test_cancelling_while_a_token_is_awaited(emulator: Emulator) -> None:
    asked = threading.Event()

    async def token() -> str:
        asked.set()
        await asyncio.sleep(60)
        return "demo-token"

    task = asyncio.create_task(client_of(emulator, access_token=token).list())
    assert await until(asked.is_set)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # The function's own task is the loop's, and asyncio.run would end it so.
    for other in asyncio.all_tasks() - {asyncio.current_task()}:
        other.cancel()
    await asyncio.sleep(0.05)


def quiet(code: str, *arguments: str) -> None:
    """Run a script in a process of its own, which must end well and print nothing."""
    ran = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_loop_that_ends_in_the_middle_of_a_request_prints_nothing() -> None:
    with Emulator(latency=0.3) as server:
        quiet(
            """
            import asyncio, gc, sys, time
            from blocks_sessions import AsyncSessionsClient
            from blocks_sessions._core import _list_async

            client = AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])

            async def main():
                task = asyncio.create_task(client.collect())
                sessions = client.iter_sessions()
                other = asyncio.ensure_future(anext(sessions))
                await asyncio.sleep(0.1)

            asyncio.run(main())
            # The requests of awaitables that nobody cancels: the loop is just closed.
            loop = asyncio.new_event_loop()
            async def start():
                return _list_async(client._client, (), {"limit": 1})
            awaited = loop.run_until_complete(start())
            loop.close()
            time.sleep(0.6)
            del awaited
            gc.collect()
            """,
            server.url,
        )


def test_an_exit_in_the_middle_of_everything_prints_nothing() -> None:
    with Emulator(latency=30) as server:
        quiet(
            """
            import asyncio, sys, time
            from blocks_sessions import AsyncSessionsClient

            async def token():
                await asyncio.sleep(30)

            async def main():
                client = AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=sys.argv[1])
                tasks = [asyncio.create_task(client.list()) for _ in range(3)]
                other = client.with_options(access_token=lambda: time.sleep(30) or "t")
                tasks.append(asyncio.create_task(other.list()))
                third = client.with_options(access_token=token)
                tasks.append(asyncio.create_task(third.list()))
                await asyncio.sleep(0.2)

            asyncio.run(main())
            """,
            server.url,
        )
