"""What stands in the files, judged by readers that are not ours."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
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


KINDS = {"": "none", ".gz": "gzip", ".zst": "zstd"}


@pytest.mark.parametrize("ending", KINDS)
def test_lines_are_read_by_everybody(
    client: bs.SessionsClient, expected: list[bs.Session], tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"sessions.jsonl{ending}"
    client.export(path)
    ids = [session["session_id"] for session in expected]
    fields = {name for session in expected for name in session}
    # Three commits at least: a reader that stops behind the first frame has too few.
    if ending != ".zst" or find_spec("zstandard"):
        frame = pd.read_json(path, lines=True)
        assert (frame["session_id"].tolist(), set(frame.columns)) == (ids, fields)
    table = pl.read_ndjson(path, infer_schema_length=None)
    assert (table["session_id"].to_list(), set(table.columns)) == (ids, fields)
    assert pl.scan_ndjson(path, infer_schema_length=None).select("session_id").collect().height == SESSIONS
    arrow = pyarrow.json.read_json(path)
    assert (arrow["session_id"].to_pylist(), set(arrow.column_names)) == (ids, fields)
    query = f"select * from read_json('{path}', format='newline_delimited', compression='{KINDS[ending]}')"
    assert [row[0] for row in judged(f"select session_id from ({query})")] == ids
    assert judged(f"select count(*) from '{path}'") == [(SESSIONS,)]


@pytest.mark.parametrize(("ending", "program"), [(".gz", "zcat"), (".zst", "zstdcat")])
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_compressed_text_is_text(
    client: bs.SessionsClient, tmp_path: Path, form: str, ending: str, program: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    client.export(tmp_path / f"plain.{form}")
    client.export(tmp_path / f"packed.{form}{ending}")
    command = [program, str(tmp_path / f"packed.{form}{ending}")]
    text = subprocess.run(command, check=True, capture_output=True).stdout
    assert text == (tmp_path / f"plain.{form}").read_bytes()


# Numbers beyond 64 bits, and one key with a number here and an array there.
ODD = [
    {"session_id": "a", "created_at": "2026-01-03T00:00:00Z", "message_count": 2**70, "odd": 2**128},
    {"session_id": "b", "created_at": "2026-01-02T00:00:00Z", "message_count": -(2**63), "odd": [1, [2]]},
    {"session_id": "c", "created_at": "2026-01-01T00:00:00Z", "message_count": 3, "odd": 2**64 - 1},
]


def test_odd_numbers_keep_their_digits_in_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Emulator(sessions=ODD) as server:
        client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        client.export(path)
        # What such readers do take.
        client.export(tmp_path / "b.jsonl", fields=["session_id", "created_at"])
    assert [json.loads(line) for line in path.read_text().splitlines()] == ODD
    assert judged(f"select count(*) from read_json('{path}', columns={{session_id: 'VARCHAR'}})") == [(3,)]
    assert pd.read_json(tmp_path / "b.jsonl", lines=True).shape == (3, 2)
    assert pl.read_ndjson(tmp_path / "b.jsonl").shape == (3, 2)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.zst", "a.parquet"])
def test_odd_numbers_do_not_keep_anybody_from_reading(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with Emulator(sessions=ODD) as server:
        client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        client.export(path)
    if name == "a.parquet":
        frames = [pd.read_parquet(path), pl.read_parquet(path).to_pandas()]
        found = judged(f"select session_id, message_count, extra from '{path}'")
    else:
        frames = [pl.read_csv(path, infer_schema_length=None).to_pandas()]
        if path.suffix != ".zst" or find_spec("zstandard"):
            frames.append(pd.read_csv(path))
        found = judged(f"select session_id, message_count, extra from read_csv('{path}')")
    for frame in frames:
        assert frame["session_id"].tolist() == ["a", "b", "c"]
    assert [row[:2] for row in found] == [("a", None), ("b", -(2**63)), ("c", 3)]
    extra = [json.loads(row[2]) for row in found]
    assert extra == [
        {"message_count": 2**70, "odd": 2**128},
        {"odd": [1, [2]]},
        {"odd": 2**64 - 1},
    ]


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
