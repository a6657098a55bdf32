"""Reporting what was fitted on the very documents that are reported on: each half by what the other half says.

The temperature of the confidences and the thresholds are chosen on test documents where none are spared for it. Judged
by the same documents they look better than they are. So each half of these is judged by what is fitted on the other
half alone; what is served is fitted on all of them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
import numpy as np

from model_tools.documents import Document
from model_tools.evaluation.calibration import Outcome, outcomes_of, reliability
from model_tools.evaluation.report import EvaluationReport, ThresholdScores, evaluate
from model_tools.evaluation.strict import Counts, count_by_category
from model_tools.evaluation.temperature import AnalysedDocument, best_temperature
from model_tools.evaluation.thresholds import best_cut, with_thresholds
from model_tools.inference.decode import Decoder
from model_tools.inference.predictor import Predictor
from model_tools.spans import Entity

Half = Sequence[int]


def evaluate_fitted(
    predictor: Predictor,
    documents: Sequence[Document],
    *,
    fitted: Collection[str],
    seed: int = 0,
    told: Callable[[float], None] | None = None,
) -> EvaluationReport:
    """Evaluates a model with its thresholds; of documents that it was fitted on, the cross-fitted figures.

    Args:
        predictor: the model, as it will be served.
        documents: with their gold labels.
        fitted: ids of the documents that may have decided about temperature and thresholds.
        seed: of the halves and of the bootstrap.
        told: see `evaluate`.
    """
    manifest = predictor.manifest
    report = with_thresholds(evaluate(predictor, documents, seed=seed, told=told), manifest.thresholds)
    if manifest.calibration.entities or manifest.thresholds:
        report = msgspec.structs.replace(report, fitted_on=manifest.thresholds_fitted_on)
    shared = [i for i, document in enumerate(documents) if document.id in fitted]
    if report.fitted_on != "test" or not shared:
        return report
    return _CrossFit(predictor, documents, report).report(_halves(shared, seed))


def _halves(numbers: Half, seed: int) -> tuple[Half, Half]:
    order = np.random.default_rng(seed).permutation(numbers).tolist()
    return order[: len(order) // 2], order[len(order) // 2 :]


class _CrossFit:
    def __init__(self, predictor: Predictor, documents: Sequence[Document], report: EvaluationReport) -> None:
        self._predictor = predictor
        self._thresholds = predictor.manifest.thresholds
        self._documents = documents
        self._report = report
        self._outcomes: list[Outcome] = []
        self._kept = dict.fromkeys(self._thresholds, Counts())

    def report(self, halves: tuple[Half, Half]) -> EvaluationReport:
        """The report, with calibration and thresholds measured on documents that did not decide about them."""
        analysed = {i: AnalysedDocument(self._predictor, self._documents[i]) for half in halves for i in half}
        for half, other in (halves, halves[::-1]):
            self._judge(half, analysed, by=other)
        cuts = {category: one.confidence for category, one in self._thresholds.items()}
        for i in sorted(set(range(len(self._documents))) - analysed.keys()):
            self._count(i, self._report.documents[i].entities, cuts)
        scores = {
            category: ThresholdScores(self._thresholds[category].confidence, kept.precision, kept.recall, kept.f1)
            for category, kept in self._kept.items()
            if category in self._report.thresholds
        }
        return msgspec.structs.replace(
            self._report,
            calibration=reliability(self._outcomes),
            thresholds={**self._report.thresholds, **scores},
            is_cross_fitted=True,
        )

    def _judge(self, half: Half, analysed: Mapping[int, AnalysedDocument], *, by: Half) -> None:
        """Counts one half with the temperature and the cuts that are the best for the other."""
        manifest, tags = self._predictor.manifest, self._predictor.tags
        # A half may have too few entities to fit anything; then the recipe's value stands, as it does for the whole.
        default = float(manifest.recipe.get("default_temperature", 1.0))
        fitted = best_temperature(tags, [analysed[i] for i in by], default=default)
        decoder = Decoder(tags, temperature=fitted.temperature)
        found = [(self._documents[i].labels, analysed[i].entities(decoder)) for i in by]
        cuts = {category: best_cut(found, category) for category in self._thresholds}
        for i in half:
            self._count(i, analysed[i].entities(decoder), cuts)

    def _count(self, number: int, entities: Sequence[Entity], cuts: Mapping[str, float]) -> None:
        labels = self._documents[number].labels
        self._outcomes += outcomes_of(labels, entities)
        kept = [one for one in entities if one.confidence >= cuts.get(one.category, 0.0)]
        for category, counts in count_by_category(labels, kept).items():
            if category in self._kept:
                self._kept[category] += counts
