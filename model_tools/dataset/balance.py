"""What the numbers of labels say about a data set, before a training and after: the rules and their sentences.

Who asks knows the documents behind each number, and how pressing a remark is to them.
"""

from collections.abc import Collection, Iterator, Mapping
from math import sqrt
from statistics import median
from typing import Literal, NamedTuple

from model_tools.dataset.checks import MIN_LABELS

GOOD_LABELS = 50
"""Of a category; the real service's advice."""
_IMBALANCE = 10
"""Times fewer labels than the median category."""
_MIX_RATIO, _MIX_SIGMAS = 2.0, 3.0
"""How different, and how surely, a category's share of the labels must be."""

Counts = Mapping[str, int]
"""Labels by category; a category without any is not a key."""
Side = Literal["train", "test"]


class Remark(NamedTuple):
    """Something about the labels of one category."""

    code: str
    category: str
    message: str
    side: Side
    """Where the documents are that show it."""


def only_in_test(train: Counts, test: Counts) -> Iterator[Remark]:
    """Categories that cannot be learnt."""
    for category in sorted(test.keys() - train.keys()):
        message = (
            f"'{category}' is labelled in test documents only, so it cannot be learnt. "
            "Assign one of them to training, or label more documents."
        )
        yield Remark("CategoryNotInTraining", category, message, "test")


def only_in_training(train: Counts, test: Counts) -> Iterator[Remark]:
    """Categories that are not measured."""
    for category in sorted(train.keys() - test.keys()):
        message = (
            f"'{category}' is labelled in training documents only, so nobody can tell how well it is found. "
            "Assign a document that has it to the test set, or label it in more documents."
        )
        yield Remark("CategoryNotInTest", category, message, "train")


def few_labels(train: Counts, *, fewer_than: int, f1: Mapping[str, float] | None = None) -> Iterator[Remark]:
    """Categories with fewer labels for training than that, the rarest first; `f1` of a model where there is one."""
    for category, n in sorted(train.items(), key=lambda item: (item[1], item[0])):
        if n < fewer_than:
            scored = f", and its F1 is {f1[category]:.2f}" if f1 and category in f1 else ""
            message = (
                f"'{category}' has {count(n, 'label')} for training{scored}. "
                f"Below {MIN_LABELS} results are poor as a rule; {GOOD_LABELS} are good. Label more of them."
            )
            yield Remark("FewLabels", category, message, "train")


def imbalance(train: Counts) -> Iterator[Remark]:
    """Categories with enough labels, and yet far fewer than the others, the rarest first."""
    typical = median(train.values()) if train else 0
    for category, n in sorted(train.items(), key=lambda item: (item[1], item[0])):
        if n >= MIN_LABELS and n * _IMBALANCE <= typical:
            message = (
                f"'{category}' has {count(n, 'label')} for training where the typical entity type has {typical:.0f}: "
                "a model rarely sees it. Label more documents that have it."
            )
            yield Remark("Imbalance", category, message, "train")


def different_mix(train: Counts, test: Counts) -> Iterator[Remark]:
    """Categories much more frequent among the labels of one side than of the other."""
    n_train, n_test = sum(train.values()), sum(test.values())
    for category in sorted(train.keys() & test.keys()):
        if _is_other_mix(train[category], n_train, test[category], n_test):
            in_train, in_test = train[category] / n_train, test[category] / n_test
            message = (
                f"'{category}' is {in_train:.0%} of the labels for training but {in_test:.0%} of those for testing, so "
                "the scores are of other documents than a model learns from. Draw the split at random."
            )
            yield Remark("DifferentMix", category, message, "train" if in_train > in_test else "test")


def count(n: int, noun: str) -> str:
    """A number with its noun."""
    return f"1 {noun}" if n == 1 else f"{n:,} {noun}s"


def among(remarks: Iterator[Remark], categories: Collection[str]) -> Iterator[Remark]:
    """Those about some categories."""
    return (remark for remark in remarks if remark.category in categories)


def _is_other_mix(train: int, n_train: int, test: int, n_test: int) -> bool:
    """Whether the shares differ by more than chance explains, and by enough to matter."""
    in_train, in_test = train / n_train, test / n_test
    pooled = (train + test) / (n_train + n_test)
    sigma = sqrt(pooled * (1 - pooled) * (1 / n_train + 1 / n_test))
    return max(in_train, in_test) >= _MIX_RATIO * min(in_train, in_test) and (
        abs(in_train - in_test) > _MIX_SIGMAS * sigma
    )
