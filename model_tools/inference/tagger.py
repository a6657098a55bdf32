"""Texts in, entities out: the one way to use a token classifier, whatever computes its logits."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model_tools.artifact import TaggingUnit
from model_tools.inference.decode import Decoder
from model_tools.inference.span_probabilities import SpanProbabilities
from model_tools.inference.tokens import Tokens
from model_tools.inference.windows import WindowTokenizer
from model_tools.spans import Entity, Label


class Classifier(Protocol):
    """Token ids in, logits out: a session on an exported model, or a network still in training."""

    def logits(self, input_ids: NDArray[np.int64], word_shapes: NDArray[np.int64]) -> NDArray[np.float32]:
        """Logits `[token, tag]` of one window, special tokens included."""
        ...


class EntityTagger:
    """A classifier with its tokenizer and tags; as safe to call from many threads as the classifier is.

    Args:
        classifier: gives a column of logits for each of `tags`.
        tokenizer: cuts texts into the classifier's windows.
        tags: IOB2; see `tag_names`.
        tagging_unit: which tokens carry a tag.
        temperature: see `Decoder`.
    """

    def __init__(
        self,
        classifier: Classifier,
        tokenizer: WindowTokenizer,
        tags: Sequence[str],
        tagging_unit: TaggingUnit,
        *,
        temperature: float = 1.0,
    ) -> None:
        self.tags = tuple(tags)
        self._classifier = classifier
        self._tokenizer = tokenizer
        self._tagging_unit = tagging_unit
        self._decoder = Decoder(tags, temperature=temperature)

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each text, sorted, without overlap, in code points of exactly that text.

        A text's entities do not depend on the texts beside it. Nothing is cut off, however long a text is.
        """
        return [self._predict_one(text) for text in texts]

    def tokenize(self, text: str) -> Tokens:
        """The tokens of a whole text."""
        return self._tokenizer.tokenize(text)

    def count_windows(self, texts: Sequence[str]) -> int:
        """How many times the classifier runs for these texts."""
        return sum(len(self._tokenizer.windows(self.tokenize(text))) for text in texts)

    def logits(self, tokens: Tokens) -> NDArray[np.float32]:
        """Logits `[token, tag]` of a whole text, each token's from the window that sees it best."""
        result = np.empty((len(tokens), len(self.tags)), dtype=np.float32)
        for window in self._tokenizer.windows(tokens):
            logits = self._classifier.logits(
                self._tokenizer.input_ids(tokens, window), self._tokenizer.word_shapes(tokens, window)
            )
            shift = self._tokenizer.n_prefix - window.start
            result[window.core_start : window.core_end] = logits[window.core_start + shift : window.core_end + shift]
        return result

    def units(self, tokens: Tokens) -> NDArray[np.int64]:
        """Positions of the tokens that carry a tag."""
        return tokens.first_of_units(self._tagging_unit)

    def entities(
        self, text: str, tokens: Tokens, logits: NDArray[np.float32], decoder: Decoder | None = None
    ) -> list[Entity]:
        """The entities that `logits` of the text's tokens spell; another decoder gives other confidences."""
        first = self.units(tokens)
        spans = tokens.unit_spans(first)
        entities = []
        for run in (decoder or self._decoder).decode(logits[first]):
            start, end = _without_blanks(text, spans[run.start_token][0], spans[run.end_token - 1][1])
            if start < end:
                entities.append(Entity(start, end, run.category, run.confidence))
        return entities

    def judge(self, text: str, labels: Sequence[Label]) -> tuple[list[Entity], list[float | None]]:
        """The entities of a text, and for each label how probable the model finds exactly that.

        The probability is the sum over all tag sequences that have the label; None where the label does not begin and
        end with a unit, so that no sequence has it.
        """
        tokens = self.tokenize(text)
        logits = self.logits(tokens)
        first = self.units(tokens)
        entities = self.entities(text, tokens, logits)
        if not labels or not len(first):
            return entities, [None] * len(labels)
        spans = tokens.unit_spans(first)
        starts = {start: i for i, (start, _) in enumerate(spans)}
        ends = {end: i for i, (_, end) in enumerate(spans, start=1)}
        probabilities = SpanProbabilities(logits[first], self.tags, temperature=self._decoder.temperature)
        column = {category: i for i, category in enumerate(probabilities.categories)}
        judged: list[float | None] = []
        for label in labels:
            start, end = starts.get(label.start), ends.get(label.end)
            if start is None or end is None or label.category not in column:
                judged.append(None)
                continue
            row = probabilities.spans(np.array([start]), np.array([end]))[0]
            judged.append(float(row[column[label.category]]))
        return entities, judged

    def _predict_one(self, text: str) -> list[Entity]:
        tokens = self.tokenize(text)
        return self.entities(text, tokens, self.logits(tokens))


def _without_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds moved inwards past white space, which some tokenizers count to the token."""
    covered = text[start:end]
    return start + len(covered) - len(covered.lstrip()), start + len(covered.rstrip())
