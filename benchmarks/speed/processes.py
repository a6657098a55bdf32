"""Child processes that are measured: started with the same settings, asked in turn, always ended."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_MARK = "ANSWER "


def environment(threads: int) -> dict[str, str]:
    """For every measured process: as many threads, compiled Python files allowed, nothing fetched."""
    limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        **dict.fromkeys(limits, str(threads)),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
    }


def pin(cores: int) -> None:
    """Keeps this process, and all that it starts from now on, on so many cores, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


class Worker:
    """One system in `benchmarks.speed.worker`; entered, it has found its first entity."""

    def __init__(self, system: str, folder: Path, threads: int) -> None:
        command = [sys.executable, "-m", "benchmarks.speed.worker", system, str(folder), str(threads)]
        self.system = system
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if not os.environ.get("NERINE_BENCH_LOUD") else None,
            text=True,
            env=environment(threads),
        )
        first = self._read()
        self.first_entity_seconds = time.perf_counter() - begun
        """From the start of the process to the entities of the first text."""
        self.loaded_bytes: int = first["rss"]
        """Resident after the first text."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def ask(self, operation: str, **request: Any) -> Any:  # noqa: ANN401 - JSON
        """One operation of the worker."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"operation": operation, **request}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:  # noqa: ANN401 - JSON
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(_MARK):
                return json.loads(line.removeprefix(_MARK))
        raise SystemExit(f"{self.system}: its process ended with {self._process.wait()}; NERINE_BENCH_LOUD=1 shows why")


def first_entity_seconds(system: str, folder: Path, threads: int) -> float:
    """Starts the system, waits for the first entities, ends it."""
    with Worker(system, folder, threads) as worker:
        return worker.first_entity_seconds


def interleaved(names: Sequence[str], rounds: int) -> list[tuple[int, str]]:
    """Every name once a round, beginning with another each round, so that no one always follows the same."""
    return [(n, names[(n + i) % len(names)]) for n in range(rounds) for i in range(len(names))]
