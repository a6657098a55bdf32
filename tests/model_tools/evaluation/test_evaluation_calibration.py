"""Reliability of confidences, by hand and against scikit-learn."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.evaluation.calibration import Outcome, outcomes_of, reliability
from model_tools.spans import Entity, Label


def outcomes(pairs: list[tuple[float, bool]]) -> list[Outcome]:
    return [Outcome("X", confidence, is_right) for confidence, is_right in pairs]


def test_only_the_exact_span_and_category_are_right() -> None:
    labels = [Label(0, 4, "X"), Label(5, 9, "X")]
    entities = [Entity(0, 4, "X", 0.9), Entity(5, 8, "X", 0.8), Entity(10, 12, "Y", 0.7)]
    assert outcomes_of(labels, entities) == [("X", 0.9, True), ("X", 0.8, False), ("Y", 0.7, False)]


def test_by_hand() -> None:
    report = reliability(outcomes([(0.95, True), (0.97, True), (0.93, False), (0.55, True), (0.51, False)]))
    middle, top = report.bins
    assert (middle.low, middle.high, middle.n_entities) == pytest.approx((0.5, 0.6, 2))
    assert (middle.confidence, middle.accuracy) == pytest.approx((0.53, 0.5))
    assert (top.confidence, top.accuracy) == pytest.approx((0.95, 2 / 3))
    assert report.expected_calibration_error == pytest.approx((2 * 0.03 + 3 * (0.95 - 2 / 3)) / 5)


def test_no_entities_no_error() -> None:
    assert reliability([]).n_entities == 0


def test_one_confidence_for_all_is_one_bin() -> None:
    report = reliability(outcomes([(1.0, True), (1.0, False), (1.0, True), (1.0, True)]))
    assert report.expected_calibration_error == report.adaptive_calibration_error == pytest.approx(0.25)
    assert [(one.high, one.n_entities) for one in report.bins] == [(1.0, 4)]


PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


@given(PAIRS, st.randoms())
def test_bins_hold_every_entity_once_and_order_does_not_matter(pairs: list[tuple[float, bool]], random: Random) -> None:
    report = reliability(outcomes(pairs))
    assert sum(one.n_entities for one in report.bins) == report.n_entities == len(pairs)
    for one in report.bins:
        assert one.low - 1e-9 <= one.confidence <= one.high + 1e-9
    random.shuffle(pairs)
    shuffled = reliability(outcomes(pairs))
    assert shuffled.expected_calibration_error == pytest.approx(report.expected_calibration_error)
    assert shuffled.adaptive_calibration_error == pytest.approx(report.adaptive_calibration_error)
    assert 0 <= report.adaptive_calibration_error <= 1


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_both_errors_agree_with_scikit_learn_s_curve(strategy: str) -> None:
    reference = pytest.importorskip("sklearn.calibration", reason="scikit-learn is not installed")
    generator = np.random.default_rng(0)
    confidences = generator.beta(4, 1.5, size=1003)
    is_right = generator.random(1003) < confidences**2
    accuracy, confidence = reference.calibration_curve(is_right, confidences, n_bins=10, strategy=strategy)
    report = reliability(outcomes(list(zip(confidences.tolist(), is_right.tolist(), strict=True))))
    if strategy == "uniform":
        assert [one.accuracy for one in report.bins] == pytest.approx(accuracy.tolist())
        assert [one.confidence for one in report.bins] == pytest.approx(confidence.tolist())
    else:
        # Quantiles of 1003 values: bins of 100 or 101, of which scikit-learn gives no counts.
        assert report.adaptive_calibration_error == pytest.approx(np.abs(accuracy - confidence).mean(), rel=0.01)
