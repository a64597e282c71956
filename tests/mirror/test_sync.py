"""A mirror equals the list that it is a copy of, says what changed, and survives whatever happens to it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from clients import client_of

from blocks_sessions import (
    APITimeoutError,
    ConfigurationError,
    IncompleteListingWarning,
    Mirror,
    SessionsClient,
    StorageError,
    SyncReport,
    TargetConflictError,
    TargetLockedError,
    ValidationError,
)
from blocks_sessions.testing import Churn, Emulator

AGENT = "agent_123"


@pytest.fixture
def client(server: Emulator) -> Iterator[SessionsClient]:
    with client_of(server) as client:
        yield client


def served(client: SessionsClient) -> dict[str, Any]:
    return {session["session_id"]: dict(session) for session in client.iter_sessions(consistency="strict")}


def stored(path: Path) -> dict[str, Any]:
    with Mirror(path) as mirror:
        return {session["session_id"]: dict(session) for session in mirror.sessions()}


def folded(path: Path) -> dict[str, Any]:
    """What the changes come to, from the first on."""
    sessions: dict[str, Any] = {}
    for change in Mirror(path).changes():
        if change.kind == "vanished":
            sessions.pop(change.session_id, None)
        else:
            assert change.session is not None
            sessions[change.session_id] = dict(change.session)
    return sessions


def test_a_first_sync_copies_the_list(client: SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    report = client.sync(path)
    assert (report.mode, report.created, report.complete) == ("full", 250, True)
    assert report.seq == 250
    assert report.sessions == 250
    assert stored(path) == served(client) == folded(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["support.db"]


def test_every_tool_reads_the_file(client: SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    with sqlite3.connect(path) as database:
        columns = [row[1] for row in database.execute("pragma table_info(sessions)")]
        schema = client.schema().names
        assert columns[: len(schema)] == schema
        assert columns[len(schema) :] == ["raw", "first_seen_at", "changed_at", "vanished_at", "seen_sync"]
        assert database.execute("pragma application_id").fetchone() == (0x424C4B53,)
        assert database.execute("pragma user_version").fetchone() == (1,)
        assert database.execute("pragma journal_mode").fetchone() == ("delete",)
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        found = database.execute(
            "select raw, last_message_at, resolved, tags, datetime(created_at) from live limit 5"
        )
        for raw, moment, resolved, tags, created in found.fetchall():
            sent = json.loads(raw)
            assert moment is None or (
                len(moment) == len("2026-01-12T08:30:15.250000Z") and moment.endswith("Z")
            )
            assert resolved in (0, 1, None)
            assert tags is None or json.loads(tags) == sent["tags"]
            assert created is not None
    database.close()


def test_a_quiet_list_costs_one_or_two_requests_and_writes_nothing_new(
    server: Emulator, client: SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    before = len(server.requests)
    report = client.sync(path)
    assert report.mode == "head"
    assert len(server.requests) - before <= 2
    assert (report.created, report.updated, report.vanished, report.complete) == (0, 0, 0, True)
    assert report.seq == 250


def test_a_head_sees_what_moved_and_what_is_new_and_no_more(
    server: Emulator, client: SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    sessions = list(client.iter_sessions())
    moved, silent, gone = (sessions[place]["session_id"] for place in (100, 150, 200))
    now = client.list(limit=1)[0]["last_message_at"]
    server.update(moved, last_message_at=now, message_count=999)
    server.update(silent, feedback="edited in place")
    server.delete(gone)
    server.add({"session_id": "newcomer", "created_at": now, "last_message_at": now})
    report = client.sync(path, mode="head")
    assert (report.mode, report.created, report.updated, report.vanished) == ("head", 1, 1, 0)
    copy = stored(path)
    assert copy[moved]["message_count"] == 999
    assert "newcomer" in copy
    assert gone in copy
    assert copy[silent].get("feedback") != "edited in place"
    full = client.sync(path, mode="full")
    assert (full.created, full.updated, full.vanished) == (0, 1, 1)
    assert full.deletions_proven_at is not None
    assert stored(path) == served(client) == folded(path)


def test_sessions_without_a_key_are_read_again_only_where_there_are_more(tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    now = datetime.now(UTC)

    def session(number: int) -> dict[str, Any]:
        at = (now - timedelta(minutes=number)).isoformat()
        created = (now - timedelta(days=9, minutes=number * 611 % 1500)).isoformat()
        last = at if number <= 1000 else None
        return {"session_id": f"s{number}", "created_at": created, "last_message_at": last}

    with (
        Emulator([session(number) for number in range(1, 1501)]) as server,
        client_of(server) as client,
    ):

        def head() -> tuple[int, SyncReport]:
            before = len(server.requests)
            report = client.sync(path, mode="head")
            assert (report.mode, report.complete) == ("head", True), report
            return len(server.requests) - before, report

        assert client.sync(path).sessions == 1500
        requests, report = head()
        assert (requests <= 2, report.created) == (True, 0)
        server.add({"session_id": "new", "created_at": now.isoformat(), "last_message_at": None})
        assert head()[1].created == 1
        assert head()[0] <= 2
        # One fewer is not more: but the next one that is new is.
        server.delete("s1300")
        assert head()[0] <= 2
        server.add({"session_id": "newer", "created_at": now.isoformat(), "last_message_at": None})
        assert head()[1].created == 1
        assert head()[0] <= 2
        server.update("new", last_message_at=datetime.now(UTC).isoformat())
        requests, report = head()
        assert (requests <= 2, report.updated) == (True, 1)
        assert client.sync(path, mode="full").vanished == 1
        assert stored(path) == served(client) == folded(path)


def test_auto_reads_all_when_the_count_says_that_something_is_gone(
    server: Emulator, client: SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    server.delete(client.list(limit=1, offset=200)[0]["session_id"])
    # Believed once an hour at most: so long ago was the last full run.
    with sqlite3.connect(path) as database:
        state = json.loads(database.execute("select value from meta where key = 'state'").fetchone()[0])
        state["last_full_at"] -= 2 * 3600 * 1_000_000
        database.execute("update meta set value = ? where key = 'state'", (json.dumps(state),))
    database.close()
    report = client.sync(path, full_every=None)
    assert (report.mode, report.vanished) == ("full", 1)


def test_what_vanished_is_marked_and_returns(
    server: Emulator, client: SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    gone = client.list(limit=1, offset=99)[0]
    server.delete(gone["session_id"])
    assert client.sync(path, mode="full").vanished == 1
    with Mirror(path) as mirror:
        assert len(mirror) == 249
        assert sum(1 for _ in mirror.sessions(vanished=True)) == 250
        change = list(mirror.changes())[-1]
        assert (change.kind, change.session, change.before) == ("vanished", gone, gone)
    server.add(dict(gone))
    report = client.sync(path, mode="full")
    assert (report.returned, report.created) == (1, 0)
    assert len(Mirror(path)) == 250


def test_drop_leaves_no_trace_of_what_a_session_said(
    server: Emulator, client: SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "support.db"
    gone = client.list(limit=1, offset=99)[0]["session_id"]
    server.update(gone, feedback="a-secret-to-be-forgotten")
    client.sync(path)
    assert b"a-secret-to-be-forgotten" in path.read_bytes()
    server.delete(gone)
    client.sync(path, mode="full", vanished="drop")
    assert b"a-secret-to-be-forgotten" not in path.read_bytes()
    [change] = [change for change in Mirror(path).changes() if change.session_id == gone]
    assert (change.kind, change.session, change.before) == ("vanished", None, None)
    assert folded(path) == stored(path)


def test_an_unproven_run_calls_nothing_vanished_and_moves_no_bound(tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    sessions = [
        {"session_id": f"s{n}", "last_message_at": f"2026-01-{n % 28 + 1:02}T00:00:00Z"} for n in range(30)
    ]
    with Emulator(sessions=sessions, total_count="null") as server:
        client = client_of(server)
        client.sync(path)
    nameless = [*sessions[:20], {"last_message_at": "2026-01-01T00:00:00Z"}]
    with Emulator(sessions=nameless) as server:
        again = Again(path, server)
        with pytest.warns(IncompleteListingWarning):
            report = again.sync(mode="full")
    assert (report.complete, report.vanished) == (False, 0)
    assert len(Mirror(path)) == 30
    latest = Mirror(path).report
    assert latest is not None
    assert latest.complete is False


class Again:
    """A mirror's file, told that another address serves the same list."""

    def __init__(self, path: Path, server: Emulator) -> None:
        self.path, self.server = path, server

    def sync(self, **options: Any) -> SyncReport:
        with sqlite3.connect(self.path) as database:
            known = json.loads(
                database.execute("select value from meta where key = 'parameters'").fetchone()[0]
            )
            known["base_url"] = self.server.url.rstrip("/") + "/"
            database.execute("update meta set value = ? where key = 'parameters'", (json.dumps(known),))
        database.close()
        return client_of(self.server).sync(self.path, **options)


def test_another_list_is_refused_field_by_field_and_nothing_is_written(
    server: Emulator, client: SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    before = path.read_bytes()
    with pytest.raises(TargetConflictError, match="another list") as raised:
        client.sync(path, agent_id="agent_999")
    assert raised.value.differences == {"agent_id": (AGENT, "agent_999")}
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["support.db"]


@pytest.mark.parametrize("content", [b"not a database, and long enough to be none" * 50, b"x"])
def test_a_file_that_is_no_mirror_is_left_alone(
    client: SessionsClient, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="not made by blocks-sessions"):
        client.sync(path)
    with pytest.raises(StorageError, match="not made by blocks-sessions"):
        Mirror(path)
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_another_program_s_database_is_left_alone(client: SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("create table theirs (a)")
    database.close()
    with pytest.raises(StorageError, match="not made by blocks-sessions"):
        client.sync(path)
    with pytest.raises(StorageError, match="no mirror"):
        Mirror(tmp_path / "nothing.db")
    assert not (tmp_path / "nothing.db").exists()


def test_a_newer_format_is_refused_by_name(client: SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    with sqlite3.connect(path) as database:
        database.execute("pragma user_version = 2")
    database.close()
    with pytest.raises(StorageError, match="format 2"):
        client.sync(path)


def test_wrong_arguments_are_told_before_a_file_is_made(client: SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    wrong: list[dict[str, Any]] = [
        {"mode": "half"},
        {"vanished": "forget"},
        {"full_every": -1},
        {"keep_changes": float("nan")},
        {"consistency": "fast"},
        {"full_every": "1 day"},
    ]
    for options in wrong:
        with pytest.raises(ConfigurationError, match=next(iter(options)).replace("_", ".")):
            client.sync(path, **options)
    with pytest.raises(TypeError, match="did you mean 'full_every'"):
        client.sync(path, full_evry=1)  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        client.sync(path, max_concurrency=0)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def large() -> Iterator[SessionsClient]:
    """Of a list that takes more than one commit."""
    with Emulator(sessions=5_000) as server, client_of(server) as client:
        yield client


def test_a_second_writer_is_refused_at_once(large: SessionsClient, tmp_path: Path) -> None:
    client = large
    path = tmp_path / "support.db"
    entered, leave = threading.Event(), threading.Event()

    def hold(done: int, total: int | None) -> None:
        entered.set()
        leave.wait(30)

    writer = threading.Thread(target=lambda: client.sync(path, progress=hold))
    writer.start()
    assert entered.wait(30)
    with pytest.raises(TargetLockedError, match=r"support\.db is locked"):
        client.sync(path)
    leave.set()
    writer.join()
    assert client.sync(path).complete


def test_readers_read_while_it_is_written(large: SessionsClient, tmp_path: Path) -> None:
    client, path = large, tmp_path / "support.db"
    client.sync(path)
    seen: list[int] = []
    client.sync(path, mode="full", progress=lambda done, total: seen.append(len(Mirror(path))))
    assert len(seen) > 1
    assert set(seen) == {5_000}


def test_a_mirror_is_asked_with_conditions_with_sql_and_for_tables(
    client: SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    expected = [s["session_id"] for s in client.iter_sessions(where="status = 'closed'")]
    with Mirror(path) as mirror:
        assert sorted(s["session_id"] for s in mirror.sessions(where="status = 'closed'")) == sorted(expected)
        assert set(next(mirror.sessions(fields=["session_id", "status"]))) <= {"session_id", "status"}
        [row] = mirror.query("select count(*) as n from live where status = ?", ("closed",))
        assert row == {"n": len(expected)}
        assert mirror.to_arrow().equals(client.iter_sessions().to_arrow())
        assert len(mirror.to_pandas(where="status = 'closed'")) == len(expected)
        assert mirror.to_polars().height == 250
        with pytest.raises(ConfigurationError, match="nothing"):
            mirror.query("delete from sessions")
        with pytest.raises(ConfigurationError, match="nonsense"):
            mirror.query("select nonsense from live")
        with pytest.raises(ValidationError):
            mirror.sessions(where="status = ")
        assert len(mirror) == 250
    with pytest.raises(ConfigurationError, match="closed"):
        len(mirror)


def test_changes_are_kept_for_so_long_and_no_longer(
    server: Emulator, client: SessionsClient, tmp_path: Path
) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    time.sleep(2.2)
    report = client.sync(path, mode="full", keep_changes=timedelta(seconds=1))
    assert report.seq == 250
    with pytest.raises(StorageError, match="since=250"):
        list(Mirror(path).changes(since=10))
    assert list(Mirror(path).changes(since=250)) == []


def test_it_stays_true_to_a_list_that_moves(tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    churn = Churn(inserts=0.4, touches=0.6, deletes=0.2, edits=0.3)
    with Emulator(sessions=600, seed=9, churn=churn) as server:
        client = client_of(server)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IncompleteListingWarning)
            for run in range(12):
                report = client.sync(path, mode="full" if run % 4 == 3 else "head")
                assert report.seq >= 600
        server.churn = Churn()
        assert client.sync(path, mode="full").complete
        assert stored(path) == served(client) == folded(path)


KILLED = """
import sys
from blocks_sessions import SessionsClient
url, path = sys.argv[1:]
client = SessionsClient("demo-key", agent_id="agent_123", base_url=url)
print("begun", flush=True)
while True:
    client.sync(path, mode="full")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_run_that_is_killed_is_one_that_has_not_happened(tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    churn = Churn(inserts=0.2, touches=0.4, deletes=0.1, edits=0.2)
    with Emulator(sessions=3_000, seed=3, churn=churn) as server:
        for kill in range(40):
            child = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", KILLED, server.url, str(path)],
                stdout=subprocess.PIPE,
                text=True,
            )
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.005 + (kill * 37 % 40) / 100)
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
            if path.exists() and path.stat().st_size:
                database = sqlite3.connect(path)
                assert database.execute("pragma integrity_check").fetchone() == ("ok",)
                database.close()
        server.churn = Churn()
        client = client_of(server)
        assert client.sync(path, mode="full").complete
        assert stored(path) == served(client) == folded(path)


@pytest.mark.parametrize("mask", [None, "gdpr"])
def test_a_run_that_was_cut_off_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: str | None
) -> None:
    monkeypatch.setenv("BLOCKS_MASK_KEY", "00" * 32)
    path = tmp_path / "support.db"
    with Emulator(sessions=20_000, seed=3, latency=0.01) as server, client_of(server, mask=mask) as client:
        with pytest.raises(APITimeoutError):
            client.sync(path, deadline=0.4)
        # As the file is left by a process that is gone: what is kept there is no raw id.
        kept = path.read_bytes()
        assert b"unfinished_ids" in kept
        newest = client_of(server).list(limit=1)[0].session_id
        assert newest
        assert (newest.encode() in kept) is (mask is None)
        before = len(server.requests)
        report = client.sync(path)
        assert report.complete
        assert report.requests == len(server.requests) - before
        assert report.requests < 200
        assert stored(path) == served(client) == folded(path)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_mirror_goes_through_a_fork(client: SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "support.db"
    client.sync(path)
    mirror = Mirror(path)
    child = os.fork()
    if child == 0:
        os._exit(0 if len(mirror) == 250 and client.sync(path).complete else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client.sync(path).complete


def test_reports_are_values(client: SessionsClient, tmp_path: Path) -> None:
    import pickle

    report = client.sync(tmp_path / "support.db")
    assert pickle.loads(pickle.dumps(report)) == report
    assert json.loads(json.dumps(report.to_dict()))["created"] == 250
    assert "full sync, complete" in str(report)
    with pytest.raises(AttributeError):
        report.created = 1
