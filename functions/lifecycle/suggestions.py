"""What becomes of suggestions: labels, or nothing, one by one or many at once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from functions.errors import StaleError
from functions.lifecycle import changes
from functions.lifecycle.autolabel import open_suggestions
from functions.lifecycle.document_list import chosen_documents
from functions.services import Services
from functions.stores.changes import LabelDelta
from functions.stores.documents import StoredDocument
from functions.stores.jobs import Job
from functions.stores.suggestions import Suggestion, SuggestionSet
from model_tools.spans import Label


def accept(services: Services, job: Job) -> dict[str, Any]:
    """Makes labels of the chosen suggestions, as one change that can be undone."""
    change = changes.begin(services, job)
    result = changes.carry_out(services, change, lambda: _as_labels(_chosen(services, job)), rounds=1)
    for delta in services.changes.deltas(change):
        _edit(services, job.scope, delta.location, partial(_without, gone=set(delta.added)))
    return result


def reject(services: Services, job: Job) -> dict[str, Any]:
    """Puts the chosen suggestions away; they are not made again for the same text."""
    documents = suggestions = 0
    for document, chosen in _chosen(services, job):
        documents += 1
        suggestions += len(chosen)
        _edit(services, job.scope, document.location, partial(_put_away, gone={each.label for each in chosen}))
    return {"documentsCount": documents, "suggestionsCount": suggestions}


def _as_labels(chosen: Iterable[tuple[StoredDocument, list[Suggestion]]]) -> Iterator[LabelDelta]:
    for document, suggestions in chosen:
        yield LabelDelta(document.location, document.content_hash, (), tuple(each.label for each in suggestions))


def _chosen(services: Services, job: Job) -> Iterator[tuple[StoredDocument, list[Suggestion]]]:
    """Documents and those of their open suggestions that the job is about."""
    request = job.request
    locations = request["locations"]
    if locations is None:
        locations = [each.location for each in services.suggestions.summaries(job.scope) if each.counts]
    declared = [category.name for category in services.projects.get(job.scope).categories]
    spans = None if request["labels"] is None else {Label(*label) for label in request["labels"]}
    for document in chosen_documents(services, job.scope, locations):
        chosen = [
            suggestion
            for suggestion in open_suggestions(services, job.scope, document, declared)
            if _is_chosen(suggestion, request["choice"]) and (spans is None or suggestion.label in spans)
        ]
        if chosen:
            yield document, chosen


def _is_chosen(suggestion: Suggestion, choice: dict[str, Any]) -> bool:
    """A suggestion without a confidence is above no threshold."""
    threshold = choice.get("minConfidence")
    return (
        (threshold is None or (suggestion.confidence is not None and suggestion.confidence >= threshold))
        and (choice.get("categories") is None or suggestion.category in choice["categories"])
        and (choice.get("sources") is None or suggestion.source.value in choice["sources"])
    )


def _without(before: SuggestionSet, gone: set[Label]) -> SuggestionSet:
    return replace(before, suggestions=tuple(each for each in before.suggestions if each.label not in gone))


def _put_away(before: SuggestionSet, gone: set[Label]) -> SuggestionSet:
    return replace(_without(before, gone), rejected=tuple(sorted({*before.rejected, *gone})))


def _edit(services: Services, project: str, location: str, change: Callable[[SuggestionSet], SuggestionSet]) -> None:
    """Applies `change` to whatever the suggestions are at that moment; none are left alone."""
    while (before := services.suggestions.find(project, location)) is not None:
        try:
            services.suggestions.save(project, change(before))
        except StaleError:
            continue
        return
