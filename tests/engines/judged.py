"""The lists that engines read, and what judges them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from blocks_sessions import SessionsClient
from blocks_sessions.testing import Churn, Emulator

CHURN = Churn(inserts=0.4, touches=0.6, deletes=0.3)
SECRET = "a-key-that-nobody-shows"


def made(server: Emulator) -> SessionsClient:
    return SessionsClient(SECRET, agent_id="agent_123", base_url=server.url)


def wrong(server: Emulator, found: Iterable[str]) -> tuple[int, int]:
    """How many sessions were missed, and how many came more than once."""
    counts = Counter(found)
    missed = set(server.history.existed_throughout) - set(counts)
    return len(missed), sum(count > 1 for count in counts.values())
