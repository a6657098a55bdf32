"""Changes to the labels of many documents: planned, recorded, made, and undone, each as one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from functions.errors import TooLargeError
from functions.lifecycle.category_names import CategoryNames
from functions.lifecycle.labelling import change_annotation, where_free
from functions.services import Services
from functions.stores.changes import Change, ChangeKind, ChangeStatus, LabelDelta
from functions.stores.jobs import Job
from functions.stores.labels import Annotation
from model_tools.spans import Label

_PARALLEL = 8
_ROUNDS = 3
"""Looks at all documents: a write that began before the change may end behind the first one."""

Plan = Callable[[], Iterable[LabelDelta]]
"""What is to be done, seen from the labels as they are; nothing where all is done."""


def begin(services: Services, job: Job) -> Change:
    """The record of the change that a job asks for; the same one in every run of the job."""
    request = job.request
    return services.changes.begin(
        Change(
            project=job.scope,
            change_id=request["changeId"],
            kind=ChangeKind(request["kind"]),
            by=request["by"],
            created=datetime.now(UTC),
            details=request["details"],
        )
    )


def carry_out(services: Services, change: Change, plan: Plan, *, rounds: int = _ROUNDS) -> dict[str, Any]:
    """Makes the planned changes and gives the job's result. Safe to run again: what is done already stays done."""
    deltas = services.changes.deltas(change)
    skipped = set(apply_deltas(services, change.project, deltas, by=change.by))

    def record(planned: list[LabelDelta]) -> None:
        deltas.extend(planned)
        services.changes.put_deltas(change, deltas)

    apply_plan(services, change.project, plan, skipped, by=change.by, rounds=rounds, record=record)
    lost = follow_categories(services, change.project, deltas, by=change.by)
    done = [delta for delta in deltas if delta.location not in skipped]
    labels = sum(max(len(delta.removed), len(delta.added)) for delta in done) - len(lost)
    documents = len({delta.location for delta in done})
    services.changes.update(
        replace(change, status=ChangeStatus.APPLIED, documents=documents, labels=labels, skipped=len(skipped))
    )
    return {
        "changeId": change.change_id,
        "documentsCount": documents,
        "labelsCount": labels,
        "skippedCount": len(skipped),
    }


def apply_plan(
    services: Services,
    project: str,
    plan: Plan,
    skipped: set[str],
    *,
    by: str,
    rounds: int = _ROUNDS,
    record: Callable[[list[LabelDelta]], None] = lambda _planned: None,
) -> None:
    """Makes the planned changes, until a look finds none; `record` is told of them before.

    `skipped` has the locations that are left out, and gets those where a change was not possible.
    """
    for _ in range(rounds):
        planned = [delta for delta in plan() if delta.location not in skipped]
        if not planned:
            break
        record(planned)
        skipped.update(apply_deltas(services, project, planned, by=by))


def apply_deltas(services: Services, project: str, deltas: Iterable[LabelDelta], *, by: str) -> list[str]:
    """Removes what is still there and adds what is still free; gives the locations where that was not possible."""

    def apply(delta: LabelDelta) -> str | None:
        try:
            change_annotation(services, project, delta.location, lambda before: _applied(before, delta), by=by)
        except (_OtherTextError, TooLargeError):
            return delta.location
        return None

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return [location for location in pool.map(apply, deltas) if location is not None]


def follow_categories(
    services: Services, project: str, deltas: Iterable[LabelDelta], *, by: str
) -> list[tuple[str, Label]]:
    """Gives added labels the name that their category has now, and removes those whose category has gone meanwhile.

    Whoever renames or removes a category looks at the labels after the project, and this looks at the project after the
    labels: one of the two sees the other. Gives the labels that went, each with its location.
    """
    found = services.projects.find(project)
    if found is None:
        return []  # whoever deleted it has the labels removed
    names = CategoryNames.read(services, found)
    late = [
        (delta, gone)
        for delta in deltas
        if (gone := tuple(label for label in delta.added if label.category not in names.declared))
    ]
    moved = []
    for delta, gone in late:
        added = tuple(replace(each, category=name) for each in gone if (name := names.of_gone(each.category)))
        moved.append(LabelDelta(delta.location, delta.content_hash, gone, added))
    for batch in _without_repetition(moved):
        apply_deltas(services, project, batch, by=by)
    return [(delta.location, label) for delta, gone in late for label in gone if not names.of_gone(label.category)]


def relabelling(
    services: Services, project: str, category: str, to: Callable[[str], str | None]
) -> Iterator[LabelDelta]:
    """What it takes to give each label of a category another one, or to remove it where `to` gives none."""
    for summary in services.labels.summaries(project):
        if category not in summary.counts:
            continue
        annotation = services.labels.get(project, summary.location)
        removed = tuple(label for label in annotation.labels if label.category == category)
        target = to(category)
        added = () if target is None else tuple(replace(label, category=target) for label in removed)
        if removed:
            yield LabelDelta(summary.location, annotation.content_hash, removed, added)


def undo_deltas(services: Services, change: Change, *, by: str) -> list[str]:
    """Takes back what a change did to labels, where nobody has changed them since; gives where it could not.

    What it added goes also where its category was renamed since, alone or into another.
    """
    names = CategoryNames.read(services, services.projects.get(change.project))

    def called_now(label: Label) -> Label:
        return replace(label, category=names.since(change.created, label.category) or label.category)

    # One document may be in it twice; the way back is in the opposite order.
    back = [
        LabelDelta(delta.location, delta.content_hash, tuple(map(called_now, delta.added)), delta.removed)
        for delta in reversed(services.changes.deltas(change))
    ]
    skipped: list[str] = []
    for batch in _without_repetition(back):
        skipped += apply_deltas(services, change.project, batch, by=by)
    follow_categories(services, change.project, back, by=by)
    return skipped


class _OtherTextError(Exception):
    """The labels are of another text than the delta."""


def _applied(before: Annotation, delta: LabelDelta) -> Annotation:
    if before.labels and before.content_hash != delta.content_hash:
        raise _OtherTextError
    present, gone = set(before.labels), set(delta.removed)
    kept = [label for label in before.labels if label not in gone]
    # What a label becomes is nothing where somebody has taken that label away.
    origin = {(label.start, label.end): label for label in delta.removed}
    added = [label for label in delta.added if origin.get((label.start, label.end), label) in {label, *present}]
    labels = tuple(sorted([*kept, *where_free(added, kept)]))
    return replace(before, labels=labels, content_hash=delta.content_hash if labels else before.content_hash)


def _without_repetition(deltas: Sequence[LabelDelta]) -> Iterator[list[LabelDelta]]:
    """Batches in order, in each of which a location is but once."""
    batch: dict[str, LabelDelta] = {}
    for delta in deltas:
        if delta.location in batch:
            yield list(batch.values())
            batch = {}
        batch[delta.location] = delta
    yield list(batch.values())
