"""A nightly job: all sessions into one Parquet file, whole or not at all.

BLOCKS_PROJECT_KEY=... BLOCKS_AGENT_ID=... python nightly_job.py /srv/data/sessions.parquet

The exit status tells the truth: 0 whole, 1 not proven to be whole, 2 failed. The file of last night stays
until the new one is whole.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from blocks_sessions import IncompleteListingError, SessionsClient, SessionsError, Timeout

log = logging.getLogger("nightly")


def write(client: SessionsClient, beside: Path, target: Path) -> int:
    """Stream the listing into a file beside the target, which takes its place at the end."""
    listing = client.iter_sessions(consistency="strict")
    reader = pa.RecordBatchReader.from_stream(listing)
    try:
        with pq.ParquetWriter(beside, reader.schema, compression="zstd") as file:
            for batch in reader:
                file.write_batch(batch)
    except pa.ArrowException as error:
        # Arrow's streams carry texts alone; the listing kept the error itself.
        raise listing.stream_error or error from None
    beside.replace(target)
    log.info("%s sessions, proven by %s", listing.report.yielded, listing.report.certificate)
    return 0


def main(target: Path) -> int:
    """Write the file; give the exit status."""
    beside = target.with_name(target.name + ".partial")
    # A request may wait out a restart of the service; the job's own limit is cron's or systemd's.
    with SessionsClient(timeout=Timeout(total=600), max_requests_per_second=10) as client:
        try:
            return write(client, beside, target)
        except IncompleteListingError as error:
            log.error("not proven to be whole: %s", error)
            return 1
        except SessionsError as error:
            log.error("%s: %s", type(error).__name__, error)
            return 2
        finally:
            beside.unlink(missing_ok=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    sys.exit(main(Path(sys.argv[1])))
