"""One list for several machines: parts that pickle, and their settling. `client.partitions()` makes a plan.

A plan, its parts and what reading them came to are the core's values as JSON text, with the client beside
them; the client's settings, secrets included, are in a pickle, and in nothing that is shown.
"""

import json
from typing import NamedTuple

from blocks_sessions._core import SessionIterator, _classes, _evidence_report, _settled_report
from blocks_sessions.exceptions import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import Any, Self

    import pandas
    import polars
    import pyarrow

    from blocks_sessions.report import ListingReport
    from blocks_sessions.session import Session

__all__ = ["Part", "PartEvidence", "PartRange", "PartRead", "PartSlice", "PartitionPlan", "Settled"]

_ID_BYTES = 16


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


class PlanValue:
    """What the plans of both clients are."""

    __slots__ = ("__weakref__", "_client", "_known", "_options", "_text", "parts")

    parts: "list[Any]"

    def __init__(self, client: "Any", text: str, options: "dict[str, Any]") -> None:
        self._client, self._text, self._options = client, text, options
        self._known = json.loads(text)
        known = self._known["parts"]
        each = _with_share(client, len(known))
        self.parts = [self._part(each, part, len(known)) for part in known]

    @property
    def order(self) -> "str | None":
        """The order of the list, as in `"last_message_at desc"`; `None` where none is visible."""
        order: str | None = self._known["order"]
        return order

    @property
    def watermark(self) -> "datetime | None":
        """What moves or is born after the plan gets a later key; `None` where the list is one part."""
        return _moment(self._known["watermark"])

    @property
    def total_count(self) -> "int | None":
        """`total_count` when it was planned."""
        total: int | None = self._known["total_count"]
        return total

    @property
    def until(self) -> "datetime | None":
        """The bound that was asked for, if any."""
        return _moment(self._known["region"]["until"])

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
        return Settled(self, self._client._settling(known, self._options), known)

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
        return _range(self._known["range"])

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

    def _listing(self) -> SessionIterator:
        listing: SessionIterator = self._client._part_listing(self._text, self._options)
        return listing


class PartEvidence:
    """What reading a part showed: all that its settling has to know beside the ids."""

    __slots__ = ("_known", "_text")

    def __init__(self, text: str) -> None:
        self._text, self._known = text, json.loads(text)

    @property
    def index(self) -> int:
        """The place of the part in its plan."""
        index: int = self._known["index"]
        return index

    @property
    def range(self) -> PartRange:
        """Which keys the part owns."""
        return _range(self._known["range"])

    @property
    def spans(self) -> "tuple[tuple[datetime | None, datetime | None], ...]":
        """Which keys were proven to be read, as `(low, high)`."""
        return ((self.range.low, self.range.high),)

    @property
    def order(self) -> "str | None":
        """The orders that its pages bear out."""
        return self.report.order

    @property
    def granularity(self) -> "float | None":
        """How coarse the keys are, in seconds."""
        granularity: int | None = self._known["granularity"]
        return None if granularity is None else granularity / 1e6

    @property
    def report(self) -> "ListingReport":
        """What is known of the reading, with its counts."""
        return _evidence_report(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartEvidence) and other._known == self._known

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        found = f"{self.report.yielded:,} sessions"
        return f"<{type(self).__name__} of part {self.index + 1}: {self.range}, {found}>"

    def __reduce__(self) -> "tuple[Any, ...]":
        return type(self), (self._text,)


class Evident:
    """What both clients' readings of a part keep once they are at their end."""

    __slots__ = ("__weakref__", "_classes", "_evidence", "_ids", "_listing", "_part", "_table")

    _evidence: "str | None"
    _listing: "Any"

    def __init__(self, part: "Any", classes: int) -> None:
        if classes < 1:
            raise ConfigurationError(f"classes must be 1 or more, not {classes}")
        self._part, self._classes = part, classes
        self._listing, self._evidence, self._ids = None, None, b""
        self._table: pyarrow.Table | None = None

    @property
    def part(self) -> "Any":
        """The part that is read."""
        return self._part

    @property
    def evidence(self) -> PartEvidence:
        """What the reading showed; only one that was read to its end has any.

        Raises:
            ConfigurationError: It was not.
        """
        if self._evidence is None:
            self._evidence, self._ids = self._find_evidence()
        return PartEvidence(self._evidence)

    def _find_evidence(self) -> "tuple[str, bytes]":
        raise NotImplementedError

    def _ids_of(self, classes: int, class_: int) -> bytes:
        _ = self.evidence
        if classes == 1:
            return self._ids
        places = memoryview(_classes(self._ids, classes)).cast("i")
        ids = (self._ids[at * _ID_BYTES : (at + 1) * _ID_BYTES] for at in range(len(places)))
        return b"".join(one for one, place in zip(ids, places, strict=True) if place == class_)

    def _sliced(self, table: "pyarrow.Table", class_: int) -> "PartSlice":
        import pyarrow
        import pyarrow.compute

        if not 0 <= class_ < self._classes:
            raise ConfigurationError(
                f"the part is read in {self._classes} classes, and has no slice {class_}"
            )
        evidence = self.evidence
        count = len(self._ids) // _ID_BYTES
        buffer = pyarrow.py_buffer(_classes(self._ids, self._classes))
        mine = pyarrow.Array.from_buffers(pyarrow.int32(), count, [None, buffer])
        rows = table.filter(pyarrow.compute.equal(mine, pyarrow.scalar(class_, pyarrow.int32())))
        return PartSlice(evidence, self._classes, class_, self._ids_of(self._classes, class_), rows)

    def __repr__(self) -> str:
        state = "not read" if self._listing is None else "read in part"
        state = "read" if self._evidence is not None else state
        return f"<{type(self).__name__} of {self._part!r}: {state}>"

    def __reduce__(self) -> "tuple[Any, ...]":
        if self._listing is not None:
            # One that was read in part is nowhere else what it is here.
            _ = self.evidence
        found = (self._evidence, self._ids, self._table)
        return _read_again, (type(self), self._part, self._classes, found)


def _read_again(
    cls: "type[Evident]", part: PartValue, classes: int, found: "tuple[str | None, bytes, Any]"
) -> Evident:
    read = cls(part, classes)
    read._evidence, read._ids, read._table = found
    return read


class PartRead(Evident):
    """One reading of a part, which is read once: by `for`, as an Arrow stream or a table, or by classes.

    It is proven, or raises: a part never ends without its proof. Pickled after its end it keeps its
    evidence, and the table that its slices are of, and no other sessions.
    """

    __slots__ = ()

    def slice(self, class_: int) -> "PartSlice":
        """Return the sessions of one class, with what settling that class has to know.

        The whole part is read at the first call and held in memory, as a pyarrow table.

        Raises:
            IncompleteListingError: The part could not be proven.
            SessionsError: Whatever a request failed with.
        """
        if self._table is None:
            self._table = self._rows().to_arrow()
        return self._sliced(self._table, class_)

    @property
    def report(self) -> "ListingReport":
        """What is known of the reading so far."""
        return self.evidence.report if self._evidence is not None else self._rows().report

    @property
    def stream_error(self) -> "BaseException | None":
        """The exception with which the latest Arrow stream failed; its reader has only the text."""
        return None if self._listing is None else self._rows().stream_error

    def to_arrow(self) -> "pyarrow.Table":
        """Read the part into a pyarrow table."""
        return self._rows().to_arrow()

    def to_pandas(self) -> "pandas.DataFrame":
        """Read the part into a pandas frame."""
        return self._rows().to_pandas()

    def to_polars(self) -> "polars.DataFrame":
        """Read the part into a polars frame."""
        return self._rows().to_polars()

    def close(self) -> None:
        """Stop the reading and its requests."""
        if self._listing is not None:
            self._listing.close()

    def __arrow_c_stream__(self, requested_schema: "object | None" = None) -> object:
        return self._rows().__arrow_c_stream__(requested_schema)

    def __iter__(self) -> "Iterator[Session]":
        return self._rows()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _rows(self) -> SessionIterator:
        if self._evidence is not None and self._listing is None:
            raise ConfigurationError("the part was read elsewhere: call part.read() to read it again")
        if self._listing is None:
            self._listing = self._part._listing()
        listing: SessionIterator = self._listing
        return listing

    def _find_evidence(self) -> "tuple[str, bytes]":
        if self._listing is None:
            raise ConfigurationError("the part was not read, and only a reading gives evidence")
        evidence: tuple[str, bytes] = self._listing._evidence(self._part._text)
        return evidence


class PartSlice:
    """The sessions of one class that a part yielded, and what settling that class has to know.

    Attributes:
        evidence: What the reading showed.
        classes: How many classes there are.
        class_: Which of them it is.
    """

    __slots__ = ("_ids", "_table", "class_", "classes", "evidence")

    def __init__(
        self, evidence: PartEvidence, classes: int, class_: int, ids: bytes, table: "pyarrow.Table"
    ) -> None:
        self.evidence, self.classes, self.class_ = evidence, classes, class_
        self._ids, self._table = ids, table

    def to_arrow(self) -> "pyarrow.Table":
        """Return the sessions as a pyarrow table."""
        return self._table

    def __arrow_c_stream__(self, requested_schema: "object | None" = None) -> object:
        table: Any = self._table
        stream: object = table.__arrow_c_stream__(requested_schema)
        return stream

    def __len__(self) -> int:
        return len(self._ids) // _ID_BYTES

    def _ids_of(self, classes: int, class_: int) -> bytes:
        if (classes, class_) != (self.classes, self.class_):
            raise ConfigurationError(
                f"a slice of class {self.class_} of {self.classes} does not settle "
                f"class {class_} of {classes}"
            )
        return self._ids

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.class_} of {self.classes}, part {self.evidence.index + 1}: "
            f"{len(self):,} sessions>"
        )

    def __reduce__(self) -> "tuple[Any, ...]":
        return type(self), (self.evidence, self.classes, self.class_, self._ids, self._table)


class Settling:
    """What both clients' settlings know."""

    __slots__ = ("__weakref__", "_known", "_listing", "_plan")

    def __init__(
        self, plan: PlanValue, listing: "Any", known: "tuple[str, list[str], bytes, int, int]"
    ) -> None:
        self._plan, self._listing, self._known = plan, listing, known

    def _report(self, late: "str | None") -> "ListingReport":
        plan, evidence, ids, _, _ = self._known
        return _settled_report(plan, evidence, late, len(ids) // _ID_BYTES)

    def __repr__(self) -> str:
        state = "nothing is left" if self._listing is None else "what no part yielded"
        return f"<{type(self).__name__}: {state}>"


class Settled(Settling):
    """What no part yielded, read once: by `for`, as an Arrow stream or a table.

    With it, what the parts yielded is whole; `report` says so once it was read to its end.
    """

    __slots__ = ("_nothing",)

    def __init__(
        self, plan: PlanValue, listing: "Any", known: "tuple[str, list[str], bytes, int, int]"
    ) -> None:
        super().__init__(plan, listing, known)
        self._nothing: SessionIterator | None = None

    @property
    def report(self) -> "ListingReport":
        """What parts and settling came to together; `yielded` counts both, of this class."""
        return self._report(None if self._listing is None else self._listing._report_text())

    @property
    def stream_error(self) -> "BaseException | None":
        """The exception with which the latest Arrow stream failed; its reader has only the text."""
        return self._rows().stream_error

    def to_arrow(self) -> "pyarrow.Table":
        """Read what is left into a pyarrow table."""
        return self._rows().to_arrow()

    def to_pandas(self) -> "pandas.DataFrame":
        """Read what is left into a pandas frame."""
        return self._rows().to_pandas()

    def to_polars(self) -> "polars.DataFrame":
        """Read what is left into a polars frame."""
        return self._rows().to_polars()

    def close(self) -> None:
        """Stop the reading and its requests."""
        self._rows().close()

    def __arrow_c_stream__(self, requested_schema: "object | None" = None) -> object:
        return self._rows().__arrow_c_stream__(requested_schema)

    def __iter__(self) -> "Iterator[Session]":
        return self._rows()

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _rows(self) -> SessionIterator:
        if self._listing is not None:
            listing: SessionIterator = self._listing
            return listing
        if self._nothing is None:
            empty: SessionIterator = self._plan._client.iter_sessions(**nothing(self._plan))
            self._nothing = empty
        return self._nothing


def nothing(plan: PlanValue) -> "dict[str, Any]":
    """Return what a listing is asked for with that makes no request, and has the plan's columns."""
    chosen = {"agent_id": plan._options.get("agent_id"), "fields": plan._known["choice"].get("fields")}
    return {**chosen, "max_items": 0}


def _with_share(client: "Any", count: int) -> "Any":
    """Return the client for one part of so many: its requests per second are all parts' together."""
    settings = getattr(client, "_client", client)._settings()[0]
    rate = settings.get("max_requests_per_second")
    return client if rate is None or count == 1 else client.with_options(max_requests_per_second=rate / count)


def _range(known: "dict[str, Any]") -> PartRange:
    return PartRange(known["order"], _moment(known["low"]), _moment(known["high"]))


def _moment(micros: "int | None") -> "datetime | None":
    from datetime import UTC, datetime, timedelta

    if micros is None:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
