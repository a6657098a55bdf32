"""The training loop: AdamW with warm-up and linear decay."""

import time
from collections.abc import Sequence

import torch
from torch import nn

from model_tools.progress import Progress, percent_of
from model_tools.training.batches import endless_batches, n_batches
from model_tools.training.encode import IGNORED, Example
from model_tools.training.model import ShapedTokenClassifier, parameter_groups
from model_tools.training.recipe import Recipe


def train_model(
    model: ShapedTokenClassifier, examples: Sequence[Example], recipe: Recipe, *, seed: int, progress: Progress
) -> None:
    """Fine-tunes `model` in place.

    The same examples, recipe and seed, from the same state of torch's random generator, give the same weights on the
    same machine.
    """
    steps = n_steps(examples, recipe)
    optimiser = torch.optim.AdamW(parameter_groups(model, recipe), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: learning_rate_factor(step, steps, recipe))
    batches = endless_batches(examples, recipe.batch_tokens, seed=seed)
    half = use_bf16(recipe)
    begun = time.monotonic()
    model.train()
    for step in range(1, steps + 1):
        batch = next(batches)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            logits = model(batch.input_ids, batch.word_shapes, batch.attention_mask)
        loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), batch.tag_ids.flatten(), ignore_index=IGNORED)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), recipe.max_gradient_norm)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
        _report(progress, step / steps, time.monotonic() - begun)
    model.eval()


def n_steps(examples: Sequence[Example], recipe: Recipe) -> int:
    """Optimiser steps of a run: the recipe's epochs, within its bounds."""
    steps = recipe.epochs * n_batches(examples, recipe.batch_tokens)
    return min(max(steps, recipe.min_steps), recipe.max_steps)


def learning_rate_factor(step: int, steps: int, recipe: Recipe) -> float:
    """Of the full rate, at the 0-based `step`: a linear rise, then a linear fall towards 0."""
    warmup = max(1, round(steps * recipe.warmup_share))
    return min((step + 1) / warmup, (steps - step) / max(1, steps - warmup + 1))


def use_bf16(recipe: Recipe) -> bool:
    """Whether to multiply in bfloat16: on demand, or where the processor does so in hardware."""
    if recipe.precision != "auto":
        return recipe.precision == "bf16"
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def _report(progress: Progress, share: float, elapsed: float) -> None:
    """Says what is left of the whole run, as if the phases after training took the time their share of it says."""
    percent = percent_of("training", share)
    seconds_a_point = elapsed / (percent - percent_of("training", 0))
    progress("training", percent, seconds_a_point * (100 - percent))
