"""Below which confidence an entity of a category is better not reported."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from model_tools.evaluation.calibration import Floats, outcomes_of
from model_tools.evaluation.report import DocumentResult, EvaluationReport, ThresholdScores
from model_tools.evaluation.strict import Counts, add_up, count_by_category
from model_tools.manifest import Threshold
from model_tools.spans import Entity, Label

MIN_EXAMPLES = 20
"""Labels, and predicted entities, of a category: with fewer, a single entity moves the F1 by two points and more."""
MIN_GAIN = 0.005
"""Of F1: half a point. A smaller gain on held-out documents is noise."""
_N_RESAMPLES = 200

Judged = tuple[Sequence[Label], Sequence[Entity]]
"""The labels of a document, and what was predicted."""


def suggest_thresholds(documents: Sequence[DocumentResult], *, seed: int = 0) -> dict[str, Threshold]:
    """For each category that gains by it, the confidence below which its entities are better dropped.

    The best of many cuts always looks good on the documents it was chosen on. So it must also hold on others: chosen
    anew on documents drawn with replacement, the cut has to raise the F1 of those that were not drawn more often than
    not.

    Args:
        documents: that the model has not learnt from, with its calibrated entities.
        seed: of the draws.

    Returns:
        Categories with too few examples or nothing sure to gain are left out: all their entities are worth keeping.
    """
    suggested = {}
    for category, found in _found_by_category([(one.labels, one.entities) for one in documents]).items():
        if min(len(found.confidences), found.n_labels.sum()) < MIN_EXAMPLES:
            continue
        once = np.ones(len(documents))
        cut = found.best_cut(once)
        f1, f1_of_all = found.f1(once)[cut], found.f1(once)[-1]
        if f1 >= f1_of_all + MIN_GAIN and found.holds_elsewhere(seed):
            suggested[category] = Threshold(found.confidence_at(cut), float(f1), float(f1_of_all))
    return suggested


def best_cut(documents: Sequence[Judged], category: str) -> float:
    """The confidence below which dropping a category's entities raises its F1 the most, by however little."""
    found = _found_by_category(documents).get(category)
    if found is None:
        return 0.0
    cut = found.best_cut(np.ones(len(documents)))
    return found.confidence_at(cut) if cut < len(found.confidences) - 1 else 0.0


def above(entities: Iterable[Entity], thresholds: Mapping[str, Threshold]) -> list[Entity]:
    """The entities that are worth keeping."""
    return [
        entity
        for entity in entities
        if entity.category not in thresholds or entity.confidence >= thresholds[entity.category].confidence
    ]


def with_thresholds(report: EvaluationReport, thresholds: Mapping[str, Threshold]) -> EvaluationReport:
    """The report with what every category would score if entities below the thresholds were dropped."""
    counts = add_up(count_by_category(one.labels, above(one.entities, thresholds)) for one in report.documents)
    scores = {
        category: _scores(thresholds.get(category), counts.get(category, Counts())) for category in report.categories
    }
    return msgspec.structs.replace(report, thresholds=scores)


def _scores(threshold: Threshold | None, counts: Counts) -> ThresholdScores:
    return ThresholdScores(threshold.confidence if threshold else 0.0, counts.precision, counts.recall, counts.f1)


@dataclass(frozen=True, slots=True)
class _Found:
    """The entities of one category, the surest first, and the labels that there are to find."""

    confidences: Floats
    is_right: Floats
    documents: NDArray[np.int64]
    """The number of each entity's document."""
    n_labels: Floats
    """In each document."""

    def f1(self, weights: Floats) -> Floats:
        """The F1 of keeping the first 1, 2, ... entities, each document counted `weights` times."""
        kept = weights[self.documents]
        whole = np.cumsum(kept) + weights @ self.n_labels
        return 2 * np.cumsum(kept * self.is_right) / np.maximum(whole, 1)

    def best_cut(self, weights: Floats) -> int:
        """The last entity to keep; entities of one confidence are kept or dropped together."""
        is_cut = np.append(self.confidences[:-1] > self.confidences[1:], True)
        f1 = np.where(is_cut, self.f1(weights), -1.0)
        return int(len(f1) - 1 - np.argmax(f1[::-1]))

    def confidence_at(self, cut: int) -> float:
        """Half-way between the last entity to keep and the first to drop."""
        return float(self.confidences[cut : cut + 2].mean())

    def holds_elsewhere(self, seed: int) -> bool:
        """Whether a cut chosen on some documents helps on others, more often than not."""
        n, generator = len(self.n_labels), np.random.default_rng(seed)
        gains = 0
        for _ in range(_N_RESAMPLES):
            drawn = np.bincount(generator.integers(0, n, n), minlength=n).astype(np.float64)
            others = self.f1((drawn == 0).astype(np.float64))
            gains += bool(others[self.best_cut(drawn)] > others[-1])
        return 2 * gains > _N_RESAMPLES


def _found_by_category(documents: Sequence[Judged]) -> dict[str, _Found]:
    """Of every category that was predicted, sorted by name."""
    entities: defaultdict[str, list[tuple[float, bool, int]]] = defaultdict(list)
    n_labels: defaultdict[str, Floats] = defaultdict(lambda: np.zeros(len(documents)))
    for number, (labels, predicted) in enumerate(documents):
        for outcome in outcomes_of(labels, predicted):
            entities[outcome.category].append((outcome.confidence, outcome.is_right, number))
        for label in labels:
            n_labels[label.category][number] += 1
    found = {}
    for category in sorted(entities):
        confidences, is_right, numbers = zip(*sorted(entities[category], key=lambda one: -one[0]), strict=True)
        found[category] = _Found(
            np.array(confidences), np.array(is_right, np.float64), np.array(numbers), n_labels[category]
        )
    return found
