"""Word shapes: what an uncased encoder cannot see, as one small number a token."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from model_tools.inference.characters import Kind, Kinds, has_kind


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


def token_shapes(kinds: Kinds, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The shape of the word each token is part of: a run of tokens that touch, cut at what is no letter or digit.

    Only the letters and digits of a word count.

    Args:
        kinds: of the text; see `kinds_of`.
        starts: code points, of each token.
        ends: the same.
    """
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    alphanumeric = has_kind(kinds, Kind.ALPHANUMERIC)
    begins = np.ones(len(starts), dtype=np.bool_)
    begins[1:] = ~(
        (starts[1:] == ends[:-1]) & (starts[1:] < ends[1:]) & alphanumeric[starts[1:]] & alphanumeric[starts[1:] - 1]
    )
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(starts)) - 1
    shapes: NDArray[np.int64] = _word_shapes(kinds, starts[first], ends[last])[np.cumsum(begins) - 1]
    return shapes


_COUNTED = np.array(
    [Kind.ALPHANUMERIC, Kind.LETTER, Kind.DECIMAL, Kind.LOWER, Kind.UPPER, Kind.HAS_LOWER], dtype=np.uint16
)


def _word_shapes(kinds: Kinds, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The shape of each `start:end` of the text."""
    flags = (kinds[:, np.newaxis] & _COUNTED) != 0
    before = np.zeros((len(flags) + 1, len(_COUNTED)), dtype=np.int64)
    np.cumsum(flags, axis=0, out=before[1:])
    counts = (before[ends] - before[starts]).T
    length, letters, decimals, lower, upper, has_lower = counts
    # Each word's first letter or digit: the one before which as many have been counted as before the word.
    positions = np.flatnonzero(flags[:, 0])
    # (A word without any looks at another's; `length` 0 comes first below.)
    of_word = before[starts, 0].clip(max=max(0, len(positions) - 1))
    head = flags[positions[of_word]] if len(positions) else np.zeros((len(starts), len(_COUNTED)), dtype=np.bool_)
    head_lower, head_upper, head_has_lower = head[:, 3:].T
    rest_is_lower = (lower > head_lower) & (upper == head_upper)
    shapes = np.full(len(starts), WordShape.MIXED, dtype=np.int64)
    # From the last case to the first, which has the last word.
    for case, shape in (
        (head_has_lower & rest_is_lower, WordShape.CAPITALISED),
        (has_lower == 0, WordShape.NONE),
        ((upper > 0) & (lower == 0), WordShape.UPPER),
        ((upper > 0) & (lower == 0) & (length == 1), WordShape.SINGLE_UPPER),
        ((lower > 0) & (upper == 0), WordShape.LOWER),
        (letters < length, WordShape.ALPHANUMERIC),
        (decimals == length, WordShape.DIGITS),
        (length == 0, WordShape.NONE),
    ):
        shapes[case] = shape
    return shapes
