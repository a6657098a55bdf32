"""Where the time goes inside the network: seconds by kind of ONNX operator, as onnxruntime's profiler counts them."""

import json
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime as ort

_TIMES = 20


def seconds_by_operator(model: Path, n_tokens: int, threads: int) -> dict[str, float]:
    """Mean seconds of one window of so many tokens, the largest first."""
    with tempfile.TemporaryDirectory() as scratch:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
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
    runs: dict[str, list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            runs[event["args"]["op_name"]].append(event["dur"] / 1e6)
    seconds = {operator: sum(durations) / _TIMES for operator, durations in runs.items()}
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))
