"""Questions about a data set that the trainer answers: which labels are wrong, and what more labels would bring."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from functions.lifecycle.labelling import where_free
from functions.lifecycle.training import DATASETS, labelled_documents
from functions.services import Services
from functions.stores.connection import TRAINING_QUEUE
from functions.stores.documents import StoredDocument
from functions.stores.jobs import Job, JobKind, new_job
from functions.stores.labels import Annotation
from functions.stores.quality import QualityKind
from model_tools.dataset.snapshot import Snapshot
from model_tools.errors import InvalidInputError, Problem
from model_tools.quality.findings import Kind
from model_tools.spans import Label

QUESTIONS: dict[JobKind, tuple[str, QualityKind]] = {
    JobKind.CHECK_LABELS: ("check-labels", QualityKind.LABEL_CHECK),
    JobKind.LEARNING_CURVE: ("learning-curve", QualityKind.LEARNING_CURVE),
}
"""The verb of the command line that answers, and what its answer is kept as."""


LIKELY = 0.5
"""Score from which a finding makes a document suspected."""


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A likely label error that nobody has settled."""

    finding_id: str
    document: StoredDocument
    kind: Kind
    score: float
    """Probability that something is wrong here."""
    label: Label | None
    proposal: Label | None
    reason: str


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


def open_findings(services: Services, project_name: str) -> Iterator[OpenFinding]:
    """What the newest check found and what is still as it was found, the surest first."""
    result = services.quality.latest(project_name, QualityKind.LABEL_CHECK)
    if result is None:
        return
    declared = {category.name for category in services.projects.get(project_name).categories}
    dismissed = services.quality.dismissed(project_name)
    seen: dict[str, tuple[StoredDocument | None, Annotation]] = {}
    for finding in result.record["findings"]:
        location = finding["document"]
        if finding["id"] in dismissed:
            continue
        if location not in seen:
            document = services.documents.find(project_name, location)
            seen[location] = document, services.labels.get(project_name, location)
        document, annotation = seen[location]
        label, proposal = _label_of(finding["label"]), _label_of(finding["proposal"])
        if document is None or document.content_hash != finding["contentHash"]:
            continue
        if _is_unsettled(annotation, label, proposal, declared):
            yield OpenFinding(
                finding["id"], document, finding["kind"], finding["score"], label, proposal, finding["reason"]
            )


def _is_unsettled(annotation: Annotation, label: Label | None, proposal: Label | None, declared: set[str]) -> bool:
    """Whether the label is still there, and the place of the proposal is still free."""
    if label is not None and label not in annotation.labels:
        return False
    if proposal is None:
        return True
    others = [each for each in annotation.labels if each != label]
    return proposal.category in declared and bool(where_free([proposal], others))


def _label_of(record: dict[str, Any] | None) -> Label | None:
    if record is None:
        return None
    return Label(record["offset"], record["offset"] + record["length"], record["category"])
