"""A whole container of documents, analysed: a chunk of files is a message, its results are a block of one JSONL blob.

Blocks take their place under the name of their chunk, however often a chunk runs, and become the blob at once when
the last one is there: every file of the listing has exactly one line, in the order of the names.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions import telemetry
from functions.errors import StaleError
from functions.lifecycle import analysis, ingest, operations
from functions.lifecycle.analysis import DocumentInput, DocumentOutcome
from functions.services import Services
from functions.stores.blobs import BlobNotFoundError
from functions.stores.connection import CONTAINER_QUEUE
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobStatus, new_job
from model_tools.errors import NerError
from model_tools.extract.errors import UnreadableDocumentError
from model_tools.inference.stopwatch import Stopwatch

MAX_CHARACTERS = 1_000_000
"""Code points of a document. What one takes in memory grows with it, and others are worked on beside it."""
_READERS = 8
"""Reading waits for storage more than it computes."""
_PAGE, _DONE = "page-", "done-"
_Work = Callable[[Services, Job, list[tuple[str, int]]], list[DocumentOutcome]]
"""Gives every file of a chunk, a name and a number of bytes each, its outcome."""
_GIVEN_UP = ("InternalServerError", "The work on this and the files beside it failed several times.", "GivenUp")


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
    _work_on(services, job_id, page, number, _outcomes)


def give_up_chunk(services: Services, job_id: str, page: int, number: int) -> None:
    """Gives every file of a chunk that failed every time an error, so that the others still get their results."""
    _work_on(services, job_id, page, number, lambda _, __, files: [_refused(name, _GIVEN_UP) for name, _ in files])


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


def results_blob(job: Job) -> str:
    """The name of the blob of results, in the output container."""
    return f"{job.request['output'][1]}{job.job_id}/results.jsonl"


def summary_blob(job: Job) -> str:
    """The name of the blob that says what the results were made of; it is written when they are complete."""
    return f"{job.request['output'][1]}{job.job_id}/summary.json"


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


def _work_on(services: Services, job_id: str, page: int, number: int, work: _Work) -> None:
    job = operations.begin(services, RUNTIME_SCOPE, job_id, JobKind.ANALYZE_CONTAINER)
    listed = services.parts.find(job_id, page_key(page)) if job else None
    if job is None or listed is None:
        return
    undone = undone_chunks(services, job_id, page, len(listed["chunks"]))
    try:
        if job.status is JobStatus.RUNNING and number in undone:
            outcomes = work(services, job, listed["chunks"][number])
            content = b"".join(map(_line, outcomes))
            services.blobs.stage_block(job.request["output"][0], results_blob(job), _block(page, number), content)
            failed = sum(outcome.error is not None for outcome in outcomes)
            services.parts.add(job, _done_key(page, number), {"documents": len(outcomes), "failed": failed})
    except NerError as error:
        # The model or the output container is gone: no other chunk will fare better.
        operations.fail(services, RUNTIME_SCOPE, job_id, operations.problems_of(error)[0])
        end_if_over(services, job_id)
        return
    # Only who completes a page looks at all of them.
    if job.status is not JobStatus.RUNNING or not undone_chunks(services, job_id, page, len(listed["chunks"])):
        end_if_over(services, job_id)


def _outcomes(services: Services, job: Job, files: list[tuple[str, int]]) -> list[DocumentOutcome]:
    """What came of each file, in their order."""
    request, stopwatch = job.request, Stopwatch()
    with telemetry.prediction(request["project"], request["deployment"], stopwatch, name=telemetry.BATCH) as span:
        predictor = services.predictors.get(request["project"], request["modelId"])
        stopwatch.lap("load")
        with ThreadPoolExecutor(_READERS) as pool:
            read = list(pool.map(lambda file: _read(services, job, *file), files))
        stopwatch.lap("read")
        documents = [each for each in read if isinstance(each, DocumentInput)]
        found = iter(analysis.outcomes_by(predictor, request["unit"], documents, request["threshold"], stopwatch))
        span.note(model=request["model"], model_id=request["modelId"], documents=len(files))
        return [next(found) if isinstance(each, DocumentInput) else each for each in read]


def _read(services: Services, job: Job, name: str, size: int) -> DocumentInput | DocumentOutcome:
    """The text of a file, or why there is none."""
    try:
        text = ingest.read_file(services, job.request["input"][0], name, size).text
    except UnreadableDocumentError as error:
        return _refused(name, (error.code, error.message, error.inner_code or error.code))
    except BlobNotFoundError:
        return _refused(name, ("NotFound", "The file was removed after the container was listed.", "NotFound"))
    if len(text) > MAX_CHARACTERS:
        message = f"The document has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}. Split it into parts."
        return _refused(name, ("InvalidArgument", message, "TooLarge"))
    return DocumentInput(name, text, job.request["language"])


def _refused(name: str, error: tuple[str, str, str]) -> DocumentOutcome:
    return DocumentOutcome(name, 0, error=error)


def _line(outcome: DocumentOutcome) -> bytes:
    """A line of the results, with the wire's names: whoever reads them has read the API's replies before."""
    line: dict[str, Any] = {"name": outcome.id}
    if outcome.error is None:
        line["entities"] = [
            {
                "text": entity.text,
                "category": entity.category,
                "offset": entity.offset,
                "length": entity.length,
                "confidenceScore": entity.confidence,
            }
            for entity in outcome.entities
        ]
    else:
        _, message, inner_code = outcome.error
        line["error"] = {"code": inner_code, "message": message}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _end(services: Services, job: Job, done: Mapping[str, Mapping[str, int]]) -> None:
    status = JobStatus.CANCELLED if job.status is JobStatus.CANCELLING else JobStatus.SUCCEEDED
    container = job.request["output"][0]
    result = _sums(done)
    blocks = [key.removeprefix(_DONE) for key in sorted(done)]
    try:
        services.blobs.commit_blocks(container, results_blob(job), blocks, "application/jsonl")
        summary = {
            "jobId": job.job_id,
            "status": status.value,
            "documentsCount": result["documents"],
            "failedCount": result["failed"],
            "projectName": job.request["project"],
            "deploymentName": job.request["deployment"],
            "trainedModelLabel": job.request["model"],
        }
        services.blobs.put(container, summary_blob(job), json.dumps(summary, indent=2).encode(), "application/json")
    except NerError as error:
        services.jobs.advance(job, JobStatus.FAILED, errors=operations.problems_of(error), result=result)
        return
    services.jobs.advance(job, status, result=result)


def _sums(done: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(counts[name] for counts in done.values()) for name in ("documents", "failed")}


def _done_key(page: int, number: int) -> str:
    return f"{_DONE}{_block(page, number)}"


def _block(page: int, number: int) -> str:
    """Ids of one length that sort as the listing does."""
    return f"{page:06d}-{number:04d}"
