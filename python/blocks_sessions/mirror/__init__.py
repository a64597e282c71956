"""A local copy of an agent's list, kept true: its reports, its changes, and the reader of its file.

`client.sync(path)` makes and keeps the file, `client.watch(path)` yields what changes in it, and
`Mirror(path)` reads it. The file is a SQLite database that every tool reads.
"""

from blocks_sessions.mirror.changes import AsyncChangeIterator, Change, ChangeIterator
from blocks_sessions.mirror.reader import Mirror
from blocks_sessions.mirror.reports import MirrorReport, SyncReport
from blocks_sessions.mirror.runs import sync, sync_async, watch, watch_async

__all__ = [
    "AsyncChangeIterator",
    "Change",
    "ChangeIterator",
    "Mirror",
    "MirrorReport",
    "SyncReport",
    "sync",
    "sync_async",
    "watch",
    "watch_async",
]
