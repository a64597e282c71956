"""What the tests of mirrors share: a server whose list takes a few pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from blocks_sessions.testing import Emulator


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator(sessions=250, seed=5) as server:
        yield server
