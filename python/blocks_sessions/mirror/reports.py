"""What is known of a run, and what a mirror's file says of its last one."""

from datetime import datetime

from blocks_sessions.report import ListingReport, Report

__all__ = ["MirrorReport", "SyncReport"]


class SyncReport(Report):
    """What is known of one run of a mirror.

    Attributes:
        mode: What was read last: `"head"` or `"full"`.
        created: Sessions that are new in the copy.
        updated: Sessions that say something else than before.
        vanished: Sessions that are gone; only a complete full run tells.
        returned: Sessions that had vanished and are there again.
        unchanged: Sessions that were read and say what they said.
        complete: What was read is proven to be whole.
        proven_at: Nothing that moved by then, or was new with a message, is missing, in UTC.
        deletions_proven_at: Nothing is there that was gone by then, and nothing had changed without moving.
        requests: Requests for pages.
        seq: The number of the latest change: `watch(since=...)` goes on after it.
        sessions: Live sessions in the copy.
        warnings: One sentence for each doubt.
        listing: The `ListingReport` of what was read last.
    """

    __module__ = "blocks_sessions.mirror"
    __slots__ = (
        "complete",
        "created",
        "deletions_proven_at",
        "listing",
        "mode",
        "proven_at",
        "requests",
        "returned",
        "seq",
        "sessions",
        "unchanged",
        "updated",
        "vanished",
        "warnings",
    )

    mode: str
    created: int
    updated: int
    vanished: int
    returned: int
    unchanged: int
    complete: bool
    proven_at: datetime | None
    deletions_proven_at: datetime | None
    requests: int
    seq: int
    sessions: int
    warnings: tuple[str, ...]
    listing: ListingReport

    _ROWS: tuple[tuple[str, str], ...] = (
        ("requests", "requests"),
        ("proven_at", "proven for"),
        ("deletions_proven_at", "deletions proven"),
        ("seq", "latest change"),
    )

    @classmethod
    def _read(cls, name: str, value: object) -> object:
        if name == "listing" and isinstance(value, dict):
            return ListingReport.from_dict(value)
        return super()._read(name, value)

    def _verdict(self) -> str:
        verdict = "complete" if self.complete else "not proven to be complete"
        changed = ", ".join(
            f"{getattr(self, name):,} {name}" for name in ("created", "updated", "vanished", "returned")
        )
        return f"{self.mode} sync, {verdict}: {changed}; {self.sessions:,} sessions"

    def _state(self) -> tuple[str, str]:
        return ("good", "complete") if self.complete else ("warn", "not proven")


class MirrorReport(Report):
    """What a mirror's file says of its last run.

    Attributes:
        mode: `"head"` or `"full"`.
        complete: The run came to its end, and what it read is proven to be whole.
        started_at: When it began.
        ended_at: When it ended; `None` if it was cut off.
        proven_at: As of `SyncReport`.
        deletions_proven_at: As of `SyncReport`.
        certificate: The kind of proof, as of `ListingReport`.
        seq: The number of the latest change.
        sessions: Live sessions.
    """

    __module__ = "blocks_sessions.mirror"
    __slots__ = (
        "certificate",
        "complete",
        "deletions_proven_at",
        "ended_at",
        "mode",
        "proven_at",
        "seq",
        "sessions",
        "started_at",
    )

    mode: str
    complete: bool
    started_at: datetime
    ended_at: datetime | None
    proven_at: datetime | None
    deletions_proven_at: datetime | None
    certificate: str | None
    seq: int
    sessions: int

    def _verdict(self) -> str:
        state = "complete" if self.complete else "not complete"
        return (
            f"{self.mode} sync of {self.started_at}, {state}; {self.sessions:,} sessions, change {self.seq:,}"
        )

    def _state(self) -> tuple[str, str]:
        return ("good", "complete") if self.complete else ("warn", "not complete")
