"""Plans and parts: the core's values as JSON text, with the client beside them."""

import json

from blocks_sessions._core import _part_listing, _settling
from blocks_sessions.exceptions import ConfigurationError
from blocks_sessions.partition.ranges import PartRange, key_range, moment
from blocks_sessions.partition.reading import PartRead
from blocks_sessions.partition.settling import Settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from blocks_sessions._core import SessionIterator
    from blocks_sessions.partition.reading import PartSlice

__all__ = ["Part", "PartValue", "PartitionPlan", "PlanValue", "with_share"]


class PlanValue:
    """What the plans of both clients are."""

    __slots__ = ("__weakref__", "_client", "_known", "_options", "_text", "parts")

    parts: "list[Any]"

    def __init__(self, client: "Any", text: str, options: "dict[str, Any]") -> None:
        self._client, self._text, self._options = client, text, options
        self._known = json.loads(text)
        known = self._known["parts"]
        each = with_share(client, len(known))
        self.parts = [self._part(each, part, len(known)) for part in known]

    @property
    def order(self) -> "str | None":
        """The order of the list, as in `"last_message_at desc"`; `None` where none is visible."""
        order: str | None = self._known["order"]
        return order

    @property
    def watermark(self) -> "datetime | None":
        """What moves or is born after the plan gets a later key; `None` where the list is one part."""
        return moment(self._known["watermark"])

    @property
    def total_count(self) -> "int | None":
        """`total_count` when it was planned."""
        total: int | None = self._known["total_count"]
        return total

    @property
    def until(self) -> "datetime | None":
        """The bound that was asked for, if any."""
        return moment(self._known["region"]["until"])

    @property
    def needs_settling(self) -> bool:
        """Whether something may land above the parts, so that only settling makes them whole."""
        watermark, until = self._known["watermark"], self._known["region"]["until"]
        return watermark is not None and (until is None or until > watermark + 1)

    def _settling(
        self, reads: "Iterable[PartRead | PartSlice]", classes: int, class_: int
    ) -> "tuple[str, list[str], bytes, int, int]":
        if not 0 <= class_ < classes:
            raise ConfigurationError(f"class_ must be between 0 and {classes - 1}, not {class_}")
        read = list(reads)
        ids = b"".join(one._ids_of(classes, class_) for one in read)
        return self._text, [one.evidence._text for one in read], ids, classes, class_

    def _part(self, client: "Any", known: "dict[str, Any]", count: int) -> "PartValue":
        raise NotImplementedError

    def __repr__(self) -> str:
        told = "1 part" if len(self.parts) == 1 else f"{len(self.parts)} parts"
        return f"<{type(self).__name__}: {told}, {self.order or 'no visible order'}>"

    def __reduce__(self) -> "tuple[Any, ...]":
        return type(self), (self._client, self._text, self._options)


class PartitionPlan(PlanValue):
    """A list that is cut into parts; `client.partitions()` makes it.

    Attributes:
        parts: The parts, from the top of the list down.
    """

    __slots__ = ()

    parts: "list[Part]"

    def settle(
        self, reads: "Iterable[PartRead | PartSlice]", *, classes: int = 1, class_: int = 0
    ) -> "Settled":
        """Return what no part yielded, since it moved or was born after the plan; once all parts were read.

        Args:
            reads: What all parts came to, each at least once: whole, or the slices of one class.
            classes: How many classes the sessions are settled in.
            class_: Which of them this is. One class needs to know of its own slices only, so that a part
                that is read again, on another machine or after a failure, changes nothing.

        Raises:
            ConfigurationError: A part is missing, is not of this plan, or was read under another order.
        """
        known = self._settling(reads, classes, class_)
        return Settled(self, _settling(self._client, known, self._options), known)

    def _part(self, client: "Any", known: "dict[str, Any]", count: int) -> "Part":
        return Part(client, json.dumps(known), self._options, count)


class PartValue:
    """What the parts of both clients' plans are."""

    __slots__ = ("__weakref__", "_client", "_count", "_known", "_options", "_text")

    def __init__(self, client: "Any", text: str, options: "dict[str, Any]", count: int) -> None:
        self._client, self._text, self._options, self._count = client, text, options, count
        self._known = json.loads(text)

    @property
    def index(self) -> int:
        """Its place in the plan."""
        index: int = self._known["index"]
        return index

    @property
    def range(self) -> PartRange:
        """Which keys it owns."""
        return key_range(self._known["range"])

    @property
    def nulls(self) -> bool:
        """Whether it is the sessions without a key."""
        nulls: bool = self._known["range"]["nulls"]
        return nulls

    def __repr__(self) -> str:
        shown = f"sessions without a key of {self.range.order}" if self.nulls else str(self.range)
        return f"<{type(self).__name__} {self.index + 1} of {self._count}: {shown}>"

    def __reduce__(self) -> "tuple[Any, ...]":
        return type(self), (self._client, self._text, self._options, self._count)


class Part(PartValue):
    """A part of a list: read it wherever it is, as often as needed."""

    __slots__ = ()

    def read(self, classes: int = 1) -> "PartRead":
        """Return a reading of the part, which asks for nothing before it is used.

        Args:
            classes: How many classes the sessions are settled in; `PartRead.slice` gives them.
        """
        return PartRead(self, classes)

    def _listing(self) -> "SessionIterator":
        listing: SessionIterator = _part_listing(self._client, self._text, self._options)
        return listing


def with_share(client: "Any", count: int) -> "Any":
    """Return the client for one part of so many: its requests per second are all parts' together."""
    settings = getattr(client, "_client", client)._settings()[0]
    rate = settings.get("max_requests_per_second")
    return client if rate is None or count == 1 else client.with_options(max_requests_per_second=rate / count)
