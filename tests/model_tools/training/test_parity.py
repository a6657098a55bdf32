"""An export that computes something else is refused."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="training is not installed")

from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError
from model_tools.training import parity
from model_tools.training.encode import Example

if TYPE_CHECKING:
    from model_tools.training.model import ShapedTokenClassifier

NONE = np.zeros(3, np.int64)


class Constant:
    def __init__(self, value: float) -> None:
        self._value = value

    def logits(self, *_: object) -> NDArray[np.float32]:
        return np.full((3, 2), self._value, np.float32)


def difference(trained: float, exported: float, monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(parity, "TorchClassifier", lambda _: Constant(trained))
    monkeypatch.setattr(parity, "TokenClassifier", lambda _: Constant(exported))
    artifact = Artifact(Path("model"), cast("object", None))  # type: ignore[arg-type]
    return parity.check_parity(cast("ShapedTokenClassifier", None), artifact, [Example(NONE, NONE, NONE)])


def test_rounding_is_tolerated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert difference(1.0, 1.0005, monkeypatch) == pytest.approx(0.0005, rel=0.01)


@pytest.mark.parametrize("exported", [1.002, 0.9, float("nan"), float("inf")])
def test_another_answer_is_refused(exported: float, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArtifactError, match="fault of the installation"):
        difference(1.0, exported, monkeypatch)
