"""Role `api`: queued operations and analyses, poisoned messages, timers."""

import json
import logging
from contextlib import suppress

import azure.functions as func

from functions import telemetry
from functions.lifecycle import (
    analysis_jobs,
    container_batch,
    container_listing,
    ingest,
    maintenance,
    operations,
    works,
)
from functions.services import get_services
from functions.settings import STORAGE
from functions.stores.connection import ANALYSIS_QUEUE, CONTAINER_QUEUE, OPERATIONS_QUEUE, TRAINING_QUEUE
from functions.stores.jobs import JobNotFoundError

_LOGGER = logging.getLogger(__name__)

blueprint = func.Blueprint()


@blueprint.function_name("run_operation")
@blueprint.queue_trigger("message", OPERATIONS_QUEUE, STORAGE)
def run_operation(message: func.QueueMessage) -> None:
    """Imports, exports and syncs too large for an HTTP answer."""
    scope, job_id = _job_of(message)
    with suppress(JobNotFoundError):  # its project was deleted meanwhile: nothing to do, and nothing to try again
        operations.run_queued(get_services(), scope, job_id, works.WORKS)


@blueprint.function_name("run_analysis")
@blueprint.queue_trigger("message", ANALYSIS_QUEUE, STORAGE)
def run_analysis(message: func.QueueMessage) -> None:
    """A part of predictions too large for an HTTP answer."""
    body = json.loads(message.get_body())
    with suppress(JobNotFoundError):  # it expired meanwhile
        analysis_jobs.run_chunk(get_services(), body["jobId"], body["chunk"])


@blueprint.function_name("run_container")
@blueprint.queue_trigger("message", CONTAINER_QUEUE, STORAGE)
def run_container(message: func.QueueMessage) -> None:
    """The listing of a container, or a part of its documents."""
    body = json.loads(message.get_body())
    with suppress(JobNotFoundError):
        if "file" in body:
            container_batch.run_file(get_services(), body["jobId"], body["page"], body["chunk"], body["file"])
        elif "chunk" in body:
            container_batch.run_chunk(get_services(), body["jobId"], body["page"], body["chunk"])
        else:
            container_listing.list_files(get_services(), body["jobId"])


@blueprint.function_name("poisoned_operation")
@blueprint.queue_trigger("message", f"{OPERATIONS_QUEUE}-poison", STORAGE)
def poisoned_operation(message: func.QueueMessage) -> None:
    """An operation that failed every time."""
    telemetry.message_poisoned(OPERATIONS_QUEUE)
    _fail(message)


@blueprint.function_name("poisoned_analysis")
@blueprint.queue_trigger("message", f"{ANALYSIS_QUEUE}-poison", STORAGE)
def poisoned_analysis(message: func.QueueMessage) -> None:
    """A part of an analysis that failed every time."""
    telemetry.message_poisoned(ANALYSIS_QUEUE)
    body = json.loads(message.get_body())
    with suppress(JobNotFoundError):
        analysis_jobs.give_up_chunk(get_services(), body["jobId"], body["chunk"])


@blueprint.function_name("poisoned_container")
@blueprint.queue_trigger("message", f"{CONTAINER_QUEUE}-poison", STORAGE)
def poisoned_container(message: func.QueueMessage) -> None:
    """A listing or a part of a container's documents that failed every time; the first takes the job with it."""
    telemetry.message_poisoned(CONTAINER_QUEUE)
    body = json.loads(message.get_body())
    with suppress(JobNotFoundError):
        if "file" in body:
            container_batch.give_up_file(get_services(), body["jobId"], body["page"], body["chunk"], body["file"])
        elif "chunk" in body:
            container_batch.give_up_chunk(get_services(), body["jobId"], body["page"], body["chunk"])
        else:
            container_batch.fail(get_services(), body["jobId"], operations.FAILED_EVERY_TIME)


@blueprint.function_name("poisoned_training")
@blueprint.queue_trigger("message", f"{TRAINING_QUEUE}-poison", STORAGE)
def poisoned_training(message: func.QueueMessage) -> None:
    """A training job that failed every time; here and not in the trainer, since the trainer may be what fails."""
    telemetry.message_poisoned(TRAINING_QUEUE)
    scope, job_id = _job_of(message)
    maintenance.fail_unless_running(get_services(), scope, job_id)


@blueprint.function_name("reconcile")
@blueprint.timer_trigger("timer", "0 */5 * * * *", use_monitor=True)
def reconcile(timer: func.TimerRequest) -> None:
    """Finds files that no event told of."""
    for project, report in ingest.reconcile(get_services()).items():
        if report.added or report.updated or report.removed:
            _LOGGER.info("Project %s: %s", project, report)


@blueprint.function_name("sweep_jobs")
@blueprint.timer_trigger("timer", "30 * * * * *", use_monitor=False)
def sweep_jobs(timer: func.TimerRequest) -> None:
    """Ends training jobs whose trainer is lost, and tells how long the queues are: the service's heartbeat."""
    maintenance.sweep(get_services())
    maintenance.watch_queues(get_services())
    telemetry.beat()


@blueprint.function_name("expire_jobs")
@blueprint.timer_trigger("timer", "0 15 * * * *", use_monitor=True)
def expire_jobs(timer: func.TimerRequest) -> None:
    """Removes jobs that nobody may ask for any more."""
    maintenance.remove_expired(get_services())


def _job_of(message: func.QueueMessage) -> tuple[str, str]:
    body = json.loads(message.get_body())
    return body["scope"], body["jobId"]


def _fail(message: func.QueueMessage) -> None:
    scope, job_id = _job_of(message)
    with suppress(JobNotFoundError):
        operations.fail(get_services(), scope, job_id, operations.FAILED_EVERY_TIME)
