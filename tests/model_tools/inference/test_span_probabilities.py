"""Exact probabilities of spans, against a sum over every tag sequence written out."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_tools.inference.decode import log_softmax
from model_tools.inference.span_probabilities import SpanProbabilities
from model_tools.tags import can_follow, tag_names, tags_to_labels

CATEGORIES = ["a", "b"]
TAGS = tag_names(CATEGORIES)


def legal_sequences(n: int) -> list[tuple[str, ...]]:
    return [
        tags
        for tags in product(TAGS, repeat=n)
        if all(can_follow(previous, tag) for previous, tag in pairwise(("O", *tags)))
    ]


@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 4), seed=st.integers(0, 10_000), temperature=st.sampled_from([0.5, 1.0, 3.0]))
def test_a_span_is_as_probable_as_all_sequences_that_have_it(n: int, seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(scale=3, size=(n, len(TAGS))).astype(np.float32)
    tag_probabilities = np.exp(log_softmax(logits.astype(np.float64) / temperature))
    spans: dict[tuple[int, int, str], float] = {}
    empty: dict[tuple[int, int], float] = {}
    total = 0.0
    for tags in legal_sequences(n):
        weight = float(np.prod([tag_probabilities[i, TAGS.index(tag)] for i, tag in enumerate(tags)]))
        total += weight
        for label in tags_to_labels(tags, [(i, i + 1) for i in range(n)]):
            key = (label.start, label.end, label.category)
            spans[key] = spans.get(key, 0.0) + weight
        for start in range(n):
            for end in range(start + 1, n + 1):
                if set(tags[start:end]) == {"O"}:
                    empty[start, end] = empty.get((start, end), 0.0) + weight

    probabilities = SpanProbabilities(logits, TAGS, temperature=temperature)
    for (start, end, category), weight in spans.items():
        found = probabilities.spans(np.array([start]), np.array([end]))[0, CATEGORIES.index(category)]
        assert found == pytest.approx(weight / total)
    for (start, end), weight in empty.items():
        assert probabilities.nothing(start, end) == pytest.approx(weight / total)


def test_sure_logits_give_sure_spans() -> None:
    logits = np.full((3, len(TAGS)), -50, dtype=np.float32)
    for unit, tag in enumerate(["O", "B-b", "I-b"]):
        logits[unit, TAGS.index(tag)] = 50
    probabilities = SpanProbabilities(logits, TAGS)
    assert probabilities.spans(np.array([1]), np.array([3]))[0].tolist() == pytest.approx([0, 1])
    assert probabilities.nothing(0, 1) == pytest.approx(1)
    assert probabilities.nothing(1, 2) == pytest.approx(0)
