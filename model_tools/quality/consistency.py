"""How the same string is labelled elsewhere in a data set."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from model_tools.spans import Label
from model_tools.tags import TokenSpan

Outcome = str | None
"""What people made of a string at one place: a category, or None for no label."""

_Words = tuple[str, ...]

# What the base rate of an outcome weighs against what was seen of a string: as much as this many places.
_PRIOR_PLACES = 2.0


class TextUnits:
    """A text with its labels, in units (words, by the model's tokenizer).

    Args:
        text: the whole text.
        labels: sorted by start.
        units: the stretches of text that carry a tag each, in code points.
    """

    def __init__(self, text: str, labels: Sequence[Label], units: Sequence[TokenSpan]) -> None:
        self.units = units
        self.words = [text[start:end].strip().casefold() for start, end in units]
        self.placed = list(_placed(labels, units))
        self.is_labelled = [False] * len(units)
        for _, start, end in self.placed:
            self.is_labelled[start:end] = [True] * (end - start)

    def string(self, start: int, end: int) -> _Words:
        """The units `start:end` as a string to count: without case, however many blanks stand between."""
        return tuple(self.words[start:end])


def _placed(labels: Sequence[Label], units: Sequence[TokenSpan]) -> Iterable[tuple[Label, int, int]]:
    """Each label that touches a unit, with its first unit and the one after its last."""
    position = 0
    for label in labels:
        while position < len(units) and units[position][1] <= label.start:
            position += 1
        end = position
        while end < len(units) and units[end][0] < label.end:
            end += 1
        if end > position:
            yield label, position, end


class Consistency:
    """For every string that is labelled anywhere: what people made of it at all places where it stands.

    Places inside or across another label count for nothing: `York` in `New York` says nothing about `York`.
    """

    def __init__(self, texts: Sequence[TextUnits]) -> None:
        self._counts: dict[_Words, Counter[Outcome]] = {}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for text in texts:
            for label, start, end in text.placed:
                string = text.string(start, end)
                self._counts.setdefault(string, Counter())[label.category] += 1
                lengths[string[0]].add(end - start)
        for text in texts:
            self._count_unlabelled(text, lengths)
        self._totals: Counter[Outcome] = Counter()
        for counts in self._counts.values():
            self._totals.update(counts)

    def elsewhere(self, string: _Words, here: Outcome) -> Counter[Outcome]:
        """How often the string met each outcome, the place where it met `here` left out."""
        counts = self._counts.get(string, Counter())
        return counts - Counter([here])

    def likelihood(self, elsewhere: Counter[Outcome], outcome: Outcome) -> float:
        """How many times more likely than for a string that stands nowhere else the outcome is: 1 says nothing."""
        base = self._totals[outcome] / self._totals.total()
        return (elsewhere[outcome] / base + _PRIOR_PLACES) / (elsewhere.total() + _PRIOR_PLACES)

    def _count_unlabelled(self, text: TextUnits, lengths: dict[str, set[int]]) -> None:
        for start, word in enumerate(text.words):
            for length in lengths.get(word, ()):
                places = slice(start, start + length)
                string = tuple(text.words[places])
                if len(string) == length and string in self._counts and not any(text.is_labelled[places]):
                    self._counts[string][None] += 1
