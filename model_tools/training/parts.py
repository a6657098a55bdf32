"""Which documents a training run learns from, calibrates on, and is measured on."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from model_tools.artifact import Split
from model_tools.dataset.split import split_documents
from model_tools.dataset.statistics import dataset_statistics
from model_tools.documents import SPLITS, Document, jsonl_lines
from model_tools.documents import Split as SplitName
from model_tools.errors import InvalidInputError
from model_tools.evaluation.report import CategoryDistribution
from model_tools.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Parts:
    """Documents by use; their labels are all of `categories`."""

    categories: tuple[str, ...]
    train: tuple[Document, ...]
    held_out: tuple[Document, ...]
    """For early stopping and the calibration of confidences; empty where there are too few documents."""
    test: tuple[Document, ...]

    def split(self) -> Split:
        """The documents' ids, to be stored with the model."""
        return Split(*(tuple(document.id for document in part) for part in (self.train, self.held_out, self.test)))

    def distribution(self) -> dict[str, CategoryDistribution]:
        """Labels and documents of each category by use."""
        used: tuple[tuple[SplitName, tuple[Document, ...]], ...] = (
            ("train", self.train),
            ("dev", self.held_out),
            ("test", self.test),
        )
        documents = [replace(document, split=split) for split, part in used for document in part]
        counts = dataset_statistics(documents, self.categories).categories
        return {one.category: CategoryDistribution(_by_split(one.labels), _by_split(one.documents)) for one in counts}

    @property
    def sha256(self) -> str:
        """Of all documents in their JSONL form: equal data, equal hash."""
        digest = hashlib.sha256()
        for line in jsonl_lines((*self.train, *self.held_out, *self.test)):
            digest.update(line.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


def split_parts(
    documents: Sequence[Document], recipe: Recipe, *, categories: Sequence[str] | None = None, seed: int = 0
) -> Parts:
    """Sorts documents by their `split`; those of the dev split are held out, or else a share of the train split.

    That share is drawn as the test split is: stratified by category, equal texts together.

    Args:
        documents: one without a split is for training.
        recipe: says how many to hold out, and from how many documents on.
        categories: labels of others are ignored; None takes all that the train documents have, sorted.
        seed: of the draw.

    Raises:
        InvalidInputError: no train document has a label to learn from.
    """
    if not documents:
        raise InvalidInputError("There are no documents.", inner_code="NoDocuments")
    train = [document for document in documents if document.split in (None, "train")]
    if not train:
        raise InvalidInputError(
            f"None of the {len(documents):,} documents is for training. Let most have the split `train`, or none.",
            inner_code="TrainingSetEmpty",
        )
    names = tuple(categories) if categories else tuple(sorted(_categories(train)))
    missing = set(names) - _categories(train)
    if missing or not names:
        what = f"of {', '.join(sorted(missing))}" if missing else "at all"
        raise InvalidInputError(f"The train documents have no label {what}. Label some.", inner_code="NoLabels")
    train = _only(train, names)
    held_out = _only((document for document in documents if document.split == "dev"), names)
    if not held_out and len(train) >= recipe.dev_min_documents:
        train, held_out = _cut(train, recipe, seed)
    test = _only((document for document in documents if document.split == "test"), names)
    return Parts(names, tuple(train), tuple(held_out), tuple(test))


def hold_out_test(documents: Sequence[Document], *, share: float = 0.2, seed: int = 0) -> list[Document]:
    """The documents as they are, or, where none is for testing yet, with a share of the train split moved there."""
    if any(document.split == "test" for document in documents):
        return list(documents)
    dev = [document for document in documents if document.split == "dev"]
    others = [document for document in documents if document.split != "dev"]
    return [*split_documents(others, test_fraction=share, seed=seed), *dev]


def _cut(train: list[Document], recipe: Recipe, seed: int) -> tuple[list[Document], list[Document]]:
    """Train and held-out documents; none is held out where they would have too few labels to decide anything."""
    parts = split_documents(train, test_fraction=recipe.dev_share, seed=seed)
    held_out = [document for document, part in zip(train, parts, strict=True) if part.split == "test"]
    if sum(len(document.labels) for document in held_out) < recipe.early_stopping_min_labels:
        return train, []
    return [document for document, part in zip(train, parts, strict=True) if part.split != "test"], held_out


def _by_split(counts: Mapping[SplitName | None, int]) -> dict[SplitName, int]:
    return {split: counts.get(split, 0) for split in SPLITS}


def _categories(documents: Iterable[Document]) -> set[str]:
    return {label.category for document in documents for label in document.labels}


def _only(documents: Iterable[Document], categories: Sequence[str]) -> list[Document]:
    return [
        replace(document, labels=tuple(label for label in document.labels if label.category in categories))
        for document in documents
    ]
