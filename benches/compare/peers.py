"""Each client as a competent user would write it: all sessions into a list, or read and dropped.

Every function takes the base URL and the number of pages of 100. Sequential clients keep one
connection; aiohttp and ours have four requests in flight, ours by default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

PATH = "/conversation/sessions"
HEADERS = {"accept": "application/json", "content-type": "application/json", "x-blocks-key": "demo-key"}
Pages = Iterator[list[dict[str, Any]]]


def body(page: int, limit: int = 100) -> dict[str, Any]:
    return {"agent_id": "agent_123", "project_key": "demo-key", "limit": limit, "offset": page * limit}


def requests(url: str, pages: int) -> Pages:
    import requests as client

    with client.Session() as session:
        for page in range(pages):
            answer = session.post(url + PATH, json=body(page), headers=HEADERS, timeout=30)
            answer.raise_for_status()
            yield answer.json()["sessions"]


def httpx(url: str, pages: int) -> Pages:
    import httpx as client
    import orjson

    with client.Client(headers=HEADERS) as session:
        for page in range(pages):
            answer = session.post(url + PATH, content=orjson.dumps(body(page)))
            answer.raise_for_status()
            yield orjson.loads(answer.content)["sessions"]


def urllib3(url: str, pages: int) -> Pages:
    import orjson
    import urllib3 as client

    pool = client.PoolManager()
    for page in range(pages):
        answer = pool.request("POST", url + PATH, body=orjson.dumps(body(page)), headers=HEADERS)
        assert answer.status == 200
        yield orjson.loads(answer.data)["sessions"]


def pyreqwest(url: str, pages: int) -> Pages:
    import orjson
    from pyreqwest.client import SyncClientBuilder

    with SyncClientBuilder().build() as session:
        for page in range(pages):
            request = session.post(url + PATH).headers(HEADERS).body_bytes(orjson.dumps(body(page))).build()
            answer = request.send()
            assert answer.status == 200
            yield orjson.loads(answer.bytes().to_bytes())["sessions"]


def primp(url: str, pages: int) -> Pages:
    import primp as client

    session = client.Client(headers=HEADERS)
    for page in range(pages):
        answer = session.post(url + PATH, json=body(page))
        assert answer.status_code == 200
        yield answer.json()["sessions"]


def pycurl(url: str, pages: int) -> Pages:
    import orjson
    import pycurl as client

    curl = client.Curl()
    curl.setopt(client.URL, url + PATH)
    curl.setopt(client.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
    for page in range(pages):
        curl.setopt(client.POSTFIELDS, orjson.dumps(body(page)))
        answer = curl.perform_rb()
        assert curl.getinfo(client.RESPONSE_CODE) == 200
        yield orjson.loads(answer)["sessions"]
    curl.close()


def aiohttp(url: str, pages: int) -> list[dict[str, Any]]:
    """Not an iterator: four requests in flight, gathered in order."""
    import asyncio

    import aiohttp as client
    import orjson

    async def gather() -> list[dict[str, Any]]:
        async with client.ClientSession(headers=HEADERS) as session:
            four = asyncio.Semaphore(4)

            async def one(page: int) -> list[dict[str, Any]]:
                async with four, session.post(url + PATH, data=orjson.dumps(body(page))) as answer:
                    answer.raise_for_status()
                    return orjson.loads(await answer.read())["sessions"]

            read = await asyncio.gather(*(one(page) for page in range(pages)))
            return [session for page in read for session in page]

    return asyncio.run(gather())


def ours(url: str, **options: Any) -> Any:
    from blocks_sessions import SessionsClient

    return SessionsClient("demo-key", agent_id="agent_123", base_url=url, **options)


def collected(peer: Callable[[str, int], Pages]) -> Callable[[str, int], object]:
    return lambda url, pages: [session for page in peer(url, pages) for session in page]


def dropped(peer: Callable[[str, int], Pages]) -> Callable[[str, int], object]:
    return lambda url, pages: sum(len(page) for page in peer(url, pages))


def count(sessions: Any) -> int:
    return sum(1 for _ in sessions)


SEQUENTIAL = {
    "requests": requests,
    "httpx + orjson": httpx,
    "urllib3 + orjson": urllib3,
    "pyreqwest + orjson": pyreqwest,
    "primp": primp,
    "pycurl + orjson": pycurl,
}

COLLECT: dict[str, Callable[[str, int], object]] = {
    **{name: collected(peer) for name, peer in SEQUENTIAL.items()},
    "aiohttp + orjson": aiohttp,
    "blocks-sessions": lambda url, _: ours(url).collect(),
    "blocks-sessions, fast": lambda url, _: ours(url).collect(consistency="fast"),
}

DROP: dict[str, Callable[[str, int], object]] = {
    **{name: dropped(peer) for name, peer in SEQUENTIAL.items()},
    "blocks-sessions": lambda url, _: count(ours(url).iter_sessions()),
    "blocks-sessions, fast": lambda url, _: count(ours(url).iter_sessions(consistency="fast")),
}


def pandas_dicts(url: str, pages: int) -> object:
    import pandas

    return pandas.DataFrame(collected(pycurl)(url, pages))


def pandas_normalize(url: str, pages: int) -> object:
    import pandas

    return pandas.json_normalize(collected(pycurl)(url, pages))


def polars_dicts(url: str, pages: int) -> object:
    import polars

    return polars.DataFrame(collected(pycurl)(url, pages), infer_schema_length=None, strict=False)


def pyarrow_json(url: str, pages: int) -> object:
    """Whole answers as one line each: the quickest way that pyarrow offers."""
    import io

    import orjson
    import pycurl as client
    from pyarrow import json

    lines = io.BytesIO()
    curl = client.Curl()
    curl.setopt(client.URL, url + PATH)
    curl.setopt(client.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
    for page in range(pages):
        curl.setopt(client.POSTFIELDS, orjson.dumps(body(page)))
        lines.write(curl.perform_rb())
        lines.write(b"\n")
    lines.seek(0)
    table = json.read_json(lines, read_options=json.ReadOptions(block_size=16 << 20))
    return table.column("sessions").combine_chunks().flatten()


TABLE: dict[str, Callable[[str, int], object]] = {
    "pandas.json_normalize": pandas_normalize,
    "pandas.DataFrame": pandas_dicts,
    "polars.DataFrame": polars_dicts,
    "pyarrow.json, whole pages": pyarrow_json,
    "blocks-sessions, to_arrow": lambda url, _: ours(url).iter_sessions().to_arrow(),
    "blocks-sessions, to_arrow, fast": lambda url, _: ours(url).iter_sessions(consistency="fast").to_arrow(),
}


def warm_pycurl(url: str) -> Callable[[], object]:
    import orjson
    import pycurl as client

    curl = client.Curl()
    curl.setopt(client.URL, url + PATH)
    curl.setopt(client.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
    curl.setopt(client.POSTFIELDS, orjson.dumps(body(0, limit=1)))
    return lambda: orjson.loads(curl.perform_rb())["sessions"]


def warm_primp(url: str) -> Callable[[], object]:
    import primp as client

    session = client.Client(headers=HEADERS)
    return lambda: session.post(url + PATH, json=body(0, limit=1)).json()["sessions"]


def warm_requests(url: str) -> Callable[[], object]:
    import requests as client

    session = client.Session()
    return lambda: session.post(url + PATH, json=body(0, limit=1), headers=HEADERS, timeout=30).json()[
        "sessions"
    ]


def warm_ours(url: str) -> Callable[[], object]:
    client = ours(url)
    return lambda: client.list(limit=1).sessions


WARM: dict[str, Callable[[str], Callable[[], object]]] = {
    "requests": warm_requests,
    "primp": warm_primp,
    "pycurl + orjson": warm_pycurl,
    "blocks-sessions": warm_ours,
}

IMPORT = {
    "requests": "import requests",
    "httpx": "import httpx",
    "primp": "import primp",
    "pyreqwest": "import pyreqwest.client",
    "blocks-sessions": "import blocks_sessions",
    "blocks-sessions, first client": "import blocks_sessions; blocks_sessions.SessionsClient('k')",
}
