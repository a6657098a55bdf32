"""A training run, from labelled documents to a finished model folder."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidProtobuf, RuntimeException

from model_tools.artifact import Artifact, writing
from model_tools.dataset.languages import language_mismatch
from model_tools.errors import ArtifactError
from model_tools.evaluation.cross_fitting import evaluate_fitted
from model_tools.evaluation.guidance import guidance
from model_tools.evaluation.report import EvaluationReport, evaluate
from model_tools.evaluation.temperature import fit_temperature
from model_tools.evaluation.thresholds import suggest_thresholds
from model_tools.inference.predictor import Predictor
from model_tools.inference.session import INPUT_IDS, WORD_SHAPES
from model_tools.manifest import Calibration, EncoderRecord, Manifest, Threshold, Warned
from model_tools.progress import Progress, percent_of, silent
from model_tools.training.candidates import choose_candidate
from model_tools.training.checkpoint import Checkpoint
from model_tools.training.device import find_device, has_fast_bf16
from model_tools.training.device_choice import DeviceChoice
from model_tools.training.encoder import encoder_hash, find_encoder
from model_tools.training.export import export_fp32
from model_tools.training.fitting import FittedModel, fit
from model_tools.training.parity import check_parity
from model_tools.training.parts import Parts
from model_tools.training.recipe import Recipe

_LIBRARIES = ("numpy", "onnx", "onnxruntime", "optimum", "optimum-onnx", "tokenizers", "torch", "transformers")
_NAMED = 3
"""Documents that a warning about many names."""


def train(
    parts: Parts,
    folder: Path,
    recipe: Recipe,
    *,
    seed: int = 0,
    device: DeviceChoice = "auto",
    threads: int | None = None,
    progress: Progress = silent,
    checkpoint: Path | None = None,
) -> Artifact:
    """Fine-tunes, exports, quantises, calibrates and evaluates. `folder` appears only when all is done.

    Args:
        parts: see `split_parts`.
        folder: of the model; a model already there is replaced.
        recipe: see `load_recipe`.
        seed: of everything random.
        device: to train on.
        threads: of torch and onnxruntime; None lets them take the cores.
        progress: told about every step.
        checkpoint: a file that keeps the state of the training while it lasts. Where it holds one of the same
            documents, recipe and seed, that run goes on.

    Raises:
        InvalidInputError: no train document has anything to read.
        NotFoundError: the recipe's encoder is not there.
        ConflictError: `folder` holds something that is not a model.
    """
    with writing(folder) as draft, tempfile.TemporaryDirectory(prefix="nerine-") as scratch:
        progress("loading", percent_of("loading", 0), None)
        begun = time.monotonic()
        where = find_device(device)
        saved = None if checkpoint is None else Checkpoint(checkpoint, _identity(parts, recipe, seed, where))
        fitted = fit(
            parts.train,
            parts.categories,
            recipe,
            seed=seed,
            held_out=parts.held_out,
            device=where,
            threads=threads,
            progress=progress,
            checkpoint=saved,
        )
        progress("exporting", percent_of("exporting", 0), None)
        fp32 = _export(fitted, _manifest(fitted, parts, recipe, seed, time.monotonic() - begun), Path(scratch) / "fp32")
        chosen = fp32
        if recipe.quantise:
            progress("quantising", percent_of("quantising", 0), None)
            with _graphs_in(Path(scratch)):
                chosen = choose_candidate(
                    fp32, Path(scratch), parts.test or parts.train, max_f1_loss=recipe.max_f1_loss, threads=threads
                )
        progress("evaluating", percent_of("evaluating", 0), None)
        _finish(chosen, draft, parts, recipe, threads=threads)
    if saved:
        saved.remove()
    progress("done", percent_of("done", 1), 0)
    return Artifact.open(folder, verify=False)


def _identity(parts: Parts, recipe: Recipe, seed: int, device: torch.device) -> str:
    """Equal for runs that would take the same steps."""
    encoder = encoder_hash(find_encoder(recipe.encoder))
    where = [device.type, has_fast_bf16(device), _versions()]
    run = [parts.sha256, parts.categories, recipe.as_dict(), seed, encoder, where]
    return hashlib.sha256(msgspec.json.encode(run)).hexdigest()


def _versions() -> dict[str, str]:
    return {library: version(library) for library in _LIBRARIES}


def _manifest(fitted: FittedModel, parts: Parts, recipe: Recipe, seed: int, seconds: float) -> Manifest:
    """Of the fp32 model, before anything was measured."""
    return Manifest(
        categories=parts.categories,
        tags=fitted.tags,
        inputs=(INPUT_IDS, WORD_SHAPES),
        window=recipe.window,
        overlap=recipe.overlap,
        tagging_unit=fitted.encoded.tagging_unit,
        dtype="fp32",
        calibration=Calibration(recipe.default_temperature, 0),
        encoder=EncoderRecord(recipe.encoder, encoder_hash(fitted.encoder)),
        recipe=recipe.as_dict(),
        seed=seed,
        dataset_sha256=parts.sha256,
        n_train_documents=len(parts.train),
        versions=_versions(),
        created=datetime.now(UTC),
        training_seconds=seconds,
        measured_on="test" if parts.test else "train",
        warnings=(*_language_warnings(parts, recipe), *fitted.encoded.warnings),
    )


def _language_warnings(parts: Parts, recipe: Recipe) -> Iterator[Warned]:
    mismatch = language_mismatch(parts.train, recipe.encoder)
    if mismatch:
        first = ", ".join(mismatch.documents[:_NAMED])
        yield Warned("EncoderLanguage", f"{mismatch.message} They begin with {first}.")


def _export(fitted: FittedModel, manifest: Manifest, folder: Path) -> Artifact:
    """The fp32 model as a folder without an evaluation."""
    folder.mkdir()
    artifact = Artifact(folder, manifest)
    # Not `Tokenizer.save`, which says of a full disk what nobody can tell from any other fault.
    artifact.tokenizer.write_text(fitted.tokenizer.to_str(pretty=True), encoding="utf-8", newline="\n")
    with _graphs_in(folder):
        export_fp32(fitted.network, artifact.model)
    parity = check_parity(fitted.network, artifact, fitted.encoded.examples)
    return Artifact.seal(folder, msgspec.structs.replace(manifest, parity=parity))


@contextmanager
def _graphs_in(folder: Path) -> Iterator[None]:
    """Gives onnxruntime's faults a sentence; it has no word for a full disk.

    Raises:
        ArtifactError: it failed.
    """
    try:
        yield
    except (Fail, InvalidProtobuf, RuntimeException) as error:
        free = shutil.disk_usage(folder).free / 2**20
        raise ArtifactError(
            f"onnxruntime could not write the model: {error} Is the disk full? {folder} has {free:,.0f} MiB left."
        ) from error


def _finish(chosen: Artifact, draft: Path, parts: Parts, recipe: Recipe, *, threads: int | None) -> None:
    """Fills `draft` with the chosen model, calibrated and evaluated as it will be served."""
    artifact = Artifact(draft, chosen.manifest)
    shutil.copyfile(chosen.model, artifact.model)
    shutil.copyfile(chosen.tokenizer, artifact.tokenizer)
    predictor = Predictor(artifact, threads=threads)
    spare: Literal["dev", "test"] = "dev" if parts.held_out else "test"
    # The train documents would not do: of what it has learnt, a model is too sure.
    fitting = parts.held_out or parts.test
    calibration = fit_temperature(predictor, fitting, default=recipe.default_temperature)
    if calibration.entities:
        calibration = msgspec.structs.replace(calibration, fitted_on=spare)
    manifest = msgspec.structs.replace(artifact.manifest, calibration=calibration)
    found = evaluate(Predictor(Artifact(draft, manifest), threads=threads), fitting)
    manifest = msgspec.structs.replace(
        manifest,
        thresholds=suggest_thresholds(found.documents),
        thresholds_fitted_on=spare if fitting else None,
    )
    predictor = Predictor(Artifact(draft, manifest), threads=threads)
    report = evaluate_fitted(predictor, parts.test, fitted=parts.split().test)
    manifest = msgspec.structs.replace(manifest, thresholds=_as_measured(manifest.thresholds, report))
    advice = guidance(report, (*parts.train, *parts.held_out, *parts.test), known=parts.categories)
    report = msgspec.structs.replace(report, guidance=tuple(advice), distribution=parts.distribution())
    artifact.evaluation.write_bytes(report.to_json())
    artifact.split.write_bytes(parts.split().to_json())
    Artifact.seal(draft, msgspec.structs.replace(manifest, metrics=report.metrics()))


def _as_measured(thresholds: Mapping[str, Threshold], report: EvaluationReport) -> dict[str, Threshold]:
    """The thresholds with the F1 that the report has for them, where the one at their choice flatters them."""
    if not report.is_cross_fitted:
        return dict(thresholds)
    return {
        category: msgspec.structs.replace(one, f1=report.thresholds[category].f1)
        for category, one in thresholds.items()
    }
