"""Suggestions for labels: to look at, to accept, to reject."""

from itertools import islice
from typing import Any

from msgspec import UNSET

from functions.http import changes
from functions.http import suggestion_schemas as schemas
from functions.http.auth import Right
from functions.http.label_schemas import WireLabel
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import PROJECT
from functions.http.schemas import StringIndexType
from functions.http.wire import INDEX_TYPE, KEYED_PAGING, UNITS, KeyedPage, index_type
from functions.lifecycle import operations
from functions.lifecycle.autolabel import open_suggestions
from functions.lifecycle.labelling import readable_text
from functions.stores.changes import ChangeKind
from functions.stores.jobs import JobKind, new_job
from functions.stores.projects import Project
from functions.stores.suggestions import Suggestion
from functions.stores.tables import key_of
from model_tools.errors import InvalidInputError, NerError
from model_tools.offsets import OffsetMap


def list_suggestions(call: Call) -> Reply:
    """The documents with suggestions."""
    project = call.services.projects.get(call.path["projectName"])
    asked = KeyedPage.asked(call)
    wanted = asked.skip + asked.size + 1
    summaries = call.services.suggestions.summaries(project.name, after=asked.after, page_size=wanted)
    taken = list(islice((summary for summary in summaries if summary.counts), asked.skip, wanted))
    items = [
        schemas.SuggestedDocument(
            location=summary.location, suggestions_count=summary.suggestion_count, categories=dict(summary.counts)
        )
        for summary in taken[: asked.size]
    ]
    return asked.reply(call, items, after=key_of(items[-1].location) if len(taken) > asked.size else None)


def get_suggestions(call: Call) -> Reply:
    """The suggestions for a document that can still be accepted."""
    project = call.services.projects.get(call.path["projectName"])
    document, text = readable_text(call.services, project.name, call.path["location"])
    unit = index_type(call)
    declared = [category.name for category in project.categories]
    found = open_suggestions(call.services, project.name, document, declared)
    return Reply(
        schemas.SuggestionsOutput(
            location=document.location,
            string_index_type=unit,
            suggestions=_wire(found, text, unit),
            content_hash=document.content_hash or UNSET,
        )
    )


def accept_suggestions(call: Call) -> Reply:
    """Makes labels of suggestions, as one change that can be undone."""
    project, choice, request, documents = _choice(call)
    details = choice | {"locationsCount": None if request["locations"] is None else len(request["locations"])}
    return changes.start(
        call, project.name, ChangeKind.ACCEPT_SUGGESTIONS, details, documents=documents, choice=choice, **request
    )


def reject_suggestions(call: Call) -> Reply:
    """Puts suggestions away; they are not made again for the same text."""
    project, choice, request, documents = _choice(call)
    return changes.run(call, new_job(project.name, JobKind.REJECT, {"choice": choice, **request}), documents)


def _choice(call: Call) -> tuple[Project, dict[str, Any], dict[str, Any], int]:
    """The project, which suggestions, of which documents, and how many documents at most.

    Raises:
        InvalidInputError: labels are named, but not exactly one document, or they are not in its text.
    """
    project = call.services.projects.get(call.path["projectName"])
    given = call.body(schemas.SuggestionsChoice)
    locations = None if given.locations is UNSET else list(dict.fromkeys(given.locations))
    labels = None if given.labels is UNSET else _labels(call, project, given.labels, given.string_index_type, locations)
    choice = {
        "categories": None if given.categories is UNSET else given.categories,
        "sources": None if given.sources is UNSET else given.sources,
        "minConfidence": None if given.min_confidence is UNSET else given.min_confidence,
    }
    if locations is None:
        limit = operations.INLINE_DOCUMENTS + 1
        documents = len(list(islice(call.services.suggestions.summaries(project.name, page_size=limit), limit)))
    else:
        documents = len(locations)
    return project, choice, {"locations": locations, "labels": labels}, documents


def _labels(
    call: Call, project: Project, given: list[WireLabel], unit: StringIndexType, locations: list[str] | None
) -> list[list[Any]]:
    if locations is None or len(locations) != 1:
        raise InvalidInputError(
            "Labels are of one document: name exactly one location.",
            inner_code="InvalidParameterValue",
            target="$.locations",
        )
    _, text = readable_text(call.services, project.name, locations[0])
    offsets = OffsetMap(text, UNITS[unit])
    labels = []
    for i, label in enumerate(given):
        try:
            span = offsets.to_span(label.offset, label.length)
        except NerError as error:
            raise InvalidInputError(error.message, inner_code=error.inner_code, target=f"$.labels[{i}]") from error
        labels.append([span.start, span.end, label.category])
    return labels


def _wire(found: tuple[Suggestion, ...], text: str, unit: StringIndexType) -> list[schemas.WireSuggestion]:
    offsets = OffsetMap(text, UNITS[unit])
    return [
        schemas.WireSuggestion(
            category=suggestion.category,
            offset=offset,
            length=length,
            source=suggestion.source.value,
            confidence_score=UNSET if suggestion.confidence is None else suggestion.confidence,
        )
        for suggestion in found
        for offset, length in [offsets.from_span(suggestion)]
    ]


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.SUGGESTIONS, Right.AUTHOR, handler, **extra)


_SUGGESTIONS = f"{PROJECT}/suggestions"

OPERATIONS = (
    _operation(
        "listSuggestions",
        "GET",
        _SUGGESTIONS,
        "List the documents with suggestions.",
        list_suggestions,
        items=schemas.SuggestedDocument,
        queries=KEYED_PAGING,
    ),
    _operation(
        "getSuggestions",
        "GET",
        f"{_SUGGESTIONS}/{{location:path}}",
        "Get the suggestions for a document that can still be accepted.",
        get_suggestions,
        reply=schemas.SuggestionsOutput,
        queries=(INDEX_TYPE,),
    ),
    _operation(
        "acceptSuggestions",
        "POST",
        f"{_SUGGESTIONS}/:accept",
        "Make labels of suggestions, as one change; where people have labelled meanwhile, their labels stay.",
        accept_suggestions,
        success=202,
        body=schemas.SuggestionsChoice,
    ),
    _operation(
        "rejectSuggestions",
        "POST",
        f"{_SUGGESTIONS}/:reject",
        "Put suggestions away; they are not made again for the same text.",
        reject_suggestions,
        success=202,
        body=schemas.SuggestionsChoice,
    ),
)
