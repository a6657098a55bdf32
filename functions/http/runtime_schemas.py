"""The wire of predictions: tasks and texts in, entities out."""

from typing import Literal

from msgspec import UNSET, UnsetType, field

from functions.http.schemas import ErrorDetail, JobStatusName, StringIndexType, Wire


class InputDocument(Wire):
    """A text to analyse."""

    id: str
    text: str
    language: str | UnsetType | None = UNSET


class AnalysisInput(Wire):
    """At most 25 documents, 125,000 characters together."""

    documents: list[InputDocument]


class TaskParameters(Wire):
    """Which deployment answers, and in which unit offsets are counted."""

    project_name: str | UnsetType = UNSET
    deployment_name: str | UnsetType = UNSET
    string_index_type: StringIndexType = "TextElements_v8"
    logging_opt_out: bool = False


class Task(Wire):
    """One analysis of all documents."""

    kind: str
    task_name: str | UnsetType | None = UNSET
    parameters: TaskParameters = field(default_factory=TaskParameters)


class AnalyzeTextJobsInput(Wire):
    """Body of `POST /language/analyze-text/jobs`."""

    analysis_input: AnalysisInput
    tasks: list[Task]
    display_name: str | UnsetType | None = UNSET
    default_language: str | UnsetType | None = UNSET
    cancel_after: float | UnsetType | None = UNSET


class AnalyzeTextInput(Wire):
    """Body of `POST /language/:analyze-text`."""

    kind: str
    analysis_input: AnalysisInput
    parameters: TaskParameters = field(default_factory=TaskParameters)


class WireEntity(Wire):
    """A found entity; `offset` and `length` in the unit that was asked for."""

    text: str
    category: str
    offset: int
    length: int
    confidence_score: float


class DocumentStatistics(Wire):
    """Per document, with `showStats`."""

    characters_count: int
    transactions_count: int


class RequestStatistics(Wire):
    """Per task, with `showStats`."""

    documents_count: int
    valid_documents_count: int
    erroneous_documents_count: int
    transactions_count: int


class DocumentEntities(Wire):
    """The entities of one document, by offset."""

    id: str
    entities: list[WireEntity]
    warnings: list[ErrorDetail] = field(default_factory=list)
    statistics: DocumentStatistics | UnsetType = UNSET


class DocumentError(Wire):
    """A document that could not be analysed."""

    id: str
    error: ErrorDetail


class EntitiesResult(Wire):
    """What one task found."""

    documents: list[DocumentEntities]
    errors: list[DocumentError]
    project_name: str
    deployment_name: str
    statistics: RequestStatistics | UnsetType = UNSET


class AnalyzeTextResult(Wire):
    """Reply of the synchronous route."""

    kind: Literal["CustomEntityRecognitionResults"]
    results: EntitiesResult


class TaskItem(Wire):
    """A task that has ended."""

    kind: str
    last_update_date_time: str
    status: JobStatusName
    task_name: str | UnsetType = UNSET
    results: EntitiesResult | UnsetType = UNSET


class Tasks(Wire):
    """The tasks of a job, counted."""

    completed: int
    failed: int
    in_progress: int
    total: int
    items: list[TaskItem]


class AnalyzeTextJobState(Wire):
    """Reply of `GET /language/analyze-text/jobs/{jobId}`."""

    job_id: str
    created_date_time: str
    last_updated_date_time: str
    last_update_date_time: str
    expiration_date_time: str
    status: JobStatusName
    errors: list[ErrorDetail]
    tasks: Tasks
    display_name: str | UnsetType = UNSET
    error: ErrorDetail | UnsetType = UNSET
