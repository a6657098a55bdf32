"""How much there is and how much is labelled, counted from summaries: no text and no label is read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from functions.stores.documents import DocumentStatus, DocumentSummary
from functions.stores.labels import AnnotationSummary
from model_tools.extract.extractor import MAX_DOCUMENT_CHARACTERS

UNASSIGNED = "Unassigned"
"""The data set of documents that are in none."""
SAMPLE_SIZE = 100
"""Locations that are named where there are more."""


@dataclass(slots=True)
class Sample:
    """Documents that something is true of: their number, and the first of them."""

    count: int = 0
    locations: list[str] = field(default_factory=list)

    def add(self, location: str) -> None:
        """One more."""
        self.count += 1
        if len(self.locations) < SAMPLE_SIZE:
            self.locations.append(location)

    def __add__(self, other: "Sample") -> "Sample":
        return Sample(self.count + other.count, [*self.locations, *other.locations][:SAMPLE_SIZE])


@dataclass(frozen=True, slots=True)
class CategoryCounts:
    """Labels of one category, and documents that have any, by data set: Train, Test or Unassigned."""

    labels: Counter[str] = field(default_factory=Counter)
    documents: dict[str, Sample] = field(default_factory=dict)

    @property
    def document_count(self) -> int:
        """Documents of all data sets."""
        return sum(sample.count for sample in self.documents.values())

    def in_training(self) -> tuple[int, Sample]:
        """Labels that train, and the documents with them: all that do not test."""
        samples = [sample for dataset, sample in self.documents.items() if dataset != "Test"]
        return self.labels.total() - self.labels["Test"], sum(samples, Sample())

    def in_test(self) -> tuple[int, Sample]:
        """Labels that test, and the documents with them."""
        return self.labels["Test"], self.documents.get("Test", Sample())


@dataclass(slots=True)
class Overview:
    """A project's documents, counted in one pass."""

    documents: Counter[str] = field(default_factory=Counter)
    """All documents by data set."""
    labelled: Counter[str] = field(default_factory=Counter)
    """Those that are labelled, by data set."""
    done: int = 0
    characters: int = 0
    """Code points of all texts."""
    failed: Sample = field(default_factory=Sample)
    unlabelled: Sample = field(default_factory=Sample)
    """Of those that can be read."""
    empty: Sample = field(default_factory=Sample)
    text_changed: Sample = field(default_factory=Sample)
    """Their labels were made on another text."""
    too_long: Sample = field(default_factory=Sample)
    """Longer than the real service takes."""
    test_twins: Sample = field(default_factory=Sample)
    """Equal to a document of the other side of train and test."""
    categories: dict[str, CategoryCounts] = field(default_factory=dict)
    """Of those that have labels."""


def count(documents: Iterable[tuple[DocumentSummary, AnnotationSummary]]) -> Overview:
    """Counts the documents."""
    found = Overview()
    sides: dict[str, bool] = {}
    for document, annotation in documents:
        dataset = annotation.dataset or UNASSIGNED
        found.documents[dataset] += 1
        found.characters += document.characters
        _count_state(found, document, annotation)
        _count_twins(found, document, annotation, sides)
        for category, labels in annotation.counts.items():
            counts = found.categories.setdefault(category, CategoryCounts())
            counts.labels[dataset] += labels
            counts.documents.setdefault(dataset, Sample()).add(document.location)
    return found


def _count_state(found: Overview, document: DocumentSummary, annotation: AnnotationSummary) -> None:
    found.done += annotation.done
    if annotation.is_labelled:
        found.labelled[annotation.dataset or UNASSIGNED] += 1
    states = {
        "failed": document.status is DocumentStatus.FAILED,
        "unlabelled": document.status is DocumentStatus.INGESTED and not annotation.is_labelled,
        "empty": document.status is DocumentStatus.INGESTED and document.characters == 0,
        "text_changed": bool(annotation.counts) and annotation.content_hash not in {None, document.content_hash},
        "too_long": document.characters > MAX_DOCUMENT_CHARACTERS,
    }
    for name, applies in states.items():
        if applies:
            getattr(found, name).add(document.location)


def _count_twins(
    found: Overview, document: DocumentSummary, annotation: AnnotationSummary, sides: dict[str, bool]
) -> None:
    """`sides` remembers for each text whether its first labelled document tests."""
    content_hash = document.content_hash
    if content_hash and annotation.is_labelled:
        tests = annotation.dataset == "Test"
        if sides.setdefault(content_hash, tests) != tests:
            found.test_twins.add(document.location)
