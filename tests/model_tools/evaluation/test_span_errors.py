"""Disagreements by name, with their context."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.evaluation.errors import KINDS, Kind, KindCounter, find_errors, pair_spans
from model_tools.spans import Entity, Label


def city(start: int, end: int) -> Label:
    return Label(start, end, "City")


def found(start: int, end: int, category: str = "City") -> Entity:
    return Entity(start, end, category, 0.5)


@pytest.mark.parametrize(
    ("expected", "predicted", "kinds"),
    [
        pytest.param([], [], [], id="nothing"),
        pytest.param([city(0, 4)], [found(0, 4)], ["correct"], id="right"),
        pytest.param([city(0, 4)], [found(0, 4, "Name")], ["incorrect"], id="wrong category"),
        pytest.param([city(0, 4)], [found(0, 5)], ["partial"], id="one character too far"),
        pytest.param([city(0, 4)], [found(3, 9, "Name")], ["both"], id="wrong in both, one character shared"),
        pytest.param([city(0, 4)], [], ["missed"], id="missed"),
        pytest.param([], [found(0, 4)], ["spurious"], id="spurious"),
        pytest.param([city(0, 4)], [found(4, 8)], ["missed", "spurious"], id="neighbours share nothing"),
        pytest.param([city(0, 8)], [found(0, 3), found(4, 8)], ["partial", "spurious"], id="one label cut in two"),
        pytest.param([city(0, 3), city(4, 8)], [found(0, 8)], ["missed", "partial"], id="the closer one is taken"),
        pytest.param(
            [Label(0, 6, "Name"), city(7, 9)], [found(2, 9)], ["missed", "partial"], id="the same category is taken"
        ),
        pytest.param([city(0, 2), city(3, 5)], [found(3, 5), found(7, 9)], ["missed", "correct", "spurious"], id="mix"),
    ],
)
def test_kinds(expected: list[Label], predicted: list[Entity], kinds: list[Kind]) -> None:
    assert [pair.kind for pair in pair_spans(expected, predicted)] == kinds


def test_kinds_are_counted_by_the_label_s_category() -> None:
    counter = KindCounter()
    counter.add([city(0, 4), Label(5, 9, "Name")], [found(0, 4, "Name"), found(5, 9, "Name"), found(10, 12, "Date")])
    counter.add([city(0, 4)], [])
    assert counter.counts() == {
        "City": {"incorrect": 1, "missed": 1},
        "Date": {"spurious": 1},
        "Name": {"correct": 1},
    }


TEXT = "\U0001f600 We met in Bad Homburg, at noon.\r\nIt rained."


def test_errors_come_with_text_around_in_code_points() -> None:
    label = city(TEXT.index("Bad"), TEXT.index(","))
    entity = Entity(TEXT.index("Homburg"), TEXT.index(","), "City", 0.75)
    spurious = Entity(0, 1, "City", 0.25)
    first, second = find_errors("1.txt", TEXT, [label], [spurious, entity], context=3)
    assert (first.kind, first.expected, first.predicted) == ("spurious", None, spurious)
    assert (first.context, first.context_start) == (TEXT[:4], 0)
    assert (second.document, second.kind, second.expected, second.predicted) == ("1.txt", "partial", label, entity)
    assert second.context == "in Bad Homburg,", "no word is cut"
    assert TEXT[second.context_start :].startswith(second.context)
    record = msgspec.json.decode(msgspec.json.encode(second))
    assert record["predicted"] == {"start": entity.start, "end": entity.end, "category": "City", "confidence": 0.75}


@pytest.mark.parametrize(
    ("text", "context", "shown"),
    [
        ("over there Rome is here", 6, "there Rome is"),
        ("over there Rome is here", 8, "there Rome is here"),
        ("a Rome b", 1, "Rome"),
        ("\u4e2d\u4e2d\u4e2d\u4e2d Rome \u6587\u6587\u6587\u6587", 4, "\u4e2d\u4e2d\u4e2d Rome \u6587\u6587\u6587"),
        ("overthereRomeishere", 5, "thereRomeisher"),
        ("Rome", 5, "Rome"),
    ],
)
def test_the_context_has_whole_words_where_there_are_any(text: str, context: int, shown: str) -> None:
    start = text.index("Rome")
    (error,) = find_errors("1.txt", text, [city(start, start + 4)], [], context=context)
    assert error.context == shown
    assert text[error.context_start :].startswith(shown)


def test_what_is_right_is_no_error() -> None:
    assert find_errors("1.txt", "Rome", [city(0, 4)], [found(0, 4)]) == []


@st.composite
def spans(draw: st.DrawFn) -> list[Entity]:
    cuts = sorted(draw(st.sets(st.integers(0, 30), max_size=12)))
    return [
        found(start, end, draw(st.sampled_from(["City", "Name"])))
        for start, end in pairwise(cuts)
        if draw(st.booleans())
    ]


@given(spans(), spans())
def test_every_span_is_in_exactly_one_pair(labels: list[Entity], predicted: list[Entity]) -> None:
    expected = [Label(one.start, one.end, one.category) for one in labels]
    pairs = pair_spans(expected, predicted)
    assert sorted(pair.expected for pair in pairs if pair.expected) == expected
    assert sorted(pair.predicted for pair in pairs if pair.predicted) == predicted
    assert [pair.bounds for pair in pairs] == sorted(pair.bounds for pair in pairs)
    for pair in pairs:
        assert pair.kind in KINDS
        if pair.expected and pair.predicted:
            assert pair.expected.overlaps(pair.predicted)
    exact = {(one.start, one.end, one.category) for one in expected} & {
        (one.start, one.end, one.category) for one in predicted
    }
    assert sum(pair.kind == "correct" for pair in pairs) == len(exact)
