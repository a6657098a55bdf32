"""Jobs that ended before anybody could ask for them."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.stores.jobs import Job

_KEPT = 64


class RecentJobs:
    """The last jobs that this process made and that had ended by then.

    Nothing changes an ended job, and whoever made one comes for it at once, mostly on the same connection: the second
    of an SDK's two round trips needs no storage then. Another instance, or a later request, reads the row.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[tuple[str, str], Job] = OrderedDict()

    def keep(self, job: "Job") -> None:
        """Remembers an ended job, and forgets the oldest."""
        with self._lock:
            self._jobs[job.scope, job.job_id] = job
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)

    def find(self, scope: str, job_id: str) -> "Job | None":
        """The job, if it is among the last."""
        with self._lock:
            return self._jobs.get((scope, job_id))
