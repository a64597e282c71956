"""Each way to a columnar table as a competent user would write it.

All but ours fetch with pycurl, the quickest of the clients that keep one connection, and decode with orjson
where they need objects.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from .peers import FAST, OURS, Task, collected, ours, pycurl, pycurl_answers

if TYPE_CHECKING:
    import pyarrow

dictionaries = collected(pycurl)


def lines(url: str, pages: int) -> io.BytesIO:
    """Whole answers as one line each: no object is made of them."""
    text = io.BytesIO()
    for answer in pycurl_answers(url, pages):
        text.write(answer)
        text.write(b"\n")
    text.seek(0)
    return text


def pandas_dicts(url: str, pages: int) -> object:
    import pandas

    return pandas.DataFrame(dictionaries(url, pages))


def pandas_normalize(url: str, pages: int) -> object:
    import pandas

    return pandas.json_normalize(dictionaries(url, pages))


def polars_dicts(url: str, pages: int) -> object:
    import polars

    return polars.DataFrame(dictionaries(url, pages), infer_schema_length=None)


def polars_lines(url: str, pages: int) -> object:
    import polars

    return polars.read_ndjson(lines(url, pages)).select("sessions").explode("sessions").unnest("sessions")


def pyarrow_dicts(url: str, pages: int) -> object:
    import pyarrow

    return pyarrow.Table.from_pylist(dictionaries(url, pages))


def pyarrow_lines(url: str, pages: int) -> pyarrow.Table:
    import pyarrow
    from pyarrow import json

    # The block size that suits it best here.
    table = json.read_json(lines(url, pages), read_options=json.ReadOptions(block_size=4 << 20))
    sessions = (chunk.flatten() for chunk in table.column("sessions").chunks)
    return pyarrow.Table.from_batches(map(pyarrow.RecordBatch.from_struct_array, sessions))


TABLE: dict[str, Task] = {
    "pandas.json_normalize": pandas_normalize,
    "pandas.DataFrame": pandas_dicts,
    "polars.DataFrame": polars_dicts,
    "polars.read_ndjson, whole pages": polars_lines,
    "pyarrow, from_pylist": pyarrow_dicts,
    "pyarrow.json, whole pages": pyarrow_lines,
    OURS: lambda url, _: ours(url).iter_sessions().to_arrow(),
    FAST: lambda url, _: ours(url).iter_sessions(consistency="fast").to_arrow(),
}
