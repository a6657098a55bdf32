"""The learning curve: F1 at growing numbers of labels, measured, and what more labels would bring."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from math import isnan

import numpy as np

from model_tools.documents import Document
from model_tools.errors import Problem
from model_tools.evaluation.strict import count_by_category
from model_tools.progress import Progress, percent_of, silent
from model_tools.quality.curve_progress import CurveProgress, training_steps
from model_tools.quality.curve_result import Curve, CurvePoint, LearningCurve
from model_tools.quality.forecast import Conclusion, conclude
from model_tools.quality.measured_curve import MeasuredCurve, TrainingOutcome, measured_curves, training_variance
from model_tools.quality.subsets import MIN_TEST_DOCUMENTS, MIN_TEST_LABELS, CurvePlan
from model_tools.training.device_choice import DeviceChoice
from model_tools.training.recipe import Recipe

_SIGMAS_95 = 1.96


def learning_curve(
    plan: CurvePlan,
    recipe: Recipe,
    *,
    seed: int = 0,
    device: DeviceChoice = "auto",
    threads: int | None = None,
    progress: Progress = silent,
) -> LearningCurve:
    """Runs every training of the plan and draws the conclusions.

    Args:
        plan: see `plan_curve`.
        recipe: of all trainings.
        seed: of everything random.
        device: to train on.
        threads: of torch; None lets it take the cores.
        progress: told about every step.

    Raises:
        InvalidInputError: a GPU is asked for and there is none.
        NotFoundError: the recipe's encoder is not there.
    """
    begun = time.monotonic()
    outcomes = measure(plan, recipe, seed=seed, device=device, threads=threads, progress=progress)
    overall, categories = measured_curves(outcomes, plan.categories, is_out_of_fold=plan.is_out_of_fold, seed=seed)
    conclusion, conclusions = conclude(overall, categories, seed=seed)
    progress("done", percent_of("done", 1), 0)
    return LearningCurve(
        overall=_curve(overall, conclusion),
        categories={name: _curve(one, conclusions[name]) for name, one in categories.items()},
        recipe=recipe.name,
        seed=seed,
        n_repeats=len(plan.repeats),
        n_documents=round(float(overall.n_documents[-1])),
        n_judged_documents=len({document.id for repeat in plan.repeats for document in repeat.yardstick}),
        is_out_of_fold=plan.is_out_of_fold,
        seconds=round(time.monotonic() - begun, 1),
        warnings=tuple(_warnings(plan, recipe)),
    )


def measure(
    plan: CurvePlan,
    recipe: Recipe,
    *,
    seed: int = 0,
    device: DeviceChoice = "auto",
    threads: int | None = None,
    progress: Progress = silent,
) -> list[list[TrainingOutcome]]:
    """The outcomes `[repeat][point]` of all trainings; arguments as for `learning_curve`."""
    # Here, not above: torch takes seconds, and who only reads a curve does without.
    from model_tools.training.device import find_device  # noqa: PLC0415
    from model_tools.training.fitting import fit  # noqa: PLC0415

    where = find_device(device)
    told = CurveProgress(progress, plan, recipe)
    outcomes: list[list[TrainingOutcome]] = []
    for number, repeat in enumerate(plan.repeats):
        outcomes.append([])
        for subset in repeat.subsets:
            model = fit(
                subset, plan.categories, recipe, seed=seed + number, device=where, threads=threads, progress=told
            )
            predicted = model.tagger().predict([document.text for document in repeat.yardstick])
            counts = [
                count_by_category(document.labels, entities)
                for document, entities in zip(repeat.yardstick, predicted, strict=True)
            ]
            outcomes[-1].append(TrainingOutcome(len(subset), _labels_by_category(subset), counts))
            told.next_training()
    return outcomes


def _labels_by_category(documents: Sequence[Document]) -> Counter[str]:
    return Counter(label.category for document in documents for label in document.labels)


def _curve(measured: MeasuredCurve, conclusion: Conclusion) -> Curve:
    variances = np.diag(measured.covariance) + training_variance(measured.f1, measured.n_labels) / len(measured.repeats)
    reach = _SIGMAS_95 * np.sqrt(variances)
    points = tuple(
        CurvePoint(
            n_documents=round(n_documents),
            n_labels=round(n_labels),
            f1=f1,
            f1_interval=(max(0.0, f1 - off), min(1.0, f1 + off)),
            repeats=tuple(None if isnan(value) else value for value in repeats),
        )
        for n_documents, n_labels, f1, off, repeats in zip(
            measured.n_documents.tolist(),
            measured.n_labels.tolist(),
            measured.f1.tolist(),
            reach.tolist(),
            measured.repeats.T.tolist(),
            strict=True,
        )
    )
    return Curve(points, measured.n_judged_labels, conclusion.fitted, conclusion.forecast)


def _warnings(plan: CurvePlan, recipe: Recipe) -> Iterator[Problem]:
    if plan.is_out_of_fold:
        yield Problem(
            "TestSetSmall",
            f"The test split has fewer than {MIN_TEST_DOCUMENTS} documents or {MIN_TEST_LABELS} labels, so "
            "documents took turns in judging. The curve ends short of all documents, by those that judged.",
        )
    if plan.n_left_out:
        yield Problem("TestSetCut", f"{plan.n_left_out:,} documents of the test split were not needed to judge.")
    yield Problem("RecipeMatters", f"Measured with the recipe {recipe.name!r}; another one scores other values.")
    if training_steps(plan.repeats[0].subsets[-1], recipe) <= recipe.min_steps:
        # From half to all of CrossNER's politics and AI sets, most categories came out above their forecasts.
        yield Problem(
            "LongerTrainingAhead",
            f"All trainings took the recipe's least number of steps, {recipe.min_steps}. With more documents it trains "
            "longer too, which may bring more than is foretold.",
        )
