"""Why a window runs alone, on one thread, without an arena: the other ways, measured on the same model.

`python -m benchmarks.session_options [--rounds 60] [--cache DIR]`. Writes `results/session_options.{json,md}`:
milliseconds of a run by threads, spinning and arena, and by the pause before it; windows a second in batches of equal
length, and how many tokens then get another tag than alone; and what a vocabulary without what the sample never uses
would save.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from benchmarks.speed.results import RESULTS, markdown, percentiles
from benchmarks.speed.texts import FINANCE
from benchmarks.speed.weights import CACHE, prepare
from model_tools.artifact import Artifact
from model_tools.inference.session import INPUT_IDS, WORD_SHAPES

_PAUSES = (0, 3, 10, 50)
"""Milliseconds before a run: between the requests of one client, or of a few people."""
_LENGTHS = (16, 42, 128, 256)
_SHOWN = 42
"""Of them, the length of the first table."""
_BATCHES = (1, 2, 4, 8)
_OPTIONS: dict[str, dict[str, Any]] = {
    "one thread, no arena (ours)": {},
    "one thread, arena": {"arena": True},
    "all cores, spinning": {"threads": 0},
    "all cores, spinning ends with a run": {"threads": 0, "stop": True},
    "all cores, no spinning": {"threads": 0, "spin": False},
}

Ints = NDArray[np.int64]


def open_session(
    model: Path, *, threads: int = 1, spin: bool = True, stop: bool = False, arena: bool = False
) -> ort.InferenceSession:
    """A session as the product opens it, but for what is asked for; 0 threads are all cores."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_cpu_mem_arena = arena
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spin)))
    options.add_session_config_entry("session.force_spinning_stop", str(int(stop)))
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run(session: ort.InferenceSession, ids: Ints) -> NDArray[np.float32]:
    """Logits `[window, token, tag]` of windows `[window, token]`."""
    (logits,) = session.run(None, {INPUT_IDS: ids, WORD_SHAPES: np.ones_like(ids)})
    result: NDArray[np.float32] = logits
    return result


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each call; all take turns, so that a slow moment of the machine hits all."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begun = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - begun)
    return {name: 1000 * statistics.median(values) for name, values in seconds.items()}


def windows_of(tokens: Ints, length: int) -> Ints:
    """The sample's tokens, cut into windows `[window, token]` of that length."""
    n = len(tokens) // length
    return tokens[: n * length].reshape(n, length)


def by_options(model: Path, tokens: Ints, rounds: int) -> dict[str, dict[int, dict[int, dict[str, float]]]]:
    """Milliseconds of one window by options, pause and length.

    Options come one after the other, each with a session of its own: the threads of another would still be spinning.
    """
    figures: dict[str, dict[int, dict[int, dict[str, float]]]] = {}
    for name, options in _OPTIONS.items():
        session = open_session(model, **options)
        figures[name] = {
            pause: {length: paced(session, windows_of(tokens, length)[:1], pause, rounds) for length in _LENGTHS}
            for pause in _PAUSES
        }
    return figures


def paced(session: ort.InferenceSession, window: Ints, pause: int, rounds: int) -> dict[str, float]:
    """Milliseconds of a run that comes so many milliseconds after the one before, and of the processor for both."""
    run(session, window)
    seconds, busy = [], time.process_time()
    for _ in range(rounds):
        time.sleep(pause / 1000)
        begun = time.perf_counter()
        run(session, window)
        seconds.append(time.perf_counter() - begun)
    return {**percentiles(seconds), "processor_ms": 1000 * (time.process_time() - busy) / rounds}


def by_batch(model: Path, tokens: Ints, rounds: int) -> dict[int, dict[int, dict[str, float]]]:
    """By length and batch: milliseconds of a window, and the share of tokens that get another tag than alone."""
    session = open_session(model)
    figures: dict[int, dict[int, dict[str, float]]] = {}
    for length in _LENGTHS:
        windows = windows_of(tokens, length)[: 8 * max(_BATCHES)]
        alone = np.concatenate([run(session, windows[i : i + 1]) for i in range(len(windows))]).argmax(-1)
        calls = {str(size): partial(run, session, windows[:size]) for size in _BATCHES}
        milliseconds = in_turn(calls, rounds)
        figures[length] = {
            size: {
                "milliseconds": milliseconds[str(size)] / size,
                "other_tags": float((_in_batches(session, windows, size) != alone).mean()),
            }
            for size in _BATCHES
        }
    return figures


def _in_batches(session: ort.InferenceSession, windows: Ints, size: int) -> NDArray[np.intp]:
    parts = [run(session, windows[i : i + size]).argmax(-1) for i in range(0, len(windows), size)]
    tags: NDArray[np.intp] = np.concatenate(parts)
    return tags


def vocabulary(tokenizer: Tokenizer, hidden: int) -> dict[str, float]:
    """How many entries no text in Latin script can use, and the megabytes of their int8 embeddings."""
    entries = tokenizer.get_vocab()
    other = sum(any(ord(sign) > 0x24F and sign.isalpha() for sign in entry) for entry in entries)
    unused = sum(entry.startswith("[unused") for entry in entries)
    return {"entries": len(entries), "of_no_use": other + unused, "megabytes": (other + unused) * hidden / 1e6}


def _paced_cell(row: dict[str, float]) -> str:
    return f"{row['p50_ms']:.2f} / {row['p99_ms']:.2f} ({row['processor_ms']:.1f})"


def report(figures: dict[str, Any]) -> str:
    """The tables, and what follows from them."""
    options = markdown(
        (
            "a window of 42 tokens: p50 / p99 ms (of the processor)",
            *(f"{pause} ms after the last" for pause in _PAUSES),
        ),
        [(name, *(_paced_cell(row[pause][_SHOWN]) for pause in _PAUSES)) for name, row in figures["options"].items()],
    )
    lengths = markdown(
        ("a window right after the last", *(f"{length} tokens, p50 ms" for length in _LENGTHS)),
        [
            (name, *(f"{row[0][length]['p50_ms']:.2f}" for length in _LENGTHS))
            for name, row in figures["options"].items()
        ],
    )
    batches = markdown(
        ("tokens", *(f"{size} at once: ms a window (other tags)" for size in _BATCHES)),
        [
            (length, *(f"{one['milliseconds']:.2f} ({one['other_tags']:.2%})" for one in row.values()))
            for length, row in figures["batches"].items()
        ],
    )
    words = figures["vocabulary"]
    return (
        f"# Session options\n\n{os.cpu_count()} cores, load {figures['load_before']} before the start; int8 model of "
        f"the recipe `fast`; {figures['rounds']} runs of each. Made by `python -m "
        f"benchmarks.session_options`.\n\n{options}\n\n{lengths}\n\n"
        "Rows were measured one after the other, so small differences may be the machine's. Threads that help win a "
        "sixth to a third where one run follows the other. Between requests they sleep, and waking them costs more "
        "than that, or they spin and take a core from everybody else. So windows have one thread each, and run side by "
        f"side.\n\n{batches}\n\nWindows of a batch share the ranges of their "
        "dynamic quantisation: a text's tags would depend on its neighbours, which is why windows are not batched."
        f"\n\nOf {words['entries']} words of the vocabulary {words['of_no_use']} are of no use to texts in Latin "
        f"script; without them the file would be {words['megabytes']:.1f} MB smaller, and no faster, since looking up "
        "a row costs the same. They stay.\n"
    )


def sample_tokens(tokenizer: Tokenizer) -> Ints:
    """All texts of the sample, one after the other."""
    texts: Sequence[str] = [path.read_bytes().decode() for path in sorted(FINANCE.glob("*/*.txt"))]
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    return np.concatenate([np.array(row, dtype=np.int64) for row in ids])


def main() -> None:
    """Measures and writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="default: %(default)s")
    parser.add_argument("--cache", type=Path, default=CACHE, help="keeps the weights (default: %(default)s)")
    options = parser.parse_args()
    load = round(os.getloadavg()[0], 2)
    weights = prepare(options.cache)
    artifact = Artifact.open(weights.nerine)
    tokenizer = Tokenizer.from_file(str(artifact.tokenizer))
    tokenizer.no_truncation()
    tokens = sample_tokens(tokenizer)
    figures = {
        "load_before": load,
        "rounds": options.rounds,
        "options": by_options(artifact.model, tokens, options.rounds),
        "batches": by_batch(artifact.model, tokens, options.rounds),
        "vocabulary": vocabulary(tokenizer, weights.about["hidden"]),
    }
    (RESULTS / "session_options.json").write_text(json.dumps(figures, indent=1) + "\n")
    (RESULTS / "session_options.md").write_text(report(figures))
    print(report(figures))


if __name__ == "__main__":
    main()
