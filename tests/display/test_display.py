"""What a notebook shows: of one look, escaped, small, with nothing secret, and asking for nothing."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from clients import client_of

import blocks_sessions as bs
from blocks_sessions.testing import Emulator, Faults

SECRETS = {
    "project_key": "pk-secret-1",
    "blocks_key": "bk-secret-2",
    "access_token": "tok-secret-3",
    "proxy": "http://pu-secret-4:pp-secret-5@proxy.example:3128",
    "headers": {"x-tenant": "hv-secret-6"},
}


class Reader(HTMLParser):
    """Reads HTML as a browser would: its tags, and its text without the style sheet."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        assert all(not name.startswith("on") and name != "href" for name, _ in attributes)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += "" if "style" in self.open else data + "\n"


OURS = {"div", "style", "strong", "span", "code", "table", "thead", "tbody", "tr", "th", "td", "caption"}


def read(shown: Any) -> str:
    """The text of a card that is fit to be shown."""
    html = shown._repr_html_()
    reader = Reader(html)
    assert reader.tags <= OURS
    assert html.startswith('<div class="blocks-sessions">')
    html.encode("utf-8")
    return reader.text


@pytest.fixture(params=[bs.SessionsClient, bs.AsyncSessionsClient], ids=["blocking", "async"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_a_client(kind: Any) -> None:
    client = kind(base_url="https://api.example/v1/gateway", agent_id="agent_123", max_retries=1, **SECRETS)
    shown = read(client)
    for expected in (
        kind.__name__,
        "https://api.example",
        "agent_123",
        "x-blocks-key · access_token",
        "30 s an attempt · 1 retry · 2 min a call in all",
        "4 requests at once",
        "proxy.example:3128",
        "x-tenant",
        "open",
    ):
        assert expected in shown
    assert ("await client.list(limit=50)" in shown) == (kind is bs.AsyncSessionsClient)
    assert "gateway" not in shown


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        ({"blocks_key": ""}, "none"),
        ({}, "x-blocks-key"),
        ({"access_token": lambda: "tok-secret-3"}, "x-blocks-key · access_token function"),
        (
            {"client_id": "id-secret-7", "client_secret": "cs-secret-8"},
            "x-blocks-key · client_id and client_secret",
        ),
    ],
)
def test_credentials_are_told_by_kind(kind: Any, credentials: dict[str, Any], expected: str) -> None:
    client = kind("pk-secret-1", **credentials)
    assert f"credentials\n{expected}\n" in read(client)
    assert "secret-" not in client._repr_html_()


def test_nothing_secret_is_shown(kind: Any) -> None:
    client = kind(agent_id="agent_123", **SECRETS)
    for shown in (client, client.iter_sessions(), client.iter_pages(extra_body={"key": "eb-secret-9"})):
        assert "secret" not in shown._repr_html_()


def test_a_closed_client(emulator: Emulator) -> None:
    client = client_of(emulator)
    client.close()
    assert "closed" in read(client)
    other = bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url)
    asyncio.run(other.aclose())
    assert "closed" in read(other)
    assert "make a new client" in read(other)


def test_what_is_shown_asks_for_nothing(emulator: Emulator, kind: Any) -> None:
    client = kind("demo-key", agent_id="agent_123", base_url=emulator.url)
    for shown in (client, client.iter_sessions(), client.iter_pages(page_size=50)):
        assert "agent_123" in read(shown)
    assert "not started" in read(client.iter_sessions())
    assert "page size\n50\n" in read(client.iter_pages(page_size=50))
    assert emulator.requests == []


def test_how_far_a_listing_is() -> None:
    with Emulator(sessions=2_470) as server:
        listing = client_of(server, max_concurrency=1).iter_sessions()
        first = [next(listing) for _ in range(150)]
        count = len(server.requests)
        shown = read(listing)
        assert "reading" in shown
        assert re.search(r"\b\d+ of 2,470 sessions · \d+ ready\n", shown)
        assert "listing.to_pandas()" in shown
        assert len(server.requests) == count
        # Nothing was taken away by looking.
        assert len([*first, *listing]) == 2_470
    shown = read(listing)
    assert shown.startswith("SessionIterator\n \n2,470 sessions\n")
    for expected in (
        "complete\n",
        "proof\nkey_cover\n",
        "order\nlast_message_at desc\n",
        "total_count\n2,470\n",
    ):
        assert expected in shown


async def test_how_far_an_async_listing_is(emulator: Emulator) -> None:
    async with bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url) as client:
        listing = client.iter_sessions()
        assert "async for session in listing: …" in read(listing)
        await anext(listing)
        assert re.search(r"\d+ of 247 sessions · \d+ ready\n", read(listing))
        assert "await listing.to_pandas()" in read(listing)
        assert len([session async for session in listing]) == 246
        assert "complete\n" in read(listing)
        pages = client.iter_pages(page_size=100)
        await anext(pages)
        await pages.aclose()
        assert read(pages).startswith("AsyncPageIterator\n \n100 of 247 sessions\n \nclosed\n")


def test_a_listing_that_failed_is_interrupted_and_goes_on(emulator: Emulator) -> None:
    client = bs.SessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url, max_retries=0)
    listing = client.iter_sessions(max_concurrency=1)
    next(listing)
    emulator.faults = Faults(rate=1.0, kinds=["status_500"])
    with pytest.raises(bs.InternalServerError):
        list(listing)
    assert "interrupted" in read(listing)
    emulator.faults = None
    assert len(list(listing)) > 0
    assert "interrupted" not in read(listing)


def test_the_end_of_a_listing_says_what_is_known(client: bs.SessionsClient) -> None:
    states = {}
    for name, options in {
        "whole": {},
        "cut": {"max_items": 100, "offset": 10},
        "fast": {"consistency": "fast"},
    }.items():
        listing = client.iter_sessions(**options)  # type: ignore[arg-type]
        assert len(list(listing)) > 0
        states[name] = read(listing)
    assert "\ncomplete\n" in states["whole"]
    assert "\ncut short\n" in states["cut"]
    assert "sessions\nwithout the first 10, 100 at most\n" in states["cut"]
    assert "\nfinished\n" in states["fast"]
    assert "no proof" in states["fast"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_listing_of_another_process(client: bs.SessionsClient) -> None:
    listing = client.iter_sessions()
    next(listing)
    child = os.fork()
    if child == 0:
        # What fails here must not run the rest of the tests a second time.
        os._exit(0 if "made in another process" in read(listing) and "open" in read(client) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_page(client: bs.SessionsClient) -> None:
    page = client.list(limit=50)
    shown = read(page)
    assert shown.startswith("SessionPage\n \npage 1 of 5 · 247 sessions\n")
    for expected in (
        "2026-01-12 09:45\nsession_abc123\nactive\n15\n5\nsupport\n \nbilling\n2026-01-12 08:30\n",
        "the first 10 of 50 sessions on this page",
        "client.list(limit=50, offset=50)",
    ):
        assert expected in shown
    assert '<td class="num">15</td>' in page._repr_html_()
    assert "next page" not in read(client.list(limit=50, offset=200))
    assert read(client.list(offset=1_000)).startswith("SessionPage")


def test_a_session(client: bs.SessionsClient) -> None:
    shown = read(client.list()[0])
    for expected in (
        "created_at\n2026-01-12 08:30:00 UTC\n",
        "duration_seconds\n4500 \n(1 h 15 min)\n",
        "user_info\nname\n John Doe · \nemail\n john@example.com",
        "resolved\nTrue\n",
    ):
        assert expected in shown


def test_a_page_of_a_hundred_is_small(client: bs.SessionsClient) -> None:
    assert len(client.list()._repr_html_()) < 16_000
    assert all(len(session._repr_html_()) < 8_000 for session in client.list())


HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</td></table></style><b>",
    "&lt;b&gt;&amp;",
    "gnp.\u202eexe",
    "\u2066\u2067zero\u200bwidth\ufeff",
    "lone \ud83d surrogate",
    "line\none\u2028\x00\x1b[31m",
    "x" * 5_000,
    "e\u0301" * 3_000,
]


@pytest.mark.parametrize("bad", HOSTILE)
def test_whatever_was_sent_is_harmless(emulator: Emulator, bad: str) -> None:
    sent = {
        "session_id": bad,
        "status": bad,
        "created_at": bad,
        "tags": [bad] * 50,
        "user_info": {bad: bad, "inside": {bad: [bad]}},
        "feedback": bad,
        bad: bad,
    }
    page = bs.SessionPage._rebuild((json_of([sent] * 100), 100, 0), (None, 0.0, 1))
    for shown in (page, page[0]):
        assert len(shown._repr_html_()) < 20_000
        text = read(shown)
        for hidden in "\u202e\u2066\u2067\u200b\ufeff\u2028\x00\x1b\ud83d":
            assert hidden not in text
    named = bs.SessionsClient("k", agent_id=bad.encode(errors="replace").decode(), base_url=emulator.url)
    for html in (named._repr_html_(), named.iter_sessions()._repr_html_()):
        assert len(html) < 8_000
        assert Reader(html).tags <= OURS


def json_of(sessions: list[dict[str, Any]]) -> str:
    import json

    return json.dumps({"sessions": sessions, "total_count": len(sessions)})


def test_text_that_looks_odd_and_is_fine_stays(emulator: Emulator) -> None:
    sent = {
        "feedback": "Très bien\u202fmerci 👩\u200d💻 क्\u200dष 佐藤",
        "user_id": "u" * 30 + "-" * 40 + "end",
    }
    shown = read(bs.Session(sent))
    assert sent["feedback"] in shown
    assert "uuuuuuuuu…---------end" in shown


@pytest.mark.parametrize(
    "value", [None, True, -1, 1.5, 10**30, "soon", "", [], [[]], [None], {}, {"a": {"b": [1]}}, object()]
)
def test_a_value_of_any_type_is_shown(value: object) -> None:
    fields = (
        *bs.Session.__annotations__,
        "session_id",
        "status",
        "created_at",
        "duration_seconds",
        "tags",
        "rating",
    )
    session = bs.Session(dict.fromkeys(fields, value))
    assert "status" in read(session)


def test_many_fields_are_cut() -> None:
    session = bs.Session({f"field_{number}": number for number in range(5_000)})
    assert "more fields" in read(session)
    assert len(session._repr_html_()) < 16_000


def test_extreme_times_are_shown_as_sent() -> None:
    sent = {"created_at": "0001-01-01T00:00:00+14:00", "closed_at": "9999-12-31T23:59:59-12:00"}
    shown = read(bs.Session(sent))
    assert all(time in shown for time in sent.values())


def test_a_report() -> None:
    known = dict.fromkeys(bs.ListingReport.__slots__) | {
        "complete": False,
        "cut_short": False,
        "duration": 0.25,
        "skew": 5.0,
        "addressing": "sessions",
        "warnings": ("<b>one</b>", "w" * 5_000),
        "effective_limit": 100,
        "requests": 1_200,
        "retries": 3,
        "yielded": 12_345,
        "inserted": 2,
        "updated": 0,
        "repeated": 1,
        "vanished_at_least": 4,
    }
    report = bs.ListingReport(**known)
    shown = read(report)
    for expected in (
        "not proven to be complete: 12,345 sessions",
        "requests\n1,200 · 3 sent again · page limit 100 · 1 row seen again\n",
        "meanwhile\n2 inserted · 4 or more vanished\n",
        "warning\n<b>one</b>\n",
    ):
        assert expected in shown
    assert len(report._repr_html_()) < 8_000


def each(client: bs.SessionsClient) -> Iterator[tuple[str, Any]]:
    page = client.list()
    listing = client.iter_sessions()
    yield "client", client
    yield "iterator", listing
    yield "page", page
    yield "session", page[0]
    yield "report", listing.report


def test_they_have_one_look(client: bs.SessionsClient) -> None:
    style: Callable[[str], list[str]] = re.compile("<style>.*?</style>").findall
    styles = {name: style(shown._repr_html_()) for name, shown in each(client)}
    assert len({tuple(found) for found in styles.values()}) == 1
    (sheet,) = styles["client"]
    # JupyterLab's colours where there are some; else the system's, light or dark.
    assert "--jp-layout-color1" in sheet
    assert "prefers-color-scheme:dark" in sheet
    assert len(sheet) < 5_000
    # No rule may reach beyond the card.
    rules = re.sub(r"@media[^{]*\{(.*?\})\}", r"\1", sheet.removeprefix("<style>").removesuffix("</style>"))
    for selector in re.findall(r"([^{}]+)\{", rules.replace(":is(#blocks,.blocks-sessions)", "CARD")):
        assert all(re.search(r"(^|\] )CARD($|[ ])", part) for part in selector.split(",")), selector
