"""The three units, row by row, and what must hold for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools import offsets as offsets_module
from model_tools.errors import InvalidInputError
from model_tools.offsets import OffsetMap, OffsetUnit
from model_tools.spans import Span

CODE_POINT, UTF16, TEXT_ELEMENT = OffsetUnit.CODE_POINT, OffsetUnit.UTF16, OffsetUnit.TEXT_ELEMENT

# Text, the stretch to find in it, and its (offset, length) in code points, UTF-16 units, and text elements.
ROWS = {
    "ascii": ("To Ann", "Ann", (3, 3), (3, 3), (3, 3)),
    "crlf is one text element": ("a\r\nAnn", "Ann", (3, 3), (3, 3), (2, 3)),
    "crlf inside": ("x A\r\nB", "A\r\nB", (2, 4), (2, 4), (2, 3)),
    "lf cr are two": ("\n\rAnn", "Ann", (2, 3), (2, 3), (2, 3)),
    "accent as one character": ("é Ann", "Ann", (2, 3), (2, 3), (2, 3)),
    "combining accent": ("e\u0301 Ann", "Ann", (3, 3), (3, 3), (2, 3)),
    "two combining marks": ("o\u0302\u0301 Ann", "Ann", (4, 3), (4, 3), (2, 3)),
    "mark at the start": ("\u0301 Ann", "Ann", (2, 3), (2, 3), (2, 3)),
    "cjk": ("東京の会社", "会社", (3, 2), (3, 2), (3, 2)),
    "cjk outside the bmp": ("𠮷野家の丼", "丼", (4, 1), (5, 1), (4, 1)),
    "hangul letters": ("\u1112\u1161\u11ab 국", "국", (4, 1), (4, 1), (2, 1)),
    "emoji before": ("🎉 Ann", "Ann", (2, 3), (3, 3), (2, 3)),
    "emoji inside": ("I ♥ 🎉!", "♥ 🎉", (2, 3), (2, 4), (2, 3)),
    "zwj family: the joiner extends, the next emoji starts anew": ("👨\u200d👩 Ann", "Ann", (4, 3), (6, 3), (3, 3)),
    "skin tone: two text elements as of Unicode 8": ("👍🏽 Ann", "Ann", (3, 3), (5, 3), (3, 3)),
    "variation selector": ("❤\ufe0f Ann", "Ann", (3, 3), (3, 3), (2, 3)),
    "one flag": ("🇨🇭 Ann", "Ann", (3, 3), (5, 3), (2, 3)),
    "flags in a row: one text element as of Unicode 8": ("🇨🇭🇩🇪 Ann", "Ann", (5, 3), (9, 3), (2, 3)),
    "tags are controls as of Unicode 8": ("🏴\U000e0067\U000e007f Ann", "Ann", (4, 3), (7, 3), (4, 3)),
    "sign before a number is a control as of Unicode 8": ("\u0600\u0301 Ann", "Ann", (3, 3), (3, 3), (3, 3)),
    "devanagari vowel sign": ("नि Ann", "Ann", (3, 3), (3, 3), (2, 3)),
    "zero width space": ("a\u200bAnn", "Ann", (2, 3), (2, 3), (2, 3)),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_offsets_in_every_unit(row: tuple[str, str, tuple[int, int], tuple[int, int], tuple[int, int]]) -> None:
    text, stretch, *expected = row
    start = text.index(stretch)
    span = Span(start, start + len(stretch))
    for unit, numbers in zip((CODE_POINT, UTF16, TEXT_ELEMENT), expected, strict=True):
        offsets = OffsetMap(text, unit)
        assert offsets.from_span(span) == numbers, unit
        assert offsets.to_span(*numbers) == span, unit


INSIDE_A_UNIT = {
    "half of an emoji, start": ("🎉x", UTF16, 1, 2),
    "half of an emoji, end": ("a🎉", UTF16, 0, 2),
}


@pytest.mark.parametrize(("text", "unit", "offset", "length"), INSIDE_A_UNIT.values(), ids=INSIDE_A_UNIT.keys())
def test_an_offset_inside_a_unit_is_refused(text: str, unit: OffsetUnit, offset: int, length: int) -> None:
    with pytest.raises(InvalidInputError) as error:
        OffsetMap(text, unit).to_span(offset, length)
    assert error.value.inner_code == "OffsetInsideUnit"


@pytest.mark.parametrize(
    ("text", "span", "wider"),
    [
        ("e\u0301x", Span(0, 1), Span(0, 2)),
        ("e\u0301x", Span(1, 3), Span(0, 3)),
        ("a\r\nb", Span(0, 2), Span(0, 3)),
        ("🇨🇭🇩🇪", Span(1, 2), Span(0, 4)),
        ("plain", Span(1, 3), Span(1, 3)),
    ],
)
def test_a_span_that_ends_inside_a_text_element(text: str, span: Span, wider: Span) -> None:
    offsets = OffsetMap(text, TEXT_ELEMENT)
    assert offsets.widen(span) == wider
    if wider != span:
        with pytest.raises(InvalidInputError) as error:
            offsets.from_span(span)
        assert error.value.inner_code == "OffsetInsideUnit"


@pytest.mark.parametrize("unit", OffsetUnit)
@pytest.mark.parametrize("text", ["", "abc", "a\r\nb", "🎉🎉", "e\u0301"])
def test_outside_the_text_is_refused(text: str, unit: OffsetUnit) -> None:
    offsets = OffsetMap(text, unit)
    with pytest.raises(InvalidInputError) as error:
        offsets.to_span(offsets.size, 1)
    assert error.value.inner_code == "LabelOutsideText"
    with pytest.raises(InvalidInputError) as error:
        offsets.from_span(Span(0, len(text) + 1))
    assert error.value.inner_code == "LabelOutsideText"


@pytest.mark.parametrize("unit", OffsetUnit)
@pytest.mark.parametrize(("offset", "length"), [(-1, 2), (0, 0), (2, -1)])
def test_impossible_numbers_are_refused(unit: OffsetUnit, offset: int, length: int) -> None:
    with pytest.raises(InvalidInputError) as error:
        OffsetMap("a🎉\r\ne\u0301", unit).to_span(offset, length)
    assert error.value.inner_code == "InvalidSpan"


TRICKY_PIECES = [
    "🎉",
    "👨‍👩‍👧",
    "👍🏽",
    "🇨🇭",
    "e\u0301",
    "\r\n",
    "\r",
    "\n",
    "東",
    "नि",
    "\u1112\u1161",
    "\u1112",
    "한",
    "하",
    "\u11ab",
    "\u200d",
    "\u0301",
    "a",
    " ",
]
TRICKY = st.sampled_from(TRICKY_PIECES)
TEXTS = st.one_of(st.lists(TRICKY, max_size=20).map("".join), st.text(max_size=40))


@given(TEXTS, st.sampled_from(OffsetUnit), st.data())
def test_any_span_survives_the_round_trip_once_widened(text: str, unit: OffsetUnit, data: st.DataObject) -> None:
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    offsets = OffsetMap(text, unit)
    wider = offsets.widen(span)
    assert wider.start <= span.start < span.end <= wider.end
    assert offsets.widen(wider) == wider
    assert offsets.to_span(*offsets.from_span(wider)) == wider


@given(TEXTS)
def test_utf16_offsets_are_those_of_the_encoded_text(text: str) -> None:
    offsets = OffsetMap(text, UTF16)
    assert offsets.size == len(text.encode("utf-16-le")) // 2
    for i in range(len(text)):
        assert offsets.from_span(Span(i, i + 1)) == (
            len(text[:i].encode("utf-16-le")) // 2,
            len(text[i].encode("utf-16-le")) // 2,
        )


@given(TEXTS)
def test_text_elements_partition_the_text(text: str) -> None:
    offsets = OffsetMap(text, TEXT_ELEMENT)
    spans = [offsets.to_span(i, 1) for i in range(offsets.size)]
    assert "".join(span.text_of(text) for span in spans) == text
    assert all("\r\n" not in span.text_of(text) or span.text_of(text) == "\r\n" for span in spans)


@given(
    st.text(st.characters(max_codepoint=0x2FF) | st.sampled_from("\r\n"), max_size=30), st.sampled_from(["", "\u20ac"])
)
def test_what_cannot_combine_is_an_element_each(text: str, higher: str) -> None:
    """With and without a character that takes the general way, the same elements come out."""
    starts = [i for i in range(len(text)) if text[i - 1 : i + 1] != "\r\n"]
    mapped = OffsetMap(text + higher, OffsetUnit.TEXT_ELEMENT)
    assert mapped.size == len(starts) + len(higher)
    for element, start in enumerate(starts):
        assert mapped.to_span(element, 1).start == start


@given(TEXTS)
def test_reading_only_what_may_join_finds_the_elements_of_the_whole_text(text: str) -> None:
    """The pattern over the whole text, which costs time for every character, is the rule; the short way must agree."""
    expected = [match.group() for match in offsets_module._TEXT_ELEMENT.finditer(text)]
    mapped = OffsetMap(text, TEXT_ELEMENT)
    assert [mapped.to_span(i, 1).text_of(text) for i in range(mapped.size)] == expected


@given(st.characters())
def test_a_character_that_joins_nothing_ends_every_element_before_it(character: str) -> None:
    if offsets_module._JOINING.match(character) or offsets_module._SYLLABLE.match(character):
        return
    for before in TRICKY_PIECES:
        if (before[-1], character) != ("\r", "\n"):
            assert OffsetMap(before + character, TEXT_ELEMENT).size == OffsetMap(before, TEXT_ELEMENT).size + 1
