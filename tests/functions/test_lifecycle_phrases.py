"""Where a phrase stands in a text: case folding that changes lengths, bounds of words, and no regex on users' text."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle.phrases import Phrase, SearchableText
from model_tools.offsets import OffsetMap, OffsetUnit
from model_tools.spans import Span


def found(text: str, phrase: str, *, ignore_case: bool = False, whole_words: bool = False) -> list[tuple[int, int]]:
    spans = SearchableText(text).find(Phrase(phrase, ignore_case, whole_words))
    return [(span.start, span.end) for span in spans]


WHOLE_WORDS = json.loads((Path(__file__).parent / "whole_word_matches.json").read_text("utf-8"))
"""What the studio's "label all" has to find, too: studio/tests/matches.test.ts reads the same table."""


@pytest.mark.parametrize("case", WHOLE_WORDS, ids=lambda case: case["text"])
def test_whole_words_as_the_studio_sees_them(case: dict[str, Any]) -> None:
    assert [start for start, _ in found(case["text"], case["phrase"], whole_words=True)] == case["starts"]


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("Rome, Rome", "Rome", [(0, 4), (6, 10)]),
        ("rome ROME", "Rome", []),
        ("aaaa", "aa", [(0, 2), (2, 4)]),
        ("a.c abc", "a.c", [(0, 3)]),
        ("(x)* (x)*", "(x)*", [(0, 4), (5, 9)]),
        ("😀Rome😀", "Rome", [(1, 5)]),
        ("Jose\u0301 Jose", "Jose", [(6, 10)]),  # not the letter without its accent
        ("Jose\u0301", "Jose\u0301", [(0, 5)]),
        ("a\r\nb", "a\r", []),
        ("👩‍🚀 👩", "👩", [(4, 5)]),
        ("", "a", []),
        ("a", "abc", []),
    ],
)
def test_plain(text: str, phrase: str, expected: list[tuple[int, int]]) -> None:
    assert found(text, phrase) == expected


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("ROME rome", "Rome", [(0, 4), (5, 9)]),
        ("Straße STRASSE STRAẞE", "strasse", [(0, 6), (7, 14), (15, 21)]),
        ("Maß x", "mass", [(0, 3)]),
        ("Maß", "mas", []),  # half a letter
        ("ßs", "ss", [(0, 1)]),
        ("İstanbul", "istanbul", []),  # the dot is part of the letter
        ("İstanbul", "i\u0307stanbul", [(0, 8)]),
        ("x İstanbul y", "İSTANBUL", [(2, 10)]),
        ("ﬁne FINE", "fine", [(0, 3), (4, 8)]),
        ("ﬁne", "ine", []),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς", [(0, 8)]),
        ("ẞ rome ẞ ROME", "Rome", [(2, 6), (9, 13)]),
    ],
)
def test_without_regard_to_case(text: str, phrase: str, expected: list[tuple[int, int]]) -> None:
    assert found(text, phrase, ignore_case=True) == expected


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("Rome Romeo Jerome", "Rome", [(0, 4)]),
        ("Tesla's Tesla-owned (Tesla) Tesla2 _Tesla", "Tesla", [(0, 5), (8, 13), (21, 26)]),
        ("$TSLA A$TSLA", "$TSLA", [(0, 5), (7, 12)]),
        ("東京都", "東京", [(0, 2)]),  # no blanks between words
        ("กรุงเทพมหานคร", "กรุงเทพ", [(0, 7)]),
        ("Élan élan", "lan", []),
        ("e\u0301lan", "lan", []),
        ("S&P 500", "S&P", [(0, 3)]),
    ],
)
def test_whole_words(text: str, phrase: str, expected: list[tuple[int, int]]) -> None:
    assert found(text, phrase, whole_words=True) == expected


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("ß" * 250, "s" * 500, [(0, 250)]),
        ("s" * 500, "ß" * 250, [(0, 500)]),
        ("s" * 502, "ß" * 251, []),
        ("s" * 502 + " " + "ß" * 251, "ß" * 251, [(503, 754)]),
    ],
)
def test_no_place_is_longer_than_a_label_may_be(text: str, phrase: str, expected: list[tuple[int, int]]) -> None:
    assert found(text, phrase, ignore_case=True, whole_words=True) == expected


LETTERS = st.text(st.sampled_from("sSßẞiIİ\u0131\u0307\u0301ﬁfaA😀 \r\n"), max_size=12)


@given(text=LETTERS, phrase=LETTERS.filter(bool), ignore_case=st.booleans())
def test_all_places_and_no_others(text: str, phrase: str, ignore_case: bool) -> None:
    def fold(value: str) -> str:
        return value.casefold() if ignore_case else value

    elements = OffsetMap(text, OffsetUnit.TEXT_ELEMENT)
    free, expected = 0, []
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            whole = elements.widen(Span(start, end)) == Span(start, end)
            if start >= free and whole and fold(text[start:end]) == fold(phrase):
                expected.append((start, end))
                free = end
    assert found(text, phrase, ignore_case=ignore_case) == expected
