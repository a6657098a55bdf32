"""Questions about a data set that the trainer answers: which labels are wrong, and what more labels would bring."""

from dataclasses import replace
from typing import Any

from functions.lifecycle.training import DATASETS, labelled_documents
from functions.services import Services
from functions.stores.connection import TRAINING_QUEUE
from functions.stores.jobs import Job, JobKind, new_job
from functions.stores.quality import QualityKind
from model_tools.dataset.snapshot import Snapshot
from model_tools.errors import InvalidInputError, Problem

QUESTIONS: dict[JobKind, tuple[str, QualityKind]] = {
    JobKind.CHECK_LABELS: ("check-labels", QualityKind.LABEL_CHECK),
    JobKind.LEARNING_CURVE: ("learning-curve", QualityKind.LEARNING_CURVE),
}
"""The verb of the command line that answers, and what its answer is kept as."""


def ask(services: Services, project_name: str, kind: JobKind, options: dict[str, Any]) -> Job:
    """Freezes the labelled documents and queues the question for the trainer.

    Raises:
        InvalidInputError: no document is labelled.
    """
    project = services.projects.get(project_name)
    documents, warnings = labelled_documents(services, project)
    if not any(document.labels for document in documents):
        raise InvalidInputError(
            "No document has a label. Label some first.",
            inner_code="TrainingDataInsufficient",
            problems=[Problem("NoLabels", "No document has a label. Label some first.")],
        )
    snapshot = Snapshot(tuple(documents), tuple(category.name for category in project.categories))
    folder = f"{project.name}/{snapshot.content_hash}"
    for name, content in snapshot.to_files().items():
        services.blobs.put(DATASETS, f"{folder}/{name}", content, "application/octet-stream")
    job = new_job(project.name, kind, {"dataset": folder, "options": options})
    job = services.jobs.create(replace(job, warnings=tuple(warnings)))
    services.storage.send(TRAINING_QUEUE, {"scope": job.scope, "jobId": job.job_id})
    return job
