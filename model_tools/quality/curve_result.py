"""What a learning curve says, as data: the answer of the verb, of the job and of the API. Nothing here computes."""

from typing import Literal

import msgspec

from model_tools.errors import Problem
from model_tools.evaluation.intervals import Interval

Verdict = Literal["labels_needed", "levels_off", "cannot_tell"]


class FittedCurve(msgspec.Struct, frozen=True):
    """The law, from the first point to the horizon, with a band for the law itself."""

    n_labels: tuple[float, ...]
    f1: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float
    """Per cent of the band."""
    asymptote: float
    """a of a - b n^-c, of the law nearest to `f1`."""
    scale: float
    """b."""
    exponent: float
    """c."""


class F1Forecast(msgspec.Struct, frozen=True):
    """What a training on more labels is expected to score."""

    n_labels: int
    n_documents: int
    f1: float
    interval: Interval
    """Of what a training would score: the luck of one is in it."""
    gain: float
    """Over the last point, by the law."""
    gain_interval: Interval
    level: float
    """Per cent of both intervals."""


class GainForecast(msgspec.Struct, frozen=True):
    """How many labels more for how much more F1."""

    gain: float
    n_more_labels: int
    interval: tuple[int, int]
    n_more_documents: int
    """Of the same kind."""
    level: float


class Forecast(msgspec.Struct, frozen=True):
    """The conclusion."""

    verdict: Verdict
    sentence: str
    gain: GainForecast | None = None
    """Where the verdict is `labels_needed`."""
    at_horizon: F1Forecast | None = None
    """None where nothing at all can be told."""


class CurvePoint(msgspec.Struct, frozen=True):
    """What models trained on that many labels scored."""

    n_documents: int
    """Trained on; the mean of the repeats, as `n_labels`."""
    n_labels: int
    f1: float
    """Of all repeats together."""
    f1_interval: Interval
    """95 %, over other documents and other trainings."""
    repeats: tuple[float | None, ...]
    """F1 of each; None where nothing was labelled or predicted."""


class Curve(msgspec.Struct, frozen=True):
    """The curve of one category, or of all together."""

    points: tuple[CurvePoint, ...]
    n_judged_labels: int
    """Labels in the documents that judge."""
    fitted: FittedCurve | None
    """None where the points allow any curve."""
    forecast: Forecast


class LearningCurve(msgspec.Struct, frozen=True, kw_only=True):
    """What `learning-curve` finds out."""

    overall: Curve
    categories: dict[str, Curve]
    recipe: str
    seed: int
    n_repeats: int
    n_documents: int
    """To train on, at the last point."""
    n_judged_documents: int
    is_out_of_fold: bool
    """Whether the documents took turns in judging, because the test split is small or missing."""
    seconds: float
    warnings: tuple[Problem, ...]
