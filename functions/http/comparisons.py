"""Two trained models on the same test documents: which is better, and how sure that is."""

from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import PROJECT
from functions.lifecycle import evaluations
from model_tools.errors import InvalidInputError
from model_tools.evaluation.compare import Difference, compare
from model_tools.evaluation.report import EvaluationReport


class WireDifference(schemas.Wire):
    """Strict F1 of both, and how sure the difference is."""

    a: float
    b: float
    difference: float
    """b - a."""
    interval: list[float]
    """95 % of the paired bootstrap over documents."""
    p_value: float
    """Two-sided: how often models that are equal differ as much."""


class ModelComparison(schemas.Wire):
    """Model A is the one in the path, B the one in the query."""

    verdict: str
    """One sentence about the micro F1."""
    documents_count: int
    micro: WireDifference
    macro: WireDifference
    entities: dict[str, WireDifference]


def get_comparison(call: Call) -> Reply:
    """Compares two models that were evaluated on the same documents with the same labels."""
    project = call.services.projects.get(call.path["projectName"])
    other = call.query.get("with")
    if not other:
        raise InvalidInputError(
            "Name the other model: with=<trainedModelLabel>.", inner_code="InvalidParameterValue", target="with"
        )
    found = compare(*(_report(call, project.name, label) for label in (call.path["trainedModelLabel"], other)))
    return Reply(
        ModelComparison(
            verdict=found.verdict,
            documents_count=found.n_documents,
            micro=_difference(found.micro),
            macro=_difference(found.macro),
            entities={category: _difference(each) for category, each in found.categories.items()},
        )
    )


def _report(call: Call, project: str, label: str) -> EvaluationReport:
    return evaluations.read_report(call.services, call.services.models.get(project, label))


def _difference(found: Difference) -> WireDifference:
    return WireDifference(
        a=found.a, b=found.b, difference=found.difference, interval=list(found.interval), p_value=found.p_value
    )


OPERATIONS = (
    Operation(
        "compareModels",
        "GET",
        f"{PROJECT}/models/{{trainedModelLabel}}/evaluation/comparison",
        "Compare two models on the same test documents: which is better, and how sure that is.",
        Tag.TRAINING,
        Right.AUTHOR,
        get_comparison,
        reply=ModelComparison,
        queries=(Query("with", "The other model's label.", required=True),),
    ),
)
