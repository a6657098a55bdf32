"""Edges of labels that do not belong, and edges that a category's labels simply have."""

import pytest

from model_tools.documents import Document
from model_tools.quality.edges import EdgeHabits
from model_tools.spans import Label


def label_in(text: str, covered: str) -> Label:
    start = text.index(covered)
    return Label(start, start + len(covered), "x")


ORDINARY = [Document(f"{i}", "plain words", (Label(0, 5, "x"),)) for i in range(20)]


@pytest.mark.parametrize(
    ("text", "covered", "proposed"),
    [
        ("in Rome, today", "Rome,", "Rome"),
        ("in Rome , today", "Rome ,", "Rome"),
        ("in Rome today", " Rome ", "Rome"),
        ("(Rome) today", "Rome)", "Rome"),
        ("(Rome) today", "(Rome", "Rome"),
        ("to Romeville now", "Rome", "Romeville"),
        ("to Romeville now", "ville", "Romeville"),
        ("「東京」です", "「東京", "東京"),
        ("e\u0301tat", "e\u0301t", "e\u0301tat"),
    ],
)
def test_odd_edges_and_the_label_without_them(text: str, covered: str, proposed: str) -> None:
    label = label_in(text, covered)
    doubt = EdgeHabits([*ORDINARY, Document("a", text, (label,))]).doubt(text, label)
    assert doubt is not None
    assert doubt[0] > 0
    assert doubt[1].text_of(text) == proposed


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("in Washington D.C. today", "Washington D.C."),
        ("the (big) house", "(big)"),
        ("at Yahoo! today", "Yahoo!"),
        ("$5.00 paid", "$5.00"),
        ("東京都です", "東京"),
        ("now , then", ","),  # nothing would be left
    ],
)
def test_edges_that_names_have(text: str, covered: str) -> None:
    label = label_in(text, covered)
    assert EdgeHabits([*ORDINARY, Document("a", text, (label,))]).doubt(text, label) is None


def test_what_most_labels_do_is_hardly_odd() -> None:
    text = "in Rome, today"
    documents = [Document(str(i), text, (label_in(text, "Rome,"),)) for i in range(20)]
    doubt = EdgeHabits(documents).doubt(text, documents[0].labels[0])
    assert doubt is not None
    assert doubt[0] < 0


@pytest.mark.parametrize("covered", ["Rome.", "Rome!", "Rome?", '"Rome"', "'Rome", "Rome’", "-Rome", "Rome –", "ROME."])  # noqa: RUF001
def test_a_mark_that_the_same_words_lack_elsewhere(covered: str) -> None:
    text = f"in {covered} today"
    label = label_in(text, covered)
    plain = [Document(f"p{i}", "Rome now", (Label(0, 4, "x"),)) for i in range(3)]
    doubt = EdgeHabits([*plain, Document("a", text, (label,))]).doubt(text, label)
    assert doubt is not None
    odds, proposal, reason = doubt
    assert odds > 1
    assert proposal.text_of(text).casefold() == "rome"
    assert "the same words are labelled 3 times" in reason


def test_a_mark_that_the_words_mostly_have_is_part_of_them() -> None:
    text = "at Yahoo! today"
    label = label_in(text, "Yahoo!")
    documents = [Document(str(i), text, (label,)) for i in range(3)]
    assert EdgeHabits([*documents, Document("p", "Yahoo", (Label(0, 5, "x"),))]).doubt(text, label) is None
    other = [Document("p", "Yahoo", (Label(0, 5, "another category"),))] * 9
    assert EdgeHabits([documents[0], *other]).doubt(text, label) is None
