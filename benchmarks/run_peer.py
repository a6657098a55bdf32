"""One system on one training set, in a process of its own: `python -m benchmarks.run_peer SYSTEM TASK.json`.

The task file holds the train documents and the test texts, never the test labels. Prints one JSON line with the
predicted labels, the processor's seconds and the peak memory.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from model_tools.documents import Document
from model_tools.spans import Label

FitPredict = Callable[[Sequence[Document], Sequence[str], int], list[list[Label]]]


def system(name: str) -> FitPredict:
    """Imports only what the system needs, so that memory is its own."""
    if name.startswith("nerine-"):
        from benchmarks.peers import nerine  # noqa: PLC0415

        return partial(nerine.fit_predict, recipe=name.removeprefix("nerine-"))
    if name == "spacy":
        from benchmarks.peers import spacy_blank  # noqa: PLC0415

        return spacy_blank.fit_predict
    if name == "crf":
        from benchmarks.peers import crf  # noqa: PLC0415

        return crf.fit_predict
    from benchmarks.peers import plain_trainer  # noqa: PLC0415

    return plain_trainer.fit_predict


def main() -> None:
    """Reads the task, runs the system, prints the outcome."""
    name, path = sys.argv[1], Path(sys.argv[2])
    task: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    train = [
        Document(row["id"], row["text"], tuple(Label(*label) for label in row["labels"]), row["language"])
        for row in task["train"]
    ]
    started = time.process_time()
    predicted = system(name)(train, task["texts"], task["seed"])
    outcome = {
        "cpu_seconds": time.process_time() - started,
        # ru_maxrss is in KiB on Linux.
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "predicted": [[[label.start, label.end, label.category] for label in labels] for labels in predicted],
    }
    print("OUTCOME " + json.dumps(outcome))


if __name__ == "__main__":
    main()
