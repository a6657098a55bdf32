"""Word shapes."""

import numpy as np
import pytest

from model_tools.inference.shapes import WordShape, token_shapes, word_shape


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
    assert word_shape(word) is shape


def test_all_pieces_of_a_word_have_its_shape() -> None:
    text = "McDonald's in A1-USA"
    bounds = np.array([(0, 2), (2, 8), (8, 9), (9, 10), (11, 13), (14, 15), (15, 16), (16, 17), (17, 20)])
    assert token_shapes(text, bounds[:, 0], bounds[:, 1]).tolist() == [
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
