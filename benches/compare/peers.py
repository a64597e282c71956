"""Each client as a competent user would write it: all sessions into a list, or read and dropped.

Every function takes the base URL and the number of pages of 100. Sequential clients keep one
connection; aiohttp and ours have four requests in flight, ours by default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

OURS = "blocks-sessions"
FAST = "blocks-sessions, fast"
SWEPT = "blocks-sessions, and gc.collect()"
LISTED = "blocks-sessions, list(iter_sessions())"
UNWATCHED = "pycurl + orjson, gc.disable()"
PATH = "/conversation/sessions"
HEADERS = {"accept": "application/json", "content-type": "application/json", "x-blocks-key": "demo-key"}
Pages = Iterator[list[dict[str, Any]]]
Task = Callable[[str, int], object]


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


def pycurl_answers(url: str, pages: int) -> Iterator[bytes]:
    import orjson
    import pycurl as client

    curl = client.Curl()
    curl.setopt(client.URL, url + PATH)
    curl.setopt(client.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
    for page in range(pages):
        curl.setopt(client.POSTFIELDS, orjson.dumps(body(page)))
        answer = curl.perform_rb()
        assert curl.getinfo(client.RESPONSE_CODE) == 200
        yield answer
    curl.close()


def pycurl(url: str, pages: int) -> Pages:
    import orjson

    for answer in pycurl_answers(url, pages):
        yield orjson.loads(answer)["sessions"]


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


def collected(peer: Callable[[str, int], Pages]) -> Callable[[str, int], list[dict[str, Any]]]:
    return lambda url, pages: [session for page in peer(url, pages) for session in page]


def unwatched(peer: Callable[[str, int], Pages]) -> Task:
    """With the collector off meanwhile: what ours does by itself while it makes the objects."""

    def task(url: str, pages: int) -> object:
        import gc

        gc.disable()
        try:
            return collected(peer)(url, pages)
        finally:
            gc.enable()

    return task


def swept(task: Task) -> Task:
    """With the collection that follows: what a pause of the collector defers, inside the clock."""

    def both(url: str, pages: int) -> object:
        import gc

        kept = task(url, pages)
        gc.collect()
        return kept

    return both


def dropped(peer: Callable[[str, int], Pages]) -> Task:
    return lambda url, pages: sum(len(page) for page in peer(url, pages))


def count(sessions: Any) -> int:
    return sum(1 for _ in sessions)


SEQUENTIAL: dict[str, Callable[[str, int], Pages]] = {
    "requests": requests,
    "httpx + orjson": httpx,
    "urllib3 + orjson": urllib3,
    "pyreqwest + orjson": pyreqwest,
    "primp": primp,
    "pycurl + orjson": pycurl,
}

COLLECT: dict[str, Task] = {
    **{name: collected(peer) for name, peer in SEQUENTIAL.items()},
    UNWATCHED: unwatched(pycurl),
    "aiohttp + orjson": aiohttp,
    OURS: lambda url, _: ours(url).collect(),
    SWEPT: swept(lambda url, _: ours(url).collect()),
    LISTED: lambda url, _: list(ours(url).iter_sessions()),
    FAST: lambda url, _: ours(url).collect(consistency="fast"),
}

# The same pages response and none of their objects made: what is to be taken off the reading thread's time
# to know what it held the interpreter for.
FETCH: dict[str, Task] = {
    "pycurl + orjson": lambda url, pages: count(pycurl_answers(url, pages)),
    OURS: lambda url, _: count(ours(url).iter_pages()),
}

DROP: dict[str, Task] = {
    **{name: dropped(peer) for name, peer in SEQUENTIAL.items()},
    OURS: lambda url, _: count(ours(url).iter_sessions()),
    FAST: lambda url, _: count(ours(url).iter_sessions(consistency="fast")),
}


def warm_pycurl(url: str, limit: int) -> Callable[[], object]:
    import orjson
    import pycurl as client

    curl = client.Curl()
    curl.setopt(client.URL, url + PATH)
    curl.setopt(client.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
    curl.setopt(client.POSTFIELDS, orjson.dumps(body(0, limit)))
    return lambda: orjson.loads(curl.perform_rb())["sessions"]


def warm_primp(url: str, limit: int) -> Callable[[], object]:
    import primp as client

    session = client.Client(headers=HEADERS)
    return lambda: session.post(url + PATH, json=body(0, limit)).json()["sessions"]


def warm_requests(url: str, limit: int) -> Callable[[], object]:
    import requests as client

    session = client.Session()
    answer = partial(session.post, url + PATH, json=body(0, limit), headers=HEADERS, timeout=30)
    return lambda: answer().json()["sessions"]


def warm_ours(url: str, limit: int) -> Callable[[], object]:
    client = ours(url)
    return lambda: client.list(limit=limit).sessions


WARM: dict[str, Callable[[str, int], Callable[[], object]]] = {
    "requests": warm_requests,
    "primp": warm_primp,
    "pycurl + orjson": warm_pycurl,
    OURS: warm_ours,
}
