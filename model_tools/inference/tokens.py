"""The sub-word tokens of a text, and the units among them that carry a tag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_tools.inference.characters import Kind, Kinds, has_kind, kinds_of
from model_tools.inference.shapes import token_shapes
from model_tools.manifest import TaggingUnit

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The sub-word tokens of a whole text, special tokens left out. All arrays are of one length."""

    ids: Ints
    starts: Ints
    """Code points. Blanks that a tokenizer counts to a token are left out, so a token may be empty."""
    ends: Ints
    words: Ints
    """Number of the word that the token is part of; -1 before the first."""
    shapes: Ints
    """See `WordShape`."""

    def __len__(self) -> int:
        return len(self.ids)

    def first_of_units(self, unit: TaggingUnit) -> Ints:
        """Positions of the tokens that carry a tag: the first of each word, or every one that is not empty."""
        if unit == "subword":
            return np.flatnonzero(self.starts < self.ends)
        return np.flatnonzero(np.diff(self.words, prepend=-1))

    def last_of_units(self, first: Ints) -> Ints:
        """Position of the last token of each unit, from those of the first."""
        return np.append(first, len(self))[1:] - 1

    def unit_spans(self, first: Ints) -> list[tuple[int, int]]:
        """(start, end) in code points of the units that begin at the tokens `first`."""
        last = self.last_of_units(first)
        return list(zip(self.starts[first].tolist(), self.ends[last].tolist(), strict=True))


def locate(text: str, ids: Sequence[int], offsets: Sequence[tuple[int, int]], words: Sequence[int | None]) -> Tokens:
    """Puts a tokenizer's tokens in their places.

    Args:
        text: of at least the length that the offsets say.
        ids: of the tokens.
        offsets: code points.
        words: as the tokenizer splits them. Tokenizers differ in whether a comma is part of the word before it, so a
            word is cut further where a letter or digit meets anything else.
    """
    starts, ends = np.array(offsets, dtype=np.int64).reshape(-1, 2).T
    kinds = kinds_of(text)
    starts, ends = _without_blanks(kinds, starts, ends)
    return Tokens(
        ids=np.array(ids, dtype=np.int64),
        starts=starts,
        ends=ends,
        words=_words(kinds, starts, ends, np.array([-1 if word is None else word for word in words], dtype=np.int64)),
        shapes=token_shapes(kinds, starts, ends),
    )


def _without_blanks(kinds: Kinds, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The bounds moved inwards past blanks; what is blank throughout becomes empty, at the end of the token before."""
    blank = has_kind(kinds, Kind.BLANK)
    positions = np.arange(len(blank))
    # For each position the next that is not blank (the one after the text is none), and the end of the last before it.
    following = np.minimum.accumulate(np.where(blank, len(blank), positions)[::-1])[::-1]
    preceding = np.maximum.accumulate(np.where(blank, 0, positions + 1))
    starts = np.minimum(following[starts], ends)
    ends = np.maximum(np.minimum(preceding[np.maximum(ends - 1, 0)], ends), starts)
    empty = starts >= ends
    if empty.any():
        reached = np.maximum.accumulate(np.where(empty, 0, ends))
        starts[empty] = ends[empty] = reached[empty]
    return starts, ends


def _words(kinds: Kinds, starts: Ints, ends: Ints, words: Ints) -> Ints:
    numbers = np.full(len(words), -1, dtype=np.int64)
    filled = np.flatnonzero(starts < ends)
    if len(filled):
        starts, ends = starts[filled], ends[filled]
        of_word = has_kind(kinds, Kind.ALPHANUMERIC | Kind.MARK)
        within = of_word[starts[1:]] & of_word[starts[1:] - 1]
        # Inside the tokenizer's words, tokens that share a character (bytes of one) stay together.
        shares = starts[1:] < ends[:-1]
        begins = np.ones(len(filled), dtype=np.bool_)
        number = words[filled]
        begins[1:] = (number[1:] != number[:-1]) | ~(within | shares)
        numbers[filled] = np.cumsum(begins) - 1
    # An empty token belongs to the word before it.
    return np.maximum.accumulate(numbers)
