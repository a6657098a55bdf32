"""Loaded models: each loaded once, warmed, and kept in memory up to a number of bytes."""

import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future

from azure.core.exceptions import AzureError

from functions import telemetry
from functions.errors import TooLargeError
from functions.lifecycle.model_files import ModelFiles
from functions.stores.models import ModelStore, ModelVersion
from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError, NerError
from model_tools.inference.predictor import Predictor

_LOGGER = logging.getLogger(__name__)

_WARM_UP = "Contoso shares rose 3 % on Monday."
"""Any text: the first run of a session allocates what all later ones reuse."""

_MEMORY_PER_BYTE = 2
"""Of an artifact's files: onnxruntime holds the weights as they are and once more as its kernels want them."""

_FAILURE_SECONDS = 5.0
"""Who asks for a model that has just failed is told so, instead of all fetching it again one after the other."""


class PredictorCache:
    """Model id to `Predictor`.

    Args:
        models: asked for sizes.
        files: where the artifacts lie.
        capacity: bytes of memory; a model that is over it alone is not to be deployed.
        threads: of one prediction; None: one per core.
    """

    def __init__(self, models: ModelStore, files: ModelFiles, *, capacity: int, threads: int | None) -> None:
        self._models = models
        self._files = files
        self._capacity = capacity
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, Predictor] = OrderedDict()
        self._loading: dict[str, Future[Predictor]] = {}
        self._promised: dict[str, int] = {}
        """Bytes of memory of models whose files are here and whose sessions are being made."""
        self._failed: dict[str, tuple[float, Exception]] = {}

    def __contains__(self, model_id: str) -> bool:
        """Whether a model is loaded; asking is not using it."""
        with self._lock:
            return model_id in self._loaded

    def find(self, model_id: str) -> Predictor | None:
        """The predictor of a model that is loaded, or None."""
        with self._lock:
            predictor = self._loaded.get(model_id)
            if predictor is not None:
                self._loaded.move_to_end(model_id)
                telemetry.model_hit()
            return predictor

    def get(self, version: ModelVersion) -> Predictor:
        """The predictor of a model; loads it at most once, however many ask at the same time.

        Raises:
            ModelGoneError: the artifact is gone from storage.
            ArtifactError: it is damaged or another there, or cannot be loaded here.
        """
        predictor = self.find(version.model_id)
        if predictor is not None:
            return predictor
        loading, is_ours = self._begin(version.model_id)
        if is_ours:
            self._fulfil(version, loading)
        return loading.result()

    def start(self, version: ModelVersion) -> Future[Predictor]:
        """Loads a model in the background, unless that goes on already; raises what `get` does when it is asked."""
        loading, is_ours = self._begin(version.model_id)
        if is_ours:
            threading.Thread(target=self._fulfil, args=(version, loading), daemon=True).start()
        return loading

    def refuse_too_large(self, version: ModelVersion) -> None:
        """Checks that a model alone fits into the memory that loaded models may take.

        Raises:
            TooLargeError: it does not.
        """
        needed = _MEMORY_PER_BYTE * self._models.size(version.project, version.model_id)
        if needed > self._capacity:
            raise TooLargeError(
                f"The model needs about {needed >> 20} MB of memory; NER_MODEL_CACHE_MB allows {self._capacity >> 20}. "
                "Raise it on larger instances, or train with a recipe whose encoder is smaller.",
                inner_code="QuotaExceeded",
                target="NER_MODEL_CACHE_MB",
            )

    def _begin(self, model_id: str) -> tuple[Future[Predictor], bool]:
        """What the model will be, and whether it is for the caller to load it."""
        with self._lock:
            known = self._loading.get(model_id)
            if known is not None:
                return known, False
            future: Future[Predictor] = Future()
            failure = self._failed.get(model_id)
            if model_id in self._loaded:
                future.set_result(self._loaded[model_id])
            elif failure is not None and time.monotonic() < failure[0]:
                future.set_exception(failure[1].with_traceback(None))
            else:
                self._loading[model_id] = future
                return future, True
            return future, False

    def _fulfil(self, version: ModelVersion, loading: Future[Predictor]) -> None:
        model_id = version.model_id
        started = time.perf_counter()
        try:
            predictor = self._load_or_say_why(version)
        except (NerError, AzureError) as error:
            _LOGGER.warning("Model %s of project %s cannot be loaded: %s", model_id, version.project, error)
            now = time.monotonic()
            with self._lock:
                self._failed = {each: told for each, told in self._failed.items() if now < told[0]}
                self._failed[model_id] = now + _FAILURE_SECONDS, error
                self._loading.pop(model_id)
                self._promised.pop(model_id, None)
            loading.set_exception(error)
            return
        telemetry.model_loaded(time.perf_counter() - started)
        with self._lock:
            self._loaded[model_id] = predictor
            self._loading.pop(model_id)
            self._promised.pop(model_id)
            used = {*self._loaded, *self._loading}
        loading.set_result(predictor)
        self._files.prune(used)

    def _load_or_say_why(self, version: ModelVersion) -> Predictor:
        """`_load`, whose every failure is one of the model, so that the one before it serves and a deployment fails.

        Raises:
            ModelGoneError: the artifact is gone from storage.
            ArtifactError: it is damaged or another there, or this machine cannot load it, whatever the reason.
            AzureError: storage does not do what it should.
        """
        try:
            return self._load(version)
        except ArtifactError as error:
            error.message = self._files.without_paths(error.message)
            raise
        except (NerError, AzureError):
            raise
        # What the files say runs here: onnxruntime has a dozen errors without a common base, tokenizers raises bare
        # exceptions, a disk may fail anywhere, and a manifest may not fit its graph. Each is this model's, none ours.
        except Exception as error:
            _LOGGER.warning("Model %s failed in a way of its own", version.model_id, exc_info=error)
            reason = self._files.without_paths(str(error)) or type(error).__name__
            raise ArtifactError(f"The model cannot be loaded: {reason}") from error

    def _load(self, version: ModelVersion) -> Predictor:
        try:
            folder = self._files.folder(version.model_id)
            artifact = Artifact.open(folder, manifest_sha256=version.manifest_sha256)
        except (ArtifactError, OSError):
            # Not on this disk yet, or damaged or another on it: storage has the truth.
            artifact = Artifact.open(self._files.fetch(version), verify=False)
        self._make_room(version.model_id, _MEMORY_PER_BYTE * artifact.size_bytes)
        predictor = Predictor(artifact, threads=self._threads)
        predictor.predict([_WARM_UP])
        _LOGGER.info("Loaded model %s of project %s", version.model_id, version.project)
        return predictor

    def _make_room(self, model_id: str, needed: int) -> None:
        """Unloads the longest unused models until `needed` bytes are free: before they are taken, not afterwards."""
        with self._lock:
            self._promised[model_id] = needed
            total = sum(self._promised.values()) + sum(map(_memory_of, self._loaded.values()))
            while total > self._capacity and self._loaded:
                evicted, loaded = self._loaded.popitem(last=False)
                total -= _memory_of(loaded)
                _LOGGER.info("Unloaded model %s", evicted)


def _memory_of(predictor: Predictor) -> int:
    return _MEMORY_PER_BYTE * predictor.size_bytes
