"""The quick way from a deployment's name to what answers under it."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import AzureError

from functions import telemetry
from functions.lifecycle.predictors import PredictorCache
from functions.stores.deployments import Deployment, DeploymentStore
from functions.stores.models import ModelVersion
from functions.stores.projects import ProjectStore
from model_tools.errors import ArtifactError, NotFoundError
from model_tools.inference.predictor import Predictor
from model_tools.inference.stopwatch import Stopwatch

_LOGGER = logging.getLogger(__name__)

_FRESH_SECONDS = 0.75
"""From this age on, what is known is looked up again in the background, while requests go on with it ..."""
_STALE_SECONDS = 1.75
"""... until this age: then they wait for the look. So a change elsewhere shows within two seconds; here it does at
once."""
_GRACE_SECONDS = 60.0
"""Where storage does not answer, what is known serves on until this age."""
_LOOK_SECONDS = 2.0
"""Nobody who could go on with what is known waits longer for storage, and where one did in vain, nobody else waits for
the same look."""
_SETTLED_SECONDS = 2.0
"""A model that was asked for this short a time ago may serve on while the next one is loaded: the change is a new one.
After a longer pause it may be old, and has been promised to show; then requests wait for the load as long again."""
_LOAD_SECONDS = 30.0
"""After a pause of `_GRACE_SECONDS` the change may be days old: then they wait as if nothing had been served before,
but not for ever, since something can be."""

Prepare = Callable[[ModelVersion], object]
"""Begins to load a model."""
Clock = Callable[[], float]
Key = tuple[str, str]
"""Project and deployment, by name."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a prediction needs to know of a deployment and its project."""

    deployment: Deployment
    confidence_threshold: float
    project_created: datetime
    """Tells a project from an earlier one of its name."""


class DeploymentDirectory:
    """(project, deployment name) to `Resolved`, remembered for a moment.

    Args:
        projects: has the confidence threshold.
        deployments: has the model.
        prepare: is called with a model that was found in the background.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        projects: ProjectStore,
        deployments: DeploymentStore,
        prepare: Prepare = lambda _version: None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._projects = projects
        self._deployments = deployments
        self._prepare = prepare
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[Key, tuple[float, Resolved]] = {}
        self._looks: dict[Key, Future[Resolved]] = {}
        self._unanswered: dict[Key, Future[Resolved]] = {}
        """Looks that failed, or that somebody waited for in vain; until storage answers again."""
        self._generation = 0

    def resolve(self, project_name: str, name: str) -> Resolved:
        """The deployment as it is now, or was two seconds ago at most; a minute, where storage does not answer.

        Raises:
            NotFoundError: no such project or deployment.
        """
        key = project_name, name
        now = self._clock()
        with self._lock:
            generation = self._generation
            read, known = self._known.get(key, (float("-inf"), None))
            age = now - read
            if known is not None and age < _FRESH_SECONDS:
                return known
            look = self._look(key, generation) if known is not None and age < _GRACE_SECONDS else None
            is_to_wait = look is not None and age >= _STALE_SECONDS and self._unanswered.get(key) is not look
        if known is None or look is None:
            resolved = self._read(key)
            self._remember(key, now, resolved, generation)
            return resolved
        if is_to_wait:
            try:
                return look.result(_LOOK_SECONDS)
            except (AzureError, TimeoutError) as error:
                self._note_unanswered(key, generation, look, error)
        return known

    def forget(self) -> None:
        """Makes the next call look again."""
        with self._lock:
            self._known.clear()
            self._looks.clear()
            self._unanswered.clear()
            self._generation += 1

    def _look(self, key: Key, generation: int) -> Future[Resolved]:
        """The look that is under way, or a new one. The lock is held."""
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = Future()
            threading.Thread(target=self._refresh, args=(key, generation, look), daemon=True).start()
        return look

    def _refresh(self, key: Key, generation: int, look: Future[Resolved]) -> None:
        now = self._clock()
        try:
            resolved = self._read(key)
        except Exception as error:  # noqa: BLE001 - a thread's edge: whoever waits for the look is told
            if isinstance(error, NotFoundError):
                self._drop(key, generation)
            else:
                self._note_unanswered(key, generation, look, error)
            self._end(key, look)
            look.set_exception(error)
            return
        self._remember(key, now, resolved, generation)
        self._end(key, look)
        look.set_result(resolved)
        self._prepare(resolved.deployment.version)

    def _read(self, key: Key) -> Resolved:
        project = self._projects.get(key[0])
        return Resolved(self._deployments.get(*key), project.confidence_threshold, project.created)

    def _remember(self, key: Key, read: float, resolved: Resolved, generation: int) -> None:
        with self._lock:
            # What was read before a swap must not be remembered after it.
            if generation == self._generation:
                # Nobody is given what is older, so it need not be kept.
                self._known = {each: old for each, old in self._known.items() if read - old[0] < _GRACE_SECONDS}
                self._known[key] = read, resolved
                self._unanswered.pop(key, None)

    def _drop(self, key: Key, generation: int) -> None:
        with self._lock:
            if generation == self._generation:
                self._known.pop(key, None)
                self._unanswered.pop(key, None)

    def _end(self, key: Key, look: Future[Resolved]) -> None:
        with self._lock:
            if self._looks.get(key) is look:
                del self._looks[key]

    def _note_unanswered(self, key: Key, generation: int, look: Future[Resolved], error: Exception) -> None:
        with self._lock:
            if generation != self._generation:
                return
            is_told = key in self._unanswered
            self._unanswered[key] = look
        if is_told:
            return
        told = "Deployment %s of project %s could not be looked up; what is known of it serves on: %s"
        _LOGGER.warning(told, key[1], key[0], str(error) or type(error).__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """What answers under a name."""

    deployment: Deployment
    """Of the predictor; the one before, where the newest is not loaded yet or cannot be loaded here."""
    confidence_threshold: float
    predictor: Predictor


@dataclass(slots=True)
class _Good:
    """What was last served under a name as the newest."""

    deployment: Deployment
    project_created: datetime
    at: float
    """When somebody asked for it last, and had it, as the newest or in its place."""
    told: str = ""
    """Id of a newer model that the log has been told cannot be loaded; the metric counts every answer."""


class Serving:
    """Deployments with their models loaded."""

    def __init__(
        self, directory: DeploymentDirectory, predictors: PredictorCache, clock: Clock = time.monotonic
    ) -> None:
        self._directory = directory
        self._predictors = predictors
        self._clock = clock
        self._good: dict[Key, _Good] = {}

    def open(self, project: str, name: str, stopwatch: Stopwatch) -> Served:
        """What answers under a name; `stopwatch` is told of the stages `resolve` and `load`.

        The model before the newest serves while that is loaded, and where it cannot be loaded here, though it could
        where it was deployed.

        Raises:
            NotFoundError: no such project or deployment.
            ArtifactError: the model is damaged or gone, and no other was served here under this name.
        """
        key = project, name
        try:
            resolved = self._directory.resolve(project, name)
        except NotFoundError:
            # What is made under the name from now on is another deployment.
            self._good.pop(key, None)
            raise
        stopwatch.lap("resolve")
        deployment, predictor = self._newest_or_before(key, resolved)
        stopwatch.lap("load")
        return Served(deployment, resolved.confidence_threshold, predictor)

    def _newest_or_before(self, key: Key, resolved: Resolved) -> tuple[Deployment, Predictor]:
        newest = resolved.deployment
        predictor = self._predictors.find(newest.model_id)
        before = self._before(key, resolved) if predictor is None else None
        if before is not None:
            old = self._predictors.find(before.deployment.model_id)
            try:
                predictor = self._load(newest, None if old is None else before)
            except (ArtifactError, AzureError) as error:
                self._tell(newest, before, error)
                old = old or self._predictors.get(before.deployment.version)
            if predictor is None and old is not None:
                before.at = self._clock()
                return before.deployment, old
        predictor = predictor or self._predictors.get(newest.version)
        self._good[key] = _Good(newest, resolved.project_created, self._clock())
        return newest, predictor

    def _before(self, key: Key, resolved: Resolved) -> _Good | None:
        """What served under a name before the newest."""
        before = self._good.get(key)
        if before is None or before.project_created != resolved.project_created:
            return None
        return None if before.deployment.model_id == resolved.deployment.model_id else before

    def _load(self, newest: Deployment, serving: _Good | None) -> Predictor | None:
        """The predictor of the newest; None where what serves is to go on until it is loaded."""
        loading = self._predictors.start(newest.version)
        if serving is None:
            return loading.result()
        try:
            return loading.result(_patience(self._clock() - serving.at))
        except TimeoutError:
            return None

    def _tell(self, deployment: Deployment, before: _Good, error: Exception) -> None:
        telemetry.model_stood_in()
        if before.told != deployment.model_id:
            before.told = deployment.model_id
            told = "Model %s stands in for %s as %s of %s: %s"
            _LOGGER.warning(
                told, before.deployment.model_id, deployment.model_id, deployment.name, deployment.project, error
            )


def _patience(pause: float) -> float:
    """How long a request waits for the newest model, so many seconds after the one before served."""
    if pause >= _GRACE_SECONDS:
        return _LOAD_SECONDS
    return _SETTLED_SECONDS if pause >= _SETTLED_SECONDS else 0.0
