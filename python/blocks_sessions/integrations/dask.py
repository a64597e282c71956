"""A list as a Dask frame, whole and each session once, whatever happens to the workers.

Parts are read where Dask runs them, and shuffled by classes of sessions; each class settles itself once all
its slices arrived. A task that runs again, since its worker died, changes nothing for the others.
"""

from blocks_sessions.integrations._parts import blocking, missing, schema, settled, slices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import pandas
    import pyarrow
    from dask.dataframe import DataFrame as _DataFrame  # type: ignore[import-not-found]

    from blocks_sessions._core import SessionsClient
    from blocks_sessions.partition import PartitionPlan, PartSlice

__all__ = ["read_sessions"]


def read_sessions(client: "SessionsClient", *, parts: int = 8, **listing: "Any") -> "_DataFrame":
    """Return a frame of a list: every session that there was when it was planned and is still there, once.

    The plan is made at once, by a handful of requests; the sessions are read when the frame is computed. Each
    partition of the frame is one class of sessions, by a hash of their ids: their order is not that of the
    list. The client's settings, secrets included, are in the tasks, and in no name and no text of them.

    Args:
        client: The blocking client to list with.
        parts: How many parts to read at once, at most.
        **listing: What `SessionsClient.partitions` takes.

    Raises:
        ConfigurationError: Dask is not installed.
        ValidationError: The arguments are wrong, all faults at once, before any request.
        SessionsError: Whatever a request failed with. Computing raises `IncompleteListingError` where a
            part or its settling could not be proven.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.integrations.dask import read_sessions
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=2_000) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     frame = read_sessions(client, parts=3)
        ...     len(frame)
        2000
    """
    try:
        import dask  # type: ignore[import-not-found]
        import dask.dataframe
    except ImportError:
        raise missing("dask", "dask[dataframe]") from None

    plan = blocking(client).partitions(parts, **listing)
    classes = len(plan.parts)
    read = dask.delayed(slices, nout=classes)
    settle = dask.delayed(_frame)
    found = [read(part, classes) for part in plan.parts]
    frames = [settle(plan, [one[class_] for one in found], classes, class_) for class_ in range(classes)]
    return dask.dataframe.from_delayed(frames, meta=_as_pandas(schema(client, plan).empty_table()))


def _frame(
    plan: "PartitionPlan", read: "Sequence[PartSlice]", classes: int, class_: int
) -> "pandas.DataFrame":
    return _as_pandas(settled(plan, read, classes, class_))


def _as_pandas(table: "pyarrow.Table") -> "pandas.DataFrame":
    """Make a frame whose types do not depend on what is in it."""
    import pandas
    import pyarrow

    types = {pyarrow.int64(): pandas.Int64Dtype(), pyarrow.bool_(): pandas.BooleanDtype()}
    frame: pandas.DataFrame = table.to_pandas(types_mapper=types.get)
    return frame
