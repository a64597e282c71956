"""Keywords are declared once: the compiled client, its asyncio twin and the stubs all show the same."""

from __future__ import annotations

import inspect
import typing

import pytest
from signatures import STUBS, with_signatures

import blocks_sessions as bs
from blocks_sessions import AsyncSessionsClient, SessionsClient
from blocks_sessions._core import _signatures

FUNCTIONS = [name for name in _signatures() if name != "SessionsClient"]


def shown(function: typing.Any) -> list[tuple[str, object, object]]:
    parameters = inspect.signature(function).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]


@pytest.mark.parametrize("file", STUBS, ids=lambda file: file.name)
def test_stubs_have_the_keywords_that_are_declared(file: typing.Any) -> None:
    text = file.read_text(encoding="utf-8")
    assert with_signatures(text) == text, "run `make stubs`"
    # A keyword that is taken out of a stub is missed.
    assert with_signatures(text.replace("        offset: int = 0,\n", "")) == text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_twin_shows_what_the_blocking_client_shows(name: str) -> None:
    declared = [keyword for keyword, _, _ in _signatures()[name]]
    blocking = shown(getattr(SessionsClient, name))
    assert {keyword for keyword, _, _ in blocking} >= set(declared)
    assert shown(getattr(AsyncSessionsClient, name)) == blocking


def test_the_constructors_show_the_same() -> None:
    assert shown(AsyncSessionsClient) == shown(SessionsClient)
    assert shown(AsyncSessionsClient.__init__)[1:] == shown(SessionsClient)
    assert shown(SessionsClient)[0] == ("project_key", inspect.Parameter.POSITIONAL_OR_KEYWORD, None)


@pytest.mark.parametrize(
    "cls",
    [AsyncSessionsClient, bs.AsyncSessionIterator, bs.AsyncPageIterator, bs.ListingReport],
)
def test_type_hints_are_found(cls: type) -> None:
    typing.get_type_hints(cls)
    for function in vars(cls).values():
        if inspect.isfunction(function):
            typing.get_type_hints(function)
    hints = typing.get_type_hints(AsyncSessionsClient.list)
    assert hints["return"] is bs.SessionPage
    assert hints["limit"] is int


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_keyword_that_is_shown_is_read(name: str) -> None:
    client = SessionsClient("demo-key")
    for keyword, _, _ in _signatures()[name]:
        # Not one of them is unexpected; this value is a mistake for all.
        with pytest.raises((TypeError, ValueError)) as raised:
            getattr(client, name)(**{keyword: object()})
        assert "unexpected" not in str(raised.value)
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        getattr(client, name)(nonsense=1)
