"""What stands in the files, judged by readers that are not ours."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.json
import pyarrow.parquet as pq
import pytest

import blocks_sessions as bs
from blocks_sessions.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSIONS = 21_000


def judged(query: str) -> list[tuple[Any, ...]]:
    """What DuckDB finds."""
    found = duckdb.sql(query)
    assert found is not None
    return found.fetchall()


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(sessions=SESSIONS) as server:
        yield server


@pytest.fixture
def client(server: Emulator) -> Iterator[bs.SessionsClient]:
    with bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        yield client


@pytest.fixture(scope="module")
def expected(server: Emulator) -> list[bs.Session]:
    with bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
        return client.collect()


def test_json_lines_are_the_sessions(
    client: bs.SessionsClient, expected: list[bs.Session], tmp_path: Path
) -> None:
    path = tmp_path / "sessions.jsonl"
    report = client.export(path)
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == expected
    assert (report.path, report.rows, report.bytes) == (str(path), SESSIONS, path.stat().st_size)
    assert report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (report.complete, report.certificate, report.resumed) == (True, "key_cover", 0)
    assert sorted(os.listdir(tmp_path)) == ["sessions.jsonl", "sessions.jsonl.report.json"]
    assert path.stat().st_mode & 0o777 == 0o600
    beside = json.loads((tmp_path / "sessions.jsonl.report.json").read_text())
    assert {**beside, **report.to_dict()} == beside


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_compressed_lines_are_read_by_everybody(
    client: bs.SessionsClient, expected: list[bs.Session], tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"sessions.jsonl.{ending}"
    client.export(path)
    ids = [session["session_id"] for session in expected]
    kind = "gzip" if ending == "gz" else "zstd"
    frame = judged(
        f"select session_id from read_json('{path}', format='newline_delimited', compression='{kind}')"
    )
    assert [row[0] for row in frame] == ids
    with pyarrow.CompressedInputStream(str(path), kind) as stream:  # type: ignore[arg-type]
        lines = stream.read().decode().splitlines()
    assert [json.loads(line)["session_id"] for line in lines] == ids
    if ending == "gz":
        text = subprocess.run(["zcat", path], check=True, capture_output=True).stdout
        assert text == gzip.decompress(path.read_bytes())
        assert text.count(b"\n") == SESSIONS


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_polars_reads_lines(client: bs.SessionsClient, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sessions.jsonl{ending}"
    # Chosen fields: it refuses a file with an integer of more than 64 bits, which the service may send.
    client.export(path, fields=["session_id", "rating", "status"])
    frame = pl.read_ndjson(path, infer_schema_length=None)
    assert (frame.height, frame["session_id"].n_unique()) == (SESSIONS, SESSIONS)


def test_csv_is_read_by_everybody(
    client: bs.SessionsClient, expected: list[bs.Session], tmp_path: Path
) -> None:
    path = tmp_path / "sessions.csv"
    report = client.export(path)
    ids = [session["session_id"] for session in expected]
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["session_id"] for row in rows] == ids
    assert list(rows[0]) == bs.SessionsClient.schema().names
    assert pd.read_csv(path)["session_id"].tolist() == ids
    assert pl.read_csv(path, infer_schema_length=None)["session_id"].to_list() == ids
    first = judged(f"select * from read_csv('{path}') limit 1")
    assert first[0][0] == ids[0]
    assert report.rows == SESSIONS
    for row, session in zip(rows[:200], expected, strict=False):
        assert row["status"] == (session["status"] or "")
        assert (row["rating"] or None) == (None if session.rating is None else str(float(session.rating)))
        assert (row["user_info"] and json.loads(row["user_info"])) == session.get("user_info", "")
        if session.created_at is not None:
            assert pd.Timestamp(row["created_at"]) == session.created_at


def test_parquet_is_the_table(client: bs.SessionsClient, tmp_path: Path) -> None:
    path = tmp_path / "sessions.parquet"
    report = client.export(path)
    table = pq.read_table(path)
    assert table.equals(client.iter_sessions().to_arrow())
    assert pl.read_parquet(path).height == SESSIONS
    assert pd.read_parquet(path).shape[0] == SESSIONS
    one = table["session_id"][12_345].as_py()
    assert judged(f"select count(*) from '{path}' where session_id = '{one}'") == [(1,)]
    metadata = pq.read_metadata(path)
    assert metadata.created_by.startswith("blocks-sessions version ")
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert metadata.row_group(0).column(0).is_stats_set
    said = metadata.metadata
    assert said is not None
    assert json.loads(said[b"blocks_sessions.report"])["rows"] == SESSIONS
    assert said[b"blocks_sessions.version"] == bs.__version__.encode()
    assert report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    # DuckDB's own look at the file sees the filter.
    bloom = f"select bloom_filter_offset from parquet_metadata('{path}') where path_in_schema = 'session_id'"
    assert all(offset is not None for (offset,) in judged(bloom))


def test_an_empty_list_is_an_empty_file_of_the_right_schema(tmp_path: Path) -> None:
    with Emulator(sessions=0) as server:
        client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        for name in ("a.jsonl", "a.jsonl.gz", "a.csv", "a.parquet"):
            assert client.export(tmp_path / name).rows == 0
    assert (tmp_path / "a.jsonl").read_bytes() == b""
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == b""
    assert next(csv.reader(io.StringIO((tmp_path / "a.csv").read_text()))) == bs.SessionsClient.schema().names
    assert pq.read_schema(tmp_path / "a.parquet").equals(bs.SessionsClient.schema())


def test_standard_output_gets_lines(server: Emulator) -> None:
    code = (
        "import blocks_sessions as bs, sys;"
        "client = bs.SessionsClient('demo-key', agent_id='agent_123', base_url=sys.argv[1]);"
        "report = client.export('-', max_items=150);"
        "assert report.rows == 150 and report.path == '-', report"
    )
    done = subprocess.run([sys.executable, "-c", code, server.url], capture_output=True, check=True)
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 150


def test_what_a_listing_takes_it_takes(client: bs.SessionsClient, tmp_path: Path) -> None:
    report = client.export(tmp_path / "a.jsonl", max_items=250, consistency="fast")
    assert (report.rows, report.cut_short, report.complete) == (250, True, False)
    seen: list[tuple[int, int | None]] = []
    client.export(
        tmp_path / "b.jsonl", progress=lambda done, total: seen.append((done, total)), max_concurrency=1
    )
    assert all(total == SESSIONS and done <= SESSIONS for done, total in seen)
    with pytest.raises(TypeError, match="page_size"):
        client.export(tmp_path / "c.jsonl", page_size=10)  # type: ignore[call-arg]
    with pytest.raises(bs.ConfigurationError, match="csv"):
        client.export(tmp_path / "c.csv", format="parquet")
    assert sorted(os.listdir(tmp_path)) == [
        "a.jsonl",
        "a.jsonl.report.json",
        "b.jsonl",
        "b.jsonl.report.json",
    ]
