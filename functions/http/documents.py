"""Documents and their labels: extensions of the contract, in its manners."""

import re
from dataclasses import replace
from itertools import islice
from typing import Any

from msgspec import UNSET

from functions.errors import PreconditionRequiredError, StaleError
from functions.http import schemas
from functions.http.auth import Right
from functions.http.errors import problem_json
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.wire import (
    INDEX_TYPE,
    PAGING,
    UNITS,
    accepted,
    date,
    index_type,
    job_reply,
    page_reply,
    problems,
)
from functions.lifecycle import ingest, operations, works
from functions.lifecycle.languages import is_known_language
from functions.lifecycle.rules import location_fault
from functions.services import Services
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.stores.labels import UNLABELLED_ETAG, Annotation
from functions.stores.projects import Project
from model_tools.errors import ConflictError, InvalidInputError, NerError, Problem
from model_tools.extract.extractor import MAX_FILE_BYTES
from model_tools.offsets import OffsetMap
from model_tools.spans import Label, label_problems

_INLINE_FILES = 300
_MEDIA_TYPE = re.compile(r"[\x20-\x7e]{1,200}")
"""What storage takes as a blob's content type."""


def list_documents(call: Call) -> Reply:
    """The documents of a project, in the order of their locations."""
    project = call.services.projects.get(call.path["projectName"])
    status = call.query.get("status")
    if status is not None and status not in list(DocumentStatus):
        raise InvalidInputError(
            f"status is one of {', '.join(DocumentStatus)}, not '{status}'.",
            inner_code="InvalidParameterValue",
            target="status",
        )
    documents = (
        document
        for document in call.services.documents.read_all(project.name)
        if status is None or document.status.value == status
    )
    reply = page_reply(call, documents)
    reply.value["value"] = [_document(document) for document in reply.value["value"]]
    return reply


def get_document(call: Call) -> Reply:
    """One document, with its text where `includeText=true`."""
    project = call.services.projects.get(call.path["projectName"])
    document = call.services.documents.get(project.name, call.path["location"])
    wire = _document(document, call.services.labels.get(project.name, document.location))
    if call.flag("includeText") and document.content_hash:
        wire.text = call.services.documents.get_text(project.name, document.content_hash)
    return Reply(wire)


def put_document(call: Call) -> Reply:
    """Uploads a file into the project's container and ingests it at once."""
    project = call.services.projects.get(call.path["projectName"])
    location = check_location(call.path["location"])
    if not call.content:
        raise InvalidInputError("The body is the file's bytes; there are none.", inner_code="EmptyRequest")
    if len(call.content) > MAX_FILE_BYTES:
        raise InvalidInputError(
            f"The file has {len(call.content):,} bytes; the limit is {MAX_FILE_BYTES:,}.", inner_code="TooLarge"
        )
    _check_container(call.services, project)
    is_new = call.services.documents.find(project.name, location) is None
    content_type = call.headers.get("content-type", "")
    if not _MEDIA_TYPE.fullmatch(content_type):
        # The file is read by its name, so that a strange type is no reason to fail.
        content_type = "application/octet-stream"
    call.services.blobs.put(project.container, project.folder + location, call.content, content_type)
    document = ingest.ingest(call.services, ingest.Source.of(project), location)
    if document is None:
        raise ConflictError(f"'{location}' was deleted at the moment it was uploaded.")
    return Reply(_document(document), 201 if is_new else 200)


def delete_document(call: Call) -> Reply:
    """Removes a file from the project's container, and its document; its labels stay in the history."""
    project = call.services.projects.get(call.path["projectName"])
    document = call.services.documents.get(project.name, call.path["location"])
    call.services.blobs.delete(project.container, project.folder + document.location)
    call.services.documents.delete(project.name, document.location)
    call.services.labels.clear(project.name, document.location, by=call.caller.name)
    return Reply(status=204)


def sync_documents(call: Call) -> Reply:
    """Compares the project's container with its documents."""
    project = call.services.projects.get(call.path["projectName"])
    _check_container(call.services, project)
    job = new_job(project.name, JobKind.SYNC)
    blobs = call.services.blobs.listing(project.container, project.folder)
    if len(list(islice(blobs, _INLINE_FILES + 1))) <= _INLINE_FILES:
        operations.run_now(call.services, job, works.sync_project)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/{project.name}/sync/jobs/{job.job_id}")


def get_sync(call: Call) -> Reply:
    """The state of a sync; its `result` counts documents added, updated, unchanged, removed and failed."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.SYNC)
    return job_reply(job, result=job.result if job.status is JobStatus.SUCCEEDED else UNSET)


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


def check_location(location: str) -> str:
    """A blob name that means one file and stays inside the project's folder.

    Raises:
        InvalidInputError: it does not.
    """
    if fault := location_fault(location):
        raise InvalidInputError(fault, inner_code="InvalidParameterValue", target="location")
    return location


def _check_container(services: Services, project: Project) -> None:
    if not services.blobs.container_exists(project.container):
        raise ConflictError(
            f"The project's container '{project.container}' does not exist. Create it in the storage account.",
            inner_code="ContainerNotFound",
        )


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


def _document(document: StoredDocument, annotation: Annotation | None = None) -> schemas.WireDocument:
    labelled = annotation is not None and annotation.etag != UNLABELLED_ETAG
    return schemas.WireDocument(
        location=document.location,
        status=document.status.value,
        size=document.size,
        ingested_date_time=date(document.ingested),
        characters=document.characters,
        labels_count=len(annotation.labels) if annotation is not None and labelled else UNSET,
        dataset=(annotation.dataset or UNSET) if annotation is not None else UNSET,
        media_type=document.media_type or UNSET,
        encoding=document.encoding or UNSET,
        language=document.language or UNSET,
        content_hash=document.content_hash or UNSET,
        duplicate_of=document.duplicate_of or UNSET,
        error=schemas.ErrorDetail(**problem_json(document.failure)) if document.failure else UNSET,
        warnings=problems(document.warnings),
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.DOCUMENTS, Right.AUTHOR, handler, **extra)


_DOCUMENT = f"{PROJECT}/documents/{{location:path}}"
_LABELS = f"{PROJECT}/labels/{{location:path}}"

OPERATIONS = (
    _operation(
        "syncDocuments",
        "POST",
        f"{PROJECT}/documents/:sync",
        "Compare the project's container with its documents: new, changed and deleted files.",
        sync_documents,
        success=202,
    ),
    _operation(
        "getSyncJob",
        "GET",
        f"{PROJECT}/sync/jobs/{{jobId}}",
        "Get the state of a sync.",
        get_sync,
        reply=schemas.JobState,
    ),
    _operation(
        "listDocuments",
        "GET",
        f"{PROJECT}/documents",
        "List documents with what ingest made of them.",
        list_documents,
        items=schemas.WireDocument,
        queries=(
            *PAGING,
            Query("status", "Only those.", {"type": "string", "enum": [status.value for status in DocumentStatus]}),
        ),
    ),
    _operation(
        "getDocument",
        "GET",
        _DOCUMENT,
        "Get a document.",
        get_document,
        reply=schemas.WireDocument,
        queries=(Query("includeText", "Whether the text comes with it.", {"type": "boolean"}),),
    ),
    _operation(
        "putDocument",
        "PUT",
        _DOCUMENT,
        "Upload a file (.txt, .md, .html, .pdf, .docx) and ingest it at once.",
        put_document,
        success=201,
        raw_body="application/octet-stream",
        reply=schemas.WireDocument,
    ),
    _operation("deleteDocument", "DELETE", _DOCUMENT, "Delete a document and its file.", delete_document, success=204),
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
