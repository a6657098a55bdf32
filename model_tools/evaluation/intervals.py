"""How far the scores would move on other documents of the same kind: bootstrap intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_tools.evaluation.strict import Counts

Floats = NDArray[np.float64]
Interval = tuple[float, float]

# Cells of one block of draws, `[resample, document]`: bounds the memory to some tens of megabytes.
_BLOCK_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class F1Intervals:
    """95 % intervals of every F1."""

    micro: Interval
    macro: Interval
    categories: dict[str, Interval]


def f1_intervals(
    documents: Sequence[Mapping[str, Counts]], categories: Sequence[str], *, seed: int = 0, n_samples: int = 2000
) -> F1Intervals:
    """The 95 % bootstrap intervals of all F1 scores, documents drawn with replacement.

    Documents, not entities, are drawn: those of one document are right or wrong together. A resample in which a
    category does not occur says nothing about it and is left out of its interval.

    Args:
        documents: the counts of each, by category.
        categories: all that occur in `documents`.
        seed: of the draws.
        n_samples: how many resamples.
    """
    f1 = f1_scores(resampled_sums(counts_table(documents, categories), n_samples=n_samples, seed=seed))
    micro, macro, *rest = (percentile_interval(column) for column in f1.T)
    return F1Intervals(micro, macro, dict(zip(categories, rest, strict=True)))


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
