"""The quick way from a deployment's name to what answers under it."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import AzureError

from functions import telemetry
from functions.lifecycle.deployment_directory import GRACE_SECONDS, Clock, DeploymentDirectory, Key, Resolved
from functions.lifecycle.predictors import PredictorCache
from functions.stores.deployments import Deployment
from model_tools.errors import ArtifactError, NotFoundError
from model_tools.inference.predictor import Predictor
from model_tools.inference.stopwatch import Stopwatch

_LOGGER = logging.getLogger(__name__)

_SETTLED_SECONDS = 2.0
"""A model that was asked for this short a time ago may serve on while the next one is loaded: the change is a new one.
After a longer pause it may be old, and has been promised to show; then requests wait for the load as long again."""
_LOAD_SECONDS = 30.0
"""After a pause of `GRACE_SECONDS` the change may be days old: then they wait as if nothing had been served before,
but not for ever, since something can be."""


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

    def is_at_hand(self, project: str, name: str) -> bool:
        """Whether `open` would answer without waiting for storage or for a model, unless something changes now."""
        known = self._directory.at_hand(project, name)
        if known is None or known.deployment.model_id in self._predictors:
            return known is not None
        before = self._before((project, name), known)
        return (
            before is not None
            and before.deployment.model_id in self._predictors
            and not _patience(self._clock() - before.at)
        )

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
    if pause >= GRACE_SECONDS:
        return _LOAD_SECONDS
    return _SETTLED_SECONDS if pause >= _SETTLED_SECONDS else 0.0
