"""What no part yielded, once all parts were read."""

from blocks_sessions._core import _settled_report
from blocks_sessions.partition.reading import ID_BYTES
from blocks_sessions.partition.rows import Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from blocks_sessions._core import SessionIterator
    from blocks_sessions.partition.plan import PlanValue
    from blocks_sessions.report import ListingReport

__all__ = ["Settled", "Settling", "nothing"]


class Settling:
    """What both clients' settlings know."""

    __slots__ = ("__weakref__", "_known", "_listing", "_plan")

    def __init__(
        self, plan: "PlanValue", listing: "Any", known: "tuple[str, list[str], bytes, int, int]"
    ) -> None:
        self._plan, self._listing, self._known = plan, listing, known

    def _report(self, late: "str | None") -> "ListingReport":
        plan, evidence, ids, _, _ = self._known
        return _settled_report(plan, evidence, late, len(ids) // ID_BYTES)

    def __repr__(self) -> str:
        state = "nothing is left" if self._listing is None else "what no part yielded"
        return f"<{type(self).__name__}: {state}>"


class Settled(Rows, Settling):
    """What no part yielded, read once: by `for`, as an Arrow stream or a table.

    With it, what the parts yielded is whole; `report` says so once it was read to its end.
    """

    __slots__ = ("_nothing",)

    def __init__(
        self, plan: "PlanValue", listing: "Any", known: "tuple[str, list[str], bytes, int, int]"
    ) -> None:
        super().__init__(plan, listing, known)
        self._nothing: SessionIterator | None = None

    @property
    def report(self) -> "ListingReport":
        """What parts and settling came to together; `yielded` counts both, of this class."""
        return self._report(None if self._listing is None else self._listing._report_text())

    def _rows(self) -> "SessionIterator":
        if self._listing is not None:
            listing: SessionIterator = self._listing
            return listing
        if self._nothing is None:
            empty: SessionIterator = self._plan._client.iter_sessions(**nothing(self._plan))
            self._nothing = empty
        return self._nothing

    def _begun(self) -> "SessionIterator | None":
        listing: SessionIterator | None = self._listing
        return self._nothing if listing is None else listing


def nothing(plan: "PlanValue") -> "dict[str, Any]":
    """Return what a listing is asked for with that makes no request, and has the plan's columns."""
    chosen = {"agent_id": plan._options.get("agent_id"), "fields": plan._known["choice"].get("fields")}
    return {**chosen, "max_items": 0}
