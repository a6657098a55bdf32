"""What jobs of the trainer have in common: one run owns a job, shows that it lives, and stops when asked.

A guarded write of the job's row is heartbeat, progress report and cancel check in one; one that fails tells the run
that somebody cancelled the job or took it over.
"""

import socket
import subprocess
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from functions.lifecycle.child_process import Child
from functions.lifecycle.job_log import RESUMED, STARTED, Event, event, events_of, with_events
from functions.lifecycle.training import heartbeat_age
from functions.services import Services
from functions.stores.jobs import Job, JobNotFoundError, JobStatus
from model_tools.errors import ConflictError

HEARTBEAT_SECONDS = 2.0
STALE_SECONDS = 45.0
"""A run whose heartbeat is older has died: another may take its job over."""

PROCESS = f"{socket.gethostname()}:{uuid.uuid4().hex}"
"""This process; two runs of it never overlap, since the trainer takes one message at a time."""


def claim(services: Services, job: Job) -> Job | None:
    """Makes the job this process's; None where there is nothing left to do.

    Raises:
        ConflictError: another process is at work on it; the message should come back later.
    """
    if job.status.is_final:
        return None
    if job.status is JobStatus.CANCELLING:
        services.jobs.advance(job, JobStatus.CANCELLED)
        return None
    taken = job.status is JobStatus.RUNNING and job.owner != PROCESS and heartbeat_age(job) < STALE_SECONDS
    if taken:
        raise ConflictError(f"Job {job.job_id} is being run by {job.owner}.")
    began = event(RESUMED if job.status is JobStatus.RUNNING else STARTED)
    return services.jobs.advance(job, JobStatus.RUNNING, owner=PROCESS, progress=progress_of(job, {}, None, [began]))


def watch(
    services: Services, job: Job, child: Child, started: str, *, on_beat: Callable[[], object] = lambda: None
) -> Job:
    """Until the child ends; gives the job as it was written last. `on_beat` is called after each heartbeat.

    Raises:
        StaleError: the row was changed by somebody else: cancelled, taken over or deleted.
    """
    while True:
        try:
            child.process.wait(HEARTBEAT_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        else:
            return job
        progress = progress_of(job, child.progress, started, child.events)
        job = services.jobs.advance(job, JobStatus.RUNNING, progress=progress)
        on_beat()


def end_if_cancelled(services: Services, job: Job) -> bool:
    """Says of a job that was asked to stop that it has; returns whether it was."""
    try:
        current = services.jobs.get(job.scope, job.job_id)
    except JobNotFoundError:
        return False  # it went with its project
    if current.status is not JobStatus.CANCELLING or current.owner != PROCESS:
        return False
    services.jobs.advance(current, JobStatus.CANCELLED)
    return True


def progress_of(
    job: Job, told: dict[str, Any], started: str | None, events: Iterable[Event] = (), *, ended: str | None = None
) -> dict[str, Any]:
    """What a child told last, as the job's row keeps it, with all that happened: before, and in `events`."""
    return {
        "phase": told.get("phase", "loading"),
        "percent": told.get("percent", 0),
        "secondsLeft": told.get("seconds_left"),
        "started": started,
        "ended": ended,
        "events": with_events(events_of(job.progress), list(events)),
    }
