"""Where a phrase stands in a text: plain string search, with or without regard to case and to the bounds of words."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from functions.lifecycle.labelling import MAX_LABEL_LENGTH
from model_tools.offsets import OffsetMap, OffsetUnit
from model_tools.spans import Span

_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
"""Scripts that put no blanks between words, so that there every place may be the bound of one."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is looked for."""

    text: str
    ignore_case: bool = False
    whole_words: bool = True


class SearchableText:
    """A text prepared once for many phrases."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._folded: _Folded | None = None
        self._elements: OffsetMap | None = None

    def find(self, phrase: Phrase) -> Iterator[Span]:
        """Where the phrase stands, from left to right, without overlap; never in the middle of a text element.

        A place longer than a label may be is none: without regard to case, ß stands for two letters.
        """
        free = 0
        for start, end in self._occurrences(phrase):
            if (
                start < free
                or end - start > MAX_LABEL_LENGTH
                or (phrase.whole_words and (self._joins(start) or self._joins(end)))
            ):
                continue
            if self._is_bound_of_elements(start, end):
                free = end
                yield Span(start, end)

    def _occurrences(self, phrase: Phrase) -> Iterator[tuple[int, int]]:
        """(start, end) of each occurrence; of those that overlap each other, all."""
        wanted = phrase.text.casefold() if phrase.ignore_case else phrase.text
        searched = self._folded_text().text if phrase.ignore_case else self.text
        found = searched.find(wanted) if wanted else -1
        while found >= 0:
            span = (found, found + len(wanted))
            if phrase.ignore_case:
                yield from self._folded_text().original(*span)
            else:
                yield span
            found = searched.find(wanted, found + 1)

    def _folded_text(self) -> "_Folded":
        if self._folded is None:
            self._folded = _Folded(self.text)
        return self._folded

    def _joins(self, position: int) -> bool:
        """Whether the characters on both sides of a place belong to one word."""
        if not 0 < position < len(self.text):
            return False
        before, after = self.text[position - 1], self.text[position]
        return _is_of_word(before) and _is_of_word(after) and not _UNSPACED.match(before) and not _UNSPACED.match(after)

    def _is_bound_of_elements(self, start: int, end: int) -> bool:
        if self._elements is None:
            self._elements = OffsetMap(self.text, OffsetUnit.TEXT_ELEMENT)
        span = Span(start, end)
        return self._elements.widen(span) == span


class _Folded:
    """A text with its case folded, and the way back: one character may fold to several, as ß to ss."""

    def __init__(self, text: str) -> None:
        self.text = text.casefold()
        self._origin: dict[int, int] | None = None
        if len(self.text) != len(text):
            self._origin = {}
            position = 0
            for i, character in enumerate(text):
                self._origin[position] = i
                position += len(character.casefold())
            self._origin[position] = len(text)

    def original(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The place in the original text; none where it begins or ends within what one character folded to."""
        if self._origin is None:
            yield start, end
        elif start in self._origin and end in self._origin:
            yield self._origin[start], self._origin[end]


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")
