"""Training as people ask for it: checks, a frozen snapshot of the data, a job, and a message to the trainer."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from functions.errors import StaleError
from functions.services import Services
from functions.stores.connection import TRAINING_QUEUE
from functions.stores.documents import StoredDocument
from functions.stores.jobs import Job, JobKind, JobNotFoundError, JobStatus, new_job
from functions.stores.labels import Annotation
from functions.stores.projects import Project
from model_tools.dataset.checks import training_problems
from model_tools.dataset.snapshot import Snapshot
from model_tools.dataset.split import manual_split, split_documents
from model_tools.documents import Document
from model_tools.errors import ConflictError, InvalidInputError, Problem

DATASETS = "datasets"
_PARALLEL = 8
_SPLIT_OF_DATASET = {"Train": "train", "Test": "test"}


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a training job is asked to do."""

    model_label: str
    training_config: str
    """As the caller named it."""
    recipe: str
    """What that stands for in `model_tools`."""
    evaluation: dict[str, Any]
    """Wire form; `kind` is percentage or manual."""
    test_fraction: float | None
    """Of the documents; None: the documents' own data sets decide."""
    seed: int


def request_training(services: Services, project_name: str, options: TrainingOptions) -> Job:
    """Freezes the data, takes the project's training lock and queues the job.

    Raises:
        ConflictError: another training job of this project has not ended.
        InvalidInputError: the data cannot be trained on; names every reason, with advice.
    """
    project = services.projects.get(project_name)
    _check_unlocked(services, project)
    snapshot, warnings = _snapshot(services, project, options)
    folder = f"{project.name}/{snapshot.content_hash}"
    for name, content in snapshot.to_files().items():
        services.blobs.put(DATASETS, f"{folder}/{name}", content, "application/octet-stream")
    request = {
        "modelLabel": options.model_label,
        "trainingConfig": options.training_config,
        "recipe": options.recipe,
        "evaluationOptions": options.evaluation,
        "seed": options.seed,
        "dataset": folder,
    }
    job = services.jobs.create(replace(new_job(project.name, JobKind.TRAIN, request), warnings=tuple(warnings)))
    try:
        services.projects.update(replace(project, training_job=job.job_id))
    except StaleError as error:
        services.jobs.advance(
            job, JobStatus.FAILED, errors=(Problem("Conflict", "The project changed while the job was being queued."),)
        )
        raise ConflictError(
            f"Project '{project.name}' was changed at this very moment, perhaps by another training request. Try again."
        ) from error
    services.storage.send(TRAINING_QUEUE, {"scope": job.scope, "jobId": job.job_id})
    return job


def _check_unlocked(services: Services, project: Project) -> None:
    if project.training_job is None:
        return
    try:
        job = services.jobs.get(project.name, project.training_job)
    except JobNotFoundError:
        return
    if not job.status.is_final:
        raise ConflictError(
            f"Project '{project.name}' is training already (job {job.job_id}, {job.status}). "
            "Wait for it to end, or cancel it."
        )


def labelled_documents(services: Services, project: Project) -> tuple[list[Document], list[Problem]]:
    """The documents that people labelled, on their present texts, and a warning for each that has to be left out.

    Raises:
        InvalidInputError: there are documents, and none is labelled.
    """
    stored = {document.location: document for document in services.documents.read_all(project.name)}
    # A document that was only put into a data set says nothing about its entities; it would teach that there are none.
    annotations = [each for each in services.labels.read_all(project.name) if each.is_labelled]
    if stored and not annotations:
        raise InvalidInputError(
            f"None of the {len(stored)} documents is labelled. Label some of them, or import a labels file.",
            inner_code="TrainingDataInsufficient",
            problems=[
                Problem("NoLabels", f"None of the {len(stored)} documents is labelled. Label some of them first.")
            ],
        )
    usable, warnings = _usable(annotations, stored)
    with ThreadPoolExecutor(_PARALLEL) as pool:
        documents = list(pool.map(lambda annotation: _document(services, project, annotation), usable))
    return documents, warnings


def _snapshot(services: Services, project: Project, options: TrainingOptions) -> tuple[Snapshot, list[Problem]]:
    documents, warnings = labelled_documents(services, project)
    if options.test_fraction is not None:
        # The contract: in percentage mode only documents assigned to Train are split.
        left_out = [document for document in documents if document.split == "test"]
        if left_out and len(left_out) < len(documents):
            documents = [document for document in documents if document.split != "test"]
            warnings.append(
                Problem(
                    "TestDocumentsLeftOut",
                    f"{len(left_out)} documents assigned to the Test set are not used in a percentage split. "
                    'To test on them: "evaluationOptions": {"kind": "manual"}.',
                )
            )
    documents = (
        manual_split(documents)
        if options.test_fraction is None
        else split_documents(documents, test_fraction=options.test_fraction, seed=options.seed)
    )
    categories = [category.name for category in project.categories]
    found = training_problems(documents, categories)
    if found.errors:
        raise InvalidInputError(
            f"This project cannot be trained yet. {found.errors[0].message}",
            inner_code="TrainingDataInsufficient",
            problems=found.errors,
        )
    options_json = {"evaluation": options.evaluation, "seed": options.seed}
    return Snapshot(tuple(documents), tuple(categories), options_json), [*warnings, *found.warnings]


def _usable(annotations: list[Annotation], stored: dict[str, StoredDocument]) -> tuple[list[Annotation], list[Problem]]:
    """Annotations whose text is still the one they were made on, and a warning for each of the others."""
    usable, warnings = [], []
    for annotation in annotations:
        document = stored.get(annotation.location)
        if document is None or document.content_hash is None:
            message = f"'{annotation.location}' is labelled, but its file is gone or cannot be read; it is left out."
            warnings.append(Problem("DocumentMissing", message, annotation.location))
        elif annotation.content_hash and annotation.content_hash != document.content_hash:
            message = (
                f"The text of '{annotation.location}' changed after it was labelled; it is left out. Label it anew."
            )
            warnings.append(Problem("TextChanged", message, annotation.location))
        else:
            usable.append(replace(annotation, content_hash=document.content_hash))
    return usable, warnings


def _document(services: Services, project: Project, annotation: Annotation) -> Document:
    assert annotation.content_hash is not None
    return Document(
        id=annotation.location,
        text=services.documents.get_text(project.name, annotation.content_hash),
        labels=annotation.labels,
        language=annotation.language or project.language,
        split=_SPLIT_OF_DATASET.get(annotation.dataset or ""),  # type: ignore[arg-type]
    )


def model_id_of(job: Job) -> str:
    """The same for every run of one job, so that a job delivered twice leaves one model."""
    label = job.request["modelLabel"]
    return f"{label}-{job.created.astimezone(UTC):%Y%m%dT%H%M%S}-{job.job_id[:36].replace('-', '')}"


def heartbeat_age(job: Job) -> float:
    """Seconds since the job's row was last written."""
    return (datetime.now(UTC) - job.updated).total_seconds()


def date_time(moment: datetime) -> str:
    """RFC 3339, UTC, with fractions of a second."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
