"""Analyses as jobs: small ones inside the POST, large ones in chunks that any number of workers share.

A chunk is a run of a request's documents under one of its tasks, and a message on the queue. What came of it is kept
on its own, so that workers do not wait for each other's writes; whoever finishes the last one puts the job together.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.errors import StaleError
from functions.lifecycle import analysis, operations
from functions.lifecycle.analysis import DocumentInput, DocumentOutcome, FoundEntity, TaskInput
from functions.stores.connection import ANALYSIS_QUEUE
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobStatus
from model_tools.errors import NerError, Problem
from model_tools.inference.stopwatch import Stopwatch

if TYPE_CHECKING:
    from functions.services import Services

_INLINE_CHARACTERS = 20_000
"""Characters times tasks: up to this many are analysed inside the POST, more go to the queue."""
CHUNK_CHARACTERS = 20_000
"""Of a chunk's documents together, unless it has only one. A second or so: progress shows, and little is done again."""


def submit(
    services: "Services",
    job: Job,
    documents: list[DocumentInput],
    tasks: list[TaskInput],
    stopwatch: Stopwatch | None = None,
) -> Job:
    """Analyses small requests at once and queues large ones; either way the job can be asked for afterwards."""
    is_small = is_inline(documents, tasks)
    bounds = [(0, len(documents))] if is_small else chunk_bounds([len(document.text) for document in documents])
    chunks = [[task, start, stop] for task in range(len(tasks)) for start, stop in bounds]
    job = replace(job, request={**job.request, "tasks": [asdict(task) for task in tasks], "chunks": chunks})
    if is_small:
        done = {index: _run(services, task, documents, stopwatch) for index, task in enumerate(tasks)}
        return services.jobs.create(_ended(job, done))
    texts = [[document.id, document.text, document.language] for document in documents]
    created = services.jobs.create(replace(job, request={**job.request, "documents": texts}))
    message = {"scope": created.scope, "jobId": created.job_id}
    services.storage.send_all(ANALYSIS_QUEUE, [{**message, "chunk": number} for number in range(len(chunks))])
    return created


def is_inline(documents: Sequence[DocumentInput], tasks: Sequence[TaskInput]) -> bool:
    """Whether a request is so small that it is analysed inside the POST."""
    return sum(len(document.text) for document in documents) * len(tasks) <= _INLINE_CHARACTERS


def chunk_bounds(sizes: Sequence[int], limit: int = CHUNK_CHARACTERS) -> list[tuple[int, int]]:
    """Runs of neighbours, half-open, of at most `limit` together; what is larger by itself is a run of its own."""
    bounds: list[tuple[int, int]] = []
    total = 0
    for i, size in enumerate(sizes):
        if bounds and total + size <= limit:
            bounds[-1] = (bounds[-1][0], i + 1)
            total += size
        else:
            bounds.append((i, i + 1))
            total = size
    return bounds


def run_chunk(services: "Services", job_id: str, number: int) -> None:
    """Does a chunk of a queued job, and ends the job where it was the last.

    A chunk that is done, or whose job is gone or has ended, is left alone: queues deliver at least once.
    """
    job = operations.begin(services, RUNTIME_SCOPE, job_id, JobKind.ANALYZE)
    if job is None:
        return
    if not _is_stopped(job) and _key(number) not in services.parts.keys(job_id):
        task, start, stop = job.request["chunks"][number]
        documents = [DocumentInput(*document) for document in job.request["documents"][start:stop]]
        services.parts.add(job, _key(number), _run(services, TaskInput(**job.request["tasks"][task]), documents))
    _end_if_over(services, job_id)


def give_up_chunk(services: "Services", job_id: str, number: int) -> None:
    """Fails a chunk that failed every time, and with it its task; the job's other tasks keep what they have."""
    job = operations.begin(services, RUNTIME_SCOPE, job_id, JobKind.ANALYZE)
    if job is None:
        return
    services.parts.add(job, _key(number), _failed(operations.FAILED_EVERY_TIME))
    _end_if_over(services, job_id)


def with_progress(services: "Services", job: Job) -> Job:
    """The job as it is now, and as its result what has been done of it so far."""
    if job.status.is_final or job.status is JobStatus.NOT_STARTED:
        return job
    done = _done(services, job)
    # Once more, behind the parts: they go when the job ends, and then its row has everything.
    job = services.jobs.get(RUNTIME_SCOPE, job.job_id)
    return job if job.status.is_final else _with_items(job, done, JobStatus.RUNNING)


def outcomes_of(item: dict[str, Any]) -> list[DocumentOutcome]:
    """The outcomes that a job's item holds, read back from its JSON form."""
    return [
        DocumentOutcome(
            id=outcome["id"],
            characters=outcome["characters"],
            entities=tuple(FoundEntity(*entity) for entity in outcome["entities"]),
            error=tuple(outcome["error"]) if outcome["error"] else None,
        )
        for outcome in item["outcomes"]
    ]


def _end_if_over(services: "Services", job_id: str) -> None:
    """Ends a job whose chunks are all done, or that was asked to stop. Of two who see that, one writes."""
    while True:
        job = services.jobs.get(RUNTIME_SCOPE, job_id, JobKind.ANALYZE)
        if job.status.is_final:
            services.parts.delete(job_id)
            return
        chunks = len(job.request["chunks"])
        if not _is_stopped(job) and len(services.parts.keys(job_id)) < chunks:
            return
        done = _done(services, job)
        if not _is_stopped(job) and len(done) < chunks:
            return
        with suppress(StaleError):
            _end(services, job, done)


def _end(services: "Services", job: Job, done: Mapping[int, dict[str, Any]]) -> None:
    # The texts are needed no more; nothing keeps them longer than the analysis takes.
    request = job.request_without_texts
    if len(done) == len(job.request["chunks"]):
        ended = _ended(job, done)
        services.jobs.advance(job, ended.status, result=ended.result, errors=ended.errors, request=request)
    elif job.status is JobStatus.CANCELLING:
        ended = _with_items(job, done, JobStatus.CANCELLED)
        services.jobs.advance(job, JobStatus.CANCELLED, result=ended.result, errors=ended.errors, request=request)
    elif _is_stopped(job):
        services.jobs.advance(job, JobStatus.CANCELLING)


def _ended(job: Job, done: Mapping[int, dict[str, Any]]) -> Job:
    """A job fails only where every task did: clients of a mixed job look at the items and at `errors[].target`."""
    job = _with_items(job, done, JobStatus.CANCELLED)
    failed = all(item["status"] == JobStatus.FAILED.value for item in job.result["items"])
    return replace(job, status=JobStatus.FAILED if failed else JobStatus.SUCCEEDED, updated=datetime.now(UTC))


def _with_items(job: Job, done: Mapping[int, dict[str, Any]], unfinished: JobStatus) -> Job:
    """The job with an item for each task of which at least one chunk is done; `unfinished` where not all are."""
    chunks_of: dict[int, list[int]] = {}
    for number, (task, _, _) in enumerate(job.request["chunks"]):
        chunks_of.setdefault(task, []).append(number)
    items, errors = [], []
    for task, numbers in chunks_of.items():
        parts = [done[number] for number in numbers if number in done]
        if not parts:
            continue
        problem = next((part["problem"] for part in parts if part["problem"]), None)
        status = JobStatus.FAILED if problem else JobStatus.SUCCEEDED if len(parts) == len(numbers) else unfinished
        items.append(
            {
                "task": task,
                "status": status.value,
                "ended": max(part["ended"] for part in parts),
                "outcomes": [] if problem else [outcome for part in parts for outcome in part["outcomes"]],
            }
        )
        if problem:
            # Without this target the SDKs cannot tell which task failed and give up the whole job.
            errors.append(Problem(problem[0], problem[1], f"#/tasks/items/{task}"))
    return replace(job, result={"items": items}, errors=tuple(errors))


def _run(
    services: "Services", task: TaskInput, documents: list[DocumentInput], stopwatch: Stopwatch | None = None
) -> dict[str, Any]:
    """What came of some documents under a task, as it is kept."""
    try:
        outcomes = analysis.run_task(services, task, documents, stopwatch)
    except NerError as error:
        return _failed(Problem(error.code, error.message))
    rows = [
        {
            "id": outcome.id,
            "characters": outcome.characters,
            "entities": [[e.text, e.category, e.offset, e.length, e.confidence] for e in outcome.entities],
            "error": outcome.error,
        }
        for outcome in outcomes
    ]
    return {"ended": datetime.now(UTC).isoformat(), "outcomes": rows, "problem": None}


def _failed(problem: Problem) -> dict[str, Any]:
    return {"ended": datetime.now(UTC).isoformat(), "outcomes": [], "problem": [problem.code, problem.message]}


def _is_stopped(job: Job) -> bool:
    limit = job.request.get("cancelAfter")
    late = limit is not None and (datetime.now(UTC) - job.created).total_seconds() > limit
    return late or job.status is JobStatus.CANCELLING


def _done(services: "Services", job: Job) -> dict[int, dict[str, Any]]:
    return {int(key): value for key, value in services.parts.read_all(job.job_id).items()}


def _key(number: int) -> str:
    return f"{number:04d}"
