"""Names for models: deploy, swap, remove."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from functions.errors import StaleError
from functions.stores.deployments import Deployment
from functions.stores.jobs import Job

if TYPE_CHECKING:
    from functions.services import Services


def deploy(services: "Services", job: Job) -> None:
    """Points a deployment at a model, creating the deployment where there is none.

    The model is loaded first: what cannot be loaded is never deployed, so that what answers under the name goes on to
    do so, and the first prediction is a warm one.

    Raises:
        NotFoundError: no such model.
        TooLargeError: it needs more memory than loaded models may take.
        ArtifactError: its files are damaged or gone.
    """
    model = services.models.get(job.scope, job.request["modelLabel"])
    services.predictors.refuse_too_large(model.version)
    services.predictors.get(model.version)
    now = datetime.now(UTC)
    services.deployments.put(
        Deployment(
            project=job.scope,
            name=job.request["deployment"],
            model_label=model.label,
            model_id=model.model_id,
            manifest_sha256=model.manifest_sha256,
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
