"""Long-running operations: run at once where they are small, from a queue where they are not."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from functions.errors import StaleError
from functions.lifecycle.removal import remove_leftovers
from functions.services import Services
from functions.stores.connection import OPERATIONS_QUEUE
from functions.stores.jobs import Job, JobKind, JobNotFoundError, JobStatus
from model_tools.errors import InvalidInputError, NerError, Problem

INLINE_DOCUMENTS = 500
"""Work on more documents goes to the queue: an HTTP answer must be there within 230 s."""

FAILED_EVERY_TIME = Problem("InternalServerError", "The work failed several times; the logs tell why. Try again.")
"""Of work whose message was given up."""

Work = Callable[[Services, Job], Any]
"""Does what a job asks for and gives its result, a JSON value. Safe to run twice.

Raises `NerError` to make the job fail with a reason."""


class JobEndedError(InvalidInputError):
    """A job that has ended cannot be cancelled; code and sentence are the real service's."""

    code = "InvalidRequest"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Failed to cancel job with job id {job_id} as its already completed.")


class JobCancelledError(Exception):
    """Somebody asked for the job to stop, and its work has."""


def run_now(services: Services, job: Job, work: Work) -> Job:
    """Does the work before the caller gets its 202, so that the first poll finds the job ended.

    The job is written once, in its final state.
    """
    return services.jobs.create(_done(job, services, work))


def run_later(services: Services, job: Job) -> Job:
    """Leaves the work to the `operations` queue."""
    created = services.jobs.create(job)
    services.storage.send(OPERATIONS_QUEUE, {"scope": job.scope, "jobId": job.job_id})
    return created


def run_queued(services: Services, scope: str, job_id: str, works: Mapping[JobKind, Work]) -> None:
    """Does the work of a queued job; a second delivery of a finished job, or of one that is gone, changes nothing."""
    job = _find(services, scope, job_id)
    if job is None or job.status.is_final:
        return
    job = services.jobs.advance(job, JobStatus.RUNNING)
    try:
        done = _done(job, services, works[job.kind])
    except JobCancelledError:
        services.jobs.advance(services.jobs.get(scope, job_id), JobStatus.CANCELLED)
        return
    # The work may have reported progress, and so made newer versions of the row.
    services.jobs.advance(
        services.jobs.get(scope, job_id), done.status, result=done.result, errors=done.errors, request=done.request
    )


def report(services: Services, job: Job, progress: dict[str, Any]) -> Job:
    """Says how far the work of a queued job is, and gives the job as it is now.

    Raises:
        JobCancelledError: somebody asked for the job to stop.
    """
    if not job.etag:
        return job  # it runs inside a request; its row is written when it has ended
    try:
        return services.jobs.advance(job, JobStatus.RUNNING, progress=progress)
    except StaleError:
        current = services.jobs.get(job.scope, job.job_id)
        if current.status is JobStatus.RUNNING:
            return current
        raise JobCancelledError from None


def begin(services: Services, scope: str, job_id: str, kind: JobKind) -> Job | None:
    """A job whose work many share, running from now on; None where nothing of it is left to do."""
    while True:
        job = _find(services, scope, job_id, kind)
        if job is None or job.status.is_final:
            return None
        if job.status is not JobStatus.NOT_STARTED:
            return job
        with suppress(StaleError):
            return services.jobs.advance(job, JobStatus.RUNNING)


def fail(services: Services, scope: str, job_id: str, problem: Problem) -> None:
    """Ends a job that cannot go on; one that has ended already, or is gone, is left alone."""
    while (job := _find(services, scope, job_id)) is not None and not job.status.is_final:
        try:
            services.jobs.advance(
                job, JobStatus.FAILED, errors=(*job.errors, problem), request=job.request_without_texts
            )
        except StaleError:
            continue


def cancel(services: Services, scope: str, job_id: str, kind: JobKind) -> Job:
    """Asks a job to stop; one that nobody has picked up ends at once.

    Raises:
        JobEndedError: there is nothing left to stop.
    """
    while True:
        job = services.jobs.get(scope, job_id, kind)
        if job.status.is_final:
            raise JobEndedError(job_id)
        if job.status is JobStatus.CANCELLING:
            return job
        try:
            if job.status is JobStatus.NOT_STARTED:
                return services.jobs.advance(job, JobStatus.CANCELLED, request=job.request_without_texts)
            return services.jobs.advance(job, JobStatus.CANCELLING)
        except StaleError:
            continue


def _find(services: Services, scope: str, job_id: str, *kinds: JobKind) -> Job | None:
    """The job; None where it has expired or went with its project while its message waited."""
    try:
        return services.jobs.get(scope, job_id, *kinds)
    except JobNotFoundError:
        return None


def _done(job: Job, services: Services, work: Work) -> Job:
    # Files may be ingested before their project is made, so that without one there may be rows that nobody left over.
    is_of_project = services.projects.find(job.scope) is not None
    try:
        result = work(services, job)
    except NerError as error:
        ended = replace(job, status=JobStatus.FAILED, errors=problems_of(error))
    else:
        ended = replace(job, status=JobStatus.SUCCEEDED, result=result)
    if is_of_project:
        remove_leftovers(services, job.scope)
    return replace(ended, updated=datetime.now(UTC), request=job.request_without_texts)


def problems_of(error: NerError) -> tuple[Problem, ...]:
    """An error as a job's errors: one for each fault that it collected."""
    return error.problems or (Problem(error.code, error.message, error.target),)
