"""Predictions: the asynchronous jobs that the SDKs use, and the synchronous route that answers at once."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from functions.http import runtime_schemas as schemas
from functions.http.auth import Right
from functions.http.operation import MAX_INTEGER, Call, NotAtHandError, Operation, Query, Reply, Tag
from functions.http.schemas import ErrorDetail, InnerError
from functions.http.wire import POLL_HEADERS, UNITS, accepted, date, problems
from functions.lifecycle import analysis, analysis_jobs, operations
from functions.lifecycle.analysis import DocumentInput, DocumentOutcome, TaskInput
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobStatus, new_job
from model_tools.errors import InvalidInputError

_OTHER_KINDS = {
    "SentimentAnalysis", "EntityRecognition", "PiiEntityRecognition", "KeyPhraseExtraction", "EntityLinking",
    "Healthcare", "CustomSingleLabelClassification", "CustomMultiLabelClassification", "ExtractiveSummarization",
    "AbstractiveSummarization",
}  # fmt: skip
"""Kinds of the contract that are not custom NER: a mixed job keeps its other tasks, and these fail one by one."""

_MAX_TASKS = 25


def submit_job(call: Call) -> Reply:
    """Analyses documents; the job can be asked for at the address in `operation-location`."""
    body = call.body(schemas.AnalyzeTextJobsInput)
    documents = _documents(body.analysis_input, body.default_language)
    if not body.tasks:
        raise InvalidInputError("A job needs at least one task.", inner_code="InvalidRequest", target="$.tasks")
    if len(body.tasks) > _MAX_TASKS:
        raise InvalidInputError(
            f"A job has at most {_MAX_TASKS} tasks, not {len(body.tasks)}.",
            inner_code="InvalidRequest",
            target="$.tasks",
        )
    tasks = [_task(task, f"$.tasks[{i}]") for i, task in enumerate(body.tasks)]
    request = {
        "displayName": body.display_name if body.display_name is not UNSET else None,
        "cancelAfter": body.cancel_after if body.cancel_after is not UNSET else None,
    }
    job = new_job(RUNTIME_SCOPE, JobKind.ANALYZE, request)
    call.stopwatch.lap("parse")
    if analysis_jobs.is_inline(documents, tasks):
        _check_at_hand(call, tasks)
    job = analysis_jobs.submit(call.services, job, documents, tasks, call.stopwatch)
    call.stopwatch.lap("store")
    return accepted(call, f"/language/analyze-text/jobs/{job.job_id}")


def get_job(call: Call) -> Reply:
    """The state of a job and its results so far; those of a task that is still running are in the request's order."""
    skip, top = call.integer("skip", default=0), call.integer("top", default=MAX_INTEGER, minimum=1)
    show_stats = call.flag("showStats")
    job = analysis_jobs.with_progress(
        call.services, call.services.jobs.get(RUNTIME_SCOPE, call.path["jobId"], JobKind.ANALYZE)
    )
    state = _state(job, window=slice(skip, skip + top), show_stats=show_stats)
    return Reply(state, headers={} if job.status.is_final else POLL_HEADERS)


def cancel_job(call: Call) -> Reply:
    """Stops a job that has not ended."""
    job = operations.cancel(call.services, RUNTIME_SCOPE, call.path["jobId"], JobKind.ANALYZE)
    return accepted(call, f"/language/analyze-text/jobs/{job.job_id}")


def analyze(call: Call) -> Reply:
    """Analyses documents and answers with their entities: one round trip."""
    body = call.body(schemas.AnalyzeTextInput)
    task = _task(schemas.Task(kind=body.kind, parameters=body.parameters), "$")
    analysis.check_kind(task.kind, target="$.kind")
    documents = _documents(body.analysis_input, UNSET)
    call.stopwatch.lap("parse")
    _check_at_hand(call, [task])
    outcomes = analysis.run_task(call.services, task, documents, call.stopwatch)
    results = _results(task, outcomes, show_stats=call.flag("showStats"))
    return Reply(schemas.AnalyzeTextResult(kind="CustomEntityRecognitionResults", results=results))


def _check_at_hand(call: Call, tasks: Sequence[TaskInput]) -> None:
    """Checks that no deployment of these tasks has to be asked for, and no model to be loaded.

    Raises:
        NotAtHandError: one has to, and this is no place to wait for it.
    """
    if call.may_wait:
        return
    for task in tasks:
        is_ours = task.kind == analysis.TASK_KIND
        if is_ours and not call.services.serving.is_at_hand(task.project, task.deployment):
            raise NotAtHandError(task.project, task.deployment)


def _is_early(call: Call) -> bool:
    return call.services.jobs.is_to_end(RUNTIME_SCOPE, call.path["jobId"])


def _documents(given: schemas.AnalysisInput, default_language: Any) -> list[DocumentInput]:  # noqa: ANN401 - or UNSET
    default = default_language or None
    documents = [
        DocumentInput(document.id, document.text, document.language or default) for document in given.documents
    ]
    analysis.check_documents(documents)
    return documents


def _task(task: schemas.Task, path: str) -> TaskInput:
    if task.kind != analysis.TASK_KIND and task.kind not in _OTHER_KINDS:
        raise InvalidInputError(
            f"There is no kind of task named '{task.kind}'; this service has {analysis.TASK_KIND}.",
            inner_code="InvalidParameterValue",
            target=f"{path}.kind",
        )
    parameters = task.parameters
    names = {"projectName": parameters.project_name, "deploymentName": parameters.deployment_name}
    for name, value in names.items():
        if task.kind == analysis.TASK_KIND and not value:
            raise InvalidInputError(
                f"A task of kind {analysis.TASK_KIND} needs '{name}'.",
                inner_code="InvalidRequestBodyFormat",
                target=f"{path}.parameters.{name}",
            )
    return TaskInput(
        kind=task.kind,
        name=task.task_name or None,
        project=parameters.project_name or "",
        deployment=parameters.deployment_name or "",
        unit=UNITS[parameters.string_index_type].name,
    )


def _state(job: Job, *, window: slice, show_stats: bool) -> schemas.AnalyzeTextJobState:
    tasks = [TaskInput(**task) for task in job.request["tasks"]]
    items = (job.result or {}).get("items", [])
    count = Counter(item["status"] for item in items)
    completed, failed = count[JobStatus.SUCCEEDED.value], count[JobStatus.FAILED.value]
    errors = problems(job.errors)
    state = schemas.AnalyzeTextJobState(
        job_id=job.job_id,
        display_name=job.request.get("displayName") or UNSET,
        created_date_time=date(job.created),
        last_updated_date_time=date(job.updated),
        # The contract's versions disagree on the name of this field; clients take either.
        last_update_date_time=date(job.updated),
        expiration_date_time=date(job.expires),
        status=job.status.value,
        errors=errors,
        tasks=schemas.Tasks(
            completed=completed,
            failed=failed,
            in_progress=0 if job.status.is_final else len(tasks) - completed - failed,
            total=len(tasks),
            items=[_item(tasks[item["task"]], item, window, show_stats=show_stats) for item in items],
        ),
    )
    if job.status is JobStatus.FAILED and errors:
        # Beyond the contract: with this object JavaScript and newer Python clients show the reason.
        state.error = ErrorDetail(code=errors[0].code, message=errors[0].message)
    return state


def _item(task: TaskInput, item: dict[str, Any], window: slice, *, show_stats: bool) -> schemas.TaskItem:
    outcomes = analysis_jobs.outcomes_of(item)[window]
    failed = item["status"] == JobStatus.FAILED.value
    return schemas.TaskItem(
        kind=f"{task.kind}LROResults",
        task_name=task.name if task.name is not None else UNSET,
        last_update_date_time=item["ended"].replace("+00:00", "Z"),
        status=item["status"],
        results=UNSET if failed else _results(task, outcomes, show_stats=show_stats),
    )


def _results(task: TaskInput, outcomes: list[DocumentOutcome], *, show_stats: bool) -> schemas.EntitiesResult:
    valid = [outcome for outcome in outcomes if outcome.error is None]
    statistics = schemas.RequestStatistics(
        documents_count=len(outcomes),
        valid_documents_count=len(valid),
        erroneous_documents_count=len(outcomes) - len(valid),
        transactions_count=sum(outcome.transactions for outcome in valid),
    )
    return schemas.EntitiesResult(
        statistics=statistics if show_stats else UNSET,
        documents=[_document(outcome, show_stats=show_stats) for outcome in valid],
        errors=[
            schemas.DocumentError(id=outcome.id, error=_document_error(*outcome.error))
            for outcome in outcomes
            if outcome.error is not None
        ],
        project_name=task.project,
        deployment_name=task.deployment,
    )


def _document(outcome: DocumentOutcome, *, show_stats: bool) -> schemas.DocumentEntities:
    statistics = schemas.DocumentStatistics(
        characters_count=outcome.characters, transactions_count=outcome.transactions
    )
    return schemas.DocumentEntities(
        id=outcome.id,
        entities=[
            schemas.WireEntity(
                text=entity.text,
                category=entity.category,
                offset=entity.offset,
                length=entity.length,
                confidence_score=entity.confidence,
            )
            for entity in outcome.entities
        ],
        statistics=statistics if show_stats else UNSET,
    )


def _document_error(code: str, message: str, inner_code: str) -> ErrorDetail:
    """The real service says the general thing outside and the particular one inside; clients show the inner."""
    outer = "Invalid Language Code." if inner_code == "UnsupportedLanguageCode" else "Invalid Document in request."
    return ErrorDetail(code=code, message=outer, innererror=InnerError(code=inner_code, message=message))


_STATISTICS = Query("showStats", "Whether to count characters and transactions.", {"type": "boolean"})
_WINDOW = (
    Query("top", "How many documents of each task.", {"type": "integer"}),
    Query("skip", "How many documents to pass over.", {"type": "integer"}),
)


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.RUNTIME, Right.QUERY, handler, **extra)


OPERATIONS = (
    _operation(
        "analyzeText",
        "POST",
        "/language/:analyze-text",
        "Find entities, in one round trip. (An extension: the real service has no synchronous custom NER.)",
        analyze,
        body=schemas.AnalyzeTextInput,
        reply=schemas.AnalyzeTextResult,
        queries=(_STATISTICS,),
        predicts=True,
    ),
    _operation(
        "submitAnalyzeTextJob",
        "POST",
        "/language/analyze-text/jobs",
        "Find entities, as a job: what the official SDKs call.",
        submit_job,
        success=202,
        body=schemas.AnalyzeTextJobsInput,
        predicts=True,
    ),
    _operation(
        "getAnalyzeTextJob",
        "GET",
        "/language/analyze-text/jobs/{jobId}",
        "Get the state and the results of a job.",
        get_job,
        is_early=_is_early,
        reply=schemas.AnalyzeTextJobState,
        queries=(_STATISTICS, *_WINDOW),
    ),
    _operation(
        "cancelAnalyzeTextJob",
        "POST",
        "/language/analyze-text/jobs/{jobId}/:cancel",
        "Cancel a job that has not ended.",
        cancel_job,
        success=202,
    ),
)
