"""From the counts of all trainings to the points of the curves, and how far each point may be off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model_tools.evaluation.intervals import Floats, counts_table, f1_scores, resampled_sums
from model_tools.evaluation.strict import Counts

_N_RESAMPLES = 1000
# An F1 measured as 0 or 1 is not free of luck.
_EXTREME = 0.05
# Trainings on other documents and from other seeds, judged by the same documents, were measured to vary 0.3 to 0.7 as
# much as shares do, for categories of 8 to 5,000 labels: the upper end, so that intervals hold.
_TRAINING_LUCK = 0.7


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """One training and how it was judged."""

    n_documents: int
    """Trained on."""
    n_labels: Mapping[str, int]
    """Of each category in them."""
    counts: Sequence[Mapping[str, Counts]]
    """Of each document of the yardstick."""


@dataclass(frozen=True, slots=True)
class MeasuredCurve:
    """F1 at growing numbers of labels; `[point]` where nothing else is said."""

    n_documents: Floats
    """Means over the repeats, as `n_labels`."""
    n_labels: Floats
    f1: Floats
    """Of the counts of all repeats together."""
    repeats: Floats
    """F1 `[repeat, point]`; NaN where nothing was labelled or predicted."""
    covariance: Floats
    """Of `f1` over other documents to judge by, `[point, point]`: a hard test set lowers all points together."""
    n_judged_labels: int
    """Different labels that the yardsticks have."""


def measured_curves(
    outcomes: Sequence[Sequence[TrainingOutcome]],
    categories: Sequence[str],
    *,
    is_out_of_fold: bool,
    seed: int,
) -> tuple[MeasuredCurve, dict[str, MeasuredCurve]]:
    """The curve of all labels together and that of each category.

    Args:
        outcomes: `[repeat][point]`.
        categories: all that occur.
        is_out_of_fold: whether the repeats were judged by different documents.
        seed: of the bootstrap.
    """
    tables = [np.stack([counts_table(outcome.counts, categories) for outcome in points], axis=1) for points in outcomes]
    # The same seed draws the same documents, so that repeats judged by the same ones are resampled together.
    resampled = sum(
        resampled_sums(table, n_samples=_N_RESAMPLES, seed=seed + i * is_out_of_fold) for i, table in enumerate(tables)
    )
    assert isinstance(resampled, np.ndarray)
    sums = np.stack([table.sum(axis=0) for table in tables])
    f1 = _curves(sums.sum(axis=0)[None])[0]
    repeats, samples = _curves(sums), _curves(resampled)
    judged = _judged_labels(outcomes, is_out_of_fold=is_out_of_fold)

    def curve(column: int, names: Sequence[str]) -> MeasuredCurve:
        return MeasuredCurve(
            n_documents=np.mean([[one.n_documents for one in points] for points in outcomes], axis=0),
            n_labels=np.mean([[sum(one.n_labels[name] for name in names) for one in points] for points in outcomes], 0),
            f1=np.nan_to_num(f1[:, column]),
            repeats=repeats[:, :, column],
            covariance=np.cov(np.nan_to_num(samples[:, :, column]), rowvar=False).reshape(f1.shape[0], -1),
            n_judged_labels=sum(judged.get(name, 0) for name in names),
        )

    return curve(0, categories), {name: curve(i, [name]) for i, name in enumerate(categories, start=1)}


def _curves(sums: Floats) -> Floats:
    """`[sample, point, category, 2]` to F1 `[sample, point, score]`: all together, then each category."""
    scores = np.stack([f1_scores(sums[:, point]) for point in range(sums.shape[1])], axis=1)
    return np.delete(scores, 1, axis=2)  # the macro mean


def _judged_labels(outcomes: Sequence[Sequence[TrainingOutcome]], *, is_out_of_fold: bool) -> dict[str, int]:
    """Labels of each category in the yardsticks."""
    judged: dict[str, int] = {}
    for points in outcomes if is_out_of_fold else outcomes[:1]:
        for counts in points[0].counts:
            for category, here in counts.items():
                judged[category] = judged.get(category, 0) + here.true_positives + here.false_negatives
    return judged


def training_variance(f1: Floats, n_labels: Floats) -> Floats:
    """The variance of F1 between trainings, each on other documents with as many labels and from another seed.

    That of a share among as many labels, times a factor.
    """
    inner = np.clip(f1, _EXTREME, 1 - _EXTREME)
    variance: Floats = _TRAINING_LUCK * inner * (1 - inner) / np.maximum(n_labels, 1.0)
    return variance
