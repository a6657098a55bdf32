"""A whole container of documents, analysed: a chunk of files is a message, its results are a block of one JSONL blob.

Blocks take their place under the name of their chunk, however often a chunk runs, and become the blob at once when
the last one is there: every file of the listing has exactly one line, in the order of the names.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from azure.core.exceptions import AzureError

from functions.errors import ModelGoneError, StaleError
from functions.lifecycle import container_results, operations
from functions.lifecycle.container_documents import File, Line, given_up, lines_of, model_of
from functions.services import Services
from functions.stores.connection import CONTAINER_QUEUE
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobStatus, new_job
from model_tools.errors import ArtifactError, NerError, Problem

_LOGGER = logging.getLogger(__name__)

_PAGE, _DONE, _PIECE = "page-", "done-", "file-"
_Work = Callable[[Services, Job, list[File]], list[Line] | None]
"""Gives every file of a chunk its line, or None where some are still to come."""
_LineOf = Callable[[Services, Job, File], Line]


@dataclass(frozen=True, slots=True)
class BatchInput:
    """What to analyse by which deployment, and where the results go."""

    display_name: str | None
    project: str
    deployment: str
    input_container: str
    input_prefix: str
    output_container: str
    output_prefix: str
    unit: str
    """Name of an `OffsetUnit`."""
    language: str | None


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is, in documents."""

    listed: int
    is_listed: bool
    """Whether `listed` is all of them."""
    done: int
    failed: int
    """Of those done, the ones that have an error instead of entities."""
    seconds_left: int | None
    """None where it cannot be told yet, or nothing is left."""


def start(services: Services, batch: BatchInput) -> Job:
    """Queues a batch. The model that the deployment has now does all of it, whatever is deployed meanwhile.

    Raises:
        NotFoundError: no such project or deployment.
    """
    resolved = services.directory.resolve(batch.project, batch.deployment)
    request = {
        "displayName": batch.display_name,
        "project": batch.project,
        "deployment": batch.deployment,
        "model": resolved.deployment.model_label,
        "modelId": resolved.deployment.model_id,
        "manifestSha256": resolved.deployment.manifest_sha256,
        "threshold": resolved.confidence_threshold,
        "input": [batch.input_container, batch.input_prefix],
        "output": [batch.output_container, batch.output_prefix],
        "unit": batch.unit,
        "language": batch.language,
    }
    job = services.jobs.create(new_job(RUNTIME_SCOPE, JobKind.ANALYZE_CONTAINER, request))
    services.storage.send(CONTAINER_QUEUE, {"scope": job.scope, "jobId": job.job_id})
    return job


def run_chunk(services: Services, job_id: str, page: int, number: int) -> None:
    """Does a chunk of a page of the listing, and ends the job where it was the last.

    A chunk that is done, or whose job is gone or has ended, is left alone: queues deliver at least once.
    """
    _work_on(services, job_id, page, number, lines_of)


def give_up_chunk(services: Services, job_id: str, page: int, number: int) -> None:
    """Takes a chunk that failed every time apart: each of its files is a message of its own from now on.

    So the one that is to blame fails alone. Where it is the model that this is all about, the job fails.
    """

    def take_apart(services: Services, job: Job, files: list[File]) -> list[Line] | None:
        services.predictors.get(model_of(job))
        if len(files) == 1:
            return [given_up(files[0][0])]
        message = {"scope": job.scope, "jobId": job_id, "page": page, "chunk": number}
        services.storage.send_all(CONTAINER_QUEUE, [{**message, "file": file} for file in range(len(files))])
        return None

    _work_on(services, job_id, page, number, take_apart, is_last_try=True)


def run_file(services: Services, job_id: str, page: int, number: int, file: int) -> None:
    """Does one file of a chunk that was taken apart; whoever does the last one finishes the chunk."""

    def line_of(services: Services, job: Job, file: File) -> Line:
        return lines_of(services, job, [file])[0]

    _work_on_file(services, job_id, (page, number, file), line_of)


def give_up_file(services: Services, job_id: str, page: int, number: int, file: int) -> None:
    """Gives a file that failed every time, by itself too, an error, so that all others still get their results."""

    def line_of(services: Services, job: Job, file: File) -> Line:
        services.predictors.get(model_of(job))
        return given_up(file[0])

    _work_on_file(services, job_id, (page, number, file), line_of, is_last_try=True)


def find(services: Services, job_id: str) -> tuple[Job, BatchProgress]:
    """A job, and how far it is.

    Raises:
        JobNotFoundError: none with that id, or it has expired.
    """
    job = services.jobs.get(RUNTIME_SCOPE, job_id, JobKind.ANALYZE_CONTAINER)
    counts = {"documents": 0, "failed": 0}
    if not job.status.is_final:
        counts = _sums(services.parts.read_all(job_id, _DONE))
        # Once more, behind the parts: they go when the job ends, and then its row has the counts.
        job = services.jobs.get(RUNTIME_SCOPE, job_id)
    counts = job.result or counts
    listed, is_listed = job.progress.get("documents", 0), job.progress.get("isListed", False)
    seconds_left = None
    if is_listed and counts["documents"] and not job.status.is_final:
        elapsed = (datetime.now(UTC) - job.created).total_seconds()
        seconds_left = round(elapsed / counts["documents"] * (listed - counts["documents"]))
    return job, BatchProgress(listed, is_listed, counts["documents"], counts["failed"], seconds_left)


def page_key(page: int) -> str:
    """Where the part lies that holds a page of the listing: its chunks of names and sizes."""
    return f"{_PAGE}{page:06d}"


def undone_chunks(services: Services, job_id: str, page: int, chunks: int) -> list[int]:
    """The chunks of a page that nobody has finished."""
    done = services.parts.keys(job_id, f"{_DONE}{page:06d}-")
    return [number for number in range(chunks) if _done_key(page, number) not in done]


def end_if_over(services: Services, job_id: str) -> None:
    """Ends a job whose chunks are all done, or that was asked to stop. Of two who see that, one writes.

    A job that is stopped keeps the results of the chunks that are done.
    """
    while True:
        job = services.jobs.get(RUNTIME_SCOPE, job_id, JobKind.ANALYZE_CONTAINER)
        if job.status.is_final:
            services.parts.delete(job_id)
            return
        is_stopped = job.status is JobStatus.CANCELLING
        if not is_stopped and not job.progress.get("isListed", False):
            return
        done = services.parts.read_all(job_id, _DONE)
        if not is_stopped and len(done) < job.progress["chunks"]:
            return
        try:
            _end(services, job, done)
        except StaleError:
            continue


def fail(services: Services, job_id: str, *problems: Problem) -> None:
    """Ends a job that cannot go on; what is done of it stays, counted and as results."""
    while True:
        job = services.jobs.get(RUNTIME_SCOPE, job_id, JobKind.ANALYZE_CONTAINER)
        if job.status.is_final:
            services.parts.delete(job_id)
            return
        with suppress(StaleError):
            _end(services, job, services.parts.read_all(job_id, _DONE), problems)


def _work_on(
    services: Services, job_id: str, page: int, number: int, work: _Work, *, is_last_try: bool = False
) -> None:
    job = operations.begin(services, RUNTIME_SCOPE, job_id, JobKind.ANALYZE_CONTAINER)
    listed = services.parts.find(job_id, page_key(page)) if job else None
    if job is None or listed is None:
        return
    undone = undone_chunks(services, job_id, page, len(listed["chunks"]))
    try:
        if job.status is JobStatus.RUNNING and number in undone:
            lines = work(services, job, listed["chunks"][number])
            if lines is not None:
                _finish(services, job, page, number, lines)
        # Only who completes a page looks at all of them.
        if job.status is not JobStatus.RUNNING or not undone_chunks(services, job_id, page, len(listed["chunks"])):
            end_if_over(services, job_id)
    except NerError as error:
        # A model that cannot be loaded here, on a full disk perhaps, may be elsewhere: the message comes again.
        if isinstance(error, ArtifactError) and not isinstance(error, ModelGoneError) and not is_last_try:
            raise
        # The model or the output container is gone: no other chunk will fare better.
        fail(services, job_id, *operations.problems_of(error))
    except AzureError as error:
        # Trouble of a moment goes by until the message comes again. What is there every time does not, such as an
        # output that may be read and not written.
        if not is_last_try:
            raise
        _LOGGER.warning("Storage gave up container job %s", job_id, exc_info=error)
        fail(services, job_id, _refused_by_storage(job, error))


def _work_on_file(
    services: Services, job_id: str, place: tuple[int, int, int], line_of: _LineOf, *, is_last_try: bool = False
) -> None:
    page, number, file = place
    pieces = f"{_PIECE}{_block(page, number)}-"

    def add(services: Services, job: Job, files: list[File]) -> list[Line] | None:
        key = f"{pieces}{file:04d}"
        if key not in services.parts.keys(job_id, pieces):
            services.parts.add(job, key, line_of(services, job, files[file]))
        done = services.parts.read_all(job_id, pieces)
        return [done[each] for each in sorted(done)] if len(done) == len(files) else None

    _work_on(services, job_id, page, number, add, is_last_try=is_last_try)


def _finish(services: Services, job: Job, page: int, number: int, lines: list[Line]) -> None:
    container_results.stage(services, job, _block(page, number), lines)
    failed = sum(is_failed for _, is_failed in lines)
    services.parts.add(job, _done_key(page, number), {"documents": len(lines), "failed": failed})


def _end(
    services: Services, job: Job, done: Mapping[str, Mapping[str, int]], problems: tuple[Problem, ...] = ()
) -> None:
    status = JobStatus.CANCELLED if job.status is JobStatus.CANCELLING else JobStatus.SUCCEEDED
    status = JobStatus.FAILED if problems else status
    counts = _sums(done)
    blocks = [key.removeprefix(_DONE) for key in sorted(done)]
    try:
        container_results.commit(services, job, blocks, {"status": status.value, **counts})
    except NerError as error:
        status, problems = JobStatus.FAILED, problems or operations.problems_of(error)
    except AzureError as error:
        if not problems:
            raise
        # The job fails as it is; without an end it would be asked for until it expires.
        _LOGGER.warning("The results of container job %s cannot be written", job.job_id, exc_info=error)
    services.jobs.advance(job, status, errors=(*job.errors, *problems), result=counts)


def _refused_by_storage(job: Job, error: AzureError) -> Problem:
    reason = getattr(error, "error_code", None) or type(error).__name__
    read, written = job.request["input"][0], job.request["output"][0]
    return Problem(
        "StorageRefused",
        f"Storage refused the work every time ({reason}). May the service read container '{read}' and write to "
        f"'{written}'?",
    )


def _sums(done: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(counts[name] for counts in done.values()) for name in ("documents", "failed")}


def _done_key(page: int, number: int) -> str:
    return f"{_DONE}{_block(page, number)}"


def _block(page: int, number: int) -> str:
    """Ids of one length that sort as the listing does."""
    return f"{page:06d}-{number:04d}"
