"""Labels in and out in the formats of other tools."""

import base64
from typing import Any

from msgspec import UNSET

from functions.errors import TooLargeError
from functions.http.auth import Right
from functions.http.operation import MAX_BODY_BYTES, Call, Operation, Query, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.schemas import JobState
from functions.http.wire import UNITS, accepted, index_type, job_reply, problems
from functions.lifecycle import label_files, operations
from functions.lifecycle.document_list import count_documents
from functions.lifecycle.languages import is_known_language
from functions.stores.jobs import Job, JobKind, JobStatus, new_job
from model_tools.errors import ConflictError, InvalidInputError
from model_tools.formats.registry import FORMATS
from model_tools.formats.tag_schemes import TagScheme

_FORMAT_NAMES = tuple(FORMATS)
_SCHEMES = tuple(scheme.value for scheme in TagScheme)
_DATASETS = ("Train", "Test")
_SUFFIX = {"azure": "json", "conll": "conll", "label-studio": "json", "spacy": "json"}
"""Of the file that an export makes; all others have a JSON value a line."""
_MAX_NAME = 200


def import_labels(call: Call) -> Reply:
    """Puts the labels of a file on the project's documents; texts that are not there become documents."""
    project = call.services.projects.get(call.path["projectName"])
    if not call.content.strip():
        raise InvalidInputError("The body is the file's bytes; there are none.", inner_code="EmptyRequest")
    if len(call.content) > MAX_BODY_BYTES:
        raise TooLargeError(f"The file has {len(call.content):,} bytes; the limit is {MAX_BODY_BYTES:,}. Split it.")
    if not call.services.blobs.container_exists(project.container):
        raise ConflictError(
            f"The project's container '{project.container}' does not exist. Create it in the storage account.",
            inner_code="ContainerNotFound",
        )
    language = call.query.get("language")
    if language is not None and not is_known_language(language):
        raise InvalidInputError(
            f"'{language[:40]}' is no known language.", inner_code="UnsupportedLanguageCode", target="language"
        )
    request = {
        "format": _format(call),
        "name": call.query.get("fileName", "file")[:_MAX_NAME] or "file",
        "content": base64.b64encode(call.content).decode(),
        "language": language,
        "dataset": call.one_of("dataset", _DATASETS),
        "unit": _unit(call),
        "scheme": call.one_of("scheme", _SCHEMES),
        "textColumn": call.query.get("textColumn"),
        "labelColumn": call.query.get("labelColumn"),
        "acceptedSpans": call.flag("acceptedSpans"),
        "createCategories": call.flag("createCategories") if "createCategories" in call.query else True,
        "preview": call.flag("preview"),
        "by": call.caller.name,
    }
    # Read here too, so that a file of another format is refused at once.
    imported = label_files.read_label_file(call.services, project, request)
    job = new_job(project.name, JobKind.IMPORT_LABELS, request)
    if len(imported.documents) <= operations.INLINE_DOCUMENTS:
        operations.run_now(call.services, job, label_files.import_labels)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/{project.name}/label-imports/jobs/{job.job_id}")


def get_import(call: Call) -> Reply:
    """The state of an import; its `warnings` report everything that was not taken over."""
    return _job(call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.IMPORT_LABELS))


def export_labels(call: Call) -> Reply:
    """Writes the labelled documents, or all, in the format of another tool."""
    project = call.services.projects.get(call.path["projectName"])
    request = {
        "format": _format(call),
        "unit": _unit(call),
        "scheme": call.one_of("scheme", _SCHEMES),
        "unlabelled": call.flag("unlabelled"),
    }
    job = new_job(project.name, JobKind.EXPORT_LABELS, request)
    limit = operations.INLINE_DOCUMENTS
    if count_documents(call.services, project.name, limit) <= limit:
        operations.run_now(call.services, job, label_files.export_labels)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/{project.name}/label-exports/jobs/{job.job_id}")


def get_export(call: Call) -> Reply:
    """The state of an export, where its file is, and what the format could not say."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.EXPORT_LABELS)
    reply = _job(job)
    if job.status is JobStatus.SUCCEEDED:
        path = f"{AUTHORING}/projects/{job.scope}/label-exports/jobs/{job.job_id}/result"
        reply.value.result_url = call.url(path)
    return reply


def get_export_file(call: Call) -> Reply:
    """The file that an export made."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.EXPORT_LABELS)
    if job.status is not JobStatus.SUCCEEDED:
        raise ConflictError(f"The export is {job.status}; its file is there once it has succeeded.")
    suffix = _SUFFIX.get(job.request["format"], "jsonl")
    headers = {"content-disposition": f'attachment; filename="{job.scope}.{suffix}"'}
    media_type = "application/json" if suffix == "json" else "text/plain; charset=utf-8"
    return Reply(job.result["content"].encode(), headers=headers, media_type=media_type)


def _format(call: Call) -> str:
    name = call.one_of("format", _FORMAT_NAMES)
    if name is None:
        raise InvalidInputError(
            f"Name the format: {', '.join(_FORMAT_NAMES)}.", inner_code="InvalidParameterValue", target="format"
        )
    return name


def _unit(call: Call) -> str | None:
    """Name of the unit; None: the one that the tool itself counts in."""
    return UNITS[index_type(call)].name if "stringIndexType" in call.query else None


def _job(job: Job) -> Reply:
    if job.status is not JobStatus.SUCCEEDED:
        return job_reply(job)
    counts = {name: value for name, value in job.result.items() if name not in {"report", "content"}}
    reply = job_reply(job, result=counts or UNSET)
    reply.value.warnings = problems(label_files.report_of(job.result))
    return reply


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.DOCUMENTS, Right.AUTHOR, handler, **extra)


def _words(name: str, description: str, values: tuple[str, ...], *, required: bool = False) -> Query:
    return Query(name, description, {"type": "string", "enum": list(values)}, required=required)


_FORMAT = _words("format", "The tool whose format it is.", _FORMAT_NAMES, required=True)
_UNIT = _words("stringIndexType", "What offsets count; absent: what the tool itself counts.", tuple(UNITS))
_BOOLEAN = {"type": "boolean"}

OPERATIONS = (
    _operation(
        "importLabels",
        "POST",
        f"{PROJECT}/labels/:import",
        "Put the labels of another tool's file on the project's documents; texts that are not there become documents.",
        import_labels,
        success=202,
        raw_body="application/octet-stream",
        queries=(
            _FORMAT,
            Query("fileName", "Names documents that have no name in the file."),
            Query("language", "Of documents that name none; absent: the project's."),
            _words("dataset", "Of documents that name none.", _DATASETS),
            _UNIT,
            _words("scheme", "CoNLL: of the tags; absent: told by the tags.", _SCHEMES),
            Query("textColumn", "doccano, Label Studio: the property with the text."),
            Query("labelColumn", "doccano: the property with the labels."),
            Query("acceptedSpans", "Prodigy: take the spans of yes/no decisions.", _BOOLEAN),
            Query("createCategories", "Whether categories are declared that are not yet; default true.", _BOOLEAN),
            Query("preview", "Only report what would be done.", _BOOLEAN),
        ),
    ),
    _operation(
        "getLabelsImportJob",
        "GET",
        f"{PROJECT}/label-imports/jobs/{{jobId}}",
        "Get the state of such an import, and everything that was not taken over.",
        get_import,
        reply=JobState,
    ),
    _operation(
        "exportLabels",
        "POST",
        f"{PROJECT}/labels/:export",
        "Write the labelled documents in the format of another tool.",
        export_labels,
        success=202,
        queries=(
            _FORMAT,
            _UNIT,
            _words("scheme", "CoNLL: of the tags; default iob2.", _SCHEMES),
            Query("unlabelled", "Whether documents without labels come along.", _BOOLEAN),
        ),
    ),
    _operation(
        "getLabelsExportJob",
        "GET",
        f"{PROJECT}/label-exports/jobs/{{jobId}}",
        "Get the state of such an export, and what the format could not say.",
        get_export,
        reply=JobState,
    ),
    _operation(
        "getLabelsExportFile",
        "GET",
        f"{PROJECT}/label-exports/jobs/{{jobId}}/result",
        "Get the file that such an export made.",
        get_export_file,
    ),
)
