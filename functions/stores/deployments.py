"""Deployments: a name that callers use, and the model version behind it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.stores.models import ModelVersion
from functions.stores.tables import Row, Table, etag_of
from model_tools.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Deployment:
    """A name and the model it stands for."""

    project: str
    name: str
    model_label: str
    model_id: str
    manifest_sha256: str | None
    """See `ModelVersion`."""
    training_config: str
    trained: datetime
    deployed: datetime
    etag: str = field(default="", compare=False)

    @property
    def version(self) -> ModelVersion:
        """What is loaded to serve it."""
        return ModelVersion(self.project, self.model_id, self.manifest_sha256)


class DeploymentStore:
    """The deployments table; a project is a partition, so that a swap is one transaction."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, project: str, name: str) -> Deployment:
        """The deployment.

        Raises:
            NotFoundError: there is none.
        """
        row = self._table.get(project, name)
        if row is None:
            raise NotFoundError(
                f"Project '{project}' has no deployment named '{name}'. Names are case-sensitive.",
                target="deploymentName",
            )
        return _from_row(row)

    def read_all(self, project: str) -> Iterator[Deployment]:
        """All deployments of a project by name."""
        return map(_from_row, self._table.partition(project))

    def put(self, deployment: Deployment) -> None:
        """Creates the deployment or points it elsewhere."""
        self._table.put(_to_row(deployment))

    def put_both(self, first: Deployment, second: Deployment) -> None:
        """Writes both rows or neither, guarded by the versions that were read.

        Raises:
            StaleError: one of them has changed meanwhile.
        """
        self._table.replace_all([(_to_row(first), first.etag), (_to_row(second), second.etag)])

    def delete(self, project: str, name: str) -> None:
        """Removes the name; the model stays."""
        self._table.delete(project, name)

    def delete_project(self, project: str) -> None:
        """Removes every deployment of a project."""
        self._table.delete_partition(project)


def _to_row(deployment: Deployment) -> dict[str, Any]:
    return {
        "PartitionKey": deployment.project,
        "RowKey": deployment.name,
        "model_label": deployment.model_label,
        "model_id": deployment.model_id,
        "manifest_sha256": deployment.manifest_sha256 or "",
        "training_config": deployment.training_config,
        "trained": deployment.trained,
        "deployed": deployment.deployed,
    }


def _from_row(row: Row) -> Deployment:
    return Deployment(
        project=row["PartitionKey"],
        name=row["RowKey"],
        model_label=row["model_label"],
        model_id=row["model_id"],
        manifest_sha256=row.get("manifest_sha256") or None,
        training_config=row["training_config"],
        trained=row["trained"],
        deployed=row["deployed"],
        etag=etag_of(row),
    )
