"""Arguments that all verbs which train have in common."""

import argparse

from model_tools.progress import PROGRESS_KINDS
from model_tools.training.device_choice import DEVICES

_MAX_SEED = 2**32 - 1
"""Both numpy and torch take it, and so they do what is added to it for repeated runs."""


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--seed`, `--threads`, `--device` and `--progress`."""
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--threads", type=_threads, help="default: one a core")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="auto: a GPU if any")
    add_progress_argument(parser)


def add_progress_argument(parser: argparse.ArgumentParser) -> None:
    """Adds `--progress`."""
    parser.add_argument(
        "--progress", choices=PROGRESS_KINDS, default="auto", help="auto: a bar on a terminal, else JSON lines"
    )


def seed(value: str) -> int:
    """For argparse: a seed that every random generator takes.

    Raises:
        ArgumentTypeError: it is none.
    """
    return _whole_number(value, 0, _MAX_SEED)


def _threads(value: str) -> int:
    return _whole_number(value, 1, 1024)


def _whole_number(value: str, least: int, most: int) -> int:
    if not value.isdecimal() or not least <= int(value) <= most:
        raise argparse.ArgumentTypeError(f"a whole number from {least} to {most:,} is needed, not {value!r}")
    return int(value)
