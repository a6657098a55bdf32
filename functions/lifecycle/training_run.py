"""One run of a training job: a child process that trains, and a parent that watches over it.

The child is `python -m model_tools train`; it reports JSON lines. The parent writes them to the job's row, which is
also its heartbeat; a guarded write that fails tells it that somebody cancelled the job or took it over.
"""

import json
import logging
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from functions import telemetry
from functions.errors import StaleError
from functions.lifecycle.training import DATASETS, date_time, heartbeat_age, model_id_of
from functions.services import Services
from functions.stores.jobs import Job, JobKind, JobNotFoundError, JobStatus
from functions.stores.models import TrainedModel
from functions.stores.projects import ProjectNotFoundError
from model_tools.artifact import Artifact
from model_tools.dataset.snapshot import DOCUMENTS_FILE
from model_tools.errors import ArtifactError, ConflictError, Problem

_LOGGER = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
STALE_SECONDS = 45.0
"""A run whose heartbeat is older has died: another may take its job over."""
_STOP_SECONDS = 5.0
"""Between asking the child to stop and making it stop."""
_LOG_LINES = 20
"""Of the child's stderr, kept for the reason of a failure."""

_PROCESS = f"{socket.gethostname()}:{uuid.uuid4().hex}"
"""This process; two runs of it never overlap, since the trainer takes one message at a time."""


@dataclass
class _Child:
    """The training process and what it said last."""

    process: "subprocess.Popen[str]"
    started: float = field(default_factory=time.monotonic)
    progress: dict[str, Any] = field(default_factory=dict)
    error: dict[str, str] | None = None
    log: list[str] = field(default_factory=list)
    readers: list[threading.Thread] = field(default_factory=list)

    @classmethod
    def start(cls, job: Job, data: Path, out: Path) -> "_Child":
        command = [sys.executable, "-m", "model_tools", "train", str(data), "--out", str(out)]
        command += ["--recipe", job.request["recipe"], "--seed", str(job.request["seed"]), "--progress", "json"]
        # The child's standard input is a pipe that closes when this process dies, however it dies.
        command.append("--stop-with-stdin")
        child = cls(
            subprocess.Popen(  # noqa: S603 - no shell, and every argument is ours or checked
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        )
        assert child.process.stdout is not None
        assert child.process.stderr is not None
        child.readers = [
            threading.Thread(target=child._read_progress, args=(child.process.stdout,), daemon=True),
            threading.Thread(target=child._read_log, args=(child.process.stderr,), daemon=True),
        ]
        for reader in child.readers:
            reader.start()
        return child

    def _read_progress(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                try:
                    message = json.loads(line)
                except ValueError:
                    continue
                if "error" in message:
                    self.error = message["error"]
                else:
                    self.progress = message

    def _read_log(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                self.log = [*self.log, line.rstrip()][-_LOG_LINES:]

    def stop(self) -> None:
        """Ends the child, whatever state it is in, and waits for its last words."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        for reader in self.readers:
            reader.join(_STOP_SECONDS)

    def failure(self) -> Problem:
        """Why it ended badly."""
        if self.error:
            return Problem(self.error["code"], self.error["message"])
        code = self.process.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        if code == -9:
            how += " (out of memory, or killed by somebody)"
        last = f" Its last words: {self.log[-1]}" if self.log else ""
        return Problem("TrainingFailed", f"The training process {how}.{last} Nothing was kept; train again.")


def run_training(services: Services, scope: str, job_id: str) -> None:
    """Runs a queued training job to its end; safe under redelivery.

    Raises:
        ConflictError: another process is at work on it; the message should come back later.
    """
    try:
        job = services.jobs.get(scope, job_id, JobKind.TRAIN)
    except JobNotFoundError:
        return  # the project was deleted meanwhile
    job_or_none = _claim(services, job)
    if job_or_none is None:
        return
    job = job_or_none
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
        _end_if_cancelled(services, job)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _claim(services: Services, job: Job) -> Job | None:
    if job.status.is_final:
        return None
    if job.status is JobStatus.CANCELLING:
        services.jobs.advance(job, JobStatus.CANCELLED)
        return None
    taken = job.status is JobStatus.RUNNING and job.owner != _PROCESS and heartbeat_age(job) < STALE_SECONDS
    if taken:
        raise ConflictError(f"Job {job.job_id} is being run by {job.owner}.")
    return services.jobs.advance(job, JobStatus.RUNNING, owner=_PROCESS, progress=_progress({}, None))


def _run(services: Services, job: Job, folder: Path) -> None:
    data, out = folder / "dataset.jsonl", folder / "model"
    data.write_bytes(services.blobs.get(DATASETS, f"{job.request['dataset']}/{DOCUMENTS_FILE}"))
    child = _Child.start(job, data, out)
    started = date_time(datetime.now(UTC))
    try:
        job = _watch(services, job, child, started)
    finally:
        child.stop()
        succeeded = child.process.returncode == 0 and child.error is None
        telemetry.training_ended(time.monotonic() - child.started, succeeded=succeeded)
    if child.process.returncode != 0 or child.error:
        services.jobs.advance(job, JobStatus.FAILED, errors=(child.failure(),), progress=job.progress)
        return
    _finish(services, job, out, started, time.monotonic() - child.started)


def _watch(services: Services, job: Job, child: _Child, started: str) -> Job:
    """Until the child ends. Every round writes the row, which is heartbeat, progress report and cancel check in one.

    Raises:
        StaleError: the row was changed by somebody else: cancelled, taken over or deleted.
    """
    while True:
        try:
            child.process.wait(HEARTBEAT_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        else:
            return job
        job = services.jobs.advance(job, JobStatus.RUNNING, progress=_progress(child.progress, started))


def _end_if_cancelled(services: Services, job: Job) -> None:
    try:
        current = services.jobs.get(job.scope, job.job_id)
    except JobNotFoundError:
        return  # it went with its project
    if current.status is JobStatus.CANCELLING and current.owner == _PROCESS:
        services.jobs.advance(current, JobStatus.CANCELLED)


def _is_finished(services: Services, job: Job) -> bool:
    model = services.models.find(job.scope, job.request["modelLabel"])
    return model is not None and model.model_id == model_id_of(job)


def _belongs_to_another(services: Services, job: Job) -> bool:
    """Whether another run has taken the job over, and with it the folder of its model."""
    try:
        current = services.jobs.get(job.scope, job.job_id)
    except JobNotFoundError:
        return False
    return current.owner != _PROCESS


def _finish(services: Services, job: Job, out: Path, started: str, seconds: float) -> None:
    try:
        artifact = Artifact.open(out)
    except ArtifactError as error:
        services.jobs.advance(job, JobStatus.FAILED, errors=(Problem(error.code, error.message),))
        return
    model_id = model_id_of(job)
    services.models.upload(job.scope, model_id, artifact.paths)
    # Last look before the model becomes visible: a job that was cancelled or taken over leaves none.
    saving = _progress({"phase": "saving", "percent": 100, "seconds_left": 0}, started)
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
        training_config=job.request["trainingConfig"],
        trained=now,
        training_seconds=round(seconds),
        dataset=job.request["dataset"],
        evaluation_options=job.request["evaluationOptions"],
    )
    services.models.save(model)
    warnings = tuple(Problem(w.code, w.message, w.document) for w in artifact.manifest.warnings)
    done = _progress({"phase": "done", "percent": 100, "seconds_left": 0}, started, ended=date_time(now))
    ended = {"progress": done, "result": {"modelId": model_id}, "warnings": (*job.warnings, *warnings)}
    try:
        services.jobs.advance(job, JobStatus.SUCCEEDED, **ended)
    except StaleError:
        job = services.jobs.get(job.scope, job.job_id)
        if job.status is not JobStatus.CANCELLING or job.owner != _PROCESS:
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


def _progress(child: dict[str, Any], started: str | None, *, ended: str | None = None) -> dict[str, Any]:
    return {
        "phase": child.get("phase", "loading"),
        "percent": child.get("percent", 0),
        "secondsLeft": child.get("seconds_left"),
        "started": started,
        "ended": ended,
    }
