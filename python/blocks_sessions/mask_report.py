"""What a mask did: every path with its treatment and its counts, and never a value."""

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["MaskReport", "MaskedPath"]


class MaskedPath(NamedTuple):
    """What was done at one path.

    Attributes:
        treatment: As a policy writes it, as in `"token:email"`.
        values: How many values; of what was dropped whole, one for each object or array.
        unmaskable: How many of them could not be masked, and were dropped.
        unknown: Neither the preset nor the policy names the path.
    """

    treatment: str
    values: int
    unmaskable: int
    unknown: bool


class MaskReport:
    """What a mask did to the sessions that were handed out.

    Attributes:
        preset: The preset that the policy began from.
        policy: Sixteen digits that change with the policy.
        key_id: Which key the pseudonyms were made with; `None` if the policy makes none.
        ephemeral: That key is kept nowhere: pseudonyms of another mask do not join these.
        sessions: How many sessions.
        paths: Each path that occurred, and what was done there.
        found: How often each kind was found in texts, keys and numbers.
        unmatched: Selectors of the policy's own that matched nothing.

    Example:
        >>> from blocks_sessions import Mask
        >>> report = Mask(key="ephemeral").explain({"user_info": {"name": "Mei"}, "status": "active"})
        >>> report.paths["user_info.name"].treatment
        'redact'
    """

    __slots__ = ("ephemeral", "found", "key_id", "paths", "policy", "preset", "sessions", "unmatched")

    preset: str
    policy: str
    key_id: str | None
    ephemeral: bool
    sessions: int
    paths: Mapping[str, MaskedPath]
    found: Mapping[str, int]
    unmatched: tuple[str, ...]

    def __init__(self, **known: object) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, known[name])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a MaskReport cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a MaskReport cannot be changed: {name}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self._known()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MaskReport):
            return NotImplemented
        return self._known() == other._known()

    def __hash__(self) -> int:
        return hash((self.policy, self.key_id, self.sessions, tuple(self.paths)))

    def __repr__(self) -> str:
        return (
            f"MaskReport(preset={self.preset!r}, policy={self.policy!r}, key_id={self.key_id!r}, "
            f"sessions={self.sessions}, paths={len(self.paths)})"
        )

    def __str__(self) -> str:
        lines = [self._title()]
        for path, done in self.paths.items():
            unknown = ", named by nobody" if done.unknown else ""
            failed = f", {done.unmaskable:,} dropped that could not be masked" if done.unmaskable else ""
            lines.append(f"  {path}: {done.treatment} ({done.values:,}{unknown}){failed}")
        if self.found:
            lines.append("  found in texts: " + ", ".join(f"{kind} {n:,}" for kind, n in self.found.items()))
        if self.unmatched:
            lines.append("  selectors that matched nothing: " + ", ".join(self.unmatched))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(path)}</td><td>{escape(done.treatment)}</td>"
            f"<td>{done.values:,}</td><td>{done.unmaskable:,}</td></tr>"
            for path, done in self.paths.items()
        )
        head = "<tr><th>path</th><th>treatment</th><th>values</th><th>could not be masked</th></tr>"
        return f"<p>{escape(self._title())}</p><table>{head}{rows}</table>"

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> "MaskReport":
        """Make a report again from what `to_dict()` gave."""
        paths = {path: MaskedPath(**done) for path, done in known["paths"].items()}
        return cls(**{**known, "paths": paths, "unmatched": tuple(known["unmatched"])})

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON can hold it."""
        known = self._known()
        known["paths"] = {path: done._asdict() for path, done in self.paths.items()}
        known["found"] = dict(self.found)
        known["unmatched"] = list(self.unmatched)
        return known

    def _known(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}

    def _title(self) -> str:
        key = (
            "" if self.key_id is None else f", key {self.key_id}" + (" (ephemeral)" if self.ephemeral else "")
        )
        return f"{self.sessions:,} sessions pseudonymised by {self.preset}, policy {self.policy}{key}"


def _rebuild(cls: type[MaskReport], known: dict[str, object]) -> MaskReport:
    return cls(**known)
