"""Evaluations and comparisons as the command line shows them: a JSON object, or lines for people."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from model_tools.documents import Document
from model_tools.evaluation.compare import Comparison, Difference
from model_tools.evaluation.errors import KINDS
from model_tools.evaluation.intervals import Interval
from model_tools.evaluation.report import Advice, CategoryScores, EvaluationReport
from model_tools.manifest import Warned

_SHOWN_DOCUMENTS = 3
_SHOWN_OF_A_CODE = 10


_UNTESTED = "No document was left to test with, so nobody knows how good the model is. Label more documents."


def training_record(
    folder: Path, report: EvaluationReport, warnings: Sequence[Advice], advice: Sequence[Advice]
) -> dict[str, Any]:
    """What came of a training, and what there is to mend, as one JSON object."""
    return {
        "folder": str(folder),
        "micro": report.micro,
        "n_documents": report.n_documents,
        "warnings": warnings if report.n_documents else [*warnings, Advice("NotTested", _UNTESTED, (), ())],
        "guidance": advice,
    }


def training_lines(folder: Path, report: EvaluationReport, advice: Sequence[Advice]) -> Iterator[str]:
    """The same for people; the result comes last."""
    yield from advice_lines(advice)
    if report.n_documents:
        interval = _interval(report.f1_interval)
        yield f"Micro F1 {report.micro.f1:.3f} ({interval}) on {report.n_documents} test documents."
    else:
        yield _UNTESTED
    yield f"The model is in {folder}."


def report_record(report: EvaluationReport, documents: Sequence[Document], advice: Sequence[Advice]) -> dict[str, Any]:
    """Everything about a model as one JSON object.

    Args:
        report: of the model.
        documents: the whole data set; those that were evaluated lend their texts.
        advice: see `guidance`.
    """
    return {
        "micro": report.micro,
        "macro": report.macro,
        "categories": report.categories,
        "n_documents": report.n_documents,
        "schemes": report.schemes,
        "kinds": report.kinds,
        "calibration": report.calibration,
        "thresholds": report.thresholds,
        "fitted_on": report.fitted_on,
        "is_cross_fitted": report.is_cross_fitted,
        "errors": report.errors({document.id: document.text for document in documents}),
        "guidance": advice,
    }


def report_lines(report: EvaluationReport, advice: Sequence[Advice]) -> Iterator[str]:
    """The scores, what went wrong, and what to do about it; arguments as for `report_record`."""
    for name, scores in [*report.categories.items(), ("all", report.micro)]:
        yield _score_line(name, scores)
    kinds: Counter[str] = Counter()
    for counts in report.kinds.values():
        kinds.update(counts)
    yield "labels and entities: " + ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS)
    if report.calibration and report.calibration.n_entities:
        off = 100 * report.calibration.expected_calibration_error
        yield f"confidences are off by {off:.1f} points on average{_fitted_on(report)}"
    for category, at in report.thresholds.items():
        if at.confidence:
            yield (
                f"{category}: without the entities below a confidence of {at.confidence:.2f}, its f1 is {at.f1:.3f}"
                f"{_fitted_on(report)}"
            )
    yield from advice_lines(advice)


def warnings_as_advice(warnings: Iterable[Warned]) -> list[Advice]:
    """A training's warnings; what is said of several documents is said once, with all of them."""
    documents: dict[tuple[str, str], list[str]] = {}
    for warning in warnings:
        documents.setdefault((warning.code, warning.message), []).extend(filter(None, [warning.document]))
    return [Advice(code, message, (), tuple(ids)) for (code, message), ids in documents.items()]


def advice_lines(advice: Iterable[Advice]) -> Iterator[str]:
    """A line for each; of a code that comes often, the first few."""
    counts: Counter[str] = Counter()
    for one in advice:
        counts[one.code] += 1
        if counts[one.code] <= _SHOWN_OF_A_CODE:
            yield _advice_line(one)
    for code, n in counts.items():
        if n > _SHOWN_OF_A_CODE:
            yield f"{code}: {n - _SHOWN_OF_A_CODE:,} more like these"


def comparison_record(comparison: Comparison, advice: Sequence[Advice]) -> dict[str, Any]:
    """Everything about a comparison as one JSON object."""
    return {**msgspec.structs.asdict(comparison), "warnings": advice}


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """The scores of both models side by side, and the verdict."""
    rows = [*comparison.categories.items(), ("macro", comparison.macro), ("all", comparison.micro)]
    for name, difference in rows:
        yield _difference_line(name, difference)
    yield comparison.verdict


def _fitted_on(report: EvaluationReport) -> str:
    """What the reader has to know of figures that were measured after something was fitted."""
    if report.is_cross_fitted:
        return " (fitted on one half of the test documents, measured on the other)"
    return f" (fitted on the {report.fitted_on} documents of the training)" if report.fitted_on else ""


def _score_line(name: str, scores: CategoryScores) -> str:
    interval = f"  ({_interval(scores.f1_interval)})" if scores.f1_interval else ""
    return f"{name:<30} precision {scores.precision:.3f}  recall {scores.recall:.3f}  f1 {scores.f1:.3f}{interval}"


def _advice_line(advice: Advice) -> str:
    shown = ", ".join(advice.documents[:_SHOWN_DOCUMENTS])
    more = len(advice.documents) - _SHOWN_DOCUMENTS
    names = f" [{shown}{f' and {more:,} more' if more > 0 else ''}]" if shown else ""
    return f"{advice.code}: {advice.message}{names}"


def _difference_line(name: str, difference: Difference) -> str:
    return (
        f"{name:<30} A {difference.a:.3f}  B {difference.b:.3f}  difference {difference.difference:+.3f}"
        f"  ({_interval(difference.interval, '+.3f')})  p {difference.p_value:.3f}"
    )


def _interval(interval: Interval, form: str = ".3f") -> str:
    low, high = interval
    return f"{low:{form}} to {high:{form}}"
