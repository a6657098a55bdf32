"""What the command line says of a training that left nothing to test with."""

from collections.abc import Sequence
from pathlib import Path

from model_tools.documents import Document
from model_tools.evaluation.presentation import training_lines, training_record
from model_tools.evaluation.report import Advice, evaluate
from model_tools.spans import Entity, Label

FOLDER = Path("model")
FEW = Advice("FewLabels", "Label more.", ("Name",), ())


class Blind:
    """A predictor that finds nothing."""

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [[] for _ in texts]


def test_a_score_of_no_document_comes_with_a_warning_in_both_forms() -> None:
    report = evaluate(Blind(), [])
    warnings = training_record(FOLDER, report, [FEW], [])["warnings"]
    assert [warning.code for warning in warnings] == ["FewLabels", "NotTested"]
    assert "nobody knows how good the model is" in warnings[-1].message
    assert warnings[-1].message in list(training_lines(FOLDER, report, [FEW]))


def test_a_score_of_documents_has_none() -> None:
    report = evaluate(Blind(), [Document("1.txt", "Ana", (Label(0, 3, "Name"),), "en", "test")])
    assert training_record(FOLDER, report, [FEW], [])["warnings"] == [FEW]
    assert any("on 1 test documents" in line for line in training_lines(FOLDER, report, []))
