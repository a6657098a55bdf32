"""What kind each character of a text is, for a whole text at once."""

import unicodedata
from enum import IntFlag
from functools import reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

Kinds = NDArray[np.uint16]


class Kind(IntFlag):
    """What holds for a character, as Python's own string methods say."""

    BLANK = 1
    ALPHANUMERIC = 2
    LETTER = 4
    DECIMAL = 8
    LOWER = 16
    """This and the next two are set for letters and digits only. A title case letter (`ǅ`) is both lower and upper."""
    UPPER = 32
    HAS_LOWER = 64
    """Its lower case is another character."""
    MARK = 128
    """Written on or around the letter before it."""
    KNOWN = 256
    """Set for every character that was looked at, so that no kind is 0."""


# A row for each code point, looked up when it is first met: a text has few different ones.
_TABLE: Kinds = np.zeros(0x110000, dtype=np.uint16)


def kinds_of(text: str) -> Kinds:
    """The `Kind` of each code point, and a 0 after the last: a position at the end, or before the start, is no kind."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    result = np.zeros(len(codes) + 1, dtype=np.uint16)
    result[:-1] = _TABLE[codes]
    if not result[:-1].all():
        for code in np.unique(codes[result[:-1] == 0]).tolist():
            _TABLE[code] = _kind(chr(code))  # the same value, whichever thread comes first
        result[:-1] = _TABLE[codes]
    return result


def has_kind(kinds: Kinds, kind: Kind) -> NDArray[np.bool_]:
    """Where any of the flags is set."""
    result: NDArray[np.bool_] = (kinds & int(kind)) != 0
    return result


def _kind(character: str) -> Kind:
    holds = {Kind.BLANK: character.isspace(), Kind.MARK: unicodedata.category(character).startswith("M")}
    if character.isalnum():
        is_title = character.istitle() and not character.isupper()
        holds |= {
            Kind.ALPHANUMERIC: True,
            Kind.LETTER: character.isalpha(),
            Kind.DECIMAL: character.isdecimal(),
            Kind.LOWER: character.islower() or is_title,
            Kind.UPPER: character.isupper() or is_title,
            Kind.HAS_LOWER: character != character.lower(),
        }
    return reduce(or_, (kind for kind, is_so in holds.items() if is_so), Kind.KNOWN)
