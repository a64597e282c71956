"""What is known of a listing: how much it found, and whether that is proven to be all."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from blocks_sessions.mask_report import MaskReport

__all__ = ["ListingReport"]

_ROWS = (
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
)


class ListingReport:
    """What a listing knows of itself, also while it is still read.

    Attributes:
        complete: Proven to hold every session that existed during the whole run.
        cut_short: `max_items` ended the listing: what lies behind was not asked for, and is not missing.
        certificate: The kind of proof: `"single_page"`, `"key_cover"`, `"anchor_chain"`,
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
        proven_at: The moment for which the listing is proven, in UTC.
        warnings: One sentence for each doubt.
        mask: What the client's mask did to the sessions that were handed out; `None` without one.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=250) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     sessions = client.iter_sessions()
        ...     count = sum(1 for _ in sessions)
        >>> sessions.report.yielded
        250
    """

    __slots__ = (
        "addressing",
        "certificate",
        "complete",
        "cut_short",
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
    started_at: "datetime | None"
    proven_at: "datetime | None"
    warnings: tuple[str, ...]
    mask: "MaskReport | None"

    def __init__(self, **known: object) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, known[name])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a ListingReport cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a ListingReport cannot be changed: {name}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self._known()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ListingReport):
            return NotImplemented
        return self._known() == other._known()

    def __hash__(self) -> int:
        return hash(tuple(self._known().values()))

    def __repr__(self) -> str:
        known = ", ".join(f"{name}={value!r}" for name, value in self._known().items())
        return f"ListingReport({known})"

    def __str__(self) -> str:
        lines = [self._verdict()]
        lines += [f"  {label + ':':<20} {value}" for label, value in self._rows()]
        lines += [f"  warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        from blocks_sessions.display import report_html

        return report_html(self._verdict(), self)

    def _known(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}

    def _verdict(self) -> str:
        if self.complete:
            return f"complete: {self.yielded:,} sessions, proven by {self.certificate}"
        if self.cut_short:
            return f"cut short by max_items: {self.yielded:,} sessions"
        return f"not proven to be complete: {self.yielded:,} sessions"

    def _rows(self) -> list[tuple[str, str]]:
        shown = ((label, getattr(self, name)) for name, label in _ROWS)
        return [(label, _text(value)) for label, value in shown if value is not None]


def _rebuild(cls: type[ListingReport], known: dict[str, object]) -> ListingReport:
    return cls(**known)


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
