"""What time brings: jobs whose worker is lost, and jobs nobody will ask for any more."""

import logging
from datetime import timedelta

from functions import telemetry
from functions.errors import StaleError
from functions.lifecycle import operations
from functions.lifecycle.supervision import STALE_SECONDS
from functions.lifecycle.training import heartbeat_age
from functions.services import Services
from functions.stores.connection import EVENTS_QUEUE, QUEUES
from functions.stores.jobs import Job, JobKind, JobNotFoundError, JobStatus
from model_tools.errors import Problem

_LOGGER = logging.getLogger(__name__)

_REDELIVERY = timedelta(minutes=12).total_seconds()
"""The host gives a dead worker's message to another within 10 minutes; who is silent for longer will not come back."""
_QUEUED = timedelta(hours=24).total_seconds()
"""A job may wait for others, but not for ever: its message may be lost."""

LOST = Problem("TrainerLost", "The trainer stopped answering and no other took over. Nothing was kept; train again.")
_GIVEN_UP = Problem("TrainingFailed", "Every attempt to run this job failed; the trainer's log tells why. Train again.")


def sweep(services: Services) -> None:
    """Ends training jobs that nobody works on. Every project knows its newest job, and older ones have ended."""
    for project in services.projects.read_all():
        if project.training_job is None:
            continue
        try:
            job = services.jobs.get(project.name, project.training_job, JobKind.TRAIN)
            if not job.status.is_final:
                _end_if_lost(services, job)
        except (StaleError, JobNotFoundError):
            continue  # it is alive after all, or long gone


def watch_queues(services: Services) -> None:
    """Tells how much waits in each queue, poisoned messages included, and for how long."""
    for queue in (EVENTS_QUEUE, *QUEUES):
        for name in (queue, f"{queue}-poison"):
            telemetry.queue_seen(name, *services.storage.backlog(name))


def remove_expired(services: Services) -> None:
    """Removes jobs whose time is over, and what is left of their parts. Reads whole tables: not to be done often."""
    services.parts.delete_expired()
    removed = services.jobs.delete_expired()
    if removed:
        _LOGGER.info("Removed %d expired jobs", removed)


def fail_unless_running(services: Services, scope: str, job_id: str) -> None:
    """Fails a job whose message was given up, unless a run of it is alive."""
    try:
        job = services.jobs.get(scope, job_id)
    except JobNotFoundError:
        return
    if job.status is JobStatus.RUNNING and heartbeat_age(job) < STALE_SECONDS:
        return
    operations.fail(services, scope, job_id, _GIVEN_UP)


def _end_if_lost(services: Services, job: Job) -> None:
    silent = heartbeat_age(job)
    if job.status is JobStatus.CANCELLING and silent > STALE_SECONDS:
        services.jobs.advance(job, JobStatus.CANCELLED)
    elif silent > (_QUEUED if job.status is JobStatus.NOT_STARTED else _REDELIVERY):
        services.jobs.advance(job, JobStatus.FAILED, errors=(LOST,))
