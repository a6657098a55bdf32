"""Labels files of projects, in and out."""

import json
from typing import Any

from msgspec import UNSET

from functions.errors import NotOfferedError
from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.wire import INDEX_TYPE, UNITS, accepted, check_project_name, index_type, job_reply, problems
from functions.lifecycle import operations, transfer
from functions.stores.jobs import JobKind, JobStatus, new_job
from model_tools.errors import ConflictError


def import_project(call: Call) -> Reply:
    """Replaces a project's categories and labels by a labels file; creates the project where there is none."""
    name = check_project_name(call.path["projectName"])
    data = call.body(dict[str, Any])
    labels_file = transfer.check_project_file(call.services, name, data)
    job = new_job(name, JobKind.IMPORT, {"file": data, "by": call.caller.name})
    if len(labels_file.documents) <= operations.INLINE_DOCUMENTS:
        operations.run_now(call.services, job, transfer.import_project)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/{name}/import/jobs/{job.job_id}")


def get_import(call: Call) -> Reply:
    """The state of an import; when it failed, every fault of the labels file."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.IMPORT)
    counts = {name: job.result[name] for name in ("documents", "labels", "categories")} if job.result else UNSET
    reply = job_reply(job, result=counts)
    reply.value.warnings = problems(transfer.warnings_of(job.result))
    return reply


def export_project(call: Call) -> Reply:
    """Writes the project's labels file."""
    project = call.services.projects.get(call.path["projectName"])
    if call.query.get("trainedModelLabel"):
        # The labels as they were when that model was trained; today's labels would be a wrong answer.
        raise NotOfferedError(
            "Exports of a trained model's labels are not offered here. Its snapshot lies in container 'datasets'.",
            target="trainedModelLabel",
        )
    unit = UNITS[index_type(call)].name
    job = new_job(project.name, JobKind.EXPORT, {"unit": unit})
    if call.services.labels.count(project.name, operations.INLINE_DOCUMENTS) <= operations.INLINE_DOCUMENTS:
        operations.run_now(call.services, job, transfer.export_project)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/{project.name}/export/jobs/{job.job_id}")


def get_export(call: Call) -> Reply:
    """The state of an export, where its file is, and which labels had to be changed for it."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.EXPORT)
    if job.status is not JobStatus.SUCCEEDED:
        return job_reply(job)
    path = f"{AUTHORING}/projects/{job.scope}/export/jobs/{job.job_id}/result"
    reply = job_reply(job, result_url=call.url(path))
    reply.value.warnings = problems(transfer.warnings_of(job.result))
    return reply


def get_export_result(call: Call) -> Reply:
    """The labels file that an export wrote."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.EXPORT)
    if job.status is not JobStatus.SUCCEEDED:
        raise ConflictError(f"The export is {job.status}; its file is there once it has succeeded.")
    return Reply(json.dumps((job.result or {})["file"], ensure_ascii=False, indent=2).encode())


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.PROJECTS, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "importProject",
        "POST",
        f"{PROJECT}/:import",
        "Replace a project's categories and labels by a labels file.",
        import_project,
        success=202,
        body=dict[str, Any],
    ),
    _operation(
        "getImportJob",
        "GET",
        f"{PROJECT}/import/jobs/{{jobId}}",
        "Get the state of an import, with every fault of its file.",
        get_import,
        reply=schemas.JobState,
    ),
    _operation(
        "exportProject",
        "POST",
        f"{PROJECT}/:export",
        "Write the project's labels file.",
        export_project,
        success=202,
        queries=(
            INDEX_TYPE,
            Query("assetKind", "Accepted and ignored."),
            Query("trainedModelLabel", "Not offered (501): the labels that a model was trained on."),
        ),
    ),
    _operation(
        "getExportJob",
        "GET",
        f"{PROJECT}/export/jobs/{{jobId}}",
        "Get the state of an export.",
        get_export,
        reply=schemas.JobState,
    ),
    _operation(
        "getExportResult",
        "GET",
        f"{PROJECT}/export/jobs/{{jobId}}/result",
        "Get the labels file that an export wrote.",
        get_export_result,
        reply=dict,
    ),
)
