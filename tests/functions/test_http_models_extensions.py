"""What the summary of an evaluation says beyond the contract."""

from collections.abc import Sequence

import msgspec

from functions.http.models import _extensions
from model_tools.artifact import Threshold
from model_tools.documents import Document
from model_tools.evaluation.report import evaluate
from model_tools.evaluation.thresholds import with_thresholds
from model_tools.spans import Entity, Label


class Unsure:
    """Finds the label, and something else that it is less sure of."""

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [[Entity(0, 1, "City", 0.9), Entity(2, 3, "City", 0.2)] for _ in texts]


def test_thresholds_and_what_they_would_bring() -> None:
    report = evaluate(Unsure(), [Document("1", "a b", (Label(0, 1, "City"),))])
    assert "thresholds" not in _extensions(report)  # of models of version 0.1.0
    found = _extensions(with_thresholds(report, {"City": Threshold(0.5, 1.0, 0.7)}))
    assert found["thresholds"] == {"City": {"confidenceScore": 0.5, "f1": 1.0, "precision": 1.0, "recall": 1.0}}
    msgspec.json.encode(found)
