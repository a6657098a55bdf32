"""Word shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.inference.characters import kinds_of
from model_tools.inference.shapes import WordShape, token_shapes


def word_shape(word: str) -> WordShape:
    """The rule, a word at a time, in Python's own string methods."""
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


def shapes(text: str, *bounds: tuple[int, int]) -> list[int]:
    starts, ends = np.array(bounds, dtype=np.int64).reshape(-1, 2).T
    result: list[int] = token_shapes(kinds_of(text), starts, ends).tolist()
    return result


# Letters of every kind of case, digits that are decimal and digits that are not, marks, and a lone surrogate.
LETTERS = (
    st.sampled_from("aZß\u03a3\u03c2\u03c3\u01c5\u0149\u00aa\u2163\u24d0\u0663\u00b25東\u0301'-\ud800")
    | st.characters()
)


@given(st.lists(st.text(LETTERS, max_size=6), max_size=6))
def test_all_words_at_once_have_the_shapes_that_each_has_alone(words: list[str]) -> None:
    bounds, text = [], ""
    for word in words:
        bounds.append((len(text), len(text) + len(word)))
        text += word + " "
    assert shapes(text, *bounds) == [word_shape(word) for word in words]


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("", WordShape.NONE),
        ("-", WordShape.NONE),
        ("東京", WordShape.NONE),
        ("\U0001f600", WordShape.NONE),
        ("house", WordShape.LOWER),
        ("straße", WordShape.LOWER),
        ("Anna", WordShape.CAPITALISED),
        ("Élan", WordShape.CAPITALISED),
        ("ǅep", WordShape.CAPITALISED),
        ("IBM", WordShape.UPPER),
        ("A", WordShape.SINGLE_UPPER),
        ("iPhone", WordShape.MIXED),
        ("McDonald", WordShape.MIXED),
        ("2024", WordShape.DIGITS),
        ("A380", WordShape.ALPHANUMERIC),
        ("²", WordShape.ALPHANUMERIC),
    ],
)
def test_word_shape(word: str, shape: WordShape) -> None:
    assert shapes(f" {word}", (1, 1 + len(word))) == [shape] == [word_shape(word)]


def test_all_pieces_of_a_word_have_its_shape() -> None:
    text = "McDonald's in A1-USA"
    bounds = [(0, 2), (2, 8), (8, 9), (9, 10), (11, 13), (14, 15), (15, 16), (16, 17), (17, 20)]
    assert shapes(text, *bounds) == [
        WordShape.MIXED,
        WordShape.MIXED,
        WordShape.NONE,
        WordShape.LOWER,
        WordShape.LOWER,
        WordShape.ALPHANUMERIC,
        WordShape.ALPHANUMERIC,
        WordShape.NONE,
        WordShape.UPPER,
    ]


def test_the_numbers_are_what_trained_models_were_trained_with() -> None:
    assert [shape.name for shape in sorted(WordShape)] == [
        "NONE",
        "LOWER",
        "CAPITALISED",
        "UPPER",
        "SINGLE_UPPER",
        "MIXED",
        "DIGITS",
        "ALPHANUMERIC",
    ]
