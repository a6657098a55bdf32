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
# Predicting a token was measured to take about as long as training on one and a half.
_PREDICTION = 1.5
_TOKENS_A_SECOND = 4500
"""Trained on with the default encoder, measured on two cores."""


class CurveProgress:
    """The progress of many trainings as that of one, each weighed by what it takes."""

    def __init__(self, progress: Progress, plan: CurvePlan, recipe: Recipe) -> None:
        self._progress = progress
        self._tokens = [tokens for repeat in expected_tokens(plan, recipe) for tokens in repeat]
        self._finished = 0
        self._begun = time.monotonic()

    def __call__(self, phase: Phase, percent: float, seconds_left: float | None) -> None:
        """What one training says of itself; what it thinks is left is replaced by what is left of all."""
        del phase, seconds_left
        here = self._tokens[self._finished] * percent / 100
        self._tell(sum(self._tokens[: self._finished]) + here)

    def next_training(self) -> None:
        """Said when a training has been judged."""
        self._finished += 1
        self._tell(sum(self._tokens[: self._finished]))

    def _tell(self, done: float) -> None:
        share, elapsed = done / sum(self._tokens), time.monotonic() - self._begun
        self._progress("training", percent_of("done", 1) * share, elapsed / share - elapsed if share > 0 else None)


def expected_tokens(plan: CurvePlan, recipe: Recipe) -> list[list[float]]:
    """Tokens that each training goes through, about, its judging counted for what it takes, `[repeat][point]`."""
    return [
        [
            training_steps(subset, recipe) * min(recipe.batch_tokens, _tokens(subset))
            + _PREDICTION * _tokens(repeat.yardstick)
            for subset in repeat.subsets
        ]
        for repeat in plan.repeats
    ]


def expected_seconds(plan: CurvePlan, recipe: Recipe) -> float:
    """Of the whole curve on two cores, about."""
    return sum(map(sum, expected_tokens(plan, recipe))) / _TOKENS_A_SECOND


def training_steps(documents: Sequence[Document], recipe: Recipe) -> int:
    """Optimiser steps of one training, about: the texts are not tokenized for it."""
    steps = recipe.epochs * ceil(_tokens(documents) / recipe.batch_tokens)
    return min(max(steps, recipe.min_steps), recipe.max_steps)


def _tokens(documents: Sequence[Document]) -> float:
    return sum(len(document.text.encode(errors="replace")) for document in documents) / _BYTES_A_TOKEN
