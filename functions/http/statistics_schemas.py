"""The wire of statistics and guidance."""

from typing import Literal

from msgspec import UNSET, UnsetType

from functions.http.schemas import Wire


class DatasetCounts(Wire, rename=None):
    """A number for each data set."""

    Train: int
    Test: int
    Unassigned: int


class DocumentCounts(Wire):
    """Documents of a project, counted."""

    total: int
    ingested: int
    failed: int
    labelled: int
    unlabelled: int
    """Of those that can be read."""
    done: int
    characters: int
    """Unicode code points of all texts."""
    datasets: DatasetCounts
    labelled_datasets: DatasetCounts


class CategoryStatistics(Wire):
    """One entity type, counted."""

    category: str
    labels_count: int
    documents_count: int
    labels: DatasetCounts
    documents: DatasetCounts
    """With at least one label of it."""


class ProjectStatistics(Wire):
    """How much there is and how much is labelled."""

    documents: DocumentCounts
    labels_count: int
    categories: list[CategoryStatistics]
    """The declared ones in their order, then others that labels still use."""


class GuidanceEntry(Wire):
    """One thing worth doing before training."""

    code: str
    severity: Literal["error", "warning", "info"]
    """Error: training is refused or useless as it is."""
    message: str
    documents_count: int
    documents: list[str]
    """Locations of the first hundred."""
    category: str | UnsetType = UNSET
