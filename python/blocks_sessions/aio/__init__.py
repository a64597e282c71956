"""The asyncio twin of the blocking client: the same names and arguments, over the same core."""

from blocks_sessions.aio.client import AsyncSessionsClient
from blocks_sessions.aio.dataset import AsyncSessionsDataset
from blocks_sessions.aio.iterators import AsyncListingIterator, AsyncPageIterator, AsyncSessionIterator
from blocks_sessions.aio.partition import AsyncPart, AsyncPartitionPlan, AsyncPartRead, AsyncSettled
from blocks_sessions.aio.settle import _settle

__all__ = [
    "AsyncListingIterator",
    "AsyncPageIterator",
    "AsyncPart",
    "AsyncPartRead",
    "AsyncPartitionPlan",
    "AsyncSessionIterator",
    "AsyncSessionsClient",
    "AsyncSessionsDataset",
    "AsyncSettled",
    "_settle",
]
