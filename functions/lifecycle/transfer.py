"""Projects in and out: the labels file of Azure's service, which holds labels and settings but no text."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from functions.errors import StaleError
from functions.lifecycle.categories import with_categories
from functions.lifecycle.changes import follow_categories
from functions.lifecycle.ingest import ingest_all
from functions.lifecycle.labelling import category_gone, undo_if_gone
from functions.lifecycle.operations import INLINE_DOCUMENTS
from functions.lifecycle.removal import remove_leftovers
from functions.lifecycle.rules import location_fault, project_faults
from functions.services import Services
from functions.stores.changes import LabelDelta
from functions.stores.documents import StoredDocument
from functions.stores.jobs import Job
from functions.stores.labels import UNLABELLED_ETAG, Annotation, fits
from functions.stores.projects import Project
from model_tools.documents import Document
from model_tools.errors import InvalidInputError, Problem
from model_tools.formats.azure import (
    inspect_labels_file,
    labelled_document,
    labels_file_error,
    read_labels_file,
    write_labels_file,
)
from model_tools.formats.labels_file import LabelledDocument, LabelsFile, ProjectMetadata
from model_tools.formats.resolution import resolve_labels
from model_tools.formats.widening import widened
from model_tools.offsets import OffsetUnit

_PARALLEL = 8


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry of the labels file and the labels it gives on the stored text."""

    entry: LabelledDocument
    document: StoredDocument
    annotation: Annotation


def check_project_file(services: Services, name: str, data: object) -> LabelsFile:
    """The labels file of an import into project `name`, with its structure checked.

    Raises:
        InvalidInputError: names every fault with its JSON path, those that only a look at the texts shows included; or
            the file is of a format of 2021, which does not say which container it belongs to, and there is no project
            of that name yet.
    """
    labels_file, structural = inspect_labels_file(data)
    if faults := [*structural, *_metadata_faults(labels_file), *_document_faults(labels_file)]:
        raise labels_file_error([*faults, *_text_faults(services, name, labels_file)])
    if labels_file.metadata is None and services.projects.find(name) is None:
        raise InvalidInputError(
            "This labels file has a format of 2021, which names no container. Create the project first "
            f"(PATCH .../projects/{name} with storageInputContainerName and language), then import the file again.",
            inner_code="InvalidLabelsFile",
            target="$",
        )
    return labels_file


def import_project(services: Services, job: Job) -> dict[str, Any]:
    """Replaces a project's categories and labels by those of a labels file; its models stay.

    Nothing is written unless everything can be used, and every fault is reported at once.

    Raises:
        InvalidInputError: carries all faults with their JSON paths.
    """
    labels_file = read_labels_file(job.request["file"])
    project = _target(services, job.scope, labels_file)
    placed, faults, warnings = _place(services, project, labels_file)
    if faults:
        raise InvalidInputError("The labels file does not fit the documents.", problems=faults)
    if project.etag:
        services.projects.update(project)
    else:
        services.projects.create(project)
    gone = _write(services, project, placed, by=job.request["by"])
    lost = follow_categories(services, project.name, map(_delta, placed), by=job.request["by"])
    warnings += [category_gone(name, "$.assets.entities") for name in sorted({label.category for _, label in lost})]
    warnings += [_overtaken(entry) for entry in gone]
    remove_leftovers(services, project.name)
    return {
        "documents": len(placed) - len(gone),
        "labels": sum(len(entry.annotation.labels) for entry in placed if entry not in gone) - len(lost),
        "categories": len(project.categories),
        "warnings": list(map(_as_stored, warnings)),
    }


def export_project(services: Services, job: Job) -> dict[str, Any]:
    """The labels file of a project and what had to be changed for it; documents that are gone are left out."""
    project = services.projects.get(job.scope)
    unit = OffsetUnit[job.request["unit"]]
    documents = {document.location: document for document in services.documents.read_all(project.name)}
    annotations = [
        annotation for annotation in services.labels.read_all(project.name) if annotation.location in documents
    ]
    with ThreadPoolExecutor(_PARALLEL) as pool:
        found = list(
            pool.map(
                lambda annotation: _entry(services, project, documents[annotation.location], annotation, unit),
                annotations,
            )
        )
    metadata = ProjectMetadata(
        project.name, project.container, project.language, project.multilingual, project.description, project.settings
    )
    entries = tuple(entry for entry, _ in found)
    warnings = [warning for _, changed in found for warning in changed]
    return {
        "file": write_labels_file(LabelsFile(metadata, project.categories, entries, unit)),
        "warnings": list(map(_as_stored, warnings)),
    }


def _metadata_faults(labels_file: LabelsFile) -> Iterator[Problem]:
    if (metadata := labels_file.metadata) is not None:
        faults = project_faults(container=metadata.container, language=metadata.language, settings=metadata.settings)
        yield from (replace(fault, target=f"$.metadata{fault.target}") for fault in faults)


def _document_faults(labels_file: LabelsFile) -> Iterator[Problem]:
    for entry in labels_file.documents:
        if fault := location_fault(entry.location):
            yield Problem("InvalidLocation", fault, f"{entry.path}.location")
        for problem in project_faults(language=entry.language or None):
            yield replace(problem, target=f"{entry.path}{problem.target}")


def _text_faults(services: Services, name: str, labels_file: LabelsFile) -> list[Problem]:
    """What the documents say against a file that is refused anyway, so that one round of mending is enough.

    Left out where the project is not known, or the file is so long that it would be read from a queue.
    """
    is_known = labels_file.metadata is not None or services.projects.find(name) is not None
    if not is_known or any(_metadata_faults(labels_file)) or len(labels_file.documents) > INLINE_DOCUMENTS:
        return []
    sound = tuple(entry for entry in labels_file.documents if location_fault(entry.location) is None)
    readable = replace(labels_file, documents=sound)
    _, faults, _ = _place(services, _target(services, name, readable), readable)
    return faults


def _target(services: Services, name: str, labels_file: LabelsFile) -> Project:
    """The project as it will be after the import, with the ETag of the one it replaces."""
    now = datetime.now(UTC)
    metadata = labels_file.metadata
    if metadata is None:
        return with_categories(replace(services.projects.get(name), modified=now), labels_file.categories)
    fresh = Project(
        name=name,
        container=metadata.container,
        language=metadata.language,
        multilingual=metadata.multilingual,
        description=metadata.description,
        settings=dict(metadata.settings),
        created=now,
        modified=now,
    )
    existing = services.projects.find(name)
    if existing is None:
        return with_categories(fresh, labels_file.categories)
    kept = replace(
        fresh,
        created=existing.created,
        categories=existing.categories,
        styles=existing.styles,
        last_trained=existing.last_trained,
        last_deployed=existing.last_deployed,
        training_job=existing.training_job,
        etag=existing.etag,
    )
    return with_categories(kept, labels_file.categories)


def _place(
    services: Services, project: Project, labels_file: LabelsFile
) -> tuple[list[_Placed], list[Problem], list[Problem]]:
    if not services.blobs.container_exists(project.container):
        problem = Problem(
            "ContainerNotFound",
            f"There is no container named '{project.container}'. Create it and upload the documents first.",
            "$.metadata.storageInputContainerName",
        )
        return [], [problem], []
    found = ingest_all(services, project, [entry.location for entry in labels_file.documents])
    placed: list[_Placed] = []
    faults: list[Problem] = []
    warnings: list[Problem] = []
    with ThreadPoolExecutor(_PARALLEL) as pool:
        texts = pool.map(lambda document: _text(services, document), found)
        for entry, document, text in zip(labels_file.documents, found, texts, strict=True):
            if document is None or text is None:
                faults.append(_missing(entry, document, project))
                continue
            resolved = resolve_labels(entry, text, labels_file.unit)
            faults.extend(resolved.problems)
            warnings.extend(resolved.warnings)
            annotation = Annotation(
                entry.location, resolved.labels, document.content_hash, entry.dataset, entry.language, done=True
            )
            if not fits(annotation):
                message = f"'{entry.location}' has {len(resolved.labels):,} labels, more than is kept for one document."
                faults.append(Problem("TooManyLabels", message, entry.path))
            placed.append(_Placed(entry, document, annotation))
    return placed, faults, warnings


def _text(services: Services, document: StoredDocument | None) -> str | None:
    if document is None or document.content_hash is None:
        return None
    return services.documents.get_text(document.project, document.content_hash)


def _missing(entry: LabelledDocument, document: StoredDocument | None, project: Project) -> Problem:
    path = f"{entry.path}.location"
    if document is None:
        return Problem(
            "DocumentNotFound",
            f"There is no blob '{project.folder}{entry.location}' in container '{project.container}'. Upload it first.",
            path,
        )
    reason = document.failure.message if document.failure else ""
    return Problem("DocumentUnreadable", f"'{entry.location}' cannot be read. {reason}", path)


def _overtaken(entry: _Placed) -> Problem:
    message = f"'{entry.annotation.location}' was deleted during the import; its labels are left out."
    return Problem("DocumentDeleted", message, entry.entry.path)


def _write(services: Services, project: Project, placed: list[_Placed], *, by: str) -> list[_Placed]:
    """Labels of the file replace those that are there; documents that the file does not list lose theirs.

    Gives those whose document was deleted meanwhile, and which therefore have no labels.
    """
    current = {annotation.location: annotation for annotation in services.labels.read_all(project.name)}
    listed = {entry.annotation.location for entry in placed}

    def is_overtaken(entry: _Placed) -> bool:
        location = entry.annotation.location
        before = current.get(location)
        try:
            services.labels.save(project.name, entry.annotation, etag=before.etag if before else UNLABELLED_ETAG, by=by)
        except StaleError:
            # A deletion takes the labels, too; anybody else's change is a conflict for the person who imports.
            if services.documents.find(project.name, location) is not None:
                raise
            return True
        return undo_if_gone(services, project.name, location, by=by)

    with ThreadPoolExecutor(_PARALLEL) as pool:
        gone = [entry for entry, overtaken in zip(placed, pool.map(is_overtaken, placed), strict=True) if overtaken]
    for location in current.keys() - listed:
        services.labels.clear(project.name, location, by=by)
    return gone


def _delta(placed: _Placed) -> LabelDelta:
    annotation = placed.annotation
    return LabelDelta(annotation.location, annotation.content_hash, (), annotation.labels)


def _entry(
    services: Services, project: Project, stored: StoredDocument, annotation: Annotation, unit: OffsetUnit
) -> tuple[LabelledDocument, list[Problem]]:
    content_hash = annotation.content_hash or stored.content_hash
    text = services.documents.get_text(project.name, content_hash) if content_hash else ""
    document = Document(annotation.location, text, annotation.labels, annotation.language or project.language)
    fitting, changed = widened(document, unit)
    return replace(labelled_document(fitting, unit=unit), dataset=annotation.dataset), changed


def _as_stored(warning: Problem) -> list[str | None]:
    return [warning.code, warning.message, warning.target]


def warnings_of(result: Any) -> Iterator[Problem]:  # noqa: ANN401 - a job's result
    """The warnings that an import or an export left in its result."""
    for code, message, target in (result or {}).get("warnings", ()):
        yield Problem(code, message, target)
