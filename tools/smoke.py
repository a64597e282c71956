"""Use an installed package as a user does, with nothing but the standard library beside it."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import blocks_sessions
from blocks_sessions import AgentNotFoundError, AsyncSessionsClient, SessionsClient
from blocks_sessions.testing import Churn, Emulator


def listings(url: str) -> None:
    """The blocking client: pages, a proven listing of a list that moves, errors."""
    with SessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
        assert client.list(limit=50).total_count
        listing = client.iter_sessions(consistency="strict")
        assert sum(1 for _ in listing) == listing.report.yielded
        assert listing.report.complete
        assert pickle.loads(pickle.dumps(client)).list(limit=1)[0].session_id
        with contextlib.suppress(AgentNotFoundError):
            client.list(agent_id="nobody")
            raise AssertionError("an unknown agent was found")


async def asynchronously(url: str) -> None:
    """The asyncio client."""
    async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url) as client:
        assert len(await client.collect(max_items=300)) == 300


def command() -> None:
    """The command that the package installs."""
    script = Path(sys.executable).with_name("blocks-sessions")
    said = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert blocks_sessions.__version__ in said.stdout


def main() -> int:
    """Run everything; a failure is an exception."""
    installed = metadata.distribution("blocks-sessions")
    assert installed.version == blocks_sessions.__version__
    names = {file.name for file in installed.files or ()}
    assert {"LICENSE", "THIRD-PARTY-NOTICES", "py.typed", "_core.pyi"} <= names, sorted(names)
    with Emulator(sessions=1_000, churn=Churn(touches=1.0)) as server:
        listings(server.url)
        asyncio.run(asynchronously(server.url))
    command()
    print(f"blocks-sessions {blocks_sessions.__version__} works on {sys.version.split()[0]}, {sys.platform}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
