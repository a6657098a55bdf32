"""The schedule and the batches of the training loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="training is not installed")

import msgspec

from model_tools.training.batches import endless_batches, n_batches
from model_tools.training.encode import IGNORED, Example
from model_tools.training.recipe import load_recipe
from model_tools.training.trainer import learning_rate_factor, n_steps

RECIPE = load_recipe("default")


def example(length: int, number: int = 1) -> Example:
    values = np.full(length, number, dtype=np.int64)
    return Example(values, values, values)


def test_the_rate_rises_then_falls() -> None:
    factors = [learning_rate_factor(step, 100, RECIPE) for step in range(100)]
    peak = factors.index(max(factors))
    assert peak == round(100 * RECIPE.warmup_share) - 1 or factors[peak] == 1.0
    assert factors[: peak + 1] == sorted(factors[: peak + 1])
    assert factors[peak:] == sorted(factors[peak:], reverse=True)
    assert all(0 < factor <= 1 for factor in factors)


@pytest.mark.parametrize(
    ("n_examples", "bounds", "steps"),
    [(1, (50, 200), 50), (40, (50, 200), 100), (400, (50, 200), 200)],
)
def test_steps_are_epochs_within_bounds(n_examples: int, bounds: tuple[int, int], steps: int) -> None:
    recipe = msgspec.structs.replace(RECIPE, epochs=10, min_steps=bounds[0], max_steps=bounds[1], batch_tokens=256)
    assert n_steps([example(64)] * n_examples, recipe) == steps


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.integers(0, 5))
def test_an_epoch_has_every_window_once_and_no_batch_is_too_big(lengths: list[int], seed: int) -> None:
    examples = [example(length, number) for number, length in enumerate(lengths, start=1)]
    batches = endless_batches(examples, 64, seed=seed)
    seen: list[int] = []
    while len(seen) < len(lengths):
        batch = next(batches)
        assert batch.input_ids.numel() <= 64
        assert (batch.attention_mask.sum(dim=1) > 0).all()
        assert ((batch.tag_ids == IGNORED) == (batch.attention_mask == 0)).all()
        seen += batch.input_ids[:, 0].tolist()
    assert sorted(seen) == list(range(1, len(lengths) + 1))


def test_batches_are_of_like_length() -> None:
    lengths = np.random.default_rng(0).integers(5, 120, 200).tolist()
    examples = [example(length) for length in lengths]
    batches = endless_batches(examples, 1024, seed=0)
    total = sum(next(batches).input_ids.numel() for _ in range(n_batches(examples, 1024)))
    assert total < 1.35 * sum(lengths)
