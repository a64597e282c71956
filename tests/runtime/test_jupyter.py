"""A real Jupyter kernel: a notebook with both clients, a call that hangs, an interrupt, and on."""

from __future__ import annotations

import asyncio
import sys
import textwrap
import time
from typing import Any

import pytest

from blocks_sessions.testing import Emulator

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="a kernel is interrupted by a signal here"),
    # What Jupyter's own libraries warn of is theirs.
    pytest.mark.filterwarnings("default"),
]


def notebook(url: str, slow: str) -> Any:
    cells = [
        f"""
        from blocks_sessions import AsyncSessionsClient, SessionsClient
        options = dict(project_key="demo-key", agent_id="agent_123")
        client = SessionsClient(base_url={url!r}, **options)
        other = AsyncSessionsClient(base_url={url!r}, **options)
        hanging = SessionsClient(base_url={slow!r}, **options)
        also_hanging = AsyncSessionsClient(base_url={slow!r}, **options)
        page = client.list(limit=50)
        print(page.total_count, len(client.collect(progress=False)))
        """,
        "page",
        """
        count = len([session async for session in other.iter_sessions()])
        print(count, (await other.list(limit=1)).total_count)
        """,
        "hanging.list()",
        "print('went on', client.list(limit=1).total_count)",
        # The kernel itself interrupts no cell that awaits (not even a sleep), so this one sets a limit.
        "import asyncio; await asyncio.wait_for(also_hanging.list(), 0.3)",
        "print('went on', (await other.list(limit=1)).total_count, len(client.collect()))",
    ]
    sources = [textwrap.dedent(cell).strip() for cell in cells]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def printed(cell: Any) -> str:
    return "".join(output.get("text", "") for output in cell.outputs if output.output_type == "stream")


async def test_a_notebook_with_both_clients(emulator: Emulator) -> None:
    with Emulator(latency=100) as slow:
        book = notebook(emulator.url, slow.url)
        client = nbclient.NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True)
        async with client.async_setup_kernel():
            for number, cell in enumerate(book.cells):
                running = asyncio.ensure_future(client.async_execute_cell(cell, number))
                if cell.source == "hanging.list()":
                    while slow.in_flight == 0:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                    await asyncio.sleep(0.1)
                    sent = time.monotonic()
                    await client.km.interrupt_kernel()
                    await running
                    print(f"{cell.source!r} was interrupted after {(time.monotonic() - sent) * 1e3:.0f} ms")
                    assert time.monotonic() - sent < 20
                    for _ in range(1_000):
                        if slow.in_flight == 0:
                            break
                        await asyncio.sleep(0.01)
                    assert slow.in_flight == 0, "the request was aborted"
                await running
    first, shown, second, hung, third, hung_too, fourth = book.cells
    assert printed(first) == "247 247\n"
    assert "page 1 of 5 · 247 sessions" in shown.outputs[0].data["text/html"]
    assert printed(second) == "247 247\n"
    assert [output.ename for output in hung.outputs] == ["KeyboardInterrupt"]
    assert printed(third) == "went on 247\n"
    assert [output.ename for output in hung_too.outputs] == ["TimeoutError"]
    assert printed(fourth) == "went on 247 247\n"
