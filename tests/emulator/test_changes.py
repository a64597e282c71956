"""What can be changed of a running emulator, as users' tests change it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from blocks_sessions import APIStatusError, AuthenticationError, SessionsClient
from blocks_sessions.testing import Churn, Emulator, Faults


def client_of(server: Emulator, **options: Any) -> SessionsClient:
    return SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, max_retries=0, **options)


def test_sessions_are_added_changed_and_deleted() -> None:
    with Emulator(sessions=20) as server, client_of(server) as client:
        first, second, third = (str(session.session_id) for session in client.list(limit=3))
        server.add({"session_id": "new", "last_message_at": "2026-03-01T00:00:00Z", "big": 2**70})
        server.update(second, rating=1, feedback=None)
        server.update(third, last_message_at="2026-03-02T00:00:00Z")
        server.delete(first)
        page = client.list()
        assert [session.session_id for session in page[:3]] == [third, "new", second]
        assert page[1]["big"] == 2**70
        assert page[2].rating == 1
        assert page[2].get("feedback", 0) is None
        assert page.total_count == 20
        history = server.history
        assert history.inserted == {"new"}
        assert history.touched == {third}
        assert history.edited == {second}
        assert history.deleted == {first}
        assert "1 edited" in repr(history)


def test_changes_name_their_agent() -> None:
    with Emulator(agents={"a": 2, "b": 0}) as server:
        server.add({"session_id": "x"}, agent="b")
        assert [session["session_id"] for session in server.sessions("b")] == ["x"]
        with pytest.raises(KeyError, match="no session"):
            server.delete("x")
        with pytest.raises(KeyError, match="no agent"):
            server.add({}, agent="c")
        with pytest.raises(ValueError, match="already"):
            server.add({"session_id": "x"}, agent="b")
        with pytest.raises(ValueError, match="keeps its session_id"):
            server.update("x", agent="b", session_id="y")
        server.delete("x", agent="b")
        assert server.session_count("b") == 0


def test_edits_move_nothing() -> None:
    with Emulator(sessions=50, churn=Churn(edits=2)) as server, client_of(server) as client:
        before = client.list()
        after = client.list()
        assert [one.session_id for one in before] == [one.session_id for one in after]
        changed = {one.session_id for one, other in zip(before, after, strict=True) if one != other}
        assert changed
        assert changed <= server.history.edited


def test_what_is_set_holds_from_then_on() -> None:
    with Emulator(sessions=5) as server, client_of(server) as client:
        client.list()
        server.faults = Faults(rate=1, kinds="status_404")
        with pytest.raises(APIStatusError, match="404"):
            client.list()
        assert server.faults == (Faults(rate=1, kinds="status_404"),)
        with pytest.raises(ValueError, match="no kind"):
            server.faults = [Faults(rate=1, kinds=["nonsense"])]
        assert len(server.faults) == 1
        server.faults = None
        server.churn = Churn(inserts=1)
        client.list()
        assert server.session_count() == 6
        server.churn = None
        server.rate_limit = 0.001
        client.list()
        with pytest.raises(APIStatusError, match="429"):
            client_of(server).list()
        server.rate_limit = None
        client_of(server).list()
        with pytest.raises(TypeError, match="churn"):
            server.churn = (1, 2, 3)  # type: ignore[assignment]
        for wrong in (1e-300, float("nan"), float("inf"), 0):
            with pytest.raises(ValueError, match="rate_limit"):
                server.rate_limit = wrong
            with pytest.raises(ValueError, match="rate_limit"):
                Emulator(rate_limit=wrong)
        for wrong in (1e300, -1.0, float("inf"), float("nan"), 1e9):
            with pytest.raises(ValueError, match="latency"):
                server.latency = wrong
            with pytest.raises(ValueError, match="latency"):
                Emulator(latency=wrong)


def test_a_list_that_stands_still_again_is_what_it_became() -> None:
    with Emulator(sessions=300) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        client.list()
        server.churn = Churn(inserts=3)
        client.list()
        server.churn = None
        assert client.list().total_count == server.session_count() > 300


def test_the_clock_may_be_set() -> None:
    now = datetime.now(UTC)
    with Emulator(sessions=1_000, now=now) as server, client_of(server) as client:
        newest = client.list(limit=1)[0].last_message_at
        assert newest is not None
        assert now - timedelta(minutes=2) < newest < now
        assert len(client.collect()) == 1_000
        server.now = datetime(2031, 5, 1, 2, tzinfo=timezone(timedelta(hours=2)))
        assert datetime(2031, 5, 1, tzinfo=UTC) <= server.now < datetime(2031, 5, 1, 1, tzinfo=UTC)
        with pytest.raises(ValueError, match="aware"):
            server.now = datetime(2031, 5, 1)
    with pytest.raises(TypeError, match="now: give an aware datetime"):
        Emulator(now="2026-01-01")  # type: ignore[arg-type]


def test_a_list_may_move_by_the_clock() -> None:
    with Emulator(sessions=10, churn=Churn(inserts=2_000, per_second=True)) as server:
        while server.session_count() < 20:
            pass
        assert len(server.history.inserted) >= 10


def test_a_token_may_be_accepted() -> None:
    with Emulator(sessions=5, require_token=True) as server:
        with pytest.raises(AuthenticationError):
            client_of(server, access_token="mine").list()
        server.accept_token("mine")
        assert client_of(server, access_token="mine").list().total_count == 5


def test_one_server_for_the_whole_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "@pytest.fixture(scope='session')\n"
        "def blocks_emulator_options():\n"
        "    return {'sessions': 7}\n"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_one(blocks_emulator_session):\n"
        "    assert blocks_emulator_session.session_count() == 7\n"
        "    blocks_emulator_session.delete(blocks_emulator_session.sessions()[0]['session_id'])\n"
        "def test_two(blocks_emulator_session):\n"
        "    assert blocks_emulator_session.session_count() == 6\n"
    )
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "test_it.py",
    ]
    result = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed" in result.stdout, result.stdout
