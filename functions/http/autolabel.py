"""Suggestions for labels, made by a job."""

from typing import Any

from msgspec import UNSET

from functions.http import suggestion_schemas as schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.schemas import JobState
from functions.http.wire import accepted, job_reply
from functions.lifecycle import autolabel, operations
from functions.lifecycle.document_list import count_documents
from functions.lifecycle.labelling import MAX_LABEL_LENGTH
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.stores.projects import Project
from model_tools.errors import InvalidInputError, Problem

_INLINE_DOCUMENTS = 25
"""Predicted inside the request; more would keep the caller waiting."""
_MAX_TEXTS = 10_000
"""Of a dictionary."""


def start_autolabel(call: Call) -> Reply:
    """Makes suggestions by a model, a dictionary, or both."""
    project = call.services.projects.get(call.path["projectName"])
    given = call.body(schemas.AutolabelInput)
    _check(given, project)
    model = None
    if given.trained_model_label is not UNSET:
        model = call.services.models.get(project.name, given.trained_model_label)
    locations = None if given.locations is UNSET else list(dict.fromkeys(given.locations))
    request = {
        "modelId": model and model.model_id,
        "manifestSha256": model and model.manifest_sha256,
        "dictionary": [
            [entry.category, text, entry.ignore_case, entry.whole_words]
            for entry in given.dictionary
            for text in entry.texts
        ],
        "categories": None if given.categories is UNSET else given.categories,
        "locations": locations,
        "unlabelledOnly": given.unlabelled_only,
        "minConfidence": given.min_confidence,
    }
    job = new_job(project.name, JobKind.AUTOLABEL, request)
    limit = _INLINE_DOCUMENTS
    documents = count_documents(call.services, project.name, limit) if locations is None else len(locations)
    if documents <= limit:
        operations.run_now(call.services, job, autolabel.autolabel)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/{project.name}/autolabel/jobs/{job.job_id}")


def get_autolabel(call: Call) -> Reply:
    """The state of such a job; while it runs, `result` counts the documents it has come to."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.AUTOLABEL)
    result = job.result if job.status is JobStatus.SUCCEEDED else job.progress
    return job_reply(job, result=result or UNSET)


def cancel_autolabel(call: Call) -> Reply:
    """Stops such a job; the suggestions that it has made stay."""
    job = operations.cancel(call.services, call.path["projectName"], call.path["jobId"], JobKind.AUTOLABEL)
    return accepted(call, f"{AUTHORING}/projects/{job.scope}/autolabel/jobs/{job.job_id}")


def _check(given: schemas.AutolabelInput, project: Project) -> None:
    """What the project and the limits say against the request.

    Raises:
        InvalidInputError: carries every fault with its JSON path.
    """
    declared = {category.name for category in project.categories}
    found = []
    if given.trained_model_label is UNSET and not given.dictionary:
        found.append(Problem("NothingToSuggestFrom", "Name a trained model, a dictionary, or both.", "$"))
    named = [(entry.category, f"$.dictionary[{i}].category") for i, entry in enumerate(given.dictionary)]
    if given.categories is not UNSET:
        named += [(category, f"$.categories[{i}]") for i, category in enumerate(given.categories)]
    found += [
        Problem("UndeclaredCategory", f"The project has no category '{category[:60]}'.", path)
        for category, path in named
        if category not in declared
    ]
    texts = [
        (text, f"$.dictionary[{i}].texts[{j}]")
        for i, entry in enumerate(given.dictionary)
        for j, text in enumerate(entry.texts)
    ]
    if len(texts) > _MAX_TEXTS:
        found.append(Problem("TooManyTexts", f"A dictionary has at most {_MAX_TEXTS:,} texts.", "$.dictionary"))
    found += [
        Problem("InvalidText", f"A text has 1 to {MAX_LABEL_LENGTH} characters and no blanks at its ends.", path)
        for text, path in texts
        if not 0 < len(text) <= MAX_LABEL_LENGTH or text != text.strip()
    ]
    if found:
        raise InvalidInputError(found[0].message, inner_code=found[0].code, target=found[0].target, problems=found)


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.SUGGESTIONS, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "autolabel",
        "POST",
        f"{PROJECT}/:autolabel",
        "Suggest labels by a trained model, by lists of strings, or by both.",
        start_autolabel,
        success=202,
        body=schemas.AutolabelInput,
    ),
    _operation(
        "getAutolabelJob",
        "GET",
        f"{PROJECT}/autolabel/jobs/{{jobId}}",
        "Get the state of such a job.",
        get_autolabel,
        reply=JobState,
    ),
    _operation(
        "cancelAutolabelJob",
        "POST",
        f"{PROJECT}/autolabel/jobs/{{jobId}}/:cancel",
        "Stop such a job; the suggestions that it has made stay.",
        cancel_autolabel,
        success=202,
    ),
)
