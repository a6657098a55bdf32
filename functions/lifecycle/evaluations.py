"""The evaluation of a model, together with the texts that its offsets belong to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.lifecycle.training import DATASETS
from functions.stores.models import TrainedModel
from model_tools.artifact import EVALUATION
from model_tools.dataset.snapshot import DOCUMENTS_FILE
from model_tools.documents import parse_jsonl
from model_tools.evaluation.report import EvaluationReport
from model_tools.manifest import MANIFEST, Manifest

if TYPE_CHECKING:
    from functions.services import Services


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A report and the texts it was made on."""

    report: EvaluationReport
    texts: dict[str, str]
    """By document location, as they were when the model was trained; documents may have changed since."""


def read_report(services: "Services", model: TrainedModel) -> EvaluationReport:
    """The figures."""
    return EvaluationReport.from_json(services.models.read_file(model.project, model.model_id, EVALUATION))


def read_manifest(services: "Services", model: TrainedModel) -> Manifest:
    """How the model was made."""
    data = services.models.read_file(model.project, model.model_id, MANIFEST)
    return Manifest.from_json(data, sha256=model.manifest_sha256)


def read_evaluation(services: "Services", model: TrainedModel) -> Evaluation:
    """The figures and the texts of the documents they were made on."""
    report = read_report(services, model)
    snapshot = parse_jsonl(services.blobs.get(DATASETS, f"{model.dataset}/{DOCUMENTS_FILE}"), DOCUMENTS_FILE)
    tested = {result.id for result in report.documents}
    return Evaluation(report, {document.id: document.text for document in snapshot if document.id in tested})
