"""Which keys a part owns, and moments as the core counts them."""

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

__all__ = ["PartRange", "key_range", "moment"]


class PartRange(NamedTuple):
    """Which keys a part owns: `low < key <= high`; `None` is an open end.

    Attributes:
        order: The order whose key it is, as in `"last_message_at desc"`; `None` where none is visible.
        low: Above this moment.
        high: Up to this moment.
    """

    order: "str | None"
    low: "datetime | None"
    high: "datetime | None"

    def __str__(self) -> str:
        field = (self.order or "key").split(" ")[0]
        low = "" if self.low is None else f"{self.low.isoformat()} < "
        high = "" if self.high is None else f" <= {self.high.isoformat()}"
        return f"{low}{field}{high}" if low or high else "all"


def key_range(known: "dict[str, Any]") -> PartRange:
    """Return the range that the core tells."""
    return PartRange(known["order"], moment(known["low"]), moment(known["high"]))


def moment(micros: "int | None") -> "datetime | None":
    """Return the moment so many microseconds after 1970."""
    from datetime import UTC, datetime, timedelta

    if micros is None:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
