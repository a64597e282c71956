"""Settings of a profile, for `from_profile` of both clients."""

from blocks_sessions._core import _profile
from blocks_sessions._warn import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["keywords"]


def keywords(name: "str | None", given: "dict[str, Any]") -> "dict[str, Any]":
    """Return the arguments of a client: those that were given, over those of the profile."""
    found, warnings = _profile(name, given)
    for message in warnings:
        warn(message, UserWarning)
    return {**found, **given}
