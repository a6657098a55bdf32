"""The route table: every operation on resources, the more specific paths first."""

from functions.http import (
    autolabel,
    changes,
    comparisons,
    container_jobs,
    deployments,
    documents,
    documents_bulk,
    entities,
    evaluations,
    label_files,
    label_history,
    labels,
    matches,
    models,
    not_offered,
    projects,
    quality,
    runtime,
    statistics,
    suggestions,
    training,
    transfer,
)
from functions.http.operation import Operation

OPERATIONS: tuple[Operation, ...] = tuple(
    sorted(
        (
            *runtime.OPERATIONS,
            *container_jobs.OPERATIONS,
            *projects.OPERATIONS,
            *transfer.OPERATIONS,
            *training.OPERATIONS,
            *models.OPERATIONS,
            *evaluations.OPERATIONS,
            *comparisons.OPERATIONS,
            *deployments.OPERATIONS,
            *documents.OPERATIONS,
            *documents_bulk.OPERATIONS,
            *labels.OPERATIONS,
            *label_history.OPERATIONS,
            *label_files.OPERATIONS,
            *entities.OPERATIONS,
            *changes.OPERATIONS,
            *matches.OPERATIONS,
            *statistics.OPERATIONS,
            *autolabel.OPERATIONS,
            *suggestions.OPERATIONS,
            *quality.OPERATIONS,
            *not_offered.OPERATIONS,
        ),
        # Starlette takes the first route that fits, so a literal segment must come before a parameter.
        key=lambda operation: [
            (segment.startswith("{"), segment.endswith(":path}")) for segment in operation.path.split("/")
        ],
    )
)
