"""A training run on disk, so that one that was cut off goes on where it was instead of starting again."""

import hashlib
import io
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

_LOGGER = logging.getLogger(__name__)

_DIGEST_SIZE = hashlib.sha256().digest_size
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
            stored = self._path.read_bytes()
        except OSError:
            return None
        digest, content = stored[:_DIGEST_SIZE], stored[_DIGEST_SIZE:]
        if digest != self._digest(content):  # damaged, or of another run: starting again is right in either case
            return None
        state: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        return state

    def save_if_due(self, state: Callable[[], dict[str, Any]]) -> None:
        """Writes the state, unless that was done a moment ago."""
        if time.monotonic() < self._saved + self._seconds_between:
            return
        self._saved = time.monotonic()
        draft = self._path.with_name(self._path.name + ".draft")
        try:
            content = io.BytesIO()
            torch.save(state(), content)
            draft.write_bytes(self._digest(content.getbuffer()) + content.getbuffer())
            draft.replace(self._path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            _LOGGER.warning("The training goes on, but without a checkpoint: %s", error)

    def _digest(self, content: bytes | memoryview) -> bytes:
        return hashlib.sha256(self._identity.encode() + content).digest()

    def remove(self) -> None:
        """Deletes the file: the run has ended."""
        self._path.unlink(missing_ok=True)
