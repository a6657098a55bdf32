"""Recipes: all hyper-parameters of a training run, as data."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from model_tools.errors import InvalidInputError

_FOLDER = files("model_tools.training") / "recipes"
_SUFFIX = ".toml"


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to train. Every value is set and explained in the recipe's file: there are no hidden defaults."""

    name: str
    description: str
    encoder: str
    window: int
    overlap: int
    tagging_unit: Literal["auto", "word", "subword"]
    epochs: int
    min_steps: int
    max_steps: int
    batch_tokens: int
    encoder_learning_rate: float
    head_learning_rate: float
    layer_decay: float
    weight_decay: float
    warmup_share: float
    dropout: float
    max_gradient_norm: float
    freeze_word_embeddings: bool
    precision: Literal["auto", "bf16", "fp32"]
    label_smoothing: float
    dev_share: float
    dev_min_documents: int
    validations: int
    patience: int
    early_stopping_min_labels: int
    default_temperature: float
    quantise: bool
    max_f1_loss: float

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.window // 2:
            raise ValueError("overlap must be at least 0 and under half the window")
        if self.epochs < 1 or self.batch_tokens < self.window or not 0 <= self.dev_share < 1:
            raise ValueError("epochs >= 1, batch_tokens >= window, and dev_share in [0, 1) are needed")
        if self.validations < 1 or self.patience < 1:
            raise ValueError("validations and patience must be at least 1")

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return msgspec.structs.asdict(self)


def recipe_names() -> list[str]:
    """Names of the recipes that come with this package, sorted."""
    return sorted(item.name.removesuffix(_SUFFIX) for item in _FOLDER.iterdir() if item.name.endswith(_SUFFIX))


def load_recipe(name: str) -> Recipe:
    """The recipe of that name, or the one in the file that a name ending in `.toml` points to.

    Raises:
        InvalidInputError: no such recipe, or its file has an unknown, missing or unusable value.
    """
    if name.endswith(_SUFFIX) and Path(name).is_file():
        text = Path(name).read_text(encoding="utf-8")
    elif name in recipe_names():
        text = (_FOLDER / (name + _SUFFIX)).read_text(encoding="utf-8")
    elif name.endswith(_SUFFIX):
        raise InvalidInputError(f"There is no recipe file {name!r}.")
    else:
        raise InvalidInputError(f"There is no recipe {name!r}; the recipes are {', '.join(recipe_names())}.")
    try:
        return msgspec.convert(tomllib.loads(text), Recipe)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidInputError(
            f"The recipe {name!r} cannot be used: {error}. Its keys are {', '.join(Recipe.__struct_fields__)}."
        ) from error
