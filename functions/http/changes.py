"""What was done to many documents' labels at once: the record, and the way back."""

from itertools import islice
from typing import Any

from msgspec import UNSET

from functions.http import change_schemas as schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.schemas import JobState
from functions.http.wire import KEYED_PAGING, KeyedPage, accepted, date, job_reply
from functions.lifecycle import operations, works
from functions.stores.changes import Change, ChangeKind, ChangeStatus, new_change_id
from functions.stores.jobs import Job, JobKind, JobStatus, new_job
from model_tools.errors import ConflictError


def start(
    call: Call,
    project: str,
    kind: ChangeKind,
    details: dict[str, Any],
    *,
    documents: int,
    preview: bool = False,
    **request: Any,  # noqa: ANN401 - JSON values
) -> Reply:
    """Makes a change to that many documents, or only looks for what it would touch; `request` is more for its work."""
    request |= {"changeId": new_change_id(), "kind": kind.value, "details": details, "by": call.caller.name}
    return run(call, new_job(project, JobKind.FIND_MATCHES if preview else JobKind.CHANGE, request), documents)


def run(call: Call, job: Job, documents: int) -> Reply:
    """Runs a job on that many documents at once where they are few, else from the queue. 202 either way."""
    if documents <= operations.INLINE_DOCUMENTS:
        operations.run_now(call.services, job, works.WORKS[job.kind])
    else:
        operations.run_later(call.services, job)
    return accepted(call, f"{AUTHORING}/projects/{job.scope}/changes/jobs/{job.job_id}")


def list_changes(call: Call) -> Reply:
    """The changes of a project, newest first."""
    project = call.services.projects.get(call.path["projectName"])
    asked = KeyedPage.asked(call)
    changes = call.services.changes.read_all(project.name, after=asked.after)
    taken = list(islice(changes, asked.skip, asked.skip + asked.size + 1))
    items = [_output(change) for change in taken[: asked.size]]
    return asked.reply(call, items, after=taken[asked.size - 1].change_id if len(taken) > asked.size else None)


def get_change(call: Call) -> Reply:
    """One change."""
    project = call.services.projects.get(call.path["projectName"])
    return Reply(_output(call.services.changes.get(project.name, call.path["changeId"])))


def undo_change(call: Call) -> Reply:
    """Takes a change back; what people have changed since stays as they left it."""
    project = call.services.projects.get(call.path["projectName"])
    change = call.services.changes.get(project.name, call.path["changeId"])
    if change.status is not ChangeStatus.APPLIED:
        raise ConflictError(f"This change is {change.status}; only one that is applied can be undone.")
    job = new_job(project.name, JobKind.UNDO, {"changeId": change.change_id, "by": call.caller.name})
    return run(call, job, change.documents)


def get_job(call: Call) -> Reply:
    """The state of a change, its preview or its undoing; `result` has the id of the change and what it touched."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], *_KINDS)
    return job_reply(job, result=job.result if job.status is JobStatus.SUCCEEDED else UNSET)


def _output(change: Change) -> schemas.ChangeOutput:
    return schemas.ChangeOutput(
        change_id=change.change_id,
        kind=change.kind.value,
        status=change.status.value,
        created_by=change.by,
        created_date_time=date(change.created),
        details={name: value for name, value in change.details.items() if value is not None},
        documents_count=change.documents,
        labels_count=change.labels,
        skipped_count=change.skipped,
        undone_by=change.undone_by or UNSET,
        undone_date_time=date(change.undone) if change.undone else UNSET,
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.ENTITIES, Right.AUTHOR, handler, **extra)


_KINDS = (JobKind.CHANGE, JobKind.UNDO, JobKind.FIND_MATCHES, JobKind.REJECT)
_CHANGE = f"{PROJECT}/changes/{{changeId}}"

OPERATIONS = (
    _operation(
        "listChanges",
        "GET",
        f"{PROJECT}/changes",
        "List the changes that were made to many documents' labels at once, newest first.",
        list_changes,
        items=schemas.ChangeOutput,
        queries=KEYED_PAGING,
    ),
    _operation("getChange", "GET", _CHANGE, "Get one of these changes.", get_change, reply=schemas.ChangeOutput),
    _operation(
        "undoChange",
        "POST",
        f"{_CHANGE}/:undo",
        "Take a change back; what people have changed since stays as they left it.",
        undo_change,
        success=202,
    ),
    _operation(
        "getChangeJob",
        "GET",
        f"{PROJECT}/changes/jobs/{{jobId}}",
        "Get the state of a change, of its preview or of its undoing.",
        get_job,
        reply=JobState,
    ),
)
