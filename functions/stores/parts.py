"""Parts of large jobs: what a part is to do and what came of it, kept until the job is over."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from functions.errors import TooLargeError
from functions.stores.blobs import BlobNotFoundError, BlobStore
from functions.stores.jobs import Job
from functions.stores.tables import Row, Table, pack, unpack
from model_tools.errors import ConflictError

_RESULTS = "results"


class PartStore:
    """The jobparts table, a partition for each job, and blobs for what no row holds.

    A part is written once: queues deliver at least once, and of two runs of the same part the first to end counts.
    """

    def __init__(self, table: Table, blobs: BlobStore) -> None:
        self._table = table
        self._blobs = blobs

    def add(self, job: Job, key: str, value: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Keeps a part, unless it is there already; says which."""
        packed = self._packed(job.job_id, value)
        row = {"PartitionKey": job.job_id, "RowKey": key, "expires": job.expires, **packed}
        try:
            self._table.insert(row)
        except ConflictError:
            if spilled := packed.get("spilled"):
                self._blobs.delete(_RESULTS, spilled)
            return False
        return True

    def find(self, job_id: str, key: str) -> Any:  # noqa: ANN401 - any JSON value
        """A part, or None."""
        row = self._table.get(job_id, key)
        return self._value(row) if row else None

    def keys(self, job_id: str, prefix: str = "") -> set[str]:
        """The keys, with `prefix`, of the parts that are there."""
        rows = self._table.partition(job_id, start=prefix, last=f"{prefix}~", select=["RowKey"])
        return {row["RowKey"] for row in rows}

    def read_all(self, job_id: str, prefix: str = "") -> dict[str, Any]:
        """Every part that is there, with `prefix`, in the order of the keys."""
        values = {}
        for row in self._table.partition(job_id, start=prefix, last=f"{prefix}~"):
            try:
                values[row["RowKey"]] = self._value(row)
            except BlobNotFoundError:
                continue  # the job ended while it was being read, and its parts are on their way out
        return values

    def delete(self, job_id: str) -> None:
        """Forgets all parts of a job."""
        for row in self._table.partition(job_id, select=["PartitionKey", "RowKey", "spilled"]):
            if spilled := row.get("spilled"):
                self._blobs.delete(_RESULTS, spilled)
        self._table.delete_partition(job_id)

    def delete_expired(self) -> int:
        """Forgets the parts of jobs that nobody may ask for any more; gives the number of those jobs.

        Reads the whole table.
        """
        expired = self._table.where("expires lt @now", {"now": datetime.now(UTC)}, ["PartitionKey"])
        jobs = {row["PartitionKey"] for row in expired}
        for job_id in jobs:
            self.delete(job_id)
        return len(jobs)

    def _packed(self, job_id: str, value: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON value
        try:
            return pack(value)
        except TooLargeError:
            # A name of its own for every write: the loser of two takes its own away.
            name = f"parts/{job_id}/{uuid.uuid4()}.json"
            self._blobs.put(_RESULTS, name, json.dumps(value).encode(), "application/json")
            return {"spilled": name}

    def _value(self, row: Row) -> Any:  # noqa: ANN401 - any JSON value
        spilled = row.get("spilled")
        return json.loads(self._blobs.get(_RESULTS, spilled)) if spilled else unpack(row)
