"""Lets `match` take a page for the sequence that it is: `case [first, *rest]`.

`collections.abc.Sequence.register` would do, but polars makes a frame of every such sequence row by row, and
of a page by its columns. The mark that `match` looks for is given by any abstract class that has it.
"""

from abc import ABCMeta

from blocks_sessions._core import SessionPage

__all__: list[str] = []

_TPFLAGS_SEQUENCE = 1 << 5


class _Sequence(metaclass=ABCMeta):  # noqa: B024
    __abc_tpflags__ = _TPFLAGS_SEQUENCE


_Sequence.register(SessionPage)
