"""What the integrations have in common: plans that need no settling, and classes that settle themselves."""

from blocks_sessions._core import SessionsClient
from blocks_sessions.exceptions import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    import pyarrow

    from blocks_sessions.partition import Part, PartitionPlan, PartRead, PartSlice

__all__ = ["batches", "blocking", "missing", "ready", "schema", "settled", "slices"]


class MissingEngineError(ConfigurationError, ImportError):
    """The engine of an integration is not installed."""


def missing(module: str, engine: str) -> MissingEngineError:
    """Return the error of an integration whose engine is not installed."""
    return MissingEngineError(
        f"blocks_sessions.integrations.{module} needs {engine}: pip install 'blocks-sessions[{module}]'"
    )


def blocking(client: "SessionsClient") -> "SessionsClient":
    """Return the client, if it is one that engines can use: their tasks do not await."""
    if isinstance(client, SessionsClient):
        return client
    raise TypeError(
        f"a SessionsClient is needed, not {type(client).__name__}: an engine's tasks do not await"
    )


def ready(client: "SessionsClient", parts: int, listing: "dict[str, Any]") -> "PartitionPlan":
    """Return a plan each of whose parts is a proof by itself: nothing has to be settled.

    Without `until` that is all up to the watermark: what moves later is not of it.
    """
    plan = blocking(client).partitions(parts, **listing)
    if listing.get("until") is not None and plan.needs_settling:
        raise ConfigurationError(
            f"sessions may still land before until={listing['until']!r}: leave it out, or let it be at most "
            f"{plan.watermark}, up to which the list is settled now"
        )
    return plan


def schema(client: "SessionsClient", plan: "PartitionPlan") -> "pyarrow.Schema":
    """Return the columns of a plan's sessions; nothing is asked for."""
    from blocks_sessions.partition.settling import nothing

    return client.iter_sessions(**nothing(plan)).to_arrow().schema


def slices(part: "Part", classes: int) -> "list[PartSlice]":
    """Read a part; one slice for each class."""
    read = part.read(classes)
    return [read.slice(class_) for class_ in range(classes)]


def settled(plan: "PartitionPlan", read: "Sequence[PartSlice]", classes: int, class_: int) -> "pyarrow.Table":
    """Return all sessions of one class: what the parts yielded, and what settling it finds."""
    import pyarrow

    late = plan.settle(read, classes=classes, class_=class_).to_arrow()
    return pyarrow.concat_tables([*(one.to_arrow() for one in read), late])


def batches(read: "PartRead") -> "Iterator[pyarrow.RecordBatch]":
    """Read a part batch by batch; a failure is the exception that it was, and not only its text."""
    import pyarrow

    with read, pyarrow.RecordBatchReader.from_stream(read) as reader:
        try:
            yield from reader
        except (pyarrow.ArrowException, OSError) as error:
            raise read.stream_error or error from None
