"""The quick way from a deployment's name to what answers under it."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from azure.core.exceptions import AzureError

from functions import telemetry
from functions.lifecycle.predictors import PredictorCache
from functions.stores.deployments import Deployment, DeploymentStore
from functions.stores.projects import ProjectStore
from model_tools.errors import ArtifactError, NerError, NotFoundError
from model_tools.inference.predictor import Predictor
from model_tools.inference.stopwatch import Stopwatch

_LOGGER = logging.getLogger(__name__)

_FRESH_SECONDS = 0.75
"""From this age on, what is known is looked up again in the background, while requests go on with it ..."""
_STALE_SECONDS = 1.75
"""... until this age: then they wait for the look. So a change elsewhere shows within two seconds; here it does at
once."""

Prepare = Callable[[str, str], object]
"""Loads the model of a project by its id."""
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a prediction needs to know of a deployment and its project."""

    deployment: Deployment
    confidence_threshold: float


class DeploymentDirectory:
    """(project, deployment name) to `Resolved`, remembered for a moment.

    Args:
        projects: has the confidence threshold.
        deployments: has the model.
        prepare: is called with a model that was found in the background, before anybody is given it.
        clock: seconds that only ever grow.
    """

    def __init__(
        self,
        projects: ProjectStore,
        deployments: DeploymentStore,
        prepare: Prepare = lambda _project, _model_id: None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._projects = projects
        self._deployments = deployments
        self._prepare = prepare
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, Resolved]] = {}
        self._refreshing: set[tuple[str, str]] = set()
        self._generation = 0

    def resolve(self, project_name: str, name: str) -> Resolved:
        """The deployment as it is now, or was two seconds ago at most.

        Raises:
            NotFoundError: no such project or deployment.
        """
        key = project_name, name
        now = self._clock()
        with self._lock:
            generation = self._generation
            read, resolved = self._known.get(key, (float("-inf"), None))
            is_to_refresh = now - read >= _FRESH_SECONDS and key not in self._refreshing
            if resolved is not None and now - read < _STALE_SECONDS:
                if is_to_refresh:
                    self._refreshing.add(key)
                    threading.Thread(target=self._refresh, args=(key, generation), daemon=True).start()
                return resolved
        resolved = self._read(key)
        self._remember(key, now, resolved, generation)
        return resolved

    def forget(self) -> None:
        """Makes the next call look again."""
        with self._lock:
            self._known.clear()
            self._generation += 1

    def _refresh(self, key: tuple[str, str], generation: int) -> None:
        now = self._clock()
        try:
            resolved = self._read(key)
            # Where it cannot be loaded, requests find that out too, and what to do then; see `Serving`.
            with suppress(NerError, AzureError):
                self._prepare(key[0], resolved.deployment.model_id)
            self._remember(key, now, resolved, generation)
        except (NerError, AzureError) as error:
            # The next request looks for itself, and has somebody to tell.
            _LOGGER.info("Deployment %s of project %s could not be looked up: %s", key[1], key[0], error)
        finally:
            with self._lock:
                self._refreshing.discard(key)

    def _read(self, key: tuple[str, str]) -> Resolved:
        project = self._projects.get(key[0])
        return Resolved(self._deployments.get(*key), project.confidence_threshold)

    def _remember(self, key: tuple[str, str], read: float, resolved: Resolved, generation: int) -> None:
        with self._lock:
            # What was read before a swap must not be remembered after it.
            if generation == self._generation:
                self._known[key] = read, resolved


@dataclass(frozen=True, slots=True)
class Served:
    """What answers under a name."""

    deployment: Deployment
    """Of the predictor; the one before, where the newest cannot be loaded here."""
    confidence_threshold: float
    predictor: Predictor


class Serving:
    """Deployments with their models loaded."""

    def __init__(self, directory: DeploymentDirectory, predictors: PredictorCache) -> None:
        self._directory = directory
        self._predictors = predictors
        self._good: dict[tuple[str, str], Deployment] = {}
        """What was last served under each name."""
        self._told: set[str] = set()
        """Ids of models that the log has been told cannot be loaded; the metric counts every answer."""

    def open(self, project: str, name: str, stopwatch: Stopwatch) -> Served:
        """What answers under a name; `stopwatch` is told of the stages `resolve` and `load`.

        A model that cannot be loaded here, though it could where it was deployed, leaves the one before it serving.

        Raises:
            NotFoundError: no such project or deployment, or a model whose files are gone.
            ArtifactError: the model is damaged, and no other was served here under this name.
        """
        resolved = self._directory.resolve(project, name)
        stopwatch.lap("resolve")
        deployment = resolved.deployment
        try:
            predictor = self._predictors.get(project, deployment.model_id)
        except (ArtifactError, NotFoundError, AzureError) as error:
            before = self._good.get((project, name))
            if before is None or before.model_id == deployment.model_id:
                raise
            predictor = self._predictors.get(project, before.model_id)
            telemetry.model_stood_in()
            if deployment.model_id not in self._told:
                self._told.add(deployment.model_id)
                told = "Model %s stands in for %s as %s of %s: %s"
                _LOGGER.warning(told, before.model_id, deployment.model_id, name, project, error)
            deployment = before
        else:
            self._good[project, name] = deployment
        stopwatch.lap("load")
        return Served(deployment, resolved.confidence_threshold, predictor)
