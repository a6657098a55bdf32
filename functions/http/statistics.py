"""How far the labelling of a project is, and what to do next."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from functions.http import statistics_schemas as schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.wire import PAGING, page_reply
from functions.lifecycle import guidance
from functions.lifecycle.statistics import CategoryCounts


def get_statistics(call: Call) -> Reply:
    """Documents and labels by category and data set."""
    project = call.services.projects.get(call.path["projectName"])
    found = call.services.overviews.get(project.name)
    total = found.documents.total()
    names = dict.fromkeys([*(category.name for category in project.categories), *sorted(found.categories)])
    categories = [_category(name, found.categories.get(name, CategoryCounts())) for name in names]
    counts = schemas.DocumentCounts(
        total=total,
        ingested=total - found.failed.count,
        failed=found.failed.count,
        labelled=found.labelled.total(),
        unlabelled=found.unlabelled.count,
        done=found.done,
        characters=found.characters,
        datasets=_by_dataset(found.documents),
        labelled_datasets=_by_dataset(found.labelled),
    )
    labels = sum(category.labels_count for category in categories)
    return Reply(schemas.ProjectStatistics(documents=counts, labels_count=labels, categories=categories))


def list_guidance(call: Call) -> Reply:
    """What to do before training, the most pressing first."""
    project = call.services.projects.get(call.path["projectName"])
    names = [category.name for category in project.categories]
    return page_reply(call, map(_advice, guidance.guidance(call.services.overviews.get(project.name), names)))


def _category(name: str, counts: CategoryCounts) -> schemas.CategoryStatistics:
    return schemas.CategoryStatistics(
        category=name,
        labels_count=counts.labels.total(),
        documents_count=counts.document_count,
        labels=_by_dataset(counts.labels),
        documents=_by_dataset({dataset: sample.count for dataset, sample in counts.documents.items()}),
    )


def _by_dataset(counts: Mapping[str, int]) -> schemas.DatasetCounts:
    return schemas.DatasetCounts(
        Train=counts.get("Train", 0), Test=counts.get("Test", 0), Unassigned=counts.get("Unassigned", 0)
    )


def _advice(advice: guidance.Advice) -> schemas.GuidanceEntry:
    return schemas.GuidanceEntry(
        code=advice.code,
        severity=advice.severity,
        message=advice.message,
        documents_count=advice.documents.count,
        documents=advice.documents.locations,
        category=UNSET if advice.category is None else advice.category,
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.ENTITIES, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "getStatistics",
        "GET",
        f"{PROJECT}/statistics",
        "Count documents and labels by entity type and data set.",
        get_statistics,
        reply=schemas.ProjectStatistics,
    ),
    _operation(
        "listGuidance",
        "GET",
        f"{PROJECT}/guidance",
        "List what to do before training, the most pressing first, each with its documents.",
        list_guidance,
        items=schemas.GuidanceEntry,
        queries=PAGING,
    ),
)
