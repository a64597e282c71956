"""A listing as a lazy polars frame: what a query needs is what is read.

`scan_sessions` asks nothing of the service. When a query is collected, the columns it uses become
`fields=`, and those of its predicates that mean the same in both languages become `where=`; polars
filters by the whole predicate once more, so that nothing depends on the translation being complete.
"""

import json
from datetime import UTC, datetime, timedelta
from math import isfinite

from blocks_sessions.exceptions import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import polars

    from blocks_sessions._core import SessionsClient

__all__ = ["scan_sessions"]

_OPERATORS = {"Eq": "=", "NotEq": "!=", "Lt": "<", "LtEq": "<=", "Gt": ">", "GtEq": ">="}
_CHAINS = {"And": "and", "LogicalAnd": "and", "Or": "or", "LogicalOr": "or"}
# Columns that are no values of a session: JSON text, or made of several.
_OTHERWISE = {"extra", "user_info", "metadata", "context", "location", "sentiment", "tags"}
_CLOSED = {"Both": (">=", "<="), "Left": (">=", "<"), "Right": (">", "<="), "None": (">", "<")}
_MICROSECONDS = {"Milliseconds": 1_000, "Microseconds": 1}


def scan_sessions(client: "SessionsClient", **listing: "Any") -> "polars.LazyFrame":
    """Return a lazy frame of a listing, which is read when a query over it is collected.

    Every collection is a listing of its own. A `head(n)` that polars pushes down is counted before any
    predicate, as polars means it, and becomes `max_items`.

    Args:
        client: The blocking client to list with.
        **listing: What `SessionsClient.iter_sessions` takes. `fields` are the frame's columns.

    Raises:
        ConfigurationError: polars is not installed.
        ValidationError: The arguments are wrong, all faults at once, before any request.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.integrations.polars import scan_sessions
        >>> from blocks_sessions.testing import Emulator
        >>> import polars as pl
        >>> with Emulator(sessions=247) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     closed = scan_sessions(client).filter(pl.col("status") == "closed")
        ...     frame = closed.select("session_id").collect()
        >>> frame.columns
        ['session_id']
    """
    try:
        import polars
        from polars.io.plugins import register_io_source
    except ImportError:
        raise ConfigurationError(
            "scan_sessions needs polars: pip install 'blocks-sessions[polars]'"
        ) from None

    # Nothing is read: an iterator of nothing says what the columns are, and checks the arguments.
    schema = polars.DataFrame(client.iter_sessions(**{**listing, "max_items": 0})).schema
    kinds = _kinds(polars.DataFrame(client.iter_sessions(max_items=0)).schema)

    def read(
        columns: "list[str] | None",
        predicate: "polars.Expr | None",
        rows: int | None,
        batch_size: int | None,  # noqa: ARG001
    ) -> "Iterator[polars.DataFrame]":
        options = dict(listing)
        if columns is not None:
            # A query that only counts uses no column, but rows have at least one.
            options["fields"] = columns or [schema.names()[0]]
        if rows is not None:
            options["max_items"] = min(rows, listing.get("max_items") or rows)
        elif predicate is not None and listing.get("max_items") is None:
            # With max_items, the predicate is about those that it counted.
            options["where"] = _joined(listing.get("where"), condition(predicate, kinds))
        with client.iter_sessions(**options) as sessions:
            frame = polars.DataFrame(sessions)
        yield frame if predicate is None else frame.filter(predicate)

    return register_io_source(read, schema=schema)


def _joined(first: str | None, second: str | None) -> str | None:
    """Join two conditions, of which either may be missing; a comment in one ends with its line."""
    if first is None or second is None:
        return second if first is None else first
    return f"({first}\n) and ({second})"


def _kinds(schema: "polars.Schema") -> dict[str, str]:
    """Return what those columns hold that `where=` reads from the field of the same name."""
    import polars

    kinds = {polars.String: "text", polars.Int64: "number", polars.Float64: "number", polars.Boolean: "flag"}
    found = {name: kinds.get(dtype.base_type()) for name, dtype in schema.items() if name not in _OTHERWISE}
    times = {name: "time" for name, dtype in schema.items() if isinstance(dtype, polars.Datetime)}
    return {name: kind for name, kind in found.items() if kind} | times


def condition(predicate: "polars.Expr", kinds: dict[str, str]) -> str | None:
    """Return the part of a predicate that `where=` can say: it is true wherever the predicate is."""
    try:
        tree = json.loads(predicate.meta.serialize(format="json"))
    except Exception:  # noqa: BLE001 - an expression that holds a function of Python's has no such form
        return None
    writer = _Writer(kinds)
    parts = [text for part in _conjuncts(tree) if (text := writer.test(part)) is not None]
    return " and ".join(f"({part})" for part in parts) or None


def _conjuncts(tree: "Any") -> "Iterator[Any]":
    match tree:
        case {"BinaryExpr": {"left": left, "op": "And" | "LogicalAnd", "right": right}}:
            yield from _conjuncts(left)
            yield from _conjuncts(right)
        case _:
            yield tree


class _Writer:
    """Writes parts of a predicate as `where=` does; `None` for what it says otherwise, or not at all."""

    def __init__(self, kinds: dict[str, str]) -> None:
        self._kinds = kinds

    def test(self, tree: "Any") -> str | None:
        match tree:
            case {"BinaryExpr": {"left": left, "op": op, "right": right}} if op in _CHAINS:
                parts = self.test(left), self.test(right)
                return None if None in parts else f"({parts[0]}) {_CHAINS[op]} ({parts[1]})"
            case {"BinaryExpr": {"left": left, "op": op, "right": right}} if op in _OPERATORS:
                return self._comparison(left, _OPERATORS[op], right)
            case {"Function": {"input": [inner], "function": {"Boolean": "Not"}}}:
                text = self.test(inner)
                return None if text is None else f"not ({text})"
            case {
                "Function": {
                    "input": [value, low, high],
                    "function": {"Boolean": {"IsBetween": {"closed": ends}}},
                }
            }:
                above, below = _CLOSED[ends]
                parts = self._comparison(value, above, low), self._comparison(value, below, high)
                return None if None in parts else f"{parts[0]} and {parts[1]}"
            case {"Column": name} if self._kinds.get(name) == "flag":
                return str(name)
        return None

    def _comparison(self, left: "Any", op: str, right: "Any") -> str | None:
        first, second = self._value(left), self._value(right)
        if first is None or second is None or first[1] != second[1]:
            return None
        return f"{first[0]} {op} {second[0]}"

    def _value(self, tree: "Any") -> tuple[str, str] | None:
        """Return a value, and what kind it is of."""
        match tree:
            case {"Column": name} if name in self._kinds:
                return name, self._kinds[name]
            case {"Literal": {"Dyn": literal} | {"Scalar": literal}} if len(literal) == 1:
                ((form, value),) = literal.items()
                return _literal(form, value)
        return None


def _literal(form: str, value: "Any") -> tuple[str, str] | None:
    match form, value:
        case "String", str():
            return "'" + value.replace("'", "''") + "'", "text"
        case "Boolean", bool():
            return str(value).lower(), "flag"
        case "Datetime", [int(count), unit, zone] if unit in _MICROSECONDS and zone:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=count * _MICROSECONDS[unit])
            return f"timestamp '{moment.isoformat()}'", "time"
        case _, int() | float() if form.startswith(("Int", "UInt", "Float")) and isfinite(value):
            return repr(value), "number"
    return None
