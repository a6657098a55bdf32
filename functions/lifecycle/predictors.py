"""Loaded models: fetched once, verified, kept on disk by id and in memory up to a number of bytes."""

import logging
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from pathlib import Path

from functions import telemetry
from functions.stores.models import ModelStore
from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError
from model_tools.inference.predictor import Predictor

_LOGGER = logging.getLogger(__name__)

_WARM_UP = "Contoso shares rose 3 % on Monday."
"""Any text: the first run of a session allocates what all later ones reuse."""


class PredictorCache:
    """Model id to `Predictor`. Ids are never reused, so nothing in here goes stale."""

    def __init__(self, models: ModelStore, folder: Path, *, capacity: int, threads: int | None) -> None:
        self._models = models
        self._folder = folder
        self._capacity = capacity
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, Predictor] = OrderedDict()
        self._loading: dict[str, threading.Lock] = {}

    def get(self, project: str, model_id: str) -> Predictor:
        """The predictor of a model; loads it at most once, however many ask at the same time.

        Raises:
            NotFoundError: the artifact is gone from storage.
            ArtifactError: it is damaged there.
        """
        with self._lock:
            if model_id in self._loaded:
                self._loaded.move_to_end(model_id)
                telemetry.model_hit()
                return self._loaded[model_id]
            loading = self._loading.setdefault(model_id, threading.Lock())
        with loading:
            with self._lock:
                if model_id in self._loaded:
                    return self._loaded[model_id]
            started = time.perf_counter()
            predictor = self._load(project, model_id)
            telemetry.model_loaded(time.perf_counter() - started)
            with self._lock:
                self._keep(model_id, predictor)
            return predictor

    def _load(self, project: str, model_id: str) -> Predictor:
        folder = self._folder / model_id
        try:
            predictor = Predictor.load(folder, threads=self._threads)
        except ArtifactError:
            # Not on this disk yet, or damaged on it: storage has the truth.
            self._fetch(project, model_id, folder)
            predictor = Predictor.load(folder, threads=self._threads, verify=False)
        predictor.predict([_WARM_UP])
        _LOGGER.info("Loaded model %s of project %s", model_id, project)
        return predictor

    def _fetch(self, project: str, model_id: str, folder: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            draft = Path(scratch) / "draft"
            draft.mkdir()
            self._models.download(project, model_id, draft)
            Artifact.open(draft)
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)

    def _keep(self, model_id: str, predictor: Predictor) -> None:
        self._loaded[model_id] = predictor
        self._loading.pop(model_id, None)
        total = sum(loaded.size_bytes for loaded in self._loaded.values())
        while total > self._capacity and len(self._loaded) > 1:
            evicted, loaded = self._loaded.popitem(last=False)
            total -= loaded.size_bytes
            _LOGGER.info("Unloaded model %s", evicted)
