"""Each way to a local SQLite file as a competent user would write it, and out of it again into a table.

sqlite-utils and pandas keep what they are given; neither proves anything, records changes, or takes up what a
killed run had kept. Ours does, and syncs its file to the disk.
"""

from __future__ import annotations

import atexit
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .exports import into
from .peers import OURS, Task, ours, pycurl

if TYPE_CHECKING:
    from .peers import Pages

UPSERT = "sqlite-utils, upsert_all"
SYNC = f"{OURS}, first sync"
READ_SQL = "pandas.read_sql"
TO_ARROW = f"{OURS}, mirror.to_arrow"


def upsert(pages: Pages, path: Path) -> None:
    import sqlite_utils

    sessions = (session for page in pages for session in page)
    with closing(sqlite3.connect(path)) as connection:
        table = sqlite_utils.Database(connection)["sessions"]
        # Enough for the variables of a statement, whatever the number of columns.
        table.upsert_all(sessions, pk="session_id", alter=True, batch_size=1_000)


@cache
def mirrored(url: str) -> Path:
    """A file that holds the list, for as long as this process lives."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "a.db"
    ours(url).sync(path, progress=False)
    return path


def read_sql(url: str, pages: int) -> object:
    import pandas

    with closing(sqlite3.connect(mirrored(url))) as connection:
        return pandas.read_sql("SELECT * FROM sessions LIMIT ?", connection, params=(pages * 100,))


def to_arrow(url: str, _: int) -> object:
    from blocks_sessions import Mirror

    with Mirror(mirrored(url)) as mirror:
        return mirror.to_arrow()


MIRROR: dict[str, Task] = {
    UPSERT: into("a.db", lambda url, pages, path: upsert(pycurl(url, pages), path)),
    SYNC: into("a.db", lambda url, _, path: ours(url).sync(path, progress=False)),
}

# What is in the file already: only reading it is measured.
READ: dict[str, Task] = {READ_SQL: read_sql, TO_ARROW: to_arrow}
