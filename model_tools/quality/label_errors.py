"""Likely label errors: where people disagree with a model that has not seen the document, or with each other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from model_tools.inference.decode import Decoder, log_softmax
from model_tools.quality.consistency import Consistency, Outcome, TextUnits, WordHabits
from model_tools.quality.edges import EdgeHabits
from model_tools.quality.findings import Finding
from model_tools.quality.opinion import Opinion
from model_tools.quality.span_probabilities import SpanProbabilities
from model_tools.spans import Label
from model_tools.tags import labels_to_tags, tag_names

MIN_TRAIN_LABELS = 5
"""Labels of a category below which a model has no opinion on it worth hearing."""

# How much each source of evidence counts. The weights were chosen on errors planted in several data sets
# (benchmarks/label_errors.py) among a few round values, between which it makes little difference.
_WORD_WEIGHT = 0.5
# The model has learnt from equal strings too, so what they say is counted a second time here.
_STRING_WEIGHT = 0.25
_MAX_STRING_ODDS = 3.0
# People overlook an entity more readily than they label nothing: log-odds in favour of a missing label.
_OVERLOOKED = 1.0
# An edge that no other label has is wrong whatever its words are: log-odds on top of those of its rarity.
_ODD_EDGE = 4.0
# From the sum of the evidence to the probability of an error, so that of findings with score p about p are errors:
# fitted to planted errors, which gave much the same on every set, and less strict, because the sets have real ones too.
_SLOPE, _INTERCEPT = 0.9, -6.0
_MIN_SCORE = 0.02
_SURE = 0.99

_NEIGHBOURS = 6
"""Units that a boundary is moved by at most, to see whether the label is better there."""
_PROBABILITY_FLOOR = 1e-6
_TEMPERATURES = np.geomspace(0.5, 8.0, 33)
_MIN_TAG_PROBABILITY = 1e-3
"""Keeps a few wrong labels from deciding the temperature."""

Floats = NDArray[np.float64]


def find_label_errors(opinions: Sequence[Opinion], categories: Sequence[str]) -> list[Finding]:
    """All suspicions of some weight, the surest first.

    Evidence is added as log-odds: how improbable a model that has not seen the document finds the label (or the lack
    of one), how its words are labelled elsewhere, and how the whole string is. An edge that the category's other labels
    do not have is evidence of its own.

    Args:
        opinions: one a document; see `out_of_fold`.
        categories: fix the order of the logits' columns.
    """
    tags = tag_names(categories)
    temperature = _temperature(opinions, tags)
    texts = [_Text(opinion, tuple(categories), tags, temperature) for opinion in opinions]
    corpus = _Corpus(texts)
    findings = [
        finding
        for text in texts
        for finding in (*_doubted_labels(text, corpus), *_missing_labels(text, corpus))
        if finding.score >= _MIN_SCORE
    ]
    return sorted(findings, key=lambda one: (-one.score, one.document, one.region))


def mixed_strings(opinions: Sequence[Opinion]) -> list[tuple[str, Counter[Outcome]]]:
    """Strings that people labelled in more than one way, or here and not there: those with most exceptions first.

    Words are told apart by one blank, and case is ignored.
    """
    units = [TextUnits(one.document.text, one.document.labels, one.units) for one in opinions]
    return [(" ".join(string), counts) for string, counts in Consistency(units).mixed()]


@dataclass(frozen=True)
class _Text:
    """One document, with what is computed once of it."""

    opinion: Opinion
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    temperature: float

    @cached_property
    def units(self) -> TextUnits:
        document = self.opinion.document
        return TextUnits(document.text, document.labels, self.opinion.units)

    @cached_property
    def spans(self) -> SpanProbabilities:
        return SpanProbabilities(self.opinion.logits, self.tags, temperature=self.temperature)

    @cached_property
    def tag_probabilities(self) -> Floats:
        return np.exp(log_softmax(self.opinion.logits.astype(np.float64) / self.temperature))

    @cached_property
    def found(self) -> list[tuple[int, int, str]]:
        """The entities that the model finds: first unit, last (exclusive), category."""
        runs = Decoder(self.tags).decode(self.opinion.logits)
        return [(run.start_token, run.end_token, run.category) for run in runs]

    def label(self, start: int, end: int, category: str) -> Label:
        """Units as a label in code points, without blanks that a tokenizer counts to a unit."""
        first, last = self.opinion.units[start][0], self.opinion.units[end - 1][1]
        covered = self.opinion.document.text[first:last]
        return Label(first + len(covered) - len(covered.lstrip()), first + len(covered.rstrip()), category)

    def is_free(self, label: Label, *, but: Label | None = None) -> bool:
        """Whether no label is in the way, but the one that would be replaced."""
        return not any(label.overlaps(other) for other in self.opinion.document.labels if other != but)


class _Corpus:
    """What all documents together say."""

    def __init__(self, texts: Sequence[_Text]) -> None:
        units = [text.units for text in texts]
        self.strings = Consistency(units)
        self.words = WordHabits(units)
        self.edges = EdgeHabits(text.opinion.document for text in texts)


def _doubted_labels(text: _Text, corpus: _Corpus) -> Iterator[Finding]:
    """Labels that should go, move or change."""
    document = text.opinion.document
    for label in set(document.labels) - {label for label, *_ in text.units.placed}:
        yield Finding(document.id, _SURE, label, None, "The label covers no word.")
    for label, start, end in text.units.placed:
        elsewhere = corpus.strings.elsewhere(text.units.string(start, end), label.category)
        odds = _evidence(
            model=_model_doubt(text, label, start, end),
            words=corpus.words.against_category(text.units, start, end, label.category),
            strings=corpus.strings.against(elsewhere, label.category, (None, *text.categories)),
        )
        proposal = _correction(text, label, start, end)
        string = label.text_of(document.text)
        reason = _model_says(document.text, label, proposal) + _elsewhere_says(string, elsewhere)
        edge = corpus.edges.doubt(document.text, label)
        if edge and edge[0] + _ODD_EDGE > odds and text.is_free(edge[1], but=label):
            odds, proposal, reason = edge[0] + _ODD_EDGE, edge[1], edge[2]
        yield Finding(document.id, _probability(odds), label, proposal, reason)


def _missing_labels(text: _Text, corpus: _Corpus) -> Iterator[Finding]:
    """Places without a label where the model finds an entity, or whose string is labelled elsewhere."""
    document = text.opinion.document
    taken = list(text.units.is_labelled)
    for start, end, category in (*text.found, *_labelled_elsewhere(text, corpus)):
        if any(taken[start:end]):
            continue
        taken[start:end] = [True] * (end - start)
        elsewhere = corpus.strings.elsewhere(text.units.string(start, end), None)
        odds = _evidence(
            model=-_logit(float(text.tag_probabilities[start:end, 0].min())),
            words=corpus.words.against_none(text.units, start, end),
            strings=corpus.strings.against(elsewhere, None, (category,)),
        )
        proposal = text.label(start, end, category)
        is_found = (start, end, category) in text.found
        reason = _model_says(document.text, None, proposal) if is_found else ""
        reason += _elsewhere_says(proposal.text_of(document.text), elsewhere)
        yield Finding(document.id, _probability(odds + _OVERLOOKED), None, proposal, reason.strip())


def _labelled_elsewhere(text: _Text, corpus: _Corpus) -> Iterator[tuple[int, int, str]]:
    """Unlabelled places of strings that have a label at most other places, the longest first."""
    for start, end in sorted(corpus.strings.unlabelled(text.units), key=lambda place: place[0] - place[1]):
        elsewhere = corpus.strings.elsewhere(text.units.string(start, end), None)
        (outcome, n), *_ = elsewhere.most_common(1)
        if outcome is not None and 2 * n > elsewhere.total():
            yield start, end, outcome


def _model_doubt(text: _Text, label: Label, start: int, end: int) -> float:
    """Log-odds by the model alone, 0 where it knows too little of the category.

    Of the probabilities of the label's tags, and of no label where an entity that the model finds goes beyond the
    label, it takes the worst and the mean: the worst alone is noise in long labels, the mean alone hides a wrong end.
    """
    if text.opinion.n_train_labels.get(label.category, 0) < MIN_TRAIN_LABELS:
        return 0.0
    begin = 1 + 2 * text.categories.index(label.category)
    columns = np.array([begin] + [begin + 1] * (end - start - 1))
    beyond = [
        unit
        for first, last, _ in text.found
        if first < end and start < last
        for unit in range(first, last)
        if not text.units.is_labelled[unit]
    ]
    probabilities = np.concatenate(
        [text.tag_probabilities[np.arange(start, end), columns], text.tag_probabilities[beyond, 0]]
    )
    probabilities = np.maximum(probabilities, _PROBABILITY_FLOOR)
    return -_logit(float(np.sqrt(probabilities.min() * np.exp(np.log(probabilities).mean()))))


def _correction(text: _Text, label: Label, start: int, end: int) -> Label | None:
    """What the model finds most probable in the place of the label; None for nothing."""
    labelled = text.units.is_labelled
    first, last = start, end
    while first > 0 and start - first < _NEIGHBOURS and not labelled[first - 1]:
        first -= 1
    while last < len(labelled) and last - end < _NEIGHBOURS and not labelled[last]:
        last += 1
    starts, ends = (grid.ravel() for grid in np.meshgrid(np.arange(first, end), np.arange(start + 1, last + 1)))
    starts, ends = starts[starts < ends], ends[starts < ends]
    probabilities = text.spans.spans(starts, ends)
    probabilities[(starts == start) & (ends == end), text.categories.index(label.category)] = 0
    i, j = np.unravel_index(int(probabilities.argmax()), probabilities.shape)
    if text.spans.nothing(start, end) >= probabilities[i, j]:
        return None
    return text.label(int(starts[i]), int(ends[i]), text.categories[j])


def _evidence(*, model: float, words: float, strings: float) -> float:
    strings = max(-_MAX_STRING_ODDS, min(_MAX_STRING_ODDS, strings))
    return model + _WORD_WEIGHT * words + _STRING_WEIGHT * strings


def _logit(probability: float) -> float:
    inside = min(max(probability, _PROBABILITY_FLOOR), 1 - _PROBABILITY_FLOOR)
    return log(inside / (1 - inside))


def _probability(odds: float) -> float:
    return 1 / (1 + exp(-(_SLOPE * odds + _INTERCEPT)))


def _model_says(text: str, label: Label | None, proposal: Label | None) -> str:
    seen = "A model that has not seen this document"
    if proposal is None:
        return f"{seen} finds no entity here."
    if label is None:
        return f"{seen} finds a {proposal.category!r} here."
    if (label.start, label.end) == (proposal.start, proposal.end):
        return f"{seen} takes it for {proposal.category!r}."
    other = "" if proposal.category == label.category else f" as {proposal.category!r}"
    return f"{seen} finds {proposal.text_of(text)!r}{other} instead."


def _elsewhere_says(string: str, elsewhere: Counter[Outcome]) -> str:
    if not elsewhere:
        return ""
    outcomes = (f"{'not labelled' if one is None else repr(one)} {n:,} times" for one, n in elsewhere.most_common(3))
    return f" Elsewhere {string!r} is {', '.join(outcomes)}.".replace(" 1 times", " once")


def _temperature(opinions: Sequence[Opinion], tags: Sequence[str]) -> float:
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
