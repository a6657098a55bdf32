"""Trained models."""

from typing import Any

from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.wire import NEVER, PAGING, date, page_reply
from functions.stores.models import TrainedModel
from model_tools.errors import ConflictError


def list_models(call: Call) -> Reply:
    """The models of a project, by label."""
    project = call.services.projects.get(call.path["projectName"])
    return page_reply(call, map(_metadata, call.services.models.read_all(project.name)))


def get_model(call: Call) -> Reply:
    """One model."""
    return Reply(_metadata(model_of(call)))


def delete_model(call: Call) -> Reply:
    """Removes a model that no deployment uses."""
    model = model_of(call)
    users = [
        deployment.name
        for deployment in call.services.deployments.read_all(model.project)
        if deployment.model_label == model.label
    ]
    if users:
        raise ConflictError(
            f"Model '{model.label}' is deployed as {', '.join(users)}. Delete or repoint these deployments first.",
            target="trainedModelLabel",
        )
    call.services.models.delete(model)
    return Reply(status=204)


def model_of(call: Call) -> TrainedModel:
    """The model that the path names.

    Raises:
        NotFoundError: there is none.
    """
    project = call.services.projects.get(call.path["projectName"])
    return call.services.models.get(project.name, call.path["trainedModelLabel"])


def _metadata(model: TrainedModel) -> schemas.TrainedModelMetadata:
    return schemas.TrainedModelMetadata(
        label=model.label,
        model_id=model.model_id,
        last_trained_date_time=date(model.trained),
        last_training_duration_in_seconds=model.training_seconds,
        model_expiration_date=NEVER,
        model_training_config_version=model.training_config,
        has_snapshot=False,
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.TRAINING, Right.AUTHOR, handler, **extra)


MODEL = f"{PROJECT}/models/{{trainedModelLabel}}"

OPERATIONS = (
    _operation(
        "listModels",
        "GET",
        f"{PROJECT}/models",
        "List trained models.",
        list_models,
        items=schemas.TrainedModelMetadata,
        queries=PAGING,
    ),
    _operation("getModel", "GET", MODEL, "Get a trained model.", get_model, reply=schemas.TrainedModelMetadata),
    _operation("deleteModel", "DELETE", MODEL, "Delete a model that is not deployed.", delete_model, success=204),
)
