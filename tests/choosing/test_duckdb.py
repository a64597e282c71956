"""Random conditions over random sessions take what DuckDB takes: the same rows as a table, the same SQL."""

from __future__ import annotations

import json
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks_sessions import SessionsClient
from blocks_sessions.testing import Emulator

# The fields that take part: their names here, and as SQL over the table of the same rows.
TEXTS = ["status", "feedback", "metadata.source"]
NUMBERS = ["rating", "message_count", "metadata.visits"]
FLAGS = ["resolved", "metadata.vip"]
TIMES = ["created_at", "last_message_at"]
LISTS = ["tags"]
COLUMNS = {
    "status": "VARCHAR",
    "feedback": "VARCHAR",
    "metadata": "STRUCT(source VARCHAR, visits DOUBLE, vip BOOLEAN)",
    "rating": "DOUBLE",
    "message_count": "BIGINT",
    "resolved": "BOOLEAN",
    "created_at": "TIMESTAMPTZ",
    "last_message_at": "TIMESTAMPTZ",
    "tags": "VARCHAR[]",
}
WORDS = ["", "a", "A", "ab", "b%", "a_c", "abc", "é", "É", "it's", "Zoë", "😀", "closed", "open"]
MOMENTS = [f"2026-01-{day:02}T{hour:02}:30:00Z" for day in (1, 2, 28, 31) for hour in (0, 8, 23)]

words = st.sampled_from(WORDS)
numbers = st.one_of(st.integers(-3, 6), st.sampled_from([0.5, 2.5, -1.25, 4.0]))
moments = st.sampled_from(MOMENTS)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


sessions = st.fixed_dictionaries(
    {},
    optional={
        "status": maybe(words),
        "feedback": maybe(words),
        "rating": maybe(numbers),
        "message_count": maybe(st.integers(-3, 6)),
        "resolved": maybe(st.booleans()),
        "created_at": maybe(moments),
        "last_message_at": maybe(moments),
        "tags": maybe(st.lists(maybe(words), max_size=3)),
        "metadata": st.fixed_dictionaries(
            {}, optional={"source": maybe(words), "visits": maybe(numbers), "vip": maybe(st.booleans())}
        ),
    },
)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    made = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*made).map("".join)


comparison = st.sampled_from([" = ", " != ", " <> ", " < ", " <= ", " > ", " >= "])
negation = st.sampled_from(["", "not "])
text_literals = words.map(quoted)
number_literals = numbers.map(str)
time_literals = st.one_of(
    moments.map(quoted),
    moments.map(lambda moment: f"timestamptz {quoted(moment)}"),
    joined(
        moments.map(lambda moment: f"timestamptz {quoted(moment)}"),
        st.sampled_from([" + ", " - "]),
        st.sampled_from(["interval '1 day'", "interval '1 month'", "interval '90 minutes'"]),
    ),
)


def comparisons(
    names: list[str], literals: st.SearchStrategy[str], calls: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[str]:
    fields = st.sampled_from(names)
    values = fields if calls is None else st.one_of(fields, calls)
    items = st.lists(st.one_of(literals, st.just("null")), min_size=1, max_size=4).map(", ".join)
    return st.one_of(
        joined(values, comparison, st.one_of(literals, fields, st.just("null"))),
        joined(literals, comparison, values),
        joined(values, " ", negation, "in (", items, ")"),
        joined(values, " ", negation, "between ", literals, " and ", literals),
        joined(fields, " is ", negation, "null"),
    )


text_fields = st.sampled_from(TEXTS)
patterns = st.lists(st.sampled_from([*WORDS, "%", "_"]), max_size=4).map("".join).map(quoted)
lowered = text_fields.map(lambda name: f"lower({name})")
leaves = st.one_of(
    comparisons(TEXTS, text_literals, lowered),
    comparisons(NUMBERS, number_literals, text_fields.map(lambda name: f"length({name})")),
    comparisons(TIMES, time_literals),
    joined(text_fields, " ", negation, st.sampled_from(["like ", "ilike "]), patterns),
    st.sampled_from(FLAGS),
    joined(st.sampled_from(FLAGS), " is ", negation, st.sampled_from(["true", "false", "null"])),
    joined(st.sampled_from(LISTS), " contains ", text_literals),
    joined(st.sampled_from(LISTS), " is ", negation, "null"),
    st.sampled_from(["true", "false", "null"]),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        joined("(", inner, ") and (", inner, ")"),
        joined("(", inner, ") or (", inner, ")"),
        joined("not (", inner, ")"),
        joined("(", inner, ") is ", negation, st.sampled_from(["true", "false", "null"])),
    ),
    max_leaves=6,
)


def judged(rows: list[dict[str, Any]], condition: str) -> list[int]:
    """Return which rows DuckDB takes."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create table t (place INTEGER, {columns})")
    shape = json.dumps([{"place": "INTEGER", **COLUMNS}])
    text = json.dumps([{"place": place, **row} for place, row in enumerate(rows)])
    connection.execute("insert into t by name select unnest(from_json(?, ?), max_depth := 2)", [text, shape])
    # DuckDB's own word for the operator.
    sql = condition
    for word in WORDS:
        sql = sql.replace(f"tags contains {quoted(word)}", f"list_contains(tags, {quoted(word)})")
    found = connection.execute(f"select place from t where {sql} order by place").fetchall()
    return [place for (place,) in found]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(sessions, min_size=1, max_size=8), conditions)
def test_duckdb_takes_the_same(rows: list[dict[str, Any]], condition: str) -> None:
    listed = [{"session_id": str(place), **row} for place, row in enumerate(rows)]
    with Emulator(sessions=listed) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        taken = sorted(int(session["session_id"]) for session in client.list(where=condition))
    assert taken == judged(rows, condition), condition
