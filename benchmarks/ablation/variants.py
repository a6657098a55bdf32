# ruff: noqa: SLF001 - a change reaches into what it changes
"""The changes: parts of the recipe taken away, and ideas that were tried and not taken.

An idea that helped on more than one set is in the recipe; one that did not lives only here.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model_tools.documents import Document
from model_tools.inference.decode import Decoder, Floats
from model_tools.spans import Label
from model_tools.training import fitting, trainer
from model_tools.training.encode import IGNORED
from model_tools.training.model import ShapedTokenClassifier, create_model
from model_tools.training.recipe import Recipe

Augment = Callable[[Sequence[Document], Random], list[Document]]
_N_COPIES = 3
"""Changed copies of each document, beside the document itself."""


@dataclass(frozen=True)
class Variant:
    """One change. Augmented data is seen in as many steps as plain data, so that only the data differ."""

    recipe: dict[str, Any] = field(default_factory=dict)
    augment: Augment | None = None
    patched: Callable[[], AbstractContextManager[Any]] = nullcontext


def replace_mentions(documents: Sequence[Document], random: Random) -> list[Document]:
    """Copies in which every other mention is another one of its category (Dai and Adel 2020)."""
    mentions: dict[str, list[str]] = {}
    for document in documents:
        for label in document.labels:
            mentions.setdefault(label.category, []).append(label.text_of(document.text))
    return [
        *documents,
        *(_with_other_mentions(document, mentions, random) for document in documents for _ in range(_N_COPIES)),
    ]


def _with_other_mentions(document: Document, mentions: dict[str, list[str]], random: Random) -> Document:
    text, labels, position = "", [], 0
    for label in document.labels:
        text += document.text[position : label.start]
        kept = random.random() < 0.5
        mention = label.text_of(document.text) if kept else random.choice(mentions[label.category])
        labels.append(Label(len(text), len(text) + len(mention), label.category))
        text += mention
        position = label.end
    return replace(document, text=text + document.text[position:], labels=tuple(labels))


def change_case(documents: Sequence[Document], random: Random) -> list[Document]:
    """Copies of which some are all lower or all upper case, where that keeps the length."""

    def changed(document: Document) -> Document:
        text = random.choice([document.text.lower(), document.text.upper(), document.text])
        return replace(document, text=text) if len(text) == len(document.text) else document

    return [*documents, *(changed(document) for document in documents for _ in range(_N_COPIES))]


def drop_punctuation(documents: Sequence[Document], random: Random) -> list[Document]:
    """Copies in which some punctuation outside the labels is a blank."""

    def changed(document: Document) -> Document:
        letters = list(document.text)
        for i, letter in enumerate(letters):
            inside = any(label.start <= i < label.end for label in document.labels)
            if letter in ".,;:!?()'\"" and not inside and random.random() < 0.3:
                letters[i] = " "
        return replace(document, text="".join(letters))

    return [*documents, *(changed(document) for document in documents for _ in range(_N_COPIES))]


@contextmanager
def greedy_decoding() -> Iterator[None]:
    """Each token's best tag, legal or not; a stray `I-x` begins an entity."""

    def best_path(self: Decoder, scores: Floats) -> NDArray[np.intp]:
        path: NDArray[np.intp] = np.argmax(scores, axis=1)
        for i, tag in enumerate(path.tolist()):
            if tag and not self._allowed[path[i - 1] if i else 0, tag]:
                path[i] = tag - 1  # `B-x` stands right before `I-x`
        return path

    with patch.object(Decoder, "best_path", best_path):
        yield


@contextmanager
def class_weights() -> Iterator[None]:
    """`O`, which most tokens are, counts half."""

    def weighted(logits: Tensor, tag_ids: Tensor, recipe: Recipe) -> Tensor:
        weight = torch.ones(logits.shape[-1])
        weight[0] = 0.5
        return nn.functional.cross_entropy(
            logits.flatten(0, 1),
            tag_ids.flatten(),
            weight=weight,
            ignore_index=IGNORED,
            label_smoothing=recipe.label_smoothing,
        )

    with patch.object(trainer, "tag_loss", weighted):
        yield


@contextmanager
def weight_averaging() -> Iterator[None]:
    """The network ends with an exponential average of its weights over some fifty steps (Polyak and Juditsky 1992)."""
    averages: dict[int, Tensor] = {}
    take_step, end = trainer._Run.take_step, trainer._Run.end

    def averaging_step(run: trainer._Run, batch: Any) -> None:  # noqa: ANN401
        take_step(run, batch)
        decay = min(0.98, run.step / (run.step + 10))
        for parameter in run._model.parameters():
            average = averages.setdefault(id(parameter), parameter.detach().clone())
            average.mul_(decay).add_(parameter.detach(), alpha=1 - decay)

    def averaged_end(run: trainer._Run) -> None:
        end(run)
        with torch.no_grad():
            for parameter in run._model.parameters():
                parameter.copy_(averages[id(parameter)])

    with patch.object(trainer._Run, "take_step", averaging_step), patch.object(trainer._Run, "end", averaged_end):
        yield


@contextmanager
def without_word_shapes() -> Iterator[None]:
    """Every token looks alike: what the uncased encoder sees by itself."""
    with patch("model_tools.inference.tokens.token_shapes", lambda _text, starts, _ends: np.zeros_like(starts)):
        yield


@contextmanager
def cosine_schedule() -> Iterator[None]:
    """The rate falls along half a cosine instead of a line."""

    def factor(step: int, steps: int, recipe: Recipe) -> float:
        warmup = max(1, round(steps * recipe.warmup_share))
        falling = 0.5 * (1 + np.cos(np.pi * max(0, step - warmup) / max(1, steps - warmup)))
        return float(min((step + 1) / warmup, falling))

    with patch.object(trainer, "learning_rate_factor", factor):
        yield


@contextmanager
def fewer_layers(n: int) -> Iterator[None]:
    """Only the encoder's lowest layers, for a model that answers sooner."""

    def create_cut(*args: Any) -> ShapedTokenClassifier:  # noqa: ANN401
        model = create_model(*args)
        encoder: Any = model.backbone.base_model.encoder
        encoder.layer = encoder.layer[:n]
        model.config.num_hidden_layers = n
        return model

    with patch.object(fitting, "create_model", create_cut):
        yield


VARIANTS: dict[str, Variant] = {
    "default": Variant(),
    # Parts of the recipe, taken away.
    "no word shapes": Variant(patched=without_word_shapes),
    "greedy decoding instead of Viterbi": Variant(patched=greedy_decoding),
    "every sub-token tagged": Variant(recipe={"tagging_unit": "subword"}),
    "no label smoothing": Variant(recipe={"label_smoothing": 0.0}),
    "one learning rate for all layers": Variant(recipe={"layer_decay": 1.0}),
    "no warm-up": Variant(recipe={"warmup_share": 0.0}),
    "word embeddings trained too": Variant(recipe={"freeze_word_embeddings": False}),
    "no dropout": Variant(recipe={"dropout": 0.0}),
    "epochs only, no least number of steps": Variant(recipe={"min_steps": 1}),
    "batches twice as large, half the steps": Variant(recipe={"batch_tokens": 1024, "min_steps": 200}),
    "a quarter more steps": Variant(recipe={"min_steps": 500}),
    "a quarter fewer steps": Variant(recipe={"min_steps": 300}),
    "windows of 128, overlap 32": Variant(recipe={"window": 128, "overlap": 32}),
    # Ideas that are not in the recipe.
    "cosine schedule": Variant(patched=cosine_schedule),
    "weight averaging": Variant(patched=weight_averaging),
    "class weights": Variant(patched=class_weights),
    "mention replacement": Variant(augment=replace_mentions),
    "casing augmentation": Variant(augment=change_case),
    "punctuation augmentation": Variant(augment=drop_punctuation),
    # Smaller networks, which would answer sooner.
    "four of the six layers": Variant(patched=partial(fewer_layers, 4)),
    "three of the six layers": Variant(patched=partial(fewer_layers, 3)),
}
