"""What is concluded from measured curves, and when nothing is."""

from dataclasses import replace

import numpy as np
import pytest

from model_tools.evaluation.strict import Counts
from model_tools.quality.forecast import HORIZON, MAX_FACTOR, conclude, forecast_f1, laws_of
from model_tools.quality.measured_curve import MeasuredCurve, TrainingOutcome, measured_curves, training_variance

SHARES = np.array([0.125, 0.25, 0.5, 0.75, 1.0])


def curve(n: float, asymptote: float, level: float, exponent: float = 0.5, *, sigma: float = 0.01) -> MeasuredCurve:
    """A power law that reaches `level` at `n` labels."""
    f1 = asymptote - (asymptote - level) * SHARES**-exponent
    return MeasuredCurve(
        n_documents=SHARES * n / 4,
        n_labels=SHARES * n,
        f1=f1,
        repeats=np.stack([f1, f1]),
        covariance=np.full((5, 5), sigma**2) + np.eye(5) * sigma**2 / 4,
        n_judged_labels=400,
    )


STEEP = curve(2000, 0.95, 0.75)
FLAT = curve(20_000, 0.91, 0.905, sigma=0.003)


def test_a_steep_curve_says_how_many_labels_are_needed() -> None:
    forecast = conclude(STEEP, {}, seed=0)[0].forecast
    assert forecast.verdict == "labels_needed"
    assert forecast.gain is not None
    assert forecast.at_horizon is not None
    truth = 2000 * ((0.2 / 0.17) ** 2 - 1)
    low, high = forecast.gain.interval
    assert low <= truth <= high <= (MAX_FACTOR - 1) * 2000 * 1.1
    assert low <= forecast.gain.n_more_labels <= high
    assert forecast.gain.n_more_documents == pytest.approx(forecast.gain.n_more_labels / 4, rel=0.1)
    assert forecast.at_horizon.n_labels == HORIZON * 2000
    low_f1, high_f1 = forecast.at_horizon.interval
    assert low_f1 <= 0.95 - 0.2 * 2**-0.5 <= high_f1
    assert forecast.sentence.startswith(f"About {forecast.gain.n_more_labels:,} more labels for +3 F1 (")


def test_a_flat_curve_says_that_more_hardly_help() -> None:
    conclusion = conclude(FLAT, {}, seed=0)[0]
    assert conclusion.forecast.verdict == "levels_off"
    assert conclusion.forecast.gain is None
    assert "will hardly help" in conclusion.forecast.sentence
    assert conclusion.fitted is not None


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (curve(14, 0.9, 0.5), "there are 14 X labels to learn from, and a forecast takes 15"),
        (replace(STEEP, n_judged_labels=3), "there are 3 X labels in the documents that judge"),
        (replace(STEEP, n_labels=np.array([0, 0, 0, 20.0, 40.0])), "fewer than 3 points of the curve have labels"),
        (curve(30, 0.9, 0.5, sigma=0.2), "F1 may be anything from"),
    ],
)
def test_what_the_data_do_not_support_is_not_told(one: MeasuredCurve, reason: str) -> None:
    conclusion = conclude(STEEP, {"X": one}, seed=0)[1]["X"]
    assert conclusion.forecast.verdict == "cannot_tell"
    assert reason in conclusion.forecast.sentence
    assert conclusion.fitted is None
    assert conclusion.forecast.gain is None


def test_an_open_end_gives_the_least_number_and_the_expected_f1() -> None:
    forecast = conclude(curve(400, 0.80, 0.70, sigma=0.02), {}, seed=0)[0].forecast
    assert forecast.verdict == "cannot_tell"
    assert "at least" in forecast.sentence
    assert forecast.at_horizon is not None


def test_a_category_borrows_the_shape_of_all() -> None:
    sparse = replace(curve(200, 0.9, 0.6, sigma=0.03))
    steep, slow = (curve(4000, 0.9, 0.7, exponent, sigma=0.002) for exponent in (1.5, 0.15))
    exponents = []
    for overall in (steep, slow):
        fitted = conclude(overall, {"X": sparse}, seed=0)[1]["X"].fitted
        assert fitted is not None
        exponents.append(fitted.exponent)
    assert exponents[0] > exponents[1]


def test_a_fitted_curve_runs_from_the_first_point_to_the_horizon_inside_its_band() -> None:
    fitted = conclude(STEEP, {}, seed=0)[0].fitted
    assert fitted is not None
    assert (fitted.n_labels[0], fitted.n_labels[-1]) == pytest.approx((250, 4000))
    assert all(low <= f1 <= high for low, f1, high in zip(fitted.low, fitted.f1, fitted.high, strict=True))
    law = fitted.asymptote - fitted.scale * np.array(fitted.n_labels) ** -fitted.exponent
    assert law == pytest.approx(np.array(fitted.f1), abs=0.02)


def test_a_forecast_of_a_training_is_less_sure_than_its_law() -> None:
    laws = laws_of(STEEP)
    assert laws is not None
    low, middle, high = forecast_f1(laws, 4000, seed=0)
    law_low, law_high = np.quantile(laws.f1(np.array([4000.0])), [0.1, 0.9])
    assert 0 <= low < law_low < middle < law_high < high <= 1


def outcome(n_labels: int, counts: list[tuple[int, int, int]]) -> TrainingOutcome:
    return TrainingOutcome(n_labels, {"A": n_labels, "B": 0}, [{"A": Counts(*each)} for each in counts])


def test_points_add_up_the_counts_of_all_repeats() -> None:
    outcomes = [
        [outcome(5, [(1, 1, 1), (0, 0, 2)]), outcome(10, [(2, 0, 0), (1, 0, 1)])],
        [outcome(7, [(0, 0, 2), (0, 1, 2)]), outcome(12, [(2, 0, 0), (2, 0, 0)])],
    ]
    overall, categories = measured_curves(outcomes, ["A", "B"], is_out_of_fold=False, seed=0)
    assert overall.f1 == pytest.approx([2 / (2 + 2 + 7), 14 / 15])
    assert categories["A"].f1 == pytest.approx(overall.f1)
    assert overall.n_labels.tolist() == [6, 11]
    assert overall.repeats == pytest.approx(np.array([[1 / 3, 6 / 7], [0, 1]]))
    assert categories["A"].n_judged_labels == 4
    assert categories["B"].n_judged_labels == 0
    assert np.isnan(categories["B"].repeats).all()


def test_documents_that_judge_all_points_move_them_together() -> None:
    generator = np.random.default_rng(0)
    hard = generator.uniform(0, 1, 80)

    def judged(skill: float) -> TrainingOutcome:
        hits = (skill - 0.5 * hard > generator.uniform(0, 0.5, 80)) * 4
        return outcome(20, [(int(hit), 0, 4 - int(hit)) for hit in hits])

    points = [judged(0.5), judged(0.6)]
    overall, _ = measured_curves([points], ["A", "B"], is_out_of_fold=False, seed=0)
    assert overall.covariance[0, 1] > 0.1 * overall.covariance[0, 0]
    twice = [points, points]
    again, _ = measured_curves(twice, ["A", "B"], is_out_of_fold=False, seed=0)
    others, _ = measured_curves(twice, ["A", "B"], is_out_of_fold=True, seed=0)
    assert again.covariance == pytest.approx(overall.covariance)  # the same documents twice are no more documents
    assert others.covariance[0, 0] == pytest.approx(overall.covariance[0, 0] / 2, rel=0.25)
    assert others.n_judged_labels == 2 * again.n_judged_labels


def test_the_luck_of_a_training_shrinks_with_labels_and_never_vanishes() -> None:
    variance = training_variance(np.array([0.5, 0.5, 0.0, 1.0]), np.array([10.0, 1000.0, 10.0, 10.0]))
    assert variance[0] > variance[1] > 0
    assert min(variance[2:]) > 0
