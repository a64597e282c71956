"""A disk that is full is told as such, and what was stored before stays whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from blocks_sessions.testing import Emulator

# In a mount of its own, which is gone with the process.
MOUNTED = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]

FULL = """
import json, os, sqlite3, sys
from blocks_sessions import Mirror, SessionsClient, StorageError
url, folder = sys.argv[1:]
path = os.path.join(folder, "support.db")
client = SessionsClient("demo-key", agent_id="agent_123", base_url=url)
try:
    client.sync(path)
except StorageError as error:
    told = {"errno": error.errno, "message": str(error), "path": error.path}
    database = sqlite3.connect(path)
    told["integrity"] = database.execute("pragma integrity_check").fetchone()[0]
    told["orphans"] = database.execute(
        "select count(*) from sessions where session_id not in (select session_id from changes)"
    ).fetchone()[0]
    database.close()
    print(json.dumps(told))
"""


def can_mount() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*MOUNTED, "mount -t tmpfs none /mnt"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not can_mount(), reason="a small disk cannot be mounted here")
def test_a_full_disk_is_told_and_what_was_stored_is_whole(tmp_path: Path) -> None:
    import errno

    with Emulator(sessions=20_000) as server:
        mount = f"mount -t tmpfs -o size=6m none {tmp_path}"
        command = f'{mount} && exec {sys.executable} -c "$0" {server.url} {tmp_path}'
        words = [*MOUNTED, command, FULL]
        run = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout, run.stderr
    told = json.loads(run.stdout)
    assert told["errno"] == errno.ENOSPC
    assert "support.db" in told["message"]
    assert (told["integrity"], told["orphans"]) == ("ok", 0)
