"""Offsets between code points (inside) and the units that clients count in (outside)."""

from enum import Enum

import numpy as np
import regex
from numpy.typing import NDArray

from model_tools.errors import InvalidInputError
from model_tools.spans import Span


class OffsetUnit(Enum):
    """What one step of an offset counts."""

    CODE_POINT = "code point"
    """A Unicode code point: how Python counts."""
    UTF16 = "UTF-16 code unit"
    """How JavaScript, .NET and Java count: two for a character outside the BMP."""
    TEXT_ELEMENT = "text element"
    """A grapheme cluster of Unicode 8.0, so `\\r\\n` is one and `e` + combining acute is one."""


# UAX #29 as of Unicode 8.0 (revision 27), on today's character properties. It differs from `\X` of a current
# library in five rules that came later: emoji ZWJ sequences are not joined past the ZWJ, skin-tone modifiers do not
# extend, a run of regional indicators of any length is one cluster, and tag characters and the signs that stand
# before a number are controls, as all format characters are but the two joiners.
_CONTROL = r"[\p{GCB=Control}\U000E0020-\U000E007F[\p{GCB=Prepend}&&\p{Cf}]]"
_EXTEND = r"[[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]--[\U0001F3FB-\U0001F3FF\U000E0020-\U000E007F]]"
_HANGUL = r"\p{GCB=L}*(?:\p{GCB=V}+|\p{GCB=LV}\p{GCB=V}*|\p{GCB=LVT})\p{GCB=T}*|\p{GCB=L}+|\p{GCB=T}+"
_TEXT_ELEMENT = regex.compile(
    rf"\r\n|[{_CONTROL}\r\n]|(?:\p{{GCB=RI}}+|{_HANGUL}|[^{_CONTROL}\r\n]){_EXTEND}*",
    regex.VERSION1,
)

_JOINING = regex.compile(rf"{_EXTEND}|[\p{{GCB=RI}}\p{{GCB=L}}\p{{GCB=V}}\p{{GCB=T}}]", regex.VERSION1)
"""What may go on with the element before it. Everything else begins one, but a line feed after a carriage return, and a
Hangul syllable after a leading consonant that is written apart."""
_SYLLABLE = regex.compile(r"[\p{GCB=LV}\p{GCB=LVT}]", regex.VERSION1)

_FIRST_JOINING = 0x300
_UNKNOWN, _ALONE, _JOINS, _IS_SYLLABLE = range(4)
# A row for each code point, looked up when it is first met: a text has few different ones.
_ROLES = np.full(0x110000, _UNKNOWN, dtype=np.uint8)
_ROLES[:_FIRST_JOINING] = _ALONE


class OffsetMap:
    """Converts between code-point spans of one text and (offset, length) in one unit.

    Built in one pass over the text; a text where the unit is the code point costs nothing.
    """

    def __init__(self, text: str, unit: OffsetUnit) -> None:
        self.unit = unit
        self._size = len(text)
        self._boundaries = _boundaries(text, unit)

    @property
    def size(self) -> int:
        """Units in the whole text."""
        if self._boundaries is None:
            return self._size
        return int(self._boundaries[-1]) if self.unit is OffsetUnit.UTF16 else len(self._boundaries) - 1

    def to_span(self, offset: int, length: int) -> Span:
        """The code-point span of `length` units from `offset`.

        Raises:
            InvalidInputError: outside the text, empty, or inside a unit (half of a surrogate pair).
        """
        if offset < 0 or length <= 0:
            raise InvalidInputError(
                f"An offset starts at 0 and a length at 1, not {offset} and {length}.",
                inner_code="InvalidSpan",
            )
        return Span(self._to_code_point(offset), self._to_code_point(offset + length))

    def from_span(self, span: Span) -> tuple[int, int]:
        """(offset, length) in units.

        Raises:
            InvalidInputError: outside the text, or an end lies inside a unit; see `widen`.
        """
        self._check_inside(span)
        start, end = self._to_unit(span.start), self._to_unit(span.end)
        return start, end - start

    def widen(self, span: Span) -> Span:
        """The smallest span around `span` whose ends are expressible in the unit.

        For answers only: a model may end an entity, and a person who counts in code points a label, between a letter
        and its combining mark, and an answer in text elements has no number for that place.

        Raises:
            InvalidInputError: outside the text.
        """
        self._check_inside(span)
        if self._boundaries is None or self.unit is OffsetUnit.UTF16:
            return span
        first = int(np.searchsorted(self._boundaries, span.start, side="right")) - 1
        last = int(np.searchsorted(self._boundaries, span.end, side="left"))
        return Span(int(self._boundaries[first]), int(self._boundaries[last]))

    def _check_inside(self, span: Span) -> None:
        if span.end > self._size:
            raise InvalidInputError(
                f"The span ends at {span.end}, the text at {self._size} code points.",
                inner_code="LabelOutsideText",
            )

    def _to_code_point(self, position: int) -> int:
        if position > self.size:
            raise self._outside(position)
        if self._boundaries is None:
            return position
        if self.unit is OffsetUnit.UTF16:
            return self._position_of(position, "inside a surrogate pair")
        return int(self._boundaries[position])

    def _to_unit(self, code_point: int) -> int:
        if self._boundaries is None:
            return code_point
        if self.unit is OffsetUnit.UTF16:
            return int(self._boundaries[code_point])
        return self._position_of(code_point, "inside a text element")

    def _position_of(self, value: int, where: str) -> int:
        assert self._boundaries is not None
        position = int(np.searchsorted(self._boundaries, value))
        if int(self._boundaries[position]) != value:
            raise InvalidInputError(f"Position {value} falls {where}.", inner_code="OffsetInsideUnit")
        return position

    def _outside(self, position: int) -> InvalidInputError:
        return InvalidInputError(
            f"Position {position} is outside the text, which has {self.size} {self.unit.value}s.",
            inner_code="LabelOutsideText",
        )


def _boundaries(text: str, unit: OffsetUnit) -> NDArray[np.int64] | None:
    """A sorted table, or None where unit and code point agree on the whole text.

    UTF16: entry i is the UTF-16 offset of code point i (one entry more than code points).
    TEXT_ELEMENT: entry i is the code point at which element i starts (one entry more than elements).
    """
    if unit is OffsetUnit.CODE_POINT or (text.isascii() and "\r" not in text):
        return None
    code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    highest = int(code_points.max(initial=0))
    if unit is OffsetUnit.UTF16:
        if highest < 0x10000:
            return None
        return np.concatenate(([0], np.cumsum(1 + (code_points >= 0x10000)))).astype(np.int64)
    begins = np.ones(len(code_points) + 1, dtype=np.bool_)
    begins[1:-1] = (code_points[1:] != ord("\n")) | (code_points[:-1] != ord("\r"))
    if highest >= _FIRST_JOINING:
        _unset_joined(begins, text, code_points)
    return np.flatnonzero(begins)


def _unset_joined(begins: NDArray[np.bool_], text: str, code_points: NDArray[np.uint32]) -> None:
    """Unsets the code points that go on with an element. Only runs of what may join are read, one by one."""
    joins = np.zeros(len(code_points) + 2, dtype=np.bool_)
    roles = _roles(code_points)
    joins[1:-1] = roles == _JOINS
    joins[2:-1] |= (roles[1:] == _IS_SYLLABLE) & joins[1:-2]
    changes = np.flatnonzero(joins[1:] != joins[:-1])
    for start, end in zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True):
        begins[start:end] = False
        # From the code point before the run, which begins an element or is the line feed of a line end.
        for match in _TEXT_ELEMENT.finditer(text, max(start - 1, 0), end):
            if match.start() >= start:
                begins[match.start()] = True


def _roles(code_points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    roles = _ROLES[code_points]
    if not roles.all():
        for code in np.unique(code_points[roles == _UNKNOWN]).tolist():
            _ROLES[code] = _role(chr(code))  # the same, whichever thread comes first
        roles = _ROLES[code_points]
    return roles


def _role(character: str) -> int:
    if _SYLLABLE.match(character):
        return _IS_SYLLABLE
    return _JOINS if _JOINING.match(character) else _ALONE
