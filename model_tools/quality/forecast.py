"""What more labels would bring, read off the measured curves; or that they do not tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

import numpy as np

from model_tools.evaluation.intervals import Floats
from model_tools.quality.curve_result import F1Forecast, FittedCurve, Forecast, GainForecast
from model_tools.quality.measured_curve import MeasuredCurve, training_variance
from model_tools.quality.power_law import PowerLaws, blurred, fit_power_laws

GAIN = 0.03
"""That forecasts are made for: three points of F1."""
LEVEL = 80.0
"""Per cent of the cases in which a forecast's interval is meant to hold."""
HORIZON = 2.0
"""Times the labels there are, up to which F1 is forecast."""

MIN_POINTS = 3
"""With labels: a power law has three parameters."""
MIN_LABELS, MIN_JUDGED_LABELS = 15, 15
"""Of a category, to train on at the last point and to judge by."""
MIN_F1 = 0.1
"""At the last point: curves begin with a stretch in which hardly anything is found, and nothing tells its length."""
MAX_WIDTH = 0.25
"""Of the interval of F1 at the horizon: a wider one is no forecast."""
MAX_FACTOR = 4.0
"""Times the labels there are: what needs more is beyond what a curve foretells."""
# A measured curve strays from a law the further, the further a point lies from the last: points of F1 per doubling.
_STRAY = 0.01
_GRID = 25
_STEPS = 200
_QUANTILES = ((100 - LEVEL) / 200, 0.5, (100 + LEVEL) / 200)
_TOO_FEW_POINTS = f"Cannot tell: fewer than {MIN_POINTS} points of the curve have labels."


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Of one curve."""

    laws: PowerLaws | None
    """None where there are too few points."""
    fitted: FittedCurve | None
    forecast: Forecast


def conclude(
    overall: MeasuredCurve, categories: Mapping[str, MeasuredCurve], *, seed: int
) -> tuple[Conclusion, dict[str, Conclusion]]:
    """What the curve of all labels foretells, and that of each category.

    A category has few labels, so its curve is thought to be shaped about like the one of all.
    """
    laws = laws_of(overall, seed=seed)
    prior = None if laws is None else blurred(laws.exponent_weights)
    return _conclude("", overall, laws, seed), {
        name: _conclude(name, curve, laws_of(curve, exponent_prior=prior, seed=seed), seed)
        for name, curve in categories.items()
    }


def laws_of(curve: MeasuredCurve, *, exponent_prior: Floats | None = None, seed: int = 0) -> PowerLaws | None:
    """The power laws that the points with labels allow; None where there are too few points."""
    used = np.flatnonzero(curve.n_labels > 0)
    if len(used) < MIN_POINTS:
        return None
    labels = curve.n_labels[used]
    noise = np.diag(
        training_variance(curve.f1, curve.n_labels)[used] / len(curve.repeats) + _stray(labels[-1] / labels)
    )
    covariance = curve.covariance[np.ix_(used, used)] + noise
    return fit_power_laws(labels, curve.f1[used], covariance, exponent_prior=exponent_prior, seed=seed)


def forecast_f1(laws: PowerLaws, n_labels: float, *, seed: int) -> tuple[float, float, float]:
    """F1 of one training on that many labels: the low end of the interval of `LEVEL`, the middle, and the high end.

    Unsure are the law, the luck of a training, and how far a measured curve strays from any law.
    """
    f1 = laws.f1(np.array([n_labels]))[:, 0]
    variance = training_variance(f1, np.full_like(f1, n_labels)) + _stray(n_labels / laws.n)
    draws = f1 + np.sqrt(variance) * np.random.default_rng(seed).standard_normal(len(f1))
    low, middle, high = np.quantile(np.clip(draws, 0.0, 1.0), _QUANTILES).tolist()
    return low, middle, high


def labels_needed(laws: PowerLaws, gain: float, *, seed: int) -> Floats:
    """Labels beyond those at the last point for `gain` more F1, `[draw]`; infinite where they exceed `MAX_FACTOR`."""
    ratios = np.geomspace(1.0, MAX_FACTOR, _STEPS)
    luck = np.random.default_rng(seed).standard_normal(len(laws.level))
    gains = laws.f1(laws.n * ratios) - laws.level[:, None] + luck[:, None] * np.sqrt(_stray(ratios))
    is_reached = gains >= gain
    needed: Floats = np.where(is_reached.any(axis=1), laws.n * (ratios[is_reached.argmax(axis=1)] - 1), np.inf)
    return needed


def _conclude(name: str, curve: MeasuredCurve, laws: PowerLaws | None, seed: int) -> Conclusion:
    reason = _missing(name, curve)
    if reason or laws is None:
        return Conclusion(laws, None, Forecast("cannot_tell", reason or _TOO_FEW_POINTS))
    at_horizon = _f1_forecast(curve, laws, seed)
    low, high = at_horizon.interval
    if high - low > MAX_WIDTH:
        sides = f"{_points(low)} to {_points(high)}"
        sentence = f"Cannot tell: with twice as many {_labels(name)}, F1 may be anything from {sides}."
        return Conclusion(laws, None, Forecast("cannot_tell", sentence))
    return Conclusion(laws, _fitted(curve, laws), _verdict(name, curve, laws, at_horizon, seed))


def _missing(name: str, curve: MeasuredCurve) -> str | None:
    """Why nothing can be told, where that shows before any fit."""
    n, judged = round(float(curve.n_labels[-1])), curve.n_judged_labels
    if n < MIN_LABELS:
        return f"Cannot tell: there are {n} {_labels(name)} to learn from, and a forecast takes {MIN_LABELS}."
    if judged < MIN_JUDGED_LABELS:
        return (
            f"Cannot tell: there are {judged} {_labels(name)} in the documents that judge, "
            f"and a forecast takes {MIN_JUDGED_LABELS}."
        )
    if curve.f1[-1] < MIN_F1:
        return f"Cannot tell: with the {n} {_labels(name)} there are, hardly any is found yet."
    return None


def _verdict(name: str, curve: MeasuredCurve, laws: PowerLaws, at_horizon: F1Forecast, seed: int) -> Forecast:
    needed = labels_needed(laws, GAIN, seed=seed)
    low, middle, high = np.quantile(needed, _QUANTILES, method="nearest").tolist()
    sides = " to ".join(f"{100 * bound:.1f}" for bound in at_horizon.gain_interval)
    expected = f"twice as many are expected to bring +{100 * at_horizon.gain:.1f} F1 ({sides})"
    if isfinite(high):
        gain = GainForecast(
            gain=GAIN,
            n_more_labels=_rounded(middle, round),
            interval=(_rounded(low, floor), _rounded(high, ceil)),
            n_more_documents=_rounded(middle * _documents_a_label(curve), round),
            level=LEVEL,
        )
        sentence = (
            f"About {gain.n_more_labels:,} more {_labels(name)} for +{_points(GAIN)} F1 "
            f"({gain.interval[0]:,} to {gain.interval[1]:,}), in about {gain.n_more_documents:,} more documents like "
            "these."
        )
        return Forecast("labels_needed", sentence, gain, at_horizon)
    if low > (HORIZON - 1) * laws.n:
        return Forecast("levels_off", f"More {_labels(name)} help little: {expected}.", None, at_horizon)
    sentence = (
        f"Cannot tell how many more {_labels(name)} bring +{_points(GAIN)} F1: "
        f"at least {_rounded(low, floor):,}; {expected}."
    )
    return Forecast("cannot_tell", sentence, None, at_horizon)


def _f1_forecast(curve: MeasuredCurve, laws: PowerLaws, seed: int) -> F1Forecast:
    n_labels = HORIZON * laws.n
    low, middle, high = forecast_f1(laws, n_labels, seed=seed)
    gains = laws.f1(np.array([n_labels]))[:, 0] - laws.level
    low_gain, gain, high_gain = np.quantile(gains, _QUANTILES).tolist()
    return F1Forecast(
        n_labels=round(n_labels),
        n_documents=round(n_labels * _documents_a_label(curve)),
        f1=middle,
        interval=(low, high),
        gain=gain,
        gain_interval=(low_gain, high_gain),
        level=LEVEL,
    )


def _fitted(curve: MeasuredCurve, laws: PowerLaws) -> FittedCurve:
    first = float(curve.n_labels[curve.n_labels > 0][0])
    labels = np.geomspace(first, HORIZON * laws.n, _GRID)
    draws = laws.f1(labels)
    low, middle, high = np.quantile(draws, _QUANTILES, axis=0)
    nearest = int(np.argmin(np.sum((draws - middle) ** 2, axis=1)))
    asymptote, exponent = float(laws.asymptote[nearest]), float(laws.exponent[nearest])
    return FittedCurve(
        n_labels=tuple(labels.tolist()),
        f1=tuple(middle.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        level=LEVEL,
        asymptote=asymptote,
        scale=(asymptote - float(laws.level[nearest])) * laws.n**exponent,
        exponent=exponent,
    )


def _documents_a_label(curve: MeasuredCurve) -> float:
    return float(curve.n_documents[-1] / curve.n_labels[-1])


def _labels(name: str) -> str:
    return f"{name} labels" if name else "labels"


def _points(f1: float) -> str:
    return f"{100 * f1:.0f}"


def _rounded(value: float, how: Callable[[float], int]) -> int:
    """To two significant digits, and at least 1."""
    unit: int = 10 ** max(0, floor(log10(max(value, 1.0))) - 1)
    return max(1, how(value / unit) * unit)


def _stray(ratio: Floats | float) -> Floats:
    stray: Floats = (_STRAY * np.log2(ratio)) ** 2
    return stray
