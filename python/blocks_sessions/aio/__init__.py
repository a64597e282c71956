"""The asyncio twin of the blocking client: the same names and arguments, over the same core."""

from blocks_sessions.aio.client import AsyncSessionsClient
from blocks_sessions.aio.dataset import AsyncSessionsDataset
from blocks_sessions.aio.iterators import AsyncListingIterator, AsyncPageIterator, AsyncSessionIterator
from blocks_sessions.aio.settle import _settle

__all__ = [
    "AsyncListingIterator",
    "AsyncPageIterator",
    "AsyncSessionIterator",
    "AsyncSessionsClient",
    "AsyncSessionsDataset",
    "_settle",
]
