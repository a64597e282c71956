"""Times: whatever `datetime.fromisoformat` reads, as an attribute and in a column alike."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from blocks_sessions import Session, SessionsClient
from blocks_sessions.testing import Emulator

SHAPES = [
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999-23:59",
    "0001-01-01T00:00:00+05:30",
    "0001-01-01",
    "2026-W03",
    "2026-W03-1",
    "2026W031T083015",
    "2026-W53-7",
    "20260112T0830",
    "2026-01-12x08:30:15,123456789+01:30:15.5",
    "2026-01-12\u200908",
    "2026-01-12T08-05",
    "2026-01-12T08:30.5",
    "2026-01-12T083015250",
]


def read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("text", SHAPES)
def test_an_attribute_is_what_python_reads(text: str) -> None:
    moment = Session(created_at=text).created_at
    assert moment == read(text)
    assert moment is not None
    assert moment.utcoffset() == read(text).utcoffset()  # type: ignore[union-attr]


def test_thousands_of_shapes_agree_with_python() -> None:
    rng = random.Random(7)
    digits = "0123456789"
    seeds = [*SHAPES, "2026-01-12T08:30:15.25Z", "2026-01-12 08:30:15+05:30", "2024-02-29T23:59"]
    wrong = []
    for _ in range(40_000):
        text = list(rng.choice(seeds))
        for _ in range(rng.randrange(3)):
            at = rng.randrange(len(text))
            text[at] = rng.choice(digits + "-:+.,TWZ ")
            if rng.random() < 0.2:
                del text[rng.randrange(len(text)) :]
            if not text:
                text = ["2"]
        candidate = "".join(text)
        if re.search(r"[.,:]?\d{6}\d*[^\d+\-Z]", candidate[10:]):
            continue  # Python overlooks whatever stands between a long fraction and a zone
        try:
            ours = Session(created_at=candidate).created_at
        except ValueError:
            ours = None
        if ours != read(candidate):
            wrong.append((candidate, ours, read(candidate)))
    assert not wrong, wrong[:10]


def test_a_column_takes_what_the_attribute_takes() -> None:
    rows = [{"session_id": str(n), "created_at": text} for n, text in enumerate(SHAPES)]
    with Emulator(sessions=rows) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        page = client.list()
        column = page.to_arrow()["created_at"].cast(pa.int64())
        assert column.null_count == 0
        for session, micros in zip(page, column.to_pylist(), strict=True):
            moment = session.created_at
            assert moment is not None
            naive = moment.replace(tzinfo=None) - datetime(1970, 1, 1)
            offset = moment.utcoffset()
            assert offset is not None
            total = naive - offset
            assert micros == (total.days * 86_400 + total.seconds) * 1_000_000 + total.microseconds


def test_columns_and_attributes_take_the_same_numbers() -> None:
    session = Session(message_count=12.0, user_messages=12.5, agent_messages=1e300)
    assert session.message_count == 12
    assert type(session.message_count) is int
    for name in ("user_messages", "agent_messages"):
        with pytest.raises(TypeError, match="an integer"):
            getattr(session, name)
    rows = [
        {
            "message_count": 12.0,
            "user_messages": 12.5,
            "agent_messages": 1e300,
            "location": [1],
            "sentiment": 0.5,
        }
    ]
    with Emulator(sessions=rows) as server:
        page = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url).list()
        (row,) = page.to_arrow().to_pylist()
        assert row["message_count"] == 12
        assert row["user_messages"] is row["agent_messages"] is None
        assert row["extra"] == (
            '{"user_messages":12.5,"agent_messages":1e+300,"location":[1],"sentiment":0.5}'
        )
        assert row["location"] is row["sentiment"] is None
        for name in ("location", "sentiment"):
            with pytest.raises(TypeError, match="text or an object"):
                getattr(page[0], name)
