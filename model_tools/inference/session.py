"""One ONNX token classifier: token ids in, logits out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile

from model_tools.errors import ArtifactError

INPUT_IDS, ATTENTION_MASK, TOKEN_TYPE_IDS, WORD_SHAPES = "input_ids", "attention_mask", "token_type_ids", "word_shapes"
KNOWN_INPUTS = frozenset({INPUT_IDS, ATTENTION_MASK, TOKEN_TYPE_IDS, WORD_SHAPES})


class _Runs:
    """How many windows this process computes at the moment, with whatever model."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n = 0

    @contextmanager
    def one_more(self) -> Iterator[bool]:
        """Counts a run while it lasts, and says whether it began as the only one."""
        with self._lock:
            self._n += 1
            alone = self._n == 1
        try:
            yield alone
        finally:
            with self._lock:
                self._n -= 1


_runs = _Runs()


class TokenClassifier:
    """One model on onnxruntime; safe to call from many threads.

    A window that runs alone is shared among the threads: a short text takes a sixth less time on two cores, a whole
    window a third. Threads inside a run wait for one another a hundred times, though, and windows that run side by side
    get more done on a thread each. So there are two sessions, whose logits are equal to the bit
    (`benchmarks/results/session_options.md`).

    Args:
        path: the ONNX file, optimised when it was exported.
        threads: of a window that runs alone.

    Raises:
        ArtifactError: onnxruntime cannot load the file, or the graph wants an input this code does not know.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        self._side_by_side = _open(path, 1)
        self._alone = _open(path, threads) if threads > 1 else self._side_by_side
        self.inputs: tuple[str, ...] = tuple(item.name for item in self._alone.get_inputs())
        unknown = set(self.inputs) - KNOWN_INPUTS
        if unknown:
            raise ArtifactError(f"{path.name} wants unknown inputs: {', '.join(sorted(unknown))}.", target=path.name)

    def logits(
        self, input_ids: NDArray[np.int64], word_shapes: NDArray[np.int64], *, side_by_side: bool = False
    ) -> NDArray[np.float32]:
        """Logits `[token, tag]` of one window.

        One window a run, never a padded batch: dynamic quantisation takes its ranges from the whole batch, so a text's
        entities would depend on its neighbours.

        Args:
            input_ids: with the special tokens.
            word_shapes: one for each.
            side_by_side: the caller runs other windows at the same time.
        """
        feeds = {
            INPUT_IDS: input_ids,
            ATTENTION_MASK: np.ones_like(input_ids),
            TOKEN_TYPE_IDS: np.zeros_like(input_ids),
            WORD_SHAPES: word_shapes,
        }
        given = {name: feeds[name][np.newaxis] for name in self.inputs}
        with _runs.one_more() as alone:
            session = self._alone if alone and not side_by_side else self._side_by_side
            (logits,) = session.run(None, given)
        result: NDArray[np.float32] = logits[0]
        return result


def _open(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    # The arena was measured to save no time, and it keeps the memory of the busiest moment for ever.
    options.enable_cpu_mem_arena = False
    # Threads that have done their part would spin on for a while, on a core that somebody else needs.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        raise ArtifactError(f"{path.name} cannot be loaded: {error}", target=path.name) from error
