"""The files of a container batch, read and analysed: a line of the results for each."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from functions import telemetry
from functions.lifecycle import analysis, ingest
from functions.lifecycle.analysis import DocumentInput, DocumentOutcome
from functions.services import Services
from functions.stores.blobs import BlobNotFoundError
from functions.stores.jobs import Job
from functions.stores.models import ModelVersion
from model_tools.extract.errors import UnreadableDocumentError
from model_tools.inference.stopwatch import Stopwatch

MAX_CHARACTERS = 1_000_000
"""Code points of a document. What one takes in memory grows with it, and others are worked on beside it."""
_READERS = 8
"""Reading waits for storage more than it computes."""
_GIVEN_UP = ("InternalServerError", "The work on this file failed several times.", "GivenUp")

File = tuple[str, int]
"""Name and bytes."""
Line = tuple[str, bool]
"""Of the results, and whether it has an error instead of entities."""


def lines_of(services: Services, job: Job, files: list[File]) -> list[Line]:
    """The line of each file, in their order."""
    return [(_line(outcome), outcome.error is not None) for outcome in _outcomes(services, job, files)]


def model_of(job: Job) -> ModelVersion:
    """The model that does all of a job. Jobs that began before this was kept do not say which manifest it has."""
    request = job.request
    return ModelVersion(request["project"], request["modelId"], request.get("manifestSha256"))


def given_up(name: str) -> Line:
    """The line of a file that failed every time."""
    return _line(_refused(name, _GIVEN_UP)), True


def _outcomes(services: Services, job: Job, files: list[File]) -> list[DocumentOutcome]:
    """What came of each file, in their order."""
    request, stopwatch = job.request, Stopwatch()
    with telemetry.prediction(request["project"], request["deployment"], stopwatch, name=telemetry.BATCH) as span:
        predictor = services.predictors.get(model_of(job))
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


def _line(outcome: DocumentOutcome) -> str:
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
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
