"""The confusion matrix of Azure's custom NER: what the tokens of each labelled category were taken for."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from model_tools.spans import Label, Span

NONE = "$none"
"""Row and column of what belongs to no category."""

# Words, single signs, and single characters of scripts that write no blanks between words. Independent of any model's
# tokenizer, so the matrices of two models compare.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")


class Cell(msgspec.Struct, frozen=True):
    """One cell of the matrix."""

    normalized: float
    """Per cent of the row's tokens; a row sums to 100."""
    raw: float
    """The same share, of the row's labelled spans."""


ConfusionMatrix = dict[str, dict[str, Cell]]
"""`[labelled][predicted]`; empty cells are left out."""


class ConfusionCounter:
    """Adds up documents, then answers with the matrix."""

    def __init__(self) -> None:
        self._tokens: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._spans: Counter[str] = Counter()

    def add(self, text: str, expected: Sequence[Label], predicted: Sequence[Label]) -> None:
        """Counts one document; both sequences sorted, each without overlap."""
        tokens = [Span(match.start(), match.end()) for match in _TOKEN.finditer(text)]
        labelled = _categories(tokens, expected)
        for row, column in zip(labelled, _categories(tokens, predicted), strict=True):
            self._tokens[row][column] += 1
        self._spans.update(label.category for label in expected)
        # A span of nothing is a run of tokens between two labels: with 12 labels a document has up to 13.
        self._spans[NONE] += _n_runs(labelled, NONE)

    def matrix(self) -> ConfusionMatrix:
        """The matrix over all documents, rows and columns sorted, `$none` last."""
        return {
            row: {
                column: _cell(self._tokens[row][column], self._tokens[row].total(), self._spans[row])
                for column in _sorted(self._tokens[row])
            }
            for row in _sorted(self._tokens)
        }


def _cell(tokens: int, row_tokens: int, row_spans: int) -> Cell:
    share = tokens / row_tokens
    return Cell(normalized=100 * share, raw=share * row_spans)


def _categories(tokens: Sequence[Span], labels: Sequence[Label]) -> list[str]:
    """The category of the first label that each token shares a code point with."""
    result, position = [], 0
    for token in tokens:
        while position < len(labels) and labels[position].end <= token.start:
            position += 1
        touches = position < len(labels) and labels[position].overlaps(token)
        result.append(labels[position].category if touches else NONE)
    return result


def _n_runs(values: Sequence[str], value: str) -> int:
    return sum(1 for i, current in enumerate(values) if current == value and (i == 0 or values[i - 1] != value))


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name == NONE, name))
