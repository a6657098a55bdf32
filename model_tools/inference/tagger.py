"""Texts in, entities out: the one way to use a token classifier, whatever computes its logits."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model_tools.inference.decode import Decoder, TokenRun
from model_tools.inference.span_probabilities import SpanProbabilities
from model_tools.inference.stopwatch import Stopwatch
from model_tools.inference.tokens import Tokens
from model_tools.inference.windows import Window, WindowTokenizer
from model_tools.manifest import TaggingUnit
from model_tools.spans import Entity, Label

_Place = tuple[int, Window]
"""A window, and the position of the text that it is of."""


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
        pool: runs the windows of a long text, or of many texts, side by side; never to be one that calls this.
        ahead: windows that one call may have waiting in the pool; twice its threads keeps them busy.
    """

    def __init__(
        self,
        classifier: Classifier,
        tokenizer: WindowTokenizer,
        tags: Sequence[str],
        tagging_unit: TaggingUnit,
        *,
        temperature: float = 1.0,
        pool: Executor | None = None,
        ahead: int = 2,
    ) -> None:
        self.tags = tuple(tags)
        self._classifier = classifier
        self._tokenizer = tokenizer
        self._tagging_unit = tagging_unit
        self._decoder = Decoder(tags, temperature=temperature)
        self._pool = pool
        self._ahead = ahead

    def predict(
        self, texts: Sequence[str], stopwatch: Stopwatch | None = None, *, told: Callable[[float], None] | None = None
    ) -> list[list[Entity]]:
        """The entities of each text, sorted, without overlap, in code points of exactly that text.

        A text's entities do not depend on the texts beside it. Nothing is cut off, however long a text is.

        Args:
            texts: any characters, any length.
            stopwatch: is told when the stages "tokenize", "model" and "decode" end, and how many windows there were.
            told: is told after each window which share of all windows the model has read.
        """
        stopwatch = stopwatch or Stopwatch()
        tokenized = [self.tokenize(text) for text in texts]
        stopwatch.lap("tokenize")
        places = self._places(tokenized)
        stopwatch.windows += len(places)
        logits = self._logits_of(tokenized, places, told)
        stopwatch.lap("model")
        entities = [self.entities(tokens, scores) for tokens, scores in zip(tokenized, logits, strict=True)]
        stopwatch.lap("decode")
        return entities

    def tokenize(self, text: str) -> Tokens:
        """The tokens of a whole text."""
        return self._tokenizer.tokenize(text)

    def logits(self, tokens: Tokens) -> NDArray[np.float32]:
        """Logits `[token, tag]` of a whole text, each token's from the window that sees it best."""
        (result,) = self._logits_of([tokens], self._places([tokens]))
        return result

    def _places(self, tokenized: Sequence[Tokens]) -> list[_Place]:
        """Every window of the texts, in their order."""
        return [(i, window) for i, tokens in enumerate(tokenized) for window in self._tokenizer.windows(tokens)]

    def _logits_of(
        self, tokenized: Sequence[Tokens], places: Sequence[_Place], told: Callable[[float], None] | None = None
    ) -> list[NDArray[np.float32]]:
        def run(place: _Place) -> NDArray[np.float32]:
            tokens, window = tokenized[place[0]], place[1]
            return self._classifier.logits(
                self._tokenizer.input_ids(tokens, window), self._tokenizer.word_shapes(tokens, window)
            )

        # A window alone is not worth the way to another thread.
        each: Iterable[NDArray[np.float32]] = (
            _in_turn(self._pool, run, places, self._ahead) if self._pool and len(places) > 1 else map(run, places)
        )
        results = [np.empty((len(tokens), len(self.tags)), dtype=np.float32) for tokens in tokenized]
        for number, ((i, window), logits) in enumerate(zip(places, each, strict=True), start=1):
            shift = self._tokenizer.n_prefix - window.start
            core = slice(window.core_start, window.core_end)
            results[i][core] = logits[core.start + shift : core.stop + shift]
            if told is not None:
                told(number / len(places))
        return results

    def units(self, tokens: Tokens) -> NDArray[np.int64]:
        """Positions of the tokens that carry a tag."""
        return tokens.first_of_units(self._tagging_unit)

    def entities(self, tokens: Tokens, logits: NDArray[np.float32]) -> list[Entity]:
        """The entities that `logits` of the text's tokens spell."""
        return self.located(tokens, self._decoder.decode(logits[self.units(tokens)]))

    def located(self, tokens: Tokens, runs: Iterable[TokenRun]) -> list[Entity]:
        """The runs of units as entities of the text."""
        first = self.units(tokens)
        last = tokens.last_of_units(first)
        return [
            Entity(
                int(tokens.starts[first[run.start_token]]),
                int(tokens.ends[last[run.end_token - 1]]),
                run.category,
                run.confidence,
            )
            for run in runs
        ]

    def judge(self, text: str, labels: Sequence[Label]) -> tuple[list[Entity], list[float | None]]:
        """The entities of a text, and for each label how probable the model finds exactly that.

        The probability is the sum over all tag sequences that have the label; None where the label does not begin and
        end with a unit, so that no sequence has it.
        """
        tokens = self.tokenize(text)
        logits = self.logits(tokens)
        first = self.units(tokens)
        entities = self.entities(tokens, logits)
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


def _in_turn(
    pool: Executor, run: Callable[[_Place], NDArray[np.float32]], places: Iterable[_Place], ahead: int
) -> Iterator[NDArray[np.float32]]:
    """`pool.map` with only a few windows submitted at a time.

    A pool takes its work in order: who brings a short text waits for those few, not for all of a book.
    """
    waiting: deque[Future[NDArray[np.float32]]] = deque()
    for place in places:
        waiting.append(pool.submit(run, place))
        if len(waiting) == ahead:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()
