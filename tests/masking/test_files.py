"""No planted mark survives in what a client with a mask writes, nor in what the command line says; and
`scan` finds marks in files of every kind."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import pickle
import sqlite3
import subprocess
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from canaries import survivors
from clients import client_of

from blocks_sessions import (
    AsyncSessionsClient,
    ConfigurationError,
    Mask,
    MaskKey,
    Mirror,
    scan,
)
from blocks_sessions.testing import Churn, Emulator

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
MASK = Mask(
    "gdpr",
    key=MaskKey(KEY),
    fields={"context": "text", "user_info": "text", "metadata": "keep", "session_id": "token"},
)


def everything(folder: Path) -> str:
    """All bytes of all files, and what packed ones hold."""
    said = []
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        data = path.read_bytes()
        said += [str(path), data.decode("utf-8", "ignore"), data.decode("utf-16-le", "ignore")]
        if path.suffix == ".gz":
            said.append(gzip.decompress(data).decode())
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path)
            said += [repr(table.to_pylist()), str(table.schema.metadata), str(table.schema)]
    return "\n".join(said)


@pytest.mark.parametrize("name", ["all.jsonl", "all.csv", "all.parquet", "all.jsonl.gz"])
def test_no_mark_survives_an_export(name: str, tmp_path: Path) -> None:
    with Emulator(sessions=150, plant=11) as server:
        report = client_of(server, mask=MASK).export(tmp_path / name, where="user_info.name is not null")
        marks = server.planted
    assert report.rows == 150
    assert survivors(everything(tmp_path) + repr(report) + json.dumps(report.to_dict()), marks) == []
    assert scan(tmp_path, values=[mark for kind, mark in marks if kind == "name"]).clean


def test_marks_are_seen_in_an_export_without_a_mask(tmp_path: Path) -> None:
    with Emulator(sessions=30, plant=11) as server:
        for name in ("all.jsonl", "all.csv", "all.parquet"):
            folder = tmp_path / name[4:]
            folder.mkdir()
            client_of(server).export(folder / name)
            assert len(survivors(everything(folder), server.planted)) == len(server.planted)
            found = scan(folder, values=[mark for _, mark in server.planted])
            assert {"email", "card", "phone", "iban", "value"} <= set(found.kinds), name


def test_no_mark_survives_a_mirror(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with Emulator(sessions=150, plant=12, churn=Churn(edits=0.3)) as server:
        client = client_of(server, mask=MASK)
        reports = [client.sync(path), client.sync(path, mode="full")]
        marks = server.planted
    said = [repr(report) + json.dumps(report.to_dict(), default=str) for report in reports]
    with Mirror(path) as mirror:
        said += [repr(list(mirror.sessions())), repr(list(mirror.changes())), repr(mirror)]
        said += [repr(mirror.to_arrow().to_pylist()), mirror.to_pandas().to_csv()]
        said.append(repr(mirror.query("select * from sessions")))
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        said += [repr(database.execute(f"select * from {table}").fetchall()) for table in tables]
    assert survivors(everything(tmp_path) + "\n".join(said), marks) == []
    # Where the list came from is no session's.
    found = scan(path, values=[mark for kind, mark in marks if kind == "name"]).findings
    assert [finding for finding in found if not finding.file.endswith(":meta")] == []


def test_no_mark_survives_the_async_twin_s_files(tmp_path: Path) -> None:
    async def write(url: str) -> None:
        async with AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=url, mask=MASK) as client:
            await client.export(tmp_path / "all.csv")
            await client.sync(tmp_path / "all.sqlite")

    with Emulator(sessions=40, plant=13) as server:
        asyncio.run(write(server.url))
        assert survivors(everything(tmp_path), server.planted) == []


def test_no_mark_survives_partitions() -> None:
    with Emulator(sessions=1_100, plant=15) as server:
        plan = client_of(server, mask=MASK).partitions(2, where="user_info.name is not null")
        said: list[object] = [plan, pickle.dumps(plan, 0)]
        reads = [pickle.loads(pickle.dumps(part)).read() for part in plan.parts]
        for read in reads:
            said += [read, list(read), read.report, read.evidence, pickle.dumps(read.evidence, 0)]
        settled = plan.settle(reads)
        said += [settled, list(settled), settled.report, [repr(part) for part in plan.parts]]
        # Some of very many, which are looked for one by one.
        marks = server.planted[::23]
    text = "\n".join(one.decode("latin-1") if isinstance(one, bytes) else repr(one) for one in said)
    assert len(plan.parts) > 1
    assert survivors(text, marks) == []


def command(server: Emulator, *arguments: str, **variables: str) -> str:
    environment = {
        **os.environ,
        "BLOCKS_PROJECT_KEY": "demo-key",
        "BLOCKS_AGENT_ID": "agent_123",
        "BLOCKS_API_URL": server.url,
        "BLOCKS_MASK_KEY": KEY,
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-m", "blocks_sessions", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.stdout + done.stderr


def test_no_mark_survives_the_command_line(tmp_path: Path) -> None:
    said = []
    with Emulator(sessions=60, plant=14) as server:
        for shape in ("table", "json", "jsonl", "csv"):
            said.append(command(server, "list", "--mask", "gdpr", "--output", shape, "--verbose"))
        said += [
            command(server, "list", "--where", "user_info.email like '%@%'", "-n", "5", BLOCKS_MASK="gdpr"),
            command(server, "count", "--mask", "gdpr", "--where", "feedback is not null", "-v"),
            command(server, "export", "--mask", "gdpr", str(tmp_path / "all.jsonl"), "-v"),
            command(server, "sync", "--mask", "gdpr", str(tmp_path / "all.sqlite"), "-v"),
            command(server, "query", str(tmp_path / "all.sqlite"), "select * from sessions"),
            command(server, "config", "--mask", "gdpr"),
            command(server, "list", "--mask", "gdpr", "--agent", "agent_404", "--json-errors"),
        ]
        raw = tmp_path / "raw"
        raw.mkdir()
        (raw / "sessions.jsonl").write_text("\n".join(json.dumps(s) for s in client_of(server).collect()))
        said += [
            command(server, "mask", "explain", str(raw / "sessions.jsonl")),
            command(server, "mask", "scan", str(raw)),
            command(server, "mask", "scan", "--json", str(raw)),
        ]
        marks = server.planted
        seen = command(server, "list", "--output", "jsonl")
    assert all(said), said
    assert survivors("\n".join(said), marks) == []
    # A few are written in several layers of escapes, which the lines hold as they were sent.
    assert len(survivors(seen, marks)) > 0.9 * len(marks)
    assert scan(tmp_path / "all.jsonl").clean


LINE = json.dumps({"feedback": "write to jane@example.com", "id": 4111111111111111})


def test_files_of_every_kind_are_looked_through_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(LINE)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(LINE.encode()))
    (tmp_path / "c.csv").write_text('feedback,id\n"write to jane@example.com",4111111111111111\n')
    table = pyarrow.table({"feedback": ["write to jane@example.com"], "id": [4111111111111111]})
    pyarrow.parquet.write_table(table, tmp_path / "d.parquet", compression="zstd")
    # As pandas, pyarrow and DuckDB write by default.
    pyarrow.parquet.write_table(table, tmp_path / "g.parquet")
    written = pyarrow.parquet.read_metadata(tmp_path / "g.parquet").row_group(0).column(0)
    assert written.compression == "SNAPPY"
    with pyarrow.CompressedOutputStream(str(tmp_path / "f.jsonl.zst"), "zstd") as packed:
        packed.write(LINE.encode())
    with sqlite3.connect(tmp_path / "e.sqlite") as database:
        database.execute('create table "odd ""name" (feedback text, id integer)')
        database.execute(
            'insert into "odd ""name" values (?, ?)', ("write to jane@example.com", 4111111111111111)
        )
    database.close()
    for path in sorted(tmp_path.iterdir()):
        done = subprocess.run(
            [sys.executable, "-m", "blocks_sessions", "mask", "scan", "--json", str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 3, (path, done.stderr)
        report = json.loads(done.stdout)
        assert report["kinds"] == {"email": 1, "card": 1}, path
        assert {finding["column"] for finding in report["findings"]} == {"feedback", "id"}
        assert dict(scan(path).kinds) == {"email": 1, "card": 1}
        assert "jane" not in done.stdout + done.stderr


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_text("no database, but jane@example.com")
    (tmp_path / "b.parquet").write_text("no table, but jane@example.com")
    for name, kind in (("a.sqlite", "SQLite"), ("b.parquet", "Parquet")):
        with pytest.raises(ConfigurationError, match=f"cannot be read as {kind}") as caught:
            scan(tmp_path / name)
        assert "jane" not in str(caught.value)
