"""Where a network is trained."""

import pytest

pytest.importorskip("torch", reason="training is not installed")

import torch

from model_tools.errors import InvalidInputError
from model_tools.training.device import find_device, has_fast_bf16


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


@pytest.mark.parametrize(
    ("capabilities", "is_fast"),
    [
        ({"amx_bf16": True}, True),
        ({"avx512_bf16": True}, True),
        ({"avx512_f": True, "amx_bf16": False}, False),
        ({}, False),
    ],
)
def test_bfloat16_is_fast_on_processors_that_multiply_it(
    capabilities: dict[str, bool], is_fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert has_fast_bf16(torch.device("cpu")) is is_fast


@pytest.mark.parametrize("is_fast", [True, False])
def test_a_gpu_that_only_emulates_bfloat16_is_not_fast(is_fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *, including_emulation: including_emulation or is_fast)
    assert has_fast_bf16(torch.device("cuda")) is is_fast
