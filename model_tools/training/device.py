"""Where a network is trained."""

import torch

from model_tools.errors import InvalidInputError
from model_tools.training.device_choice import DeviceChoice


def find_device(choice: DeviceChoice = "auto") -> torch.device:
    """The device to train on; "auto" takes a GPU that torch can use, else the processor.

    Raises:
        InvalidInputError: a GPU is asked for and there is none.
    """
    has_gpu = torch.cuda.is_available()
    if choice == "cuda" and not has_gpu:
        raise InvalidInputError(
            "There is no GPU that the installed torch can use: take --device auto, or install the CUDA build of torch."
        )
    return torch.device("cuda" if has_gpu and choice != "cpu" else "cpu")


def has_fast_bf16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware: without, it is slower than fp32, not faster."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))
