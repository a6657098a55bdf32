"""Role `trainer`: one training job at a time."""

import json

import azure.functions as func

from functions.lifecycle.training_run import run_training
from functions.services import get_services
from functions.settings import STORAGE
from functions.stores.connection import TRAINING_QUEUE

blueprint = func.Blueprint()


@blueprint.function_name("train")
@blueprint.queue_trigger("message", TRAINING_QUEUE, STORAGE)
def train(message: func.QueueMessage) -> None:
    """Fine-tunes, evaluates and stores a model."""
    body = json.loads(message.get_body())
    run_training(get_services(), body["scope"], body["jobId"])
