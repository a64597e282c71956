"""Every number that a caller may give: it is used as it is, or refused in words, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blocks_sessions import (
    AsyncSessionsClient,
    ConfigurationError,
    SessionsClient,
    SessionsError,
    Timeout,
    ValidationError,
)
from blocks_sessions.testing import Churn, Emulator, Faults

REALS: list[Any] = [
    math.nan,
    math.inf,
    -math.inf,
    -1,
    -1e-9,
    1e308,
    1e11,
    1e19,
    10**400,
    -(10**400),
    Decimal("nan"),
]
WHOLES: list[Any] = [-1, 2**63, 2**70, -(2**70), 10**400]
NO_NUMBERS: list[Any] = [True, False, np.True_, "5", "", [5], 5j, object()]
NO_WHOLES: list[Any] = [*NO_NUMBERS, 1.5, 5.0, math.nan, Decimal(5), Fraction(1, 2), np.float64(5)]


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(sessions=3) as server:
        yield server


def constructor(kind: type) -> Callable[..., Any]:
    return lambda server, _path, **options: kind("k", agent_id="agent_123", base_url=server.url, **options)


def call(name: str) -> Callable[..., Any]:
    def function(server: Emulator, path: Path, **options: Any) -> Any:
        with SessionsClient("demo-key", agent_id="agent_123", base_url=server.url) as client:
            if name in {"export", "sync", "watch"}:
                kept = getattr(client, name)(path / {"export": "a.jsonl.zst"}.get(name, "a.db"), **options)
                return kept.close() if name == "watch" else kept
            found = getattr(client, name)(**options)
            return list(found) if name.startswith("iter") else found

    return function


CLIENTS = {
    "SessionsClient": constructor(SessionsClient),
    "AsyncSessionsClient": constructor(AsyncSessionsClient),
}
NUMBERS: dict[str, tuple[Callable[..., Any], list[str], list[str]]] = {
    name: (
        make,
        ["timeout", "max_requests_per_second", "cache_ttl"],
        ["max_retries", "max_concurrency", "max_connections"],
    )
    for name, make in CLIENTS.items()
}
NUMBERS["Timeout"] = (
    lambda _server, _path, **options: Timeout(**options),
    ["attempt", "connect", "total"],
    [],
)
NUMBERS["list"] = (call("list"), ["timeout"], ["limit", "offset", "max_retries"])
LISTING = ["offset", "max_items", "max_concurrency", "max_retries"]
NUMBERS["iter_pages"] = (call("iter_pages"), ["timeout"], [*LISTING, "page_size"])
NUMBERS["collect"] = (call("collect"), ["timeout"], LISTING)
NUMBERS["export"] = (call("export"), ["timeout"], ["max_items", "compression_level"])
NUMBERS["sync"] = (call("sync"), ["timeout", "full_every", "keep_changes"], ["max_concurrency"])
NUMBERS["watch"] = (call("watch"), ["interval", "timeout"], ["since"])

# Beyond all that there is, and so all there is; retries end with the time that a call has.
UNBOUNDED = {"max_items", "max_retries"}
# Long, and no longer than a clock tells.
LONG = {"full_every", "keep_changes", "interval"}


REAL_ARGUMENTS = [(name, number) for name, (_, numbers, _) in NUMBERS.items() for number in numbers]
WHOLE_ARGUMENTS = [(name, number) for name, (_, _, numbers) in NUMBERS.items() for number in numbers]


def told(error: BaseException, argument: str) -> None:
    assert argument in str(error)
    assert len(str(error)) < 200


@pytest.mark.parametrize("value", REALS, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize(("function", "argument"), REAL_ARGUMENTS)
def test_a_number_out_of_range(
    server: Emulator, tmp_path: Path, function: str, argument: str, value: Any
) -> None:
    if argument in LONG and value in (1e11,):
        NUMBERS[function][0](server, tmp_path, **{argument: value})
        return
    with pytest.raises(ConfigurationError) as raised:
        NUMBERS[function][0](server, tmp_path, **{argument: value})
    told(raised.value, "timeout" if function == "Timeout" and argument not in str(raised.value) else argument)


@pytest.mark.parametrize("value", WHOLES, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize(("function", "argument"), WHOLE_ARGUMENTS)
def test_a_whole_number_out_of_range(
    server: Emulator, tmp_path: Path, function: str, argument: str, value: Any
) -> None:
    if argument in UNBOUNDED and value > 0 and function != "list":
        NUMBERS[function][0](server, tmp_path, **{argument: value})
        return
    if (argument == "max_retries" and value > 0) or (argument == "compression_level" and value == -1):
        return
    with pytest.raises((ConfigurationError, ValidationError)) as raised:
        NUMBERS[function][0](server, tmp_path, **{argument: value})
    told(raised.value, argument)


NO_VALUES = [(*argument, value) for argument in REAL_ARGUMENTS for value in NO_NUMBERS]
NO_VALUES += [(*argument, value) for argument in WHOLE_ARGUMENTS for value in NO_WHOLES]


@pytest.mark.parametrize(
    ("function", "argument", "value"), NO_VALUES, ids=lambda value: str(value)[:24].replace("::", ":")
)
def test_what_is_no_number(
    server: Emulator, tmp_path: Path, function: str, argument: str, value: Any
) -> None:
    with pytest.raises((TypeError, SessionsError)) as raised:
        NUMBERS[function][0](server, tmp_path, **{argument: value})
    told(raised.value, argument)


@pytest.mark.parametrize(
    "value", [np.int64(3), np.float32(2.5), np.float64(3), Decimal("2.5"), Fraction(5, 2)]
)
@pytest.mark.parametrize(("function", "argument"), REAL_ARGUMENTS)
def test_a_number_of_any_kind_is_one(
    server: Emulator, tmp_path: Path, function: str, argument: str, value: Any
) -> None:
    NUMBERS[function][0](server, tmp_path, **{argument: value})


@pytest.mark.parametrize("value", [np.int64(3), np.uint8(3)])
@pytest.mark.parametrize(("function", "argument"), WHOLE_ARGUMENTS)
def test_a_whole_number_of_any_kind_is_one(
    server: Emulator, tmp_path: Path, function: str, argument: str, value: Any
) -> None:
    if argument == "since":
        # There is no such change yet, which only the mirror knows.
        value = np.int64(0)
    NUMBERS[function][0](server, tmp_path, **{argument: value})


EMULATOR = ["seed", "latency", "page_limit", "rate_limit", "ties", "null_keys", "port", "sessions"]


@pytest.mark.parametrize(
    "value", [*REALS, *WHOLES, True, np.True_, "5x", [5], 5j], ids=lambda value: repr(value)[:12]
)
@pytest.mark.parametrize("argument", EMULATOR)
def test_of_the_emulator(argument: str, value: Any) -> None:
    refused = refusal(argument, value)
    assert refused is None or (argument in refused and len(refused) < 400)


def refusal(argument: str, value: Any) -> str | None:
    try:
        with Emulator(**{argument: value}):
            return None
    except (ValueError, TypeError) as error:
        return str(error)


@pytest.mark.parametrize("value", REALS, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("name", ["inserts", "touches", "deletes", "edits"])
def test_of_the_emulator_s_churn(name: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as raised, Emulator(churn=Churn(**{name: value})):
        pass
    assert "churn" in str(raised.value)
    with pytest.raises((ValueError, TypeError)), Emulator(faults=Faults(rate=value)):
        pass
