"""Real dlt, into DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt  # type: ignore[import-not-found]
import pytest
from judged import CHURN, SECRET, made

from blocks_sessions.integrations.dlt import sessions
from blocks_sessions.testing import Emulator, Faults

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"
)


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    return dlt.pipeline(
        "sessions",
        pipelines_dir=str(tmp_path / "pipelines"),
        destination=dlt.destinations.duckdb(str(tmp_path / "sessions.duckdb")),
        dataset_name="chat",
    )


def loaded(pipeline: Any, columns: str = "session_id") -> list[Any]:
    with pipeline.sql_client() as sql, sql.execute_query(f"select {columns} from sessions") as cursor:
        return [row[0] if len(row) == 1 else row for row in cursor.fetchall()]


def test_loads_are_whole_and_go_on_from_the_proven_bound(pipeline: Any) -> None:
    with Emulator(sessions=3_000, churn=CHURN, keys=SECRET) as server:
        client = made(server)
        pipeline.run(sessions(client))
        first = loaded(pipeline)
        assert len(first) == len(set(first))
        assert not set(server.history.existed_throughout) - set(first)
        for _ in range(3):
            client.collect()
            before = server.request_count
            pipeline.run(sessions(client))
            assert server.request_count - before < 30
        found = loaded(pipeline)
        assert len(found) == len(set(found))
        assert not set(server.history.existed_throughout) - set(found)
        # Those that moved are here as they are now.
        server.churn = None
        pipeline.run(sessions(client))
        now = {s.session_id: s.message_count for s in client.iter_sessions()}
        kept = dict(loaded(pipeline, "session_id, message_count"))
        assert {each: kept[each] for each in now} == now


def test_sessions_without_a_key_come_in_later_loads_too(pipeline: Any) -> None:
    with Emulator(sessions=2_000, null_keys=0.05, keys=SECRET) as server:
        client = made(server)
        pipeline.run(sessions(client))
        assert len(loaded(pipeline)) == 2_000
        server.add({"session_id": "silent", "created_at": "2026-11-01T00:00:00Z", "last_message_at": None})
        pipeline.run(sessions(client))
        assert "silent" in loaded(pipeline)


def test_a_failed_proof_loads_nothing_and_moves_no_state(pipeline: Any) -> None:
    with Emulator(sessions=2_000, keys=SECRET) as server:
        client = made(server).with_options(max_retries=0)
        pipeline.run(sessions(client))
        state = pipeline.state["sources"]
        server.churn = CHURN
        client.collect()
        server.churn = None
        server.faults = Faults(rate=1.0, kinds=["status_500"])
        with pytest.raises(Exception, match="500"):
            pipeline.run(sessions(client))
        server.faults = None
        assert pipeline.state["sources"] == state
        assert len(loaded(pipeline)) == 2_000
        pipeline.drop_pending_packages()
        pipeline.run(sessions(client))
        assert not {s.session_id for s in client.iter_sessions()} - set(loaded(pipeline))


def test_no_secret_is_shown(pipeline: Any, tmp_path: Path) -> None:
    with Emulator(sessions=500, keys=SECRET) as server:
        resource = sessions(made(server))
        info = pipeline.run(resource)
        assert SECRET not in f"{resource!r}{info!r}{info}{pipeline.last_trace}"
        written = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert not [path for path in written if SECRET.encode() in path.read_bytes()]
