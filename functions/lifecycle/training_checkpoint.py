"""The state of a training run in blob storage: another host can go on where a lost one was."""

from pathlib import Path

from functions.lifecycle.training import DATASETS
from functions.services import Services
from functions.stores.blobs import BlobNotFoundError
from functions.stores.jobs import Job


class CheckpointBlob:
    """A job's checkpoint: a blob that follows the file that the training process writes.

    It lies in the project's folder among the data sets, and so goes with the project if nobody else removes it.
    """

    def __init__(self, services: Services, job: Job, path: Path) -> None:
        self.path = path
        self._blobs = services.blobs
        self._name = f"{job.scope}/checkpoints/{job.job_id}"
        self._stored_ns = 0

    def fetch(self) -> None:
        """Writes the file, if an earlier run of the job left a checkpoint."""
        try:
            self.path.write_bytes(self._blobs.get(DATASETS, self._name))
        except BlobNotFoundError:
            return
        self._stored_ns = self.path.stat().st_mtime_ns

    def store(self) -> None:
        """Copies the file to the blob, if it is a newer one."""
        try:
            written_ns = self.path.stat().st_mtime_ns
            if written_ns == self._stored_ns:
                return
            # Whole, though the process may replace the file meanwhile: it never writes into it.
            content = self.path.read_bytes()
        except FileNotFoundError:
            return  # none yet, or the run has just ended
        self._blobs.put(DATASETS, self._name, content, "application/octet-stream")
        self._stored_ns = written_ns

    def remove(self) -> None:
        """Deletes the blob: the job has ended."""
        self._blobs.delete(DATASETS, self._name)
