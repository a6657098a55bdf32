"""Whether a confidence of 0.8 is right eight times in ten."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from model_tools.spans import Entity, Label

_N_BINS = 10

Floats = NDArray[np.float64]


class Outcome(NamedTuple):
    """A predicted entity, and whether span and category are exactly those of a label."""

    category: str
    confidence: float
    is_right: bool


class ReliabilityBin(msgspec.Struct, frozen=True):
    """The entities whose confidence lies between `low` and `high`."""

    low: float
    high: float
    n_entities: int
    confidence: float
    """Their mean."""
    accuracy: float
    """The share of them that is right; equal to `confidence` in a calibrated model."""


class Reliability(msgspec.Struct, frozen=True):
    """How well confidences foretell what is right."""

    n_entities: int
    expected_calibration_error: float
    """Mean distance between confidence and accuracy, over bins of equal width."""
    adaptive_calibration_error: float
    """The same over bins of about equally many entities: steadier where most confidences are high."""
    bins: tuple[ReliabilityBin, ...]
    """Of equal width, empty ones left out: the reliability diagram's rows."""


def outcomes_of(expected: Iterable[Label], predicted: Iterable[Entity]) -> list[Outcome]:
    """The outcomes of one document."""
    labelled = {(label.start, label.end, label.category) for label in expected}
    return [
        Outcome(entity.category, entity.confidence, (entity.start, entity.end, entity.category) in labelled)
        for entity in predicted
    ]


def reliability(outcomes: Sequence[Outcome], *, n_bins: int = _N_BINS) -> Reliability:
    """Sets the confidences of predicted entities against what became of them; no entities, no error."""
    if not outcomes:
        return Reliability(0, 0.0, 0.0, ())
    confidences = np.array([outcome.confidence for outcome in outcomes])
    is_right = np.array([outcome.is_right for outcome in outcomes], dtype=np.float64)
    equal_width = _bins(confidences, is_right, np.linspace(0, 1, n_bins + 1))
    # Edges between distinct values, so that entities of one confidence are never torn apart.
    equal_mass = _bins(confidences, is_right, np.unique(np.quantile(confidences, np.linspace(0, 1, n_bins + 1))))
    return Reliability(len(outcomes), _error(equal_width), _error(equal_mass), equal_width)


def _bins(confidences: Floats, is_right: Floats, edges: Floats) -> tuple[ReliabilityBin, ...]:
    inner = edges[1:-1]
    positions = np.searchsorted(inner, confidences, side="right")
    return tuple(
        ReliabilityBin(
            float(edges[i]),
            float(edges[min(i + 1, len(edges) - 1)]),
            int(members.sum()),
            float(confidences[members].mean()),
            float(is_right[members].mean()),
        )
        for i in range(len(inner) + 1)
        if (members := positions == i).any()
    )


def _error(bins: Sequence[ReliabilityBin]) -> float:
    n = sum(one.n_entities for one in bins)
    return sum(one.n_entities * abs(one.accuracy - one.confidence) for one in bins) / n
