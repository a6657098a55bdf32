"""Word shapes: what an uncased encoder cannot see, as one small number a token."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class WordShape(IntEnum):
    """How the letters of a word are written. The values are rows of a trained embedding: never renumber."""

    NONE = 0
    """Special tokens, punctuation, and scripts without case."""
    LOWER = 1
    CAPITALISED = 2
    """`Anna`."""
    UPPER = 3
    """`IBM`; two letters or more."""
    SINGLE_UPPER = 4
    """`A`: an initial as often as a word."""
    MIXED = 5
    """`iPhone`, `McDonald`."""
    DIGITS = 6
    ALPHANUMERIC = 7
    """`A380`, `3rd`."""


def word_shape(word: str) -> WordShape:
    """The shape of one word."""
    if not word.isalnum():
        word = "".join(filter(str.isalnum, word))
    if word.isdecimal():
        return WordShape.DIGITS
    if not word.isalpha():
        return WordShape.ALPHANUMERIC if word else WordShape.NONE
    if word.islower():
        return WordShape.LOWER
    if word.isupper():
        return WordShape.UPPER if len(word) > 1 else WordShape.SINGLE_UPPER
    if word == word.lower():
        return WordShape.NONE
    return WordShape.CAPITALISED if word[0] != word[0].lower() and word[1:].islower() else WordShape.MIXED


def token_shapes(text: str, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The shape of the word each token is part of: a run of tokens that touch, cut at what is no letter or digit."""
    shapes = np.zeros(len(starts), dtype=np.int64)
    for first, last in _words(text, starts.tolist(), ends.tolist()):
        shapes[first:last] = word_shape(text[int(starts[first]) : int(ends[last - 1])])
    return shapes


def _words(text: str, starts: Sequence[int], ends: Sequence[int]) -> list[tuple[int, int]]:
    words: list[tuple[int, int]] = []
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        touches = i > 0 and ends[i - 1] == start and start < end
        if touches and text[start].isalnum() and text[start - 1].isalnum():
            words[-1] = (words[-1][0], i + 1)
        else:
            words.append((i, i + 1))
    return words
