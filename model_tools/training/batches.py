"""Batches of windows of like length, so that little is padded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model_tools.training.encode import IGNORED, Example

# Lengths are shaken by up to this share before sorting, so that the same windows do not always meet.
_LENGTH_NOISE = 0.15


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors `[window, token]`."""

    input_ids: Tensor
    word_shapes: Tensor
    attention_mask: Tensor
    tag_ids: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        return Batch(
            *(tensor.to(device) for tensor in (self.input_ids, self.word_shapes, self.attention_mask, self.tag_ids))
        )


def endless_batches(examples: Sequence[Example], batch_tokens: int, *, seed: int) -> Iterator[Batch]:
    """Epoch after epoch, each in an order of its own, at most `batch_tokens` tokens a batch, padding included."""
    generator = np.random.default_rng(seed)
    while True:
        groups = _groups(examples, batch_tokens, generator)
        for group in generator.permutation(len(groups)):
            yield _collate([examples[i] for i in groups[group]])


def n_batches(examples: Sequence[Example], batch_tokens: int) -> int:
    """Batches of one epoch, about: the shaking moves it by one or two."""
    return len(_groups(examples, batch_tokens, np.random.default_rng(0)))


def _groups(examples: Sequence[Example], batch_tokens: int, generator: np.random.Generator) -> list[list[int]]:
    lengths = np.array([len(example.input_ids) for example in examples])
    noise = generator.uniform(1 - _LENGTH_NOISE, 1 + _LENGTH_NOISE, len(lengths))
    groups: list[list[int]] = []
    longest = 0
    for i in np.argsort(lengths * noise, kind="stable").tolist():
        longest = max(longest, int(lengths[i]))
        if groups and (len(groups[-1]) + 1) * longest <= batch_tokens:
            groups[-1].append(i)
        else:
            groups.append([i])
            longest = int(lengths[i])
    return groups


def _collate(examples: Sequence[Example]) -> Batch:
    return Batch(
        # What stands in the padding is masked out of attention and loss; 0 is a legal id in every vocabulary.
        input_ids=_padded([example.input_ids for example in examples], 0),
        word_shapes=_padded([example.word_shapes for example in examples], 0),
        attention_mask=_padded([np.ones_like(example.input_ids) for example in examples], 0),
        tag_ids=_padded([example.tag_ids for example in examples], IGNORED),
    )


def _padded(rows: Sequence[NDArray[np.int64]], value: int) -> Tensor:
    tensors = [torch.from_numpy(row) for row in rows]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=value)
