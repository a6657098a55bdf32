"""How many documents and labels a data set has, by category and split."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from model_tools.documents import Document, Split


@dataclass(frozen=True, slots=True)
class CategoryStatistics:
    """One category's counts; the key None is for documents that are not assigned to a split."""

    category: str
    documents: Mapping[Split | None, int]
    """Documents with at least one label of the category."""
    labels: Mapping[Split | None, int]

    @property
    def label_count(self) -> int:
        """Labels in all splits together."""
        return sum(self.labels.values())


@dataclass(frozen=True, slots=True)
class DatasetStatistics:
    """The counts of a whole data set; a split without documents is not a key."""

    documents: Mapping[Split | None, int]
    labelled_documents: Mapping[Split | None, int]
    """Documents with at least one label."""
    characters: int
    """Code points of all texts together."""
    categories: tuple[CategoryStatistics, ...]
    """First the declared ones in their order, then the others by name."""


def dataset_statistics(documents: Sequence[Document], categories: Iterable[str] = ()) -> DatasetStatistics:
    """Counts the data set; a declared category without a label counts nothing and is listed."""
    used: dict[str, tuple[Counter[Split | None], Counter[Split | None]]] = {
        category: (Counter(), Counter()) for category in categories
    }
    for category in sorted({label.category for document in documents for label in document.labels} - used.keys()):
        used[category] = (Counter(), Counter())
    for document in documents:
        for category in {label.category for label in document.labels}:
            used[category][0][document.split] += 1
        for label in document.labels:
            used[label.category][1][document.split] += 1
    return DatasetStatistics(
        documents=Counter(document.split for document in documents),
        labelled_documents=Counter(document.split for document in documents if document.labels),
        characters=sum(len(document.text) for document in documents),
        categories=tuple(CategoryStatistics(category, *counts) for category, counts in used.items()),
    )
