"""One run of a question about a data set: a child process that trains what it needs and answers with JSON."""

import hashlib
import json
import logging
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from functions.errors import StaleError
from functions.lifecycle import supervision
from functions.lifecycle.child_process import Child
from functions.lifecycle.quality import QUESTIONS
from functions.lifecycle.training import DATASETS, date_time
from functions.services import Services
from functions.stores.documents import hash_of_text
from functions.stores.jobs import Job, JobKind, JobNotFoundError, JobStatus
from functions.stores.quality import QualityKind, QualityResult
from model_tools.dataset.snapshot import DOCUMENTS_FILE
from model_tools.documents import parse_jsonl

_LOGGER = logging.getLogger(__name__)


def run_question(services: Services, scope: str, job_id: str) -> None:
    """Runs a queued question to its end; safe under redelivery. Jobs of other kinds are left alone.

    Raises:
        ConflictError: another process is at work on it; the message should come back later.
    """
    try:
        found = services.jobs.get(scope, job_id, *QUESTIONS)
    except JobNotFoundError:
        return
    job = supervision.claim(services, found)
    if job is None:
        return
    services.settings.data_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="question-", dir=services.settings.data_dir))
    try:
        _run(services, job, folder)
    except StaleError:
        _LOGGER.warning("Job %s was cancelled or taken over; this run ends", job_id)
        supervision.end_if_cancelled(services, job)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(services: Services, job: Job, folder: Path) -> None:
    content = services.blobs.get(DATASETS, f"{job.request['dataset']}/{DOCUMENTS_FILE}")
    data = folder / DOCUMENTS_FILE
    data.write_bytes(content)
    verb, kind = QUESTIONS[job.kind]
    started = date_time(datetime.now(UTC))
    options = [word for name, value in job.request["options"].items() for word in (f"--{name}", str(value))]
    child = Child.start([verb, str(data), "--json", "--progress", "json", *options])
    try:
        job = supervision.watch(services, job, child, started)
    finally:
        child.stop()
    if child.process.returncode != 0 or child.error or child.result is None:
        failure = child.failure(code="QuestionFailed", what=verb, advice="Nothing was kept; ask again.")
        services.jobs.advance(job, JobStatus.FAILED, errors=(failure,), progress=job.progress)
        return
    record = child.result
    if job.kind is JobKind.CHECK_LABELS:
        record = {**record, "findings": _identified(record["findings"], content)}
    now = datetime.now(UTC)
    # Last look before the answer becomes visible: a job that was cancelled or taken over leaves none.
    job = services.jobs.advance(job, JobStatus.RUNNING)
    services.quality.save(job.scope, kind, QualityResult(job.request["dataset"], job.job_id, now, record))
    said = {"phase": "done", "percent": 100, "seconds_left": 0}
    done = supervision.progress_of(job, said, started, child.events, ended=date_time(now))
    services.jobs.advance(job, JobStatus.SUCCEEDED, progress=done, result=_summary(kind, record))


def _identified(findings: list[dict[str, Any]], content: bytes) -> list[dict[str, Any]]:
    """The findings with the text that each is about, and an id that is the same in the next check."""
    hashes = {document.id: hash_of_text(document.text) for document in parse_jsonl(content, DOCUMENTS_FILE)}
    identified = []
    for finding in findings:
        content_hash = hashes[finding["document"]]
        what = [finding["document"], content_hash, finding["label"], finding["proposal"]]
        finding_id = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:24]
        identified.append({**finding, "id": finding_id, "contentHash": content_hash})
    return identified


def _summary(kind: QualityKind, record: dict[str, Any]) -> dict[str, Any]:
    if kind is QualityKind.LABEL_CHECK:
        return {"documentsCount": record["n_documents"], "findingsCount": record["n_findings"]}
    return {"documentsCount": record["n_documents"]}
