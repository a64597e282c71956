"""Each way to a file as a competent user would write it: all sessions, fetched and written.

All but ours and dlt fetch with pycurl, the quickest of the clients that keep one connection. None of the
peers proves anything, survives a kill or syncs its file; ours does all three.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .frames import pyarrow_lines
from .peers import HEADERS, OURS, PATH, Task, body, ours, pycurl

if TYPE_CHECKING:
    from collections.abc import Callable

TO_ARROW = "blocks-sessions, to_arrow alone"
LINES, ZSTD, PARQUET = (
    "pycurl + orjson, lines",
    "pycurl + orjson, lines, zstandard",
    "pyarrow.json, write_table",
)


def named(name: str) -> str:
    return f"{OURS}, {name}"


def into(name: str, write: Callable[[str, int, Path], object]) -> Task:
    """In a folder that is gone afterwards."""

    def task(url: str, pages: int) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            write(url, pages, path)
            assert path.exists()
            return path.stat().st_size

    return task


def lines(url: str, pages: int, path: Path) -> None:
    import orjson

    with path.open("wb") as file:
        for page in pycurl(url, pages):
            file.writelines(orjson.dumps(session, option=orjson.OPT_APPEND_NEWLINE) for session in page)


def zstandard_lines(url: str, pages: int, path: Path) -> None:
    import orjson
    import zstandard

    with path.open("wb") as raw, zstandard.ZstdCompressor().stream_writer(raw) as file:
        for page in pycurl(url, pages):
            text = b"".join(orjson.dumps(session, option=orjson.OPT_APPEND_NEWLINE) for session in page)
            file.write(text)


def pyarrow_table(url: str, pages: int, path: Path) -> None:
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow_lines(url, pages), path, compression="zstd")


def dlt_to(kind: str) -> Callable[[str, int, Path], None]:
    def write(url: str, _: int, path: Path) -> None:
        import dlt
        from dlt.sources.rest_api import rest_api_source

        offsets = {
            "type": "offset",
            "limit": 100,
            "offset_body_path": "offset",
            "limit_body_path": "limit",
            "total_path": "total_count",
        }
        endpoint = {
            "path": PATH.lstrip("/"),
            "method": "POST",
            "json": body(0),
            "data_selector": "sessions",
            "paginator": offsets,
        }
        source = rest_api_source(
            {
                "client": {"base_url": url + "/", "headers": HEADERS},
                "resources": [{"name": "sessions", "max_table_nesting": 0, "endpoint": endpoint}],
            }
        )
        pipeline = dlt.pipeline(
            "compare",
            pipelines_dir=str(path.with_name("state")),
            destination=dlt.destinations.filesystem(bucket_url=path.as_uri()),
            dataset_name="exported",
        )
        pipeline.run(source, loader_file_format=kind)

    return write


def our(name: str) -> Task:
    return into(name, lambda url, _, path: ours(url).export(path, progress=False))


EXPORT: dict[str, Task] = {
    LINES: into("a.jsonl", lines),
    ZSTD: into("a.jsonl.zst", zstandard_lines),
    PARQUET: into("a.parquet", pyarrow_table),
    "dlt, rest_api to jsonl": into("jsonl", dlt_to("jsonl")),
    "dlt, rest_api to parquet": into("parquet", dlt_to("parquet")),
    TO_ARROW: lambda url, _: ours(url).iter_sessions().to_arrow(),
    **{named(name): our(f"a.{name}") for name in ("jsonl", "jsonl.zst", "csv", "parquet")},
}
