"""The same text elsewhere: labels for every place where a phrase stands and nobody has labelled anything."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from functions.lifecycle import changes
from functions.lifecycle.document_list import chosen_documents
from functions.lifecycle.labelling import is_of_another_text, where_free
from functions.lifecycle.phrases import Phrase, SearchableText
from functions.services import Services
from functions.stores.changes import LabelDelta
from functions.stores.documents import StoredDocument
from functions.stores.jobs import Job
from model_tools.errors import InvalidInputError
from model_tools.spans import Label, Span

_PARALLEL = 8
_EXAMPLES = 200
"""Places that a preview shows."""
_CONTEXT = 40
"""Characters on each side of a place."""


def apply_to_matches(services: Services, job: Job) -> dict[str, Any]:
    """Labels every free place where the phrase stands."""
    _check_category(services, job)
    change = changes.begin(services, job)
    # One round: what is written meanwhile did not ask to be labelled.
    return changes.carry_out(services, change, lambda: (delta for delta, _ in _found(services, job)), rounds=1)


def preview_matches(services: Services, job: Job) -> dict[str, Any]:
    """What `apply_to_matches` would label, with some of the places."""
    _check_category(services, job)
    labels = documents = 0
    examples: list[dict[str, Any]] = []
    for delta, text in _found(services, job):
        documents += 1
        labels += len(delta.added)
        shown = islice(delta.added, _EXAMPLES - len(examples))
        examples += [_example(delta.location, text, label) for label in shown]
    return {"preview": True, "documentsCount": documents, "labelsCount": labels, "examples": examples}


def _check_category(services: Services, job: Job) -> None:
    category = job.request["details"]["category"]
    if all(each.name != category for each in services.projects.get(job.scope).categories):
        raise InvalidInputError(
            f"The project has no category '{category}'; perhaps it was renamed or removed.",
            inner_code="UndeclaredCategory",
            target="$.category",
        )


def _found(services: Services, job: Job) -> Iterator[tuple[LabelDelta, str]]:
    """What to add to each document that has a free place, and its text."""
    details = job.request["details"]
    phrase = Phrase(details["text"], details["ignoreCase"], details["wholeWords"])

    def look(document: StoredDocument) -> tuple[LabelDelta, str] | None:
        assert document.content_hash is not None
        text = services.documents.get_text(job.scope, document.content_hash)
        spans = list(SearchableText(text).find(phrase))
        annotation = services.labels.get(job.scope, document.location) if spans else None
        if annotation is None or is_of_another_text(annotation, document):
            return None
        free = tuple(Label(span.start, span.end, details["category"]) for span in where_free(spans, annotation.labels))
        return (LabelDelta(document.location, document.content_hash, (), free), text) if free else None

    with ThreadPoolExecutor(_PARALLEL) as pool:
        yield from (
            found
            for found in pool.map(look, chosen_documents(services, job.scope, job.request["locations"]))
            if found is not None
        )


def _example(location: str, text: str, span: Span) -> dict[str, Any]:
    return {
        "location": location,
        "before": text[max(0, span.start - _CONTEXT) : span.start],
        "text": span.text_of(text),
        "after": text[span.end : span.end + _CONTEXT],
    }
