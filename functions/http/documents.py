"""Documents: extensions of the contract, in its manners."""

import re
from itertools import islice
from typing import Any

from msgspec import UNSET

from functions.http import schemas
from functions.http.auth import Right
from functions.http.errors import problem_json
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.wire import (
    PAGING,
    accepted,
    date,
    job_reply,
    page_reply,
    problems,
)
from functions.lifecycle import ingest, operations, works
from functions.lifecycle.rules import location_fault
from functions.services import Services
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.stores.labels import UNLABELLED_ETAG, Annotation
from functions.stores.projects import Project
from model_tools.errors import ConflictError, InvalidInputError
from model_tools.extract.extractor import MAX_FILE_BYTES

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
)
