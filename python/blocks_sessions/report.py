"""What is known of a listing, and of whatever else ends with a report.

A report is made from what the core's report serializes to, which is also what `to_dict()` gives. Another
kind is a subclass of `Report` that annotates its fields, and tells `_verdict` and the labels of `_ROWS`;
`convert::report::to_class` makes it from the core's.
"""

from datetime import datetime

from blocks_sessions.mask_report import MaskReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

__all__ = ["ListingReport", "Report"]


class Report:
    """What all reports have in common: they cannot be changed, and compare, pickle and print by value.

    The annotations of a class, and of those that it is made from, are its fields, in that order.
    """

    __slots__ = ()

    # The fields that are shown, with their labels.
    _ROWS: tuple[tuple[str, str], ...] = ()
    # What a field is where a report was written before there was such a field.
    _DEFAULTS: tuple[tuple[str, object], ...] = ()
    _FIELDS: tuple[str, ...] = ()
    # Those of them that are moments.
    _TIMES: frozenset[str] = frozenset()

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        own = {name: str(kind) for name, kind in cls.__annotations__.items() if not name.startswith("_")}
        cls._FIELDS = (*cls._FIELDS, *(name for name in own if name not in cls._FIELDS))
        cls._TIMES = cls._TIMES | {name for name, kind in own.items() if "datetime" in kind}

    def __init__(self, **known: object) -> None:
        for name in self._FIELDS:
            value = known.pop(name) if name in known else self._default(name)
            object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)
        if known:
            raise TypeError(f"{type(self).__name__} has no field {next(iter(known))!r}")

    @classmethod
    def from_dict(cls, known: "Mapping[str, Any]") -> "Self":
        """Make a report again from what `to_dict()` gave, without fields that this version does not know."""
        return cls(**{name: cls._read(name, known[name]) for name in cls._FIELDS if name in known})

    def to_dict(self) -> "dict[str, Any]":
        """Return the fields as JSON has them: moments as ISO 8601 text in UTC, and lists for tuples."""
        return {name: _plain(value) for name, value in self._known().items()}

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{_article(type(self).__name__)} cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{_article(type(self).__name__)} cannot be changed: {name}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self._known()))

    def __replace__(self, **changes: object) -> "Self":
        return type(self)(**{**self._known(), **changes})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._known() == other._known()

    def __hash__(self) -> int:
        return hash((type(self), *map(_hashable, self._known().values())))

    def __repr__(self) -> str:
        known = ", ".join(f"{name}={value!r}" for name, value in self._known().items())
        return f"{type(self).__name__}({known})"

    def __str__(self) -> str:
        lines = [self._verdict()]
        lines += [f"  {label + ':':<20} {value}" for label, value in self._rows()]
        lines += [f"  warning: {warning}" for warning in self._warnings()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        from blocks_sessions.display import any_report_html

        return any_report_html(
            type(self).__name__, self._verdict(), self._state(), self._rows(), self._warnings()
        )

    def _known(self) -> "dict[str, Any]":
        return {name: getattr(self, name) for name in self._FIELDS}

    def _verdict(self) -> str:
        """Return the report in one line."""
        raise NotImplementedError

    def _state(self) -> tuple[str, str]:
        """Return a colour, of `"good"`, `"busy"`, `"warn"`, `"bad"` and `"quiet"`, and a word for it."""
        return ("quiet", "")

    def _rows(self) -> list[tuple[str, str]]:
        shown = ((label, getattr(self, name)) for name, label in self._ROWS)
        return [(label, _text(value)) for label, value in shown if value is not None]

    def _warnings(self) -> tuple[str, ...]:
        warnings: tuple[str, ...] = getattr(self, "warnings", ())
        return warnings

    @classmethod
    def _default(cls, name: str) -> object:
        for known, value in cls._DEFAULTS:
            if known == name:
                return value
        raise TypeError(f"{cls.__name__} needs its field {name!r}")

    @classmethod
    def _read(cls, name: str, value: object) -> object:
        if name in cls._TIMES and isinstance(value, str):
            return datetime.fromisoformat(value)
        return value


class ListingReport(Report):
    """What a listing knows of itself, also while it is still read.

    Attributes:
        complete: Proven to hold every session that existed during the whole run, and all of them
            reached whoever reads the listing.
        cut_short: Only a part of the list was wanted: `offset` or `max_items` left the rest out, which
            is not missing. `complete` speaks of the part.
        closed: It was closed before its end.
        certificate: The kind of proof: `"single_page"`, `"key_cover"`, `"key_climb"`, `"anchor_chain"`,
            `"double_collect"`, or `None`.
        order: The order that the pages bear out, as in `"last_message_at desc"`.
        region: The part of the list that was asked for, or that a condition implies, as in
            `"last_message_at >= 2026-01-24T00:00:00Z"`; `None` for the whole. `complete` speaks of it.
        addressing: How the service reads `offset`: `"sessions"` or `"pages"`.
        effective_limit: Sessions in a full page.
        yielded: Sessions that were handed out.
        matched: Sessions of which the condition of `where` is true; without one, all that were handed out.
        filtered: Sessions of which it is false or unknown.
        repeated: Rows that were seen again and not handed out again.
        inserted: Sessions that appeared while the list was read.
        updated: Sessions that were seen again with a later key.
        vanished_at_least: Sessions known to have been deleted meanwhile.
        requests: Requests for pages, retries not counted.
        retries: How often a request was sent again.
        total_count_first: `total_count` of the first answer.
        total_count_last: `total_count` of the latest answer.
        started_at: When the first answer came, in UTC.
        proven_at: The moment for which the listing is proven, in UTC. With `"key_climb"`: whatever existed
            then and was not deleted before the end is there.
        duration: From the first request to the latest answer, in seconds.
        skew: How far new timestamps may lie behind the service's clock for the proof to hold, in seconds;
            `None` without a proof.
        warnings: One sentence for each doubt.
        mask: What the client's mask did to the sessions that were handed out; `None` without one.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=250) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     sessions = client.iter_sessions()
        ...     count = sum(1 for _ in sessions)
        >>> sessions.report.yielded, sessions.report.to_dict()["certificate"]
        (250, 'key_cover')
    """

    __slots__ = (
        "addressing",
        "certificate",
        "closed",
        "complete",
        "cut_short",
        "duration",
        "effective_limit",
        "filtered",
        "inserted",
        "mask",
        "matched",
        "order",
        "proven_at",
        "region",
        "repeated",
        "requests",
        "retries",
        "skew",
        "started_at",
        "total_count_first",
        "total_count_last",
        "updated",
        "vanished_at_least",
        "warnings",
        "yielded",
    )

    complete: bool
    cut_short: bool
    closed: bool
    certificate: str | None
    order: str | None
    region: str | None
    addressing: str
    effective_limit: int
    yielded: int
    matched: int
    filtered: int
    repeated: int
    inserted: int
    updated: int
    vanished_at_least: int
    requests: int
    retries: int
    total_count_first: int | None
    total_count_last: int | None
    started_at: datetime | None
    proven_at: datetime | None
    duration: float | None
    skew: float | None
    warnings: tuple[str, ...]
    mask: MaskReport | None

    _DEFAULTS = (
        ("closed", False),
        ("region", None),
        ("matched", 0),
        ("filtered", 0),
        ("mask", None),
        ("duration", None),
        ("skew", None),
    )
    _ROWS: tuple[tuple[str, str], ...] = (
        ("certificate", "proof"),
        ("order", "order"),
        ("region", "bounds"),
        ("addressing", "offset counts"),
        ("effective_limit", "page limit"),
        ("yielded", "sessions"),
        ("filtered", "left out by where"),
        ("repeated", "seen again"),
        ("inserted", "inserted meanwhile"),
        ("updated", "updated meanwhile"),
        ("vanished_at_least", "vanished, at least"),
        ("requests", "requests"),
        ("retries", "retries"),
        ("total_count_first", "first total_count"),
        ("total_count_last", "last total_count"),
        ("started_at", "started"),
        ("proven_at", "proven for"),
        ("duration", "seconds taken"),
        ("skew", "seconds of skew"),
    )

    @classmethod
    def _read(cls, name: str, value: object) -> object:
        if name == "mask" and isinstance(value, dict):
            return MaskReport.from_dict(value)
        return super()._read(name, value)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        from blocks_sessions.display import report_html

        return report_html(self._verdict(), self)

    def _verdict(self) -> str:
        found = f"{self.yielded:,} session{'' if self.yielded == 1 else 's'}"
        if self.closed:
            return f"closed before its end: {found}"
        if self.complete and self.cut_short:
            return f"complete, for the part that was asked for: {found}, proven by {self.certificate}"
        if self.complete:
            return f"complete: {found}, proven by {self.certificate}"
        if self.cut_short:
            return f"cut short by max_items or offset: {found}"
        return f"not proven to be complete: {found}"


def _rebuild(cls: type[Report], known: dict[str, object]) -> Report:
    return cls(**known)


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3g}"
    return f"{value:,}" if type(value) is int else str(value)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if (to_dict := getattr(value, "to_dict", None)) is not None:
        return to_dict()
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _hashable(value: object) -> object:
    if isinstance(value, dict):
        return tuple((key, _hashable(inner)) for key, inner in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, tuple | list) else value
