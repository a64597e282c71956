"""A list as a resource of dlt: merged by `session_id`, and read on from what the last load proved."""

from datetime import datetime, timedelta

from blocks_sessions._core import _plan
from blocks_sessions.integrations._parts import blocking, missing
from blocks_sessions.partition import PartitionPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import pyarrow
    from dlt.extract import DltResource as _DltResource  # type: ignore[import-not-found]

    from blocks_sessions._core import SessionsClient

__all__ = ["sessions"]

_BOUND = "proven_up_to"
_INSTANT = timedelta(microseconds=1)


def sessions(
    client: "SessionsClient", *, name: str = "sessions", parts: int = 1, **listing: "Any"
) -> "_DltResource":
    """Return a resource of a list: the first load is the whole of it, each later one what changed since.

    A load goes on from the watermark of the last one, which lies behind its newest session by the skew that
    the proof allows for, so that some sessions come again: they are merged by `session_id`. A load that
    cannot be proven raises, which loads nothing and moves no state. What was deleted is not seen.

    Args:
        client: The blocking client to list with.
        name: The resource's and the table's name.
        parts: How many parts the list is read in, one after the other.
        **listing: What `SessionsClient.partitions` takes; `since` is where the first load begins.

    Raises:
        ConfigurationError: dlt is not installed.

    Example:
        >>> import dlt
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.integrations.dlt import sessions
        >>> client = SessionsClient("demo-key", agent_id="agent_123")
        >>> resource = sessions(client, where="status = 'closed'")
        >>> resource.name
        'sessions'
    """
    try:
        import dlt  # type: ignore[import-not-found]
        import pyarrow  # noqa: F401 - dlt takes tables
    except ImportError:
        raise missing("dlt", "dlt and pyarrow") from None

    blocking(client)

    def read() -> "Iterator[pyarrow.Table]":
        state = dlt.current.resource_state()
        plan = _planned(client, parts, listing, state.get(_BOUND))
        reads = []
        for part in plan.parts:
            reads.append(part.read())
            yield reads[-1].to_arrow()
        yield plan.settle(reads).to_arrow()
        # Only here: whatever was not proven has raised, and then nothing is loaded, and no state moves.
        if plan.watermark is not None:
            state[_BOUND] = _bound(plan.watermark, plan.until).isoformat()

    read.__name__ = name
    resource: _DltResource = dlt.resource(
        read, name=name, primary_key="session_id", write_disposition="merge"
    )
    return resource


def _planned(
    client: "SessionsClient", parts: int, listing: "dict[str, Any]", bound: str | None
) -> PartitionPlan:
    """Return the plan of what may have changed since the last load, or of all."""
    if bound is None:
        return client.partitions(parts, **listing)
    options = {**listing, "since": datetime.fromisoformat(bound) + _INSTANT}
    asked = {
        name: value for name, value in options.items() if name not in ("where", "fields", "since", "until")
    }
    # Sessions without a key stand at the end of the list, wherever it is read on from.
    plan = PartitionPlan(client, _plan(client, parts, options), asked)
    # A list that no longer shows an order is not bounded by a key.
    return client.partitions(parts, **listing) if plan.watermark is None else plan


def _bound(watermark: datetime, until: datetime | None) -> datetime:
    return watermark if until is None else min(watermark, until - _INSTANT)
