"""Which work belongs to which kind of queued operation."""

from dataclasses import asdict
from typing import Any

from functions.lifecycle import deploying, ingest, transfer
from functions.lifecycle.operations import Work
from functions.services import Services
from functions.stores.jobs import Job, JobKind


def sync_project(services: Services, job: Job) -> dict[str, Any]:
    """Compares a project's container with its documents."""
    return asdict(ingest.sync(services, services.projects.get(job.scope)))


WORKS: dict[JobKind, Work] = {
    JobKind.IMPORT: transfer.import_project,
    JobKind.EXPORT: transfer.export_project,
    JobKind.SYNC: sync_project,
    JobKind.DELETE_PROJECT: deploying.delete_project,
}
