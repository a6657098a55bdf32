"""The sub-word tokens of a text, and the units among them that carry a tag."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_tools.artifact import TaggingUnit
from model_tools.inference.shapes import token_shapes

Ints = NDArray[np.int64]

# What `str.isspace` holds for, as code points.
_BLANKS = np.array([code for code in range(0x3001) if chr(code).isspace()])


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

    def unit_spans(self, first: Ints) -> list[tuple[int, int]]:
        """(start, end) in code points of the units that begin at the tokens `first`."""
        last = np.append(first, len(self))[1:] - 1
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
    starts, ends = _without_blanks(text, starts, ends)
    return Tokens(
        ids=np.array(ids, dtype=np.int64),
        starts=starts,
        ends=ends,
        words=_words(text, starts, ends, np.array([-1 if word is None else word for word in words], dtype=np.int64)),
        shapes=token_shapes(text, starts, ends),
    )


def _without_blanks(text: str, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """The bounds moved inwards past blanks; what is blank throughout becomes empty, at the end of the token before."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    starts, ends = starts.copy(), ends.copy()
    while (leading := _at(codes, starts, starts < ends)).any():
        starts[leading] += 1
    while (trailing := _at(codes, ends - 1, starts < ends)).any():
        ends[trailing] -= 1
    empty = starts >= ends
    if empty.any():
        reached = np.maximum.accumulate(np.where(empty, 0, ends))
        starts[empty] = ends[empty] = reached[empty]
    return starts, ends


def _at(codes: NDArray[np.uint32], positions: Ints, where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether there is a blank at the positions."""
    result = np.zeros(len(positions), dtype=np.bool_)
    result[where] = np.isin(codes[positions[where]], _BLANKS)
    return result


def _words(text: str, starts: Ints, ends: Ints, words: Ints) -> Ints:
    numbers = np.full(len(words), -1, dtype=np.int64)
    filled = np.flatnonzero(starts < ends)
    if len(filled):
        begins = np.ones(len(filled), dtype=np.bool_)
        begins[1:] = np.diff(words[filled]) != 0
        # Inside the tokenizer's words, tokens that share a character (bytes of one) stay together.
        inner = np.flatnonzero(~begins)
        for i in inner[starts[filled[inner]] >= ends[filled[inner - 1]]].tolist():
            start = int(starts[filled[i]])
            begins[i] = not (_is_of_word(text[start]) and _is_of_word(text[start - 1]))
        numbers[filled] = np.cumsum(begins) - 1
    # An empty token belongs to the word before it.
    return np.maximum.accumulate(numbers)


def _is_of_word(character: str) -> bool:
    """Letters, digits, and the marks that are written on or around letters."""
    return character.isalnum() or unicodedata.category(character).startswith("M")
