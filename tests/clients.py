"""The client that most tests mean: of the emulator's own agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blocks_sessions import SessionsClient

if TYPE_CHECKING:
    from blocks_sessions.testing import Emulator


def client_of(server: Emulator, **options: Any) -> SessionsClient:
    return SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, **options)
