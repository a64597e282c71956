"""A lazy frame over a listing: what a query needs is what is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from blocks_sessions import SessionsClient, ValidationError
from blocks_sessions.integrations.polars import condition, scan_sessions
from blocks_sessions.testing import Emulator

KINDS = {
    "status": "text",
    "rating": "number",
    "message_count": "number",
    "resolved": "flag",
    "created_at": "time",
}


@pytest.fixture
def client() -> Iterator[SessionsClient]:
    with Emulator(sessions=500, seed=5) as server:
        yield SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)


@pytest.fixture
def whole(client: SessionsClient) -> pl.DataFrame:
    return client.iter_sessions().to_polars()


def test_nothing_is_read_before_a_query_is_collected() -> None:
    with Emulator(sessions=10) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        frame = scan_sessions(client, where="resolved")
        assert "session_id" in frame.collect_schema()
        assert not server.requests
        with pytest.raises(ValidationError):
            scan_sessions(client, where="statis = 1")


@pytest.mark.parametrize(
    "predicate",
    [
        pl.col("status") == "closed",
        (pl.col("rating") <= 2) & pl.col("resolved"),
        (pl.col("status") != "closed") | (pl.col("message_count") > 10),
        ~(pl.col("rating") > 3),
        pl.col("rating").is_between(2, 4),
        pl.col("status").is_in(["closed", "idle"]),
        pl.col("rating").is_null() & (pl.col("status") == "active"),
        pl.col("session_id").str.ends_with("7"),
        pl.col("metadata").str.contains("website") & (pl.col("status") == "closed"),
        pl.col("user_email").is_not_null() & (pl.lit("closed") == pl.col("status")),
        pl.col("created_at") >= datetime(2026, 1, 1, tzinfo=UTC),
        pl.col("created_at").dt.month() == 1,
        pl.col("message_count") * 2 > 20,
    ],
)
def test_a_query_gives_what_it_gives_of_the_whole(
    client: SessionsClient, whole: pl.DataFrame, predicate: pl.Expr
) -> None:
    lazy = scan_sessions(client).filter(predicate)
    assert lazy.collect().equals(whole.filter(predicate))
    assert (
        lazy.select("session_id", "rating")
        .collect()
        .equals(whole.filter(predicate).select("session_id", "rating"))
    )
    assert lazy.select(pl.len()).collect().equals(whole.filter(predicate).select(pl.len()))
    assert lazy.head(5).collect().equals(whole.filter(predicate).head(5))
    assert (
        scan_sessions(client).head(100).filter(predicate).collect().equals(whole.head(100).filter(predicate))
    )
    cut = scan_sessions(client, max_items=50).filter(predicate)
    assert cut.collect().equals(whole.head(50).filter(predicate))


@pytest.mark.filterwarnings("ignore::polars.exceptions.PolarsInefficientMapWarning")
def test_what_translates_is_asked_of_the_listing(client: SessionsClient) -> None:
    for predicate, text in (
        (pl.col("status") == "it's", "(status = 'it''s')"),
        ((pl.col("rating") <= 2) & pl.col("status").is_in(["a"]), "(rating <= 2)"),
        (~pl.col("resolved"), "(not (resolved))"),
        (
            pl.col("created_at") >= datetime(2026, 1, 1, tzinfo=UTC),
            "(created_at >= timestamp '2026-01-01T00:00:00+00:00')",
        ),
        (pl.col("status").is_in(["a"]) | pl.col("resolved"), None),
        (pl.col("rating").map_elements(lambda value: str(value) > "2", return_dtype=pl.Boolean), None),
    ):
        assert condition(predicate, KINDS) == text
        if text is not None:
            client.count(where=text)


def test_columns_and_conditions_of_the_listing_are_kept(client: SessionsClient, whole: pl.DataFrame) -> None:
    frame = scan_sessions(client, fields=["session_id", "metadata.source"], where="resolved -- why").filter(
        pl.col("metadata.source") == "website"
    )
    assert frame.collect_schema().names() == ["session_id", "metadata.source"]
    wanted = [
        row["session_id"]
        for row in whole.iter_rows(named=True)
        if row["resolved"] and json.loads(row["metadata"] or "{}").get("source") == "website"
    ]
    assert frame.collect()["session_id"].to_list() == wanted


def test_a_query_that_is_collected_again_reads_again(client: SessionsClient) -> None:
    frame: Any = scan_sessions(client).select(pl.len())
    assert frame.collect().item() == frame.collect().item() == 500
