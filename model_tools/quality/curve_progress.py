"""How long a learning curve takes, told beforehand, and how far it is."""

import time
from collections.abc import Sequence
from math import ceil

from model_tools.documents import Document
from model_tools.progress import Phase, Progress, percent_of
from model_tools.quality.subsets import CurvePlan
from model_tools.training.recipe import Recipe

_BYTES_A_TOKEN = 4
"""About, in any script: UTF-8 spends more bytes where a character says more."""
# Predicting a token was measured to take about as long as training on it for one and a half steps.
_STEPS_A_PREDICTION = 1.5
_SECONDS_A_STEP = 0.22
"""Of 1,024 tokens with the default encoder, measured on two cores."""


class CurveProgress:
    """The progress of many trainings as that of one, each weighed by what it takes."""

    def __init__(self, progress: Progress, plan: CurvePlan, recipe: Recipe) -> None:
        self._progress = progress
        self._steps = [steps for repeat in expected_steps(plan, recipe) for steps in repeat]
        self._finished = 0
        self._begun = time.monotonic()

    def __call__(self, phase: Phase, percent: float, seconds_left: float | None) -> None:
        """What one training says of itself; what it thinks is left is replaced by what is left of all."""
        del phase, seconds_left
        here = self._steps[self._finished] * percent / 100
        self._tell(sum(self._steps[: self._finished]) + here)

    def next_training(self) -> None:
        """Said when a training has been judged."""
        self._finished += 1
        self._tell(sum(self._steps[: self._finished]))

    def _tell(self, done: float) -> None:
        share, elapsed = done / sum(self._steps), time.monotonic() - self._begun
        self._progress("training", percent_of("done", 1) * share, elapsed / share - elapsed if share > 0 else None)


def expected_steps(plan: CurvePlan, recipe: Recipe) -> list[list[float]]:
    """Optimiser steps of 1,024 tokens, about, that each training takes with its judging, `[repeat][point]`."""
    return [
        [
            training_steps(subset, recipe) + _STEPS_A_PREDICTION * _tokens(repeat.yardstick) / recipe.batch_tokens
            for subset in repeat.subsets
        ]
        for repeat in plan.repeats
    ]


def expected_seconds(plan: CurvePlan, recipe: Recipe) -> float:
    """Of the whole curve on two cores, about."""
    return _SECONDS_A_STEP * sum(map(sum, expected_steps(plan, recipe)))


def training_steps(documents: Sequence[Document], recipe: Recipe) -> int:
    """Optimiser steps of one training, about: the texts are not tokenized for it."""
    steps = recipe.epochs * ceil(_tokens(documents) / recipe.batch_tokens)
    return min(max(steps, recipe.min_steps), recipe.max_steps)


def _tokens(documents: Sequence[Document]) -> float:
    return sum(len(document.text.encode(errors="replace")) for document in documents) / _BYTES_A_TOKEN
