"""Training jobs: start, watch, cancel."""

from datetime import timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.wire import NEVER, PAGING, accepted, check_name, job_reply, page_reply
from functions.lifecycle import operations, training
from functions.lifecycle.job_log import RESUMED, STARTED, events_of
from functions.lifecycle.languages import LANGUAGES
from functions.stores.jobs import Job, JobKind, JobStatus
from model_tools.errors import InvalidInputError
from model_tools.progress import percent_of
from model_tools.training.recipe import load_recipe, recipe_names

_AZURE_CONFIGS = {"2022-05-01": "default", "latest": "default"}
"""The real service's only training configuration, and the word for the newest one."""
_DEFAULT_CONFIG = "2022-05-01"
_DEFAULT_TEST_PERCENTAGE = 20
_CANCEL = "cancel"
_MAX_PROBLEMS = 100
"""Of each kind in a log; the job itself has them all."""
_EVENTS = {
    "queued": "Waiting for the trainer.",
    STARTED: "The trainer took the job.",
    RESUMED: "The run before this one died; the trainer took the job again.",
    "loading": "Loading the data and the base model.",
    "training": "Fine-tuning.",
    "exporting": "Exporting to ONNX.",
    "quantising": "Quantising.",
    "evaluating": "Evaluating on the test set.",
    "saving": "Saving the model.",
    JobStatus.SUCCEEDED.value: "The model is there.",
    JobStatus.FAILED.value: "The job failed.",
    JobStatus.CANCELLING.value: "Somebody asked the job to stop.",
    JobStatus.CANCELLED.value: "The job was stopped.",
}
"""What the log says; an event without a sentence is none of its readers' business."""


def train(call: Call) -> Reply:
    """Queues a training job on the project's labels as they are now."""
    project = call.services.projects.get(call.path["projectName"])
    job = training.request_training(call.services, project.name, _options(call.body(schemas.TrainingJobOptions)))
    # The SDKs' pollers know one word for a cancelled job, `canceled`, which the contract does not have. Only they
    # follow this address, so only here is the state spelled their way; everywhere else it is `cancelled`.
    return accepted(call, _job_path(job), lro="train")


def list_jobs(call: Call) -> Reply:
    """The project's training jobs, newest first."""
    project = call.services.projects.get(call.path["projectName"])
    jobs = sorted(call.services.jobs.read_all(project.name, JobKind.TRAIN), key=lambda job: job.created, reverse=True)
    return page_reply(call, [_state(job).value for job in jobs])


def get_job(call: Call) -> Reply:
    """One training job, with live progress."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.TRAIN)
    reply = _state(job)
    operation = call.query.get("lro")
    if operation == "train" and job.status is JobStatus.CANCELLED:
        reply.value.status = "canceled"
    elif operation == _CANCEL and job.status in {JobStatus.CANCELLED, JobStatus.CANCELLING}:
        # The poller of a cancellation asks whether *that* has succeeded.
        reply.value.status = "succeeded" if job.status is JobStatus.CANCELLED else "running"
    return reply


def cancel_job(call: Call) -> Reply:
    """Asks a training job to stop."""
    job = operations.cancel(call.services, call.path["projectName"], call.path["jobId"], JobKind.TRAIN)
    return accepted(call, _job_path(job), lro=_CANCEL)


def get_log(call: Call) -> Reply:
    """What happened to a training job and when, then its warnings and its errors."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.TRAIN)
    lines = [_log_line("queued", training.date_time(job.created))]
    lines += [_log_line(each["name"], each["dateTime"]) for each in events_of(job.progress) if each["name"] in _EVENTS]
    if job.status.is_final or job.status is JobStatus.CANCELLING:
        lines.append(_log_line(job.status.value, training.date_time(job.updated)))
    lines += [schemas.LogLine("warning", problem.code, problem.message) for problem in job.warnings[:_MAX_PROBLEMS]]
    lines += [schemas.LogLine("error", problem.code, problem.message) for problem in job.errors[:_MAX_PROBLEMS]]
    return Reply(schemas.TrainingLog(lines))


def _log_line(name: str, when: str) -> schemas.LogLine:
    return schemas.LogLine("info", name, _EVENTS[name], when)


def list_configs(call: Call) -> Reply:
    """What `trainingConfigVersion` may be: the real service's own, and this one's recipes."""
    configs = [*_AZURE_CONFIGS, *recipe_names()]
    return page_reply(
        call,
        [
            schemas.TrainingConfigVersion(
                training_config_version=config, model_expiration_date=NEVER, description=_description(config)
            )
            for config in dict.fromkeys(configs)
        ],
    )


def _description(config: str) -> str:
    if config in _AZURE_CONFIGS:
        return f"A name of Azure's service, for the recipe {_AZURE_CONFIGS[config]}."
    return load_recipe(config).description


def list_languages(call: Call) -> Reply:
    """The languages of projects and documents."""
    return page_reply(
        call, [schemas.SupportedLanguage(language_name=name, language_code=code) for code, name in LANGUAGES.items()]
    )


def _job_path(job: Job) -> str:
    return f"{AUTHORING}/projects/{job.scope}/train/jobs/{job.job_id}"


def _options(wire: schemas.TrainingJobOptions) -> training.TrainingOptions:
    config = wire.training_config_version or _DEFAULT_CONFIG
    recipe = _AZURE_CONFIGS.get(config, config)
    if recipe not in recipe_names():
        known = ", ".join([*_AZURE_CONFIGS, *recipe_names()])
        raise InvalidInputError(
            f"There is no training configuration '{config}'; there are {known}.",
            inner_code="InvalidParameterValue",
            target="$.trainingConfigVersion",
        )
    options = wire.evaluation_options if isinstance(wire.evaluation_options, schemas.EvaluationOptions) else None
    evaluation, test_fraction = _evaluation(options or schemas.EvaluationOptions())
    return training.TrainingOptions(
        check_name(wire.model_label, "$.modelLabel"), config, recipe, evaluation, test_fraction, wire.seed
    )


def _evaluation(options: schemas.EvaluationOptions) -> tuple[dict[str, Any], float | None]:
    """The options with all defaults filled in, and the share of documents that tests."""
    if options.kind == "manual":
        return {"kind": "manual"}, None
    testing = options.testing_split_percentage
    training_share = options.training_split_percentage
    if testing is UNSET:
        testing = _DEFAULT_TEST_PERCENTAGE if training_share is UNSET else 100 - training_share
    if training_share is UNSET:
        training_share = 100 - testing
    if training_share + testing != 100 or not 1 <= testing <= 99:
        raise InvalidInputError(
            f"trainingSplitPercentage and testingSplitPercentage are 1 to 99 and add up to 100, "
            f"not {training_share} + {testing}.",
            inner_code="InvalidParameterValue",
            target="$.evaluationOptions",
        )
    filled = schemas.EvaluationOptions(
        kind="percentage", training_split_percentage=training_share, testing_split_percentage=testing
    )
    return msgspec.to_builtins(filled), testing / 100


_EVALUATION_PHASES = {"evaluating", "saving", "done"}


def _state(job: Job) -> Reply:
    progress = job.progress
    started = progress.get("started") or UNSET
    ended = progress.get("ended") or UNSET
    evaluating = progress.get("phase") in _EVALUATION_PHASES
    percent = int(progress.get("percent") or 0)
    if job.status is JobStatus.SUCCEEDED:
        training_state, evaluation_state = ("succeeded", 100), ("succeeded", 100)
    elif evaluating:
        first = percent_of("evaluating", 0)
        share = round(100 * (percent - first) / (100 - first))
        training_state, evaluation_state = ("succeeded", 100), (job.status.value, min(100, max(0, share)))
    else:
        training_state, evaluation_state = (job.status.value, percent), ("notStarted", 0)
    result: dict[str, Any] = {
        "modelLabel": job.request["modelLabel"],
        "trainingConfigVersion": job.request["trainingConfig"],
        "evaluationOptions": job.request["evaluationOptions"],
        "trainingStatus": _sub_state(*training_state, started, ended),
        "evaluationStatus": _sub_state(*evaluation_state, started, ended),
        "phase": progress.get("phase") or "queued",
    }
    seconds_left = progress.get("secondsLeft")
    if job.status is JobStatus.RUNNING and seconds_left is not None:
        result["secondsLeft"] = round(seconds_left)
        result["estimatedEndDateTime"] = training.date_time(job.updated + timedelta(seconds=seconds_left))
    return job_reply(job, result=result)


def _sub_state(status: str, percent: int, started: Any, ended: Any) -> dict[str, Any]:  # noqa: ANN401 - str or UNSET
    state: dict[str, Any] = {"percentComplete": percent, "status": status}
    if started is not UNSET and status != JobStatus.NOT_STARTED.value:
        state["startDateTime"] = started
    if ended is not UNSET and status == JobStatus.SUCCEEDED.value:
        state["endDateTime"] = ended
    return state


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.TRAINING, Right.AUTHOR, handler, **extra)


_KIND = Query("projectKind", "Accepted and ignored: all projects are of one kind.")

OPERATIONS = (
    _operation(
        "train",
        "POST",
        f"{PROJECT}/:train",
        "Train a model on the project's labels as they are now.",
        train,
        success=202,
        body=schemas.TrainingJobOptions,
    ),
    _operation(
        "listTrainingJobs",
        "GET",
        f"{PROJECT}/train/jobs",
        "List training jobs.",
        list_jobs,
        items=schemas.JobState,
        queries=PAGING,
    ),
    _operation(
        "getTrainingJob",
        "GET",
        f"{PROJECT}/train/jobs/{{jobId}}",
        "Get a training job with its live progress.",
        get_job,
        reply=schemas.JobState,
    ),
    _operation(
        "getTrainingJobLog",
        "GET",
        f"{PROJECT}/train/jobs/{{jobId}}/log",
        "Get what happened to a training job and when, its warnings and its errors.",
        get_log,
        reply=schemas.TrainingLog,
    ),
    _operation(
        "cancelTrainingJob",
        "POST",
        f"{PROJECT}/train/jobs/{{jobId}}/:cancel",
        "Stop a training job.",
        cancel_job,
        success=202,
    ),
    _operation(
        "listTrainingConfigVersions",
        "GET",
        f"{AUTHORING}/projects/global/training-config-versions",
        "List what a model can be trained with: the recipes.",
        list_configs,
        items=schemas.TrainingConfigVersion,
        queries=(_KIND, *PAGING),
    ),
    _operation(
        "listLanguages",
        "GET",
        f"{AUTHORING}/projects/global/languages",
        "List the languages of projects and documents.",
        list_languages,
        items=schemas.SupportedLanguage,
        queries=(_KIND, *PAGING),
    ),
)
