"""Artifacts on this machine's disk: fetched from storage, verified, and the oldest gone when they are too many."""

import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Set as AbstractSet
from pathlib import Path

from functions.stores.models import ModelStore, ModelVersion
from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError

_LOGGER = logging.getLogger(__name__)

_DRAFT = ".fetch-"
_ABANDONED_SECONDS = 3600.0
"""A draft this old is of a process that was killed while it fetched."""


class ModelFiles:
    """A folder for each model, named by its id. Ids are never reused, so nothing in here goes stale.

    Args:
        models: where the artifacts come from.
        folder: may be shared with other processes of this machine, and may be lost at any time.
        capacity: bytes.
    """

    def __init__(self, models: ModelStore, folder: Path, *, capacity: int) -> None:
        self._models = models
        self._folder = folder
        self._capacity = capacity

    def folder(self, model_id: str) -> Path:
        """Where the model lies if it is here. Asking counts as use of it."""
        folder = self._folder / model_id
        if folder.is_dir():
            os.utime(folder)
        return folder

    def fetch(self, version: ModelVersion) -> Path:
        """Brings a verified artifact here, instead of what may be here already.

        Raises:
            ModelGoneError: it is gone from storage.
            ArtifactError: it is damaged or another there, or does not fit on this disk; nothing is kept of it.
        """
        folder = self._folder / version.model_id
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=self._folder) as scratch:
            draft = Path(scratch) / "draft"
            draft.mkdir()
            try:
                self._models.download(version.project, version.model_id, draft)
            except OSError as error:
                raise ArtifactError(f"The model cannot be written to this machine's disk: {error}.") from error
            Artifact.open(draft, manifest_sha256=version.manifest_sha256)
            shutil.rmtree(folder, ignore_errors=True)
            try:
                draft.rename(folder)
            except OSError as error:  # another process was faster
                _LOGGER.info("Model %s came from elsewhere: %s", version.model_id, error)
                Artifact.open(folder, manifest_sha256=version.manifest_sha256)
        return folder

    def without_paths(self, message: str) -> str:
        """A message for callers, whom the places of files on this machine are no business of."""
        path = rf"{re.escape(str(self._folder))}(/{re.escape(_DRAFT)}[^/]*/draft|/[^/\s:'\"]+)?"
        return re.sub(path, "the model's folder", message)

    def prune(self, used: AbstractSet[str]) -> None:
        """Removes models, the longest unused first, until the rest fits; never one of `used`."""
        kept = total = 0
        for folder, age, size in sorted(self._contents(), key=lambda entry: entry[1]):
            if folder.name.startswith(_DRAFT):
                if age > _ABANDONED_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            total += size
            if folder.name in used or total <= self._capacity:
                kept += 1
                continue
            total -= size
            shutil.rmtree(folder, ignore_errors=True)
            _LOGGER.info("Removed model %s from disk, %d bytes; %d models stay", folder.name, size, kept)

    def _contents(self) -> list[tuple[Path, float, int]]:
        """Folders, the seconds since each was used, and their bytes."""
        now = time.time()
        found = []
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            try:
                size = sum(file.stat().st_size for file in folder.iterdir())
                found.append((folder, now - folder.stat().st_mtime, size))
            except (FileNotFoundError, NotADirectoryError):
                continue  # gone meanwhile, or none of ours
        return found
