"""The tag schemes of token files: to spans of tokens and back. A model's own tags are in `model_tools.tags`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class TagScheme(Enum):
    """How the first letter of a tag tells where an entity begins and ends."""

    IOB1 = "iob1"
    """`B-` only where an entity follows another of its category without a gap (CoNLL-2003 as first published)."""
    IOB2 = "iob2"
    """`B-` at every beginning; also called BIO."""
    BILOU = "bilou"
    """IOB2, with `L-` for the last token and `U-` for an entity of one token."""
    IOBES = "iobes"
    """BILOU with other letters: `E-` for the end, `S-` for a single token."""


class Tag(NamedTuple):
    """`B-ORG` in two parts; `O` is `("O", "")`."""

    prefix: str
    category: str


class TokenRange(NamedTuple):
    """Tokens `first` up to, not including, `end` are one entity."""

    first: int
    end: int
    category: str


OUTSIDE = Tag("O", "")

_TAG = re.compile(r"([BILUES])-(.+)", re.DOTALL)
_INSIDE = frozenset("ILE")
"""The token belongs to an entity that began before it."""
_LAST = frozenset("LUES")
"""The entity ends with the token."""


@dataclass(frozen=True, slots=True)
class _Letters:
    begin: str
    inside: str
    last: str
    single: str


_LETTERS: Mapping[TagScheme, _Letters] = {
    TagScheme.IOB1: _Letters("B", "I", "I", "I"),
    TagScheme.IOB2: _Letters("B", "I", "I", "B"),
    TagScheme.BILOU: _Letters("B", "I", "L", "U"),
    TagScheme.IOBES: _Letters("B", "I", "E", "S"),
}


def parse_tag(text: str) -> Tag | None:
    """The tag; None where the text is none of any scheme."""
    if text == "O":
        return OUTSIDE
    match = _TAG.fullmatch(text)
    return Tag(match[1], match[2]) if match else None


def belongs_to(tag: Tag, scheme: TagScheme) -> bool:
    """Whether the scheme has the tag's letter."""
    letters = _LETTERS[scheme]
    return tag.prefix in ("O", letters.begin, letters.inside, letters.last, letters.single)


def detect_scheme(sentences: Iterable[Sequence[Tag]]) -> TagScheme:
    """The scheme by the letters in use; where only B and I are, IOB1 if no entity after a gap begins with B."""
    prefixes: set[str] = set()
    begins = {"B": 0, "I": 0}  # of entities that do not follow one of their category
    for tags in sentences:
        previous = OUTSIDE
        for tag in tags:
            prefixes.add(tag.prefix)
            if tag.category != previous.category and tag.prefix in begins:
                begins[tag.prefix] += 1
            previous = tag
    if prefixes & {"L", "U"}:
        return TagScheme.BILOU
    if prefixes & {"E", "S"}:
        return TagScheme.IOBES
    return TagScheme.IOB1 if begins["I"] and not begins["B"] else TagScheme.IOB2


def tags_to_ranges(tags: Sequence[Tag], scheme: TagScheme) -> tuple[list[TokenRange], list[int]]:
    """The entities, and the positions of tags that break the scheme and were read as CoNLL's own scorer reads them.

    A tag that continues nothing begins an entity; an entity that nothing closes ends before the next tag.
    """
    ranges: list[TokenRange] = []
    faults: list[int] = []
    needs_last = scheme in (TagScheme.BILOU, TagScheme.IOBES)
    first, category = 0, ""  # of the open entity; "" where none is
    for i, tag in enumerate([*tags, OUTSIDE]):
        continues = tag.prefix in _INSIDE and tag.category == category
        if category and not continues:
            ranges.append(TokenRange(first, i, category))
            if needs_last:
                faults.append(i - 1)
        if not continues:
            first, category = i, tag.category
            if tag.prefix in _INSIDE and scheme is not TagScheme.IOB1:
                faults.append(i)
        if tag.prefix in _LAST:
            ranges.append(TokenRange(first, i + 1, category))
            category = ""
    return ranges, faults


def ranges_to_tags(ranges: Sequence[TokenRange], n_tokens: int, scheme: TagScheme) -> list[str]:
    """One tag a token; `ranges` sorted and without overlap."""
    letters = _LETTERS[scheme]
    tags = ["O"] * n_tokens
    previous: TokenRange | None = None
    for current in ranges:
        prefixes = [letters.begin, *letters.inside * (current.end - current.first - 2), letters.last]
        if current.end - current.first == 1:
            prefixes = [letters.single]
        if scheme is TagScheme.IOB1:
            touches = previous is not None and (previous.end, previous.category) == (current.first, current.category)
            prefixes[0] = letters.begin if touches else letters.inside
        tags[current.first : current.end] = [f"{prefix}-{current.category}" for prefix in prefixes]
        previous = current
    return tags
