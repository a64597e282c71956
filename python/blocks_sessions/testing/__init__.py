"""The service in memory, for demos and for tests: real sockets on this machine, no account needed.

With pytest the fixture `blocks_emulator` is there without any import:

    @pytest.mark.blocks_emulator(sessions=1_000)
    def test_mine(blocks_emulator):
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=blocks_emulator.url)

`blocks_emulator_session` is one server for the whole run, made of what the fixture
`blocks_emulator_options` returns, which is there to be overridden.
"""

from blocks_sessions.testing.emulator import Emulator
from blocks_sessions.testing.types import (
    Churn,
    FaultKind,
    Faults,
    History,
    HistoryEvent,
    ReceivedRequest,
    fault_kinds,
)

__all__ = [
    "Churn",
    "Emulator",
    "FaultKind",
    "Faults",
    "History",
    "HistoryEvent",
    "ReceivedRequest",
    "fault_kinds",
]
