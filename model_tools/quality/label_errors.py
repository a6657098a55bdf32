"""Likely label errors: where people disagree with a model that has not seen the document, or with each other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from model_tools.quality.consistency import Consistency, Outcome, TextUnits, WordHabits
from model_tools.quality.edges import EdgeHabits
from model_tools.quality.findings import Finding
from model_tools.quality.judged_text import JudgedText, fit_temperature
from model_tools.quality.opinion import Opinion
from model_tools.spans import Label
from model_tools.tags import tag_names

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
_MAX_STRING_FACTOR = 50.0
"""Less probable corrections are not looked at, however often their string is labelled so elsewhere."""
_PROBABILITY_FLOOR = 1e-6


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
    temperature = fit_temperature(opinions, tags)
    texts = [JudgedText(opinion, tuple(categories), tags, temperature) for opinion in opinions]
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


class _Corpus:
    """What all documents together say."""

    def __init__(self, texts: Sequence[JudgedText]) -> None:
        units = [text.units for text in texts]
        self.strings = Consistency(units)
        self.words = WordHabits(units)
        self.edges = EdgeHabits(text.opinion.document for text in texts)


def _doubted_labels(text: JudgedText, corpus: _Corpus) -> Iterator[Finding]:
    """Labels that should go, move or change."""
    document = text.opinion.document
    for label in set(document.labels) - {label for label, *_ in text.units.placed}:
        yield Finding(document.id, _SURE, label, None, "The label covers no word.")
    for label, start, end in text.units.placed:
        elsewhere = corpus.strings.elsewhere(text.units.string(start, end), label.category)
        model = _model_doubt(text, label, start, end)
        odds = _evidence(
            model=model,
            words=corpus.words.against_category(text.units, start, end, label.category),
            strings=corpus.strings.against(elsewhere, label.category, (None, *text.categories)),
        )
        proposal = _correction(text, corpus, label, start, end)
        string = label.text_of(document.text)
        reason = _model_says(document.text, label, proposal) + _elsewhere_says(string, elsewhere)
        edge = corpus.edges.doubt(document.text, label)
        if edge and edge[0] + _ODD_EDGE > odds and text.is_free(edge[1], but=label):
            odds = edge[0] + _ODD_EDGE
            if model < 0 or proposal is not None:  # else the whole label is wrong, not its edge alone
                _, proposal, reason = edge
        yield Finding(document.id, _probability(odds), label, proposal, reason)


def _missing_labels(text: JudgedText, corpus: _Corpus) -> Iterator[Finding]:
    """Places without a label where the model finds an entity, or whose string is labelled elsewhere."""
    document = text.opinion.document
    taken = list(text.units.is_labelled)
    for number, (start, end, category) in enumerate((*text.found, *_labelled_elsewhere(text, corpus))):
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
        reason = _model_says(document.text, None, proposal) if number < len(text.found) else ""
        reason += _elsewhere_says(proposal.text_of(document.text), elsewhere)
        yield Finding(document.id, _probability(odds + _OVERLOOKED), None, proposal, reason.strip())


def _labelled_elsewhere(text: JudgedText, corpus: _Corpus) -> Iterator[tuple[int, int, str]]:
    """Unlabelled places of strings that have a label at most other places, the longest first."""
    for start, end in sorted(corpus.strings.unlabelled(text.units), key=lambda place: place[0] - place[1]):
        elsewhere = corpus.strings.elsewhere(text.units.string(start, end), None)
        (outcome, n), *_ = elsewhere.most_common(1)
        if outcome is not None and 2 * n > elsewhere.total():
            yield start, end, outcome


def _model_doubt(text: JudgedText, label: Label, start: int, end: int) -> float:
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
        for run in dict.fromkeys(text.run_of[start:end])
        if run is not None
        for unit in range(*text.found[run][:2])
        if not text.units.is_labelled[unit]
    ]
    probabilities = np.concatenate(
        [text.tag_probabilities[np.arange(start, end), columns], text.tag_probabilities[beyond, 0]]
    )
    probabilities = np.maximum(probabilities, _PROBABILITY_FLOOR)
    return -_logit(float(np.sqrt(probabilities.min() * np.exp(np.log(probabilities).mean()))))


def _correction(text: JudgedText, corpus: _Corpus, label: Label, start: int, end: int) -> Label | None:
    """What the model, and the strings labelled elsewhere, find most probable in the place of the label."""
    labelled = text.units.is_labelled
    first, last = start, end
    while first > 0 and start - first < _NEIGHBOURS and not labelled[first - 1]:
        first -= 1
    while last < len(labelled) and last - end < _NEIGHBOURS and not labelled[last]:
        last += 1
    starts, ends = _nearby(text, range(first, last + 1), start, end)
    probabilities = text.spans.spans(starts, ends)
    probabilities[(starts == start) & (ends == end), text.categories.index(label.category)] = 0
    best: Label | None = None
    highest = text.spans.nothing(start, end)
    for i, j in zip(*np.nonzero(probabilities > highest / _MAX_STRING_FACTOR), strict=True):
        span, category = (int(starts[i]), int(ends[i])), text.categories[j]
        weight = probabilities[i, j] * corpus.strings.likelihood(
            corpus.strings.seen(text.units.string(*span)), category
        )
        if weight > highest:
            best, highest = text.label(*span, category), weight
    return best


def _nearby(text: JudgedText, free: range, start: int, end: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Spans with both ends near those of `start:end`, and the entities that the model finds inside `free`.

    A label may be as long as a document, which has far too many spans in it.
    """
    first, last = free[0], free[-1]
    grid = np.meshgrid(
        np.arange(first, min(start + _NEIGHBOURS, end - 1) + 1), np.arange(max(end - _NEIGHBOURS, start + 1), last + 1)
    )
    found = [text.found[run][:2] for run in dict.fromkeys(text.run_of[start:end]) if run is not None]
    inside = np.array([one for one in found if one[0] >= first and one[1] <= last], np.intp).reshape(-1, 2)
    starts, ends = (np.append(axis.ravel(), column) for axis, column in zip(grid, inside.T, strict=True))
    is_span = starts < ends
    return starts[is_span], ends[is_span]


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
        return f"{seen} finds {proposal.category!r} here."
    if (label.start, label.end) == (proposal.start, proposal.end):
        return f"{seen} takes it for {proposal.category!r}."
    other = "" if proposal.category == label.category else f" as {proposal.category!r}"
    return f"{seen} finds {proposal.text_of(text)!r}{other} instead."


def _elsewhere_says(string: str, elsewhere: Counter[Outcome]) -> str:
    if not elsewhere:
        return ""
    outcomes = (f"{'not labelled' if one is None else repr(one)} {n:,} times" for one, n in elsewhere.most_common(3))
    return f" Elsewhere {string!r} is {', '.join(outcomes)}.".replace(" 1 times", " once")
