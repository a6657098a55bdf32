"""Thresholds: suggested where they help, on other documents too, and nowhere else."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.documents import Document
from model_tools.evaluation.report import DocumentResult, EvaluationReport, evaluate
from model_tools.evaluation.thresholds import MIN_EXAMPLES, MIN_GAIN, above, suggest_thresholds, with_thresholds
from model_tools.manifest import Threshold
from model_tools.spans import Entity, Label

Pairs = Sequence[tuple[float, bool]]


class Answers:
    """A predictor that gives these entities, one a document."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self._entities = entities

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [[entity] for entity, _ in zip(self._entities, texts, strict=True)]


def report(pairs: Pairs, n_labels: int | None = None, category: str = "X") -> EvaluationReport:
    """One entity a document; one label in each of the first documents, which the right entities find."""
    ordered = sorted(pairs, key=lambda pair: not pair[1])
    n = sum(is_right for _, is_right in ordered) if n_labels is None else n_labels
    entities = [Entity(0 if is_right else 2, 1 if is_right else 3, category, sure) for sure, is_right in ordered]
    documents = [Document(str(i), "a b", (Label(0, 1, category),) if i < n else ()) for i in range(len(ordered))]
    return evaluate(Answers(entities), documents)


def suggested(pairs: Pairs, n_labels: int | None = None) -> dict[str, Threshold]:
    return suggest_thresholds(report(pairs, n_labels).documents)


def f1_above(threshold: float, pairs: Pairs, n_labels: int) -> float:
    kept = [is_right for confidence, is_right in pairs if confidence >= threshold]
    return 2 * sum(kept) / (len(kept) + n_labels)


def test_a_threshold_drops_what_is_mostly_wrong() -> None:
    pairs = [(0.9, True)] * 60 + [(0.3, False)] * 40
    (found,) = suggested(pairs, 70).values()
    assert found.confidence == pytest.approx(0.6)
    assert found.f1 == pytest.approx(120 / 130)
    assert found.f1_of_all == pytest.approx(120 / 170)


@pytest.mark.parametrize(
    ("pairs", "n_labels"),
    [
        pytest.param([], 0, id="no document"),
        pytest.param([(0.9, True)] * 60, 60, id="nothing is wrong"),
        pytest.param([(0.9, True)] * 60 + [(0.3, True)] * 40, 100, id="the unsure ones are right"),
        pytest.param([(0.9, True)] * 300 + [(0.3, False)] * 2, 300, id="too little to gain"),
        pytest.param([(0.5, True), (0.5, False)] * 50, 60, id="no confidence tells right from wrong"),
        pytest.param([(0.9, True)] * 10 + [(0.3, False)] * (MIN_EXAMPLES - 11), 19, id="too few entities"),
        pytest.param([(0.9, True)] * 15 + [(0.3, False)] * 40, MIN_EXAMPLES - 1, id="too few labels"),
    ],
)
def test_no_threshold(pairs: Pairs, n_labels: int) -> None:
    assert suggested(pairs, n_labels) == {}


@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.2, 0.35, 0.5, 0.8, 0.9]), st.booleans()),
        min_size=MIN_EXAMPLES,
        max_size=3 * MIN_EXAMPLES,
    )
)
def test_what_is_suggested_is_the_best_and_better_than_none(pairs: Pairs) -> None:
    n_labels = max(sum(is_right for _, is_right in pairs), 1)
    for found in suggested(pairs, n_labels).values():
        best = max(f1_above(threshold, pairs, n_labels) for threshold in (0.0, 0.15, 0.3, 0.4, 0.6, 0.85))
        assert f1_above(found.confidence, pairs, n_labels) == pytest.approx(best) == found.f1
        assert found.f1_of_all == pytest.approx(f1_above(0, pairs, n_labels))
        assert found.f1 >= found.f1_of_all + MIN_GAIN - 1e-9


def test_luck_is_seldom_taken_for_a_threshold() -> None:
    """Confidences that say nothing: the best cut looks good now and then, on these documents alone."""
    generator = np.random.default_rng(0)
    alarms = 0
    for _ in range(40):
        pairs = list(zip(generator.random(30).tolist(), (generator.random(30) < 0.7).tolist(), strict=True))
        alarms += bool(suggested(pairs, 25))
    assert alarms <= 4


def test_a_cut_that_one_document_speaks_for_does_not_hold() -> None:
    right = [(0, "X", 0.9)] * 30
    wrong = tuple(Entity(2 * i, 2 * i + 1, "X", 0.3) for i in range(1, 15))
    documents = [Document(str(i), "a", (Label(0, 1, "X"),)) for i in range(len(right))]
    documents.append(Document("odd", "a " * 20))

    class Odd:
        def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
            return [list(wrong) if len(text) > 1 else [Entity(0, 1, "X", 0.9)] for text in texts]

    assert suggest_thresholds(evaluate(Odd(), documents).documents) == {}


def test_equal_documents_equal_thresholds() -> None:
    documents: tuple[DocumentResult, ...] = report([(0.9, True)] * 30 + [(0.3, False)] * 20).documents
    assert suggest_thresholds(documents, seed=3) == suggest_thresholds(documents, seed=3) != {}


def test_the_report_says_what_every_category_would_score() -> None:
    found = report([(0.9, True)] * 3 + [(0.3, False)])
    scores = with_thresholds(found, {"X": Threshold(0.5, 1.0, 0.9)}).thresholds["X"]
    assert (scores.confidence, scores.precision, scores.recall, scores.f1) == (0.5, 1.0, 1.0, 1.0)
    unchanged = with_thresholds(found, {"Y": Threshold(0.5, 1.0, 0.9)})
    assert (unchanged.thresholds["X"].confidence, unchanged.thresholds["X"].f1) == (0.0, found.categories["X"].f1)
    assert EvaluationReport.from_json(unchanged.to_json()) == unchanged
    everything_dropped = with_thresholds(found, {"X": Threshold(1.0, 0.0, 0.0)}).thresholds["X"]
    assert everything_dropped.f1 == 0.0


def test_above_keeps_what_has_no_threshold() -> None:
    entities = [Entity(0, 1, "X", 0.4), Entity(2, 3, "X", 0.5), Entity(4, 5, "Y", 0.1)]
    assert above(entities, {"X": Threshold(0.5, 1.0, 0.9)}) == entities[1:]
    assert above(entities, {}) == entities
