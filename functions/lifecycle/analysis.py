"""Predictions: tasks over documents, at once or as a queued job."""

import math
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions import telemetry
from functions.errors import StaleError
from functions.lifecycle.languages import is_known_language
from functions.stores.connection import ANALYSIS_QUEUE
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobNotFoundError, JobStatus
from model_tools.errors import InvalidInputError, NerError, Problem
from model_tools.inference.stopwatch import Stopwatch
from model_tools.offsets import OffsetMap, OffsetUnit
from model_tools.spans import Entity, Span

if TYPE_CHECKING:
    from functions.services import Services
    from functions.stores.deployments import Deployment
    from model_tools.inference.predictor import Predictor

TASK_KIND = "CustomEntityRecognition"
MAX_DOCUMENTS = 25
MAX_CHARACTERS = 125_000
"""Code points in all documents of a request together. The real service counts text elements, of which there are never
more; but one of them may have any number of code points, and those are what takes the time."""
_INLINE_CHARACTERS = 20_000
"""Characters times tasks: up to this many are analysed inside the POST, more go to the queue."""
_TRANSACTION_CHARACTERS = 1_000
"""One text record of the real service."""


@dataclass(frozen=True, slots=True)
class DocumentInput:
    """A text of a request."""

    id: str
    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class TaskInput:
    """One task of a request."""

    kind: str
    name: str | None
    project: str
    deployment: str
    unit: str
    """Name of an `OffsetUnit`."""


@dataclass(frozen=True, slots=True)
class FoundEntity:
    """An entity; offset and length in the task's unit."""

    text: str
    category: str
    offset: int
    length: int
    confidence: float


@dataclass(frozen=True, slots=True)
class DocumentOutcome:
    """What came of one document: entities, or the reason why not."""

    id: str
    characters: int
    """Text elements."""
    entities: tuple[FoundEntity, ...] = ()
    error: tuple[str, str, str] | None = None
    """code, message, inner code."""

    @property
    def transactions(self) -> int:
        """Text records of 1,000 characters, at least one."""
        return max(1, math.ceil(self.characters / _TRANSACTION_CHARACTERS))


def check_documents(documents: list[DocumentInput]) -> None:
    """The limits of one request.

    Raises:
        InvalidInputError: in the codes of the real service.
    """
    if not documents:
        raise _refused("Missing input documents.", "MissingInputDocuments", "$.analysisInput.documents")
    if len(documents) > MAX_DOCUMENTS:
        raise _refused(
            f"Batch request contains too many records. Max {MAX_DOCUMENTS} records are permitted.",
            "InvalidDocumentBatch",
            "$.analysisInput.documents",
        )
    seen: set[str] = set()
    for i, document in enumerate(documents):
        target = f"$.analysisInput.documents[{i}].id"
        if not document.id:
            raise _refused("A document has an empty id.", "InvalidDocument", target)
        if document.id in seen:
            raise _refused(
                "Request contains duplicated Ids. Make sure each document has a unique Id.", "InvalidDocument", target
            )
        seen.add(document.id)
    characters = sum(len(document.text) for document in documents)
    if characters > MAX_CHARACTERS:
        raise _refused(
            f"The documents have {characters:,} characters together; the limit of one request is {MAX_CHARACTERS:,}.",
            "InvalidDocumentBatch",
            "$.analysisInput.documents",
        )


def submit(
    services: "Services",
    job: Job,
    documents: list[DocumentInput],
    tasks: list[TaskInput],
    stopwatch: Stopwatch | None = None,
) -> Job:
    """Analyses small requests at once and queues large ones; either way the job can be asked for afterwards."""
    job = replace(job, request={**job.request, "tasks": [asdict(task) for task in tasks]})
    if sum(len(document.text) for document in documents) * len(tasks) <= _INLINE_CHARACTERS:
        items, errors = [], []
        for index, task in enumerate(tasks):
            item, problem = _item(services, index, task, documents, stopwatch)
            items.append(item)
            errors += [problem] if problem else []
        return services.jobs.create(_ended(job, items, errors))
    request = {**job.request, "documents": [[document.id, document.text, document.language] for document in documents]}
    created = services.jobs.create(replace(job, request=request))
    services.storage.send(ANALYSIS_QUEUE, {"scope": created.scope, "jobId": created.job_id})
    return created


def run_queued_analysis(services: "Services", job_id: str) -> None:
    """Works through a queued job; each finished task is visible at once, and a rerun goes on from there.

    A job that is gone, has ended or is being worked on by another run is left alone: queues deliver at least once.
    """
    try:
        job = services.jobs.get(RUNTIME_SCOPE, job_id, JobKind.ANALYZE)
    except JobNotFoundError:
        return
    if job.status.is_final:
        return
    documents = [DocumentInput(*document) for document in job.request["documents"]]
    tasks = [TaskInput(**task) for task in job.request["tasks"]]
    items: list[dict[str, Any]] = list((job.result or {}).get("items", ()))
    errors = list(job.errors)
    try:
        for index in range(len(items), len(tasks)):
            if job.status is JobStatus.CANCELLING or _overdue(job):
                break
            job = services.jobs.advance(job, JobStatus.RUNNING, result={"items": items})
            item, problem = _item(services, index, tasks[index], documents)
            items = [*items, item]
            errors += [problem] if problem else []
            job = services.jobs.advance(job, JobStatus.RUNNING, result={"items": items}, errors=tuple(errors))
    except StaleError:
        job = services.jobs.get(RUNTIME_SCOPE, job_id)
        if job.status is not JobStatus.CANCELLING:
            return
    # The texts are needed no more; nothing keeps them longer than the analysis takes.
    request = job.request_without_texts
    if len(items) < len(tasks):
        if job.status is JobStatus.RUNNING:
            job = services.jobs.advance(job, JobStatus.CANCELLING)
        services.jobs.advance(job, JobStatus.CANCELLED, result={"items": items}, errors=tuple(errors), request=request)
        return
    ended = _ended(job, items, errors)
    services.jobs.advance(job, ended.status, result=ended.result, errors=ended.errors, request=request)


def run_task(
    services: "Services", task: TaskInput, documents: list[DocumentInput], stopwatch: Stopwatch | None = None
) -> list[DocumentOutcome]:
    """One task over all documents; `stopwatch` is told where the time went.

    Raises:
        NotFoundError: no such project or deployment.
        InvalidInputError: a kind of task that this service does not have.
    """
    if task.kind != TASK_KIND:
        raise InvalidInputError(
            f"Tasks of kind '{task.kind}' are not offered here; the kind is {TASK_KIND}.",
            inner_code="InvalidParameterValue",
        )
    stopwatch = stopwatch or Stopwatch()
    with telemetry.prediction(task.project, task.deployment, stopwatch) as span:
        resolved = services.directory.resolve(task.project, task.deployment)
        stopwatch.lap("resolve")
        predictor = services.predictors.get(task.project, resolved.deployment.model_id)
        stopwatch.lap("load")
        outcomes = _outcomes(predictor, task, documents, resolved.confidence_threshold, stopwatch)
        if span.is_recorded:
            _note(span, predictor, resolved.deployment, outcomes, documents)
        return outcomes


def _outcomes(
    predictor: "Predictor",
    task: TaskInput,
    documents: list[DocumentInput],
    threshold: float,
    stopwatch: Stopwatch,
) -> list[DocumentOutcome]:
    refused = {document.id: error for document in documents if (error := _document_error(document))}
    accepted = [document for document in documents if document.id not in refused]
    predicted = iter(predictor.predict([document.text for document in accepted]))
    stopwatch.lap("model")
    unit = OffsetUnit[task.unit]
    outcomes = [
        DocumentOutcome(document.id, _text_elements(document.text), error=refused[document.id])
        if document.id in refused
        else DocumentOutcome(
            document.id,
            _text_elements(document.text),
            _found(document.text, next(predicted), unit, threshold),
        )
        for document in documents
    ]
    stopwatch.lap("offsets")
    return outcomes


def _note(
    span: telemetry.Prediction,
    predictor: "Predictor",
    deployment: "Deployment",
    outcomes: list[DocumentOutcome],
    documents: list[DocumentInput],
) -> None:
    span.note(
        model=deployment.model_label,
        model_id=deployment.model_id,
        documents=len(outcomes),
        characters=sum(outcome.characters for outcome in outcomes),
        entities=sum(len(outcome.entities) for outcome in outcomes),
        windows=predictor.count_windows([document.text for document in documents]),
    )


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


def _item(
    services: "Services",
    index: int,
    task: TaskInput,
    documents: list[DocumentInput],
    stopwatch: Stopwatch | None = None,
) -> tuple[dict[str, Any], Problem | None]:
    ended = datetime.now(UTC).isoformat()
    try:
        outcomes = run_task(services, task, documents, stopwatch)
    except NerError as error:
        # Without this target the SDKs cannot tell which task failed and give up the whole job.
        problem = Problem(error.code, error.message, f"#/tasks/items/{index}")
        return {"status": JobStatus.FAILED.value, "ended": ended, "outcomes": []}, problem
    rows = [
        {
            "id": outcome.id,
            "characters": outcome.characters,
            "entities": [[e.text, e.category, e.offset, e.length, e.confidence] for e in outcome.entities],
            "error": outcome.error,
        }
        for outcome in outcomes
    ]
    return {"status": JobStatus.SUCCEEDED.value, "ended": ended, "outcomes": rows}, None


def _ended(job: Job, items: list[dict[str, Any]], errors: list[Problem]) -> Job:
    """A job fails only where every task did: clients of a mixed job look at the items and at `errors[].target`."""
    failed = all(item["status"] == JobStatus.FAILED.value for item in items)
    status = JobStatus.FAILED if failed else JobStatus.SUCCEEDED
    return replace(job, status=status, updated=datetime.now(UTC), result={"items": items}, errors=tuple(errors))


def _overdue(job: Job) -> bool:
    limit = job.request.get("cancelAfter")
    return limit is not None and (datetime.now(UTC) - job.created).total_seconds() > limit


def _document_error(document: DocumentInput) -> tuple[str, str, str] | None:
    if not document.text.strip():
        return "InvalidArgument", "Document text is empty.", "InvalidDocument"
    language = document.language
    if language and language.lower() != "auto" and not is_known_language(language):
        message = f"Invalid Language Code. '{language}' is not among GET .../projects/global/languages."
        return "InvalidArgument", message, "UnsupportedLanguageCode"
    return None


def _found(text: str, entities: list[Entity], unit: OffsetUnit, threshold: float) -> tuple[FoundEntity, ...]:
    offsets = OffsetMap(text, unit)
    found = []
    for entity in entities:
        if entity.confidence < threshold:
            continue
        span = offsets.widen(Span(entity.start, entity.end))
        offset, length = offsets.from_span(span)
        found.append(FoundEntity(span.text_of(text), entity.category, offset, length, round(entity.confidence, 2)))
    return tuple(found)


def _text_elements(text: str) -> int:
    return OffsetMap(text, OffsetUnit.TEXT_ELEMENT).size


def _refused(message: str, inner_code: str, target: str) -> NerError:
    return RequestRefusedError(message, inner_code=inner_code, target=target)


class RequestRefusedError(InvalidInputError):
    """The request as a whole is outside the limits; the real service uses this code."""

    code = "InvalidRequest"
