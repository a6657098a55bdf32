"""How well each system finds entities after training on the same documents: one command, seeds stated.

`python -m benchmarks.accuracy [--sets …] [--systems …] [--seeds 0 1 2] [--jobs 2] [--again]`. The data lies beside the
repository and is not part of it. Every run is a process of its own with one thread; strict span match on the test
split; loan agreements, which are only twenty, in five folds over documents.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from model_tools.documents import Document, read_jsonl
from model_tools.evaluation.intervals import f1_intervals
from model_tools.evaluation.strict import Counts, add_up, count_by_category
from model_tools.spans import Label

DATA = Path(__file__).parents[1] / "../shared/data/jsonl"
RESULTS = Path(__file__).parent / "results"
SETS = (
    "azure_loan_agreements",
    "crossner_politics",
    "crossner_ai",
    "prodigy_fashion_brands",
    "prodigy_food_ingredients",
    # A language that the packaged encoder was not made for.
    "germeval2014_de",
)
SYSTEMS = ("nerine-default", "nerine-fast", "spacy", "crf", "plain-trainer")
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_FOLDS = {"azure_loan_agreements": 5}
_N_TRAIN = {"germeval2014_de": 1000}
"""The first so many documents, of sets that are larger than what people label by hand."""


@dataclass(frozen=True)
class Run:
    """One system, one set, one seed; over all folds where there are several."""

    system: str
    data: str
    seed: int
    micro_f1: float
    micro_interval: tuple[float, float]
    """95 %, over test documents."""
    macro_f1: float
    macro_interval: tuple[float, float]
    cpu_seconds: float
    """Of the processor, on all cores together, for training and predicting, per fold: what other work on the machine
    changes least."""
    peak_megabytes: float


def folds(name: str, documents: Sequence[Document]) -> Iterator[tuple[list[Document], list[Document]]]:
    """(train, test) pairs; dev documents are not used by anybody."""
    n = _FOLDS.get(name)
    if n is None:
        train = [d for d in documents if d.split == "train"] or list(documents)  # a set may have no splits
        n_train = _N_TRAIN.get(name, len(train))
        yield train[:n_train], [d for d in documents if d.split == "test"] or train[n_train:]
        return
    for fold in range(n):
        test = [document for i, document in enumerate(documents) if i % n == fold]
        yield [document for i, document in enumerate(documents) if i % n != fold], test


def run(system: str, name: str, seed: int) -> Run:
    """Trains and scores; counts of all folds are added up before the scores are taken."""
    counts: list[dict[str, Counts]] = []
    seconds, peaks = [], []
    for train, test in folds(name, read_jsonl(DATA / f"{name}.jsonl")):
        predicted, took, peak = _in_process(system, train, [document.text for document in test], seed)
        counts += [count_by_category(document.labels, labels) for document, labels in zip(test, predicted, strict=True)]
        seconds.append(took)
        peaks.append(peak)
    categories = add_up(counts)
    micro = sum(categories.values(), Counts())
    macro = statistics.mean(one.f1 for one in categories.values())
    intervals = f1_intervals(counts, sorted(categories))
    return Run(
        system, name, seed, micro.f1, intervals.micro, macro, intervals.macro, statistics.mean(seconds), max(peaks)
    )


def _in_process(
    system: str, train: Sequence[Document], texts: Sequence[str], seed: int
) -> tuple[list[list[Label]], float, float]:
    rows = [
        {
            "id": document.id,
            "text": document.text,
            "language": document.language,
            "labels": [[label.start, label.end, label.category] for label in document.labels],
        }
        for document in train
    ]
    task = {"train": rows, "texts": list(texts), "seed": seed}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(task, file)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.run_peer", system, file.name]
        one_thread = {
            **os.environ,
            **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
        }
        process = subprocess.run(command, capture_output=True, text=True, check=False, env=one_thread)
    lines = [line for line in process.stdout.splitlines() if line.startswith("OUTCOME ")]
    if process.returncode or not lines:
        raise SystemExit(f"{system}: {process.stderr[-2000:]}")
    outcome = json.loads(lines[-1].removeprefix("OUTCOME "))
    predicted = [[Label(*label) for label in labels] for labels in outcome["predicted"]]
    return predicted, outcome["cpu_seconds"], outcome["peak_megabytes"]


def table(runs: Sequence[Run]) -> str:
    """A Markdown table: mean F1 over seeds, each with its 95 % interval, seconds and memory."""
    lines = [
        "| set | system | seeds | micro F1 (interval) | of each seed | macro F1 (interval) | CPU seconds | peak MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in SETS:
        for system in SYSTEMS:
            group = sorted((one for one in runs if (one.data, one.system) == (name, system)), key=lambda one: one.seed)
            if group:
                lines.append(
                    f"| {name} | {system} | {', '.join(str(one.seed) for one in group)} "
                    f"| {_score([one.micro_f1 for one in group], [one.micro_interval for one in group])} "
                    f"| {', '.join(f'{one.micro_f1:.3f}' for one in group)} "
                    f"| {_score([one.macro_f1 for one in group], [one.macro_interval for one in group])} "
                    f"| {statistics.median(one.cpu_seconds for one in group):.0f} "
                    f"| {max(one.peak_megabytes for one in group):.0f} |"
                )
    return "\n".join(lines)


def _score(scores: Sequence[float], intervals: Sequence[tuple[float, float]]) -> str:
    low, high = (statistics.mean(bound) for bound in zip(*intervals, strict=True))
    return f"**{statistics.mean(scores):.3f}** ({low:.3f} to {high:.3f})"


def report(runs: Sequence[Run]) -> str:
    """The table, with what one must know to read it."""
    return (
        f"{os.cpu_count()} cores, one thread a run. CPU seconds are of training, export and prediction, per fold: on "
        "two idle cores the clock shows less. Intervals are 95 %, by bootstrap over the test documents, and the mean "
        f"of the seeds' where there are several.\n\n{table(runs)}\n"
    )


def main() -> None:
    """Runs what is asked for and not stored yet; each run is stored as it ends, so that an interruption costs one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--systems", nargs="+", default=SYSTEMS, choices=SYSTEMS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time (default: %(default)s)")
    parser.add_argument("--again", action="store_true", help="forget the stored runs; without it they are kept")
    options = parser.parse_args()
    if not DATA.exists():
        raise SystemExit(f"The reference data is not beside this checkout ({DATA}).")
    RESULTS.mkdir(exist_ok=True)
    stored = RESULTS / "accuracy.json"
    runs = [] if options.again or not stored.exists() else [Run(**row) for row in json.loads(stored.read_text())]
    done = {(one.system, one.data, one.seed) for one in runs}
    wanted = [
        (system, name, seed)
        for seed in options.seeds
        for name in options.sets
        for system in options.systems
        if (system, name, seed) not in done
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        for ended in as_completed([pool.submit(run, *one) for one in wanted]):
            runs.append(ended.result())
            print(runs[-1], flush=True)
            stored.write_text(json.dumps([asdict(one) for one in runs], indent=1) + "\n")
            (RESULTS / "accuracy.md").write_text(report(runs))
    print(report(runs))


if __name__ == "__main__":
    main()
