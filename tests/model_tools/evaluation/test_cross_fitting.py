"""Cross-fitted figures: what is fitted on test documents is not judged by the same ones."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import msgspec
import numpy as np
import pytest

from model_tools.documents import Document
from model_tools.evaluation.cross_fitting import evaluate_fitted
from model_tools.evaluation.presentation import report_lines, report_record
from model_tools.evaluation.report import EvaluationReport
from model_tools.inference.decode import Decoder
from model_tools.manifest import Calibration, EncoderRecord, Manifest, Threshold
from model_tools.spans import Entity, Label

if TYPE_CHECKING:
    from model_tools.inference.predictor import Predictor

MANIFEST = Manifest(
    categories=("X",),
    tags=("O", "B-X", "I-X"),
    inputs=("input_ids",),
    window=64,
    overlap=16,
    tagging_unit="word",
    dtype="fp32",
    calibration=Calibration(1.0, 100, "test"),
    encoder=EncoderRecord("package:x", "0" * 64),
    recipe={"default_temperature": 1.0},
    seed=0,
    dataset_sha256="0" * 64,
    n_train_documents=1,
    versions={},
    created=datetime(2026, 1, 1, tzinfo=UTC),
    training_seconds=1.0,
    thresholds_fitted_on="test",
)


class Chance:
    """A model whose entities are right by chance, whatever its confidence says."""

    tags = MANIFEST.tags

    def __init__(self, confidences: Sequence[float], manifest: Manifest) -> None:
        self.confidences = confidences
        self.manifest = manifest

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [[Entity(0, 1, "X", self.confidences[int(text)])] for text in texts]


class Analysed:
    def __init__(self, model: Chance, document: Document) -> None:
        self.document = document
        self._odds = np.log(1 / model.confidences[int(document.text)] - 1)

    def entities(self, decoder: Decoder) -> list[Entity]:
        return [Entity(0, 1, "X", float(1 / (1 + np.exp(self._odds / decoder.temperature))))]


@pytest.fixture(autouse=True)
def _analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_tools.evaluation.cross_fitting.AnalysedDocument", Analysed)


def report(seed: int, manifest: Manifest, fitted: int, n: int = 60) -> EvaluationReport:
    """On `n` documents, of which the first `fitted` decided about the model."""
    generator = np.random.default_rng(seed)
    labels = (generator.random(n) < 0.6).tolist()
    documents = [Document(str(i), str(i), (Label(0, 1, "X"),) if is_right else ()) for i, is_right in enumerate(labels)]
    model = Chance(generator.uniform(0.2, 0.95, n).tolist(), manifest)
    ids = [document.id for document in documents[:fitted]]
    return evaluate_fitted(cast("Predictor", model), documents, fitted=ids)


def test_a_lucky_cut_brings_nothing_on_the_other_half() -> None:
    """The best cut of 60 documents always looks good on them; cross-fitted, chance is what it is."""
    gains = []
    for seed in range(20):
        free = report(seed, msgspec.structs.replace(MANIFEST, thresholds={"X": Threshold(0.5, 1, 0)}), fitted=60)
        gains.append(free.thresholds["X"].f1 - free.micro.f1)
    assert np.mean(gains) < 0.005
    assert min(gains) < 0


def calibration_error(n: int, fitted: int) -> float:
    found = report(1, MANIFEST, fitted, n).calibration
    assert found is not None
    assert found.n_entities == n
    return found.expected_calibration_error


def test_the_calibration_error_is_that_of_temperatures_from_the_other_half() -> None:
    # 30 entities are too few for a temperature, so the recipe's stands in both halves; 60 are not.
    assert calibration_error(60, fitted=60) == pytest.approx(calibration_error(60, fitted=0))
    assert calibration_error(120, fitted=120) != pytest.approx(calibration_error(120, fitted=0))


def test_halves_are_drawn_by_the_seed() -> None:
    manifest = msgspec.structs.replace(MANIFEST, thresholds={"X": Threshold(0.5, 1, 0)})
    assert report(3, manifest, fitted=60) == report(3, manifest, fitted=60)


@pytest.mark.parametrize(
    ("manifest", "fitted", "fitted_on", "is_cross_fitted"),
    [
        pytest.param(MANIFEST, 60, "test", True, id="the documents that decided"),
        pytest.param(MANIFEST, 10, "test", True, id="some of them"),
        pytest.param(MANIFEST, 1, "test", True, id="one of them"),
        pytest.param(MANIFEST, 0, "test", False, id="others"),
        pytest.param(
            msgspec.structs.replace(MANIFEST, thresholds_fitted_on="dev"), 60, "dev", False, id="spared documents"
        ),
        pytest.param(
            msgspec.structs.replace(MANIFEST, calibration=Calibration(1.5, 0)), 60, None, False, id="nothing fitted"
        ),
    ],
)
def test_the_report_says_what_was_fitted_where(
    manifest: Manifest, fitted: int, fitted_on: str | None, is_cross_fitted: bool
) -> None:
    found = report(0, manifest, fitted)
    assert (found.fitted_on, found.is_cross_fitted) == (fitted_on, is_cross_fitted)
    assert EvaluationReport.from_json(found.to_json()) == found
    texts = [Document(one.id, "0") for one in found.documents]
    record = report_record(found, texts, [])
    assert (record["fitted_on"], record["is_cross_fitted"]) == (fitted_on, is_cross_fitted)
    told = next(line for line in report_lines(found, []) if line.startswith("confidences"))
    assert ("fitted on one half of the test documents, measured on the other" in told) == is_cross_fitted
    assert ("fitted on the dev documents" in told) == (fitted_on == "dev")
