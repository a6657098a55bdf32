"""Who changed the labels of a document, from what, and the way back."""

from dataclasses import replace
from itertools import islice
from typing import Any

from msgspec import UNSET

from functions.http import label_schemas as schemas
from functions.http.auth import Right
from functions.http.labels import IF_MATCH, save_labels, version_to_change, wire_labels
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.schemas import StringIndexType
from functions.http.wire import INDEX_TYPE, KEYED_PAGING, KeyedPage, date, index_type
from functions.lifecycle import labelling
from functions.lifecycle.labelling import readable_text
from functions.stores.documents import StoredDocument
from functions.stores.labels import Annotation, AnnotationVersion
from model_tools.errors import ConflictError


def list_versions(call: Call) -> Reply:
    """The versions of a document's labels that were replaced, newest first."""
    project = call.services.projects.get(call.path["projectName"])
    document, text = readable_text(call.services, project.name, call.path["location"])
    unit = index_type(call)
    asked = KeyedPage.asked(call)
    versions = call.services.labels.history(project.name, document.location, after=asked.after)
    taken = list(islice(versions, asked.skip, asked.skip + asked.size + 1))
    items = [_version(version, document, text, unit) for version in taken[: asked.size]]
    return asked.reply(call, items, after=taken[asked.size - 1].version_id if len(taken) > asked.size else None)


def restore(call: Call) -> Reply:
    """Makes an earlier version of a document's labels the present one, which is kept in the history like any other."""
    project = call.services.projects.get(call.path["projectName"])
    given = call.body(schemas.RestoreInput)
    document, text = readable_text(call.services, project.name, given.location)
    present = version_to_change(call, document, text, given.string_index_type)
    version = call.services.labels.version(project.name, document.location, given.version_id)
    if not _fits(version.annotation, document):
        raise labelling.TextChangedError(document.location)
    declared = {category.name for category in project.categories}
    missing = sorted({label.category for label in version.annotation.labels} - declared)
    if missing:
        raise ConflictError(
            f"That version has labels of categories that the project does not have any more: {', '.join(missing)}. "
            "Declare them first.",
            inner_code="UndeclaredCategory",
            target="$.versionId",
        )
    restored = replace(present, labels=version.annotation.labels, done=version.annotation.done)
    return save_labels(call, restored, document, text, given.string_index_type)


def _version(
    version: AnnotationVersion, document: StoredDocument, text: str, unit: StringIndexType
) -> schemas.LabelsVersion:
    annotation = version.annotation
    return schemas.LabelsVersion(
        version_id=version.version_id,
        labels=wire_labels(annotation.labels, text, unit) if _fits(annotation, document) else [],
        labels_count=len(annotation.labels),
        done=annotation.done,
        modified_date_time=date(annotation.modified or version.replaced),
        modified_by=annotation.modified_by or version.replaced_by,
        replaced_date_time=date(version.replaced),
        replaced_by=version.replaced_by,
        restorable=_fits(annotation, document),
        dataset=annotation.dataset or UNSET,
    )


def _fits(annotation: Annotation, document: StoredDocument) -> bool:
    return not labelling.is_of_another_text(annotation, document)


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.DOCUMENTS, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "listLabelVersions",
        "GET",
        f"{PROJECT}/label-history/{{location:path}}",
        "List the earlier versions of a document's labels, newest first: who made and who replaced them.",
        list_versions,
        items=schemas.LabelsVersion,
        queries=(*KEYED_PAGING, INDEX_TYPE),
    ),
    _operation(
        "restoreLabels",
        "POST",
        f"{PROJECT}/labels/:restore",
        "Make an earlier version of a document's labels the present one. `If-Match` is required.",
        restore,
        queries=(IF_MATCH,),
        body=schemas.RestoreInput,
        reply=schemas.LabelsOutput,
    ),
)
