"""Where the time goes inside the network: seconds by kind of ONNX operator, as onnxruntime's profiler counts them."""

import json
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime as ort

_TIMES = 20


def seconds_by_operator(model: Path, n_tokens: int) -> dict[str, float]:
    """Seconds of one window of so many tokens on one core, the median of some runs, the largest first."""
    with tempfile.TemporaryDirectory() as scratch:
        options = ort.SessionOptions()
        # As the product does: the file is optimised already, and is run as it is.
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(scratch) / "profile")
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        rng = np.random.default_rng(0)
        feeds = {}
        for item in session.get_inputs():
            dtype = np.int32 if "int32" in item.type else np.int64
            # Any words and no shapes: the operators take as long whatever the numbers are.
            values = rng.integers(1000, 20000, (1, n_tokens)) if item.name == "input_ids" else np.zeros((1, n_tokens))
            feeds[item.name] = values.astype(dtype)
        for _ in range(_TIMES):
            session.run(None, feeds)
        events = json.loads(Path(session.end_profiling()).read_text())
    runs: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            runs[event["args"]["op_name"], event["name"]].append(event["dur"] / 1e6)
    seconds: dict[str, float] = defaultdict(float)
    for (operator, _), durations in runs.items():
        # The median, so that a node during which the machine did something else does not count for it.
        seconds[operator] += statistics.median(durations)
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))
