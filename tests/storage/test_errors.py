"""Errors of files: relatives of OSError whose attributes survive pickling and copying."""

import copy
import errno
import pickle

import pytest

import blocks_sessions as bs


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_their_attributes_survive(again) -> None:  # type: ignore[no-untyped-def]
    error = again(bs.StorageError("full", path="/data/a.jsonl", errno=errno.ENOSPC))
    assert (str(error), error.path, error.filename, error.errno) == (
        "full",
        "/data/a.jsonl",
        "/data/a.jsonl",
        errno.ENOSPC,
    )
    conflict = again(bs.TargetConflictError("begun", path="a", differences={"agent_id": ("a", "b")}))
    assert conflict.differences == {"agent_id": ("a", "b")}
    assert conflict.errno is None


def test_they_are_caught_as_what_they_are() -> None:
    for kind in (bs.StorageError, bs.TargetConflictError, bs.TargetLockedError):
        assert issubclass(kind, (bs.SessionsError, OSError))
        assert issubclass(kind, bs.StorageError)
        assert issubclass(kind, bs.SessionsError)
        assert issubclass(kind, OSError)
