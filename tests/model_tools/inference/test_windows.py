"""Windows over tokens, and the tokens themselves."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from model_tools.inference.tokens import locate
from model_tools.inference.windows import WindowTokenizer, windows_over
from model_tools.manifest import TaggingUnit


@pytest.fixture(scope="module")
def tokenizer() -> WindowTokenizer:
    """WordPiece over single characters, in BERT's frame."""
    characters = [chr(code) for code in range(33, 127)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *characters, *(f"##{one}" for one in characters)]
    inner = Tokenizer(models.WordPiece({token: i for i, token in enumerate(vocabulary)}, unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return WindowTokenizer(inner, window=16, overlap=4)


@given(st.integers(0, 400), st.integers(4, 60), st.data())
def test_windows_cover_and_cores_part_the_tokens(n_tokens: int, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size // 2))
    windows = windows_over(n_tokens, size, overlap)
    judged = [i for window in windows for i in range(window.core_start, window.core_end)]
    assert judged == list(range(n_tokens))
    for window in windows:
        assert window.start <= window.core_start <= window.core_end <= window.end <= n_tokens
        assert window.end - window.start == min(size, n_tokens)


@given(st.integers(1, 400), st.integers(8, 60))
def test_a_token_is_judged_far_from_the_cuts(n_tokens: int, size: int) -> None:
    overlap = size // 2
    for window in windows_over(n_tokens, size, overlap):
        assert window.start == 0 or window.core_start - window.start >= overlap // 2
        assert window.end == n_tokens or window.end - window.core_end >= overlap // 2


def test_the_work_grows_with_the_length_only() -> None:
    windows = windows_over(1_000_000, 254, 64)
    assert sum(window.end - window.start for window in windows) < 1_000_000 * 254 / (254 - 64) + 254


@given(st.text(max_size=60))
def test_offsets_are_code_points_in_order(tokenizer: WindowTokenizer, text: str) -> None:
    tokens = tokenizer.tokenize(text)
    bounds = [bound for pair in zip(tokens.starts, tokens.ends, strict=True) for bound in pair]
    assert bounds == sorted(bounds)
    assert all(0 <= bound <= len(text) for bound in bounds)
    assert len(tokens.ids) == len(tokens.words) == len(tokens.shapes) == len(tokens)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ana Li", [(0, 3), (4, 6)]),
        ("$1,000", [(0, 1), (1, 2), (2, 3), (3, 6)]),
        ("e\u0301a", [(0, 3)]),
        ("\U0001f600 ab", [(0, 1), (2, 4)]),
        ("\ud800 ab", [(2, 4)]),
        ("東京", [(0, 1), (1, 2)]),
        ("a\r\nb", [(0, 1), (3, 4)]),
        (" \t\r\n", []),
        ("", []),
    ],
)
def test_words_of_a_text(tokenizer: WindowTokenizer, text: str, words: list[tuple[int, int]]) -> None:
    tokens = tokenizer.tokenize(text)
    assert tokens.unit_spans(tokens.first_of_units("word")) == words


@pytest.mark.parametrize(
    ("text", "offsets", "words"),
    [
        ("Rome, x", [(0, 4), (4, 5), (6, 7)], [(0, 4), (4, 5), (6, 7)]),
        (" Rome, x", [(0, 5), (5, 7), (7, 8)], [(1, 5), (5, 6), (7, 8)]),
        (" Rome x", [(0, 1), (1, 3), (3, 5), (5, 6), (6, 7)], [(1, 5), (6, 7)]),
        ("\u00e9a", [(0, 1), (0, 1), (1, 2)], [(0, 2)]),
        ("e\u0301a", [(0, 2), (2, 3)], [(0, 3)]),
        ("  ", [(0, 1), (1, 2)], []),
        ("", [], []),
    ],
)
def test_words_do_not_depend_on_how_a_tokenizer_counts_blanks_and_commas(
    text: str, offsets: list[tuple[int, int]], words: list[tuple[int, int]]
) -> None:
    tokens = locate(text, [7] * len(offsets), offsets, [0] * len(offsets))
    assert tokens.unit_spans(tokens.first_of_units("word")) == words
    assert all(start < end for start, end in tokens.unit_spans(tokens.first_of_units("subword")))


@st.composite
def tokenized(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]], list[int | None]]:
    """A text, and what some tokenizer might make of it: tokens that touch, gape, are blank, or share a character."""
    text = draw(st.text(st.sampled_from("ab ,\n\u00a0\u0301東\ud800\u2028\x1c\u200b"), max_size=12))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=10)))
    offsets = [pair for pair in pairwise(cuts) for _ in range(draw(st.integers(1, 2)))]
    numbers = list(accumulate(draw(st.booleans()) for _ in offsets))
    return text, offsets, [draw(st.sampled_from([number, number, None])) for number in numbers]


@given(tokenized(), st.sampled_from(["word", "subword"]))
def test_no_unit_is_empty_or_has_blanks_around_it(
    given_tokens: tuple[str, list[tuple[int, int]], list[int | None]], unit: TaggingUnit
) -> None:
    text, offsets, words = given_tokens
    tokens = locate(text, [7] * len(offsets), offsets, words)
    spans = tokens.unit_spans(tokens.first_of_units(unit))
    assert spans == sorted(spans)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip() != ""


def test_sub_words_are_units_of_their_own(tokenizer: WindowTokenizer) -> None:
    tokens = tokenizer.tokenize("Ana")
    assert tokens.unit_spans(tokens.first_of_units("subword")) == [(0, 1), (1, 2), (2, 3)]


def test_windows_wear_the_special_tokens(tokenizer: WindowTokenizer) -> None:
    tokens = tokenizer.tokenize("abcdefghijklmnopqrstuvwxyz")
    windows = tokenizer.windows(tokens)
    assert len(windows) == 3
    for window in windows:
        ids = tokenizer.input_ids(tokens, window)
        assert (ids[0], ids[-1], len(ids)) == (2, 3, 16)
        assert ids[tokenizer.n_prefix] == tokens.ids[window.start]
        assert len(tokenizer.word_shapes(tokens, window)) == 16
