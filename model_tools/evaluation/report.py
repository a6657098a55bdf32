"""The evaluation of a model version: every figure and every span, as stored in the artifact."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import msgspec

from model_tools.documents import Document, Split
from model_tools.errors import ArtifactError
from model_tools.evaluation.calibration import Outcome, Reliability, outcomes_of, reliability
from model_tools.evaluation.confusion import ConfusionCounter, ConfusionMatrix
from model_tools.evaluation.errors import Kind, KindCounter, SpanError, find_errors
from model_tools.evaluation.intervals import Interval, f1_intervals
from model_tools.evaluation.schemes import Scheme, SchemeCounter, SchemeScores
from model_tools.evaluation.strict import Counts, add_up, count_by_category
from model_tools.manifest import Metrics
from model_tools.spans import Entity, Label


class PredictsEntities(Protocol):
    """What an evaluation needs of a model."""

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each text, sorted, without overlap."""
        ...


@runtime_checkable
class JudgesLabels(PredictsEntities, Protocol):
    """What a model may do besides: say how probable it finds a label."""

    def judge(self, text: str, labels: Sequence[Label]) -> tuple[list[Entity], list[float | None]]:
        """The entities of a text, and the probability of each label, None where it cannot be told."""
        ...


class SpanRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A label or an entity; code points."""

    category: str
    start: int
    end: int
    confidence: float | None = None
    """Of an entity; of a label, the probability that the model gave to exactly that."""


class DocumentResult(msgspec.Struct, frozen=True):
    """One document of the evaluation, without its text."""

    id: str
    language: str
    length: int
    """Code points."""
    expected: tuple[SpanRecord, ...]
    predicted: tuple[SpanRecord, ...]

    @property
    def labels(self) -> list[Label]:
        """What was expected."""
        return [Label(record.start, record.end, record.category) for record in self.expected]

    @property
    def entities(self) -> list[Entity]:
        """What was predicted."""
        return [
            Entity(record.start, record.end, record.category, record.confidence or 0.0) for record in self.predicted
        ]


class CategoryScores(msgspec.Struct, frozen=True):
    """Strict scores of one category, or of all together (micro)."""

    precision: float
    recall: float
    f1: float
    true_positives: int
    false_positives: int
    false_negatives: int
    f1_interval: Interval | None = None
    """95 % bootstrap interval of the F1, over documents; None in older reports."""

    @classmethod
    def of(cls, counts: Counts, f1_interval: Interval | None = None) -> "CategoryScores":
        """The scores that the counts give."""
        return cls(
            counts.precision,
            counts.recall,
            counts.f1,
            counts.true_positives,
            counts.false_positives,
            counts.false_negatives,
            f1_interval,
        )


class MacroScores(msgspec.Struct, frozen=True):
    """Unweighted means over the categories."""

    precision: float
    recall: float
    f1: float
    f1_interval: Interval | None = None
    """As for a category."""


class ThresholdScores(msgspec.Struct, frozen=True):
    """Strict scores of one category, were its entities below a confidence dropped."""

    confidence: float
    """0 where no threshold is suggested."""
    precision: float
    recall: float
    f1: float


class Advice(msgspec.Struct, frozen=True):
    """One thing worth doing for a better model; see `guidance`."""

    code: str
    """A stable PascalCase name, for programs."""
    message: str
    categories: tuple[str, ...]
    """That it is about, most concerned first."""
    documents: tuple[str, ...]
    """Ids of the documents that show it, or that need work."""


class CategoryDistribution(msgspec.Struct, frozen=True):
    """How much there was of one category to learn from and to measure on, by use; `dev` was held out of training."""

    labels: dict[Split, int]
    documents: dict[Split, int]
    """With at least one label of the category."""


class EvaluationReport(msgspec.Struct, frozen=True, kw_only=True):
    """Categories neither labelled nor predicted are left out, as in the service.

    What has a default is absent from older reports, which still load.
    """

    micro: CategoryScores
    f1_interval: Interval
    """That of the micro F1."""
    macro: MacroScores
    categories: dict[str, CategoryScores]
    confusion: ConfusionMatrix
    n_documents: int
    documents: tuple[DocumentResult, ...]
    schemes: dict[Scheme, SchemeScores] = {}
    """Scores that forgive more than the strict ones."""
    kinds: dict[str, dict[Kind, int]] = {}
    """How many labels of a category went which way; a spurious entity counts to the category it claims."""
    calibration: Reliability | None = None
    """Whether the confidences mean what they say."""
    thresholds: dict[str, ThresholdScores] = {}
    """See `with_thresholds`."""
    guidance: tuple[Advice, ...] = ()
    """What to do next, as the training said; empty where nobody asked."""
    distribution: dict[str, CategoryDistribution] = {}
    """Of the data set that the model was made from; empty where only a test set was there."""
    fitted_on: Literal["dev", "test"] | None = None
    """The split that the temperature behind the confidences, and the thresholds, were fitted on; None: nothing was."""
    is_cross_fitted: bool = False
    """Whether `calibration` and `thresholds` were measured on halves of the documents, each fitted on the other half,
    because these documents decided about them. The confidences in `documents` are those of the model as it is served.
    """

    def to_json(self) -> bytes:
        """The form of `evaluation.json`."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @classmethod
    def from_json(cls, data: bytes) -> "EvaluationReport":
        """Reads `to_json`.

        Raises:
            ArtifactError: it is not that.
        """
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ArtifactError(f"The evaluation report cannot be read: {error}.") from error

    @classmethod
    def load(cls, path: Path) -> "EvaluationReport":
        """Reads the file of an artifact (`Artifact.evaluation`)."""
        return cls.from_json(path.read_bytes())

    def errors(self, texts: Mapping[str, str]) -> list[SpanError]:
        """Every disagreement, in its context; `texts` are those of the documents, by id."""
        return [
            error
            for result in self.documents
            for error in find_errors(
                result.id,
                texts[result.id],
                result.labels,
                result.entities,
                probabilities={(one.start, one.end): one.confidence for one in result.expected},
            )
        ]

    def metrics(self) -> Metrics:
        """The summary that the manifest carries."""
        return Metrics(self.micro.precision, self.micro.recall, self.micro.f1, self.macro.f1, self.n_documents)


def evaluate(
    predictor: PredictsEntities,
    documents: Sequence[Document],
    *,
    seed: int = 0,
    told: Callable[[float], None] | None = None,
) -> EvaluationReport:
    """Predicts the documents' texts and compares with their labels.

    Args:
        predictor: the model, as it will be served.
        documents: with their gold labels.
        seed: of the bootstrap.
        told: is told after each document which share of them is done, where the model judges labels.
    """
    judged = _judge(predictor, documents, told or (lambda _: None))
    predictions = [entities for entities, _ in judged]
    confusion, schemes, kinds = ConfusionCounter(), SchemeCounter(), KindCounter()
    counts: list[dict[str, Counts]] = []
    outcomes: list[Outcome] = []
    for document, entities in zip(documents, predictions, strict=True):
        counts.append(count_by_category(document.labels, entities))
        outcomes += outcomes_of(document.labels, entities)
        confusion.add(document.text, document.labels, entities)
        schemes.add(document.labels, entities)
        kinds.add(document.labels, entities)
    categories = add_up(counts)
    intervals = f1_intervals(counts, list(categories), seed=seed)
    return EvaluationReport(
        micro=CategoryScores.of(sum(categories.values(), Counts()), intervals.micro),
        f1_interval=intervals.micro,
        macro=_macro(list(categories.values()), intervals.macro),
        categories={name: CategoryScores.of(one, intervals.categories[name]) for name, one in categories.items()},
        confusion=confusion.matrix(),
        n_documents=len(documents),
        documents=tuple(_result(document, *found) for document, found in zip(documents, judged, strict=True)),
        schemes=schemes.scores(),
        kinds=kinds.counts(),
        calibration=reliability(outcomes),
    )


def _macro(categories: Sequence[Counts], f1_interval: Interval) -> MacroScores:
    n = max(len(categories), 1)
    return MacroScores(
        sum(one.precision for one in categories) / n,
        sum(one.recall for one in categories) / n,
        sum(one.f1 for one in categories) / n,
        f1_interval,
    )


def _judge(
    predictor: PredictsEntities, documents: Sequence[Document], told: Callable[[float], None]
) -> list[tuple[list[Entity], list[float | None]]]:
    if isinstance(predictor, JudgesLabels):
        judged = []
        for number, document in enumerate(documents, start=1):
            judged.append(predictor.judge(document.text, document.labels))
            told(number / len(documents))
        return judged
    predictions = predictor.predict([document.text for document in documents])
    return [(found, [None] * len(one.labels)) for one, found in zip(documents, predictions, strict=True)]


def _result(document: Document, entities: Sequence[Entity], probabilities: Sequence[float | None]) -> DocumentResult:
    return DocumentResult(
        document.id,
        document.language,
        len(document.text),
        tuple(_record(label, how) for label, how in zip(document.labels, probabilities, strict=True)),
        tuple(_record(entity, entity.confidence) for entity in entities),
    )


def _record(label: Label, confidence: float | None) -> SpanRecord:
    return SpanRecord(label.category, label.start, label.end, confidence)
