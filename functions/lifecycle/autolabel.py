"""Suggestions for labels: from a model, from lists of strings, or from both. What people labelled is never touched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from functions.errors import TooLargeError
from functions.lifecycle import operations
from functions.lifecycle.document_list import chosen_documents
from functions.lifecycle.labelling import MAX_LABEL_LENGTH, is_of_another_text, where_free
from functions.lifecycle.phrases import Phrase, SearchableText
from functions.services import Services
from functions.stores.documents import StoredDocument
from functions.stores.jobs import Job
from functions.stores.models import ModelVersion
from functions.stores.suggestions import Suggestion, SuggestionSet, SuggestionSource
from model_tools.errors import ConflictError, InvalidInputError
from model_tools.inference.predictor import Predictor
from model_tools.offsets import OffsetMap, OffsetUnit
from model_tools.spans import Entity, Label, Span

_REPORT_EVERY = 20
"""Documents between two words about progress; each costs a write."""


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where suggestions come from, and which are wanted."""

    predictor: Predictor | None
    phrases: tuple[tuple[str, Phrase], ...]
    """Categories and what they are called; the longest first, since it says most."""
    categories: frozenset[str]
    """Of what the model finds."""
    min_confidence: float

    @property
    def covered(self) -> frozenset[str]:
        """Categories that this run has an opinion on."""
        return self.categories | {category for category, _ in self.phrases}

    def suggestions(self, text: str) -> list[Suggestion]:
        """Sorted, without overlap. A list of strings is what somebody said, so it goes before what a model thinks."""
        searchable = SearchableText(text)
        named = (
            Suggestion(span.start, span.end, category, SuggestionSource.DICTIONARY)
            for category, phrase in self.phrases
            for span in searchable.find(phrase)
        )
        listed = {suggestion.label: suggestion for suggestion in where_free(named, ())}
        guessed = []
        elements = OffsetMap(text, OffsetUnit.TEXT_ELEMENT)
        for entity in self._entities(text):
            # A label has to be expressible in every unit; a model may end one before a combining mark.
            span = elements.widen(Span(entity.start, entity.end))
            label = Label(span.start, span.end, entity.category)
            if label.end - label.start > MAX_LABEL_LENGTH:
                continue
            confidence = round(entity.confidence, 4)
            if label in listed:
                listed[label] = replace(listed[label], source=SuggestionSource.BOTH, confidence=confidence)
            else:
                guessed.append(Suggestion(label.start, label.end, label.category, SuggestionSource.MODEL, confidence))
        return sorted([*listed.values(), *where_free(guessed, listed.values())], key=lambda each: each.start)

    def _entities(self, text: str) -> Iterator[Entity]:
        entities = self.predictor.predict([text])[0] if self.predictor else []
        for entity in entities:
            if entity.category in self.categories and entity.confidence >= self.min_confidence:
                yield entity


def autolabel(services: Services, job: Job) -> dict[str, Any]:
    """Makes suggestions for the chosen documents; rejected ones stay away.

    Older ones of the same text give way where the run has an opinion on their category, and stay otherwise.

    Run again after a crash, it goes on with the documents that it has not come to.

    Raises:
        InvalidInputError: a category is not the project's any more.
        NotFoundError: the model is gone.
    """
    sources, unknown = _sources(services, job)
    done = {summary.location for summary in services.suggestions.summaries(job.scope) if summary.job_id == job.job_id}
    documents = suggestions = skipped = 0
    for i, document in enumerate(chosen_documents(services, job.scope, job.request["locations"])):
        if i % _REPORT_EVERY == 0:
            job = operations.report(services, job, {"documentsCount": i})
        documents += 1
        if document.location in done:
            continue
        try:
            suggestions += _suggest(services, job, document, sources)
        except (ConflictError, TooLargeError):
            skipped += 1  # somebody works on these very suggestions, or there are too many to be of use
    return {
        "documentsCount": documents,
        "suggestionsCount": suggestions,
        "skippedCount": skipped,
        "unknownCategories": unknown,
    }


def open_suggestions(
    services: Services, project: str, document: StoredDocument, declared: Sequence[str]
) -> tuple[Suggestion, ...]:
    """The suggestions that can still be accepted: of this text, of declared categories, and where nobody labelled.

    People's labels win, also those that were made after the suggestion.
    """
    found = services.suggestions.find(project, document.location)
    annotation = services.labels.get(project, document.location)
    if found is None or found.content_hash != document.content_hash or is_of_another_text(annotation, document):
        return ()
    of_declared = [suggestion for suggestion in found.suggestions if suggestion.category in declared]
    return tuple(where_free(of_declared, annotation.labels))


def _sources(services: Services, job: Job) -> tuple[_Sources, list[str]]:
    """What the job asks for, and the categories that its model does not know."""
    request = job.request
    declared = {category.name for category in services.projects.get(job.scope).categories}
    wanted = set(request["categories"] or declared)
    named = {category for category, *_ in request["dictionary"]}
    if gone := sorted((wanted | named) - declared):
        raise InvalidInputError(
            f"The project has no category {', '.join(gone)}; perhaps it was renamed or removed.",
            inner_code="UndeclaredCategory",
        )
    version = ModelVersion(job.scope, request["modelId"], request.get("manifestSha256"))
    predictor = services.predictors.get(version) if request["modelId"] else None
    known = set(predictor.manifest.categories) if predictor else set()
    unknown = sorted(wanted - known) if predictor else []
    phrases = [(category, Phrase(*phrase)) for category, *phrase in request["dictionary"]]
    phrases.sort(key=lambda each: -len(each[1].text))
    return _Sources(predictor, tuple(phrases), frozenset(wanted & known), request["minConfidence"]), unknown


def _suggest(services: Services, job: Job, document: StoredDocument, sources: _Sources) -> int:
    """Writes the suggestions for one document and gives their number."""
    assert document.content_hash is not None
    annotation = services.labels.get(job.scope, document.location)
    if is_of_another_text(annotation, document) or (job.request["unlabelledOnly"] and annotation.is_labelled):
        return 0
    text = services.documents.get_text(job.scope, document.content_hash)
    before = services.suggestions.find(job.scope, document.location)
    of_this_text = before if before and before.content_hash == document.content_hash else None
    rejected = of_this_text.rejected if of_this_text else ()
    kept = [each for each in of_this_text.suggestions if each.category not in sources.covered] if of_this_text else []
    unwanted = set(rejected)
    wanted = [each for each in sources.suggestions(text) if each.label not in unwanted]
    added = where_free(wanted, [*annotation.labels, *kept])
    suggestions = tuple(sorted([*kept, *added], key=lambda each: each.start))
    if suggestions or before:
        row = SuggestionSet(
            document.location,
            document.content_hash,
            suggestions,
            rejected,
            job.job_id,
            etag=before.etag if before else "",
        )
        services.suggestions.save(job.scope, row)
    return len(added)
