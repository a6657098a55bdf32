"""Tokens in their places, whatever a tokenizer counts to them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from model_tools.inference.tokens import locate


@given(st.text("ab \n\t\u00a0\u2003", max_size=15), st.lists(st.integers(0, 15), max_size=8))
def test_no_token_begins_or_ends_with_a_blank(text: str, cuts: list[int]) -> None:
    places = sorted(min(cut, len(text)) for cut in cuts)
    offsets = list(pairwise(places))
    tokens = locate(text, [1] * len(offsets), offsets, [0] * len(offsets))
    for (start, end), found_start, found_end in zip(offsets, tokens.starts.tolist(), tokens.ends.tolist(), strict=True):
        covered = text[start:end]
        if covered.strip():
            assert text[found_start:found_end] == covered.strip()
            assert start <= found_start
            assert found_end <= end
        else:
            assert found_start == found_end


def test_a_token_of_a_great_many_blanks_beside_many_tokens() -> None:
    """One pass for all: a step a blank over all tokens would be 10 billion."""
    n = 100_000
    text = "x " * n + " " * n
    offsets = [(2 * i, 2 * i + 2) for i in range(n)] + [(2 * n, 3 * n)]
    tokens = locate(text, [1] * len(offsets), offsets, list(range(len(offsets))))
    assert tokens.ends[-2:].tolist() == [2 * n - 1, 2 * n - 1]
