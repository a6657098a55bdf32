"""What a model that has not seen a document thinks of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_tools.documents import Document
from model_tools.tags import TokenSpan


@dataclass(frozen=True, slots=True)
class Opinion:
    """The logits of a model that was trained on other documents."""

    document: Document
    units: list[TokenSpan]
    """The stretches of text that carry a tag each, in code points."""
    logits: NDArray[np.float32]
    """`[unit, tag]`, tags as of `tag_names(categories)`."""
    n_train_labels: Mapping[str, int]
    """Labels of each category that the model has learnt from."""
