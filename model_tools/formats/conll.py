"""Token files: a token and its tag a line, a blank line between sentences (CoNLL-2003, GermEval, doccano's CoNLL)."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from model_tools.documents import Document
from model_tools.errors import Problem
from model_tools.formats.collector import Collector
from model_tools.formats.file_text import read_text
from model_tools.formats.interchange import (
    EXPORT_DEFAULTS,
    IMPORT_DEFAULTS,
    Exported,
    ExportOptions,
    Imported,
    ImportOptions,
)
from model_tools.formats.labels_file import RawLabel
from model_tools.formats.tag_schemes import (
    Tag,
    TagScheme,
    TokenRange,
    belongs_to,
    detect_scheme,
    parse_tag,
    ranges_to_tags,
    tags_to_ranges,
)
from model_tools.spans import Label

_DOCUMENT_START = "-DOCSTART-"
_BLANKS = re.compile(r"[ \t]+")

_TOKEN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}]|[\w--[\p{Han}\p{Hiragana}\p{Katakana}]]+|[^\w\s\p{Cc}\p{Cs}\uFEFF]",
    regex.VERSION1,
)
"""A run of letters and digits, one ideograph or kana, or one other sign. White space and controls are no tokens."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which column is what. GermEval counts tokens in the first column and has a second, inner layer of tags."""

    token: int
    tag: int
    inner: int | None = None


_TOKEN_FIRST = _Layout(0, -1)
_INDEX_FIRST = _Layout(1, 2, 3)


@dataclass(frozen=True, slots=True)
class _Sentence:
    lines: tuple[_Line, ...]
    tags: tuple[Tag, ...]


def read(content: bytes, name: str, options: ImportOptions = IMPORT_DEFAULTS) -> Imported:
    """Every sentence becomes a document, its text the tokens joined by one blank.

    The tag is the last column, or the third where the first counts the tokens of most sentences. A sentence with a line
    that has no tag, or none of the scheme, is left out.

    Raises:
        UnreadableDocumentError: the content is no text.
    """
    collector = Collector(name, options)
    blocks = list(_blocks(read_text(content, collector), collector))
    layout = _INDEX_FIRST if sum(map(_counts_tokens, blocks)) > len(blocks) / 2 else _TOKEN_FIRST
    sentences = [sentence for block in blocks if (sentence := _sentence(block, layout, collector)) is not None]
    scheme = options.scheme or detect_scheme(sentence.tags for sentence in sentences)
    for sentence in sentences:
        _add(sentence, scheme, collector)
    return collector.imported()


def write(documents: Sequence[Document], options: ExportOptions = EXPORT_DEFAULTS) -> Exported:
    """Token TAB tag, a blank line after each document.

    A label that begins or ends inside a token cuts the token in two, and the report says so: no label is lost or
    widened. White space, ids, languages and splits have no place in the format.
    """
    problems: list[Problem] = []
    blocks = []
    for document in documents:
        labels = [label for label in document.labels if _is_writable(label, document, problems)]
        tokens = _tokens(document, labels, problems)
        ranges = _ranges(document, labels, tokens, problems)
        tags = ranges_to_tags(ranges, len(tokens), options.scheme)
        lines = [f"{document.text[start:end]}\t{tag}\n" for (start, end), tag in zip(tokens, tags, strict=True)]
        if lines:
            blocks.append("".join(lines))
        else:
            problems.append(Problem("EmptyDocument", "The text has no token. Left out.", document.id))
    return Exported("\n".join(blocks).encode(), tuple(problems))


def _blocks(text: str, collector: Collector) -> Iterator[list[_Line]]:
    """The lines of each sentence, without comments and document marks."""
    separator = re.compile("\t") if "\t" in text else _BLANKS
    block: list[_Line] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip(" \r") if separator is _BLANKS else raw.rstrip("\r")
        if line.startswith(_DOCUMENT_START):
            collector.ignore(f"The document mark {_DOCUMENT_START}", f"{collector.name}:{number}")
            line = ""
        columns = tuple(separator.split(line))
        if line.startswith("#") and not _has_tag(columns):
            continue
        if line.strip():
            block.append(_Line(number, columns))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _has_tag(columns: Sequence[str]) -> bool:
    return len(columns) > 1 and parse_tag(columns[-1]) is not None


def _sentence(block: list[_Line], layout: _Layout, collector: Collector) -> _Sentence | None:
    lines: list[_Line] = []
    tags: list[Tag] = []
    for line in block:
        where = f"{collector.name}:{line.number}"
        tag = parse_tag(line.columns[layout.tag]) if len(line.columns) > max(layout.tag, 1) else None
        if tag is None or not line.columns[layout.token].strip():
            message = "The line is not a token and a tag such as O or B-ORG. Its sentence is left out."
            collector.note("InvalidLine", message, where)
            continue
        inner = line.columns[layout.inner : layout.inner + 1] if layout.inner else ()
        if any(other.startswith("B-") for other in inner):
            collector.ignore("An entity inside another (the inner layer)", where)
        lines.append(_Line(line.number, (line.columns[layout.token],)))
        tags.append(tag)
    return _Sentence(tuple(lines), tuple(tags)) if len(lines) == len(block) else None


def _counts_tokens(block: list[_Line]) -> bool:
    return all(len(line.columns) >= 3 and line.columns[0] == str(i) for i, line in enumerate(block, start=1))


def _add(sentence: _Sentence, scheme: TagScheme, collector: Collector) -> None:
    for line, tag in zip(sentence.lines, sentence.tags, strict=True):
        if not belongs_to(tag, scheme):
            message = f"{tag.prefix}-{tag.category} is no tag of {scheme.value}. Its sentence is left out."
            collector.note("InvalidTag", message, f"{collector.name}:{line.number}")
            return
    tokens = [line.columns[0] for line in sentence.lines]
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token) + 1)
    ranges, faults = tags_to_ranges(sentence.tags, scheme)
    for i in faults:
        message = f"The tag breaks {scheme.value}; it was read as CoNLL's scorer does: an entity begins or ends here."
        collector.note("BrokenSequence", message, f"{collector.name}:{sentence.lines[i].number}")
    raw_labels = [
        RawLabel(
            found.category,
            starts[found.first],
            starts[found.end] - 1 - starts[found.first],
            f"{collector.name}:{sentence.lines[found.first].number}",
        )
        for found in ranges
    ]
    collector.add(" ".join(tokens), raw_labels, f"{collector.name}:{sentence.lines[0].number}")


def _is_writable(label: Label, document: Document, problems: list[Problem]) -> bool:
    if set("\t\r\n") & set(label.category):
        message = f"The category {label.category!r} has a tab or a line end, which no column can hold. Left out."
        problems.append(Problem("InvalidCategory", message, document.id))
        return False
    return True


def _tokens(document: Document, labels: Sequence[Label], problems: list[Problem]) -> list[tuple[int, int]]:
    """The tokens' places in the text, cut where a label begins or ends."""
    edges = sorted({edge for label in labels for edge in (label.start, label.end)})
    tokens: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(document.text):
        start, end = match.span()
        cuts = edges[bisect_left(edges, start + 1) : bisect_left(edges, end)]
        if cuts:
            message = f"A label begins or ends inside {match[0]!r} at {start}; it is written as {len(cuts) + 1} tokens."
            problems.append(Problem("TokenCut", message, document.id))
        tokens += pairwise([start, *cuts, end])
    return tokens


def _ranges(
    document: Document, labels: Sequence[Label], tokens: list[tuple[int, int]], problems: list[Problem]
) -> list[TokenRange]:
    starts = [start for start, _ in tokens]
    ranges = []
    for label in labels:
        first, end = bisect_left(starts, label.start), bisect_left(starts, label.end)
        if first < end:
            ranges.append(TokenRange(first, end, label.category))
        else:
            message = f"The {label.category} label at {label.start} covers no token. Left out."
            problems.append(Problem("EmptyLabel", message, document.id))
    return ranges
