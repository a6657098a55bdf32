"""Power laws through points: what is recovered, what is bounded, and whether the intervals hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_tools.evaluation.intervals import Floats
from model_tools.quality.power_law import EXPONENTS, PowerLaws, blurred, default_exponent_prior, fit_power_laws

LABELS = np.array([50.0, 100.0, 200.0, 300.0, 400.0])


def law(asymptote: float, scale: float, exponent: float, labels: Floats) -> Floats:
    values: Floats = asymptote - scale * labels**-exponent
    return values


def fitted(f1: Floats, sigma: float = 0.01, labels: Floats = LABELS) -> PowerLaws:
    return fit_power_laws(labels, f1, np.eye(len(labels)) * sigma**2)


@pytest.mark.parametrize(
    ("asymptote", "scale", "exponent"),
    [(0.95, 2.0, 0.5), (0.8, 5.0, 0.9), (0.9, 1.0, 0.25), (0.7, 0.0, 0.5)],
)
def test_a_law_without_noise_is_found_again(asymptote: float, scale: float, exponent: float) -> None:
    laws = fitted(law(asymptote, scale, exponent, LABELS), sigma=0.001)
    ahead = np.array([800.0])
    low, middle, high = np.quantile(laws.f1(ahead), [0.05, 0.5, 0.95])
    truth = law(asymptote, scale, exponent, ahead)[0]
    assert middle == pytest.approx(truth, abs=0.01)
    assert low - 0.002 <= truth <= high + 0.002


@given(
    f1=st.lists(st.floats(0, 1), min_size=5, max_size=5).map(np.array),
    sigma=st.floats(0.001, 0.3),
)
@settings(max_examples=30, deadline=None)
def test_whatever_was_measured_laws_are_bounded_and_rise(f1: Floats, sigma: float) -> None:
    laws = fitted(f1, sigma)
    curves = laws.f1(np.geomspace(10, 4000, 12))
    assert np.all((curves >= 0) & (curves <= 1))
    assert np.all(np.diff(curves, axis=1) >= -1e-12)
    assert np.all(laws.asymptote <= 1)
    assert np.all(laws.asymptote >= laws.level)
    assert laws.exponent_weights.sum() == pytest.approx(1)


def test_one_training_that_failed_does_not_bend_the_curve() -> None:
    f1 = law(0.95, 2.0, 0.5, LABELS)
    failed = np.where(LABELS == 300, 0.0, f1)
    ahead = np.array([800.0])
    sound, robust = (float(np.median(fitted(values, sigma=0.02).f1(ahead))) for values in (f1, failed))
    assert robust == pytest.approx(sound, abs=0.02)


def test_noise_that_all_points_share_says_nothing_about_the_shape() -> None:
    f1 = law(0.95, 2.0, 0.5, LABELS)
    alone = fit_power_laws(LABELS, f1, np.eye(5) * 0.005**2)
    shared = fit_power_laws(LABELS, f1, np.eye(5) * 0.005**2 + 0.03**2)
    gains = [np.quantile(laws.f1(np.array([800.0]))[:, 0] - laws.level, [0.1, 0.9]) for laws in (alone, shared)]
    assert np.ptp(gains[1]) < 2 * np.ptp(gains[0])
    assert np.std(shared.level) > 3 * np.std(alone.level)


def test_intervals_hold_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(0)
    ahead, hits, n = np.array([800.0]), 0, 120
    for _ in range(n):
        exponent = float(generator.choice(EXPONENTS, p=default_exponent_prior()))
        level = generator.uniform(0.3, 0.9)
        asymptote = level + np.sqrt(generator.uniform()) * (1 - level)
        truth = law(asymptote, (asymptote - level) * LABELS[-1] ** exponent, exponent, LABELS)
        laws = fitted(truth + 0.02 * generator.standard_normal(5), sigma=0.02)
        low, high = np.quantile(laws.f1(ahead), [0.1, 0.9])
        hits += low <= law(asymptote, (asymptote - level) * LABELS[-1] ** exponent, exponent, ahead)[0] <= high
    assert 0.7 <= hits / n <= 0.9  # 80 % meant; three standard errors are 11


def test_a_blurred_prior_keeps_its_centre_and_widens() -> None:
    weights = np.zeros(len(EXPONENTS))
    weights[12] = 1.0
    prior = blurred(weights)
    assert int(np.argmax(prior)) == 12
    assert prior.sum() == pytest.approx(1)
    assert prior[12] < 0.5
