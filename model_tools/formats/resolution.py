"""Applies the offsets of a labels file to the text they were counted over."""

from dataclasses import dataclass, replace

from model_tools.errors import InvalidInputError, Problem
from model_tools.formats.labels_file import LabelledDocument, LineEndCounting, RawLabel
from model_tools.formats.word_boundaries import is_on_word_boundaries
from model_tools.offsets import OffsetMap, OffsetUnit
from model_tools.spans import Label


@dataclass(frozen=True, slots=True)
class ResolvedLabels:
    """The labels of one document in code points, and what was found on the way. Targets are JSON paths."""

    labels: tuple[Label, ...]
    """Sorted; no two overlap. A label with a problem is not among them."""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def resolve_labels(document: LabelledDocument, text: str, unit: OffsetUnit) -> ResolvedLabels:
    r"""Converts a document's labels from `unit` to code points of `text`, the exact stored text.

    A file of the 2021 preview may have counted `\r\n` as one; its labels are converted when all of them then lie on
    word boundaries and as stored they do not, and refused when they fit neither way.
    """
    if document.line_ends is LineEndCounting.AS_STORED or "\r\n" not in text:
        return _resolve(document.labels, text, unit)
    as_stored = _resolve(document.labels, text, unit)
    if _fits(as_stored, text):
        return as_stored
    text_with_lf = text.replace("\r\n", "\n")
    with_lf = _resolve(document.labels, text_with_lf, unit)
    if _fits(with_lf, text_with_lf):
        return _with_stored_line_ends(with_lf, text, document.path)
    problem = Problem(
        "OffsetsDoNotFit",
        f"The labels of {document.location!r} begin or end inside words, whether a line end counts as one character or "
        "as two. Export the project again in the format 2022-05-01, or label this document anew.",
        document.path,
    )
    return ResolvedLabels((), (problem,))


def _resolve(raw_labels: tuple[RawLabel, ...], text: str, unit: OffsetUnit) -> ResolvedLabels:
    offsets = OffsetMap(text, unit)
    problems: list[Problem] = []
    placed: list[tuple[Label, RawLabel]] = []
    for raw in raw_labels:
        try:
            span = offsets.to_span(raw.offset, raw.length)
        except InvalidInputError as error:
            problems.append(Problem(error.inner_code or error.code, error.message, raw.path))
        else:
            placed.append((Label(span.start, span.end, raw.category), raw))
    return _without_overlaps(placed, problems, text)


def _without_overlaps(placed: list[tuple[Label, RawLabel]], problems: list[Problem], text: str) -> ResolvedLabels:
    """Keeps, of labels that overlap, the one that starts first."""
    kept: list[Label] = []
    warnings: list[Problem] = []
    for label, raw in sorted(placed, key=lambda pair: pair[0]):
        if kept and label == kept[-1]:
            warnings.append(Problem("DuplicateLabel", "The label is in the file twice; once is kept.", raw.path))
            continue
        if kept and label.overlaps(kept[-1]):
            message = f"{label.category} overlaps {kept[-1].category}. One stretch of text carries one label."
            problems.append(Problem("OverlappingLabels", message, raw.path))
            continue
        kept.append(label)
        covered = label.text_of(text)
        if covered != covered.strip():
            warnings.append(
                Problem("WhiteSpaceAtEnds", f"The {label.category} label begins or ends with white space.", raw.path)
            )
    return ResolvedLabels(tuple(kept), tuple(problems), tuple(warnings))


def _fits(resolved: ResolvedLabels, text: str) -> bool:
    return not resolved.problems and all(is_on_word_boundaries(label, text) for label in resolved.labels)


def _with_stored_line_ends(resolved: ResolvedLabels, text: str, path: str) -> ResolvedLabels:
    r"""The same stretches in `text`, for labels resolved on it with `\r\n` replaced by `\n`."""
    stored = [i for i, character in enumerate(text) if character != "\r" or text[i + 1 : i + 2] != "\n"]
    labels = tuple(
        replace(label, start=stored[label.start], end=stored[label.end - 1] + 1) for label in resolved.labels
    )
    warning = Problem(
        "LineEndsConverted",
        "The offsets counted a line end as one character; they were moved to the text as stored, where it is two.",
        path,
    )
    return ResolvedLabels(labels, warnings=(*resolved.warnings, warning))
