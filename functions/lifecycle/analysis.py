"""Predictions: what may be asked, and one task over some documents."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions import telemetry
from functions.lifecycle.languages import is_known_language
from model_tools.errors import InvalidInputError, NerError
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


def check_kind(kind: str, *, target: str | None = None) -> None:
    """Checks that a task is one of this service's.

    Raises:
        InvalidInputError: it is not; `target` is the JSON path of its kind, where the caller has one.
    """
    if kind != TASK_KIND:
        raise InvalidInputError(
            f"Tasks of kind '{kind}' are not offered here; the kind is {TASK_KIND}.",
            inner_code="InvalidParameterValue",
            target=target,
        )


def run_task(
    services: "Services", task: TaskInput, documents: list[DocumentInput], stopwatch: Stopwatch | None = None
) -> list[DocumentOutcome]:
    """One task over all documents; `stopwatch` is told where the time went.

    Raises:
        NotFoundError: no such project or deployment.
        InvalidInputError: a kind of task that this service does not have.
    """
    check_kind(task.kind)
    stopwatch = stopwatch or Stopwatch()
    with telemetry.prediction(task.project, task.deployment, stopwatch) as span:
        served = services.serving.open(task.project, task.deployment, stopwatch)
        outcomes = outcomes_by(served.predictor, task.unit, documents, served.confidence_threshold, stopwatch)
        if span.is_recorded:
            _note(span, served.deployment, outcomes)
        return outcomes


def outcomes_by(
    predictor: "Predictor", unit_name: str, documents: list[DocumentInput], threshold: float, stopwatch: Stopwatch
) -> list[DocumentOutcome]:
    """What a model finds in each document, from a confidence of `threshold` on; `unit_name` is of an `OffsetUnit`."""
    refused = {document.id: error for document in documents if (error := _document_error(document))}
    accepted = [document for document in documents if document.id not in refused]
    predicted = iter(predictor.predict([document.text for document in accepted], stopwatch))
    unit = OffsetUnit[unit_name]
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


def _note(span: telemetry.Prediction, deployment: "Deployment", outcomes: list[DocumentOutcome]) -> None:
    span.note(
        model=deployment.model_label,
        model_id=deployment.model_id,
        documents=len(outcomes),
        characters=sum(outcome.characters for outcome in outcomes),
        entities=sum(len(outcome.entities) for outcome in outcomes),
    )


def _document_error(document: DocumentInput) -> tuple[str, str, str] | None:
    if not document.text or document.text.isspace():
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
