"""What `sync` and `watch` take: how a copy is kept, and whom to tell of it."""

from datetime import timedelta
from math import inf
from operator import index
from typing import TYPE_CHECKING, Any

from blocks_sessions.exceptions import ConfigurationError

if TYPE_CHECKING:
    from blocks_sessions._core import SessionsClient

__all__ = ["change_number", "check", "kept", "seconds", "told"]

DAY = timedelta(days=1)
MONTH = timedelta(days=30)


def seconds(name: str, length: "timedelta | float | None") -> float | None:
    """Read a stretch of time, in seconds."""
    if length is None:
        return None
    if isinstance(length, timedelta):
        return length.total_seconds()
    kind = type(length)
    if not _is_flag(length) and hasattr(kind, "__float__"):
        try:
            return float(length)
        except OverflowError:
            return inf
    raise ConfigurationError(f"{name} must be a timedelta, a number of seconds or None, not {kind.__name__}")


def _is_flag(value: object) -> bool:
    # numpy's own has had two names.
    return type(value).__name__ in ("bool", "bool_")


def change_number(since: object) -> int:
    """Read the number of a change; whatever is below 0 is refused by whoever takes it."""
    if not _is_flag(since) and hasattr(type(since), "__index__"):
        number = index(since)  # type: ignore[arg-type]
        if number < 2**63:
            return max(number, -1)
    raise ConfigurationError(f"since is the number of a change, a whole number of 64 bits, not {since!r:.40}")


# What the two calls take beside what concerns the copy.
_LISTING = (
    "agent_id",
    "consistency",
    "max_concurrency",
    "extra_body",
    "timeout",
    "max_retries",
    "extra_headers",
)
_COPY = ("mode", "full_every", "vanished", "keep_changes")


def check(function: str, options: dict[str, Any], *more: str) -> None:
    """Refuse keywords that a call does not have, with the one that was meant."""
    known = (*_COPY, *_LISTING, *more)
    for name in options:
        if name not in known:
            from difflib import get_close_matches

            nearest = get_close_matches(name, known, 1)
            hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
            raise TypeError(f"{function}() got an unexpected keyword argument '{name}'{hint}")


def kept(options: dict[str, Any]) -> dict[str, Any]:
    """Take what concerns the copy from the keywords of a call; the rest is the listing's."""
    return {
        "mode": options.pop("mode", "auto"),
        "full_every": seconds("full_every", options.pop("full_every", DAY)),
        "vanished": options.pop("vanished", "mark"),
        "keep_changes": seconds("keep_changes", options.pop("keep_changes", MONTH)),
    }


def told(client: "SessionsClient", options: dict[str, Any]) -> Any:
    """Take whom to tell of progress from the keywords of a call, or else from the client."""
    from blocks_sessions.progress import listener

    progress = options.pop("progress", None)
    if progress is None:
        progress = client._default_progress()
    return None if progress is None or progress is False else listener(progress)
