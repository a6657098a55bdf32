"""The evaluation report."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from model_tools.documents import Document
from model_tools.errors import ArtifactError
from model_tools.evaluation.report import EvaluationReport, SpanRecord, evaluate
from model_tools.spans import Entity, Label

DOCUMENTS = [
    Document("1.txt", "Ana Li in Rome", (Label(0, 6, "Name"), Label(10, 14, "City")), "en", "test"),
    Document("2.txt", "Rome \U0001f600 Bern", (Label(0, 4, "City"), Label(7, 11, "City")), "en", "test"),
    Document("3.txt", "nothing", (), "en", "test"),
]
PREDICTED = {
    "Ana Li in Rome": [Entity(0, 6, "Name", 0.9), Entity(10, 14, "City", 0.8)],
    "Rome \U0001f600 Bern": [Entity(0, 4, "City", 0.7), Entity(7, 11, "Name", 0.4)],
    "nothing": [],
}


class Table:
    """A predictor that looks the answers up."""

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [PREDICTED[text] for text in texts]


@pytest.fixture
def report() -> EvaluationReport:
    return evaluate(Table(), DOCUMENTS)


def test_scores(report: EvaluationReport) -> None:
    assert (report.micro.precision, report.micro.recall, report.micro.f1) == (0.75, 0.75, 0.75)
    assert {
        name: (one.true_positives, one.false_positives, one.false_negatives) for name, one in report.categories.items()
    } == {
        "City": (2, 0, 1),
        "Name": (1, 1, 0),
    }
    assert report.macro.precision == pytest.approx((1 + 0.5) / 2)
    assert report.macro.recall == pytest.approx((2 / 3 + 1) / 2)
    assert report.macro.f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert report.n_documents == 3


def test_every_f1_has_its_interval(report: EvaluationReport) -> None:
    assert report.micro.f1_interval == report.f1_interval
    figures = [(scores.f1, scores.f1_interval) for scores in (report.micro, *report.categories.values())]
    for f1, interval in [*figures, (report.macro.f1, report.macro.f1_interval)]:
        assert interval is not None
        assert 0 <= interval[0] <= f1 <= interval[1] <= 1


def test_what_the_strict_scores_hide(report: EvaluationReport) -> None:
    assert report.kinds == {"City": {"correct": 2, "incorrect": 1}, "Name": {"correct": 1}}
    assert {name: scores.f1 for name, scores in report.schemes.items()} == {
        "strict": 0.75,
        "exact": 1.0,
        "partial": 1.0,
        "ent_type": 0.75,
    }
    assert report.calibration is not None
    # Confidences 0.9, 0.8, 0.7 are right and 0.4 is wrong, each alone in its bin.
    assert report.calibration.expected_calibration_error == pytest.approx((0.1 + 0.2 + 0.3 + 0.4) / 4)


def test_documents_carry_spans_in_code_points(report: EvaluationReport) -> None:
    second = report.documents[1]
    assert (second.id, second.language, second.length) == ("2.txt", "en", 11)
    assert second.expected == (SpanRecord("City", 0, 4), SpanRecord("City", 7, 11))
    assert second.predicted == (SpanRecord("City", 0, 4, 0.7), SpanRecord("Name", 7, 11, 0.4))


def test_the_file_gives_the_report_back_and_holds_no_text(report: EvaluationReport, tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_bytes(report.to_json())
    assert EvaluationReport.load(path) == report
    assert b"Rome" not in path.read_bytes()


def test_errors_of_a_stored_report(report: EvaluationReport) -> None:
    stored = EvaluationReport.from_json(report.to_json())
    (error,) = stored.errors({document.id: document.text for document in DOCUMENTS})
    assert (error.document, error.kind, error.expected) == ("2.txt", "incorrect", Label(7, 11, "City"))
    assert error.predicted == Entity(7, 11, "Name", 0.4)
    assert (error.context, error.context_start) == (DOCUMENTS[1].text, 0)


def test_a_file_of_version_0_1_0_still_loads(report: EvaluationReport) -> None:
    old = json.loads(report.to_json())
    for name in ("schemes", "kinds", "calibration"):
        del old[name]
    for scores in (old["micro"], old["macro"], *old["categories"].values()):
        del scores["f1_interval"]
    loaded = EvaluationReport.from_json(json.dumps(old).encode())
    assert (loaded.micro.f1, loaded.f1_interval) == (report.micro.f1, report.f1_interval)
    assert (loaded.micro.f1_interval, loaded.schemes, loaded.calibration) == (None, {}, None)
    assert loaded.documents == report.documents


def test_spans_come_back_as_they_went_in(report: EvaluationReport) -> None:
    for document, result in zip(DOCUMENTS, report.documents, strict=True):
        assert tuple(result.labels) == document.labels
        assert result.entities == PREDICTED[document.text]


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"micro": 1}'])
def test_a_file_that_is_no_report(data: bytes) -> None:
    with pytest.raises(ArtifactError, match="cannot be read"):
        EvaluationReport.from_json(data)


def test_no_documents_no_scores() -> None:
    report = evaluate(Table(), [])
    assert (report.micro.f1, report.macro.f1, report.n_documents, report.categories) == (0.0, 0.0, 0, {})
