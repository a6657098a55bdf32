"""Tags of each scheme to ranges of tokens and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from model_tools.formats.tag_schemes import (
    Tag,
    TagScheme,
    TokenRange,
    detect_scheme,
    parse_tag,
    ranges_to_tags,
    tags_to_ranges,
)


def parsed(tags: str) -> list[Tag]:
    return [tag for text in tags.split() if (tag := parse_tag(text)) is not None]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("O", ("O", "")),
        ("B-ORG", ("B", "ORG")),
        ("I-Loan-Amount", ("I", "Loan-Amount")),
        ("B-", None),
        ("SOCCER", None),
        ("", None),
        ("X-ORG", None),
    ],
)
def test_parse_tag(text: str, tag: tuple[str, str] | None) -> None:
    assert parse_tag(text) == tag


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        pytest.param(["B-A I-A O B-B"], TagScheme.IOB2, id="every entity begins with B"),
        pytest.param(["I-A I-A O I-B", "I-A B-A"], TagScheme.IOB1, id="B only between neighbours"),
        pytest.param(["O O"], TagScheme.IOB2, id="no entity"),
        pytest.param(["B-A I-A", "O I-A"], TagScheme.IOB2, id="one stray I"),
        pytest.param(["B-A L-A", "U-B"], TagScheme.BILOU, id="L or U"),
        pytest.param(["B-A E-A", "S-B"], TagScheme.IOBES, id="E or S"),
    ],
)
def test_detect_scheme(sentences: list[str], scheme: TagScheme) -> None:
    assert detect_scheme([parsed(sentence) for sentence in sentences]) is scheme


@pytest.mark.parametrize(
    ("scheme", "tags", "ranges", "faults"),
    [
        ("iob2", "B-A I-A B-A O B-B", [(0, 2, "A"), (2, 3, "A"), (4, 5, "B")], []),
        ("iob2", "O I-A I-A I-B", [(1, 3, "A"), (3, 4, "B")], [1, 3]),
        ("iob1", "I-A I-A B-A I-B", [(0, 2, "A"), (2, 3, "A"), (3, 4, "B")], []),
        ("bilou", "B-A I-A L-A U-A U-B", [(0, 3, "A"), (3, 4, "A"), (4, 5, "B")], []),
        ("bilou", "B-A I-A O L-A I-A", [(0, 2, "A"), (3, 4, "A"), (4, 5, "A")], [1, 3, 4, 4]),
        ("iobes", "B-A E-A S-A", [(0, 2, "A"), (2, 3, "A")], []),
    ],
)
def test_tags_to_ranges(scheme: str, tags: str, ranges: list[tuple[int, int, str]], faults: list[int]) -> None:
    assert tags_to_ranges(parsed(tags), TagScheme(scheme)) == (ranges, faults)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), max_size=12))
def test_broken_iob_is_read_as_the_common_scorer_reads_it(tags: list[str]) -> None:
    ranges, _ = tags_to_ranges(parsed(" ".join(tags)), TagScheme.IOB2)
    assert [(category, first, end - 1) for first, end, category in ranges] == get_entities(tags)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["", "A", "B"])), max_size=6), st.sampled_from(TagScheme))
def test_ranges_come_back(pieces: list[tuple[int, str]], scheme: TagScheme) -> None:
    ranges, position = [], 0
    for length, category in pieces:
        if category:
            ranges.append(TokenRange(position, position + length, category))
        position += length
    tags = ranges_to_tags(ranges, position, scheme)
    assert len(tags) == position
    assert tags_to_ranges(parsed(" ".join(tags)), scheme) == (ranges, [])
