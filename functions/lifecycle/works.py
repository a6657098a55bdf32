"""Which work belongs to which kind of queued operation."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from functions.lifecycle import (
    autolabel,
    categories,
    changes,
    ingest,
    label_files,
    matches,
    removal,
    suggestions,
    transfer,
)
from functions.lifecycle.operations import Work
from functions.services import Services
from functions.stores.changes import ChangeKind
from functions.stores.jobs import Job, JobKind


def sync_project(services: Services, job: Job) -> dict[str, Any]:
    """Compares a project's container with its documents."""
    return asdict(ingest.sync(services, services.projects.get(job.scope)))


def make_change(services: Services, job: Job) -> dict[str, Any]:
    """Changes the labels of many documents as one."""
    return _CHANGES[ChangeKind(job.request["kind"])](services, job)


def undo_change(services: Services, job: Job) -> dict[str, Any]:
    """Takes such a change back. What people have changed since stays as they left it."""
    change = services.changes.get(job.scope, job.request["changeId"])
    by = job.request["by"]
    if change.kind in _CATEGORY_CHANGES:
        skipped = categories.undo(services, change, by=by)
    else:
        skipped = changes.undo_deltas(services, change, by=by)
    services.changes.undone(change, by)
    return {
        "changeId": change.change_id,
        "documentsCount": change.documents,
        "labelsCount": change.labels,
        "skippedCount": len(set(skipped)),
    }


_CHANGES: dict[ChangeKind, Callable[[Services, Job], dict[str, Any]]] = {
    ChangeKind.RENAME_ENTITY: categories.rename,
    ChangeKind.MERGE_ENTITIES: categories.merge,
    ChangeKind.DELETE_ENTITY: categories.delete,
    ChangeKind.APPLY_TO_MATCHES: matches.apply_to_matches,
    ChangeKind.ACCEPT_SUGGESTIONS: suggestions.accept,
}
_CATEGORY_CHANGES = {ChangeKind.RENAME_ENTITY, ChangeKind.MERGE_ENTITIES, ChangeKind.DELETE_ENTITY}

WORKS: dict[JobKind, Work] = {
    JobKind.IMPORT: transfer.import_project,
    JobKind.EXPORT: transfer.export_project,
    JobKind.SYNC: sync_project,
    JobKind.DELETE_PROJECT: removal.delete_project,
    JobKind.CHANGE: make_change,
    JobKind.UNDO: undo_change,
    JobKind.FIND_MATCHES: matches.preview_matches,
    JobKind.AUTOLABEL: autolabel.autolabel,
    JobKind.REJECT: suggestions.reject,
    JobKind.IMPORT_LABELS: label_files.import_labels,
    JobKind.EXPORT_LABELS: label_files.export_labels,
}
