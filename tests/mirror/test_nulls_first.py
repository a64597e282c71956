"""Lists as PostgreSQL sorts them (`ORDER BY last_message_at DESC`): those without a message come first."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from blocks_sessions import Mirror, SessionsClient, SyncReport


def moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


class Service:
    """So many sessions, the first of them without activity; the others over a month.

    `alike`: the list is sorted by creation too.
    """

    def __init__(self, sessions: int, without: int, *, alike: bool = False) -> None:
        now = datetime.now(UTC)
        self.lock = threading.Lock()
        self.rows: dict[str, dict[str, Any]] = {}
        for place in range(sessions):
            active = now - timedelta(hours=1, seconds=place * 2_600_000 // sessions)
            created = now - timedelta(days=40, minutes=place if alike else place * 7_919 % sessions)
            self.put(f"s{place}", created, active if place >= without else None)
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body = service.page(asked["offset"], asked["limit"])
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def put(self, name: str, created: datetime, active: datetime | None) -> None:
        session = {"session_id": name, "created_at": moment(created)}
        with self.lock:
            self.rows[name] = {**session, "last_message_at": moment(active) if active else None}

    def touch(self, name: str) -> None:
        self.put(name, datetime.fromisoformat(self.rows[name]["created_at"]), datetime.now(UTC))

    def page(self, offset: int, limit: int) -> bytes:
        def key(row: dict[str, Any]) -> tuple[bool, str, str]:
            active = row["last_message_at"]
            return active is None, active or "", row["created_at"]

        with self.lock:
            rows = sorted(self.rows.values(), key=key, reverse=True)
        return json.dumps({"sessions": rows[offset : offset + limit], "total_count": len(rows)}).encode()

    def active_since(self, since: datetime) -> set[str]:
        rows = self.rows.values()
        return {row["session_id"] for row in rows if (row["last_message_at"] or "") >= moment(since)}

    def client(self, **options: Any) -> SessionsClient:
        return SessionsClient("demo-key", agent_id="agent_123", base_url=self.url, **options)


@pytest.fixture(params=[(600, 30), (1_500, 500), (1_500, 1_400)], ids=["few", "a third", "most"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    made = Service(*request.param)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize("consistency", ["fast", "checked", "strict"])
@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_bounds_are_about_activity(service: Service, consistency: Any, concurrency: int) -> None:
    since = datetime.now(UTC) - timedelta(days=3)
    sessions = service.client(max_concurrency=concurrency).iter_sessions(since=since, consistency=consistency)
    found = [session["session_id"] for session in sessions]
    assert len(found) == len(set(found))
    assert set(found) == service.active_since(since)
    assert sessions.report.complete or consistency == "fast"
    assert sessions.report.region is not None
    assert "last_message_at" in sessions.report.region


@pytest.mark.parametrize("concurrency", [1, 8])
def test_where_both_keys_explain_the_list_all_of_it_is_read(concurrency: int) -> None:
    service = Service(4_500, 4_400, alike=True)
    since = datetime.now(UTC) - timedelta(days=30)
    sessions = service.client(max_concurrency=concurrency).iter_sessions(since=since)
    found = {session["session_id"] for session in sessions}
    assert found == service.active_since(since)
    assert 50 < len(found) < 100
    assert sessions.report.complete
    assert "more than one key (last_message_at desc, created_at desc)" in sessions.report.warnings[0]
    service.server.shutdown()
    service.server.server_close()


def test_a_mirror_reads_the_head(service: Service, tmp_path: Path) -> None:
    client, path = service.client(), tmp_path / "support.db"

    def sync() -> SyncReport:
        report = client.sync(path)
        assert report.complete
        with Mirror(path) as mirror:
            stored = {session["session_id"]: dict(session) for session in mirror.sessions()}
        assert stored == service.rows
        return report

    first = sync()
    assert first.mode == "full"
    for _ in range(2):
        quiet = sync()
        assert (quiet.mode, quiet.created, quiet.updated) == ("head", 0, 0)
        assert quiet.requests <= 16
    names = list(service.rows)
    for name in (names[0], names[7], names[-1], names[-50]):
        service.touch(name)
    moved = sync()
    assert (moved.mode, moved.created, moved.updated) == ("head", 0, 4)
    service.put("new", datetime.now(UTC), None)
    service.put("newer", datetime.now(UTC), datetime.now(UTC))
    born = sync()
    assert (born.mode, born.created, born.updated) == ("head", 2, 0)
    assert sync().requests <= 16
