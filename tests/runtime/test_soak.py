"""The long run, made short; `make soak` makes it long."""

from __future__ import annotations

import sys

import pytest
from soak import judge, soak


@pytest.mark.skipif(sys.platform != "linux", reason="it counts by /proc")
@pytest.mark.timeout(400)
def test_a_worker_for_many_agents_leaves_nothing_behind() -> None:
    judge(soak(45))
