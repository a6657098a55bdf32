"""A training run on disk, so that one that was cut off goes on where it was instead of starting again."""

import logging
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

_LOGGER = logging.getLogger(__name__)

_SECONDS_BETWEEN = 60.0
"""What a cut costs at most; writing takes a second or less."""


class Checkpoint:
    """A file that holds the state of one training run.

    Args:
        path: of the file; whole or absent, never half-written.
        identity: of the run: a file of another run is not used.
        seconds_between: a state younger than this is not written.
    """

    def __init__(self, path: Path, identity: str, *, seconds_between: float = _SECONDS_BETWEEN) -> None:
        self._path = path
        self._identity = identity
        self._seconds_between = seconds_between
        self._saved = time.monotonic()

    def load(self) -> dict[str, Any] | None:
        """The state that the run was left in; None where there is none that can be used."""
        try:
            stored = torch.load(self._path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError):
            # Missing or damaged: starting again is right in either case.
            return None
        if not isinstance(stored, dict) or stored.get("identity") != self._identity:
            return None
        state: dict[str, Any] = stored["state"]
        return state

    def save_if_due(self, state: Callable[[], dict[str, Any]]) -> None:
        """Writes the state, unless that was done a moment ago."""
        if time.monotonic() < self._saved + self._seconds_between:
            return
        self._saved = time.monotonic()
        draft = self._path.with_name(self._path.name + ".draft")
        try:
            torch.save({"identity": self._identity, "state": state()}, draft)
            draft.replace(self._path)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
            draft.unlink(missing_ok=True)
            _LOGGER.warning("The training goes on, but without a checkpoint: %s", error)

    def remove(self) -> None:
        """Deletes the file: the run has ended."""
        self._path.unlink(missing_ok=True)
