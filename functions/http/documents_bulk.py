"""Many documents in one request: each has an outcome of its own, and one that fails leaves the others alone."""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from msgspec import UNSET
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from functions.http import document_schemas as schemas
from functions.http.auth import Right
from functions.http.documents import change_document, check_container, document_json, remove, upload
from functions.http.errors import error_json
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.schemas import ErrorDetail
from functions.stores.labels import summary_of
from model_tools.errors import InvalidInputError, NerError

_MULTIPART = "multipart/form-data"
_PARALLEL = 8

_Work = Callable[[], schemas.WireDocument | None]


def upload_documents(call: Call) -> Reply:
    """Uploads the files of a form; their file names are their locations."""
    project = call.services.projects.get(call.path["projectName"])
    check_container(call.services, project)
    files = _files(call)

    def work(file: FileStorage) -> schemas.WireDocument:
        location = file.filename or ""
        document = upload(call.services, project, location, file.read(), file.content_type or "")
        return document_json(document, summary_of(call.services.labels.get(project.name, location)))

    return _outcomes([file.filename or "" for file in files], [partial(work, file) for file in files])


def update_documents(call: Call) -> Reply:
    """Assigns documents to a data set, or says that they are done; their labels stay as they are."""
    project = call.services.projects.get(call.path["projectName"])
    given = call.body(schemas.DocumentsChanges)

    def work(location: str) -> schemas.WireDocument:
        return change_document(call, call.services.documents.get(project.name, location), given)

    return _outcomes(given.locations, [partial(work, location) for location in given.locations])


def delete_documents(call: Call) -> Reply:
    """Removes files from the project's container, and their documents; labels stay in the history."""
    project = call.services.projects.get(call.path["projectName"])
    locations = call.body(schemas.DocumentsSelection).locations
    return _outcomes(locations, [partial(remove, call, project, location) for location in locations])


def _files(call: Call) -> list[FileStorage]:
    """The files of a multipart form.

    Raises:
        InvalidInputError: the body is no such form, has no file, too many, or one name twice.
    """
    media_type, options = parse_options_header(call.headers.get("content-type", ""))
    if media_type != _MULTIPART or not options.get("boundary"):
        raise InvalidInputError(
            f"The body is a form of type {_MULTIPART} with one part for each file.",
            inner_code="InvalidRequestBodyFormat",
        )
    # The body is in memory already; files of parts on disk would have to be closed by hand.
    parser = FormDataParser(lambda *_, **__: io.BytesIO(), max_form_parts=schemas.MAX_LOCATIONS, silent=False)
    try:
        _, _, form = parser.parse(io.BytesIO(call.content), media_type, len(call.content), options)
    except RequestEntityTooLarge as error:
        raise InvalidInputError(
            f"One form has at most {schemas.MAX_LOCATIONS:,} files; send the others in another one.",
            inner_code="TooManyFiles",
        ) from error
    except ValueError as error:
        raise InvalidInputError(f"The form cannot be read: {error}.", inner_code="InvalidRequestBodyFormat") from error
    files = [file for _, file in form.items(multi=True)]
    if not files:
        raise InvalidInputError("The form has no file.", inner_code="EmptyRequest")
    return files


def _outcomes(locations: Sequence[str], works: Sequence[_Work]) -> Reply:
    """Does the work of each location, and answers with what became of it.

    Raises:
        InvalidInputError: a location is there twice.
    """
    seen: set[str] = set()
    for i, location in enumerate(locations):
        if location in seen:
            raise InvalidInputError(
                f"'{location[:100]}' is there twice.", inner_code="DuplicateLocation", target=f"$.locations[{i}]"
            )
        seen.add(location)
    with ThreadPoolExecutor(_PARALLEL) as pool:
        outcomes = list(pool.map(_outcome, locations, works))
    failed = sum(outcome.error is not UNSET for outcome in outcomes)
    return Reply(schemas.DocumentOutcomes(succeeded_count=len(outcomes) - failed, failed_count=failed, value=outcomes))


def _outcome(location: str, work: _Work) -> schemas.DocumentOutcome:
    try:
        document = work()
    except NerError as error:
        return schemas.DocumentOutcome(location=location, error=ErrorDetail(**error_json(error)))
    return schemas.DocumentOutcome(location=location, document=document or UNSET)


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.DOCUMENTS, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "uploadDocuments",
        "POST",
        f"{PROJECT}/documents/:upload",
        "Upload the files of a form and ingest them at once; their file names are their locations.",
        upload_documents,
        raw_body=_MULTIPART,
        reply=schemas.DocumentOutcomes,
    ),
    _operation(
        "updateDocuments",
        "POST",
        f"{PROJECT}/documents/:update",
        "Assign up to 1,000 documents to a data set, or say that they are done.",
        update_documents,
        body=schemas.DocumentsChanges,
        reply=schemas.DocumentOutcomes,
    ),
    _operation(
        "deleteDocuments",
        "POST",
        f"{PROJECT}/documents/:delete",
        "Delete up to 1,000 documents and their files.",
        delete_documents,
        body=schemas.DocumentsSelection,
        reply=schemas.DocumentOutcomes,
    ),
)
