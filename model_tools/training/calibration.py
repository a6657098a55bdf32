"""Making confidences mean probabilities, on documents the model has not seen."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from model_tools.artifact import Calibration
from model_tools.documents import Document
from model_tools.evaluation.calibration import outcomes_of
from model_tools.inference.decode import Decoder
from model_tools.inference.tagger import EntityTagger
from model_tools.training.parts import Parts

# Fewer predicted entities than this say too little about a probability.
_MIN_ENTITIES = 40
_TEMPERATURES = np.geomspace(0.25, 8.0, 41)
# Keeps the loss of one confident mistake finite.
_EPSILON = 1e-3


def calibrate(tagger: EntityTagger, parts: Parts, *, default: float) -> Calibration:
    """As `fit_temperature`, on the documents held out for it, or else on the test documents.

    Neither has been trained on. The one number that is fitted moves no score of the test, only the confidences.
    """
    fitted_on: Literal["dev", "test"] = "dev" if parts.held_out else "test"
    calibration = fit_temperature(tagger, parts.held_out or parts.test, default=default)
    return msgspec.structs.replace(calibration, fitted_on=fitted_on) if calibration.entities else calibration


def fit_temperature(tagger: EntityTagger, documents: Sequence[Document], *, default: float) -> Calibration:
    """The temperature under which confidences best foretell which predicted entities are right.

    Args:
        tagger: the exported model.
        documents: held out from training.
        default: stands where the model predicts too few entities in them.
    """
    analysed = []
    for document in documents:
        tokens = tagger.tokenize(document.text)
        analysed.append((document, tokens, tagger.logits(tokens)))
    best, lowest, n_entities = default, np.inf, 0
    for temperature in _TEMPERATURES.tolist():
        decoder = Decoder(tagger.tags, temperature=temperature)
        outcomes = np.array(
            [
                (outcome.confidence, outcome.is_right)
                for document, tokens, logits in analysed
                for outcome in outcomes_of(document.labels, tagger.entities(document.text, tokens, logits, decoder))
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
