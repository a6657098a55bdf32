"""What exactly went wrong: labels and entities paired, every disagreement named and shown in its context.

The vocabulary is that of MUC and SemEval-2013, task 9.1.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from model_tools.spans import Entity, Label

Kind = Literal["correct", "incorrect", "partial", "both", "missed", "spurious"]
"""`incorrect`: right span, wrong category. `partial`: right category, wrong boundary. `both`: both wrong, but the spans
overlap. `missed`: labelled, nothing found there. `spurious`: found, nothing labelled there."""
KINDS: tuple[Kind, ...] = get_args(Kind)

CONTEXT = 40
"""Code points shown on each side of an error."""

Preference = Callable[[Label, Label], tuple[int, int]]
"""Rank of a label among those an entity overlaps; the lowest is paired, the first where ranks are equal."""


@dataclass(frozen=True, slots=True)
class SpanPair:
    """A label and the entity that was found for it; one of the two may be missing."""

    expected: Label | None
    predicted: Entity | None

    @property
    def kind(self) -> Kind:
        """How the two agree."""
        if self.predicted is None:
            return "missed"
        if self.expected is None:
            return "spurious"
        same_category = self.expected.category == self.predicted.category
        if (self.expected.start, self.expected.end) == (self.predicted.start, self.predicted.end):
            return "correct" if same_category else "incorrect"
        return "partial" if same_category else "both"

    @property
    def category(self) -> str:
        """The label's category; of a spurious entity, its own."""
        span = self.expected or self.predicted
        assert span is not None
        return span.category

    @property
    def bounds(self) -> tuple[int, int]:
        """Start and end, in code points, of the text that the two cover together."""
        spans = [span for span in (self.expected, self.predicted) if span is not None]
        return min(span.start for span in spans), max(span.end for span in spans)


class SpanError(msgspec.Struct, frozen=True):
    """One disagreement, for people to look at. It holds document text: show it, do not store it."""

    document: str
    kind: Kind
    expected: Label | None
    predicted: Entity | None
    """With its confidence."""
    context: str
    """The text around, line ends and all."""
    context_start: int
    """Where `context` begins in the document, in code points."""
    label_probability: float | None = None
    """That the model gave to exactly the label: near 0 it is sure that the label is wrong, nearer a half it was only
    just beaten. None without a label, or where it was not told."""


class KindCounter:
    """Adds up documents, then answers with how many labels of each category went which way."""

    def __init__(self) -> None:
        self._kinds: Counter[tuple[str, Kind]] = Counter()

    def add(self, expected: Sequence[Label], predicted: Sequence[Entity]) -> None:
        """Counts one document; both sequences sorted, each without overlap."""
        self._kinds.update((pair.category, pair.kind) for pair in pair_spans(expected, predicted))

    def counts(self) -> dict[str, dict[Kind, int]]:
        """The counts over all documents; a spurious entity counts to the category it claims."""
        result: dict[str, dict[Kind, int]] = {}
        for (category, kind), n in sorted(self._kinds.items()):
            result.setdefault(category, {})[kind] = n
        return result


def by_category(expected: Label, predicted: Label) -> tuple[int, int]:
    """Prefers a label of the entity's category, and of those the one with the closest boundaries."""
    if expected.category != predicted.category:
        return (1, 0)
    return (0, abs(expected.start - predicted.start) + abs(expected.end - predicted.end))


def pair_spans(
    expected: Sequence[Label], predicted: Sequence[Entity], preference: Preference = by_category
) -> list[SpanPair]:
    """Pairs each entity with at most one label that it shares a code point with, and each label with one entity.

    Entities choose in the order of the text, as in nervaluate. What finds no partner is a pair of one.

    Args:
        expected: sorted, without overlap.
        predicted: sorted, without overlap.
        preference: which of several labels an entity takes.

    Returns:
        All labels and entities, sorted by where they begin.
    """
    starts, ends = [label.start for label in expected], [label.end for label in expected]
    free = set(range(len(expected)))
    pairs = []
    for entity in predicted:
        touched = free.intersection(range(bisect_right(ends, entity.start), bisect_left(starts, entity.end)))
        ranked = sorted((*preference(expected[i], entity), i) for i in touched)
        chosen = ranked[0][-1] if ranked else None
        free -= {chosen}
        pairs.append(SpanPair(None if chosen is None else expected[chosen], entity))
    pairs += [SpanPair(expected[i], None) for i in free]
    return sorted(pairs, key=lambda pair: pair.bounds)


def find_errors(
    document: str,
    text: str,
    expected: Sequence[Label],
    predicted: Sequence[Entity],
    *,
    context: int = CONTEXT,
    probabilities: Mapping[tuple[int, int], float | None] | None = None,
) -> list[SpanError]:
    """Every disagreement in one document, sorted by where it begins.

    Args:
        document: its id.
        text: of the document.
        expected: sorted, without overlap.
        predicted: sorted, without overlap.
        context: code points to show on each side; less, where a word would be cut.
        probabilities: of labels, by start and end.
    """
    errors = []
    for pair in pair_spans(expected, predicted):
        if pair.kind != "correct":
            start, end = pair.bounds
            shown, stop = _without_cut_words(text, start, end, context)
            errors.append(
                SpanError(
                    document,
                    pair.kind,
                    pair.expected,
                    pair.predicted,
                    text[shown:stop],
                    shown,
                    (probabilities or {}).get((pair.expected.start, pair.expected.end)) if pair.expected else None,
                )
            )
    return errors


def _without_cut_words(text: str, start: int, end: int, context: int) -> tuple[int, int]:
    """The place with `context` code points on each side, drawn in to a blank where one lies in the outer half."""
    shown, stop, half = max(start - context, 0), min(end + context, len(text)), context // 2
    if shown and not text[shown - 1].isspace():
        shown = next((i + 1 for i in range(shown, start - half) if text[i].isspace()), shown)
    if stop < len(text) and not text[stop].isspace():
        stop = next((i for i in range(stop - 1, end + half - 1, -1) if text[i].isspace()), stop)
    return shown, stop
