"""Names for models: deploy, swap, remove, and the quick way from a name to what answers under it."""

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from functions.errors import StaleError
from functions.stores.deployments import Deployment, DeploymentStore
from functions.stores.jobs import Job
from functions.stores.projects import ProjectStore

if TYPE_CHECKING:
    from functions.services import Services

_FRESH_SECONDS = 1.0
"""How long another instance may answer with the model of before a swap; this one forgets at once."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a prediction needs to know of a deployment and its project."""

    deployment: Deployment
    confidence_threshold: float


class DeploymentDirectory:
    """(project, deployment name) to `Resolved`, remembered for a second."""

    def __init__(self, projects: ProjectStore, deployments: DeploymentStore) -> None:
        self._projects = projects
        self._deployments = deployments
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, Resolved]] = {}
        self._generation = 0

    def resolve(self, project_name: str, name: str) -> Resolved:
        """The deployment as it is now, or was a second ago.

        Raises:
            NotFoundError: no such project or deployment.
        """
        now = time.monotonic()
        with self._lock:
            generation = self._generation
            read, resolved = self._known.get((project_name, name), (float("-inf"), None))
        if resolved is not None and now - read < _FRESH_SECONDS:
            return resolved
        project = self._projects.get(project_name)
        resolved = Resolved(self._deployments.get(project_name, name), project.confidence_threshold)
        with self._lock:
            # What was read before a swap must not be remembered after it.
            if generation == self._generation:
                self._known[project_name, name] = (now, resolved)
        return resolved

    def forget(self) -> None:
        """Makes the next call look again."""
        with self._lock:
            self._known.clear()
            self._generation += 1


def deploy(services: "Services", job: Job) -> None:
    """Points a deployment at a model, creating the deployment where there is none.

    The model is loaded first: what cannot be loaded is never deployed, and the first prediction is a warm one.

    Raises:
        NotFoundError: no such model.
        ArtifactError: its files are damaged.
    """
    model = services.models.get(job.scope, job.request["modelLabel"])
    services.predictors.get(job.scope, model.model_id)
    now = datetime.now(UTC)
    services.deployments.put(
        Deployment(
            project=job.scope,
            name=job.request["deployment"],
            model_label=model.label,
            model_id=model.model_id,
            training_config=model.training_config,
            trained=model.trained,
            deployed=now,
        )
    )
    services.directory.forget()
    _note_deployed(services, job.scope, now)


def undeploy(services: "Services", job: Job) -> None:
    """Removes a deployment; its model stays."""
    services.deployments.delete(job.scope, job.request["deployment"])
    services.directory.forget()


def swap(services: "Services", job: Job) -> None:
    """Exchanges the models of two deployments in one transaction.

    Raises:
        NotFoundError: one of them does not exist.
        StaleError: somebody else changed one of them at the same moment.
    """
    first = services.deployments.get(job.scope, job.request["first"])
    second = services.deployments.get(job.scope, job.request["second"])
    services.deployments.put_both(
        replace(second, name=first.name, etag=first.etag), replace(first, name=second.name, etag=second.etag)
    )
    services.directory.forget()


def _note_deployed(services: "Services", project_name: str, when: datetime) -> None:
    while True:
        project = services.projects.get(project_name)
        try:
            services.projects.update(replace(project, last_deployed=when))
        except StaleError:
            continue
        return
