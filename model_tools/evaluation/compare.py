"""Whether one model is better than another, or only luckier on these documents."""

from typing import Literal

import msgspec
import numpy as np

from model_tools.errors import InvalidInputError
from model_tools.evaluation.intervals import (
    Floats,
    Interval,
    counts_table,
    f1_scores,
    percentile_interval,
    resampled_sums,
    weighted_sums,
)
from model_tools.evaluation.report import EvaluationReport
from model_tools.evaluation.strict import count_by_category

N_RESAMPLES = 10_000
SIGNIFICANCE = 0.05
"""A difference this unlikely to be luck is called one."""

Winner = Literal["A", "B"]

# Sums of the same counts in another order differ in the last bits.
_TOLERANCE = 1e-12


class Difference(msgspec.Struct, frozen=True):
    """Strict F1 of A and of B, and how sure the difference is."""

    a: float
    b: float
    difference: float
    """b - a."""
    interval: Interval
    """95 % of the paired bootstrap over documents."""
    p_value: float
    """Two-sided, of the approximate randomisation test: how often models that are equal differ as much."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two models on identical documents."""

    verdict: str
    """One sentence about the micro F1."""
    winner: Winner | None
    """None where the documents cannot tell."""
    micro: Difference
    macro: Difference
    categories: dict[str, Difference]
    """Each tested on its own: of twenty equal ones, one is expected to fall below p = 0.05."""
    n_documents: int
    n_resamples: int
    seed: int


def compare(a: EvaluationReport, b: EvaluationReport, *, seed: int = 0, n_resamples: int = N_RESAMPLES) -> Comparison:
    """Compares the strict F1 of two models that were evaluated on the same labelled documents.

    The interval tells how large the difference is (paired bootstrap: documents drawn with replacement, the same for
    both); the test tells whether it may be none (approximate randomisation: which model gave which answer is drawn
    anew for each document).

    Args:
        a: of the model to beat.
        b: of the other one.
        seed: of both draws.
        n_resamples: of each.

    Raises:
        InvalidInputError: there are no documents, or the two are not about the same ones with the same labels.
    """
    _require_same_documents(a, b)
    categories = sorted(a.categories.keys() | b.categories.keys())
    tables = [
        counts_table([count_by_category(one.labels, one.entities) for one in report.documents], categories)
        for report in (a, b)
    ]
    differences = _differences(*tables, seed=seed, n_resamples=n_resamples)
    micro, macro, *rest = differences
    winner = _winner(micro)
    return Comparison(
        verdict=_verdict(micro, winner),
        winner=winner,
        micro=micro,
        macro=macro,
        categories=dict(zip(categories, rest, strict=True)),
        n_documents=a.n_documents,
        n_resamples=n_resamples,
        seed=seed,
    )


def _require_same_documents(a: EvaluationReport, b: EvaluationReport) -> None:
    if not a.documents:
        raise InvalidInputError("There are no documents to compare on.", inner_code="NoDocuments")
    # The labels, not their records: these hold what each model thought of them.
    one, other = ([(d.id, d.length, d.labels) for d in report.documents] for report in (a, b))
    if one != other:
        raise InvalidInputError(
            "The two evaluations are not of the same documents with the same labels.", inner_code="DifferentDocuments"
        )


def _differences(a: Floats, b: Floats, *, seed: int, n_resamples: int) -> list[Difference]:
    """Micro, macro, then each category, from counts `[document, category, 2]`."""
    f1_a, f1_b = (np.nan_to_num(f1_scores(table.sum(axis=0, keepdims=True))[0]) for table in (a, b))
    resampled = _bootstrap(a, b, seed=seed, n_resamples=n_resamples)
    swapped = _randomisation(a, b, seed=seed, n_resamples=n_resamples)
    as_large = np.abs(swapped) >= np.abs(f1_b - f1_a) - _TOLERANCE
    # The answer that was observed is one of those that could have been drawn, hence the two ones.
    p_values = (1 + as_large.sum(axis=0)) / (1 + n_resamples)
    return [
        Difference(
            float(f1_a[i]),
            float(f1_b[i]),
            float(f1_b[i] - f1_a[i]),
            percentile_interval(resampled[:, i]),
            float(p_values[i]),
        )
        for i in range(len(f1_a))
    ]


def _bootstrap(a: Floats, b: Floats, *, seed: int, n_resamples: int) -> Floats:
    """Differences `[resample, score]` on documents drawn with replacement, the same for both."""
    both = resampled_sums(np.stack([a, b], axis=1), n_samples=n_resamples, seed=seed)
    return _f1_differences(both[:, 0], both[:, 1])


def _randomisation(a: Floats, b: Floats, *, seed: int, n_resamples: int) -> Floats:
    """Differences `[resample, score]` when a coin decides, document by document, whose answer is whose."""
    generator = np.random.default_rng(seed)
    moved = weighted_sums(b - a, lambda size: generator.integers(0, 2, size=(size, len(a))), n_samples=n_resamples)
    return _f1_differences(a.sum(axis=0) + moved, b.sum(axis=0) - moved)


def _f1_differences(a: Floats, b: Floats) -> Floats:
    """What one of the two neither labels nor predicts scores 0 there."""
    differences: Floats = np.nan_to_num(f1_scores(b)) - np.nan_to_num(f1_scores(a))
    return differences


def _winner(micro: Difference) -> Winner | None:
    low, high = micro.interval
    if micro.p_value >= SIGNIFICANCE or low <= 0 <= high:
        return None
    return "B" if micro.difference > 0 else "A"


def _verdict(micro: Difference, winner: Winner | None) -> str:
    points, (low, high) = 100 * micro.difference, (100 * bound for bound in micro.interval)
    if winner == "A" or (winner is None and points < 0):
        points, low, high = -points, -high, -low
    p_value = "p < 0.001" if micro.p_value < 0.001 else f"p = {micro.p_value:.{2 if micro.p_value >= 0.01 else 3}f}"
    sure = f"(95 % interval {low:.1f} to {high:.1f}, {p_value})"
    if winner:
        return f"{winner} is better by {points:.1f} points {sure}."
    leader = "B" if micro.difference > 0 else "A"
    ahead = f"{leader} is ahead by {points:.1f} points" if micro.difference else "the two score the same"
    return f"Cannot tell which is better: {ahead} {sure}."
