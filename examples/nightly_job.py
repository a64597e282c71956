"""A nightly job: all sessions into one Parquet file, whole or not at all.

BLOCKS_PROJECT_KEY=... BLOCKS_AGENT_ID=... python nightly_job.py /srv/data/sessions.parquet

The exit status tells the truth: 0 whole, 1 not proven to be whole, 2 failed. The file of last night stays
until the new one is whole; the next run resumes one that was killed.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from blocks_sessions import IncompleteListingError, SessionsClient, SessionsError, Timeout

log = logging.getLogger("nightly")


def main(target: Path) -> int:
    """Write the file; give the exit status."""
    # A request may wait out a restart of the service; the job's own limit is cron's or systemd's.
    with SessionsClient(timeout=Timeout(total=600), max_requests_per_second=10) as client:
        try:
            report = client.export(target, consistency="strict", overwrite=True)
        except IncompleteListingError as error:
            log.error("not proven to be whole: %s", error)
            return 1
        except SessionsError as error:
            log.error("%s: %s", type(error).__name__, error)
            return 2
    log.info("%s sessions, proven by %s", report.rows, report.certificate)
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    sys.exit(main(Path(sys.argv[1])))
