"""What a span refuses, and overlaps against a brute-force oracle."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.errors import InvalidInputError
from model_tools.spans import Label, Span, label_problems, overlapping_pairs

SPANS = st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (4, 3), (-3, -1)])
def test_impossible_bounds_are_refused(start: int, end: int) -> None:
    with pytest.raises(InvalidInputError) as error:
        Span(start, end)
    assert error.value.inner_code == "InvalidSpan"


def test_touching_spans_do_not_overlap() -> None:
    assert not Span(0, 3).overlaps(Span(3, 5))
    assert Span(0, 4).overlaps(Span(3, 5))


@given(SPANS, SPANS)
def test_overlap_means_a_shared_position(a: Span, b: Span) -> None:
    shared = set(range(a.start, a.end)) & set(range(b.start, b.end))
    assert a.overlaps(b) == b.overlaps(a) == bool(shared)


@given(st.lists(SPANS, max_size=12))
def test_overlapping_pairs_are_empty_exactly_when_no_two_overlap(spans: list[Span]) -> None:
    pairs = overlapping_pairs(spans)
    assert bool(pairs) == any(a.overlaps(b) for a, b in combinations(spans, 2))
    assert all(a.overlaps(b) for a, b in pairs)


def test_problems_name_each_label_by_its_position() -> None:
    labels = [Label(8, 12, "C"), Label(0, 3, "A"), Label(2, 4, "B")]
    problems = label_problems(labels, text_length=10)
    assert [(problem.code, problem.target) for problem in problems] == [
        ("LabelOutsideText", "[0]"),
        ("OverlappingLabels", "[2]"),
    ]


def test_each_repetition_of_a_label_is_named() -> None:
    problems = label_problems([Label(0, 3, "A")] * 3, text_length=3)
    assert [problem.target for problem in problems] == ["[1]", "[2]"]
