"""Documents: extensions of the contract, in its manners."""

import re
from dataclasses import replace
from itertools import islice
from typing import Any, get_args

from msgspec import UNSET

from functions.http import document_schemas as schemas
from functions.http.auth import Right
from functions.http.errors import problem_json
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.schemas import ErrorDetail, JobState
from functions.http.wire import KEYED_PAGING, KeyedPage, accepted, date, job_reply, problems
from functions.lifecycle import document_list, ingest, labelling, operations, works
from functions.lifecycle.document_list import DatasetFilter, DocumentFilter
from functions.lifecycle.rules import location_fault
from functions.services import Services
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.stores.labels import Annotation, AnnotationSummary, summary_of
from functions.stores.projects import Project
from functions.stores.tables import key_of
from model_tools.errors import ConflictError, InvalidInputError
from model_tools.extract.extractor import MAX_FILE_BYTES

_INLINE_FILES = 300
_MEDIA_TYPE = re.compile(r"[\x20-\x7e]{1,200}")
"""What storage takes as a blob's content type."""
_MAX_SEARCH = 500
"""Characters of a search; as of a label."""


def list_documents(call: Call) -> Reply:
    """The documents of a project, in the order of their locations."""
    project = call.services.projects.get(call.path["projectName"])
    asked = KeyedPage.asked(call)
    after = asked.after or key_of(call.query.get("after", ""))
    found = document_list.list_documents(
        call.services, project.name, _filter(call), after=after, skip=asked.skip, size=asked.size
    )
    items = [document_json(each.document, each.annotation, each.suggestions) for each in found.items]
    return asked.reply(call, items, after=found.after, skip=found.skip)


def _filter(call: Call) -> DocumentFilter:
    status = call.one_of("status", [each.value for each in DocumentStatus])
    search = call.query.get("search")
    if search is not None and not 0 < len(search) <= _MAX_SEARCH:
        raise InvalidInputError(
            f"'search' has 1 to {_MAX_SEARCH} characters, not {len(search)}.",
            inner_code="InvalidParameterValue",
            target="search",
        )
    return DocumentFilter(
        status=DocumentStatus(status) if status else None,
        labelled=call.flag("labelled") if "labelled" in call.query else None,
        done=call.flag("done") if "done" in call.query else None,
        suspected=call.flag("suspected") if "suspected" in call.query else None,
        suggested=call.flag("suggested") if "suggested" in call.query else None,
        dataset=call.one_of("dataset", get_args(DatasetFilter)),
        category=call.query.get("category"),
        search=search,
    )


def get_document(call: Call) -> Reply:
    """One document, with its text where `includeText=true`."""
    project = call.services.projects.get(call.path["projectName"])
    document = call.services.documents.get(project.name, call.path["location"])
    wire = document_json(document, summary_of(call.services.labels.get(project.name, document.location)))
    if call.flag("includeText") and document.content_hash:
        wire.text = call.services.documents.get_text(project.name, document.content_hash)
    return Reply(wire)


def patch_document(call: Call) -> Reply:
    """Assigns a document to a data set, or says that it is done; its labels stay as they are."""
    project = call.services.projects.get(call.path["projectName"])
    document = call.services.documents.get(project.name, call.path["location"])
    changes = call.body(schemas.DocumentChanges)
    return Reply(change_document(call, document, changes))


def change_document(
    call: Call, document: StoredDocument, changes: schemas.DocumentChanges | schemas.DocumentsChanges
) -> schemas.WireDocument:
    """The document after the changes, which are applied to whatever its labels are at that moment."""

    def changed(before: Annotation) -> Annotation:
        return replace(
            before,
            content_hash=before.content_hash or document.content_hash,
            dataset=before.dataset if changes.dataset is UNSET else changes.dataset,
            done=before.done if changes.done is UNSET else changes.done,
        )

    annotation = labelling.change_annotation(
        call.services, document.project, document.location, changed, by=call.caller.name
    )
    return document_json(document, summary_of(annotation))


def put_document(call: Call) -> Reply:
    """Uploads a file into the project's container and ingests it at once."""
    project = call.services.projects.get(call.path["projectName"])
    check_container(call.services, project)
    location = call.path["location"]
    is_new = call.services.documents.find(project.name, location) is None
    document = upload(call.services, project, location, call.content, call.headers.get("content-type", ""))
    annotation = call.services.labels.get(project.name, location)
    return Reply(document_json(document, summary_of(annotation)), 201 if is_new else 200)


def upload(services: Services, project: Project, location: str, content: bytes, content_type: str) -> StoredDocument:
    """Puts a file into the project's container, which exists, and ingests it.

    Raises:
        InvalidInputError: the location does not name one file of the project, or the file is empty or too large.
        ConflictError: somebody deleted or replaced the file at the same moment.
    """
    check_location(location)
    if not content:
        raise InvalidInputError("The body is the file's bytes; there are none.", inner_code="EmptyRequest")
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInputError(
            f"The file has {len(content):,} bytes; the limit is {MAX_FILE_BYTES:,}.", inner_code="TooLarge"
        )
    if not _MEDIA_TYPE.fullmatch(content_type):
        # The file is read by its name, so that a strange type is no reason to fail.
        content_type = "application/octet-stream"
    services.blobs.put(project.container, project.folder + location, content, content_type)
    document = ingest.ingest(services, ingest.Source.of(project), location)
    if document is None:
        raise ConflictError(f"'{location}' was deleted at the moment it was uploaded.")
    return document


def delete_document(call: Call) -> Reply:
    """Removes a file from the project's container, and its document; its labels stay in the history."""
    project = call.services.projects.get(call.path["projectName"])
    remove(call, project, call.path["location"])
    return Reply(status=204)


def remove(call: Call, project: Project, location: str) -> None:
    """Deletes one document.

    Raises:
        NotFoundError: there is none at that location.
    """
    document = call.services.documents.get(project.name, location)
    call.services.blobs.delete(project.container, project.folder + document.location)
    call.services.documents.delete(project.name, document.location)
    call.services.labels.clear(project.name, document.location, by=call.caller.name)
    call.services.suggestions.delete(project.name, document.location)


def sync_documents(call: Call) -> Reply:
    """Compares the project's container with its documents."""
    project = call.services.projects.get(call.path["projectName"])
    check_container(call.services, project)
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


def check_container(services: Services, project: Project) -> None:
    """The files of the project have a place to lie in.

    Raises:
        ConflictError: they have not.
    """
    if not services.blobs.container_exists(project.container):
        raise ConflictError(
            f"The project's container '{project.container}' does not exist. Create it in the storage account.",
            inner_code="ContainerNotFound",
        )


def document_json(
    document: StoredDocument, annotation: AnnotationSummary, suggestions: int = 0
) -> schemas.WireDocument:
    """A document on the wire."""
    changed = bool(annotation.counts) and annotation.content_hash not in {None, document.content_hash}
    return schemas.WireDocument(
        location=document.location,
        status=document.status.value,
        size=document.size,
        ingested_date_time=date(document.ingested),
        characters=document.characters,
        labelled=annotation.is_labelled,
        done=annotation.done,
        labels_count=annotation.label_count if annotation.modified else UNSET,
        text_changed=changed or UNSET,
        suggestions_count=suggestions or UNSET,
        dataset=annotation.dataset or UNSET,
        last_modified_date_time=date(annotation.modified) if annotation.modified else UNSET,
        last_modified_by=annotation.modified_by or UNSET,
        media_type=document.media_type or UNSET,
        encoding=document.encoding or UNSET,
        language=document.language or UNSET,
        content_hash=document.content_hash or UNSET,
        duplicate_of=document.duplicate_of or UNSET,
        error=ErrorDetail(**problem_json(document.failure)) if document.failure else UNSET,
        warnings=problems(document.warnings),
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.DOCUMENTS, Right.AUTHOR, handler, **extra)


_DOCUMENT = f"{PROJECT}/documents/{{location:path}}"
_BOOLEAN = {"type": "boolean"}
_FILTERS = (
    Query("after", "Only documents behind this location, in the order of the list; it need not be there."),
    Query("status", "What ingest made of them.", {"type": "string", "enum": [each.value for each in DocumentStatus]}),
    Query("labelled", "Whether they have labels or were said to be done.", _BOOLEAN),
    Query("done", "Whether they were said to be done.", _BOOLEAN),
    Query("suggested", "Whether there are suggestions for them.", _BOOLEAN),
    Query("suspected", "Whether the newest check of labels found likely errors that nobody has settled.", _BOOLEAN),
    Query("dataset", "Which data set they belong to.", {"type": "string", "enum": list(get_args(DatasetFilter))}),
    Query("category", "With at least one label of this category."),
    Query(
        "search",
        "Part of the location or of the text, without regard to case. Reads the texts of a few hundred documents for "
        "one page: follow `nextLink`, also of an empty page.",
    ),
)

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
        reply=JobState,
    ),
    _operation(
        "listDocuments",
        "GET",
        f"{PROJECT}/documents",
        "List documents with what ingest made of them.",
        list_documents,
        items=schemas.WireDocument,
        queries=(*KEYED_PAGING, *_FILTERS),
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
    _operation(
        "patchDocument",
        "PATCH",
        _DOCUMENT,
        "Assign a document to a data set, or say that it is done.",
        patch_document,
        body=schemas.DocumentChanges,
        reply=schemas.WireDocument,
    ),
    _operation("deleteDocument", "DELETE", _DOCUMENT, "Delete a document and its file.", delete_document, success=204),
)
