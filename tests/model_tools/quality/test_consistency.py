"""What is counted of a string, and what follows from it."""

import re
from collections import Counter

import pytest

from model_tools.quality.consistency import Consistency, Outcome, TextUnits
from model_tools.spans import Label


def units(text: str, *labels: tuple[str, str]) -> TextUnits:
    """A text of blank-separated words; each label is a string in it (its first place) and a category."""
    placed = sorted(Label(text.index(one), text.index(one) + len(one), category) for one, category in labels)
    return TextUnits(text, placed, [match.span() for match in re.finditer(r"\S+", text)])


TEXTS = [
    units("Alan met Bo in Rome", ("Alan", "person"), ("Bo", "person"), ("Rome", "city")),
    units("In rome and ROME nobody met Alan", ("rome", "city")),
    units("New Rome is far from New  York", ("New Rome", "city"), ("New  York", "city")),
    units("Alan of new york", ("Alan", "city")),
]


@pytest.mark.parametrize(
    ("string", "here", "expected"),
    [
        ("alan", "person", {"city": 1, None: 1}),
        ("alan", "city", {"person": 1, None: 1}),
        ("alan", None, {"person": 1, "city": 1}),
        ("bo", "person", {}),
        ("rome", "city", {"city": 1, None: 1}),  # in "New Rome" it is a part
        ("new york", "city", {None: 1}),  # whatever the case and the blanks
        ("nobody", None, {}),  # never labelled
    ],
)
def test_the_place_itself_and_parts_of_labels_do_not_count(
    string: str, here: Outcome, expected: dict[Outcome, int]
) -> None:
    assert Consistency(TEXTS).elsewhere(tuple(string.split()), here) == expected


def test_likelihoods_follow_the_counts() -> None:
    consistency = Consistency(TEXTS)
    assert consistency.likelihood(Counter(), "city") == pytest.approx(1)
    agreeing, disagreeing = Counter[Outcome](["city"] * 9), Counter[Outcome](["person"] * 9)
    assert consistency.likelihood(agreeing, "city") > 1 > consistency.likelihood(disagreeing, "city")
    assert consistency.likelihood(agreeing, "city") > consistency.likelihood(Counter(["city"]), "city")


def test_a_label_that_covers_no_unit_is_no_string() -> None:
    assert TextUnits("a  b", [Label(1, 3, "x")], [(0, 1), (3, 4)]).placed == []


def test_a_string_is_not_looked_for_beyond_the_end() -> None:
    texts = [units("a b", ("a b", "x")), units("c a", ("c", "x")), units("a", ("a", "y"))]
    assert Consistency(texts).elsewhere(("a",), "y") == {None: 1}
