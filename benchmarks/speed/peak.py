"""How fast this machine multiplies matrices, and how much of that a network of ours needs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

_SIDE = 2048
"""Of the square matrices: large enough to keep every unit busy, small enough to stay in the cache by blocks."""
_OPSET = 17
_TIMES = 15


@dataclass(frozen=True, slots=True)
class Peaks:
    """Operations a second of large products; a multiplication and an addition are two."""

    int8: float
    fp32: float


@dataclass(frozen=True, slots=True)
class Work:
    """Operations of a network: those in int8 (projections and feed-forward), and those in fp32 (attention's own)."""

    int8: float
    fp32: float
    windows: int

    def seconds_at(self, peaks: Peaks) -> float:
        """What the products alone would take at the peak."""
        return self.int8 / peaks.int8 + self.fp32 / peaks.fp32


def measure(threads: int) -> Peaks:
    """Of onnxruntime's own products, the best of some runs: MatMulInteger (u8 by constant s8) and MatMul."""
    rng = np.random.default_rng(0)
    integers = rng.integers(-64, 64, (_SIDE, _SIDE)).astype(np.int8)
    activations = rng.integers(0, 255, (_SIDE, _SIDE)).astype(np.uint8)
    floats = rng.standard_normal((_SIDE, _SIDE)).astype(np.float32)
    return Peaks(
        _operations_a_second("MatMulInteger", activations, integers, TensorProto.INT32, threads),
        _operations_a_second("MatMul", floats, floats, TensorProto.FLOAT, threads),
    )


def _operations_a_second(operator: str, left: Any, right: Any, out: int, threads: int) -> float:  # noqa: ANN401
    graph = helper.make_graph(
        [helper.make_node(operator, ["left", "right"], ["out"])],
        "product",
        [helper.make_tensor_value_info("left", helper.np_dtype_to_tensor_dtype(left.dtype), list(left.shape))],
        [helper.make_tensor_value_info("out", out, [_SIDE, _SIDE])],
        [numpy_helper.from_array(right, "right")],
    )
    # The IR version goes with the operator set, so that an onnxruntime older than onnx reads it.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    seconds = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        session.run(None, {"left": left})
        seconds.append(time.perf_counter() - begun)
    return 2 * _SIDE**3 / min(seconds)


def work(n_tokens: int, about: dict[str, Any]) -> Work:
    """What one text of so many tokens costs, in the windows of the model.

    Args:
        n_tokens: of the text, special ones left out.
        about: the network's shape; see `Weights.about`.
    """
    layers, hidden, intermediate = about["layers"], about["hidden"], about["intermediate"]
    windows = _windows(n_tokens, about["window"], about["overlap"])
    tokens, squares = sum(windows), sum(length**2 for length in windows)
    products = layers * (4 * hidden**2 + 2 * hidden * intermediate) + hidden * about["tags"]
    return Work(int8=2.0 * tokens * products, fp32=4.0 * squares * hidden * layers, windows=len(windows))


def _windows(n_tokens: int, window: int, overlap: int) -> Sequence[int]:
    """Lengths of the windows, special tokens included."""
    size = window - 2
    if n_tokens <= size:
        return [n_tokens + 2]
    return [window] * (-(-(n_tokens - size) // (size - overlap)) + 1)
