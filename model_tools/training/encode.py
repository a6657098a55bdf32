"""From labelled documents to the tensors' raw material: windows of token ids with a tag column for each token."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_tools.artifact import TaggingUnit, Warned
from model_tools.documents import Document
from model_tools.inference.tokens import Tokens
from model_tools.inference.windows import WindowTokenizer
from model_tools.tags import labels_to_tags, misaligned_labels, tag_names

IGNORED = -100
"""The tag column of tokens that carry no tag, as torch's cross-entropy skips it."""

# One label in a hundred cut in the middle of a word is a slip of the mouse; more is a script without blanks.
_MAX_MISALIGNED_SHARE = 0.01


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
    """Windows over all documents.

    Args:
        documents: their labels must be of `categories`.
        categories: fix the order of the tags.
        tokenizer: the one that prediction will use.
        tagging_unit: None: words, unless more than one label in a hundred begins or ends inside one.
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
    return EncodedDocuments(examples, unit, warnings)


def _examples(tokens: Tokens, tag_ids: NDArray[np.int64], tokenizer: WindowTokenizer) -> list[Example]:
    examples = []
    for window in tokenizer.windows(tokens):
        input_ids = tokenizer.input_ids(tokens, window)
        padded = np.full(len(input_ids), IGNORED, dtype=np.int64)
        inner = slice(tokenizer.n_prefix, tokenizer.n_prefix + window.end - window.start)
        padded[inner] = tag_ids[window.start : window.end]
        examples.append(Example(input_ids, tokenizer.word_shapes(tokens, window), padded))
    return examples


def _fitting_unit(documents: Sequence[Document], tokenized: Sequence[Tokens]) -> TaggingUnit:
    n_labels = sum(len(document.labels) for document in documents)
    n_misaligned = sum(
        len(misaligned_labels(document.labels, tokens.unit_spans(tokens.first_of_units("word"))))
        for document, tokens in zip(documents, tokenized, strict=True)
    )
    return "word" if n_misaligned <= _MAX_MISALIGNED_SHARE * n_labels else "subword"


def _warnings(document: Document, spans: list[tuple[int, int]], unit: TaggingUnit) -> list[Warned]:
    return [
        Warned(
            "MisalignedLabel",
            f"The label {label.category} [{label.start}, {label.end}) does not begin and end with a {unit}; "
            "the model learns it widened to whole ones.",
            document.id,
        )
        for label in misaligned_labels(document.labels, spans)
    ]
