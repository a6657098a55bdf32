"""Places the labels of another tool's file on the text they stand with, and says which of them cannot be."""

import re
from bisect import bisect_left, insort
from collections.abc import Sequence

from model_tools.errors import InvalidInputError, Problem
from model_tools.formats.labels_file import RawLabel
from model_tools.formats.word_boundaries import is_on_word_boundaries
from model_tools.offsets import OffsetMap, OffsetUnit
from model_tools.spans import Label, Span

_BLANK = re.compile(r"\\n|\s+")
r"""Tools repeat a covered line end as `\n`, as a blank, or as the two characters backslash and n."""


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def is_text(value: str) -> bool:
    """Whether a string from JSON is text: half of a surrogate pair is no character and cannot be stored."""
    return _LONE_SURROGATE.search(value) is None


def place_labels(
    raw_labels: Sequence[RawLabel], text: str, unit: OffsetUnit
) -> tuple[tuple[Label, ...], list[Problem]]:
    """The labels in code points, sorted and without overlap, and what was left out or looks wrong.

    Of labels that overlap the longest is kept, of equally long ones the first in the file.
    """
    offsets = OffsetMap(text, unit)
    problems: list[Problem] = []
    placed: list[tuple[Label, RawLabel]] = []
    for raw in raw_labels:
        try:
            span = offsets.to_span(raw.offset, raw.length)
        except InvalidInputError as error:
            problems.append(Problem(error.inner_code or error.code, f"{error.message} Left out.", raw.path))
            continue
        problem = _fault(span, text, raw)
        if problem is None:
            placed.append((Label(span.start, span.end, raw.category), raw))
        else:
            problems.append(problem)
    return _longest_first(placed, text, problems), problems


def count_fitting(raw_labels: Sequence[RawLabel], text: str, unit: OffsetUnit) -> int:
    """How many of the labels, counted in `unit`, cover what the file quotes or else begin and end with words."""
    offsets = OffsetMap(text, unit)
    fitting = 0
    for raw in raw_labels:
        try:
            span = offsets.to_span(raw.offset, raw.length)
        except InvalidInputError:
            continue
        fitting += is_on_word_boundaries(span, text) if raw.quoted is None else _is_quoted(span, text, raw.quoted)
    return fitting


def _fault(span: Span, text: str, raw: RawLabel) -> Problem | None:
    if not raw.category.strip() or not is_text(raw.category):
        return Problem("InvalidCategory", "The label has no readable category. Left out.", raw.path)
    if raw.quoted is not None and not _is_quoted(span, text, raw.quoted):
        message = f"The offsets of the {raw.category} label cover another text than the file says. Left out."
        return Problem("QuotedTextDiffers", message, raw.path)
    return None


def _is_quoted(span: Span, text: str, quoted: str) -> bool:
    return _BLANK.sub("", span.text_of(text)) == _BLANK.sub("", quoted)


def _longest_first(placed: list[tuple[Label, RawLabel]], text: str, problems: list[Problem]) -> tuple[Label, ...]:
    kept: list[Label] = []
    for label, raw in sorted(placed, key=lambda pair: pair[0].start - pair[0].end):
        if (rival := _overlapping(kept, label)) is None:
            insort(kept, label)
            if label.text_of(text) != label.text_of(text).strip():
                message = f"The {label.category} label begins or ends with white space. Taken as it is."
                problems.append(Problem("WhiteSpaceAtEnds", message, raw.path))
        elif rival == label:
            problems.append(Problem("DuplicateLabel", "The label is in the file twice; once is kept.", raw.path))
        else:
            message = f"{label.category} overlaps {rival.category}, which is kept: the longest wins, then the first."
            problems.append(Problem("OverlappingLabels", message, raw.path))
    return tuple(kept)


def _overlapping(kept: list[Label], label: Label) -> Label | None:
    """The first of `kept` that shares text with `label`, which is no longer than any: only neighbours can."""
    position = bisect_left(kept, label.start, key=lambda other: other.start)
    return next((other for other in kept[max(position - 1, 0) : position + 1] if other.overlaps(label)), None)
