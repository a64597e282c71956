"""A list as a Ray dataset: whole by `read_sessions`, or up to a bound by a datasource."""

from blocks_sessions.integrations._parts import blocking, missing, ready, schema, settled, slices

try:
    from ray.data.datasource import Datasource  # type: ignore[import-not-found]
except ImportError:
    # What is called says what to install.
    Datasource = object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import pyarrow
    from ray.data import Dataset as _Dataset  # type: ignore[import-not-found]
    from ray.data.datasource import ReadTask as _ReadTask

    from blocks_sessions._core import SessionsClient
    from blocks_sessions.partition import Part, PartitionPlan, PartSlice

__all__ = ["SessionsDatasource", "read_sessions"]


def read_sessions(client: "SessionsClient", *, parts: int = 8, **listing: "Any") -> "_Dataset":
    """Return a dataset of a list: every session that there was when it was planned and is still there, once.

    Parts are read by tasks and shuffled by classes of sessions; each class settles itself once all its slices
    arrived, so that a task that runs again changes nothing for the others. The tasks begin at once. A block
    is one class of sessions, by a hash of their ids: their order is not that of the list.

    Args:
        client: The blocking client to list with.
        parts: How many parts to read at once, at most.
        **listing: What `SessionsClient.partitions` takes.

    Raises:
        ConfigurationError: Ray is not installed.
        ValidationError: The arguments are wrong, all faults at once, before any request.
        SessionsError: Whatever a request failed with. Using the dataset raises where a part or its settling
            could not be proven.
    """
    try:
        import ray  # type: ignore[import-not-found]
        import ray.data
    except ImportError:
        raise missing("ray", "ray[data]") from None

    plan = blocking(client).partitions(parts, **listing)
    classes = len(plan.parts)
    # What a task is given more than once is kept once.
    kept = ray.put(plan)
    read = ray.remote(num_returns=classes, name="read a part of the sessions")(_slices)
    settle = ray.remote(name="settle a class of the sessions")(_settled)
    found = [read.remote(part, classes) for part in plan.parts]
    found = [one if classes > 1 else [one] for one in found]
    blocks = [
        settle.remote(kept, classes, class_, *(one[class_] for one in found)) for class_ in range(classes)
    ]
    return ray.data.from_arrow_refs(blocks)


class SessionsDatasource(Datasource):  # type: ignore[misc]
    """A list, up to a bound, for `ray.data.read_datasource`: a task and a block for each part.

    Without `until` the bound is the moment up to which the list is settled when the source is made. All
    sessions with a key before it are read exactly once, or the job fails; one that moves meanwhile is no
    longer before it.

    Args:
        client: The blocking client to list with.
        parts: How many parts to read at once, at most.
        **listing: What `SessionsClient.partitions` takes.

    Raises:
        ConfigurationError: Sessions may still land before `until`, or Ray is not installed.
    """

    def __init__(self, client: "SessionsClient", parts: int = 8, **listing: "Any") -> None:
        if Datasource is object:
            raise missing("ray", "ray[data]")
        super().__init__()
        self._plan = ready(client, parts, listing)
        self._schema = schema(client, self._plan)

    def estimate_inmemory_data_size(self) -> int | None:
        """Return nothing: how large sessions are is not known before they are read."""
        return None

    def get_read_tasks(self, *_arguments: "Any", **_options: "Any") -> "list[_ReadTask]":
        """Return a task for each part."""
        from ray.data.block import BlockMetadata  # type: ignore[import-not-found]
        from ray.data.datasource import ReadTask

        metadata = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)
        return [ReadTask(_reader(part), metadata, schema=self._schema) for part in self._plan.parts]


def _slices(part: "Part", classes: int) -> "list[PartSlice] | PartSlice":
    read = slices(part, classes)
    # A task with one return gives it as it is.
    return read if classes > 1 else read[0]


def _settled(plan: "PartitionPlan", classes: int, class_: int, *read: "PartSlice") -> "pyarrow.Table":
    return settled(plan, read, classes, class_)


def _reader(part: "Part") -> "Callable[[], list[pyarrow.Table]]":
    """Return a function that reads the part as one block: a task that runs again must give the same."""
    return lambda: [part.read().to_arrow()]
