"""How much there is and how much is labelled, counted from summaries: no text and no label is read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from functions.lifecycle.document_list import UNASSIGNED, ListedDocument, read_listed
from functions.services import Services


@dataclass(frozen=True, slots=True)
class CategoryCounts:
    """Labels of one category, and documents that have any, by data set: Train, Test or Unassigned."""

    labels: Counter[str] = field(default_factory=Counter)
    documents: Counter[str] = field(default_factory=Counter)


def count_categories(services: Services, project: str) -> dict[str, CategoryCounts]:
    """The counts of every category that has labels, in documents that are there."""
    return category_counts(read_listed(services, project))


def category_counts(listed: Iterable[ListedDocument]) -> dict[str, CategoryCounts]:
    """The counts of every category that has labels."""
    counted: dict[str, CategoryCounts] = {}
    for each in listed:
        dataset = each.annotation.dataset or UNASSIGNED
        for category, labels in each.annotation.counts.items():
            counts = counted.setdefault(category, CategoryCounts())
            counts.labels[dataset] += labels
            counts.documents[dataset] += 1
    return counted
