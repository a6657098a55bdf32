"""How far the scores would move on other documents of the same kind: bootstrap intervals, honest about few documents.

The bootstrap knows only what it has seen: three documents without an error give it the interval 1 to 1. So each is
widened to Wilson's interval (Journal of the American Statistical Association 22, 1927), which knows that the next
document may have one. An F1 is a share in disguise: with J = hits / (hits + errors), F1 = 2 J / (1 + J). What is found
in one document is right or wrong together, so hits and errors do not count in full: the effective count of Korn and
Graubard (Survey Methodology 24, 1998) is the one that would give a share the variance which the bootstrap found,
lowered once more for the few documents that tell the variance. With many documents both intervals are much the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from model_tools.evaluation.strict import Counts

Floats = NDArray[np.float64]
Interval = tuple[float, float]

# Cells of one block of draws, `[resample, document]`: bounds the memory to some tens of megabytes.
_BLOCK_CELLS = 2_000_000
_Z = 1.959964
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class F1Intervals:
    """95 % intervals of every F1."""

    micro: Interval
    macro: Interval
    categories: dict[str, Interval]


def f1_intervals(
    documents: Sequence[Mapping[str, Counts]], categories: Sequence[str], *, seed: int = 0, n_samples: int = 2000
) -> F1Intervals:
    """The 95 % intervals of all F1 scores, documents drawn with replacement.

    Documents, not entities, are drawn: those of one document are right or wrong together. A resample in which a
    category does not occur says nothing about it and is left out of its interval.

    Args:
        documents: the counts of each, by category.
        categories: all that occur in `documents`.
        seed: of the draws.
        n_samples: how many resamples.
    """
    table = counts_table(documents, categories)
    samples = f1_scores(resampled_sums(table, n_samples=n_samples, seed=seed))
    f1 = np.nan_to_num(f1_scores(table.sum(axis=0, keepdims=True))[0])
    micro, macro, *rest = (percentile_interval(column) for column in samples.T)
    by_wilson = [_wilson_interval(table[:, i], samples[:, 2 + i]) for i in range(len(categories))]
    return F1Intervals(
        _united(micro, _wilson_interval(table.sum(axis=1), samples[:, 0])),
        _united(macro, _mean_interval(f1[2:], by_wilson)),
        {name: _united(drawn, told) for name, drawn, told in zip(categories, rest, by_wilson, strict=True)},
    )


def _united(one: Interval, other: Interval | None) -> Interval:
    return one if other is None else (min(one[0], other[0]), max(one[1], other[1]))


def _wilson_interval(counts: Floats, samples: Floats) -> Interval | None:
    """Of the F1 of counts `[document, 2]`, whose resampled F1 are `samples`; None where there is nothing to score."""
    hits, errors = counts.sum(axis=0).tolist()
    n = hits + errors
    if not n:
        return None
    share, n_effective = hits / n, _effective_count(counts, samples)
    spread = _Z * sqrt(share * (1 - share) / n_effective + (_Z / (2 * n_effective)) ** 2)
    middle, shrinkage = share + _Z**2 / (2 * n_effective), 1 + _Z**2 / n_effective
    low, high = max(0.0, (middle - spread) / shrinkage), min(1.0, (middle + spread) / shrinkage)
    return (2 * low / (1 + low), 2 * high / (1 + high))


def _effective_count(counts: Floats, samples: Floats) -> float:
    """Of so many independent hits and errors a share would be as sure as this one is."""
    n, n_documents = float(counts.sum()), int(counts.any(axis=1).sum())
    share, known = float(counts[:, 0].sum()) / n, samples[~np.isnan(samples)]
    variance = float(np.var(known / (2 - known)))
    n_by_variance = min(n, share * (1 - share) / variance) if variance else n
    # Documents are independent of each other, so there are no fewer.
    least = min(n, n_documents)
    return max(least, n_by_variance * (_Z / _t_quantile(n_documents - 1)) ** 2) if n_documents > 1 else least


def _t_quantile(degrees: int) -> float:
    """The 97.5 % quantile of Student's t, by expansion (Abramowitz and Stegun, 26.7.5)."""
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    )


def _mean_interval(f1: Floats, intervals: Sequence[Interval | None]) -> Interval | None:
    """Of the mean of scores from those of each, recovered variances added up (Zou and Donner, 2008)."""
    present = [(one, interval) for one, interval in zip(f1.tolist(), intervals, strict=True) if interval]
    if not present:
        return None
    mean = sum(one for one, _ in present) / len(present)
    below = sqrt(sum((one - low) ** 2 for one, (low, _) in present)) / len(present)
    above = sqrt(sum((high - one) ** 2 for one, (_, high) in present)) / len(present)
    return (max(0.0, mean - below), min(1.0, mean + above))


def counts_table(documents: Sequence[Mapping[str, Counts]], categories: Sequence[str]) -> Floats:
    """True positives and errors (false positives and false negatives) as `[document, category, 2]`."""
    table = np.zeros((len(documents), len(categories), 2))
    column = {category: i for i, category in enumerate(categories)}
    for row, counts in enumerate(documents):
        for category, here in counts.items():
            table[row, column[category]] = here.true_positives, here.false_positives + here.false_negatives
    return table


def f1_scores(sums: Floats) -> Floats:
    """The F1 scores `[sample, score]` of counts `[sample, category, 2]`: micro, macro, then each category.

    NaN where nothing was labelled or predicted; the macro mean leaves such categories out.
    """
    categories = _f1(sums)
    n_present = np.sum(~np.isnan(categories), axis=1)
    macro = np.where(n_present, np.nansum(categories, axis=1) / np.maximum(n_present, 1), np.nan)
    return np.column_stack([_f1(sums.sum(axis=1)), macro, categories])


def resampled_sums(table: Floats, *, n_samples: int, seed: int) -> Floats:
    """The sums of `table` over as many of its rows, drawn with replacement, `n_samples` times."""
    n = len(table)
    if n == 0:
        return np.zeros((n_samples, *table.shape[1:]))
    generator, chances = np.random.default_rng(seed), np.full(n, 1 / n)
    return weighted_sums(table, lambda size: generator.multinomial(n, chances, size=size), n_samples=n_samples)


def weighted_sums(table: Floats, draw: Callable[[int], NDArray[np.int64]], *, n_samples: int) -> Floats:
    """The sums of the rows of `table`, each row times its weight, for the weights of `n_samples` draws.

    Args:
        table: `[row, ...]`.
        draw: gives the weights `[sample, row]` of that many further samples.
        n_samples: how many in all.
    """
    flat = table.reshape(len(table), -1)
    block = max(1, _BLOCK_CELLS // len(table))
    sizes = [min(block, n_samples - start) for start in range(0, n_samples, block)]
    # As floats, because numpy multiplies only those with BLAS; counts stay exact far beyond any data set.
    sums = np.concatenate([draw(size).astype(np.float64) @ flat for size in sizes])
    return sums.reshape(n_samples, *table.shape[1:])


def percentile_interval(values: Floats, *, level: float = 95.0) -> Interval:
    """The middle `level` per cent of the values that are numbers; (0, 0) where none is."""
    known = values[~np.isnan(values)]
    if not len(known):
        return (0.0, 0.0)
    low, high = np.percentile(known, [(100 - level) / 2, (100 + level) / 2])
    return (float(low), float(high))


def _f1(counts: Floats) -> Floats:
    """`[..., 2]` of hits and errors to F1, NaN where both are 0."""
    hits, errors = counts[..., 0], counts[..., 1]
    whole = 2 * hits + errors
    return np.where(whole, 2 * hits / np.maximum(whole, 1), np.nan)
