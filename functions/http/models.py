"""Trained models and how well they do."""

from typing import Any

from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.wire import INDEX_TYPE, NEVER, PAGING, UNITS, date, index_type, page_reply
from functions.lifecycle import evaluations
from functions.stores.models import TrainedModel
from model_tools.errors import ConflictError
from model_tools.evaluation.report import CategoryScores, DocumentResult, EvaluationReport, SpanRecord
from model_tools.offsets import OffsetMap
from model_tools.spans import Span


def list_models(call: Call) -> Reply:
    """The models of a project, by label."""
    project = call.services.projects.get(call.path["projectName"])
    return page_reply(call, map(_metadata, call.services.models.read_all(project.name)))


def get_model(call: Call) -> Reply:
    """One model."""
    return Reply(_metadata(_model(call)))


def delete_model(call: Call) -> Reply:
    """Removes a model that no deployment uses."""
    model = _model(call)
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


def get_summary(call: Call) -> Reply:
    """Scores per category and together, and the confusion matrix, in the real service's shape."""
    model = _model(call)
    report = evaluations.read_report(call.services, model)
    return Reply(
        {
            "projectKind": schemas.PROJECT_KIND,
            "evaluationOptions": model.evaluation_options,
            "customEntityRecognitionEvaluation": {
                "confusionMatrix": _confusion_matrix(report),
                "entities": {category: _scores(scores) for category, scores in report.categories.items()},
                "microF1": report.micro.f1,
                "microPrecision": report.micro.precision,
                "microRecall": report.micro.recall,
                "macroF1": report.macro.f1,
                "macroPrecision": report.macro.precision,
                "macroRecall": report.macro.recall,
                **_extensions(report),
            },
        }
    )


def get_results(call: Call) -> Reply:
    """What was expected and what was predicted, document by document."""
    model = _model(call)
    unit = UNITS[index_type(call)]
    evaluation = evaluations.read_evaluation(call.services, model)
    reply = page_reply(call, evaluation.report.documents)
    reply.value["value"] = [
        _result(result, OffsetMap(evaluation.texts[result.id], unit)) for result in reply.value["value"]
    ]
    return reply


def _model(call: Call) -> TrainedModel:
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


def _scores(scores: CategoryScores) -> dict[str, Any]:
    interval = {} if scores.f1_interval is None else {"f1Interval": scores.f1_interval}
    return {
        **interval,
        "f1": scores.f1,
        "precision": scores.precision,
        "recall": scores.recall,
        "truePositiveCount": scores.true_positives,
        "trueNegativeCount": 0,
        "falsePositiveCount": scores.false_positives,
        "falseNegativeCount": scores.false_negatives,
    }


def _extensions(report: EvaluationReport) -> dict[str, Any]:
    """Beyond the contract: how sure the figures are, on how much they rest, and how near the misses are."""
    details: dict[str, Any] = {"microF1Interval": report.f1_interval, "documentsCount": report.n_documents}
    if report.macro.f1_interval is not None:
        details["macroF1Interval"] = report.macro.f1_interval
    if report.schemes:
        details["schemes"] = {
            name: {"f1": scores.f1, "precision": scores.precision, "recall": scores.recall}
            for name, scores in report.schemes.items()
        }
    if report.calibration is not None:
        details["expectedCalibrationError"] = report.calibration.expected_calibration_error
    if report.thresholds:
        details["thresholds"] = {
            category: {"confidenceScore": at.confidence, "f1": at.f1, "precision": at.precision, "recall": at.recall}
            for category, at in report.thresholds.items()
        }
    return details


def _confusion_matrix(report: EvaluationReport) -> dict[str, dict[str, dict[str, float]]]:
    return {
        labelled: {
            predicted: {"normalizedValue": cell.normalized, "rawValue": cell.raw} for predicted, cell in row.items()
        }
        for labelled, row in report.confusion.items()
    }


def _result(result: DocumentResult, offsets: OffsetMap) -> dict[str, Any]:
    return {
        "projectKind": schemas.PROJECT_KIND,
        "location": result.id,
        "language": result.language,
        "customEntityRecognitionResult": {
            "entities": [
                {
                    "expectedEntities": [_span(record, offsets) for record in result.expected],
                    "predictedEntities": [_span(record, offsets) for record in result.predicted],
                    "regionOffset": 0,
                    "regionLength": offsets.size,
                }
            ]
        },
    }


def _span(record: SpanRecord, offsets: OffsetMap) -> dict[str, Any]:
    offset, length = offsets.from_span(offsets.widen(Span(record.start, record.end)))
    span = {"category": record.category, "offset": offset, "length": length}
    return span if record.confidence is None else {**span, "confidenceScore": round(record.confidence, 2)}


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.TRAINING, Right.AUTHOR, handler, **extra)


_MODEL = f"{PROJECT}/models/{{trainedModelLabel}}"

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
    _operation("getModel", "GET", _MODEL, "Get a trained model.", get_model, reply=schemas.TrainedModelMetadata),
    _operation("deleteModel", "DELETE", _MODEL, "Delete a model that is not deployed.", delete_model, success=204),
    _operation(
        "getModelEvaluationSummary",
        "GET",
        f"{_MODEL}/evaluation/summary-result",
        "Get scores and confusion matrix on the test set.",
        get_summary,
        reply=dict,
    ),
    _operation(
        "getModelEvaluationResults",
        "GET",
        f"{_MODEL}/evaluation/result",
        "Get expected and predicted entities of each test document.",
        get_results,
        items=dict,
        queries=(INDEX_TYPE, *PAGING),
    ),
)
