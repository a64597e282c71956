"""The names that signatures of both clients are written with, for type checkers and `typing.get_type_hints`.

The blocking client needs none of them when it is imported, and so does not import this.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from blocks_sessions._core import Mask
from blocks_sessions.events import RequestEvent

__all__ = [
    "AccessToken",
    "AsyncAccessToken",
    "Awaitable",
    "Callable",
    "ClientCert",
    "Consistency",
    "Mapping",
    "Mask",
    "Moment",
    "OnEvent",
    "PathLike",
    "Progress",
    "Sequence",
    "pandas",
    "polars",
    "pyarrow",
]

AccessToken: TypeAlias = str | Callable[[], str]
AsyncAccessToken: TypeAlias = str | Callable[[], str | Awaitable[str]]
# A union, as type checkers see it: with all names in one Literal, the stubs would not be what runs.
Consistency: TypeAlias = Literal["checked"] | Literal["strict"] | Literal["fast"]  # noqa: PYI030
# A `datetime` is a `date`.
Moment: TypeAlias = date | timedelta | str
OnEvent: TypeAlias = Callable[[RequestEvent], object]
# One file for certificate and key, or one for each.
ClientCert: TypeAlias = str | PathLike[str] | tuple[str | PathLike[str], str | PathLike[str]]
Progress: TypeAlias = bool | Callable[[int, int | None], object]

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
else:

    class _Lazily:
        """A module that is imported when a name of it is asked for; it need not be installed."""

        def __init__(self, name):
            self._name = name

        def __getattr__(self, name):
            try:
                return getattr(import_module(self._name), name)
            except ImportError:
                return Any

    pandas, polars, pyarrow = _Lazily("pandas"), _Lazily("polars"), _Lazily("pyarrow")
