"""How the same strings and words are labelled elsewhere in a data set."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import log
from statistics import fmean

from model_tools.spans import Label
from model_tools.tags import TokenSpan

Outcome = str | None
"""What people made of a string at one place: a category, or None for no label."""

_Words = tuple[str, ...]

# What the base rate of an outcome weighs against what was seen of a string: as much as this many places.
_PRIOR_PLACES = 2.0
# As much a word that was never seen says for as against.
_PRIOR_WORDS = 0.5
# One word, however frequent, is no more than that much evidence.
_MAX_WORD_ODDS = 4.0


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
        self.outcomes: list[Outcome] = [None] * len(units)
        for label, start, end in self.placed:
            self.outcomes[start:end] = [label.category] * (end - start)
        self.is_labelled = [outcome is not None for outcome in self.outcomes]

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
        # By first word: how long the strings are, and their last words.
        self._forms: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)
        for text in texts:
            for label, start, end in text.placed:
                string = text.string(start, end)
                self._counts.setdefault(string, Counter())[label.category] += 1
                self._forms[string[0]].add((end - start, string[-1]))
        for text in texts:
            for start, end in self.unlabelled(text):
                self._counts[text.string(start, end)][None] += 1
        self._totals: Counter[Outcome] = Counter()
        for counts in self._counts.values():
            self._totals.update(counts)

    def seen(self, string: _Words) -> Counter[Outcome]:
        """How often the string met each outcome."""
        return self._counts.get(string, Counter())

    def elsewhere(self, string: _Words, here: Outcome) -> Counter[Outcome]:
        """As `seen`, but for one place where it met `here`."""
        return self.seen(string) - Counter([here])

    def likelihood(self, elsewhere: Counter[Outcome], outcome: Outcome) -> float:
        """How many times more likely than for a string that stands nowhere else the outcome is: 1 says nothing."""
        base = (self._totals[outcome] + 1) / (self._totals.total() + 1)
        return (elsewhere[outcome] / base + _PRIOR_PLACES) / (elsewhere.total() + _PRIOR_PLACES)

    def against(self, elsewhere: Counter[Outcome], here: Outcome, others: Sequence[Outcome]) -> float:
        """Log-odds, by the other places, that one of the other outcomes is right and not what stands here."""
        best = max(self.likelihood(elsewhere, other) for other in others if other != here)
        return log(best) - log(self.likelihood(elsewhere, here))

    def mixed(self) -> list[tuple[_Words, Counter[Outcome]]]:
        """Strings that met several outcomes; those first where most places are not of the commonest outcome."""
        mixed = [(string, counts) for string, counts in self._counts.items() if len(counts) > 1]
        return sorted(mixed, key=lambda one: (max(one[1].values()) - one[1].total(), one[0]))

    def unlabelled(self, text: TextUnits) -> Iterator[tuple[int, int]]:
        """Where strings that are labelled elsewhere stand without a label, first and last unit (exclusive)."""
        n_labelled = [0, *accumulate(text.is_labelled)]  # before each unit
        for start, word in enumerate(text.words):
            for length, last in self._forms.get(word, ()):
                end = start + length
                # A string may be as long as a document: it is only put together where it may be here.
                if end > len(text.words) or text.words[end - 1] != last or n_labelled[start] != n_labelled[end]:
                    continue
                if text.string(start, end) in self._counts:
                    yield start, end


class WordHabits:
    """For every word: how often it is part of a label of which category, and how often of none.

    A slip of the mouse covers everyday words that nobody labels elsewhere; a word that stands nowhere else says
    nothing, and labels of rare names are left in peace.
    """

    def __init__(self, texts: Sequence[TextUnits]) -> None:
        self._counts: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        for text in texts:
            for word, outcome in zip(text.words, text.outcomes, strict=True):
                self._counts[word][outcome] += 1

    def against_category(self, text: TextUnits, start: int, end: int, category: str) -> float:
        """Log-odds that the units are no part of a label of the category; positive speaks against it."""
        return self._odds(
            [counts.total() - counts[category], counts[category]] for counts in self._at(text, start, end)
        )

    def against_none(self, text: TextUnits, start: int, end: int) -> float:
        """Log-odds that the units are part of a label; positive speaks against leaving them out."""
        return self._odds([counts.total() - counts[None], counts[None]] for counts in self._at(text, start, end))

    def _at(self, text: TextUnits, start: int, end: int) -> Iterable[Counter[Outcome]]:
        """The counts of each word of `start:end`, at all other places."""
        for unit in range(start, end):
            yield self._counts[text.words[unit]] - Counter([text.outcomes[unit]])

    def _odds(self, counts: Iterable[Sequence[int]]) -> float:
        """Between the mean of the words and the one that speaks loudest."""
        odds = [log((against + _PRIOR_WORDS) / (agreeing + _PRIOR_WORDS)) for against, agreeing in counts]
        capped = [max(-_MAX_WORD_ODDS, min(_MAX_WORD_ODDS, one)) for one in (fmean(odds), max(odds))]
        return fmean(capped)
