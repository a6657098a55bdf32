"""Below which confidence an entity of a category is better not reported."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from model_tools.evaluation.calibration import Outcome, outcomes_of
from model_tools.evaluation.report import EvaluationReport

MIN_EXAMPLES = 40
"""Labels, and predicted entities, of a category: with fewer, the best threshold is an accident."""
MIN_GAIN = 0.005
"""Of F1: half a point. A smaller gain on held-out documents is noise."""


def decision_thresholds(outcomes: Iterable[Outcome], n_labels: Mapping[str, int]) -> dict[str, float]:
    """For each category that gains by it, the confidence below which its entities should be dropped.

    Args:
        outcomes: on held-out documents. Never those of the test split: its scores would come out too good.
        n_labels: of each category, in the same documents.

    Returns:
        Categories with too few examples or nothing to gain are left out: all their entities should be kept.
    """
    by_category: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_category[outcome.category].append(outcome)
    best = {
        category: _best_threshold(found, n_labels.get(category, 0))
        for category, found in sorted(by_category.items())
        if min(len(found), n_labels.get(category, 0)) >= MIN_EXAMPLES
    }
    return {category: threshold for category, threshold in best.items() if threshold is not None}


def thresholds_of(report: EvaluationReport) -> dict[str, float]:
    """As `decision_thresholds`, from the evaluation of held-out documents."""
    outcomes = [outcome for result in report.documents for outcome in outcomes_of(result.labels, result.entities)]
    return decision_thresholds(outcomes, Counter(label.category for one in report.documents for label in one.labels))


def _best_threshold(found: Sequence[Outcome], n_labels: int) -> float | None:
    """Half-way between the last entity worth keeping and the first to drop; None where all are worth keeping."""
    ordered = sorted(found, key=lambda outcome: -outcome.confidence)
    best, highest = None, MIN_GAIN + _f1(sum(outcome.is_right for outcome in found), len(found), n_labels)
    n_right = 0
    for n_kept, (last, following) in enumerate(pairwise(ordered), start=1):
        n_right += last.is_right
        if last.confidence > following.confidence and _f1(n_right, n_kept, n_labels) >= highest:
            best, highest = (last.confidence + following.confidence) / 2, _f1(n_right, n_kept, n_labels)
    return best


def _f1(n_right: int, n_kept: int, n_labels: int) -> float:
    return 2 * n_right / (n_kept + n_labels)
