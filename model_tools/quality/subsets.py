"""Which documents each point of a learning curve trains on, and which judge it: nested, stratified, drawn by a seed."""

from collections.abc import Sequence
from dataclasses import dataclass

from model_tools.dataset.split import split_documents
from model_tools.documents import Document

SHARES = (0.125, 0.25, 0.5, 0.75, 1.0)
"""Of the documents, at each point: about geometric, with one more near the end, where a forecast sets out."""
MIN_TEST_DOCUMENTS, MIN_TEST_LABELS = 20, 100
"""A test split with less moves an F1 by many points from one draw to the next, so that no curve shows."""
ENOUGH_TEST_DOCUMENTS, ENOUGH_TEST_LABELS = 300, 500
"""Of a test split: beyond both, every point takes longer and is hardly surer."""
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Repeat:
    """One order of the documents: growing subsets to train on, and the documents that judge them all."""

    subsets: tuple[tuple[Document, ...], ...]
    """Each holds the one before."""
    yardstick: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class CurvePlan:
    """All trainings of a learning curve."""

    repeats: tuple[Repeat, ...]
    is_out_of_fold: bool
    """The repeats are judged on different documents, which are also training documents of the others."""
    n_left_out: int
    """Documents of the test split beyond what is enough."""


def plan_curve(
    documents: Sequence[Document], *, shares: Sequence[float] = SHARES, n_repeats: int, seed: int
) -> CurvePlan:
    """Draws the subsets of every repeat.

    The test split judges where it is large enough. Elsewhere all documents are dealt into folds, and each repeat is
    judged on a fold of its own.

    Args:
        documents: of the splits train and test.
        shares: of the documents to train on, rising.
        n_repeats: orders to draw.
        seed: of all draws.
    """
    test = [document for document in documents if document.split == "test"]
    train = [document for document in documents if document.split != "test"]
    if is_large_enough(test):
        enough = max(ENOUGH_TEST_DOCUMENTS, round(len(test) * ENOUGH_TEST_LABELS / n_labels(test)))
        judges = _drawn(test, enough, seed)
        repeats = tuple(Repeat(nested_subsets(train, shares, seed + i), judges) for i in range(n_repeats))
        return CurvePlan(repeats, is_out_of_fold=False, n_left_out=len(test) - len(judges))
    repeats = tuple(
        Repeat(nested_subsets(others, shares, seed + i), fold)
        for i, (others, fold) in enumerate(_folds(documents, max(_FOLDS, n_repeats), seed)[:n_repeats])
    )
    return CurvePlan(repeats, is_out_of_fold=True, n_left_out=0)


def is_large_enough(test: Sequence[Document]) -> bool:
    """Whether a test split can judge a learning curve alone."""
    return len(test) >= MIN_TEST_DOCUMENTS and n_labels(test) >= MIN_TEST_LABELS


def n_labels(documents: Sequence[Document], category: str | None = None) -> int:
    """Labels of the category, or of all."""
    return sum(category in (None, label.category) for document in documents for label in document.labels)


def nested_subsets(
    documents: Sequence[Document], shares: Sequence[float], seed: int
) -> tuple[tuple[Document, ...], ...]:
    """A subset for each share, each within the next, with the mix of categories of the whole as far as possible."""
    subsets: list[tuple[Document, ...]] = []
    outer = tuple(documents)
    for share in reversed(shares):
        outer = _drawn(outer, round(share * len(documents)), seed)
        subsets.append(outer)
    return tuple(reversed(subsets))


def _drawn(documents: Sequence[Document], n: int, seed: int) -> tuple[Document, ...]:
    """About `n` of the documents: equal texts stay together."""
    if n >= len(documents):
        return tuple(documents)
    return _part(documents, 1 - n / len(documents), seed)[0]


def _folds(
    documents: Sequence[Document], n: int, seed: int
) -> list[tuple[tuple[Document, ...], tuple[Document, ...]]]:
    """`n` pairs of (others, fold); every document is in one fold."""
    folds: list[tuple[Document, ...]] = []
    rest = tuple(documents)
    for left in range(n, 1, -1):
        rest, fold = _part(rest, 1 / left, seed)
        folds.append(fold)
    folds.append(rest)
    held = [{document.id for document in fold} for fold in folds]
    return [
        (tuple(document for document in documents if document.id not in ids), fold)
        for ids, fold in zip(held, folds, strict=True)
    ]


def _part(
    documents: Sequence[Document], fraction: float, seed: int
) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """The documents that stay, and the fraction that leaves, stratified; as they were, but for their order."""
    by_id = {document.id: document for document in documents}
    split = split_documents(documents, test_fraction=fraction, seed=seed)
    stay = tuple(by_id[document.id] for document in split if document.split == "train")
    return stay, tuple(by_id[document.id] for document in split if document.split == "test")
