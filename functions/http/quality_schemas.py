"""The wire of likely label errors and learning curves."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from functions.http.label_schemas import WireLabel
from functions.http.schemas import ErrorDetail, StringIndexType, Wire
from model_tools.quality.curve_result import LearningCurve

Seed = Annotated[int, Meta(ge=0, le=2**32 - 1)]
FindingKind = Literal["missing label", "spurious label", "wrong category", "wrong boundary"]


class CheckLabelsInput(Wire):
    """Body of `POST …/:check-labels`."""

    recipe: str = "fast"
    folds: Annotated[int, Meta(ge=2, le=20)] = 4
    """Parts, each judged by a model of the others."""
    seed: Seed = 0


class LearningCurveInput(Wire):
    """Body of `POST …/:learning-curve`."""

    recipe: str = "fast"
    points: Annotated[int, Meta(ge=3, le=8)] = 5
    repeats: Annotated[int, Meta(ge=1, le=10)] = 2
    """Orders in which documents are added."""
    seed: Seed = 0


class WireFinding(Wire):
    """A likely label error; what is there, and what should be, in the unit of `stringIndexType`."""

    finding_id: str
    location: str
    content_hash: str
    """Of the text that was checked, to which the offsets belong."""
    kind: FindingKind
    score: float
    """Probability that something is wrong here."""
    reason: str
    string_index_type: StringIndexType
    label: WireLabel | UnsetType = UNSET
    """Absent where one seems to be missing."""
    proposal: WireLabel | UnsetType = UNSET
    """Absent where the label should go."""
    text: str | UnsetType = UNSET
    """What the label covers, or else the proposal."""


class DismissInput(Wire):
    """Body of `POST …/label-errors/:dismiss`."""

    finding_ids: Annotated[list[Annotated[str, Meta(pattern="^[0-9a-f]{24}$")]], Meta(min_length=1, max_length=1000)]


class LabelCheckSummary(Wire):
    """The newest check of a project's labels."""

    job_id: str
    checked_date_time: str
    documents_count: int
    labels_count: int
    findings_count: int
    """Of the check, settled ones included."""
    mixed_strings: list[dict[str, Any]]
    """Equal strings that are labelled in several ways, with how often each; a null category: without a label."""
    warnings: list[ErrorDetail]


class LearningCurveOutput(LearningCurve, frozen=True, kw_only=True):
    """The newest learning curve: the engine's answer in the contract's spelling, and which job found it."""

    job_id: str
    created_date_time: str
