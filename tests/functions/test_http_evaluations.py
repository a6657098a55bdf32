"""What evaluations say beyond the contract: in the summary, and error by error."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from functions.http.evaluations import evaluation_of
from functions.stores.documents import hash_of_text
from model_tools.documents import Document
from model_tools.evaluation.report import Advice, CategoryDistribution, EvaluationReport, evaluate
from model_tools.evaluation.thresholds import with_thresholds
from model_tools.manifest import Calibration, EncoderRecord, Manifest, Quantisation, Threshold, Warned
from model_tools.spans import Entity, Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World


class Unsure:
    """Finds the label, and something else that it is less sure of."""

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [[Entity(0, 1, "City", 0.9), Entity(2, 3, "City", 0.2)] for _ in texts]


MANIFEST = Manifest(
    categories=("City",), tags=("O", "B-City", "I-City"), inputs=("input_ids",), window=64, overlap=16,
    tagging_unit="word", dtype="int8", calibration=Calibration(1.2, 50, "dev"), encoder=EncoderRecord("e", "0"),
    recipe={}, seed=0, dataset_sha256="0", n_train_documents=1, versions={}, created=datetime(2026, 1, 1, tzinfo=UTC),
    training_seconds=1.0,
)  # fmt: skip


def sent(report: EvaluationReport, manifest: Manifest = MANIFEST) -> dict[str, Any]:
    """As it is on the wire."""
    found: dict[str, Any] = json.loads(msgspec.json.encode(evaluation_of(report, manifest)))
    return found


@pytest.fixture
def report() -> EvaluationReport:
    return evaluate(Unsure(), [Document("1", "a b", (Label(0, 1, "City"),))])


def test_thresholds_and_what_they_would_bring(report: EvaluationReport) -> None:
    assert "thresholds" not in sent(report)  # of models of version 0.1.0
    manifest = msgspec.structs.replace(MANIFEST, thresholds_fitted_on="dev")
    found = sent(with_thresholds(report, {"City": Threshold(0.5, 1.0, 0.7)}), manifest)
    assert found["thresholds"] == {"City": {"confidenceScore": 0.5, "f1": 1.0, "precision": 1.0, "recall": 1.0}}
    assert found["thresholdsFittedOn"] == "dev"


def test_what_the_confidences_and_the_quantisation_rest_on(report: EvaluationReport) -> None:
    assert "quantisation" not in sent(report)
    tried = (Quantisation("fp32", 100, 0.9, chosen=False), Quantisation("int8", 25, 0.89, chosen=True))
    found = sent(report, msgspec.structs.replace(MANIFEST, quantisation=tried))
    assert found["calibration"] == {"temperature": 1.2, "entitiesCount": 50, "fittedOn": "dev"}
    assert found["quantisation"] == {
        "dtype": "int8",
        "measuredOn": "test",
        "candidates": [
            {"scheme": "fp32", "sizeInBytes": 100, "f1": 0.9, "chosen": False},
            {"scheme": "int8", "sizeInBytes": 25, "f1": 0.89, "chosen": True},
        ],
    }


def test_counts_of_the_schemes_and_kinds_of_each_category(report: EvaluationReport) -> None:
    found = sent(report)
    assert found["kinds"] == {"City": {"correct": 1, "spurious": 1}}
    strict = found["schemes"]["strict"]
    assert (strict["correctCount"], strict["spuriousCount"], strict["missedCount"]) == (1, 1, 0)


def test_guidance_with_its_documents_and_the_trainings_own_warnings_first(report: EvaluationReport) -> None:
    advice = Advice("FewLabels", "Label more.", ("City",), tuple(f"{i}.txt" for i in range(101)))
    warned = Warned("EntityTooLong", "It is long.", "a.txt")
    found = sent(
        msgspec.structs.replace(report, guidance=(advice,)), msgspec.structs.replace(MANIFEST, warnings=(warned,))
    )["guidance"]
    assert [(one["code"], one["documentsCount"]) for one in found] == [("EntityTooLong", 1), ("FewLabels", 101)]
    assert found[1]["categories"] == ["City"]
    assert found[1]["documents"] == [f"{i}.txt" for i in range(100)]


def test_how_much_there_was_of_each_category(report: EvaluationReport) -> None:
    counts = CategoryDistribution({"train": 5, "dev": 1, "test": 2}, {"train": 4, "dev": 1, "test": 1})
    found = sent(msgspec.structs.replace(report, distribution={"City": counts}))
    assert found["distribution"] == {
        "City": {"labels": {"Train": 5, "HeldOut": 1, "Test": 2}, "documents": {"Train": 4, "HeldOut": 1, "Test": 1}}
    }


def errors_path(project: str) -> str:
    return f"{AUTHORING}/projects/{project}/models/m/evaluation/errors"


@pytest.mark.parametrize(("unit", "offset"), [("Utf16CodeUnit", 15), ("UnicodeCodePoint", 14)])
def test_errors_with_their_context(world: World, client: ApiClient, project: str, unit: str, offset: int) -> None:
    model = world.model(project)
    (error,) = client.get(errors_path(project), stringIndexType=unit).json()["value"]
    assert (error["location"], error["kind"], error["context"], error["contextOffset"]) == (
        "e2.txt", "missed", "\U0001f600 In Oslo and Paris", 0
    )  # fmt: skip
    assert error["expected"] | {"confidenceScore": 0} == {
        "category": "City", "offset": offset, "length": 5, "confidenceScore": 0
    }  # fmt: skip
    assert 0 <= error["expected"]["confidenceScore"] <= 1
    assert "predicted" not in error
    results = client.get(f"{AUTHORING}/projects/{project}/models/{model.label}/evaluation/result").json()["value"]
    assert results[1]["contentHash"] == error["contentHash"] == hash_of_text("\U0001f600 In Oslo and Paris")


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ({"kind": "missed"}, 1), ({"kind": "spurious"}, 0), ({"category": "City"}, 1), ({"category": "Person"}, 0),
        ({"location": "e2.txt"}, 1), ({"location": "e1.txt"}, 0), ({"skip": "1"}, 0),
    ],
)  # fmt: skip
def test_errors_are_filtered(world: World, client: ApiClient, project: str, query: dict[str, str], n: int) -> None:
    world.model(project)
    assert len(client.get(errors_path(project), **query).json()["value"]) == n


def test_no_such_kind_of_error(world: World, client: ApiClient, project: str) -> None:
    world.model(project)
    reply = client.get(errors_path(project), kind="correct")
    assert_error(reply, 400, "InvalidArgument", inner="InvalidParameterValue", target="kind")
