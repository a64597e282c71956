"""Engines as their users run them, against a list that moves; the emulator's history judges them.

They run in an environment of their own: `make test-engines`. Elsewhere none is installed, and nothing is
collected.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator

import pytest

from blocks_sessions.testing import Churn, Emulator

# Nothing is told to anybody by any of them.
for name, value in {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "SPARK_LOCAL_IP": "127.0.0.1",
}.items():
    os.environ[name] = value

SECRET = "a-key-that-nobody-shows"
CHURN = Churn(inserts=0.4, touches=0.6, deletes=0.3)
# In the environment of the other tests, no engine is expected.
_IS_HERE = ".venv-engines" not in sys.prefix
_ENGINES = {"spark": "pyspark", "ray": "ray", "dask": "distributed", "dlt": "dlt", "datasets": "datasets"}

missing = {name for name, module in _ENGINES.items() if importlib.util.find_spec(module) is None}
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    missing.add("spark")
collect_ignore = [f"engines/test_{name}.py" for name in sorted(missing)]


def pytest_report_header() -> list[str]:
    """Say aloud what `make test-engines` does not test."""
    if _IS_HERE:
        return []
    return [f"engines: {name} is NOT tested: it, or Java, is not installed" for name in sorted(missing)]


@pytest.fixture
def moving_list() -> Iterator[Emulator]:
    with Emulator(sessions=3_000, churn=CHURN, keys=["demo-key", SECRET]) as server:
        yield server


@pytest.fixture
def still_list() -> Iterator[Emulator]:
    with Emulator(sessions=3_000, keys=["demo-key", SECRET]) as server:
        yield server
