"""An extraction for people who must not see personal data: unhappy visitors, pseudonymised, as JSON Lines.

BLOCKS_PROJECT_KEY=... BLOCKS_AGENT_ID=... BLOCKS_MASK_KEY=... python extraction.py unhappy.jsonl 28d

The same key gives the same pseudonyms every time, so that extractions can be joined. The next run resumes one
that was killed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from blocks_sessions import ExportReport, SessionsClient

UNHAPPY = "rating <= 2 and status in ('closed', 'abandoned')"


def extract(target: Path, since: str) -> ExportReport:
    """Write the sessions of the time since then that the condition takes."""
    with SessionsClient(mask="gdpr") as client:
        return client.export(target, where=UNHAPPY, since=since, progress=sys.stderr.isatty())


if __name__ == "__main__":
    report = extract(Path(sys.argv[1]), sys.argv[2])
    print(report)
    sys.exit(0 if report.complete else 1)
