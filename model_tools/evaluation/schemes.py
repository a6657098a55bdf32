"""The four ways of SemEval-2013 to score spans, from the strictest to the most forgiving.

Figures equal nervaluate's, except that an overlap of one code point always counts (nervaluate asks for a hundredth of
the label).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from model_tools.evaluation.errors import Kind, by_category, pair_spans
from model_tools.spans import Entity, Label

Scheme = Literal["strict", "exact", "partial", "ent_type"]
"""`strict`: span and category. `exact`: the span alone. `partial`: the span alone, an overlap counts one half.
`ent_type`: the category alone, of spans that overlap."""


class SchemeScores(msgspec.Struct, frozen=True):
    """Scores under one scheme, over all categories together."""

    precision: float
    recall: float
    f1: float
    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int


class SchemeCounter:
    """Adds up documents, then answers with the scores."""

    def __init__(self) -> None:
        # Two pairings, because nervaluate's schemes choose differently among several labels under one entity.
        self._in_order: Counter[Kind] = Counter()
        self._by_category: Counter[Kind] = Counter()

    def add(self, expected: Sequence[Label], predicted: Sequence[Entity]) -> None:
        """Counts one document; both sequences sorted, each without overlap."""
        self._in_order.update(pair.kind for pair in pair_spans(expected, predicted, _first))
        self._by_category.update(pair.kind for pair in pair_spans(expected, predicted, by_category))

    def scores(self) -> dict[Scheme, SchemeScores]:
        """The scores over all documents."""
        first, category = self._in_order, self._by_category
        return {
            "strict": _scores(first, correct=["correct"], incorrect=["incorrect", "partial", "both"]),
            "exact": _scores(first, correct=["correct", "incorrect"], incorrect=["partial", "both"]),
            "partial": _scores(first, correct=["correct", "incorrect"], partial=["partial", "both"]),
            "ent_type": _scores(category, correct=["correct", "partial"], incorrect=["incorrect", "both"]),
        }


def _first(_expected: Label, _predicted: Label) -> tuple[int, int]:
    return (0, 0)


def _scores(
    counts: Mapping[Kind, int], *, correct: Iterable[Kind], incorrect: Iterable[Kind] = (), partial: Iterable[Kind] = ()
) -> SchemeScores:
    right, wrong, half = (sum(counts[kind] for kind in kinds) for kinds in (correct, incorrect, partial))
    paired = right + wrong + half
    precision, recall = (
        (right + half / 2) / whole if whole else 0.0
        for whole in (paired + counts["spurious"], paired + counts["missed"])
    )
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return SchemeScores(precision, recall, f1, right, wrong, half, counts["missed"], counts["spurious"])
