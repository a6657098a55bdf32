"""Strict scores, against figures by hand and against seqeval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score

from model_tools.evaluation.strict import Counts, add_up, count_by_category
from model_tools.spans import Label
from model_tools.tags import tag_names, tags_to_labels

TAGS = tag_names(["City", "Name"])
A, B, WIDER, OTHER = Label(0, 3, "City"), Label(5, 9, "City"), Label(0, 4, "City"), Label(0, 3, "Name")


@pytest.mark.parametrize(
    ("expected", "predicted", "counts"),
    [
        pytest.param([], [], {}, id="nothing"),
        pytest.param([A, B], [A, B], {"City": Counts(2, 0, 0)}, id="all right"),
        pytest.param([A], [], {"City": Counts(0, 0, 1)}, id="missed"),
        pytest.param([], [A], {"City": Counts(0, 1, 0)}, id="spurious"),
        pytest.param([A], [WIDER], {"City": Counts(0, 1, 1)}, id="one character too far is wrong twice"),
        pytest.param([A], [OTHER], {"City": Counts(0, 0, 1), "Name": Counts(0, 1, 0)}, id="wrong category"),
        pytest.param([A, B], [B, OTHER], {"City": Counts(1, 0, 1), "Name": Counts(0, 1, 0)}, id="mixed"),
    ],
)
def test_count_by_category(expected: list[Label], predicted: list[Label], counts: dict[str, Counts]) -> None:
    assert count_by_category(expected, predicted) == counts


def test_scores_by_hand() -> None:
    counts = Counts(true_positives=3, false_positives=2, false_negatives=1)
    assert (counts.precision, counts.recall) == (0.6, 0.75)
    assert counts.f1 == pytest.approx(2 / 3)
    nothing = Counts()
    assert (nothing.precision, nothing.recall, nothing.f1) == (0.0, 0.0, 0.0)


SENTENCES = st.lists(
    st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=10), min_size=1, max_size=5
)


@given(SENTENCES)
def test_micro_scores_agree_with_seqeval(sentences: list[list[tuple[str, str]]]) -> None:
    expected = [[one for one, _ in sentence] for sentence in sentences]
    predicted = [[one for _, one in sentence] for sentence in sentences]
    documents = []
    for gold, found in zip(expected, predicted, strict=True):
        tokens = [(2 * i, 2 * i + 1) for i in range(len(gold))]
        documents.append(count_by_category(tags_to_labels(gold, tokens), tags_to_labels(found, tokens)))
    micro = sum(add_up(documents).values(), Counts())
    assert micro.precision == pytest.approx(precision_score(expected, predicted, zero_division=0))
    assert micro.recall == pytest.approx(recall_score(expected, predicted, zero_division=0))
    assert micro.f1 == pytest.approx(f1_score(expected, predicted, zero_division=0))
