"""Projects: create, read, delete; and their labels files, in and out."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from functions.errors import NotOfferedError, StaleError
from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.wire import (
    INDEX_TYPE,
    PAGING,
    UNITS,
    accepted,
    check_name,
    date,
    index_type,
    job_reply,
    page_reply,
    problems,
)
from functions.lifecycle import deploying, operations, transfer
from functions.lifecycle.rules import category_faults, project_faults
from functions.stores.jobs import GLOBAL_SCOPE, JobKind, JobStatus, new_job
from functions.stores.projects import Project
from model_tools.errors import ConflictError, InvalidInputError
from model_tools.formats.labels_file import Category

AUTHORING = "/language/authoring/analyze-text"
PROJECT = f"{AUTHORING}/projects/{{projectName}}"

_RESERVED = {"global"}
_KINDS = {schemas.PROJECT_KIND.lower(), "customnamedentityrecognition"}
"""The second is how the contract's first version spelled it; both spellings come in from old files."""


def list_projects(call: Call) -> Reply:
    """All projects, by name."""
    return page_reply(call, map(_metadata, call.services.projects.read_all()))


def get_project(call: Call) -> Reply:
    """One project."""
    return Reply(_metadata(call.services.projects.get(call.path["projectName"])))


def put_project(call: Call) -> Reply:
    """Creates a project, or changes the fields that are given."""
    options = call.body(schemas.CreateProjectOptions)
    name = check_name(call.path["projectName"], "projectName")
    _check_options(options, name)
    existing = call.services.projects.find(name)
    if existing is None:
        project = _changed(_fresh(name, options), options)
        return Reply(_metadata(call.services.projects.create(project)), 201)
    while True:
        _check_categories_in_use(call, existing, options)
        try:
            project = call.services.projects.update(_changed(existing, options))
        except StaleError:
            existing = call.services.projects.get(name)
        else:
            return Reply(_metadata(project))


def delete_project(call: Call) -> Reply:
    """Forgets a project; the files in its container stay."""
    project = call.services.projects.get(call.path["projectName"])
    job = new_job(GLOBAL_SCOPE, JobKind.DELETE_PROJECT, {"project": project.name})
    documents = call.services.documents.read_all(project.name)
    if sum(1 for _ in islice(documents, transfer.INLINE_DOCUMENTS + 1)) <= transfer.INLINE_DOCUMENTS:
        operations.run_now(call.services, job, deploying.delete_project)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/global/deletion-jobs/{job.job_id}")


def get_deletion(call: Call) -> Reply:
    """The state of a deletion."""
    return job_reply(call.services.jobs.get(GLOBAL_SCOPE, call.path["jobId"], JobKind.DELETE_PROJECT))


def import_project(call: Call) -> Reply:
    """Replaces a project's categories and labels by a labels file; creates the project where there is none."""
    name = check_name(call.path["projectName"], "projectName")
    _check_reserved(name)
    data = call.body(dict[str, Any])
    labels_file = transfer.check_project_file(call.services, name, data)
    job = new_job(name, JobKind.IMPORT, {"file": data, "by": call.caller.name})
    if len(labels_file.documents) <= transfer.INLINE_DOCUMENTS:
        done = operations.run_now(call.services, job, transfer.import_project)
        job = done
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
    if sum(1 for _ in call.services.labels.read_all(project.name)) <= transfer.INLINE_DOCUMENTS:
        operations.run_now(call.services, job, transfer.export_project)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/{project.name}/export/jobs/{job.job_id}")


def get_export(call: Call) -> Reply:
    """The state of an export, and where its file is."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.EXPORT)
    if job.status is not JobStatus.SUCCEEDED:
        return job_reply(job)
    path = f"{AUTHORING}/projects/{job.scope}/export/jobs/{job.job_id}/result"
    return job_reply(job, result_url=call.url(path))


def get_export_result(call: Call) -> Reply:
    """The labels file that an export wrote."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.EXPORT)
    if job.status is not JobStatus.SUCCEEDED:
        raise ConflictError(f"The export is {job.status}; its file is there once it has succeeded.")
    return Reply(json.dumps(job.result, ensure_ascii=False, indent=2).encode())


def _check_reserved(name: str) -> None:
    if name in _RESERVED:
        raise InvalidInputError(
            f"'{name}' is part of the API's own paths and cannot name a project.",
            inner_code="InvalidParameterValue",
            target="projectName",
        )


def _check_options(options: schemas.CreateProjectOptions, name: str) -> None:
    _check_reserved(name)
    if options.project_name is not UNSET and options.project_name != name:
        raise InvalidInputError(
            f"The path names project '{name}', the body '{options.project_name}'.",
            inner_code="InvalidParameterValue",
            target="$.projectName",
        )
    if options.project_kind is not UNSET and options.project_kind.lower() not in _KINDS:
        raise InvalidInputError(
            f"Projects of kind '{options.project_kind}' are not offered here; the kind is {schemas.PROJECT_KIND}.",
            inner_code="InvalidParameterValue",
            target="$.projectKind",
        )
    faults = project_faults(
        container=_given(options.storage_input_container_name),
        language=_given(options.language),
        settings=msgspec.to_builtins(options).get("settings"),
    )
    names = [] if isinstance(options.categories, UnsetType) else [each.category for each in options.categories]
    for prefix, found in (("$", faults), ("$.categories", category_faults(names))):
        for fault in found:
            raise InvalidInputError(fault.message, inner_code=fault.code, target=f"{prefix}{fault.target}")


def _given(value: str | UnsetType) -> str | None:
    return None if isinstance(value, UnsetType) else value


def _check_categories_in_use(call: Call, project: Project, options: schemas.CreateProjectOptions) -> None:
    """Labels must not lose their category by a list that was sent without it."""
    if options.categories is UNSET:
        return
    kept = {each.category for each in options.categories}
    dropped = {category.name for category in project.categories} - kept
    if not dropped:
        return
    used = {label.category for each in call.services.labels.read_all(project.name) for label in each.labels}
    if in_use := sorted(dropped & used):
        raise ConflictError(
            f"Still labelled, so they cannot be left out: {', '.join(in_use)}. Remove these labels first.",
            target="$.categories",
        )


def _fresh(name: str, options: schemas.CreateProjectOptions) -> Project:
    required = {
        "projectKind": options.project_kind,
        "storageInputContainerName": options.storage_input_container_name,
        "language": options.language,
    }
    for field, value in required.items():
        if value is UNSET or not value:
            raise InvalidInputError(
                f"A new project needs '{field}'.", inner_code="InvalidRequestBodyFormat", target=f"$.{field}"
            )
    now = datetime.now(UTC)
    return Project(
        name,
        container=str(options.storage_input_container_name),
        language=str(options.language),
        multilingual=False,
        description=None,
        settings={},
        created=now,
        modified=now,
    )


def _changed(project: Project, options: schemas.CreateProjectOptions) -> Project:
    """JSON merge patch: absent fields stay, nulls reset."""
    given: dict[str, Any] = {}
    if options.storage_input_container_name is not UNSET:
        given["container"] = options.storage_input_container_name
    if options.language is not UNSET:
        given["language"] = options.language
    if options.multilingual is not UNSET:
        given["multilingual"] = bool(options.multilingual)
    if options.description is not UNSET:
        given["description"] = options.description
    if options.settings is not UNSET:
        given["settings"] = msgspec.to_builtins(options.settings) or {}
    if options.categories is not UNSET:
        given["categories"] = tuple(Category(each.category, each.description or None) for each in options.categories)
    return replace(project, modified=datetime.now(UTC), **given)


def _metadata(project: Project) -> schemas.ProjectMetadata:
    return schemas.ProjectMetadata(
        created_date_time=date(project.created),
        last_modified_date_time=date(project.modified),
        last_trained_date_time=date(project.last_trained) if project.last_trained else UNSET,
        last_deployed_date_time=date(project.last_deployed) if project.last_deployed else UNSET,
        project_kind=schemas.PROJECT_KIND,
        storage_input_container_name=project.container,
        project_name=project.name,
        multilingual=project.multilingual,
        description=project.description if project.description is not None else UNSET,
        language=project.language,
        settings=project.settings,
        categories=[
            schemas.WireCategory(category=category.name, description=category.description or UNSET)
            for category in project.categories
        ],
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.PROJECTS, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "listProjects",
        "GET",
        f"{AUTHORING}/projects",
        "List projects.",
        list_projects,
        items=schemas.ProjectMetadata,
        queries=PAGING,
    ),
    _operation("getProject", "GET", PROJECT, "Get a project.", get_project, reply=schemas.ProjectMetadata),
    _operation(
        "createProject",
        "PATCH",
        PROJECT,
        "Create a project, or change the fields that are given.",
        put_project,
        body=schemas.CreateProjectOptions,
        reply=schemas.ProjectMetadata,
    ),
    _operation(
        "deleteProject", "DELETE", PROJECT, "Delete a project; its files stay in storage.", delete_project, success=202
    ),
    _operation(
        "getProjectDeletionJob",
        "GET",
        f"{AUTHORING}/projects/global/deletion-jobs/{{jobId}}",
        "Get the state of a project's deletion.",
        get_deletion,
        reply=schemas.JobState,
    ),
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
