"""A whole training run on the tiny encoder."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="training is not installed")

import torch

from model_tools.artifact import Artifact, Split
from model_tools.documents import Document, read_jsonl
from model_tools.errors import ConflictError, NotFoundError
from model_tools.evaluation.cross_fitting import evaluate_fitted
from model_tools.evaluation.guidance import guidance
from model_tools.evaluation.report import EvaluationReport
from model_tools.evaluation.temperature import fit_temperature
from model_tools.inference.decode import Decoder, Floats
from model_tools.inference.predictor import Predictor
from model_tools.progress import PHASES, Phase
from model_tools.training import pipeline
from model_tools.training.candidates import choose_candidate
from model_tools.training.parts import split_parts
from model_tools.training.pipeline import train
from model_tools.training.recipe import Recipe, load_recipe


@pytest.fixture
def recipe(toy_recipe_file: Path) -> Recipe:
    return msgspec.structs.replace(load_recipe(str(toy_recipe_file)), min_steps=3, max_steps=3)


@pytest.fixture
def documents(toy_data: Path) -> list[Document]:
    return read_jsonl(toy_data)


def weights(artifact: Artifact) -> bytes:
    return artifact.model.read_bytes()


def test_the_artifact_says_what_it_is(toy_artifact: Artifact, documents: list[Document], toy_recipe_file: Path) -> None:
    manifest = Artifact.open(toy_artifact.folder).manifest
    assert manifest.categories == ("City", "Name")
    assert manifest.inputs == ("input_ids", "word_shapes")
    assert manifest.recipe == load_recipe(str(toy_recipe_file)).as_dict()
    assert manifest.dataset_sha256 == split_parts(documents, load_recipe(str(toy_recipe_file))).sha256
    assert manifest.n_train_documents == 36
    assert set(manifest.files) == {"model.onnx", "tokenizer.json", "evaluation.json", "split.json"}
    split = msgspec.json.decode(toy_artifact.split.read_bytes(), type=Split)
    assert split == split_parts(documents, load_recipe(str(toy_recipe_file))).split()
    assert (len(split.train), len(split.dev), len(split.test)) == (36, 0, 12)
    assert sum(figure.chosen for figure in manifest.quantisation) == 1
    assert manifest.versions["torch"]


def test_the_evaluation_is_of_what_is_served(
    toy_artifact: Artifact, predictor: Predictor, documents: list[Document], toy_recipe_file: Path
) -> None:
    test = [document for document in documents if document.split == "test"]
    stored = EvaluationReport.load(toy_artifact.evaluation)
    measured = evaluate_fitted(predictor, test, fitted=toy_artifact.read_split().test)
    advice = guidance(measured, documents, known=predictor.manifest.categories)
    parts = split_parts(documents, load_recipe(str(toy_recipe_file)))
    assert stored == msgspec.structs.replace(measured, guidance=tuple(advice), distribution=parts.distribution())
    assert stored.metrics() == toy_artifact.manifest.metrics
    assert stored.micro.f1 > 0.8


def test_equal_data_recipe_and_seed_give_an_equal_model(
    documents: list[Document], recipe: Recipe, tmp_path: Path
) -> None:
    parts = split_parts(documents, recipe)
    one, same, other = (
        train(parts, tmp_path / name, recipe, seed=seed) for name, seed in (("one", 1), ("same", 1), ("other", 2))
    )
    assert weights(one) == weights(same) != weights(other)
    assert one.evaluation.read_bytes() == same.evaluation.read_bytes()


def test_progress_goes_through_the_phases_in_order(documents: list[Document], recipe: Recipe, tmp_path: Path) -> None:
    told: list[tuple[Phase, float]] = []

    def progress(phase: Phase, percent: float, seconds_left: float | None) -> None:
        told.append((phase, percent))
        assert seconds_left is None or seconds_left >= 0

    train(split_parts(documents, recipe), tmp_path / "model", recipe, progress=progress)
    assert list(dict.fromkeys(phase for phase, _ in told)) == list(PHASES)
    percents = [percent for _, percent in told]
    assert percents == sorted(percents)
    assert percents[-1] == 100


def test_without_test_documents_the_choice_is_measured_on_the_train_documents(
    documents: list[Document], recipe: Recipe, tmp_path: Path
) -> None:
    train_only = [document for document in documents if document.split == "train"]
    artifact = train(split_parts(train_only, recipe), tmp_path / "model", recipe)
    assert artifact.manifest.measured_on == "train"
    assert artifact.manifest.metrics is not None
    assert artifact.manifest.metrics.n_documents == 0


def test_without_quantisation_the_model_stays_fp32(documents: list[Document], recipe: Recipe, tmp_path: Path) -> None:
    plain = msgspec.structs.replace(recipe, quantise=False)
    artifact = train(split_parts(documents, plain), tmp_path / "model", plain)
    assert (artifact.manifest.dtype, artifact.manifest.quantisation) == ("fp32", ())


def test_a_quantisation_that_costs_too_much_is_refused(
    documents: list[Document], recipe: Recipe, tmp_path: Path
) -> None:
    plain = msgspec.structs.replace(recipe, quantise=False)
    fp32 = train(split_parts(documents, plain), tmp_path / "model", plain)
    # No loss is small enough where a gain is asked for.
    chosen = choose_candidate(fp32, tmp_path, documents, max_f1_loss=-1, threads=1)
    assert chosen.manifest.dtype == "fp32"
    assert [(figure.scheme, figure.chosen) for figure in chosen.manifest.quantisation] == [
        ("fp32", True),
        ("int8", False),
        ("int8 embeddings", False),
    ]


def test_calibration_lowers_the_confidence_of_a_model_that_is_often_wrong(
    predictor: Predictor, documents: list[Document]
) -> None:
    right = fit_temperature(predictor, documents, default=1.5)
    unlabelled = [Document(document.id, document.text) for document in documents]
    wrong = fit_temperature(predictor, unlabelled, default=1.5)
    assert right.entities == wrong.entities > 40
    assert right.temperature < 1.5 < wrong.temperature


def test_test_documents_calibrate_where_none_are_spared_for_it(toy_artifact: Artifact) -> None:
    calibration = toy_artifact.manifest.calibration
    assert calibration.fitted_on == ("test" if calibration.entities else None)
    report = EvaluationReport.load(toy_artifact.evaluation)
    assert (report.fitted_on, report.is_cross_fitted) == (calibration.fitted_on, calibration.entities > 0)


def test_documents_are_decoded_once_for_all_temperatures(
    predictor: Predictor, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []
    search = Decoder.best_path

    def counted(self: Decoder, scores: Floats) -> NDArray[np.intp]:
        searched.append(len(scores))
        return search(self, scores)

    monkeypatch.setattr(Decoder, "best_path", counted)
    assert fit_temperature(predictor, documents, default=1.5).entities > 40
    assert len(searched) == len(documents)


def test_too_few_entities_leave_the_default(predictor: Predictor, documents: list[Document]) -> None:
    calibration = fit_temperature(predictor, documents[:3], default=1.7)
    assert (calibration.temperature, calibration.entities) == (1.7, 0)


def test_failures_leave_nothing_behind(documents: list[Document], recipe: Recipe, tmp_path: Path) -> None:
    missing = msgspec.structs.replace(recipe, encoder="package:no_such_weights")
    with pytest.raises(NotFoundError):
        train(split_parts(documents, recipe), tmp_path / "model", missing)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ConflictError):
        train(split_parts(documents, recipe), tmp_path / "mine", recipe)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_checkpoint_stays_until_the_model_is_there(
    documents: list[Document], recipe: Recipe, tmp_path: Path
) -> None:
    checkpoint, out = tmp_path / "run.pt", tmp_path / "model"
    checkpoint.write_bytes(b"of another run")
    parts = split_parts(documents, recipe)

    def take_the_place(phase: Phase, percent: float, seconds_left: float | None) -> None:
        if phase == "evaluating" and not out.exists():
            out.write_text("mine")

    with pytest.raises(ConflictError):
        train(parts, out, recipe, checkpoint=checkpoint, progress=take_the_place)
    assert checkpoint.exists()
    out.unlink()
    train(parts, out, recipe, checkpoint=checkpoint)
    assert not checkpoint.exists()


def test_a_run_is_another_one_with_other_weights_libraries_or_device(
    documents: list[Document], recipe: Recipe, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, cpu = split_parts(documents, recipe), torch.device("cpu")
    monkeypatch.setattr(pipeline, "has_fast_bf16", lambda _: False)
    same = pipeline._identity(parts, recipe, 1, cpu)
    assert same == pipeline._identity(parts, recipe, 1, cpu)
    found = {
        same,
        pipeline._identity(parts, recipe, 2, cpu),
        pipeline._identity(parts, recipe, 1, torch.device("cuda")),
    }

    weights_file = shutil.copytree(tiny_encoder, tmp_path / "encoder") / "model.safetensors"
    monkeypatch.setattr(pipeline, "find_encoder", lambda _: weights_file.parent)
    assert pipeline._identity(parts, recipe, 1, cpu) == same
    weights_file.write_bytes(weights_file.read_bytes()[:-4] + b"more")
    found.add(pipeline._identity(parts, recipe, 1, cpu))
    monkeypatch.undo()

    monkeypatch.setattr(pipeline, "has_fast_bf16", lambda _: True)
    found.add(pipeline._identity(parts, recipe, 1, cpu))
    monkeypatch.setattr(pipeline, "version", lambda library: f"{library} of tomorrow")
    found.add(pipeline._identity(parts, recipe, 1, cpu))
    assert len(found) == 6
