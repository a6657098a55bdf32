"""One run of a training job: a child process that trains, and what becomes of its model."""

import logging
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from functions import telemetry
from functions.errors import StaleError
from functions.lifecycle import supervision
from functions.lifecycle.child_process import Child
from functions.lifecycle.job_log import event
from functions.lifecycle.supervision import progress_of
from functions.lifecycle.training import DATASETS, date_time, model_id_of
from functions.lifecycle.training_checkpoint import CheckpointBlob
from functions.services import Services
from functions.stores.jobs import Job, JobKind, JobNotFoundError, JobStatus
from functions.stores.models import TrainedModel
from functions.stores.projects import ProjectNotFoundError
from model_tools.artifact import Artifact
from model_tools.dataset.snapshot import DOCUMENTS_FILE
from model_tools.errors import ArtifactError, Problem

_LOGGER = logging.getLogger(__name__)


def run_training(services: Services, scope: str, job_id: str) -> None:
    """Runs a queued training job to its end; safe under redelivery. Jobs of other kinds are left alone.

    Raises:
        ConflictError: another process is at work on it; the message should come back later.
    """
    try:
        found = services.jobs.get(scope, job_id, JobKind.TRAIN)
    except JobNotFoundError:
        return  # the project was deleted meanwhile
    job = supervision.claim(services, found)
    if job is None:
        return
    if _is_finished(services, job):
        # An earlier run died after its model became visible and before it could say so.
        services.jobs.advance(job, JobStatus.SUCCEEDED, result={"modelId": model_id_of(job)})
        return
    services.settings.data_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="training-", dir=services.settings.data_dir))
    try:
        _run(services, job, folder)
    except StaleError:
        _LOGGER.warning("Job %s was cancelled or taken over; this run ends", job_id)
        if supervision.end_if_cancelled(services, job):
            CheckpointBlob(services, job, folder).remove()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(services: Services, job: Job, folder: Path) -> None:
    data, out = folder / "dataset.jsonl", folder / "model"
    data.write_bytes(services.blobs.get(DATASETS, f"{job.request['dataset']}/{DOCUMENTS_FILE}"))
    checkpoint = CheckpointBlob(services, job, folder / "checkpoint")
    checkpoint.fetch()
    how = ["--recipe", job.request["recipe"], "--seed", str(job.request["seed"]), "--progress", "json"]
    child = Child.start(["train", str(data), "--out", str(out), "--checkpoint", str(checkpoint.path), *how])
    started = date_time(datetime.now(UTC))
    try:
        job = supervision.watch(services, job, child, started, on_beat=checkpoint.store)
    finally:
        child.stop()
        succeeded = child.process.returncode == 0 and child.error is None
        telemetry.training_ended(time.monotonic() - child.started, succeeded=succeeded)
    job = replace(job, progress=progress_of(job, child.progress, started, child.events))
    if child.process.returncode != 0 or child.error:
        failure = child.failure(code="TrainingFailed", what="training", advice="Nothing was kept; train again.")
        services.jobs.advance(job, JobStatus.FAILED, errors=(failure,), progress=job.progress)
    else:
        _finish(services, job, out, started, time.monotonic() - child.started)
    # Not before: a run that dies while it uploads is followed by one that goes on from here.
    checkpoint.remove()


def _is_finished(services: Services, job: Job) -> bool:
    model = services.models.find(job.scope, job.request["modelLabel"])
    return model is not None and model.model_id == model_id_of(job)


def _belongs_to_another(services: Services, job: Job) -> bool:
    """Whether another run has taken the job over, and with it the folder of its model."""
    try:
        current = services.jobs.get(job.scope, job.job_id)
    except JobNotFoundError:
        return False
    return current.owner != supervision.PROCESS


def _finish(services: Services, job: Job, out: Path, started: str, seconds: float) -> None:
    try:
        artifact = Artifact.open(out)
    except ArtifactError as error:
        services.jobs.advance(job, JobStatus.FAILED, errors=(Problem(error.code, error.message),))
        return
    model_id = model_id_of(job)
    saving = progress_of(job, {"phase": "saving", "percent": 100, "seconds_left": 0}, started, [event("saving")])
    # A run that was taken over must not write over what its successor has stored and bound to its row.
    job = services.jobs.advance(job, JobStatus.RUNNING, progress=saving)
    services.models.upload(job.scope, model_id, artifact.paths)
    # Last look before the model becomes visible: a job that was cancelled or taken over leaves none.
    try:
        job = services.jobs.advance(job, JobStatus.RUNNING, progress=saving)
    except StaleError:
        if not _belongs_to_another(services, job):
            services.models.discard(job.scope, model_id)
        raise
    now = datetime.now(UTC)
    model = TrainedModel(
        project=job.scope,
        label=job.request["modelLabel"],
        model_id=model_id,
        manifest_sha256=artifact.manifest_sha256,
        training_config=job.request["trainingConfig"],
        trained=now,
        training_seconds=round(seconds),
        dataset=job.request["dataset"],
        evaluation_options=job.request["evaluationOptions"],
    )
    services.models.save(model)
    warnings = tuple(Problem(w.code, w.message, w.document) for w in artifact.manifest.warnings)
    done = progress_of(job, {"phase": "done", "percent": 100, "seconds_left": 0}, started, ended=date_time(now))
    ended = {"progress": done, "result": {"modelId": model_id}, "warnings": (*job.warnings, *warnings)}
    try:
        services.jobs.advance(job, JobStatus.SUCCEEDED, **ended)
    except StaleError:
        job = services.jobs.get(job.scope, job.job_id)
        if job.status is not JobStatus.CANCELLING or job.owner != supervision.PROCESS:
            raise
        # Cancelled when the model was there already: too late, and the job says what there is.
        services.jobs.advance(job, JobStatus.SUCCEEDED, **ended)
    _note_trained(services, job.scope, now)


def _note_trained(services: Services, project_name: str, when: datetime) -> None:
    while True:
        try:
            project = services.projects.get(project_name)
            services.projects.update(replace(project, last_trained=when))
        except StaleError:
            continue
        except ProjectNotFoundError:
            pass
        return
