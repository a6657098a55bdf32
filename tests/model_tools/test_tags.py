"""Labels to tags and back."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from model_tools.spans import Label
from model_tools.tags import (
    allowed_transitions,
    can_follow,
    labels_to_tags,
    misaligned_labels,
    tag_names,
    tags_to_labels,
)

TOKENS = [(0, 4), (5, 7), (7, 8), (9, 12)]
TAGS = tag_names(["City", "Name"])


def test_tag_names() -> None:
    assert tag_names(["City", "Name"]) == ("O", "B-City", "I-City", "B-Name", "I-Name")
    assert tag_names([]) == ("O",)


@pytest.mark.parametrize(
    ("labels", "tags"),
    [
        pytest.param([], "O O O O", id="nothing"),
        pytest.param([Label(0, 4, "City")], "B-City O O O", id="one token"),
        pytest.param([Label(5, 8, "City")], "O B-City I-City O", id="two tokens that touch"),
        pytest.param([Label(0, 4, "City"), Label(5, 7, "City")], "B-City B-City O O", id="neighbours"),
        pytest.param([Label(0, 12, "Name")], "B-Name I-Name I-Name I-Name", id="all"),
        pytest.param([Label(2, 6, "City")], "B-City I-City O O", id="ends inside tokens"),
        pytest.param([Label(0, 2, "City"), Label(2, 4, "Name")], "B-City O O O", id="two labels in one token"),
        pytest.param([Label(8, 9, "City")], "O O O O", id="between tokens"),
    ],
)
def test_labels_to_tags(labels: list[Label], tags: str) -> None:
    assert labels_to_tags(labels, TOKENS) == tags.split()


def test_misaligned_labels_are_those_that_do_not_survive() -> None:
    good, cut, lost = Label(0, 4, "City"), Label(5, 6, "City"), Label(8, 9, "City")
    assert misaligned_labels([good, cut, lost], TOKENS) == [cut, lost]


@pytest.mark.parametrize(
    ("previous", "tag", "allowed"),
    [
        ("O", "I-City", False),
        ("O", "B-City", True),
        ("B-City", "I-City", True),
        ("I-City", "I-City", True),
        ("I-City", "B-City", True),
        ("B-Name", "I-City", False),
        ("I-Name", "I-City", False),
        ("B-City", "O", True),
    ],
)
def test_can_follow(previous: str, tag: str, allowed: bool) -> None:
    assert can_follow(previous, tag) is allowed
    assert allowed_transitions(TAGS)[TAGS.index(previous), TAGS.index(tag)] == np.bool_(allowed)


@given(st.lists(st.sampled_from(TAGS), max_size=12))
def test_tags_to_labels_agrees_with_seqeval(tags: list[str]) -> None:
    tokens = [(2 * i, 2 * i + 1) for i in range(len(tags))]
    expected = [Label(2 * start, 2 * end + 1, category) for category, start, end in get_entities(tags)]
    assert tags_to_labels(tags, tokens) == expected


@given(st.lists(st.sampled_from(TAGS), max_size=12))
def test_legal_tags_survive_the_way_to_labels_and_back(tags: list[str]) -> None:
    tokens = [(2 * i, 2 * i + 1) for i in range(len(tags))]
    back = labels_to_tags(tags_to_labels(tags, tokens), tokens)
    is_legal = all(can_follow(previous, tag) for previous, tag in pairwise(["O", *tags]))
    assert (back == tags) is is_legal
