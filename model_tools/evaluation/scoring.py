"""The verbs `evaluate` and `compare`: score one model, or set two against each other, on labelled documents."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from model_tools.artifact import Artifact
from model_tools.documents import read_jsonl
from model_tools.evaluation.choice import CHOICES, of_split, seen_in_training, with_parts
from model_tools.evaluation.compare import compare
from model_tools.evaluation.cross_fitting import evaluate_fitted
from model_tools.evaluation.guidance import guidance
from model_tools.evaluation.presentation import (
    advice_lines,
    comparison_lines,
    comparison_record,
    report_lines,
    report_record,
)
from model_tools.evaluation.report import evaluate
from model_tools.inference.predictor import Predictor
from model_tools.progress import ShareProgress, progress_on
from model_tools.run_arguments import add_progress_argument, seed


def add_evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `evaluate`."""
    parser.add_argument("model", type=Path, metavar="DIR")
    _add_data_arguments(parser)


def add_compare_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `compare`."""
    parser.add_argument("model_a", type=Path, metavar="DIR_A")
    parser.add_argument("model_b", type=Path, metavar="DIR_B")
    _add_data_arguments(parser)
    parser.add_argument("--seed", type=seed, default=0)


def _add_data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA.jsonl")
    parser.add_argument(
        "--split",
        choices=CHOICES,
        default="test",
        help="a document without one has that of the training",
    )
    add_progress_argument(parser)
    parser.add_argument("--json", action="store_true")


def run_evaluate(options: argparse.Namespace) -> None:
    """Scores a model and prints the report. The progress goes to standard error.

    Raises:
        ArtifactError: the folder is no model.
        InvalidInputError: the data cannot be used, or has no document of the split.
    """
    artifact = Artifact.open(options.model)
    manifest, stored = artifact.manifest, artifact.read_split()
    documents = with_parts(read_jsonl(options.data), [stored])
    chosen = of_split(documents, options.split)
    with progress_on(sys.stderr, options.progress) as progress:
        progress("loading", 0, None)
        predictor, told = Predictor(artifact), ShareProgress(progress, "evaluating")
        report = evaluate_fitted(predictor, chosen, fitted=stored.test, told=told)
        progress("done", 100, 0)
    advice = [
        *seen_in_training(chosen, [stored]),
        *guidance(report, documents, known=manifest.categories, encoder=manifest.encoder.name),
    ]
    if options.json:
        _write([msgspec.json.encode(report_record(report, documents, advice)).decode()])
        return
    _write(report_lines(report, advice))


def run_compare(options: argparse.Namespace) -> None:
    """Scores two models on the same documents and prints which is better. The progress goes to standard error.

    Raises:
        ArtifactError: a folder is no model.
        InvalidInputError: the data cannot be used, or has no document of the split.
    """
    artifacts = [Artifact.open(model) for model in (options.model_a, options.model_b)]
    stored = [artifact.read_split() for artifact in artifacts]
    chosen = of_split(with_parts(read_jsonl(options.data), stored), options.split)
    with progress_on(sys.stderr, options.progress) as progress:
        progress("loading", 0, None)
        told = ShareProgress(progress, "evaluating", len(artifacts))
        a, b = (evaluate(Predictor(artifact), chosen, told=told) for artifact in artifacts)
        progress("done", 100, 0)
    comparison = compare(a, b, seed=options.seed)
    warnings = seen_in_training(chosen, stored)
    if options.json:
        _write([msgspec.json.encode(comparison_record(comparison, warnings)).decode()])
        return
    _write([*advice_lines(warnings), *comparison_lines(comparison)])


def _write(lines: Iterable[str]) -> None:
    sys.stdout.writelines(line + "\n" for line in lines)
    sys.stdout.flush()
