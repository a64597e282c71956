"""What a dataset of either client is narrowed by: conditions, fields and bounds; each makes a new dataset."""

from blocks_sessions._core import _signatures
from blocks_sessions.exceptions import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

    from blocks_sessions._types import Moment

__all__ = ["Narrowing", "counted", "exported", "partitioned"]

# What a listing takes and counting does not.
_UNCOUNTED = ("fields", "page_size")
# What a listing takes and a partition does not: parts are proven, and are read by whoever wants them.
_UNPARTED = ("page_size", "consistency", "progress", "offset", "max_items")


class Narrowing:
    """Makes new datasets of one: what the new one lists is part of what this one does."""

    __slots__ = ()

    def _parts(self) -> "tuple[Any, dict[str, Any]]":
        """Return the client, and what a listing of the dataset is asked for with."""
        raise NotImplementedError

    def where(self, condition: str) -> "Self":
        """Return a dataset of the sessions of which this condition is true as well.

        Raises:
            ValidationError: The condition is wrong, all faults at once; no request is made.
        """
        # By itself first: so that its faults are at their own places, and it ends where it seems to.
        client, options = self._parts()
        _check(client, {**options, "where": condition})
        earlier = options.get("where")
        return self._narrowed(where=condition if earlier is None else f"({earlier}\n) and ({condition}\n)")

    def select(self, *fields: str) -> "Self":
        """Return a dataset that keeps these fields of each session, and these columns.

        Raises:
            ValidationError: A name is wrong, or stands there twice.
        """
        return self._narrowed(fields=list(fields))

    def since(self, moment: "Moment") -> "Self":
        """Return a dataset of the part of the list whose sort key is not before this moment.

        Raises:
            ValidationError: It is no moment.
        """
        return self._narrowed(since=moment)

    def until(self, moment: "Moment") -> "Self":
        """Return a dataset of the part of the list whose sort key is before this moment.

        Raises:
            ValidationError: It is no moment.
        """
        return self._narrowed(until=moment)

    def _narrowed(self, **changes: "Any") -> "Self":
        client, options = self._parts()
        options = {**options, **changes}
        _check(client, options)
        return type(self)(client, options)  # type: ignore[call-arg]


def _check(client: "Any", options: "dict[str, Any]") -> None:
    # An iterator that is not read makes no request.
    client.iter_sessions(**options)


def counted(options: "dict[str, Any]") -> "dict[str, Any] | None":
    """Return what `count()` is asked with; `None` where only a listing knows how many that are."""
    if options.get("offset") or options.get("max_items") is not None:
        return None
    return {
        name: value for name, value in options.items() if name not in (*_UNCOUNTED, "offset", "max_items")
    }


def exported(options: "dict[str, Any]", own: "dict[str, Any]") -> "dict[str, Any]":
    """Return what `export()` is asked with: the dataset's choice, and how the file is to be written."""
    listed = {name for name, *_ in _signatures()["dataset"]} - {"progress"}
    known = [name for name, *_ in _signatures()["export"] if name not in listed]
    for name in own:
        if name not in known:
            raise TypeError(
                f"export() of a dataset got an unexpected keyword argument '{name}'. It takes "
                f"{', '.join(known)}; what is listed is the dataset's own choice"
            )
    return {name: value for name, value in options.items() if name != "page_size"} | own


def partitioned(options: "dict[str, Any]") -> "dict[str, Any]":
    """Return what `partitions()` is asked with."""
    if options.get("offset") or options.get("max_items") is not None:
        raise ConfigurationError(
            "a list with offset or max_items cannot be cut into parts: no part could count to them alone"
        )
    return {name: value for name, value in options.items() if name not in _UNPARTED}
