"""The schedule, the batches, the early stop and the precision of the training loop."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="training is not installed")

import msgspec
import torch

from model_tools.progress import silent
from model_tools.training.batches import endless_batches, n_batches
from model_tools.training.encode import IGNORED, Example
from model_tools.training.model import ShapedTokenClassifier, create_model
from model_tools.training.recipe import Recipe, load_recipe
from model_tools.training.trainer import learning_rate_factor, n_steps, train_model

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


def tiny(steps: int, **changes: object) -> Recipe:
    bounds = {"epochs": 1, "min_steps": steps, "max_steps": steps, "window": 32, "overlap": 8, "batch_tokens": 64}
    return msgspec.structs.replace(RECIPE, **bounds, precision="fp32", **changes)


def network(encoder: Path, recipe: Recipe) -> ShapedTokenClassifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return create_model(encoder, ("O", "B-X", "I-X"), recipe)


def learnable(n: int = 4) -> list[Example]:
    return [
        Example(np.arange(5, 13, dtype=np.int64) + i, np.zeros(8, np.int64), np.array([IGNORED, *[i % 3] * 6, IGNORED]))
        for i in range(n)
    ]


def judged(
    encoder: Path, recipe: Recipe, scores: list[float]
) -> tuple[list[dict[str, torch.Tensor]], ShapedTokenClassifier]:
    """The weights that each validation saw, and the network after training."""
    model = network(encoder, recipe)
    seen: list[dict[str, torch.Tensor]] = []

    def validate() -> float:
        seen.append({name: one.detach().clone() for name, one in model.named_parameters()})
        return scores[len(seen) - 1]

    train_model(model, learnable(), recipe, seed=0, progress=silent, validate=validate)
    return seen, model


def equal(model: ShapedTokenClassifier, weights: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one, weights[name]) for name, one in model.named_parameters())


def test_training_stops_early_and_the_best_weights_come_back(tiny_encoder: Path) -> None:
    seen, model = judged(tiny_encoder, tiny(20, validations=10, patience=2), [0.1, 0.5, 0.4, 0.3, 0.9])
    assert len(seen) == 4  # 0.9 is never seen
    assert equal(model, seen[1])
    assert not equal(model, seen[3])
    assert not model.training


def test_the_last_steps_are_judged_too(tiny_encoder: Path) -> None:
    seen, model = judged(tiny_encoder, tiny(11, validations=5, patience=9), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert len(seen) == 6
    assert equal(model, seen[5])


@pytest.mark.parametrize(
    ("precision", "has_fast_bf16", "is_half"),
    [("fp32", True, False), ("bf16", False, True), ("auto", True, True), ("auto", False, False)],
)
def test_half_precision_where_it_is_fast_or_asked_for(
    precision: str, has_fast_bf16: bool, is_half: bool, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_tools.training.trainer.has_fast_bf16", lambda _: has_fast_bf16)
    recipe = msgspec.structs.replace(tiny(2), precision=precision)
    model = network(tiny_encoder, recipe)
    seen: list[bool] = []
    model.register_forward_pre_hook(lambda *_: seen.append(torch.is_autocast_enabled("cpu")))
    train_model(model, learnable(), recipe, seed=0, progress=silent)
    assert seen == [is_half, is_half]
    assert model.shape_embeddings.weight.dtype == torch.float32
