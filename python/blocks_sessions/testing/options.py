"""What users give the emulator, checked, and as the compiled module takes it. It starts nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from operator import index
from typing import SupportsIndex, TypeAlias

from blocks_sessions.testing.types import Churn, Faults

Sessions: TypeAlias = int | Iterable[Mapping[str, object]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def check_kinds(agents: object, keys: object) -> None:
    """Raise a `TypeError` that names the option."""
    _check_kind("agents", agents, Mapping, 'a mapping such as {"agent_123": 247}')
    _check_kind("keys", keys, Iterable, "one key, or several")


def checked_churn(churn: Churn | None) -> Churn:
    """The churn; `None` is a list that stands still."""
    churn = Churn() if churn is None else churn
    _check_kind("churn", churn, Churn, "Churn(inserts=0.5, touches=1)")
    return churn


def checked_faults(faults: Faults | Iterable[Faults] | None) -> tuple[Faults, ...]:
    """One fault or several, as several."""
    if faults is None:
        return ()
    if isinstance(faults, (Faults, str)) or not isinstance(faults, Iterable):
        faults = (faults,)
    several = tuple(faults)
    for one in several:
        if not isinstance(one, Faults):
            raise TypeError(
                f'faults: give Faults(rate=0.1, kinds="reset"), or several of them, not {type(one).__name__}'
            )
    return several


def _check_kind(option: str, value: object, kind: type, example: str) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{option}: give {example}, not {type(value).__name__}")


def held(sessions: Sessions) -> int | list[str]:
    """A number of sessions, or the JSON of each."""
    if not hasattr(type(sessions), "__index__") and isinstance(sessions, Iterable):
        return [json.dumps(session, separators=(",", ":")) for session in sessions]
    _check_kind("sessions", sessions, SupportsIndex, "a number, or the sessions themselves")
    count = whole("sessions", sessions)
    if not 0 <= count < 2**63:
        raise ValueError(f"sessions: {count!s:.30} is no number of sessions")
    return count


def json_text(value: Mapping[str, object]) -> str:
    """The JSON of a mapping, as the service would send it."""
    _check_kind("session", value, Mapping, 'a mapping such as {"session_id": "a"}')
    return json.dumps(dict(value), separators=(",", ":"))


def fault_parts(faults: tuple[Faults, ...]) -> list[tuple[float, list[str], int]]:
    """Faults, as plain tuples."""
    return [
        (one.rate, [one.kinds] if isinstance(one.kinds, str) else list(one.kinds), one.retry_after)
        for one in faults
    ]


def micros(now: datetime) -> int:
    """A moment in microseconds since 1970."""
    _check_kind("now", now, datetime, "an aware datetime such as datetime.now(UTC)")
    if now.tzinfo is None:
        raise ValueError("now: give an aware datetime, such as datetime.now(UTC)")
    return (now - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The moment so many microseconds after 1970."""
    return _EPOCH + micros * _MICROSECOND


def joined(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Headers by name; the values of a repeated one are joined by commas."""
    by_name: dict[str, str] = {}
    for name, value in headers:
        by_name[name] = f"{by_name[name]}, {value}" if name in by_name else value
    return by_name


def whole(name: str, value: object) -> int:
    """Return a whole number of any kind as one of Python's; a flag or a text is none."""
    if type(value).__name__ not in ("bool", "bool_") and hasattr(type(value), "__index__"):
        return index(value)  # type: ignore[arg-type]
    raise TypeError(f"{name}: a whole number is needed, not {type(value).__name__}")
