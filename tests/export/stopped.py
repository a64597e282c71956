"""Exports that are stopped on the way, and what lies beside them."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import blocks_sessions as bs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["edit_manifest", "ids", "interrupted", "manifest", "plain", "stop_after"]

_CODECS = {".gz": "gzip", ".zst": "zstd"}


def plain(path: Path) -> bytes:
    """What stands in a text file, by readers that are not ours."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix not in _CODECS:
        return path.read_bytes()
    with pa.CompressedInputStream(str(path), _CODECS[path.suffix]) as stream:  # type: ignore[arg-type]
        return stream.read()


def ids(path: Path) -> list[str]:
    """The ids in a file, in order."""
    if path.suffix == ".parquet":
        return [str(name) for name in pq.read_table(path)["session_id"].to_pylist()]
    text = plain(path).decode()
    if ".csv" in path.suffixes:
        return [row["session_id"] for row in csv.DictReader(text.splitlines(keepends=True))]
    return [json.loads(line)["session_id"] for line in text.splitlines()]


def stop_after(count: int) -> Callable[[int, int | None], None]:
    """Progress that stops the export once so many sessions were read."""

    def told(done: int, total: int | None) -> None:
        if done >= count:
            raise InterruptedError(done)

    return told


def interrupted(client: bs.SessionsClient, path: Path, count: int = 5_000, **options: Any) -> None:
    """Stops an export of more than so many sessions on its way."""
    with pytest.raises(InterruptedError):
        client.export(path, progress=stop_after(count), **options)
    assert not path.exists()


def manifest(part: Path) -> dict[str, Any]:
    """The last line of a manifest."""
    line = (part / "manifest.jsonl").read_bytes().splitlines()[-1]
    known: dict[str, Any] = json.loads(line.split(b" ", 1)[1])
    return known


def edit_manifest(part: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes the last line of a manifest, as whoever wrote it would have written it."""
    path = part / "manifest.jsonl"
    *before, last = path.read_bytes().splitlines(keepends=True)
    known = json.loads(last.split(b" ", 1)[1])
    change(known)
    text = json.dumps(known, separators=(",", ":"), ensure_ascii=False).encode()
    path.write_bytes(b"".join([*before, b"%08x %s\n" % (zlib.crc32(text), text)]))
