"""Every way to fail, as a user reads it: the class, the sentence, the attributes."""

from __future__ import annotations

import json
import pickle
import socket
from typing import TYPE_CHECKING, Any

import pytest
from conftest import FIXTURES, Answering

import blocks_sessions as bs
from blocks_sessions import SessionsClient

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE_422 = (FIXTURES / "page_response_422.json").read_bytes()


def client_of(url: str, **options: Any) -> SessionsClient:
    return SessionsClient("demo-key", agent_id="agent_123", base_url=url, max_retries=0, **options)


def failure(client: SessionsClient, **arguments: Any) -> bs.SessionsError:
    with pytest.raises(bs.SessionsError) as raised:
        client.list(**arguments)
    assert pickled(raised.value) == pickled(pickle.loads(pickle.dumps(raised.value)))
    return raised.value


def pickled(error: bs.SessionsError) -> tuple[object, ...]:
    return type(error), str(error), repr(error), {name: str(value) for name, value in vars(error).items()}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, bs.BadRequestError),
        (401, bs.AuthenticationError),
        (403, bs.PermissionDeniedError),
        (404, bs.NotFoundError),
        (422, bs.ValidationError),
        (429, bs.RateLimitError),
        (500, bs.InternalServerError),
        (503, bs.InternalServerError),
        (418, bs.APIStatusError),
    ],
)
def test_every_status_has_its_class(answering: Answering, status: int, error: type[Exception]) -> None:
    server = answering(status, {"detail": "Token missing"}, x_request_id="r-1")
    raised = failure(client_of(server.url))
    assert type(raised) is error
    assert isinstance(raised, bs.APIStatusError)
    assert (raised.status_code, raised.message, raised.request_id) == (status, "Token missing", "r-1")
    assert raised.attempts == 1
    assert str(raised).startswith(f"{status}: Token missing")
    assert raised.body == {"detail": "Token missing"}
    assert raised.headers["x-request-id"] == "r-1"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"detail": "Token missing"}, "Token missing"),
        (
            {"is_success": False, "errors": {"message": "BadRequest: Missing_Tenant_Key_Or_Id"}},
            "BadRequest: Missing_Tenant_Key_Or_Id",
        ),
        ({"Message": "An error occurred.", "TraceId": "t-9"}, "An error occurred."),
    ],
)
def test_every_shape_of_body_has_its_message(answering: Answering, body: object, message: str) -> None:
    raised = failure(client_of(answering(400, body).url))
    assert isinstance(raised, bs.BadRequestError)
    assert message in raised.message
    assert str(raised).startswith("400: ")
    if "TraceId" in str(body):
        assert raised.request_id == "t-9"


def test_the_pages_422(answering: Answering) -> None:
    raised = failure(client_of(answering(422, PAGE_422).url))
    assert type(raised) is bs.AgentNotFoundError
    assert isinstance(raised, ValueError)
    assert str(raised) == "422: body.agent_id: Agent not found or access denied (value_error.notfound)"
    (detail,) = raised.errors
    assert detail.loc == ("body", "agent_id")
    assert (detail.msg, detail.type) == ("Agent not found or access denied", "value_error.notfound")
    assert detail.raw == json.loads(PAGE_422)["detail"][0]


def test_the_types_that_the_service_sends_are_told(answering: Answering) -> None:
    """The type of an argument's own fault says nothing that its words do not."""
    sent = {"detail": [{"loc": ["body", "agent_id"], "msg": "No such agent", "type": "value_error"}]}
    raised = failure(client_of(answering(422, json.dumps(sent).encode()).url))
    assert isinstance(raised, bs.ValidationError)
    assert str(raised) == "422: body.agent_id: No such agent (value_error)"
    assert str(raised.errors[0]) == "body.agent_id: No such agent (value_error)"
    with pytest.raises(bs.ValidationError) as caught:
        client_of("http://127.0.0.1:9").list(where="rating >")
    assert caught.value.errors[0].type == "value_error"
    assert "(value_error)" not in str(caught.value) + str(caught.value.errors[0])


def test_a_pydantic_2_answer_echoes_no_input(answering: Answering) -> None:
    detail = {
        "type": "less_than_equal",
        "loc": ["body", "limit"],
        "msg": "Input should be less than or equal to 100",
        "input": "personal",
        "ctx": {"le": 100},
        "url": "https://errors.pydantic.dev/2/v/less_than_equal",
    }
    raised = failure(client_of(answering(422, {"detail": [detail]}).url))
    assert type(raised) is bs.InvalidPaginationError
    assert "personal" not in str(raised)
    assert raised.errors[0].raw["input"] == "personal"


def test_a_422_of_unknown_shape_keeps_its_body(answering: Answering) -> None:
    raised = failure(client_of(answering(422, {"odd": [1]}).url))
    assert type(raised) is bs.ValidationError
    assert (raised.errors, raised.body) == ((), {"odd": [1]})


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"limit": 0}, bs.InvalidPaginationError, "body.limit: must be between 1 and 100, not 0"),
        ({"limit": 101}, bs.InvalidPaginationError, "body.limit: must be between 1 and 100, not 101"),
        ({"limit": 10**30}, bs.InvalidPaginationError, "body.limit: must be between 1 and 100"),
        ({"offset": -1}, bs.InvalidPaginationError, "body.offset: must be 0 or more, not -1"),
        ({"agent_id": ""}, bs.MissingFieldError, "body.agent_id: must not be empty"),
        ({"agent_id": "", "limit": 0, "offset": -5}, bs.ValidationError, "body.offset: must be 0 or more"),
    ],
)
def test_the_check_before_the_request(
    answering: Answering, arguments: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    server = answering(200, {"sessions": [], "total_count": 0})
    raised = failure(client_of(server.url), **arguments)
    assert type(raised) is error
    assert isinstance(raised, bs.ValidationError)
    assert raised.status_code is None
    assert len(raised.errors) == len(arguments)
    assert sentence in str(raised)
    assert server.requests == []


@pytest.mark.parametrize("name", ["page_size", "offset", "max_items", "max_concurrency"])
def test_the_check_of_a_listing_names_its_argument(name: str) -> None:
    client = SessionsClient("demo-key", agent_id="agent_123")
    with pytest.raises(bs.ValidationError, match=rf"{name}: must be .*, not -1"):
        client.iter_sessions(**{name: -1})  # type: ignore[arg-type]
    if name in {"page_size", "max_concurrency"}:
        with pytest.raises(bs.ValidationError, match=rf"{name}: must be between 1 and 100+, not 9999"):
            client.iter_sessions(**{name: 9999})  # type: ignore[arg-type]


def test_no_agent() -> None:
    with pytest.raises(
        bs.MissingFieldError, match="pass agent_id, or set it on the client or in BLOCKS_AGENT_ID"
    ):
        SessionsClient("demo-key").list()


def test_no_project_key() -> None:
    with pytest.raises(bs.ConfigurationError, match="pass project_key, or set BLOCKS_PROJECT_KEY"):
        SessionsClient()


Untyped: Any = SessionsClient


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Untyped("k", nonsense=1), "SessionsClient() got an unexpected keyword argument 'nonsense'"),
        (lambda: Untyped("k", "a"), "takes from 0 to 1 positional arguments but 2 were given"),
        (lambda: Untyped(5), "project_key"),
        (lambda: Untyped("k", timeout="soon"), "timeout"),
        (lambda: Untyped("k", headers=["x"]), "headers"),
        (lambda: Untyped("k", agent_id="a").list(limit="5"), "limit"),
        (lambda: Untyped("k", agent_id="a").list(limit=5.0), "limit"),
        (lambda: Untyped("k", agent_id="a").list(extra_body=[1]), "extra_body"),
        (lambda: Untyped("k", agent_id="a").list(extra_body={"a": object()}), "extra_body"),
        (lambda: Untyped("k", agent_id="a").iter_pages(pagesize=1), "iter_pages() got an unexpected"),
        (lambda: Untyped("k", agent_id="a").iter_sessions(page_size="1"), "page_size"),
        (lambda: Untyped("k", agent_id="a").iter_sessions(progress=5), "progress"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(TypeError) as raised:
        make()
    assert sentence in str(raised.value)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_that_is_none(timeout: float) -> None:
    with pytest.raises(bs.ConfigurationError, match="timeout must be"):
        SessionsClient("k", timeout=timeout)


def test_all_faults_of_the_settings_at_once() -> None:
    with pytest.raises(bs.ConfigurationError) as raised:
        SessionsClient(
            "k",
            timeout=-1,
            max_retries=-(2**70),
            max_concurrency=2**70,
            max_requests_per_second=0,
            cache_ttl=float("nan"),
            proxy="ftp://proxy.example",
        )
    assert str(raised.value) == (
        "timeout must be a number of seconds above 0, not -1; max_retries must be 0 or more, not "
        "a number beyond 64 bits; max_concurrency must be between 1 and 1000, not a number beyond 64 bits; "
        "max_requests_per_second must be a number above 0 and up to 1,000,000, not 0; "
        "cache_ttl must be a number of seconds above 0, not NaN; "
        "proxy must be the address of a proxy, such as http://proxy.example:3128 or "
        "socks5h://proxy.example:1080"
    )


def test_as_many_retries_as_anybody_likes(answering: Answering) -> None:
    server = answering(200, {"sessions": [], "total_count": 0})
    assert client_of(server.url).list(max_retries=2**70).total_count == 0
    with pytest.raises(bs.ConfigurationError, match=r"timeout must be .*; max_retries must be"):
        client_of(server.url).list(timeout=0, max_retries=-1)


def test_an_unknown_consistency() -> None:
    with pytest.raises(bs.ConfigurationError, match='"checked", "strict" or "fast"'):
        SessionsClient("k", agent_id="a").iter_sessions(consistency="perfect")  # type: ignore[arg-type]


def test_a_refused_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    raised = failure(client_of(f"http://127.0.0.1:{port}"))
    assert type(raised) is bs.APIConnectionError
    assert raised.attempts == 1
    assert f"127.0.0.1:{port}" in str(raised)
    assert "refused" in str(raised)


def test_a_slow_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        raised = failure(client_of(f"http://127.0.0.1:{silent.getsockname()[1]}"), timeout=0.05)
    assert type(raised) is bs.APITimeoutError
    assert isinstance(raised, TimeoutError)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Welcome</body></html>",
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"sessions": {}}',
        b'{"sessions": [1]}',
        b'{"sessions": [], "total_count": 1',
        b'{"sessions": [{"a": NaN}]}',
        b'{"sessions": [{"a": "\xff"}]}',
        b'{"sessions": [' + b"[" * 200 + b"]" * 200 + b"]}",
        b'{"sessions": [{"a": ' + b"9" * 4301 + b"}]}",
        '{"sessions": []}'.encode("utf-16"),
    ],
)
def test_an_answer_that_is_none(answering: Answering, body: bytes) -> None:
    raised = failure(client_of(answering(200, body).url))
    assert type(raised) is bs.InvalidResponseError
    assert raised.status_code == 200
    assert raised.body is not None
    assert len(raised.body) <= 2_048
    assert str(raised).endswith(".")


def test_a_closed_client(emulator: Any) -> None:
    client = client_of(emulator.url)
    listing = client.iter_sessions()
    next(listing)
    client.close()
    client.close()
    with pytest.raises(bs.ConfigurationError, match="closed"):
        client.list()
    with pytest.raises(bs.ConfigurationError, match="closed"):
        client.iter_sessions()
