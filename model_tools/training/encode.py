"""From labelled documents to the tensors' raw material: windows of token ids with a tag column for each token."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_tools.documents import Document
from model_tools.errors import InvalidInputError
from model_tools.inference.tokens import Tokens
from model_tools.inference.windows import WindowTokenizer
from model_tools.manifest import TaggingUnit, Warned
from model_tools.spans import Label
from model_tools.tags import TokenSpan, labels_to_tags, misaligned_labels, tag_names

IGNORED = -100
"""The tag column of tokens that carry no tag, as torch's cross-entropy skips it."""

# Some labels cut in the middle of a word are slips of the mouse; many are a script without blanks.
_MAX_MISALIGNED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Example:
    """One window of one document, special tokens included. All arrays are of one length."""

    input_ids: NDArray[np.int64]
    word_shapes: NDArray[np.int64]
    tag_ids: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EncodedDocuments:
    """What the trainer eats, and what the user should know about it."""

    examples: list[Example]
    tagging_unit: TaggingUnit
    warnings: list[Warned]


def encode_documents(
    documents: Sequence[Document],
    categories: Sequence[str],
    tokenizer: WindowTokenizer,
    tagging_unit: TaggingUnit | None = None,
) -> EncodedDocuments:
    """Windows over all documents. One without a tag teaches nothing and is left out.

    Args:
        documents: their labels must be of `categories`.
        categories: fix the order of the tags.
        tokenizer: the one that prediction will use.
        tagging_unit: None: words, unless more than one label in ten begins or ends inside one.

    Raises:
        InvalidInputError: no document has anything to read.
    """
    tokenized = [tokenizer.tokenize(document.text) for document in documents]
    unit = tagging_unit or _fitting_unit(documents, tokenized)
    tag_id = {tag: i for i, tag in enumerate(tag_names(categories))}
    examples: list[Example] = []
    warnings: list[Warned] = []
    for document, tokens in zip(documents, tokenized, strict=True):
        first = tokens.first_of_units(unit)
        spans = tokens.unit_spans(first)
        warnings += _warnings(document, spans, unit)
        tag_ids = np.full(len(tokens), IGNORED, dtype=np.int64)
        tag_ids[first] = [tag_id[tag] for tag in labels_to_tags(document.labels, spans)]
        examples += _examples(tokens, tag_ids, tokenizer)
    if not examples:
        raise InvalidInputError(
            "The train documents have no text that the model could read, only white space or invisible characters. "
            "Look at how they were extracted, or give others.",
            inner_code="NoText",
        )
    return EncodedDocuments(examples, unit, warnings)


def _examples(tokens: Tokens, tag_ids: NDArray[np.int64], tokenizer: WindowTokenizer) -> list[Example]:
    examples = []
    for window in tokenizer.windows(tokens):
        input_ids = tokenizer.input_ids(tokens, window)
        padded = np.full(len(input_ids), IGNORED, dtype=np.int64)
        inner = slice(tokenizer.n_prefix, tokenizer.n_prefix + window.end - window.start)
        padded[inner] = tag_ids[window.start : window.end]
        if (padded == IGNORED).all():  # one word longer than a window; a batch of only these has no loss, but NaN
            continue
        examples.append(Example(input_ids, tokenizer.word_shapes(tokens, window), padded))
    return examples


def _fitting_unit(documents: Sequence[Document], tokenized: Sequence[Tokens]) -> TaggingUnit:
    n_labels = sum(len(document.labels) for document in documents)
    n_misaligned = sum(
        len(misaligned_labels(document.labels, tokens.unit_spans(tokens.first_of_units("word"))))
        for document, tokens in zip(documents, tokenized, strict=True)
    )
    return "word" if n_misaligned <= _MAX_MISALIGNED_SHARE * n_labels else "subword"


def _warnings(document: Document, spans: Sequence[TokenSpan], unit: TaggingUnit) -> Iterator[Warned]:
    if not spans:
        yield Warned(
            "EmptyDocument",
            "The text has only white space or invisible characters, so nothing is learnt from it. Remove the document.",
            document.id,
        )
        return
    ends = [end for _, end in spans]
    for label in misaligned_labels(document.labels, spans):
        where = f"The label {label.category} [{label.start}, {label.end})"
        if _touches(label, spans, ends):
            message = f"{where} does not begin and end with a {unit}; the model learns it widened to whole ones."
            yield Warned("MisalignedLabel", message, document.id)
        else:
            message = f"{where} has only white space or invisible characters; nothing is learnt from it. Remove it."
            yield Warned("EmptyLabel", message, document.id)


def _touches(label: Label, spans: Sequence[TokenSpan], ends: Sequence[int]) -> bool:
    """Whether the label shares text with any of the spans, which are sorted, as are their ends."""
    following = bisect_right(ends, label.start)
    return following < len(spans) and spans[following][0] < label.end
