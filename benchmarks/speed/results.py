"""Figures, tables and targets, written the same way by every measurement of speed."""

import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results"
Figures = dict[str, Any]
"""What a measurement found, as its JSON file has it."""
_LIBRARIES = (
    "numpy",
    "onnxruntime",
    "optimum",
    "optimum-onnx",
    "spacy",
    "tokenizers",
    "torch",
    "transformers",
    "uvicorn",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should reach."""

    what: str
    goal: str
    measured: str
    is_met: bool


def say(what: str) -> None:
    """Progress, for people who wait."""
    print(f"{time.strftime('%H:%M:%S')} {what} …", flush=True)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: the median, the 99th percentile (the largest, where there are under a hundred), and how many."""
    ordered = sorted(seconds)
    return {
        "p50_ms": round(1000 * statistics.median(ordered), 3),
        "p99_ms": round(1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 3),
        "calls": len(ordered),
    }


def machine() -> dict[str, Any]:
    """Where it was measured, and with what."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def targets_table(targets: Sequence[Target]) -> str:
    """The targets and whether they are met."""
    rows = [(one.what, one.goal, one.measured, "yes" if one.is_met else "**no**") for one in targets]
    return markdown(("target", "goal", "measured", "met"), rows)


def about_machine(facts: dict[str, Any], threads: int) -> str:
    """One line for the head of a report."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    return (
        f"{facts['processor']}, {facts['cores']} cores, {threads} threads for every system, "
        f"load {facts['load_before']} before the start; Python {facts['python']}, {versions}."
    )
