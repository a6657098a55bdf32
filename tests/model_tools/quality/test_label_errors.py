"""Findings from made-up opinions: what is suspected, what is proposed, and what is left in peace."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_tools.documents import Document
from model_tools.quality.findings import Finding
from model_tools.quality.label_errors import find_label_errors, mixed_strings
from model_tools.quality.opinion import Opinion
from model_tools.spans import Label
from model_tools.tags import labels_to_tags, tag_names

CATEGORIES = ["city", "person"]
TAGS = tag_names(CATEGORIES)
KNOWN = {"city": 20, "person": 20}
_WORD = re.compile(r"\w+|[^\w\s]")


def marked(marked_text: str) -> tuple[str, tuple[Label, ...]]:
    """`"{Rome|city} is old"` as a text and its labels."""
    text, labels = "", []
    for piece in re.split(r"(\{[^}]*\})", marked_text):
        if piece.startswith("{"):
            covered, category = piece[1:-1].split("|")
            labels.append(Label(len(text), len(text) + len(covered), category))
            text += covered
        else:
            text += piece
    return text, tuple(labels)


def opinion(
    people: str, model: str | None = None, *, name: str = "a.txt", sure: float = 6.0, known: dict[str, int] = KNOWN
) -> Opinion:
    """What people labelled, and a model that is sure of other labels of the same text."""
    text, labels = marked(people)
    model_text, model_labels = marked(model or people)
    assert model_text == text
    units = [match.span() for match in _WORD.finditer(text)]
    logits = np.zeros((len(units), len(TAGS)), dtype=np.float32)
    for i, tag in enumerate(labels_to_tags(model_labels, units)):
        logits[i, TAGS.index(tag)] = sure
    return Opinion(Document(name, text, labels), units, logits, known)


AGREEING = [
    opinion("Yesterday {Ann Lee|person} came to {Oslo|city}", name="b"),
    opinion("{Bo|person} and {Cy|person} saw {New York|city} , then {Bern|city}", name="c"),
    opinion("Nobody came to the old town of {Lima|city}", name="d"),
]


def findings(*doubtful: Opinion) -> list[Finding]:
    return find_label_errors([*doubtful, *AGREEING], CATEGORIES)


@pytest.mark.parametrize(
    ("people", "model", "kind", "region", "proposed"),
    [
        ("He met Dan Ray today", "He met {Dan Ray|person} today", "missing label", "Dan Ray", "person"),
        ("He met {the|person} crowd", "He met the crowd", "spurious label", "the", None),
        ("He met {Dan|city} today", "He met {Dan|person} today", "wrong category", "Dan", "person"),
        ("He met {Dan|person} Ray today", "He met {Dan Ray|person} today", "wrong boundary", "Dan Ray", "person"),
        ("He met {Dan today|person}", "He met {Dan|person} today", "wrong boundary", "Dan today", "person"),
    ],
)
def test_the_surest_finding_says_what_to_do(
    people: str, model: str, kind: str, region: str, proposed: str | None
) -> None:
    doubtful = opinion(people, model)
    first = findings(doubtful)[0]
    assert (first.document, first.kind) == ("a.txt", kind)
    assert first.region.text_of(doubtful.document.text) == region
    assert (first.proposal and first.proposal.category) == proposed
    if kind != "spurious label":
        (expected,) = marked(model)[1]
        assert first.proposal == expected


def test_agreement_is_no_finding() -> None:
    assert findings() == []


def test_a_surer_model_makes_a_surer_finding() -> None:
    unsure, sure = (
        findings(opinion("He met Dan today", "He met {Dan|person} today", sure=sure))[0].score for sure in (3.0, 8.0)
    )
    assert unsure < sure


def test_a_string_that_others_labelled_is_missing_even_where_the_model_is_unsure() -> None:
    others = [opinion(f"{word} {{Zug|city}}", name=word) for word in ("in", "at", "to", "by", "near")]
    (finding,) = (
        one
        for one in findings(opinion("we left Zug", "we left {Zug|city}", sure=0.5), *others)
        if one.document == "a.txt"
    )
    assert finding.kind == "missing label"
    assert finding.proposal == Label(8, 11, "city")
    assert "Elsewhere 'Zug' is 'city' 5 times." in finding.reason


def test_strings_labelled_in_several_ways() -> None:
    opinions = [
        opinion("{Dan|person} met {dan|city} and DAN"),
        opinion("{Ann|person}", name="b"),
        opinion("Ann", name="c"),
    ]
    assert mixed_strings(opinions) == [("dan", {"person": 1, "city": 1, None: 1}), ("ann", {"person": 1, None: 1})]


def test_everyday_words_are_doubted_more_than_rare_ones() -> None:
    everyday = opinion("{to|city} be", "to be", name="everyday", sure=3)
    rare = opinion("{xyzzy|city} be", "xyzzy be", name="rare", sure=3)
    scores = {one.document: one.score for one in findings(everyday, rare)}
    assert scores["everyday"] > scores.get("rare", 0.0)


def test_a_model_that_knows_too_little_of_a_category_is_not_heard() -> None:
    people, model = "He met {Dan|person} today", "He met Dan today"
    heard, unheard = (findings(opinion(people, model, known=known)) for known in (KNOWN, {"city": 20, "person": 1}))
    assert heard[0].score > max((one.score for one in unheard), default=0.0)


def test_an_odd_edge_is_found_where_the_model_sees_nothing() -> None:
    finding = findings(opinion("He met {Dan ,|person} today"))[0]
    assert (finding.kind, finding.proposal) == ("wrong boundary", Label(7, 10, "person"))
    assert "','" in finding.reason


def test_a_correction_never_overlaps_another_label() -> None:
    doubtful = opinion("{Dan|person} {Ray|city} came", "{Dan Ray|person} came")
    for finding in findings(doubtful):
        assert finding.proposal is None or not any(
            finding.proposal.overlaps(label) for label in doubtful.document.labels if label != finding.label
        )


def test_a_label_without_a_word_is_an_error() -> None:
    blank = Opinion(
        Document("a", "x  y", (Label(1, 3, "city"),)), [(0, 1), (3, 4)], np.zeros((2, 5), np.float32), KNOWN
    )
    assert [(one.kind, one.label) for one in findings(blank) if one.document == "a"] == [
        ("spurious label", Label(1, 3, "city"))
    ]


@pytest.mark.parametrize("texts", [[""], ["", "   "]])
def test_texts_without_words_have_no_findings(texts: Sequence[str]) -> None:
    empty = [Opinion(Document(str(i), text), [], np.zeros((0, 5), np.float32), KNOWN) for i, text in enumerate(texts)]
    assert find_label_errors(empty, CATEGORIES) == []


WORDS = st.lists(st.sampled_from(["Ann", "Oslo", "to", ",", "(", "東京", "😀", "the"]), min_size=1, max_size=6)


@settings(deadline=None, max_examples=40)
@given(texts=st.lists(WORDS, min_size=1, max_size=4), seed=st.integers(0, 999))
def test_every_finding_can_be_carried_out(texts: list[list[str]], seed: int) -> None:
    generator = np.random.default_rng(seed)
    opinions = []
    for i, words in enumerate(texts):
        text = " ".join(words)
        units = [match.span() for match in re.finditer(r"\S+", text)]
        labels = tuple(
            Label(start, end, CATEGORIES[generator.integers(2)]) for start, end in units if generator.random() < 0.4
        )
        logits = generator.normal(scale=4, size=(len(units), len(TAGS))).astype(np.float32)
        opinions.append(Opinion(Document(str(i), text, labels), units, logits, KNOWN))
    documents = {one.document.id: one.document for one in opinions}
    found = find_label_errors(opinions, CATEGORIES)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        document = documents[one.document]
        assert 0 <= one.score <= 1
        assert one.reason
        assert one.label is None or one.label in document.labels
        assert one.label != one.proposal
        if one.proposal is not None:
            covered = one.proposal.text_of(document.text)
            assert one.proposal.end <= len(document.text)
            assert covered == covered.strip()
            assert not any(one.proposal.overlaps(label) for label in document.labels if label != one.label)
