"""What stands between a data set and a model worth having, with advice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from model_tools.dataset.statistics import CategoryStatistics, DatasetStatistics, dataset_statistics
from model_tools.documents import Document, Split
from model_tools.errors import Problem

MIN_LABELS = 15
"""Labels of a category in train; with fewer, its predictions are poor as a rule."""


@dataclass(frozen=True, slots=True)
class TrainingProblems:
    """The outcome of the checks. A target is a category's name or a document's id, None for the whole data set."""

    errors: tuple[Problem, ...]
    """Training cannot start."""
    warnings: tuple[Problem, ...]
    """Training can start; its result may disappoint."""


def training_problems(documents: Sequence[Document], categories: Sequence[str]) -> TrainingProblems:
    """Checks split documents (see `split_documents`, `manual_split`) and the declared categories."""
    statistics = dataset_statistics(documents, categories)
    errors = [
        *_size_errors(statistics),
        *_undeclared(statistics, set(categories)),
        *_one_sided_categories(statistics),
        *_empty_documents(documents),
    ]
    warnings = [
        *(problem for category in statistics.categories for problem in _category_warnings(category)),
        *_texts_on_both_sides(documents),
    ]
    return TrainingProblems(tuple(errors), tuple(warnings))


def _size_errors(statistics: DatasetStatistics) -> Iterable[Problem]:
    """The first reason that explains the others."""
    total = sum(statistics.documents.values())
    train, test = _train_count(statistics.documents), statistics.documents.get("test", 0)
    if total == 0:
        yield Problem("NoDocuments", "There are no documents. Add files to the container and label them.")
    elif not any(statistics.labelled_documents.values()):
        yield Problem("NoLabels", "No document has a label. Label some text with its category first.")
    elif total == 1:
        yield Problem("TooFewDocuments", "One document cannot both train and test a model. Add and label another.")
    elif train == 0:
        yield Problem("TrainingSetEmpty", "All documents are for testing. Assign most of them to training.")
    elif test == 0:
        yield Problem(
            "TestSetEmpty",
            "No document is for testing. Assign some to the test set, or let the split be drawn by a percentage.",
        )
    elif _train_count(statistics.labelled_documents) == 0:
        yield Problem("NoLabelsInTraining", "No document for training has a label. Label some, or move labelled ones.")


def _undeclared(statistics: DatasetStatistics, declared: set[str]) -> Iterable[Problem]:
    for category in statistics.categories:
        if category.category not in declared:
            yield Problem(
                "UndeclaredCategory",
                f"Labels use {category.category!r}, which is not a declared category. Declare it or remove them.",
                category.category,
            )


def _empty_documents(documents: Iterable[Document]) -> Iterable[Problem]:
    for document in documents:
        if not document.text.strip():
            yield Problem("EmptyDocument", f"{document.id!r} has no text. Remove it.", document.id)


def _one_sided_categories(statistics: DatasetStatistics) -> Iterable[Problem]:
    """Categories that are labelled, but only where they cannot be learnt, or only where nobody can see how well."""
    if not _train_count(statistics.labelled_documents) or not statistics.documents.get("test", 0):
        return  # `_size_errors` says it once for the whole data set
    for category in statistics.categories:
        name, train, test = category.category, _train_count(category.labels), category.labels.get("test", 0)
        if test and not train:
            yield Problem(
                "CategoryNotInTraining",
                f"{name!r} is labelled in test documents only, so it cannot be learnt. "
                "Assign one of them to training, or label more documents.",
                name,
            )
        elif train and not test:
            yield Problem(
                "CategoryNotInTest",
                f"{name!r} is labelled in training documents only, so nobody could tell how well it is found. "
                "Assign a document that has it to the test set, or label it in more documents.",
                name,
            )


def _category_warnings(category: CategoryStatistics) -> Iterable[Problem]:
    name, train = category.category, _train_count(category.labels)
    if category.label_count == 0:
        yield Problem(
            "CategoryWithoutLabels",
            f"{name!r} has no label and will never be predicted. Label some, or remove it.",
            name,
        )
    elif 0 < train < MIN_LABELS:
        yield Problem(
            "FewLabels",
            f"{name!r} has {train} labels for training. Below {MIN_LABELS} results are poor as a rule; 50 are good.",
            name,
        )


def _texts_on_both_sides(documents: Iterable[Document]) -> Iterable[Problem]:
    documents = list(documents)
    training_texts = {document.text: document.id for document in documents if document.split != "test"}
    for document in documents:
        if document.split == "test" and document.text in training_texts:
            yield Problem(
                "TestTextInTraining",
                f"{document.id!r} has the same text as {training_texts[document.text]!r}, which trains: "
                "the scores will be too good.",
                document.id,
            )


def _train_count(counts: Mapping[Split | None, int]) -> int:
    """Documents or labels that train: all that do not test."""
    return sum(count for split, count in counts.items() if split != "test")
