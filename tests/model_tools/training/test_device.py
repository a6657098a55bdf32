"""Where a network is trained."""

import pytest

pytest.importorskip("torch", reason="training is not installed")

import torch

from model_tools.errors import InvalidInputError
from model_tools.training.device import find_device


@pytest.mark.parametrize(
    ("choice", "has_gpu", "expected"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_the_device(monkeypatch: pytest.MonkeyPatch, choice: str, has_gpu: bool, expected: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    assert find_device(choice).type == expected  # type: ignore[arg-type]


def test_a_missing_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InvalidInputError, match="--device auto"):
        find_device("cuda")
