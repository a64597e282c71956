"""The pytest plugin: the fixture `blocks_emulator`. Every run of pytest loads it, so it imports late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blocks_sessions.testing import Emulator

_MARKER = "blocks_emulator(sessions, **options): options of the server behind the fixture of the same name"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, also where markers are strict."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def blocks_emulator_options() -> dict[str, object]:
    """What the server of `blocks_emulator_session` is made of; override it in a `conftest.py`."""
    return {}


@pytest.fixture(scope="session")
def blocks_emulator_session(blocks_emulator_options: dict[str, object]) -> Iterator[Emulator]:
    """One running emulator of the service for the whole run, made of `blocks_emulator_options`."""
    from blocks_sessions.testing import Emulator

    with Emulator(**blocks_emulator_options) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture
def blocks_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A running emulator of the service, a new one for each test.

    The marker `@pytest.mark.blocks_emulator(...)` takes what `blocks_sessions.testing.Emulator` takes. Of
    several (on a test, its class and its module) the nearest wins, option by option.
    """
    from blocks_sessions.testing import Emulator

    arguments: tuple[object, ...] = ()
    options: dict[str, object] = {}
    for marker in request.node.iter_markers("blocks_emulator"):
        arguments = arguments or marker.args
        options = {**marker.kwargs, **options}
    with Emulator(*arguments, **options) as server:  # type: ignore[arg-type]
        yield server
