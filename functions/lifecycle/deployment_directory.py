"""What is deployed under a name, remembered for a moment, so that a prediction asks storage for nothing."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import AzureError

from functions.stores.deployments import Deployment, DeploymentStore
from functions.stores.models import ModelVersion
from functions.stores.projects import ProjectStore
from model_tools.errors import NotFoundError

_LOGGER = logging.getLogger(__name__)

_FRESH_SECONDS = 0.75
"""From this age on, what is known is looked up again in the background, while requests go on with it ..."""
_STALE_SECONDS = 1.75
"""... until this age: then they wait for the look. So a change elsewhere shows within two seconds; here it does at
once."""
GRACE_SECONDS = 60.0
"""Where storage does not answer, what is known serves on until this age."""
_LOOK_SECONDS = 2.0
"""Nobody who could go on with what is known waits longer for storage, and where one did in vain, nobody else waits for
the same look."""

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
            look = self._look(key, generation) if known is not None and age < GRACE_SECONDS else None
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

    def at_hand(self, project_name: str, name: str) -> Resolved | None:
        """What `resolve` would give without waiting for storage; None, where it would wait."""
        key = project_name, name
        with self._lock:
            read, known = self._known.get(key, (float("-inf"), None))
            age = self._clock() - read
            look = self._looks.get(key)
            is_given_up = look is not None and self._unanswered.get(key) is look
        return known if age < _STALE_SECONDS or (age < GRACE_SECONDS and is_given_up) else None

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
                self._known = {each: old for each, old in self._known.items() if read - old[0] < GRACE_SECONDS}
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
