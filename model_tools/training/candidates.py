"""Choosing the form of the model that is served: the smallest that costs next to no quality."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from model_tools.artifact import Artifact
from model_tools.documents import Document
from model_tools.evaluation.report import evaluate
from model_tools.inference.predictor import Predictor
from model_tools.manifest import Quantisation
from model_tools.training.export import FP32, INT8_SCHEMES, Scheme, quantise


def choose_candidate(
    fp32: Artifact, folder: Path, documents: Sequence[Document], *, max_f1_loss: float, threads: int | None
) -> Artifact:
    """Quantises in every way, the preferred first, until one loses at most `max_f1_loss` strict micro F1.

    Args:
        fp32: the unquantised model.
        folder: for the candidates.
        documents: to measure on.
        max_f1_loss: 0.005 = half a point.
        threads: of onnxruntime.

    Returns:
        The chosen model, whose manifest tells the figures of all that were tried.
    """
    tried = [_measure(fp32, FP32, documents, threads)]
    chosen = fp32
    for scheme in INT8_SCHEMES:
        candidate = _quantised(fp32, folder / scheme.name.replace(" ", "-"), scheme)
        tried.append(_measure(candidate, scheme, documents, threads))
        if tried[-1].f1 >= tried[0].f1 - max_f1_loss:
            chosen = candidate
            break
    accepted = len(tried) - 1 if chosen is not fp32 else 0
    figures = tuple(msgspec.structs.replace(one, chosen=i == accepted) for i, one in enumerate(tried))
    return Artifact.seal(chosen.folder, msgspec.structs.replace(chosen.manifest, quantisation=figures))


def _quantised(fp32: Artifact, folder: Path, scheme: Scheme) -> Artifact:
    folder.mkdir()
    candidate = Artifact(folder, msgspec.structs.replace(fp32.manifest, dtype=scheme.dtype))
    quantise(fp32.model, candidate.model, scheme)
    shutil.copyfile(fp32.tokenizer, candidate.tokenizer)
    return Artifact.seal(folder, candidate.manifest)


def _measure(artifact: Artifact, scheme: Scheme, documents: Sequence[Document], threads: int | None) -> Quantisation:
    report = evaluate(Predictor(artifact, threads=threads), documents)
    return Quantisation(scheme.name, artifact.model.stat().st_size, report.micro.f1, chosen=False)
