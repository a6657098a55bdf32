"""Labels that begin or end with something that does not belong: blanks, punctuation, half a word, half of a pair."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from math import log

from model_tools.documents import Document
from model_tools.spans import Label

_PAIRS = {"(": ")", "[": "]", "{": "}", "«": "»", "“": "”", "„": "“", "「": "」", "『": "』", "【": "】", "（": "）"}  # noqa: RUF001
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}
# What separates. A full stop is not here, because abbreviations end with one; marks that names have ("Yahoo!") are not.
_SEPARATORS = frozenset(",;:，；：、。")  # noqa: RUF001
# What names may have ("D.C.", "Yahoo!"): odd only where the same words are labelled without it.
_MARKS = frozenset(".!?\"'‘’“”«»-–—！？")  # noqa: RUF001
# Scripts that write words without blanks between them: a label may end anywhere.
_NO_BLANKS = ("CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")

_Fault = tuple[str, Label]
"""What is wrong, and the label without it."""


class EdgeHabits:
    """How common each kind of odd edge is in a data set: what most labels of a category do is no error."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._n_labels: Counter[str] = Counter()
        self._n_faults: Counter[tuple[str, str]] = Counter()
        self._n_strings: Counter[tuple[str, str]] = Counter()
        for document in documents:
            for label in document.labels:
                self._n_labels[label.category] += 1
                self._n_strings[_key(document.text, label)] += 1
                self._n_faults.update((label.category, what) for what, _ in _faults(document.text, label))

    def doubt(self, text: str, label: Label) -> tuple[float, Label, str] | None:
        """The oddest edge: log-odds that it is an error, the label without it, and why. None: both edges are well."""
        found = [
            (self._log_odds(label.category, what), proposal, f"The label {what}.")
            for what, proposal in _faults(text, label)
        ]
        return max([*found, *self._marked(text, label)], default=None)

    def _marked(self, text: str, label: Label) -> Iterator[tuple[float, Label, str]]:
        """A mark at an edge that labels of the same words lack: log-odds by how many have it and how many do not."""
        plain = _trimmed(text, label, lambda mark: mark in _MARKS or mark.isspace())
        if plain is None or plain == label:
            return
        without, others = self._n_strings[_key(text, plain)], self._n_strings[_key(text, label)] - 1
        if without > others:
            covered = label.text_of(text)
            mark = covered[0] if plain.start > label.start else covered[-1]
            times = "once" if without == 1 else f"{without:,} times"
            reason = f"The label begins or ends with {mark!r}; without it, the same words are labelled {times}."
            yield log((without + 1) / (others + 0.5)), plain, reason

    def _log_odds(self, category: str, what: str) -> float:
        """From the share of the category's other labels that have it too."""
        others = self._n_faults[category, what] - 1
        return log((self._n_labels[category] - others) / (others + 0.5))


def _key(text: str, label: Label) -> tuple[str, str]:
    return label.category, label.text_of(text).casefold()


def _faults(text: str, label: Label) -> Sequence[_Fault]:
    tests: list[Callable[[str, Label], _Fault | None]] = [_blanks, _separator, _half_pair, _cut_word]
    return [fault for test in tests if (fault := test(text, label)) is not None]


def _blanks(text: str, label: Label) -> _Fault | None:
    trimmed = _trimmed(text, label, str.isspace)
    return None if trimmed in (None, label) else ("begins or ends with a blank", trimmed or label)


def _separator(text: str, label: Label) -> _Fault | None:
    covered = label.text_of(text)
    odd = next((mark for mark in (covered[0], covered[-1]) if mark in _SEPARATORS), None)
    trimmed = _trimmed(text, label, lambda mark: mark in _SEPARATORS or mark.isspace())
    return None if odd is None or trimmed is None else (f"begins or ends with {odd!r}", trimmed)


def _half_pair(text: str, label: Label) -> _Fault | None:
    covered = label.text_of(text)
    halves = {covered[0]: _PAIRS, covered[-1]: _CLOSING}
    odd = next((mark for mark, other in halves.items() if mark in other and other[mark] not in covered), None)
    trimmed = _trimmed(text, label, lambda mark: mark == odd or mark.isspace())
    return None if odd is None or trimmed is None else (f"has {odd!r} without its counterpart at an edge", trimmed)


def _cut_word(text: str, label: Label) -> _Fault | None:
    start, end = label.start, label.end
    while start and _joined(text, start):
        start -= 1
    while end < len(text) and _joined(text, end):
        end += 1
    return None if (start, end) == (label.start, label.end) else ("cuts a word", replace(label, start=start, end=end))


def _joined(text: str, position: int) -> bool:
    """Whether the characters on both sides of the position are of one word."""
    return all(
        character.isalnum() and not unicodedata.name(character, "").startswith(_NO_BLANKS)
        for character in text[position - 1 : position + 1]
    )


def _trimmed(text: str, label: Label, is_odd: Callable[[str], bool]) -> Label | None:
    """The label without odd characters at its edges; None where nothing is left."""
    start, end = label.start, label.end
    while start < end and is_odd(text[start]):
        start += 1
    while start < end and is_odd(text[end - 1]):
        end -= 1
    return replace(label, start=start, end=end) if start < end else None
