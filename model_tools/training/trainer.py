"""The training loop: AdamW with warm-up and linear decay, stopped early where held-out documents say so."""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from model_tools.progress import Progress, percent_of
from model_tools.training.batches import Batch, endless_batches, n_batches
from model_tools.training.checkpoint import Checkpoint
from model_tools.training.device import has_fast_bf16
from model_tools.training.encode import IGNORED, Example
from model_tools.training.model import ShapedTokenClassifier, parameter_groups
from model_tools.training.recipe import Recipe

Validate = Callable[[], float]
"""The score of the network as it is, on held-out documents; the higher the better."""


def train_model(
    model: ShapedTokenClassifier,
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    seed: int,
    progress: Progress,
    validate: Validate | None = None,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Fine-tunes `model` in place, on the device it is on.

    The same examples, recipe and seed, from the same state of torch's random generator, give the same weights on the
    same machine's processor, whether or not the run was cut off and resumed from its checkpoint.

    Args:
        model: fresh from `create_model`.
        examples: of the train documents.
        recipe: says how.
        seed: of the batches' order.
        progress: told about every step.
        validate: asked now and then; without it the run goes to its end.
        checkpoint: keeps the run's state while it lasts.
    """
    run = _Run(model, examples, recipe)
    if checkpoint and (state := checkpoint.load()):
        run.load_state(state)
    batches = islice(endless_batches(examples, recipe.batch_tokens, seed=seed), run.step, None)
    begun, first = time.monotonic(), run.step
    while run.step < run.n_steps and not run.has_stalled:
        run.take_step(next(batches))
        if validate and run.is_time_to_judge:
            run.judge(validate())
        if checkpoint:
            checkpoint.save_if_due(run.state)
        _report(progress, run.step / run.n_steps, time.monotonic() - begun, first / run.n_steps)
    run.end()


class _Run:
    """The state of a training run, and what moves it."""

    def __init__(self, model: ShapedTokenClassifier, examples: Sequence[Example], recipe: Recipe) -> None:
        self.step = 0
        self.n_steps = n_steps(examples, recipe)
        self.steps_between_validations = max(1, self.n_steps // recipe.validations)
        self._model = model
        self._recipe = recipe
        self._device = model.shape_embeddings.weight.device
        self._optimiser = torch.optim.AdamW(parameter_groups(model, recipe), fused=True)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: learning_rate_factor(step, self.n_steps, recipe)
        )
        self._half = recipe.precision == "bf16" or (recipe.precision == "auto" and has_fast_bf16(self._device))
        self._best_score = -1.0
        self._best_weights: dict[str, Tensor] = {}
        self._n_worse = 0
        model.train()

    @property
    def has_stalled(self) -> bool:
        """Whether the last validations, as many as the recipe has patience for, were none better than the best."""
        return self._n_worse >= self._recipe.patience

    @property
    def is_time_to_judge(self) -> bool:
        """Whether the weights as they are deserve a look: now and then, and at the end."""
        return self.step % self.steps_between_validations == 0 or self.step == self.n_steps

    def take_step(self, batch: Batch) -> None:
        """One step of the optimiser."""
        batch = batch.to(self._device)
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._half):
            logits = self._model(batch.input_ids, batch.word_shapes, batch.attention_mask)
        tag_loss(logits.float(), batch.tag_ids, self._recipe).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._model.parameters(), self._recipe.max_gradient_norm)
        self._optimiser.step()
        self._schedule.step()
        self._optimiser.zero_grad(set_to_none=True)
        self.step += 1

    def judge(self, score: float) -> None:
        """Keeps the weights if this is the best score so far."""
        if score > self._best_score:
            self._best_score, self._best_weights, self._n_worse = score, self._trained_weights(), 0
        else:
            self._n_worse += 1
        self._model.train()

    def end(self) -> None:
        """Leaves the network with the best weights that validation saw, or else the last, and ready for use."""
        if self._best_weights:
            self._model.load_state_dict(self._best_weights, strict=False)
        self._model.eval()

    def state(self) -> dict[str, Any]:
        """All it takes to go on: plain values and tensors."""
        return {
            "step": self.step,
            "weights": self._trained_weights(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "random": torch.get_rng_state(),
            "best_score": self._best_score,
            "best_weights": self._best_weights,
            "n_worse": self._n_worse,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Goes back to where `state` was taken."""
        self.step = state["step"]
        self._model.load_state_dict(state["weights"], strict=False)
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["random"])
        self._best_score, self._best_weights = state["best_score"], state["best_weights"]
        self._n_worse = state["n_worse"]

    def _trained_weights(self) -> dict[str, Tensor]:
        """Copies of what training moves; half of the network, the word embeddings, may be frozen."""
        return {
            name: parameter.detach().clone()
            for name, parameter in self._model.named_parameters()
            if parameter.requires_grad
        }


def tag_loss(logits: Tensor, tag_ids: Tensor, recipe: Recipe) -> Tensor:
    """Cross-entropy over the tokens that carry a tag; logits `[window, token, tag]`, tag ids `[window, token]`."""
    return nn.functional.cross_entropy(
        logits.flatten(0, 1), tag_ids.flatten(), ignore_index=IGNORED, label_smoothing=recipe.label_smoothing
    )


def n_steps(examples: Sequence[Example], recipe: Recipe) -> int:
    """Optimiser steps of a run: the recipe's epochs, within its bounds."""
    steps = recipe.epochs * n_batches(examples, recipe.batch_tokens)
    return min(max(steps, recipe.min_steps), recipe.max_steps)


def learning_rate_factor(step: int, steps: int, recipe: Recipe) -> float:
    """Of the full rate, at the 0-based `step`: a linear rise, then a linear fall towards 0."""
    warmup = max(1, round(steps * recipe.warmup_share))
    return min((step + 1) / warmup, (steps - step) / max(1, steps - warmup + 1))


def _report(progress: Progress, share: float, elapsed: float, resumed_at: float) -> None:
    """Says what is left of the whole run, as if the phases after training took the time their share of it says."""
    percent = percent_of("training", share)
    seconds_a_point = elapsed / (percent - percent_of("training", resumed_at))
    progress("training", percent, seconds_a_point * (100 - percent))
