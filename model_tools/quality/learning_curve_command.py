"""The verb `learning-curve`: measures, and says what more labels would bring."""

import argparse
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import msgspec

from model_tools.documents import read_jsonl
from model_tools.errors import InvalidInputError
from model_tools.progress import progress_on
from model_tools.quality.curve_progress import expected_seconds
from model_tools.quality.curve_result import Curve, LearningCurve
from model_tools.quality.learning_curve import learning_curve
from model_tools.quality.subsets import MAX_POINTS, MIN_POINTS, CurvePlan, plan_curve
from model_tools.run_arguments import add_run_arguments
from model_tools.training.recipe import Recipe, load_recipe

_POINTS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb; `run` takes what they give."""
    parser.description = "Trains on growing shares of the documents and foretells what more labels would bring."
    parser.add_argument("data", type=Path, metavar="DATA.jsonl")
    parser.add_argument("--recipe", default="fast", metavar="NAME", help="a recipe's name or .toml file")
    parser.add_argument("--points", type=int, default=_POINTS, help=f"of the curve, {MIN_POINTS} to {MAX_POINTS}")
    parser.add_argument("--repeats", type=int, help="orders in which documents are added; default: 2 or 3")
    add_run_arguments(parser)
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> None:
    """Measures and prints. The result goes to standard output, the progress to standard error.

    Raises:
        InvalidInputError: training is not installed, or the data allows no curve.
        NotFoundError: the recipe's encoder is not there.
    """
    recipe = load_recipe(options.recipe)
    plan = plan_curve(read_jsonl(options.data), n_points=options.points, n_repeats=options.repeats, seed=options.seed)
    if find_spec("torch") is None:
        raise InvalidInputError("Training is not installed here. Install it: pip install -r requirements-train.txt")
    # Before torch is imported, or it has no effect.
    from model_tools.training.process import prepare_process  # noqa: PLC0415

    prepare_process()
    if not options.json:
        sys.stdout.write(plan_line(plan, recipe) + "\n")
        sys.stdout.flush()
    with progress_on(sys.stderr, options.progress) as progress:
        curve = learning_curve(
            plan,
            recipe,
            seed=options.seed,
            device=options.device,
            threads=options.threads,
            progress=progress,
        )
    if options.json:
        sys.stdout.write(msgspec.json.encode(curve).decode() + "\n")
        return
    sys.stdout.writelines(line + "\n" for line in curve_lines(curve))


def plan_line(plan: CurvePlan, recipe: Recipe) -> str:
    """What will be done and about how long it takes, in a sentence."""
    n_trainings = sum(len(repeat.subsets) for repeat in plan.repeats)
    sizes = [len(subset) for subset in plan.repeats[0].subsets]
    judges = (
        "documents that take turns" if plan.is_out_of_fold else f"{len(plan.repeats[0].yardstick):,} test documents"
    )
    minutes = max(1, round(expected_seconds(plan, recipe) / 60))
    return (
        f"{n_trainings} trainings with the recipe {recipe.name!r} on {sizes[0]:,} to {sizes[-1]:,} documents, "
        f"judged by {judges}: about {minutes} min on two cores."
    )


def curve_lines(curve: LearningCurve) -> Iterator[str]:
    """The points of all labels together, the last point of each category, the forecasts and the warnings."""
    yield f"{'documents':>10} {'labels':>8}  F1 (95 % interval)"
    for point in curve.overall.points:
        low, high = point.f1_interval
        yield f"{point.n_documents:>10,} {point.n_labels:>8,}  {point.f1:.3f}  ({low:.3f} to {high:.3f})"
    for name, one in [("all", curve.overall), *curve.categories.items()]:
        yield _forecast_line(name, one)
    for warning in curve.warnings:
        yield f"{warning.code}: {warning.message}"


def _forecast_line(name: str, curve: Curve) -> str:
    last = curve.points[-1]
    return f"{name:<24} {last.n_labels:>7,} labels  f1 {last.f1:.3f}  {curve.forecast.sentence}"
