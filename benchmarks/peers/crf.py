"""A conditional random field with the usual features (sklearn-crfsuite's own tutorial for CoNLL 2002)."""

import re
from collections.abc import Sequence
from typing import Any

import sklearn_crfsuite

from model_tools.documents import Document
from model_tools.spans import Label
from model_tools.tags import labels_to_tags, tags_to_labels

_TOKEN = re.compile(r"\w+|[^\w\s]")


def fit_predict(train: Sequence[Document], texts: Sequence[str], seed: int) -> list[list[Label]]:
    """Trains with L-BFGS, which has no randomness: `seed` is ignored."""
    del seed
    model = sklearn_crfsuite.CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True)
    tokens = [_tokens(document.text) for document in train]
    model.fit(
        [_features(document.text, spans) for document, spans in zip(train, tokens, strict=True)],
        [labels_to_tags(document.labels, spans) for document, spans in zip(train, tokens, strict=True)],
    )
    return [_labels(model, text) for text in texts]


def _tokens(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _TOKEN.finditer(text)]


def _labels(model: Any, text: str) -> list[Label]:  # noqa: ANN401 - untyped library
    tokens = _tokens(text)
    if not tokens:
        return []
    (tags,) = model.predict([_features(text, tokens)])
    return tags_to_labels(list(tags), tokens)


def _features(text: str, tokens: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    words = [text[start:end] for start, end in tokens]
    rows = []
    for i, word in enumerate(words):
        row: dict[str, Any] = {"bias": 1.0, "suffix3": word[-3:], "suffix2": word[-2:], **_shape("", word)}
        if i:
            row |= _shape("-1:", words[i - 1])
        else:
            row["BOS"] = True
        if i + 1 < len(words):
            row |= _shape("+1:", words[i + 1])
        else:
            row["EOS"] = True
        rows.append(row)
    return rows


def _shape(prefix: str, word: str) -> dict[str, Any]:
    return {
        f"{prefix}lower": word.lower(),
        f"{prefix}istitle": word.istitle(),
        f"{prefix}isupper": word.isupper(),
        f"{prefix}isdigit": word.isdigit(),
    }
