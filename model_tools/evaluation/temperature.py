"""Making confidences mean probabilities, on documents the model has not seen."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from model_tools.documents import Document
from model_tools.evaluation.calibration import outcomes_of
from model_tools.inference.decode import Decoder, log_softmax
from model_tools.inference.tagger import EntityTagger
from model_tools.manifest import Calibration
from model_tools.spans import Entity

# Fewer predicted entities than this say too little about a probability.
_MIN_ENTITIES = 40
_TEMPERATURES = np.geomspace(0.25, 8.0, 41)
# Keeps the loss of one confident mistake finite.
_EPSILON = 1e-3


class AnalysedDocument:
    """A document that was read and decoded once, whose confidences can be had at any temperature."""

    def __init__(self, tagger: EntityTagger, document: Document) -> None:
        self.document = document
        self._tagger = tagger
        self._tokens = tagger.tokenize(document.text)
        self._logits = tagger.logits(self._tokens)[tagger.units(self._tokens)]
        # No temperature changes which sequence is the most probable.
        scores = log_softmax(self._logits.astype(np.float64))
        self._path = Decoder(tagger.tags).best_path(scores) if len(scores) else np.empty(0, np.intp)

    def entities(self, decoder: Decoder) -> list[Entity]:
        """The entities, with the confidences that the decoder's temperature gives them."""
        runs = decoder.runs_along(self._path, self._logits)
        return self._tagger.located(self._tokens, runs)


def fit_temperature(tagger: EntityTagger, documents: Iterable[Document], *, default: float) -> Calibration:
    """The temperature under which confidences best foretell which predicted entities are right.

    Args:
        tagger: the exported model.
        documents: held out from training.
        default: stands where the model predicts too few entities in them.
    """
    return best_temperature(tagger.tags, [AnalysedDocument(tagger, one) for one in documents], default=default)


def best_temperature(tags: Sequence[str], analysed: Sequence[AnalysedDocument], *, default: float) -> Calibration:
    """As `fit_temperature`, for documents that are analysed already."""
    best, lowest, n_entities = default, np.inf, 0
    for temperature in _TEMPERATURES.tolist():
        decoder = Decoder(tags, temperature=temperature)
        outcomes = np.array(
            [
                (outcome.confidence, outcome.is_right)
                for one in analysed
                for outcome in outcomes_of(one.document.labels, one.entities(decoder))
            ]
        ).reshape(-1, 2)
        n_entities = len(outcomes)
        if n_entities < _MIN_ENTITIES:
            return Calibration(default, 0)
        loss = _log_loss(outcomes[:, 0], outcomes[:, 1])
        if loss < lowest:
            best, lowest = temperature, loss
    return Calibration(best, n_entities)


def _log_loss(confidences: NDArray[np.float64], is_right: NDArray[np.float64]) -> float:
    clipped = np.clip(confidences, _EPSILON, 1 - _EPSILON)
    return float(-np.mean(is_right * np.log(clipped) + (1 - is_right) * np.log(1 - clipped)))
