"""How probable a model finds any span of a text, under the rules of IOB2."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_tools.inference.decode import log_softmax
from model_tools.tags import allowed_transitions, category_of, is_begin

Floats = NDArray[np.float64]


class SpanProbabilities:
    """The distribution over all legal tag sequences of one text that a model's logits define.

    The probability of a sequence is the product of its tags' probabilities, made to add up to 1 over the legal ones;
    that of a span is the sum over all sequences that have exactly this span. Because all sequences are counted
    (forward and backward sums), the probabilities of different corrections of one label can be compared.

    Args:
        logits: `[unit, tag]`.
        tags: names of the columns; `O` first, as `tag_names` has them.
        temperature: divides the logits.
    """

    def __init__(self, logits: NDArray[np.float32], tags: Sequence[str], *, temperature: float = 1.0) -> None:
        emissions = log_softmax(logits.astype(np.float64) / temperature)
        self.n_units = len(emissions)
        begins = [i for i, tag in enumerate(tags) if is_begin(tag)]
        self.categories = tuple(category_of(tags[i]) for i in begins)
        insides = [begin + 1 for begin in begins]
        penalty = np.where(allowed_transitions(tags), 0.0, -np.inf)
        before = _forward(emissions, penalty)
        after = _backward(emissions, penalty)
        total = before[-1]
        # Sums of the prefixes: what lies between two positions is a difference.
        self._outside = np.concatenate(([0.0], np.cumsum(emissions[:, 0])))
        inside = np.vstack([np.zeros(len(insides)), np.cumsum(emissions[:, insides], axis=0)])
        # A span is a start and an end: its log-probability is `_starts[start] + _ends[end]`, for each category.
        self._starts = before[:-1, np.newaxis] + emissions[:, begins] - inside[1:]
        self._ends = inside + after[:, np.newaxis] - total
        self._before, self._after = before, after - total

    def spans(self, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Floats:
        """`[span, category]`: the probability that exactly `starts[i]:ends[i]` (units) is an entity of a category."""
        result: Floats = np.exp(self._starts[starts] + self._ends[ends])
        return result

    def nothing(self, start: int, end: int) -> float:
        """The probability that no entity touches the units `start:end`."""
        return float(np.exp(self._before[start] + self._outside[end] - self._outside[start] + self._after[end]))


def _forward(emissions: Floats, penalty: Floats) -> Floats:
    """Entry i: the log of the sum over all legal beginnings `:i`. The text begins as if after `O`."""
    result = np.zeros(len(emissions) + 1)
    if not len(emissions):
        return result
    sums = penalty[0] + emissions[0]
    result[1] = np.logaddexp.reduce(sums)
    for i in range(1, len(emissions)):
        sums = np.logaddexp.reduce(sums[:, np.newaxis] + penalty, axis=0) + emissions[i]
        result[i + 1] = np.logaddexp.reduce(sums)
    return result


def _backward(emissions: Floats, penalty: Floats) -> Floats:
    """Entry i: the log of the sum over all legal endings `i:` at whose start no entity goes on."""
    result = np.zeros(len(emissions) + 1)
    sums = np.zeros(emissions.shape[1])
    for i in range(len(emissions) - 1, -1, -1):
        arriving = emissions[i] + sums
        # What may follow `O` is what does not go on with anything.
        result[i] = np.logaddexp.reduce(penalty[0] + arriving)
        sums = np.logaddexp.reduce(penalty + arriving, axis=1)
    return result
