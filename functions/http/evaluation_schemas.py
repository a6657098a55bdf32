"""The wire of evaluations. Fields that say so are extensions: the real service has no such thing."""

from typing import Any

from msgspec import UNSET, UnsetType, field

from functions.http.schemas import Wire
from model_tools.evaluation.errors import Kind
from model_tools.manifest import Dtype


class ConfusionCell(Wire):
    """How often it came to this, and which share of the row that is, in per cent."""

    normalized_value: float
    raw_value: float


class EntityEvaluation(Wire):
    """Strict scores of an entity type."""

    f1: float
    precision: float
    recall: float
    true_positive_count: int
    true_negative_count: int
    false_positive_count: int
    false_negative_count: int
    f1_interval: list[float] | UnsetType = UNSET
    """An extension: 95 %, by the bootstrap over documents."""


class SchemeEvaluation(Wire):
    """All entity types together under one of SemEval-2013's ways to score spans."""

    f1: float
    precision: float
    recall: float
    correct_count: int
    incorrect_count: int
    partial_count: int
    missed_count: int
    spurious_count: int


class SuggestedThreshold(Wire):
    """What an entity type would score if its entities below a confidence were dropped."""

    confidence_score: float
    """0 where nothing is gained by dropping any."""
    f1: float
    precision: float
    recall: float


class Advice(Wire):
    """What to do for a better model, with what shows it."""

    code: str
    message: str
    categories: list[str]
    """The most concerned first."""
    documents_count: int
    documents: list[str]
    """The first hundred."""


class CalibrationRecord(Wire):
    """How confidences were made to mean a probability."""

    temperature: float
    """Divides the logits."""
    entities_count: int
    """Predicted entities that it was fitted on; 0 where there were too few, and the recipe's value stands."""
    fitted_on: str | UnsetType = UNSET
    """`dev`: documents held out of training; `test`: the test documents themselves."""


class QuantisationCandidate(Wire):
    """A form of the model that was tried."""

    scheme: str
    size_in_bytes: int
    f1: float
    """Strict micro F1."""
    chosen: bool


class QuantisationRecord(Wire):
    """Which form of the model is served, and what it cost."""

    dtype: Dtype
    measured_on: str
    """The split whose documents decided."""
    candidates: list[QuantisationCandidate]


class SplitCounts(Wire, rename="pascal"):
    """A number for each use of the documents."""

    train: int
    held_out: int
    """Of the training set, kept aside for early stopping and calibration."""
    test: int


class EntityDistribution(Wire):
    """What there was of an entity type when the model was made."""

    labels: SplitCounts
    documents: SplitCounts


class CustomEntityRecognitionEvaluation(Wire):
    """All figures of a model. What has a default is an extension."""

    confusion_matrix: dict[str, dict[str, ConfusionCell]]
    entities: dict[str, EntityEvaluation]
    micro_f1: float
    micro_precision: float
    micro_recall: float
    macro_f1: float
    macro_precision: float
    macro_recall: float
    micro_f1_interval: list[float] | UnsetType = UNSET
    macro_f1_interval: list[float] | UnsetType = UNSET
    documents_count: int | UnsetType = UNSET
    schemes: dict[str, SchemeEvaluation] | UnsetType = UNSET
    kinds: dict[str, dict[Kind, int]] | UnsetType = UNSET
    """How many labels of each entity type went which way; a spurious entity counts to the type that it claims."""
    expected_calibration_error: float | UnsetType = UNSET
    thresholds: dict[str, SuggestedThreshold] | UnsetType = UNSET
    thresholds_fitted_on: str | UnsetType = UNSET
    calibration: CalibrationRecord | UnsetType = UNSET
    quantisation: QuantisationRecord | UnsetType = UNSET
    guidance: list[Advice] = field(default_factory=list)
    distribution: dict[str, EntityDistribution] = field(default_factory=dict)
    """Empty for models that did not keep it."""


class EvaluationSummary(Wire):
    """Reply of `GET …/evaluation/summary-result`."""

    project_kind: str
    evaluation_options: dict[str, Any]
    custom_entity_recognition_evaluation: CustomEntityRecognitionEvaluation


class EvaluatedSpan(Wire):
    """A label or an entity."""

    category: str
    offset: int
    length: int
    confidence_score: float | UnsetType = UNSET
    """An extension. Of a label: the probability that the model gave to exactly that."""


class EvaluatedRegion(Wire):
    """What was expected and predicted in a stretch of a document; here always the whole of it."""

    expected_entities: list[EvaluatedSpan]
    predicted_entities: list[EvaluatedSpan]
    region_offset: int
    region_length: int


class EvaluatedEntities(Wire):
    """The regions."""

    entities: list[EvaluatedRegion]


class EvaluatedDocument(Wire):
    """An entry of `GET …/evaluation/result`."""

    project_kind: str
    location: str
    language: str
    custom_entity_recognition_result: EvaluatedEntities
    content_hash: str
    """An extension: of the text that the offsets belong to. The document may have another by now."""


class EvaluationError(Wire):
    """A disagreement of label and prediction, with the text around."""

    location: str
    kind: Kind
    context: str
    context_offset: int
    """Where `context` begins in the document."""
    content_hash: str
    expected: EvaluatedSpan | UnsetType = UNSET
    predicted: EvaluatedSpan | UnsetType = UNSET
