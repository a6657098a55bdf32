"""Likely label errors and learning curves: jobs of the trainer, and what came of them."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

import msgspec
from msgspec import UNSET

from functions.http import quality_schemas as schemas
from functions.http.auth import Right
from functions.http.label_schemas import WireLabel
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.schemas import ErrorDetail, JobState, StringIndexType
from functions.http.wire import INDEX_TYPE, PAGING, UNITS, accepted, camel, date, index_type, job_reply, page
from functions.lifecycle import operations, quality
from functions.lifecycle.findings import OpenFinding, open_findings
from functions.stores.jobs import Job, JobKind, JobStatus
from functions.stores.quality import QualityKind, QualityResult
from model_tools.errors import InvalidInputError, NotFoundError
from model_tools.offsets import OffsetMap
from model_tools.spans import Label
from model_tools.training.recipe import recipe_names


def check_labels(call: Call) -> Reply:
    """Asks the trainer which labels are likely wrong."""
    return _ask(call, JobKind.CHECK_LABELS, call.body(schemas.CheckLabelsInput))


def learning_curve(call: Call) -> Reply:
    """Asks the trainer what more labels would bring."""
    return _ask(call, JobKind.LEARNING_CURVE, call.body(schemas.LearningCurveInput))


def get_check(call: Call) -> Reply:
    """The state of such a job; `result` has its progress, and in the end what it counted."""
    return _state(call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.CHECK_LABELS))


def get_curve_job(call: Call) -> Reply:
    """The state of such a job; `result` has its progress, and in the end what it counted."""
    return _state(call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.LEARNING_CURVE))


def cancel_check(call: Call) -> Reply:
    """Stops such a job."""
    return _cancel(call, JobKind.CHECK_LABELS)


def cancel_curve(call: Call) -> Reply:
    """Stops such a job."""
    return _cancel(call, JobKind.LEARNING_CURVE)


def get_label_check(call: Call) -> Reply:
    """The newest check: what it counted, and strings that are labelled in several ways."""
    result = _latest(call, QualityKind.LABEL_CHECK)
    record = result.record
    summary = schemas.LabelCheckSummary(
        job_id=result.job_id,
        checked_date_time=date(result.created),
        documents_count=record["n_documents"],
        labels_count=record["n_labels"],
        findings_count=record["n_findings"],
        mixed_strings=record["mixed_strings"],
        warnings=[ErrorDetail(code=each["code"], message=each["message"]) for each in record["warnings"]],
    )
    return Reply(summary)


def list_findings(call: Call) -> Reply:
    """What the newest check found and nobody has settled, the surest first."""
    project = call.services.projects.get(call.path["projectName"])
    unit = index_type(call)
    kind = call.one_of("kind", get_args(schemas.FindingKind))
    location = call.query.get("location")

    @cache
    def text_of(content_hash: str) -> str:
        return call.services.documents.get_text(project.name, content_hash)

    taken, next_link = page(call, open_findings(call.services, project.name, kind=kind, location=location))
    items = [_finding(finding, text_of(finding.document.content_hash or ""), unit) for finding in taken]
    return Reply({"value": items, "nextLink": next_link})


def dismiss_findings(call: Call) -> Reply:
    """Puts findings away, in this check and in later ones, while text, label and proposal stay the same."""
    project = call.services.projects.get(call.path["projectName"])
    call.services.quality.dismiss(project.name, call.body(schemas.DismissInput).finding_ids)
    return Reply(status=204)


def get_learning_curve(call: Call) -> Reply:
    """The newest learning curve."""
    result = _latest(call, QualityKind.LEARNING_CURVE)
    record = {"jobId": result.job_id, "createdDateTime": date(result.created), **result.record}
    return Reply(_in_camel(record))


def _ask(call: Call, kind: JobKind, given: schemas.CheckLabelsInput | schemas.LearningCurveInput) -> Reply:
    if given.recipe not in recipe_names():
        raise InvalidInputError(
            f"'{given.recipe[:40]}' is no recipe; there are {', '.join(recipe_names())}.",
            inner_code="InvalidParameterValue",
            target="$.recipe",
        )
    job = quality.ask(call.services, call.path["projectName"], kind, msgspec.to_builtins(given))
    return accepted(call, f"{AUTHORING}/projects/{job.scope}/{kind.value}/jobs/{job.job_id}")


def _state(job: Job) -> Reply:
    if job.status is JobStatus.SUCCEEDED:
        return job_reply(job, result=job.result)
    progress = {name: job.progress[name] for name in ("phase", "percent", "secondsLeft") if name in job.progress}
    return job_reply(job, result=progress or UNSET)


def _cancel(call: Call, kind: JobKind) -> Reply:
    job = operations.cancel(call.services, call.path["projectName"], call.path["jobId"], kind)
    return accepted(call, f"{AUTHORING}/projects/{job.scope}/{kind.value}/jobs/{job.job_id}")


def _latest(call: Call, kind: QualityKind) -> QualityResult:
    project = call.services.projects.get(call.path["projectName"])
    result = call.services.quality.latest(project.name, kind)
    if result is None:
        raise NotFoundError(f"Nobody has asked for a {kind.value.replace('-', ' ')} of this project yet.")
    return result


def _finding(finding: OpenFinding, text: str, unit: StringIndexType) -> schemas.WireFinding:
    offsets = OffsetMap(text, UNITS[unit])

    def wire(label: Label) -> WireLabel:
        offset, length = offsets.from_span(offsets.widen(label))
        return WireLabel(category=label.category, offset=offset, length=length)

    shown = finding.label or finding.proposal
    return schemas.WireFinding(
        finding_id=finding.finding_id,
        location=finding.document.location,
        content_hash=finding.document.content_hash or "",
        kind=finding.kind,
        score=finding.score,
        reason=finding.reason,
        string_index_type=unit,
        label=wire(finding.label) if finding.label else UNSET,
        proposal=wire(finding.proposal) if finding.proposal else UNSET,
        text=shown.text_of(text) if shown else UNSET,
    )


def _in_camel(value: Any, *, are_names: bool = False) -> Any:  # noqa: ANN401 - JSON
    """The engine's names in the contract's spelling; names of categories stay as they are."""
    if isinstance(value, list):
        return [_in_camel(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name if are_names else camel(name): _in_camel(each, are_names=name == "categories" and not are_names)
        for name, each in value.items()
    }


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.QUALITY, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "checkLabels",
        "POST",
        f"{PROJECT}/:check-labels",
        "Find likely label errors, by models that have not seen the document and by equal strings.",
        check_labels,
        success=202,
        body=schemas.CheckLabelsInput,
    ),
    _operation(
        "getCheckLabelsJob",
        "GET",
        f"{PROJECT}/check-labels/jobs/{{jobId}}",
        "Get the state of such a check.",
        get_check,
        reply=JobState,
    ),
    _operation(
        "cancelCheckLabelsJob",
        "POST",
        f"{PROJECT}/check-labels/jobs/{{jobId}}/:cancel",
        "Stop such a check.",
        cancel_check,
        success=202,
    ),
    _operation(
        "getLabelCheck",
        "GET",
        f"{PROJECT}/label-check",
        "Get what the newest check counted.",
        get_label_check,
        reply=schemas.LabelCheckSummary,
    ),
    _operation(
        "listLabelErrors",
        "GET",
        f"{PROJECT}/label-errors",
        "List what the newest check found and nobody has settled, the surest first.",
        list_findings,
        items=schemas.WireFinding,
        queries=(
            *PAGING,
            INDEX_TYPE,
            Query("kind", "Only those.", {"type": "string", "enum": list(get_args(schemas.FindingKind))}),
            Query("location", "Only of this document."),
        ),
    ),
    _operation(
        "dismissLabelErrors",
        "POST",
        f"{PROJECT}/label-errors/:dismiss",
        "Put findings away: the labels are right as they are.",
        dismiss_findings,
        success=204,
        body=schemas.DismissInput,
    ),
    _operation(
        "learningCurve",
        "POST",
        f"{PROJECT}/:learning-curve",
        "Measure F1 at growing numbers of labels, and forecast what more of them would bring.",
        learning_curve,
        success=202,
        body=schemas.LearningCurveInput,
    ),
    _operation(
        "getLearningCurveJob",
        "GET",
        f"{PROJECT}/learning-curve/jobs/{{jobId}}",
        "Get the state of such a measurement.",
        get_curve_job,
        reply=JobState,
    ),
    _operation(
        "cancelLearningCurveJob",
        "POST",
        f"{PROJECT}/learning-curve/jobs/{{jobId}}/:cancel",
        "Stop such a measurement.",
        cancel_curve,
        success=202,
    ),
    _operation(
        "getLearningCurve",
        "GET",
        f"{PROJECT}/learning-curve",
        "Get the newest learning curve.",
        get_learning_curve,
        reply=schemas.LearningCurveOutput,
    ),
)
