"""Which documents each point of a learning curve trains on, and which judge it: nested, stratified, drawn by a seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from model_tools.dataset.split import assign_folds, split_documents
from model_tools.documents import Document
from model_tools.errors import InvalidInputError

# Of the documents, most needed first: about geometric, with more near the end, where a forecast sets out.
_SHARES = (1, 1 / 2, 1 / 4, 3 / 4, 1 / 8, 3 / 8, 1 / 16, 5 / 8)
MIN_POINTS, MAX_POINTS = 3, len(_SHARES)
MIN_DOCUMENTS = 10
"""To train on, labelled and of different texts: the smallest subsets would have one or none."""
MIN_TEST_DOCUMENTS, MIN_TEST_LABELS = 20, 100
"""A test split with less moves an F1 by many points from one draw to the next, so that no curve shows."""
ENOUGH_TEST_DOCUMENTS, ENOUGH_TEST_LABELS = 300, 500
"""Of a test split: beyond both, every point takes longer and is hardly surer."""
_FOLDS = 5
_REPEATS, _REPEATS_OUT_OF_FOLD = 2, 3


@dataclass(frozen=True, slots=True)
class Repeat:
    """One order of the documents: growing subsets to train on, and the documents that judge them all."""

    subsets: tuple[tuple[Document, ...], ...]
    """Each holds the one before."""
    yardstick: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class CurvePlan:
    """All trainings of a learning curve."""

    categories: tuple[str, ...]
    """That the training documents have; no document has labels of others."""
    repeats: tuple[Repeat, ...]
    is_out_of_fold: bool
    """The repeats are judged on different documents, which are also training documents of the others."""
    n_left_out: int
    """Documents of the test split beyond what is enough."""


def plan_curve(
    documents: Sequence[Document], *, n_points: int = 5, n_repeats: int | None = None, seed: int = 0
) -> CurvePlan:
    """Draws the subsets of every repeat.

    The test split judges where it is large enough. Elsewhere its documents and those for training are dealt into folds,
    and each repeat is judged on a fold of its own. Documents of the dev split are left out, as they are in training.

    Args:
        documents: one without a split is for training.
        n_points: subsets of each repeat, `MIN_POINTS` to `MAX_POINTS`.
        n_repeats: orders to draw; None: two, or three where each is judged on a fold of its own.
        seed: of all draws.

    Raises:
        InvalidInputError: there are too few labelled documents for any curve, or the numbers are out of range.
    """
    if not MIN_POINTS <= n_points <= MAX_POINTS or (n_repeats is not None and n_repeats < 1):
        raise InvalidInputError(f"A learning curve has {MIN_POINTS} to {MAX_POINTS} points, and 1 repeat or more.")
    shares = sorted(_SHARES[:n_points])
    test = [document for document in documents if document.split == "test"]
    train = [document for document in documents if document.split in (None, "train")]
    if not is_large_enough(test):
        return _plan_out_of_fold([*train, *test], shares, n_repeats or _REPEATS_OUT_OF_FOLD, seed)
    categories = _checked_categories(train)
    train, test = _only(train, categories), _only(test, categories)
    judges = enough_to_judge(test, seed)
    repeats = tuple(Repeat(nested_subsets(train, shares, seed + i), judges) for i in range(n_repeats or _REPEATS))
    return CurvePlan(categories, repeats, is_out_of_fold=False, n_left_out=len(test) - len(judges))


def _plan_out_of_fold(documents: list[Document], shares: Sequence[float], n_repeats: int, seed: int) -> CurvePlan:
    categories = _checked_categories(documents)
    folds = _folds(documents, max(_FOLDS, n_repeats), seed)[:n_repeats]
    repeats = tuple(Repeat(nested_subsets(others, shares, seed + i), fold) for i, (others, fold) in enumerate(folds))
    return CurvePlan(categories, repeats, is_out_of_fold=True, n_left_out=0)


def _checked_categories(documents: Sequence[Document]) -> tuple[str, ...]:
    n = len({document.text for document in documents if document.labels})
    if n < MIN_DOCUMENTS:
        raise InvalidInputError(
            f"A learning curve takes {MIN_DOCUMENTS} different labelled documents to train on, and there are {n}. "
            "Label more first.",
            inner_code="TooFewDocuments",
        )
    return tuple(sorted({label.category for document in documents for label in document.labels}))


def _only(documents: Sequence[Document], categories: Sequence[str]) -> list[Document]:
    known = frozenset(categories)
    return [
        replace(document, labels=tuple(label for label in document.labels if label.category in known))
        for document in documents
    ]


def is_large_enough(test: Sequence[Document]) -> bool:
    """Whether a test split can judge a learning curve alone."""
    return len(test) >= MIN_TEST_DOCUMENTS and n_labels(test) >= MIN_TEST_LABELS


def enough_to_judge(test: Sequence[Document], seed: int) -> tuple[Document, ...]:
    """The whole test split, or as much of it as is enough."""
    enough = max(ENOUGH_TEST_DOCUMENTS, round(len(test) * ENOUGH_TEST_LABELS / max(1, n_labels(test))))
    return _drawn(test, enough, seed)


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
        outer = _drawn(outer, max(1, round(share * len(documents))), seed)
        subsets.append(outer)
    return tuple(reversed(subsets))


def _drawn(documents: Sequence[Document], n: int, seed: int) -> tuple[Document, ...]:
    """About `n` of the documents: equal texts stay together."""
    if n >= len(documents):
        return tuple(documents)
    return _part(documents, 1 - n / len(documents), seed)[0]


def _folds(documents: Sequence[Document], n: int, seed: int) -> list[tuple[tuple[Document, ...], tuple[Document, ...]]]:
    """`n` pairs of (others, fold); every document is in one fold."""
    dealt = list(zip(documents, assign_folds(documents, n, seed=seed), strict=True))
    return [
        (tuple(one for one, fold in dealt if fold != number), tuple(one for one, fold in dealt if fold == number))
        for number in range(n)
    ]


def _part(
    documents: Sequence[Document], fraction: float, seed: int
) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """The documents that stay, and the fraction that leaves, stratified; as they were, but for their order."""
    by_id = {document.id: document for document in documents}
    split = split_documents(documents, test_fraction=fraction, seed=seed)
    stay = tuple(by_id[document.id] for document in split if document.split == "train")
    return stay, tuple(by_id[document.id] for document in split if document.split == "test")
