"""Warnings that point to the caller's own line, and not to one of ours."""

import sys
import warnings

from blocks_sessions.exceptions import IncompleteListingWarning

__all__ = ["incomplete", "not_sent", "remark", "warn"]


def incomplete(message: str) -> None:
    """Warn of a listing that could not be proven to be whole."""
    warn(message, IncompleteListingWarning)


def not_sent(field: str, argument: str) -> None:
    """Warn of a field of `extra_body` that the body has already."""
    warn(f"extra_body: '{field}' is not sent from here, since it is given by {argument}", UserWarning)


def remark(message: str) -> None:
    """Warn of a name in `where` or `fields` that no session has."""
    warn(message, UserWarning)


def warn(message: str, category: type[Warning]) -> None:
    """Warn the first caller who is not of this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("blocks_sessions."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
