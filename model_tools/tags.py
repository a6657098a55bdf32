"""IOB2 tags: their names, their legal order, and the way from labels to tags and back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_tools.spans import Label

TokenSpan = tuple[int, int]
"""`text[start:end]` of one token, in code points."""

OUTSIDE = "O"
_BEGIN, _INSIDE = "B-", "I-"


def tag_names(categories: Sequence[str]) -> tuple[str, ...]:
    """`("O", "B-x", "I-x", "B-y", …)`: the order of a model's outputs."""
    return (OUTSIDE, *(prefix + category for category in categories for prefix in (_BEGIN, _INSIDE)))


def category_of(tag: str) -> str | None:
    """The category that a tag is about, None for `O`."""
    return None if tag == OUTSIDE else tag[2:]


def is_begin(tag: str) -> bool:
    """Whether the tag starts an entity."""
    return tag.startswith(_BEGIN)


def can_follow(previous: str, tag: str) -> bool:
    """Whether IOB2 allows `tag` right after `previous`. The text begins as if after `O`."""
    return not tag.startswith(_INSIDE) or category_of(previous) == category_of(tag)


def allowed_transitions(tags: Sequence[str]) -> NDArray[np.bool_]:
    """The matrix `[previous, next]` of `can_follow`."""
    return np.array([[can_follow(previous, tag) for tag in tags] for previous in tags], dtype=np.bool_)


def labels_to_tags(labels: Sequence[Label], tokens: Sequence[TokenSpan]) -> list[str]:
    """One tag a token; both arguments sorted by start, labels without overlap.

    A token belongs to the first label it shares a code point with, so a label that ends inside a token takes the
    whole token: see `misaligned_labels`.
    """
    tags = [OUTSIDE] * len(tokens)
    position = 0
    for label in labels:
        while position < len(tokens) and tokens[position][1] <= label.start:
            position += 1
        prefix = _BEGIN
        while position < len(tokens) and tokens[position][0] < label.end:
            tags[position] = prefix + label.category
            prefix = _INSIDE
            position += 1
    return tags


def tags_to_labels(tags: Sequence[str], tokens: Sequence[TokenSpan]) -> list[Label]:
    """The labels that the tags spell. A stray `I-x` begins a label, as in CoNLL's own scorer."""
    labels: list[Label] = []
    previous = OUTSIDE
    for tag, (start, end) in zip(tags, tokens, strict=True):
        category = category_of(tag)
        if category is not None:
            if is_begin(tag) or not can_follow(previous, tag):
                labels.append(Label(start, end, category))
            else:
                labels[-1] = Label(labels[-1].start, end, category)
        previous = tag
    return labels


def misaligned_labels(labels: Sequence[Label], tokens: Sequence[TokenSpan]) -> list[Label]:
    """The labels that do not survive labels -> tags -> labels: an end inside a token, or no token at all."""
    kept = set(tags_to_labels(labels_to_tags(labels, tokens), tokens))
    return [label for label in labels if label not in kept]
