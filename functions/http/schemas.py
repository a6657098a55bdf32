"""The wire of the lifecycle: structs in the contract's own names (camelCase). Decoding is strict.

Unknown fields are ignored. Fields that are absent are `UNSET` and stay absent when sent: some clients do not survive a
null.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

PROJECT_KIND = "CustomEntityRecognition"

StringIndexType = Literal["TextElements_v8", "UnicodeCodePoint", "Utf16CodeUnit"]
DatasetName = Literal["Train", "Test"]
JobStatusName = Literal["notStarted", "running", "succeeded", "failed", "cancelled", "cancelling", "canceled"]


class Wire(Struct, rename="camel", omit_defaults=False, kw_only=True):
    """Base of all structs."""


# --- errors -----------------------------------------------------------------------------------------------------------


class InnerError(Wire):
    """A narrower code."""

    code: str
    message: str


class ErrorDetail(Wire):
    """One fault; `target` says where."""

    code: str
    message: str
    target: str | UnsetType = UNSET
    details: list["ErrorDetail"] | UnsetType = UNSET
    innererror: InnerError | UnsetType = UNSET


class ErrorResponse(Wire):
    """The body of every reply that is not 2xx."""

    error: ErrorDetail


# --- jobs -------------------------------------------------------------------------------------------------------------


class JobState(Wire):
    """The state of a long-running operation."""

    job_id: str
    created_date_time: str
    last_updated_date_time: str
    expiration_date_time: str
    status: JobStatusName
    warnings: list[ErrorDetail] = field(default_factory=list)
    errors: list[ErrorDetail] = field(default_factory=list)
    error: ErrorDetail | UnsetType = UNSET
    """Set when failed: what clients show."""
    result_url: str | UnsetType = UNSET
    result: Any = UNSET


class LogLine(Wire):
    """Something that happened to a job, or that is worth knowing about it."""

    level: Literal["info", "warning", "error"]
    code: str
    message: str
    date_time: str | UnsetType = UNSET
    """Of what happened; warnings and errors are about the job as a whole."""


class TrainingLog(Wire):
    """The log of a training job, the oldest line first."""

    value: list[LogLine]


# --- projects ---------------------------------------------------------------------------------------------------------


class ProjectSettings(Wire):
    """Settings of a project."""

    confidence_threshold: float | UnsetType | None = UNSET


class WireCategory(Wire):
    """An entity type."""

    category: str
    description: str | UnsetType | None = UNSET


class CreateProjectOptions(Wire):
    """Body of `PATCH …/projects/{projectName}`. A new project needs the first three; an old one takes any of them."""

    project_kind: str | UnsetType = UNSET
    storage_input_container_name: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    project_name: str | UnsetType = UNSET
    multilingual: bool | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    settings: ProjectSettings | UnsetType | None = UNSET
    categories: list[WireCategory] | UnsetType = UNSET
    """An extension: replaces the entity types. One that is still labelled cannot be left out."""


class ProjectMetadata(Wire):
    """A project as clients see it."""

    created_date_time: str
    last_modified_date_time: str
    project_kind: str
    storage_input_container_name: str
    project_name: str
    multilingual: bool
    language: str
    settings: dict[str, Any]
    categories: list[WireCategory]
    """An extension: the project's entity types, in order."""
    description: str | UnsetType = UNSET
    last_trained_date_time: str | UnsetType = UNSET
    last_deployed_date_time: str | UnsetType = UNSET


# --- training ---------------------------------------------------------------------------------------------------------


class EvaluationOptions(Wire):
    """How the test set comes about."""

    kind: Literal["percentage", "manual"] = "percentage"
    training_split_percentage: int | UnsetType = UNSET
    testing_split_percentage: int | UnsetType = UNSET


class TrainingJobOptions(Wire):
    """Body of `POST …/:train`. `trainingConfigVersion` names a recipe; `seed` is an extension."""

    model_label: str
    training_config_version: str | UnsetType | None = UNSET
    evaluation_options: EvaluationOptions | UnsetType | None = UNSET
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 0


class TrainingConfigVersion(Wire):
    """Something that `trainingConfigVersion` may name."""

    training_config_version: str
    model_expiration_date: str
    description: str
    """An extension: what it is good for, in a sentence."""


class SupportedLanguage(Wire):
    """A language of projects and documents."""

    language_name: str
    language_code: str


class TrainedModelMetadata(Wire):
    """A trained model as clients see it."""

    label: str
    model_id: str
    last_trained_date_time: str
    last_training_duration_in_seconds: int
    model_expiration_date: str
    model_training_config_version: str
    has_snapshot: bool


# --- deployments ------------------------------------------------------------------------------------------------------


class CreateDeploymentOptions(Wire):
    """Body of `PUT …/deployments/{deploymentName}`."""

    trained_model_label: str


class SwapDeploymentsOptions(Wire):
    """Body of `POST …/deployments/:swap`."""

    first_deployment_name: str
    second_deployment_name: str


class DeploymentMetadata(Wire):
    """A deployment as clients see it."""

    deployment_name: str
    model_id: str
    last_trained_date_time: str
    last_deployed_date_time: str
    deployment_expiration_date: str
    model_training_config_version: str
