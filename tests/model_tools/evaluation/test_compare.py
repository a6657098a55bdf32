"""Comparing two models: figures by hand, the test against all its possible outcomes, and its rate of false alarms."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from model_tools.documents import Document
from model_tools.errors import InvalidInputError
from model_tools.evaluation.compare import compare
from model_tools.evaluation.report import EvaluationReport, evaluate
from model_tools.spans import Entity, Label

N_LABELS = 5
TEXT = "x " * N_LABELS


class FirstOnes:
    """A predictor that finds the first so many labels of each document, and nothing else."""

    def __init__(self, hits: Sequence[int], category: str = "X") -> None:
        self._hits = hits
        self._category = category

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [
            [Entity(2 * i, 2 * i + 1, self._category, 0.9) for i in range(n)]
            for n, _ in zip(self._hits, texts, strict=True)
        ]


def documents(n: int, category: str = "X") -> list[Document]:
    labels = tuple(Label(2 * i, 2 * i + 1, category) for i in range(N_LABELS))
    return [Document(str(i), TEXT, labels, "en", "test") for i in range(n)]


def report(hits: Sequence[int], category: str = "X") -> EvaluationReport:
    return evaluate(FirstOnes(hits, category), documents(len(hits)))


def f1(n_hits: int, n_documents: int) -> float:
    return 2 * n_hits / (n_hits + N_LABELS * n_documents)


def test_a_clear_difference_in_words() -> None:
    a, b = report([2, 3, 2, 1, 3, 2, 2, 3] * 5), report([4, 4, 3, 4, 5, 4, 3, 5] * 5)
    comparison = compare(a, b)
    assert comparison.micro.a == a.micro.f1
    assert comparison.micro.b == b.micro.f1
    assert comparison.micro.difference == pytest.approx(f1(160, 40) - f1(90, 40))
    assert comparison.winner == "B"
    low, high = comparison.micro.interval
    assert 0 < low < comparison.micro.difference < high
    points = 100 * comparison.micro.difference
    assert comparison.verdict == (
        f"B is better by {points:.1f} points (95 % interval {100 * low:.1f} to {100 * high:.1f}, p < 0.001)."
    )
    turned = compare(b, a)
    assert turned.winner == "A"
    assert turned.verdict == comparison.verdict.replace("B is", "A is")


def test_one_lucky_document_tells_nothing() -> None:
    comparison = compare(report([3] * 20), report([*[3] * 19, 5]))
    assert comparison.winner is None
    assert comparison.verdict.startswith("Cannot tell which is better: B is ahead by 1.5 points")
    assert comparison.micro.p_value > 0.9  # alone against the coin: as large in every draw


def test_equal_answers() -> None:
    one = report([3, 4, 5])
    comparison = compare(one, one)
    assert comparison.winner is None
    assert comparison.verdict == (
        "Cannot tell which is better: the two score the same (95 % interval 0.0 to 0.0, p = 1.00)."
    )
    assert comparison.micro.interval == (0.0, 0.0)


def test_equal_seeds_give_equal_answers() -> None:
    a, b = report([2, 3, 4, 1]), report([3, 3, 2, 4])
    assert compare(a, b, seed=1) == compare(a, b, seed=1)
    assert compare(a, b, seed=1).micro != compare(a, b, seed=2).micro


HITS_A, HITS_B = [1, 2, 5, 0, 3, 2, 4, 1], [3, 2, 4, 3, 4, 1, 5, 3]


def test_the_p_value_is_that_of_all_swaps() -> None:
    a, b = np.array(HITS_A), np.array(HITS_B)
    n = len(a)
    observed = abs(f1(int(b.sum()), n) - f1(int(a.sum()), n))
    as_large = 0
    for swap in product([False, True], repeat=n):
        new_a, new_b = np.where(swap, b, a).sum(), np.where(swap, a, b).sum()
        as_large += abs(f1(int(new_b), n) - f1(int(new_a), n)) >= observed - 1e-12
    comparison = compare(report(HITS_A), report(HITS_B), n_resamples=20_000)
    assert comparison.micro.p_value == pytest.approx(as_large / 2**n, abs=0.015)
    assert 0.02 < comparison.micro.p_value < 0.98


def test_equal_models_are_told_apart_as_seldom_as_promised() -> None:
    generator = np.random.default_rng(5)
    alarms = 0
    for seed in range(100):
        a, b = (report(generator.binomial(N_LABELS, 0.6, size=30).tolist()) for _ in range(2))
        alarms += compare(a, b, seed=seed, n_resamples=300).winner is not None
    assert alarms <= 12  # 5 are expected; three standard deviations more


def test_categories_and_macro_have_differences_of_their_own() -> None:
    a, b = report([5] * 12), report([5] * 12, category="Y")
    comparison = compare(a, b)
    assert set(comparison.categories) == {"X", "Y"}
    assert (comparison.categories["X"].a, comparison.categories["X"].b) == (1.0, 0.0)
    assert comparison.categories["X"].interval == (-1.0, -1.0)
    assert comparison.categories["X"].p_value < 0.01
    assert comparison.categories["Y"].difference == 0.0  # never labelled, and A never predicts it
    assert (comparison.macro.a, comparison.macro.b) == (a.macro.f1, b.macro.f1)


class Judging(FirstOnes):
    """One that also says how probable it finds each label."""

    def judge(self, text: str, labels: Sequence[Label]) -> tuple[list[Entity], list[float | None]]:
        return self.predict([text])[0], [self._hits[0] / 10 for _ in labels]


def test_models_may_think_differently_of_the_same_labels() -> None:
    a, b = (evaluate(Judging([hits]), documents(1)) for hits in (2, 4))
    assert a.documents[0].expected != b.documents[0].expected
    assert compare(a, b).micro.difference == pytest.approx(f1(4, 1) - f1(2, 1))


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        pytest.param(report([]), report([]), "NoDocuments", id="none"),
        pytest.param(report([1]), report([1, 1]), "DifferentDocuments", id="fewer"),
        pytest.param(report([1]), evaluate(FirstOnes([1]), documents(1, "Y")), "DifferentDocuments", id="other labels"),
    ],
)
def test_only_identical_documents_are_compared(one: EvaluationReport, other: EvaluationReport, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        compare(one, other)
    assert caught.value.inner_code == code
