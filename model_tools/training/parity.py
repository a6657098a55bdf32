"""Whether the exported graph computes what the network computes."""

from collections.abc import Sequence

import numpy as np

from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError
from model_tools.inference.session import TokenClassifier
from model_tools.training.encode import Example
from model_tools.training.fitting import TorchClassifier
from model_tools.training.model import ShapedTokenClassifier

TOLERANCE = 1e-3
"""What fp32 arithmetic in another order may differ by, on logits of size 1 to 10."""
_WINDOWS = 16
"""Enough to meet every operator with real data; the export has no branches that depend on the text."""


def check_parity(model: ShapedTokenClassifier, exported: Artifact, examples: Sequence[Example]) -> float:
    """The largest difference of any logit between the network and its fp32 export, on some training windows.

    Raises:
        ArtifactError: it is above `TOLERANCE`, so the export is of no use.
    """
    trained, classifier = TorchClassifier(model), TokenClassifier(exported.model)
    difference = max(
        float(np.abs(trained.logits(*inputs) - classifier.logits(*inputs)).max())
        for inputs in ((example.input_ids, example.word_shapes) for example in examples[:_WINDOWS])
    )
    if not difference <= TOLERANCE:
        raise ArtifactError(
            f"The exported model differs from the trained one by {difference:.2g} in a logit; {TOLERANCE} is "
            "tolerated. This is a fault of the installation, not of the data: compare the library versions with "
            "the pinned ones."
        )
    return difference
