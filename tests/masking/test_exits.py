"""No planted mark survives any exit of a client with a mask."""

import asyncio
import json
import logging
import pickle
from pathlib import Path
from typing import Any

import pytest
from canaries import survivors

from blocks_sessions import (
    AsyncSessionsClient,
    Mask,
    MaskKey,
    SessionsClient,
    SessionsError,
    scan,
)
from blocks_sessions._core import _fault_kinds
from blocks_sessions.testing import Emulator, Faults

KEY = MaskKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
POLICIES = {
    "gdpr": Mask("gdpr", key=KEY),
    "text": Mask(
        "gdpr", key=KEY, unknown="text", fields={"context": "text", "user_info": "text", "metadata": "keep"}
    ),
    "training": Mask("training", key="ephemeral"),
}


def exits(server: Emulator, mask: Mask, **options: Any) -> dict[str, str | bytes]:
    """Everything that comes out of a client, by the exit."""
    client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, mask=mask, cache_ttl=60)
    page = client.list()
    again = client.list()
    sessions = client.iter_sessions(**options)
    listed = list(sessions)
    table = client.iter_sessions(**options).to_arrow()
    frame = client.iter_sessions(**options).to_pandas()
    assert sessions.report.mask is not None
    out: dict[str, str | bytes] = {
        "objects": repr(listed) + str(listed) + json.dumps(listed),
        "page": repr(page) + page._repr_html_() + repr(page.__dict__ if hasattr(page, "__dict__") else ""),
        "cache": repr(list(again)),
        "attributes": repr([(s.user_info, s.metadata, s.feedback, s.ip_address) for s in listed]),
        "html": "".join(s._repr_html_() for s in listed if hasattr(s, "_repr_html_")),
        "pickles": pickle.dumps(page, 0) + pickle.dumps(listed, 0) + pickle.dumps(sessions.report, 0),
        "columns": repr(table.to_pylist()) + frame.to_csv(),
        "report": repr(sessions.report)
        + str(sessions.report)
        + str(sessions.report.mask)
        + sessions.report.mask._repr_html_(),
        "client": repr(client) + client._repr_html_() + repr(sessions),
    }
    return out


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("seed", [1, 63, 119])
def test_no_mark_survives(name: str, seed: int) -> None:
    with Emulator(sessions=130, plant=seed) as server:
        out = exits(server, POLICIES[name])
        marks = server.planted
    assert len(marks) > 130 * 5
    left = {where: survivors(text, marks)[:3] for where, text in out.items()}
    assert not {where: found for where, found in left.items() if found}


def test_without_a_mask_they_are_all_seen() -> None:
    with Emulator(sessions=20, plant=5) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        out = json.dumps(list(client.iter_sessions()), ensure_ascii=False)
        marks = server.planted
    seen = survivors(out, marks)
    assert {kind for kind, _ in seen} == {
        "email",
        "name",
        "phone",
        "card",
        "iban",
        "ip",
        "secret",
        "password",
        "url",
    }
    assert len(seen) == len(marks)


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"detect": {"email": "keep"}}, "email"),
        ({"detect": {"phone": "keep"}}, "phone"),
        ({"detect": {"card": "keep"}}, "card"),
        ({"detect": {"iban": "keep"}}, "iban"),
        ({"detect": {"ip": "keep"}}, "ip"),
        ({"detect": {"secret": "keep"}}, "secret"),
        ({"detect": {"password": "keep"}}, "password"),
        ({"detect": {"url": "keep", "password": "keep", "secret": "keep"}}, "url"),
        ({"own_values": False}, "name"),
        ({"fields": {"user_info.email": "raw"}}, "email"),
    ],
)
def test_each_rule_that_is_off_lets_marks_through(rule: dict[str, Any], kind: str) -> None:
    with Emulator(sessions=10, plant=3) as server:
        mask = Mask("gdpr", key=KEY, **rule)
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, mask=mask)
        left = survivors(json.dumps(client.collect(), ensure_ascii=False), server.planted)
    assert kind in {found for found, _ in left}


# The answer to a field with an argument of its own is what counts here.
@pytest.mark.filterwarnings("ignore:extra_body")
@pytest.mark.parametrize("style", ["pydantic1", "pydantic2"])
def test_no_mark_survives_errors_and_logs(style: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    with Emulator(sessions=30, plant=4, error_style=style) as server:
        client = SessionsClient(
            "demo-key",
            agent_id="agent_123",
            base_url=server.url,
            mask=POLICIES["gdpr"],
            max_retries=1,
            timeout=5,
        )
        calls: list[dict[str, Any]] = [
            {"extra_body": {"limit": 5}, "agent_id": "nobody"},
            {"extra_body": {"created": "x"}, "agent_id": "agent_404"},
        ]
        for call in calls:
            with pytest.raises(SessionsError) as caught:
                client.list(**call)
            seen += told(caught.value)
        wrong = client.with_options(project_key="wrong", blocks_key="wrong")
        with pytest.raises(SessionsError) as caught:
            wrong.list()
        seen += told(caught.value)
        for kind in _fault_kinds():
            server.faults = [Faults(rate=1.0, kinds=[kind[0]])]
            try:
                client.list(timeout=1, max_retries=0)
            except SessionsError as error:
                seen += told(error)
        marks = server.planted
    seen += [record.getMessage() for record in caplog.records]
    assert survivors("\n".join(seen), marks) == []


def told(error: BaseException) -> list[str]:
    notes = [str(note) for note in getattr(error, "__notes__", [])]
    details = [repr(detail) + repr(detail.raw) for detail in getattr(error, "errors", ())]
    values = [repr(value) for value in vars(error).values()]
    assert getattr(error, "body", None) is None
    return [str(error), repr(error), pickle.dumps(error, 0).decode("latin-1"), *notes, *details, *values]


def test_both_clients_mask_alike() -> None:
    async def listed(url: str) -> list[Any]:
        async with AsyncSessionsClient(
            "demo-key", agent_id="agent_123", base_url=url, mask=POLICIES["gdpr"]
        ) as client:
            return [session async for session in client.iter_sessions()]

    with Emulator(sessions=250, plant=9) as server:
        theirs = asyncio.run(listed(server.url))
        with SessionsClient(
            "demo-key", agent_id="agent_123", base_url=server.url, mask=POLICIES["gdpr"]
        ) as client:
            assert client.collect() == theirs
            assert client.collect(consistency="fast", page_size=17) == theirs
        assert survivors(json.dumps(theirs), server.planted) == []


def test_a_condition_sees_what_the_service_has() -> None:
    with Emulator(sessions=50) as server:
        client = SessionsClient(
            "demo-key", agent_id="agent_123", base_url=server.url, mask=POLICIES["gdpr"], cache_ttl=60
        )
        where = "user_info.email = 'john@example.com'"
        found = list(client.iter_sessions(where=where))
        assert len(found) >= 1
        assert all(s["user_info"]["email"].startswith("email_cqwc_") for s in found)
        page = client.list(limit=50, where=where)
        assert list(page) == [s for s in found if s in list(page)]
        assert len(page) >= 1


def test_files_are_scanned(tmp_path: Path) -> None:
    with Emulator(sessions=40, plant=2) as server:
        plain = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        masked = plain.with_options(mask=POLICIES["gdpr"])
        for name, client in (("raw", plain), ("masked", masked)):
            lines = [json.dumps(session) for session in client.collect()]
            (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
            client.iter_sessions().to_pandas().to_csv(tmp_path / f"{name}.csv")
            table = client.iter_sessions().to_arrow()
            import pyarrow.parquet

            pyarrow.parquet.write_table(table, tmp_path / f"{name}.parquet")
        values = [value for kind, value in server.planted if kind in {"name", "phone"}]
    for kind in ("jsonl", "csv", "parquet"):
        clean = scan(tmp_path / f"masked.{kind}", values=values)
        assert clean.clean, str(clean)[:500]
        dirty = scan(tmp_path / f"raw.{kind}", values=values)
        assert {"email", "card", "phone", "iban", "value"} <= set(dirty.kinds)
        assert survivors(str(dirty) + json.dumps(dirty.to_dict()), [("email", v) for v in values]) == []
