"""Bootstrap intervals of every F1."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.evaluation.intervals import (
    Interval,
    counts_table,
    f1_intervals,
    f1_scores,
    percentile_interval,
    resampled_sums,
)
from model_tools.evaluation.strict import Counts, add_up

COUNTS = st.builds(Counts, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
DOCUMENTS = st.lists(st.dictionaries(st.sampled_from("XYZ"), COUNTS, max_size=3), min_size=1, max_size=8)
MIXED = [{"X": Counts(4, 1, 1)}, {"X": Counts(2, 2, 0)}, {"X": Counts(5, 0, 0)}, {"X": Counts(0, 1, 3)}] * 5


def micro(documents: list[dict[str, Counts]], *, seed: int = 0) -> Interval:
    return f1_intervals(documents, ["X"], seed=seed).micro


def test_the_interval_is_seeded_and_holds_the_figure() -> None:
    low, high = micro(MIXED, seed=7)
    assert (low, high) == micro(MIXED, seed=7) != micro(MIXED, seed=8)
    assert 0 < low < add_up(MIXED)["X"].f1 < high < 1


@pytest.mark.parametrize("n_documents", [1, 2, 5, 20])
def test_an_interval_can_be_written_as_json(n_documents: int) -> None:
    """Numpy's own numbers cannot, and look like Python's until then."""
    intervals = f1_intervals(MIXED[:n_documents], ["X"])
    assert json.loads(msgspec.json.encode(intervals))["micro"] == list(intervals.micro)


def test_more_documents_make_the_interval_narrower() -> None:
    few, many = (micro([{"X": Counts(4, 1, 1)}, {"X": Counts(1, 2, 2)}] * n) for n in (3, 300))
    assert many[1] - many[0] < (few[1] - few[0]) / 2


@pytest.mark.parametrize("documents", [[], [{}], [{"X": Counts()}]])
def test_nothing_to_score_has_no_interval(documents: list[dict[str, Counts]]) -> None:
    assert micro(documents) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("counts", "n_documents", "low", "high"),
    [
        # Wilson's bound of J = 1 is n / (n + z²); one document counts as one observation.
        pytest.param(Counts(3, 0, 0), 1, 2 * 0.2065 / 1.2065, 1.0, id="one document without an error"),
        pytest.param(Counts(0, 2, 1), 1, 0.0, 2 * 0.7935 / 1.7935, id="one document without a hit"),
        pytest.param(Counts(3, 0, 0), 3, 0.61, 1.0, id="three documents"),
        pytest.param(Counts(3, 0, 0), 30, 0.97, 1.0, id="thirty documents"),
    ],
)
def test_no_error_yet_is_no_promise(counts: Counts, n_documents: int, low: float, high: float) -> None:
    documents = [{"X": counts}] * n_documents
    intervals = f1_intervals(documents, ["X"])
    assert intervals.micro == pytest.approx((low, high), abs=0.01)
    assert intervals.macro == pytest.approx(intervals.micro)
    assert intervals.categories["X"] == pytest.approx(intervals.micro)


def test_the_macro_interval_is_narrower_than_that_of_its_categories() -> None:
    documents = [{"X": Counts(3, 0, 0), "Y": Counts(3, 0, 0)}] * 4
    intervals = f1_intervals(documents, ["X", "Y"])
    assert 1 - intervals.macro[0] == pytest.approx((1 - intervals.categories["X"][0]) / np.sqrt(2))
    assert intervals.macro[1] == 1.0


def test_few_documents_without_an_error_cover_the_truth() -> None:
    """Eight documents of a model that is right 19 times in 20: many draws have no error, and their interval holds."""
    generator = np.random.default_rng(4)
    truth, held, perfect = 2 * 0.95 / 1.95, 0, 0
    for _ in range(200):
        hits = generator.binomial(4, 0.95, size=8)
        low, high = f1_intervals([{"X": Counts(int(n), int(4 - n), 0)} for n in hits], ["X"], n_samples=200).micro
        held += low <= truth <= high
        perfect += bool(hits.sum() == 32)
    assert perfect > 20
    assert held >= 185


def test_many_documents_need_no_widening() -> None:
    generator = np.random.default_rng(5)
    documents = [{"X": Counts(int(n), int(10 - n), int(10 - n))} for n in generator.binomial(10, 0.7, size=400)]
    low, high = micro(documents)
    bootstrap = percentile_interval(
        f1_scores(resampled_sums(counts_table(documents, ["X"]), n_samples=2000, seed=0))[:, 0]
    )
    assert (low, high) == pytest.approx(bootstrap, abs=0.002)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Documents of a known mean F1: 95 % intervals hold it in about 95 of 100 draws."""
    generator = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        hits = generator.binomial(10, 0.7, size=60)
        low, high = f1_intervals(
            [{"X": Counts(int(n), int(10 - n), int(10 - n))} for n in hits], ["X"], n_samples=400
        ).micro
        held += low <= 0.7 <= high
    assert 178 <= held <= 199  # four standard deviations around 190, and some for the bootstrap's own optimism


def test_a_rare_category_has_a_wide_interval_of_its_own() -> None:
    documents = [{"X": Counts(5, 1, 1)}] * 40 + [{"Y": Counts(1, 0, 1)}, {"Y": Counts(1, 1, 0)}, {"Y": Counts(0, 0, 1)}]
    intervals = f1_intervals(documents, ["X", "Y"])
    x_low, x_high = intervals.categories["X"]
    assert 0.75 < x_low < 5 / 6 < x_high < 0.9
    low, high = intervals.categories["Y"]
    assert high - low > 0.5
    assert intervals.micro[0] > low


@given(DOCUMENTS)
def test_scores_of_the_table_are_those_of_the_counts(documents: list[dict[str, Counts]]) -> None:
    total = add_up(documents)
    f1 = f1_scores(counts_table(documents, list(total)).sum(axis=0, keepdims=True))[0]
    present = [one.f1 for one in total.values() if one != Counts()]
    whole = sum(total.values(), Counts())
    assert np.nan_to_num(f1[0]) == pytest.approx(whole.f1)
    assert np.nan_to_num(f1[1]) == pytest.approx(sum(present) / len(present) if present else 0)
    assert np.nan_to_num(f1[2:]) == pytest.approx([one.f1 for one in total.values()])


def test_resamples_do_not_depend_on_how_many_are_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.arange(12.0).reshape(6, 1, 2)
    at_once = resampled_sums(table, n_samples=50, seed=1)
    monkeypatch.setattr("model_tools.evaluation.intervals._BLOCK_CELLS", 20)
    assert (resampled_sums(table, n_samples=50, seed=1) == at_once).all()
    assert at_once.shape == (50, 1, 2)
    assert (at_once[..., 1] - at_once[..., 0] == 6).all()  # six documents each time


def test_percentiles_leave_out_what_is_no_number() -> None:
    assert percentile_interval(np.array([np.nan, 1.0, 2.0, 3.0, np.nan]), level=100) == (1.0, 3.0)
