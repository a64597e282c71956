"""A list as an iterable dataset of Hugging Face's `datasets`, with a shard for each part."""

from uuid import uuid4

from blocks_sessions.integrations._parts import batches, missing, ready, schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from datasets import IterableDataset as _IterableDataset  # type: ignore[import-untyped]

    from blocks_sessions._core import SessionsClient
    from blocks_sessions.partition import Part

__all__ = ["iterable_dataset"]


def iterable_dataset(client: "SessionsClient", *, parts: int = 8, **listing: "Any") -> "_IterableDataset":
    """Return a dataset whose shards are the parts of a list, up to a bound; each epoch reads it anew.

    Without `until` the bound is the moment up to which the list is settled when the dataset is made. All
    sessions with a key before it are read exactly once, or reading fails; one that moves meanwhile is no
    longer before it. The plan's requests are made at once.

    Args:
        client: The blocking client to list with.
        parts: How many shards to make, at most.
        **listing: What `SessionsClient.partitions` takes.

    Raises:
        ConfigurationError: Sessions may still land before `until`, or datasets is not installed.

    Example:
        >>> from blocks_sessions import SessionsClient
        >>> from blocks_sessions.integrations.datasets import iterable_dataset
        >>> from blocks_sessions.testing import Emulator
        >>> with Emulator(sessions=2_000) as server:
        ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        ...     sessions = iterable_dataset(client, parts=3, fields=["session_id", "rating"])
        ...     sum(1 for session in sessions)
        2000
    """
    try:
        from datasets import Features, IterableDataset
    except ImportError:
        raise missing("datasets", "datasets") from None

    plan = ready(client, parts, listing)
    # A list means shards. What is cached is found by what a generator is given, and another plan is another
    # list.
    given = {"parts": list(plan.parts), "plan": uuid4().hex}
    features = Features.from_arrow_schema(schema(client, plan))
    dataset: _IterableDataset = IterableDataset.from_generator(_sessions, features=features, gen_kwargs=given)
    return dataset


def _sessions(parts: "list[Part]", plan: str) -> "Iterator[dict[str, Any]]":  # noqa: ARG001
    for part in parts:
        for batch in batches(part.read()):
            yield from batch.to_pylist()
