"""`progress=True` in a terminal: how the bar begins, moves and ends, whatever happens in between."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterator

import pytest
from clients import client_of

import blocks_sessions as bs
from blocks_sessions.progress import Bar
from blocks_sessions.testing import Churn, Emulator, Faults

tqdm = pytest.importorskip("tqdm").tqdm


def bars() -> int:
    """How many bars are open; tqdm keeps no others."""
    return len(tqdm._instances)


@pytest.fixture(autouse=True)
def _no_bar_stays_open() -> Iterator[None]:
    assert bars() == 0
    yield
    gc.collect()
    assert bars() == 0


Screen = pytest.CaptureFixture[str]


def last_line(capsys: Screen) -> str:
    """What a terminal shows at the end."""
    lines = capsys.readouterr().err.rstrip("\n").split("\n")
    return lines[-1].split("\r")[-1].rstrip()


def test_a_bar_says_how_far_it_is(client: bs.SessionsClient, capsys: Screen) -> None:
    assert len(client.collect(progress=True)) == 247
    shown = last_line(capsys)
    assert shown.startswith("Listing: 100%")
    assert "247/247" in shown
    assert "sessions/s" in shown


def test_a_bar_is_there_before_the_first_answer(capsys: Screen) -> None:
    with Emulator(latency=0.3) as server, client_of(server).iter_pages(progress=True) as pages:
        assert bars() == 0
        next(pages)
        assert capsys.readouterr().err.startswith("\rListing: 0 sessions")
        assert bars() == 1


def test_a_bar_without_a_total(capsys: Screen) -> None:
    with Emulator(total_count="null") as server:
        assert len(client_of(server).collect(progress=True)) == 247
    assert last_line(capsys).startswith("Listing: 247 sessions [")


def test_a_bar_of_an_empty_list(capsys: Screen) -> None:
    with Emulator(sessions=0) as server:
        assert client_of(server).collect(progress=True) == []
    assert last_line(capsys).startswith("Listing: 0 sessions [")


@pytest.mark.parametrize("churn", [Churn(deletes=2), Churn(inserts=2)], ids=["shrinks", "grows"])
@pytest.mark.filterwarnings("ignore::blocks_sessions.exceptions.IncompleteListingWarning")
def test_a_total_that_moves(churn: Churn, capsys: Screen) -> None:
    with Emulator(sessions=2_000, churn=churn) as server:
        found = len(client_of(server).collect(progress=True))
    shown = last_line(capsys)
    assert shown.startswith("Listing: 100%")
    assert f" {found}/{found} [" in shown


def test_a_part_of_the_list(client: bs.SessionsClient, capsys: Screen) -> None:
    assert len(client.collect(progress=True, offset=100, max_items=50)) == 50
    assert "50/50" in last_line(capsys)


def test_a_failure_ends_the_bar_and_the_next_goes_on(capsys: Screen) -> None:
    with Emulator(sessions=1_000) as server:
        listing = client_of(server, max_retries=0, max_concurrency=1).iter_pages(
            progress=True, consistency="fast"
        )
        next(listing)
        url = server.url
    with pytest.raises(bs.APIConnectionError):
        list(listing)
    assert bars() == 0
    assert "/1000" in last_line(capsys)
    with Emulator(sessions=1_000, port=int(url.rpartition(":")[2])):
        next(listing)
        assert bars() == 1
        # It does not begin at nothing again.
        shown = capsys.readouterr().err
        assert "| 100/1000 [" in shown
        assert "| 0/1000 [" not in shown
        list(listing)
    assert "1000/1000" in last_line(capsys)


def test_leaving_a_loop_ends_the_bar(client: bs.SessionsClient) -> None:
    for _ in client.iter_sessions(progress=True):
        assert bars() == 1
        break
    assert bars() == 0


def test_closing_ends_the_bar(client: bs.SessionsClient) -> None:
    with client.iter_sessions(progress=True) as listing:
        next(listing)
        assert bars() == 1
    assert bars() == 0
    assert list(listing) == []
    assert bars() == 0


async def test_an_async_listing(emulator: Emulator, capsys: Screen) -> None:
    async with bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=emulator.url) as client:
        assert len(await client.collect(progress=True)) == 247
        assert "247/247" in last_line(capsys)
        async with client.iter_sessions(progress=True) as listing:
            await anext(listing)
            assert bars() == 1
        assert bars() == 0


async def test_a_cancelled_task_ends_the_bar() -> None:
    with Emulator(latency=100) as server:
        client = bs.AsyncSessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.collect(progress=True), 0.2)
        assert bars() == 0
        await client.aclose()


def test_a_refusal_ends_the_bar() -> None:
    with Emulator(sessions=2_000, faults=Faults(rate=1, kinds=["status_500"])) as server:
        with pytest.raises(bs.SessionsError):
            client_of(server, max_retries=0).collect(progress=True)
        assert bars() == 0


# What the interpreter cannot do at a moment of our choice, the bar does here: Ctrl-C while it ends.
@pytest.mark.parametrize("ending", ["finish", "stop"])
def test_ctrl_c_while_a_bar_ends_is_not_swallowed(
    client: bs.SessionsClient, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    listing = client.iter_sessions(progress=True)
    found = [next(listing)]
    with monkeypatch.context() as patch:
        patch.setattr(Bar, ending, interrupt)
        with pytest.raises(KeyboardInterrupt):
            if ending == "stop":
                listing.close()
            found.extend(listing)
    assert list(listing) == []
    assert len(found) == (247 if ending == "finish" else 1)
    listing.close()


def test_ctrl_c_while_a_failed_bar_ends_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator() as server:
        listing = client_of(server, max_retries=0).iter_sessions(progress=True)
    with monkeypatch.context() as patch:
        patch.setattr(Bar, "fail", interrupt)
        with pytest.raises(KeyboardInterrupt) as raised:
            next(listing)
    assert isinstance(raised.value.__context__, bs.APIConnectionError)
    listing.close()


def interrupt(bar: Bar) -> None:
    raise KeyboardInterrupt


def test_a_bar_that_cannot_end_loses_nothing(
    client: bs.SessionsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: said.append(found.exc_type))
    with monkeypatch.context() as patch:
        patch.setattr(Bar, "finish", lambda bar: 1 / 0)
        assert len(client.collect(progress=True)) == 247
    assert said == [ZeroDivisionError]


def test_without_tqdm_it_says_what_to_install(
    client: bs.SessionsClient, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.delitem(sys.modules, "tqdm.auto", raising=False)
    with pytest.raises(bs.ConfigurationError, match=r"blocks-sessions\[progress\]"):
        client.collect(progress=True)
    assert emulator.requests == []
