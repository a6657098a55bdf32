"""Strict scores: an entity counts when its span and its category are exactly those of a label."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from model_tools.spans import Label


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives, false negatives."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
        )

    @property
    def precision(self) -> float:
        """The share of the predicted that is right; 0 where nothing was predicted."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """The share of the labelled that was found; 0 where nothing was labelled."""
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _ratio(2 * self.true_positives, 2 * self.true_positives + self.false_positives + self.false_negatives)


def count_by_category(expected: Iterable[Label], predicted: Iterable[Label]) -> dict[str, Counts]:
    """The counts of one document, for each category that is labelled or predicted in it."""
    labelled = Counter((label.start, label.end, label.category) for label in expected)
    found = Counter((entity.start, entity.end, entity.category) for entity in predicted)
    counts: dict[str, Counts] = {}
    for key in labelled | found:
        hits = min(labelled[key], found[key])
        here = Counts(hits, found[key] - hits, labelled[key] - hits)
        counts[key[2]] = counts.get(key[2], Counts()) + here
    return counts


def add_up(documents: Iterable[dict[str, Counts]]) -> dict[str, Counts]:
    """The counts of several documents, by category, sorted by name."""
    total: dict[str, Counts] = {}
    for counts in documents:
        for category, here in counts.items():
            total[category] = total.get(category, Counts()) + here
    return dict(sorted(total.items()))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
