"""From logits to the best legal tag sequence, and from there to spans with a confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_tools.tags import allowed_transitions, category_of, is_begin

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TokenRun:
    """Tokens `start_token:end_token` of one category."""

    start_token: int
    end_token: int
    category: str
    confidence: float


class Decoder:
    """IOB2-constrained decoding for one tag set.

    Args:
        tags: names of the logits' columns.
        temperature: divides the logits before they become probabilities. It changes confidences, never the sequence.
    """

    def __init__(self, tags: Sequence[str], *, temperature: float = 1.0) -> None:
        self._tags = tuple(tags)
        self.temperature = temperature
        self._allowed = allowed_transitions(tags)
        self._penalty = np.where(self._allowed, 0.0, -np.inf)
        # For each tag that goes on with a category, its column; for `O`, none.
        self._continuation = [
            next((i for i, other in enumerate(tags) if not is_begin(other) and category_of(other) == category), None)
            if (category := category_of(tag)) is not None
            else None
            for tag in tags
        ]

    def decode(self, logits: NDArray[np.float32]) -> list[TokenRun]:
        """The entities of one text, from its logits `[token, tag]`."""
        if len(logits) == 0:
            return []
        scores = log_softmax(logits.astype(np.float64) / self.temperature)
        path = self.best_path(scores)
        return self._runs(path, np.exp(scores))

    def best_path(self, scores: Floats) -> NDArray[np.intp]:
        """The most probable legal sequence of tag columns (Viterbi)."""
        greedy: NDArray[np.intp] = np.argmax(scores, axis=1)
        # The best tag of every token is the best sequence wherever it is legal, and it mostly is.
        if self._allowed[0, greedy[0]] and self._allowed[greedy[:-1], greedy[1:]].all():
            return greedy
        back = np.empty(scores.shape, dtype=np.intp)
        total = scores[0] + self._penalty[0]
        columns = np.arange(scores.shape[1])
        for i in range(1, len(scores)):
            arriving = total[:, np.newaxis] + self._penalty
            back[i] = np.argmax(arriving, axis=0)
            total = arriving[back[i], columns] + scores[i]
        path = np.empty(len(scores), dtype=np.intp)
        path[-1] = np.argmax(total)
        for i in range(len(scores) - 1, 0, -1):
            path[i - 1] = back[i, path[i]]
        return path

    def _runs(self, path: NDArray[np.intp], probabilities: Floats) -> list[TokenRun]:
        inside = np.flatnonzero(path)
        begins = [i for i in inside.tolist() if is_begin(self._tags[path[i]])]
        runs = []
        for start in begins:
            end = start + 1
            while end < len(path) and path[end] and not is_begin(self._tags[path[end]]):
                end += 1
            category = category_of(self._tags[path[start]])
            assert category is not None
            runs.append(TokenRun(start, end, category, self._confidence(path, probabilities, start, end)))
        return runs

    def _confidence(self, path: NDArray[np.intp], probabilities: Floats, start: int, end: int) -> float:
        """The weakest link: the least sure of the span's tags, and of the claim that it does not go on.

        A product would punish long spans, whose tokens are right or wrong together.
        """
        positions = np.arange(start, end)
        weakest = float(probabilities[positions, path[start:end]].min())
        going_on = self._continuation[path[start]]
        if end < len(path) and going_on is not None:
            weakest = min(weakest, 1.0 - float(probabilities[end, going_on]))
        return weakest


def log_softmax(logits: Floats) -> Floats:
    """Log-probabilities over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result
