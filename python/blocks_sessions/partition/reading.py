"""What reading a part comes to: its rows, its evidence, and slices of both by classes of sessions."""

import json

from blocks_sessions._core import _classes, _evidence_report
from blocks_sessions.exceptions import ConfigurationError
from blocks_sessions.partition.ranges import key_range
from blocks_sessions.partition.rows import Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    import pyarrow

    from blocks_sessions._core import SessionIterator
    from blocks_sessions.partition.plan import PartValue
    from blocks_sessions.partition.ranges import PartRange
    from blocks_sessions.report import ListingReport

__all__ = ["ID_BYTES", "Evident", "PartEvidence", "PartRead", "PartSlice"]

ID_BYTES = 16


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
    def range(self) -> "PartRange":
        """Which keys the part owns."""
        return key_range(self._known["range"])

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
        ids = (self._ids[at * ID_BYTES : (at + 1) * ID_BYTES] for at in range(len(places)))
        return b"".join(one for one, place in zip(ids, places, strict=True) if place == class_)

    def _sliced(self, table: "pyarrow.Table", class_: int) -> "PartSlice":
        import pyarrow
        import pyarrow.compute

        if not 0 <= class_ < self._classes:
            raise ConfigurationError(
                f"the part is read in {self._classes} classes, and has no slice {class_}"
            )
        evidence = self.evidence
        count = len(self._ids) // ID_BYTES
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
    cls: "type[Evident]", part: "PartValue", classes: int, found: "tuple[str | None, bytes, Any]"
) -> Evident:
    read = cls(part, classes)
    read._evidence, read._ids, read._table = found
    return read


class PartRead(Rows, Evident):
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

    def _rows(self) -> "SessionIterator":
        if self._evidence is not None and self._listing is None:
            raise ConfigurationError("the part was read elsewhere: call part.read() to read it again")
        if self._listing is None:
            self._listing = self._part._listing()
        listing: SessionIterator = self._listing
        return listing

    def _begun(self) -> "SessionIterator | None":
        listing: SessionIterator | None = self._listing
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
        return len(self._ids) // ID_BYTES

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
