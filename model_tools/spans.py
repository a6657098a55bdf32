"""Spans, labels and entities: half-open ranges of Unicode code points of the exact stored text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from model_tools.errors import InvalidInputError, Problem


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`text[start:end]`: `0 <= start < end`, counted in code points.

    Raises:
        InvalidInputError: the bounds are negative, empty or reversed.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InvalidInputError(
                f"A span needs 0 <= start < end, not [{self.start}, {self.end}).",
                inner_code="InvalidSpan",
            )

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end

    def text_of(self, text: str) -> str:
        """The stretch of `text` that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True, order=True)
class Label(Span):
    """A span and the category that a person gave it."""

    category: str


@dataclass(frozen=True, slots=True, order=True)
class Entity(Label):
    """A predicted span: category and calibrated probability in [0, 1]."""

    confidence: float


AnySpan = TypeVar("AnySpan", bound=Span)


def overlapping_pairs(spans: Iterable[AnySpan]) -> list[tuple[AnySpan, AnySpan]]:
    """Neighbours (by start) that share text. Empty exactly when no two spans overlap."""
    return [(a, b) for a, b in pairwise(sorted(spans)) if a.overlaps(b)]


def label_problems(labels: Sequence[Label], text_length: int) -> list[Problem]:
    """What makes `labels` unusable on a text of `text_length` code points.

    `Problem.target` is the label's position, `[i]`.
    """
    problems = [
        Problem(
            "LabelOutsideText",
            f"The label ends at {label.end}, the text at {text_length}.",
            f"[{i}]",
        )
        for i, label in enumerate(labels)
        if label.end > text_length
    ]
    by_start = sorted(range(len(labels)), key=lambda i: labels[i])
    problems += [
        Problem(
            "OverlappingLabels",
            f"{labels[j].category} [{labels[j].start}, {labels[j].end}) overlaps "
            f"{labels[i].category} [{labels[i].start}, {labels[i].end}). One stretch of text carries one label.",
            f"[{j}]",
        )
        for i, j in pairwise(by_start)
        if labels[i].overlaps(labels[j])
    ]
    return problems
