"""Nothing personal leaves an export of a client with a mask: not by files, reports, errors, logs or bars."""

from __future__ import annotations

import json
import logging
import pickle
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from canaries import survivors
from stopped import interrupted, manifest, plain

import blocks_sessions as bs
from blocks_sessions.testing import Emulator, Faults

MASK = bs.Mask("gdpr", key=bs.MaskKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))
NAMES = ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.csv.zst", "a.parquet"]


def client_of(server: Emulator, mask: bs.Mask | None = MASK, **options: Any) -> bs.SessionsClient:
    return bs.SessionsClient(
        "demo-key", agent_id="agent_123", base_url=server.url, mask=mask, max_concurrency=1, **options
    )


def content(path: Path) -> str:
    """A file's bytes, and what readers make of them."""
    raw = path.read_bytes().decode("utf-8", "ignore")
    if path.suffix == ".parquet":
        table, metadata = pq.read_table(path), pq.read_metadata(path)
        return raw + json.dumps(table.to_pylist(), default=str) + str(metadata.metadata)
    return raw + plain(path).decode("utf-8", "ignore")


def folder(path: Path) -> dict[str, str]:
    """What stands in each file of an export that was stopped."""
    out = {}
    for file in path.iterdir():
        if file.name == "data":
            # The codec is told by the export's name.
            named = file.parent / f"copy{''.join(path.with_suffix('').suffixes)}"
            named.write_bytes(file.read_bytes())
            out[file.name] = content(named)
            named.unlink()
        else:
            out[file.name] = content(file)
    return out


def told(error: BaseException) -> str:
    values = [repr(value) for value in vars(error).values()]
    differences = repr(getattr(error, "differences", ""))
    context = "" if error.__context__ is None else told(error.__context__)
    shown = pickle.dumps(error, 0).decode("latin-1")
    return "\n".join([str(error), repr(error), shown, differences, *values, context])


def exits(server: Emulator, path: Path, mask: bs.Mask | None, mark: str) -> dict[str, str]:
    """Everything that comes out of an export that is stopped, refused, gone on with and whole."""
    client = client_of(server, mask)
    where = f"user_info.email = '{mark}' or length(session_id) > 0"
    interrupted(client, path, 20, where=where)
    out = {f".part/{name}": text for name, text in folder(path.with_name(path.name + ".part")).items()}
    with pytest.raises(bs.TargetConflictError) as raised:
        client.export(path, where=f"{where} or feedback = '{mark}'", extra_body={"limit_to": mark})
    out["conflict"] = told(raised.value)
    out["resumable"] = told(raised.value) + repr(raised.value.differences)
    report = client.export(path, where=where)
    assert report.resumed == 1
    out["file"] = content(path)
    out["report.json"] = path.with_name(path.name + ".report.json").read_text()
    out["report"] = "\n".join(
        [
            str(report),
            repr(report),
            report._repr_html_(),
            repr(report.to_dict()),
            str(pickle.dumps(report, 0)),
        ]
    )
    with pytest.raises(bs.TargetConflictError) as raised:
        client.export(path, where=where)
    out["taken"] = told(raised.value)
    return out


def left_in(out: dict[str, str], marks: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    found = {where: survivors(text, marks)[:3] for where, text in out.items()}
    return {where: some for where, some in found.items() if some}


@pytest.mark.parametrize("name", NAMES)
def test_no_mark_leaves_an_export(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with Emulator(sessions=60, plant=11, page_limit=10, latency=0.05) as server:
        client_of(server, None).list(limit=5)
        mark = next(mark for kind, mark in server.planted if kind == "email")
        out = exits(server, tmp_path / name, MASK, mark)
        marks, truth = server.planted, server.sessions()
    out["log"] = "\n".join(record.getMessage() for record in caplog.records)
    out["terminal"] = "".join(capfd.readouterr())
    assert left_in(out, marks) == {}
    names = [session["session_id"] for session in truth if "session_id" in session]
    for place in (".part/ids", ".part/manifest.jsonl"):
        assert not [name for name in names if name in out[place]]


@pytest.mark.parametrize("name", NAMES)
def test_without_a_mask_they_are_seen(tmp_path: Path, name: str) -> None:
    with Emulator(sessions=60, plant=11, page_limit=10, latency=0.05) as server:
        client_of(server, None).list(limit=5)
        mark = next(mark for kind, mark in server.planted if kind == "email")
        out = exits(server, tmp_path / name, None, mark)
        seen = set(left_in(out, server.planted))
    # Of the rows by their content, of the conditions by what the manifest and the conflict say of them.
    assert {".part/manifest.jsonl", "conflict", "file"} <= seen
    assert seen & {".part/data", ".part/part-00000.parquet"}


def test_the_key_of_a_mask_is_told_by_its_id_alone(tmp_path: Path) -> None:
    with Emulator(sessions=60, page_limit=10, latency=0.05) as server:
        path = tmp_path / "a.jsonl"
        interrupted(client_of(server), path, 20)
        secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        kept = manifest(tmp_path / "a.jsonl.part")
        assert secret[:20] not in json.dumps(kept)
        other = bs.Mask("gdpr", key=bs.MaskKey("BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))
        for client in (client_of(server, other), client_of(server, None)):
            with pytest.raises(bs.TargetConflictError) as raised:
                client.export(path)
            assert list(raised.value.differences) == ["mask"]
            assert secret[:20] not in told(raised.value)


def test_failures_on_the_way_tell_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    with Emulator(sessions=60, plant=12, page_limit=10, latency=0.05) as server:
        client = client_of(server, max_retries=0, timeout=2)
        path = tmp_path / "a.jsonl"
        interrupted(client, path, 20)
        for kind in ("reset", "truncated_json", "wrong_shape", "deep_nesting", "status_422", "status_500"):
            server.faults = [Faults(rate=1.0, kinds=[kind])]
            with pytest.raises(bs.SessionsError) as raised:
                client.export(path)
            seen.append(told(raised.value))
        server.faults = None
        data = tmp_path / "a.jsonl.part" / "data"
        data.write_bytes(b"X" + data.read_bytes()[1:])
        with pytest.raises(bs.StorageError) as damaged:
            client.export(path)
        seen.append(told(damaged.value))
        marks = server.planted
    assert len(seen) == 7
    seen += [record.getMessage() for record in caplog.records]
    assert survivors("\n".join(seen), marks) == []
