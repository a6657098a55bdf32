"""From logits to the best legal tag sequence, and from there to spans with a confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_tools.tags import OUTSIDE, allowed_transitions, category_of, is_begin

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
        self.temperature = temperature
        self._categories = [category_of(tag) for tag in tags]
        self._allowed = allowed_transitions(tags)
        self._penalty = np.where(self._allowed, 0.0, -np.inf)
        self._is_begin = np.array([is_begin(tag) for tag in tags])
        self._is_inside = np.array([tag != OUTSIDE and not is_begin(tag) for tag in tags])
        # For each tag, the column of the one that goes on with its category; for `O`, none.
        insides = {self._categories[i]: int(i) for i in np.flatnonzero(self._is_inside)}
        self._continuation = np.array([insides.get(category, -1) for category in self._categories])

    def decode(self, logits: NDArray[np.float32]) -> list[TokenRun]:
        """The entities of one text, from its logits `[token, tag]`."""
        if len(logits) == 0:
            return []
        scores = self._scores(logits)
        return self._runs(self.best_path(scores), scores)

    def runs_along(self, path: NDArray[np.intp], logits: NDArray[np.float32]) -> list[TokenRun]:
        """As `decode`, where the best sequence is known already: that of any temperature is that of all."""
        return self._runs(path, self._scores(logits)) if len(logits) else []

    def _scores(self, logits: NDArray[np.float32]) -> Floats:
        return log_softmax(logits.astype(np.float64) / self.temperature)

    def best_path(self, scores: Floats) -> NDArray[np.intp]:
        """The most probable legal sequence of tag columns (Viterbi), from log-probabilities `[token, tag]`.

        The best tag of every token is the best sequence wherever it is legal, and it mostly is. Only the stretches
        around illegal steps are searched, each as if anything could come before it; where the result fits to what
        does come before and after, nothing better exists, for a sum of optima bounds every sequence from above. Where
        it does not fit the stretch doubles, so that all searches together take time in proportion to the text.
        """
        path: NDArray[np.intp] = np.argmax(scores, axis=1)
        before = np.concatenate(([0], path[:-1]))
        searched: list[tuple[int, int]] = []
        for position in np.flatnonzero(~self._allowed[before, path]).tolist():
            if searched and position <= searched[-1][1]:
                continue  # the stretch of an earlier one has grown over it, or ends where it fits
            start, end = max(position - 1, 0), position + 1
            while True:
                while searched and start < searched[-1][1]:
                    start = searched.pop()[0]
                    end = min(2 * end - start, len(path))
                path[start:end] = self._viterbi(scores[start:end], free=start > 0)
                fits_before = start == 0 or self._allowed[path[start - 1], path[start]]
                fits_after = end == len(path) or self._allowed[path[end - 1], path[end]]
                if fits_before and fits_after:
                    break
                length = end - start
                start = start if fits_before else max(start - length, 0)
                end = end if fits_after else min(end + length, len(path))
            searched.append((start, end))
        return path

    def _viterbi(self, scores: Floats, *, free: bool) -> NDArray[np.intp]:
        """The best legal sequence of a stretch; if it is not `free`, one that may stand at the start of a text."""
        back = np.empty(scores.shape, dtype=np.intp)
        total = scores[0] if free else scores[0] + self._penalty[0]
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

    def _runs(self, path: NDArray[np.intp], scores: Floats) -> list[TokenRun]:
        starts = np.flatnonzero(self._is_begin[path])
        if not len(starts):
            return []
        # A run ends before the first token after its start that does not go on.
        stops = np.append(np.flatnonzero(~self._is_inside[path]), len(path))
        ends = stops[np.searchsorted(stops, starts, side="right")]
        confidences = self._confidences(path, scores, starts, ends)
        return [
            TokenRun(start, end, str(self._categories[tag]), confidence)
            for start, end, tag, confidence in zip(
                starts.tolist(), ends.tolist(), path[starts].tolist(), confidences.tolist(), strict=True
            )
        ]

    def _confidences(
        self, path: NDArray[np.intp], scores: Floats, starts: NDArray[np.intp], ends: NDArray[np.intp]
    ) -> Floats:
        """The weakest link: the least sure of the span's tags, and of the claim that it does not go on.

        A product would punish long spans, whose tokens are right or wrong together.
        """
        own = np.append(scores[np.arange(len(path)), path], 0.0)
        # Every other stretch, from an end to the next start, is of no interest.
        weakest = np.exp(np.minimum.reduceat(own, np.ravel((starts, ends), order="F"))[::2])
        going_on = self._continuation[path[starts]]
        asked = np.flatnonzero((ends < len(path)) & (going_on >= 0))
        weakest[asked] = np.minimum(weakest[asked], -np.expm1(scores[ends[asked], going_on[asked]]))
        result: Floats = weakest
        return result


def log_softmax(logits: Floats) -> Floats:
    """Log-probabilities over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result
