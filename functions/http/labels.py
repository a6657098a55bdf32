"""Labels of a document: read and replaced under their version; extensions of the contract, in its manners."""

from dataclasses import replace
from typing import Any

from msgspec import UNSET

from functions.errors import PreconditionRequiredError, StaleError
from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.wire import INDEX_TYPE, UNITS, date, index_type
from functions.lifecycle.languages import is_known_language
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.labels import Annotation
from functions.stores.projects import Project
from model_tools.errors import ConflictError, InvalidInputError, NerError, Problem
from model_tools.offsets import OffsetMap
from model_tools.spans import Label, label_problems


def get_labels(call: Call) -> Reply:
    """The labels of a document, and their version."""
    project = call.services.projects.get(call.path["projectName"])
    document, text = _readable(call, project)
    annotation = call.services.labels.get(project.name, document.location)
    return _labels_reply(annotation, text, index_type(call))


def put_labels(call: Call) -> Reply:
    """Replaces the labels of a document, on the version that `If-Match` names."""
    project = call.services.projects.get(call.path["projectName"])
    document, text = _readable(call, project)
    given = call.body(schemas.LabelsInput)
    etag = call.headers.get("if-match")
    if not etag:
        raise PreconditionRequiredError(
            "Name the version that these labels are based on: If-Match with the ETag of GET.", target="If-Match"
        )
    before = call.services.labels.get(project.name, document.location)
    annotation = replace(
        before,
        labels=_checked_labels(given, text, project),
        content_hash=document.content_hash,
        dataset=before.dataset if given.dataset is UNSET else given.dataset,
        language=before.language if given.language is UNSET else given.language,
    )
    if annotation.language and not is_known_language(annotation.language):
        raise InvalidInputError(
            f"'{annotation.language}' is no known language.", inner_code="UnsupportedLanguageCode", target="$.language"
        )
    try:
        written = call.services.labels.save(project.name, annotation, etag=etag, by=call.caller.name)
    except StaleError as error:
        current = _labels_reply(error.current, text, given.string_index_type).value
        raise StaleError(error.message, current=current) from error
    return _labels_reply(replace(annotation, etag=written), text, given.string_index_type)


def _readable(call: Call, project: Project) -> tuple[StoredDocument, str]:
    document = call.services.documents.get(project.name, call.path["location"])
    if document.status is DocumentStatus.FAILED or document.content_hash is None:
        reason = document.failure.message if document.failure else ""
        raise ConflictError(f"'{document.location}' has no text to label. {reason}", inner_code="DocumentUnreadable")
    return document, call.services.documents.get_text(project.name, document.content_hash)


def _checked_labels(given: schemas.LabelsInput, text: str, project: Project) -> tuple[Label, ...]:
    """Code points, sorted.

    Raises:
        InvalidInputError: carries every fault with its JSON path.
    """
    offsets = OffsetMap(text, UNITS[given.string_index_type])
    declared = {category.name for category in project.categories}
    found: list[Problem] = []
    placed: list[Label] = []
    paths: dict[str, str] = {}
    for i, label in enumerate(given.labels):
        path = f"$.labels[{i}]"
        if label.category not in declared:
            message = (
                f"The project has no category '{label.category}'. It has: {', '.join(sorted(declared)) or 'none'}. "
                "Declare categories with PATCH on the project, or with an import."
            )
            found.append(Problem("UndeclaredCategory", message, f"{path}.category"))
        try:
            span = offsets.to_span(label.offset, label.length)
        except NerError as error:
            found.append(Problem(error.inner_code or error.code, error.message, path))
        else:
            paths[f"[{len(placed)}]"] = path
            placed.append(Label(span.start, span.end, label.category))
    found += [replace(problem, target=paths[problem.target or ""]) for problem in label_problems(placed, len(text))]
    if found:
        raise InvalidInputError(
            f"{found[0].message}" + (f" (The first of {len(found)} problems.)" if len(found) > 1 else ""),
            inner_code=found[0].code,
            target=found[0].target,
            problems=found,
        )
    return tuple(sorted(placed))


def _labels_reply(annotation: Annotation, text: str, unit: schemas.StringIndexType) -> Reply:
    offsets = OffsetMap(text, UNITS[unit])
    labels = [
        schemas.WireLabel(category=label.category, offset=offset, length=length)
        for label in annotation.labels
        if label.end <= len(text)
        for offset, length in [offsets.from_span(label)]
    ]
    body = schemas.LabelsOutput(
        location=annotation.location,
        string_index_type=unit,
        labels=labels,
        etag=annotation.etag,
        dataset=annotation.dataset or UNSET,
        language=annotation.language or UNSET,
        content_hash=annotation.content_hash or UNSET,
        last_modified_date_time=date(annotation.modified) if annotation.modified else UNSET,
        last_modified_by=annotation.modified_by or UNSET,
    )
    return Reply(body, headers={"etag": annotation.etag})


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.DOCUMENTS, Right.AUTHOR, handler, **extra)


_LABELS = f"{PROJECT}/labels/{{location:path}}"

OPERATIONS = (
    _operation(
        "getLabels",
        "GET",
        _LABELS,
        "Get the labels of a document; the ETag names their version.",
        get_labels,
        reply=schemas.LabelsOutput,
        queries=(INDEX_TYPE,),
    ),
    _operation(
        "putLabels",
        "PUT",
        _LABELS,
        "Replace the labels of a document. `If-Match` is required; 412 carries the current labels.",
        put_labels,
        queries=(
            Query(
                "If-Match",
                'The version that the labels are based on: the ETag of GET, which is W/"unlabelled" at first.',
                required=True,
                place="header",
            ),
        ),
        body=schemas.LabelsInput,
        reply=schemas.LabelsOutput,
    ),
)
