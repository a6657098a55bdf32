"""Projects: create, change, read, delete."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from functions.errors import StaleError
from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.wire import (
    PAGING,
    accepted,
    check_project_name,
    date,
    job_reply,
    page_reply,
)
from functions.lifecycle import operations, removal
from functions.lifecycle.categories import with_categories
from functions.lifecycle.document_list import count_documents
from functions.lifecycle.rules import category_faults, project_faults
from functions.stores.jobs import GLOBAL_SCOPE, JobKind, new_job
from functions.stores.projects import Project
from model_tools.errors import ConflictError, InvalidInputError
from model_tools.formats.labels_file import Category

AUTHORING = "/language/authoring/analyze-text"
PROJECT = f"{AUTHORING}/projects/{{projectName}}"

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
    name = check_project_name(call.path["projectName"])
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
    name = call.path["projectName"]
    if not call.services.projects.is_being_deleted(name):
        call.services.projects.get(name)
    job = new_job(GLOBAL_SCOPE, JobKind.DELETE_PROJECT, {"project": name})
    limit = operations.INLINE_DOCUMENTS
    if count_documents(call.services, name, limit) <= limit:
        operations.run_now(call.services, job, removal.delete_project)
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/global/deletion-jobs/{job.job_id}")


def get_deletion(call: Call) -> Reply:
    """The state of a deletion."""
    return job_reply(call.services.jobs.get(GLOBAL_SCOPE, call.path["jobId"], JobKind.DELETE_PROJECT))


def _check_options(options: schemas.CreateProjectOptions, name: str) -> None:
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
    used = {name for each in call.services.labels.tallies(project.name) for name in each.counts}
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
    changed = replace(project, modified=datetime.now(UTC), **given)
    if isinstance(options.categories, UnsetType):
        return changed
    return with_categories(changed, [Category(each.category, each.description or None) for each in options.categories])


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
)
