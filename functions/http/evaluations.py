"""How well a model does: figures, documents, errors, and what to do about them."""

from typing import Any

from msgspec import UNSET, UnsetType

from functions.http import evaluation_schemas as wire
from functions.http import schemas
from functions.http.auth import Right
from functions.http.models import MODEL, model_of
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.wire import INDEX_TYPE, PAGING, UNITS, index_type, page
from functions.lifecycle import evaluations
from functions.lifecycle.statistics import SAMPLE_SIZE
from functions.stores.documents import hash_of_text
from model_tools.evaluation.errors import KINDS, SpanError
from model_tools.evaluation.presentation import warnings_as_advice
from model_tools.evaluation.report import (
    Advice,
    CategoryDistribution,
    CategoryScores,
    DocumentResult,
    EvaluationReport,
    SpanRecord,
)
from model_tools.manifest import Manifest
from model_tools.offsets import OffsetMap
from model_tools.spans import Span

_ERROR_KINDS = tuple(kind for kind in KINDS if kind != "correct")


def get_summary(call: Call) -> Reply:
    """Scores per category and together, and the confusion matrix, in the real service's shape."""
    model = model_of(call)
    report = evaluations.read_report(call.services, model)
    return Reply(
        wire.EvaluationSummary(
            project_kind=schemas.PROJECT_KIND,
            evaluation_options=model.evaluation_options,
            custom_entity_recognition_evaluation=evaluation_of(report, evaluations.read_manifest(call.services, model)),
        )
    )


def get_results(call: Call) -> Reply:
    """What was expected and what was predicted, document by document."""
    unit = UNITS[index_type(call)]
    evaluation = evaluations.read_evaluation(call.services, model_of(call))
    taken, next_link = page(call, evaluation.report.documents)
    documents = [
        _result(result, OffsetMap(evaluation.texts[result.id], unit), hash_of_text(evaluation.texts[result.id]))
        for result in taken
    ]
    return Reply({"value": documents, "nextLink": next_link})


def list_errors(call: Call) -> Reply:
    """Every disagreement by document, with the text around and what the model thought of the label."""
    unit = UNITS[index_type(call)]
    kind = call.one_of("kind", _ERROR_KINDS)
    category, location = call.query.get("category"), call.query.get("location")
    evaluation = evaluations.read_evaluation(call.services, model_of(call))
    found = (
        error
        for error in evaluation.report.errors(evaluation.texts)
        if kind in {None, error.kind}
        and location in {None, error.document}
        and (category is None or category in _categories(error))
    )
    taken, next_link = page(call, found)
    maps = {error.document: OffsetMap(evaluation.texts[error.document], unit) for error in taken}
    errors = [_error(error, maps[error.document], hash_of_text(evaluation.texts[error.document])) for error in taken]
    return Reply({"value": errors, "nextLink": next_link})


def evaluation_of(report: EvaluationReport, manifest: Manifest) -> wire.CustomEntityRecognitionEvaluation:
    """The real service's figures, and beyond them: how sure they are, on what they rest, how near the misses are."""
    macro, calibration = report.macro, report.calibration
    return wire.CustomEntityRecognitionEvaluation(
        confusion_matrix={
            labelled: {
                predicted: wire.ConfusionCell(normalized_value=cell.normalized, raw_value=cell.raw)
                for predicted, cell in row.items()
            }
            for labelled, row in report.confusion.items()
        },
        entities={category: _scores(scores) for category, scores in report.categories.items()},
        micro_f1=report.micro.f1,
        micro_precision=report.micro.precision,
        micro_recall=report.micro.recall,
        macro_f1=macro.f1,
        macro_precision=macro.precision,
        macro_recall=macro.recall,
        micro_f1_interval=list(report.f1_interval),
        macro_f1_interval=UNSET if macro.f1_interval is None else list(macro.f1_interval),
        documents_count=report.n_documents,
        schemes=_schemes(report),
        kinds=report.kinds or UNSET,
        expected_calibration_error=UNSET if calibration is None else calibration.expected_calibration_error,
        thresholds=_thresholds(report),
        thresholds_fitted_on=manifest.thresholds_fitted_on or UNSET,
        calibration=_calibration(manifest),
        quantisation=_quantisation(manifest),
        guidance=[_advice(each) for each in (*warnings_as_advice(manifest.warnings), *report.guidance)],
        distribution={category: _distribution(counts) for category, counts in report.distribution.items()},
    )


def _scores(scores: CategoryScores) -> wire.EntityEvaluation:
    return wire.EntityEvaluation(
        f1=scores.f1,
        precision=scores.precision,
        recall=scores.recall,
        true_positive_count=scores.true_positives,
        true_negative_count=0,
        false_positive_count=scores.false_positives,
        false_negative_count=scores.false_negatives,
        f1_interval=UNSET if scores.f1_interval is None else list(scores.f1_interval),
    )


def _schemes(report: EvaluationReport) -> dict[str, wire.SchemeEvaluation] | UnsetType:
    return {
        name: wire.SchemeEvaluation(
            f1=scores.f1,
            precision=scores.precision,
            recall=scores.recall,
            correct_count=scores.correct,
            incorrect_count=scores.incorrect,
            partial_count=scores.partial,
            missed_count=scores.missed,
            spurious_count=scores.spurious,
        )
        for name, scores in report.schemes.items()
    } or UNSET


def _thresholds(report: EvaluationReport) -> dict[str, wire.SuggestedThreshold] | UnsetType:
    return {
        category: wire.SuggestedThreshold(
            confidence_score=at.confidence, f1=at.f1, precision=at.precision, recall=at.recall
        )
        for category, at in report.thresholds.items()
    } or UNSET


def _calibration(manifest: Manifest) -> wire.CalibrationRecord:
    fitted = manifest.calibration
    return wire.CalibrationRecord(
        temperature=fitted.temperature, entities_count=fitted.entities, fitted_on=fitted.fitted_on or UNSET
    )


def _quantisation(manifest: Manifest) -> wire.QuantisationRecord | UnsetType:
    if not manifest.quantisation:
        return UNSET
    candidates = [
        wire.QuantisationCandidate(scheme=one.scheme, size_in_bytes=one.size, f1=one.f1, chosen=one.chosen)
        for one in manifest.quantisation
    ]
    return wire.QuantisationRecord(dtype=manifest.dtype, measured_on=manifest.measured_on, candidates=candidates)


def _advice(advice: Advice) -> wire.Advice:
    return wire.Advice(
        code=advice.code,
        message=advice.message,
        categories=list(advice.categories),
        documents_count=len(advice.documents),
        documents=list(advice.documents[:SAMPLE_SIZE]),
    )


def _distribution(counts: CategoryDistribution) -> wire.EntityDistribution:
    labels, documents = (
        wire.SplitCounts(train=each["train"], held_out=each["dev"], test=each["test"])
        for each in (counts.labels, counts.documents)
    )
    return wire.EntityDistribution(labels=labels, documents=documents)


def _result(result: DocumentResult, offsets: OffsetMap, content_hash: str) -> wire.EvaluatedDocument:
    region = wire.EvaluatedRegion(
        expected_entities=[_span(record, offsets) for record in result.expected],
        predicted_entities=[_span(record, offsets) for record in result.predicted],
        region_offset=0,
        region_length=offsets.size,
    )
    return wire.EvaluatedDocument(
        project_kind=schemas.PROJECT_KIND,
        location=result.id,
        language=result.language,
        custom_entity_recognition_result=wire.EvaluatedEntities(entities=[region]),
        content_hash=content_hash,
    )


def _categories(error: SpanError) -> set[str]:
    return {span.category for span in (error.expected, error.predicted) if span is not None}


def _error(error: SpanError, offsets: OffsetMap, content_hash: str) -> wire.EvaluationError:
    label, entity = error.expected, error.predicted
    # A context begins and ends anywhere, also inside what a unit counts as one.
    start = offsets.widen(Span(error.context_start, error.context_start + len(error.context)))
    expected = SpanRecord(label.category, label.start, label.end, error.label_probability) if label else None
    predicted = SpanRecord(entity.category, entity.start, entity.end, entity.confidence) if entity else None
    return wire.EvaluationError(
        location=error.document,
        kind=error.kind,
        context=error.context,
        context_offset=offsets.from_span(start)[0],
        content_hash=content_hash,
        expected=_span(expected, offsets) if expected else UNSET,
        predicted=_span(predicted, offsets) if predicted else UNSET,
    )


def _span(record: SpanRecord, offsets: OffsetMap) -> wire.EvaluatedSpan:
    offset, length = offsets.from_span(offsets.widen(Span(record.start, record.end)))
    confidence = UNSET if record.confidence is None else round(record.confidence, 2)
    return wire.EvaluatedSpan(category=record.category, offset=offset, length=length, confidence_score=confidence)


def _operation(name: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, "GET", f"{MODEL}/evaluation/{path}", summary, Tag.TRAINING, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "getModelEvaluationSummary",
        "summary-result",
        "Get scores and confusion matrix on the test set, and what to do for better ones.",
        get_summary,
        reply=wire.EvaluationSummary,
    ),
    _operation(
        "getModelEvaluationResults",
        "result",
        "Get expected and predicted entities of each test document.",
        get_results,
        items=wire.EvaluatedDocument,
        queries=(INDEX_TYPE, *PAGING),
    ),
    _operation(
        "listModelEvaluationErrors",
        "errors",
        "List every disagreement of label and prediction, with the text around.",
        list_errors,
        items=wire.EvaluationError,
        queries=(
            INDEX_TYPE,
            *PAGING,
            Query("kind", "Only those.", {"type": "string", "enum": list(_ERROR_KINDS)}),
            Query("category", "Only those where it was expected or predicted."),
            Query("location", "Only of this document."),
        ),
    ),
)
