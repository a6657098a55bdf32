"""One document with what a model thinks of it, each thing computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from model_tools.inference.decode import Decoder, log_softmax
from model_tools.inference.span_probabilities import SpanProbabilities
from model_tools.quality.consistency import TextUnits
from model_tools.quality.opinion import Opinion
from model_tools.spans import Label
from model_tools.tags import labels_to_tags

_TEMPERATURES = np.geomspace(0.5, 8.0, 33)
_MIN_TAG_PROBABILITY = 1e-3
"""Keeps a few wrong labels from deciding the temperature."""


@dataclass(frozen=True)
class JudgedText:
    """A document, its units and their tag probabilities."""

    opinion: Opinion
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    temperature: float

    @cached_property
    def units(self) -> TextUnits:
        """The text in words, with its labels."""
        document = self.opinion.document
        return TextUnits(document.text, document.labels, self.opinion.units)

    @cached_property
    def spans(self) -> SpanProbabilities:
        """How probable any span is."""
        return SpanProbabilities(self.opinion.logits, self.tags, temperature=self.temperature)

    @cached_property
    def tag_probabilities(self) -> NDArray[np.float64]:
        """`[unit, tag]`."""
        return np.exp(log_softmax(self.opinion.logits.astype(np.float64) / self.temperature))

    @cached_property
    def found(self) -> list[tuple[int, int, str]]:
        """The entities that the model finds: first unit, last (exclusive), category."""
        runs = Decoder(self.tags).decode(self.opinion.logits)
        return [(run.start_token, run.end_token, run.category) for run in runs]

    @cached_property
    def run_of(self) -> list[int | None]:
        """For each unit, the number of the entity in `found` that it is part of."""
        numbers: list[int | None] = [None] * len(self.opinion.units)
        for number, (start, end, _) in enumerate(self.found):
            numbers[start:end] = [number] * (end - start)
        return numbers

    def label(self, start: int, end: int, category: str) -> Label:
        """Units as a label in code points, without blanks that a tokenizer counts to a unit."""
        first, last = self.opinion.units[start][0], self.opinion.units[end - 1][1]
        covered = self.opinion.document.text[first:last]
        return Label(first + len(covered) - len(covered.lstrip()), first + len(covered.rstrip()), category)

    def is_free(self, label: Label, *, but: Label | None = None) -> bool:
        """Whether no label is in the way, but the one that would be replaced."""
        return not any(label.overlaps(other) for other in self.opinion.document.labels if other != but)


def fit_temperature(opinions: Sequence[Opinion], tags: Sequence[str]) -> float:
    """The temperature under which the models' probabilities fit the labels best; 1 where there is no text at all."""
    columns = {tag: i for i, tag in enumerate(tags)}
    judged = [opinion for opinion in opinions if opinion.units]
    if not judged:
        return 1.0
    logits = np.concatenate([opinion.logits for opinion in judged]).astype(np.float64)
    given = [columns[tag] for one in judged for tag in labels_to_tags(one.document.labels, one.units)]
    rows = np.arange(len(given))
    losses = [
        -np.maximum(log_softmax(logits / temperature)[rows, given], log(_MIN_TAG_PROBABILITY)).mean()
        for temperature in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))])
