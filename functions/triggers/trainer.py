"""Role `trainer`: one job at a time."""

import json

import azure.functions as func

from functions.lifecycle.quality_run import run_question
from functions.lifecycle.training_run import run_training
from functions.services import get_services
from functions.settings import STORAGE
from functions.stores.connection import TRAINING_QUEUE

blueprint = func.Blueprint()


@blueprint.function_name("train")
@blueprint.queue_trigger("message", TRAINING_QUEUE, STORAGE)
def train(message: func.QueueMessage) -> None:
    """Fine-tunes, evaluates and stores a model, or answers a question about a data set."""
    body = json.loads(message.get_body())
    # Each leaves jobs of the other kinds alone.
    run_training(get_services(), body["scope"], body["jobId"])
    run_question(get_services(), body["scope"], body["jobId"])
