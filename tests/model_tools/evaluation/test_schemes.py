"""The four schemes of SemEval-2013, by hand and against nervaluate."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_tools.evaluation.schemes import Scheme, SchemeCounter, SchemeScores
from model_tools.spans import Entity, Label

Case = tuple[list[Label], list[Entity]]


def scores_of(cases: list[Case]) -> dict[Scheme, SchemeScores]:
    counter = SchemeCounter()
    for expected, predicted in cases:
        counter.add(expected, predicted)
    return counter.scores()


def label(start: int, end: int, category: str = "X") -> Label:
    return Label(start, end, category)


def entity(start: int, end: int, category: str = "X") -> Entity:
    return Entity(start, end, category, 0.5)


def test_by_hand() -> None:
    """One of each kind: right, wrong category, wrong boundary, wrong in both, missed, spurious."""
    scores = scores_of(
        [
            (
                [label(0, 2), label(3, 5), label(6, 9), label(10, 13), label(14, 16)],
                [entity(0, 2), entity(3, 5, "Y"), entity(6, 8), entity(11, 13, "Y"), entity(20, 22)],
            )
        ]
    )
    assert {
        name: (one.correct, one.incorrect, one.partial, one.missed, one.spurious) for name, one in scores.items()
    } == {
        "strict": (1, 3, 0, 1, 1),
        "exact": (2, 2, 0, 1, 1),
        "partial": (2, 0, 2, 1, 1),
        "ent_type": (2, 2, 0, 1, 1),
    }
    assert {name: one.f1 for name, one in scores.items()} == pytest.approx(
        {"strict": 1 / 5, "exact": 2 / 5, "partial": 3 / 5, "ent_type": 2 / 5}
    )


def test_nothing_scores_nothing() -> None:
    assert {(one.precision, one.recall, one.f1) for one in scores_of([([], [])]).values()} == {(0.0, 0.0, 0.0)}


AMBIGUOUS: list[Case] = [
    # One entity over two labels, one label over two entities, chains of overlaps, the same category second.
    ([label(0, 3), label(4, 8)], [entity(0, 8)]),
    ([label(0, 8)], [entity(0, 3), entity(4, 8)]),
    ([label(0, 4, "Y"), label(5, 9)], [entity(2, 7), entity(8, 9)]),
    ([label(0, 4), label(5, 9), label(10, 14)], [entity(2, 7, "Y"), entity(8, 12, "Y")]),
    ([label(0, 4, "Y"), label(5, 9)], [entity(2, 6, "Z"), entity(7, 9)]),
]


def records(spans: list[Any]) -> list[dict[str, Any]]:
    # nervaluate's ends are inclusive.
    return [{"label": span.category, "start": span.start, "end": span.end - 1} for span in spans]


def assert_agrees_with_nervaluate(cases: list[Case]) -> None:
    evaluator = pytest.importorskip("nervaluate", reason="nervaluate is not installed").Evaluator
    expected, predicted = ([records(case[i]) for case in cases] for i in (0, 1))
    reference = evaluator(expected, predicted, tags=["X", "Y", "Z"], loader="dict").evaluate()["overall"]
    for name, one in scores_of(cases).items():
        figures = (one.correct, one.incorrect, one.partial, one.missed, one.spurious)
        theirs = reference[name]
        assert figures == (theirs.correct, theirs.incorrect, theirs.partial, theirs.missed, theirs.spurious), name
        assert (one.precision, one.recall, one.f1) == pytest.approx((theirs.precision, theirs.recall, theirs.f1)), name


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_ambiguous_cases_agree_with_nervaluate(case: Case) -> None:
    assert_agrees_with_nervaluate([case])


@st.composite
def spans(draw: st.DrawFn) -> list[Entity]:
    cuts = sorted(draw(st.sets(st.integers(0, 30), max_size=14)))
    return [entity(start, end, draw(st.sampled_from("XYZ"))) for start, end in pairwise(cuts) if draw(st.booleans())]


@settings(max_examples=300)
@given(st.lists(st.tuples(spans(), spans()), min_size=1, max_size=3))
def test_any_cases_agree_with_nervaluate(cases: list[tuple[list[Entity], list[Entity]]]) -> None:
    assert_agrees_with_nervaluate(
        [([label(one.start, one.end, one.category) for one in expected], predicted) for expected, predicted in cases]
    )
