"""One ONNX token classifier: token ids in, logits out."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile

from model_tools.errors import ArtifactError

INPUT_IDS, ATTENTION_MASK, TOKEN_TYPE_IDS, WORD_SHAPES = "input_ids", "attention_mask", "token_type_ids", "word_shapes"
KNOWN_INPUTS = frozenset({INPUT_IDS, ATTENTION_MASK, TOKEN_TYPE_IDS, WORD_SHAPES})


class TokenClassifier:
    """An onnxruntime session on one model; safe to call from many threads, each of which computes by itself.

    A window is too little work to share: threads inside a run wait for one another a hundred times. Whole windows run
    side by side instead.

    Args:
        path: the ONNX file, optimised when it was exported.

    Raises:
        ArtifactError: onnxruntime cannot load the file, or the graph wants an input this code does not know.
    """

    def __init__(self, path: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        # The arena was measured to save no time, and it keeps the memory of the busiest moment for ever.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
            raise ArtifactError(f"{path.name} cannot be loaded: {error}", target=path.name) from error
        self.inputs: tuple[str, ...] = tuple(item.name for item in self._session.get_inputs())
        unknown = set(self.inputs) - KNOWN_INPUTS
        if unknown:
            raise ArtifactError(f"{path.name} wants unknown inputs: {', '.join(sorted(unknown))}.", target=path.name)

    def logits(self, input_ids: NDArray[np.int64], word_shapes: NDArray[np.int64]) -> NDArray[np.float32]:
        """Logits `[token, tag]` of one window.

        One window a run, never a padded batch: dynamic quantisation takes its ranges from the whole batch, so a text's
        entities would depend on its neighbours.
        """
        feeds = {
            INPUT_IDS: input_ids,
            ATTENTION_MASK: np.ones_like(input_ids),
            TOKEN_TYPE_IDS: np.zeros_like(input_ids),
            WORD_SHAPES: word_shapes,
        }
        (logits,) = self._session.run(None, {name: feeds[name][np.newaxis] for name in self.inputs})
        result: NDArray[np.float32] = logits[0]
        return result
