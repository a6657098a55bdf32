"""Predictions for a whole container: an extension, since the real service takes 25 documents a call."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET, UnsetType

from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.wire import UNITS, accepted, job_reply
from functions.lifecycle import container_batch, container_results, operations
from functions.lifecycle.container_batch import BatchInput
from functions.lifecycle.languages import is_known_language
from functions.lifecycle.rules import project_faults
from functions.stores.connection import DOCUMENTS_CONTAINER
from functions.stores.jobs import RUNTIME_SCOPE, JobKind
from model_tools.errors import InvalidInputError, NotFoundError, Problem

PATH = "/language/analyze-text/container-jobs"
_MAX_PREFIX = 900
"""Blob names have at most 1,024 characters; the results' are the prefix, the job's id and a name."""


class ContainerJobInput(schemas.Wire):
    """Body of `POST /language/analyze-text/container-jobs`. Prefixes are beginnings of blob names."""

    project_name: str
    deployment_name: str
    input_container: str
    output_container: str
    input_prefix: str = ""
    output_prefix: str = ""
    display_name: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    string_index_type: schemas.StringIndexType = "TextElements_v8"


class ContainerJobResult(schemas.Wire):
    """How far such a job is. `resultsBlob` is there when the job has ended: a line of JSON for every document."""

    documents_count: int
    """Found under the prefix so far."""
    is_listed: bool
    """Whether that is all of them."""
    done_count: int
    failed_count: int
    """Of those done, the ones whose line has an error instead of entities."""
    output_container: str
    results_blob: str
    summary_blob: str
    seconds_left: int | UnsetType = UNSET
    display_name: str | UnsetType = UNSET


class ContainerJobState(schemas.JobState):
    """Reply of `GET /language/analyze-text/container-jobs/{jobId}`."""

    result: ContainerJobResult | UnsetType = UNSET


def start_job(call: Call) -> Reply:
    """Queues the analysis of every document under a prefix."""
    body = call.body(ContainerJobInput)
    if found := list(_faults(body)):
        raise InvalidInputError(found[0].message, inner_code=found[0].code, target=found[0].target, problems=found)
    for name, container in (("inputContainer", body.input_container), ("outputContainer", body.output_container)):
        if not call.services.blobs.container_exists(container):
            raise NotFoundError(f"There is no container named '{container}'.", target=f"$.{name}")
    batch = BatchInput(
        display_name=body.display_name or None,
        project=body.project_name,
        deployment=body.deployment_name,
        input_container=body.input_container,
        input_prefix=body.input_prefix,
        output_container=body.output_container,
        output_prefix=body.output_prefix,
        unit=UNITS[body.string_index_type].name,
        language=body.language or None,
    )
    try:
        job = container_batch.start(call.services, batch)
    except NotFoundError as error:
        error.target = f"$.{error.target}"
        raise
    return accepted(call, f"{PATH}/{job.job_id}")


def get_job(call: Call) -> Reply:
    """The state of such a job, and how far it is."""
    job, progress = container_batch.find(call.services, call.path["jobId"])
    result = ContainerJobResult(
        documents_count=progress.listed,
        is_listed=progress.is_listed,
        done_count=progress.done,
        failed_count=progress.failed,
        output_container=job.request["output"][0],
        results_blob=container_results.results_blob(job),
        summary_blob=container_results.summary_blob(job),
        seconds_left=UNSET if progress.seconds_left is None else progress.seconds_left,
        display_name=job.request["displayName"] or UNSET,
    )
    return job_reply(job, result=result)


def cancel_job(call: Call) -> Reply:
    """Stops such a job; the results that it has by then are written."""
    job = operations.cancel(call.services, RUNTIME_SCOPE, call.path["jobId"], JobKind.ANALYZE_CONTAINER)
    return accepted(call, f"{PATH}/{job.job_id}")


def _faults(body: ContainerJobInput) -> Iterator[Problem]:
    for name, container in (("inputContainer", body.input_container), ("outputContainer", body.output_container)):
        for fault in project_faults(container=container):
            yield Problem(fault.code, fault.message, f"$.{name}")
    for name, prefix in (("inputPrefix", body.input_prefix), ("outputPrefix", body.output_prefix)):
        if len(prefix) > _MAX_PREFIX or not prefix.isprintable() or prefix.startswith("/") or "\\" in prefix:
            message = f"A prefix has at most {_MAX_PREFIX} printable characters, no '\\' and no '/' at its beginning."
            yield Problem("InvalidParameterValue", message, f"$.{name}")
    if body.output_container == DOCUMENTS_CONTAINER:
        message = f"What is written to '{DOCUMENTS_CONTAINER}' becomes a project's document. Take another container."
        yield Problem("InvalidParameterValue", message, "$.outputContainer")
    elif body.output_container == body.input_container and (
        body.output_prefix.startswith(body.input_prefix) or body.input_prefix.startswith(body.output_prefix)
    ):
        message = "The results would lie among the input. Take another container, or prefixes that begin differently."
        yield Problem("InvalidParameterValue", message, "$.outputPrefix")
    if body.language and body.language.lower() != "auto" and not is_known_language(body.language):
        message = f"'{body.language[:40]}' is not among GET .../projects/global/languages."
        yield Problem("UnsupportedLanguageCode", message, "$.language")


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    # Not a query key's right: a container is read and another written, both by name.
    return Operation(name, method, path, summary, Tag.RUNTIME, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "startContainerJob",
        "POST",
        PATH,
        "Find entities in every document of a container, as a job. (An extension.)",
        start_job,
        success=202,
        body=ContainerJobInput,
    ),
    _operation(
        "getContainerJob",
        "GET",
        f"{PATH}/{{jobId}}",
        "Get the state of such a job: documents done, failed and in all, and the seconds that are left.",
        get_job,
        reply=ContainerJobState,
    ),
    _operation(
        "cancelContainerJob",
        "POST",
        f"{PATH}/{{jobId}}/:cancel",
        "Cancel such a job; the results of the documents that are done are kept.",
        cancel_job,
        success=202,
    ),
)
