"""Jobs: every long-running operation is a row with a state machine, changed only under its ETag."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from functions import telemetry
from functions.errors import StaleError, TooLargeError
from functions.stores.blobs import BlobNotFoundError, BlobStore
from functions.stores.recent_jobs import RecentJobs
from functions.stores.tables import Row, Table, etag_of, pack, unpack
from model_tools.errors import NotFoundError, Problem

_RESULTS = "results"
_UNIX_EPOCH_TICKS = 621_355_968_000_000_000
"""100-nanosecond steps from the year 1 to 1970: the clock in the real service's authoring job ids."""


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    EXPORT = "export"
    SYNC = "sync"
    TRAIN = "train"
    DEPLOY = "deploy"
    UNDEPLOY = "undeploy"
    SWAP = "swap"
    DELETE_PROJECT = "delete-project"
    ANALYZE = "analyze"
    ANALYZE_CONTAINER = "analyze-container"
    CHANGE = "change"
    UNDO = "undo"
    FIND_MATCHES = "find-matches"
    AUTOLABEL = "autolabel"
    REJECT = "reject"
    CHECK_LABELS = "check-labels"
    LEARNING_CURVE = "learning-curve"
    IMPORT_LABELS = "import-labels"
    EXPORT_LABELS = "export-labels"


class JobStatus(StrEnum):
    """Where a job is; the wire's own words."""

    NOT_STARTED = "notStarted"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return not _TRANSITIONS[self]


_TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.NOT_STARTED: frozenset({JobStatus.RUNNING, JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset({JobStatus.RUNNING, JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLING}),
    JobStatus.CANCELLING: frozenset({JobStatus.CANCELLING, JobStatus.CANCELLED, JobStatus.SUCCEEDED, JobStatus.FAILED}),
    JobStatus.SUCCEEDED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}

LIFETIME = {JobKind.ANALYZE: timedelta(hours=24)}
DEFAULT_LIFETIME = timedelta(days=7)


class JobNotFoundError(NotFoundError):
    """No job has that id here, or it has expired."""

    code = "OperationNotFound"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"There is no job '{job_id}', or it has expired.", target="jobId")


_TEXTS = {"documents", "content"}
"""Parts of a request that hold what people wrote."""


@dataclass(frozen=True, slots=True)
class Job:
    """One long-running operation."""

    scope: str
    """The project's name; `$global` or `$runtime` for those of no project."""
    job_id: str
    kind: JobKind
    status: JobStatus
    created: datetime
    updated: datetime
    expires: datetime
    request: dict[str, Any] = field(default_factory=dict)
    """What was asked for; whatever the handler of the kind needs."""
    progress: dict[str, Any] = field(default_factory=dict)
    """What to show while it runs."""
    result: Any = None
    """What came of it; any JSON value. None until it ended well."""
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    owner: str | None = None
    """The run that works on it; another run that finds its own name gone must stop."""
    etag: str = field(default="", compare=False)
    spilled: str | None = field(default=None, compare=False)
    """Name of the blob that holds what this version's row cannot."""

    @property
    def request_without_texts(self) -> dict[str, Any]:
        """What remains of the request when the work is over: nothing keeps documents longer than their analysis."""
        return {key: value for key, value in self.request.items() if key not in _TEXTS}


GLOBAL_SCOPE = "$global"
RUNTIME_SCOPE = "$runtime"


def new_job(scope: str, kind: JobKind, request: dict[str, Any] | None = None) -> Job:
    """A job that has not started, with an unguessable id."""
    now = datetime.now(UTC)
    job_id = str(uuid.uuid4())
    if scope != RUNTIME_SCOPE:
        job_id += f"_{_UNIX_EPOCH_TICKS + int(now.timestamp()) * 10_000_000}"
    expires = now + LIFETIME.get(kind, DEFAULT_LIFETIME)
    return Job(scope, job_id, kind, JobStatus.NOT_STARTED, now, now, expires, request or {})


class JobStore:
    """The jobs table, and the container of results too large for a row."""

    def __init__(self, table: Table, blobs: BlobStore) -> None:
        self._table = table
        self._blobs = blobs
        self._recent = RecentJobs()

    def create(self, job: Job) -> Job:
        """Adds a job in whatever state it has."""
        job, row = self._to_row(job)
        created = replace(job, etag=self._table.insert(row))
        # Those of a project go with it, on any instance.
        if created.status.is_final and created.scope == RUNTIME_SCOPE and not created.spilled:
            self._recent.keep(created)
        _tell_of_failure(created)
        return created

    def get(self, scope: str, job_id: str, *kinds: JobKind) -> Job:
        """The job.

        Raises:
            JobNotFoundError: none with that id, it has expired, or it is of another kind than `kinds`.
        """
        try:
            job = self._recent.find(scope, job_id) or self._read(scope, job_id)
        except BlobNotFoundError:
            # A newer version took the blob away between the two reads; its row names another, or none.
            job = self._read(scope, job_id)
        if job is None or (kinds and job.kind not in kinds) or job.expires < datetime.now(UTC):
            raise JobNotFoundError(job_id)
        return job

    def is_to_end(self, scope: str, job_id: str) -> bool:
        """Whether there is such a job and it has not ended yet; reads no more of it than that."""
        row = self._table.get(_partition(scope, job_id), job_id, ["status"])
        return row is not None and not JobStatus(row["status"]).is_final

    def read_all(self, scope: str, kind: JobKind) -> Iterator[Job]:
        """Jobs of one kind in a project that have not expired."""
        query = "PartitionKey eq @scope and kind eq @kind and expires ge @now"
        for row in self._table.where(query, {"scope": scope, "kind": kind.value, "now": datetime.now(UTC)}):
            yield self._from_row(row)

    def advance(self, job: Job, status: JobStatus, **changes: Any) -> Job:  # noqa: ANN401 - fields of Job
        """Moves a job on from the version that was read.

        Raises:
            StaleError: it has been changed meanwhile, or the state machine has no such step.
        """
        if status not in _TRANSITIONS[job.status]:
            raise StaleError(f"A job that is {job.status} cannot become {status}.")
        moved = replace(job, status=status, updated=datetime.now(UTC), **changes)
        moved, row = self._to_row(moved)
        try:
            moved = replace(moved, etag=self._table.replace(row, job.etag))
        except StaleError:
            self._remove(moved.spilled)
            raise
        self._remove(job.spilled)
        _tell_of_failure(moved)
        return moved

    def delete_scope(self, scope: str) -> None:
        """Removes every job of a project and what they left."""
        self._table.delete_partition(scope)
        self._blobs.delete_folder(_RESULTS, f"{scope}/")

    def delete_expired(self) -> int:
        """Removes jobs whose time is over; gives their number."""
        expired = self._table.where(
            "expires lt @now", {"now": datetime.now(UTC)}, ["PartitionKey", "RowKey", "spilled"]
        )
        for row in expired:
            self._remove(row.get("spilled"))
            self._table.delete(row["PartitionKey"], row["RowKey"])
        return len(expired)

    def _read(self, scope: str, job_id: str) -> Job | None:
        row = self._table.get(_partition(scope, job_id), job_id)
        return self._from_row(row) if row else None

    def _to_row(self, job: Job) -> tuple[Job, dict[str, Any]]:
        """The job with the blob that it spilled into, if any, and its row."""
        packed = self._packed(job)
        row = {
            "PartitionKey": _partition(job.scope, job.job_id),
            "RowKey": job.job_id,
            "scope": job.scope,
            "kind": job.kind.value,
            "status": job.status.value,
            "created": job.created,
            "updated": job.updated,
            "expires": job.expires,
            "owner": job.owner,
            **packed,
        }
        spilled = replace(job, spilled=packed.get("spilled"))
        return spilled, {key: value for key, value in row.items() if value is not None}

    def _packed(self, job: Job) -> dict[str, Any]:
        value = {
            "request": job.request,
            "progress": job.progress,
            "result": job.result,
            "errors": [[problem.code, problem.message, problem.target] for problem in job.errors],
            "warnings": [[problem.code, problem.message, problem.target] for problem in job.warnings],
        }
        try:
            return pack(value)
        except TooLargeError:
            # A name of its own for every version: a write that loses must not touch what the winner's row points to.
            name = f"{job.scope}/{job.job_id}/{uuid.uuid4()}.json"
            self._blobs.put(_RESULTS, name, json.dumps(value).encode(), "application/json")
            return {"spilled": name}

    def _remove(self, spilled: str | None) -> None:
        if spilled:
            self._blobs.delete(_RESULTS, spilled)

    def _from_row(self, row: Row) -> Job:
        spilled = row.get("spilled")
        value = json.loads(self._blobs.get(_RESULTS, spilled)) if spilled else unpack(row)
        return Job(
            scope=row["scope"],
            job_id=row["RowKey"],
            kind=JobKind(row["kind"]),
            status=JobStatus(row["status"]),
            created=row["created"],
            updated=row["updated"],
            expires=row["expires"],
            request=value["request"],
            progress=value["progress"],
            result=value["result"],
            errors=tuple(Problem(*problem) for problem in value["errors"]),
            warnings=tuple(Problem(*problem) for problem in value["warnings"]),
            owner=row.get("owner"),
            etag=etag_of(row),
            spilled=spilled,
        )


def _tell_of_failure(job: Job) -> None:
    if job.status is JobStatus.FAILED:
        telemetry.job_failed(job.kind.value, job.errors[-1].code if job.errors else "Unknown")


def _partition(scope: str, job_id: str) -> str:
    """Runtime jobs are many: they are spread over 256 partitions by the first byte of their random id."""
    return f"{scope}-{job_id[:2]}" if scope == RUNTIME_SCOPE else scope
