"""The same text elsewhere: labels for all its occurrences as one change."""

from typing import Any

from msgspec import UNSET

from functions.http import change_schemas as schemas
from functions.http import changes
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Query, Reply, Tag
from functions.http.projects import PROJECT
from functions.lifecycle import operations
from functions.lifecycle.document_list import count_documents
from functions.lifecycle.labelling import MAX_LABEL_LENGTH
from functions.stores.changes import ChangeKind
from model_tools.errors import InvalidInputError


def apply_to_matches(call: Call) -> Reply:
    """Labels every place where a text stands and nothing is labelled."""
    project = call.services.projects.get(call.path["projectName"])
    given = call.body(schemas.MatchesInput)
    if not 0 < len(given.text) <= MAX_LABEL_LENGTH or given.text != given.text.strip():
        raise InvalidInputError(
            f"'text' has 1 to {MAX_LABEL_LENGTH} characters and no blanks at its ends.",
            inner_code="InvalidParameterValue",
            target="$.text",
        )
    if all(category.name != given.category for category in project.categories):
        raise InvalidInputError(
            f"The project has no category '{given.category[:60]}'; perhaps it was renamed or removed.",
            inner_code="UndeclaredCategory",
            target="$.category",
        )
    locations = None if given.locations is UNSET else list(dict.fromkeys(given.locations))
    inline = operations.INLINE_DOCUMENTS
    details = {
        "text": given.text,
        "category": given.category,
        "ignoreCase": given.ignore_case,
        "wholeWords": given.whole_words,
        "locationsCount": None if locations is None else len(locations),
    }
    return changes.start(
        call,
        project.name,
        ChangeKind.APPLY_TO_MATCHES,
        details,
        documents=count_documents(call.services, project.name, inline) if locations is None else len(locations),
        preview=call.flag("preview"),
        locations=locations,
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.ENTITIES, Right.AUTHOR, handler, **extra)


OPERATIONS = (
    _operation(
        "applyToMatches",
        "POST",
        f"{PROJECT}/labels/:apply-to-matches",
        "Label every place where a text stands and nothing is labelled, as one change.",
        apply_to_matches,
        success=202,
        body=schemas.MatchesInput,
        queries=(
            Query(
                "preview",
                "Only look: the job's `result` counts what would be labelled and shows up to 200 places.",
                {"type": "boolean"},
            ),
        ),
    ),
)
