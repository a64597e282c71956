"""`query`: rows as they come, in every format, and what is no statement that reads."""

from __future__ import annotations

import csv
import io
import json
import signal
from pathlib import Path

import pytest
from command import Command, plain


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_a_query_writes_no_other_file(blocks: Command, place: Path) -> None:
    mirror, other = place / "m.db", place / "other.db"
    assert blocks("sync", str(mirror)).code == 0
    done = blocks("query", str(mirror), f"vacuum into '{other}'")
    assert (done.code, done.out) == (2, "")
    assert "only statements that read are taken" in done.err
    assert not other.exists()
    empty = blocks("query", str(mirror), " ")
    assert empty.code == 2
    assert "the query is empty" in empty.err


def test_a_query_in_every_format(blocks: Command, place: Path) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    counted = "select status, count(*) as n, null as missing, '' as empty from live group by 1 order by 1"
    lines = [json.loads(line) for line in blocks("query", path, counted).lines]
    assert sum(line["n"] for line in lines) == 247
    assert list(lines[0]) == ["status", "n", "missing", "empty"]
    assert json.loads(blocks("query", path, counted, "-o", "json").out) == lines
    text = blocks("query", path, counted, "-o", "csv").out
    assert text.startswith("status,n,missing,empty\r\n")
    assert f'{lines[0]["status"]},{lines[0]["n"]},,""\r\n' in text
    table = blocks("query", path, counted, "-o", "table").lines
    assert table[0].split() == ["status", "n", "missing", "empty"]
    assert [line.split()[:2] for line in table[1:]] == [[line["status"], str(line["n"])] for line in lines]
    screen = plain(blocks.terminal("query", path, counted).end().out)
    assert screen.splitlines()[0].split() == ["status", "n", "missing", "empty"]


ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"


@pytest.mark.parametrize(
    ("form", "first"),
    [("jsonl", '{"i":1}'), ("json", '[{"i":1},'), ("csv", "i\r"), ("table", "    i")],
)
def test_a_query_writes_rows_as_they_come(blocks: Command, place: Path, form: str, first: str) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    done = blocks.shell(f"blocks query {path} '{ENDLESS}' -o {form} | head -1")
    assert (done.code, done.out, done.err) == (0, f"{first}\n", "")


def test_a_query_shows_a_row_before_the_next(blocks: Command, place: Path) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    # A second row that never comes.
    slow = f"select 1 as n union all select count(*) from ({ENDLESS})"
    process = blocks.start("query", path, slow)
    assert process.stdout is not None
    assert process.stdout.readline() == b'{"n":1}\n'
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    process.communicate()


def test_a_query_that_fails_on_its_way_keeps_what_it_wrote(blocks: Command, place: Path) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    done = blocks("query", path, "select 1 as n union all select abs(-9223372036854775807 - 1)")
    assert (done.code, done.out) == (2, '{"n":1}\n')
    assert "integer overflow" in done.err


def test_a_query_s_own_kinds_of_values(blocks: Command, place: Path) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    texts = """x'00ff' as blob, 'a,"b"\nc' as text"""
    sql = f'select 1 as a, 2 as a, 1.5 as "with ""quotes""", {texts}, 9e999 as large'
    line = blocks("query", path, sql).out
    assert line == (
        '{"a":1,"a":2,"with \\"quotes\\"":1.5,"blob":"00ff","text":"a,\\"b\\"\\nc","large":null}\n'
    )
    rows = list(csv.reader(io.StringIO(blocks("query", path, sql, "-o", "csv").out, newline="")))
    assert rows[0] == ["a", "a", 'with "quotes"', "blob", "text", "large"]
    assert rows[1][:5] == ["1", "2", "1.5", "00ff", 'a,"b"\nc']
    assert blocks("query", path, "select * from live where 1 = 0").out == ""
    assert blocks("query", path, "select * from live where 1 = 0", "-o", "json").out == "[]\n"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selec 1", "the query is not one of SQLite's"),
        ("delete from sessions", "query changes nothing"),
        ("update sessions set status = 'x'", "query changes nothing"),
        ("select missing from live", "no such column"),
        ("", "query"),
        ("select 1; select 2", "query"),
    ],
)
def test_a_wrong_query_is_2(blocks: Command, place: Path, sql: str, words: str) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    done = blocks("query", path, sql)
    assert (done.code, done.out) == (2, ""), done.err
    assert words in done.err


def test_a_query_of_nothing_is_1_and_says_how_to_make_it(blocks: Command, place: Path) -> None:
    done = blocks("query", str(place / "support.db"), "select 1")
    assert (done.code, done.out) == (1, "")
    assert "Make it with `blocks-sessions sync`" in done.err
    assert list(place.iterdir()) == []


def test_a_query_needs_no_key(bare: Command, blocks: Command, place: Path) -> None:
    path = str(place / "support.db")
    assert blocks("sync", path, "-q").code == 0
    assert bare("query", path, "select count(*) as n from live").out == '{"n":247}\n'
    assert bare("verify", path).code == 0
