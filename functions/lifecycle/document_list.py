"""Documents with what people said about them, page by page: the list that labelling starts from."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from functions.services import Services
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.labels import AnnotationSummary

UNASSIGNED = "Unassigned"
DatasetFilter = Literal["Train", "Test", "Unassigned"]

_CHUNK = 1000
"""Rows that one request to Table storage gives at most."""
_MAX_READ = 5_000
"""Documents looked at for one page; a filter that few pass gives a short page and the place to go on from."""
_MAX_SEARCHED = 400
"""Texts read for one page."""
_SEARCH_CHUNK = 50
_PARALLEL = 8


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents are wanted; None lets all through."""

    status: DocumentStatus | None = None
    labelled: bool | None = None
    done: bool | None = None
    dataset: DatasetFilter | None = None
    category: str | None = None
    """With at least one label of it."""
    suggested: bool | None = None
    """Whether there are suggestions for it."""
    search: str | None = None
    """Part of the location or of the text, without regard to case."""

    @property
    def lets_all_through(self) -> bool:
        """Whether nothing is asked for."""
        return self == DocumentFilter()

    def admits(self, each: "ListedDocument") -> bool:
        """Whether it fits, apart from the search."""
        document, annotation = each.document, each.annotation
        return (
            (self.status is None or document.status is self.status)
            and (self.labelled is None or annotation.is_labelled is self.labelled)
            and (self.done is None or annotation.done is self.done)
            and (self.dataset is None or (annotation.dataset or UNASSIGNED) == self.dataset)
            and (self.category is None or self.category in annotation.counts)
            and (self.suggested is None or bool(each.suggestions) is self.suggested)
        )


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document and the summary of its labels."""

    document: StoredDocument
    annotation: AnnotationSummary
    suggestions: int = 0
    """Made for its present text and not decided on, though labels may have taken their places."""


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some documents in the order of their keys."""

    items: list[ListedDocument]
    after: str | None
    """The key to go on behind; None where nothing follows."""
    skip: int = 0
    """How many are still to be passed over."""


def list_documents(
    services: Services, project: str, wanted: DocumentFilter, *, after: str = "", skip: int = 0, size: int
) -> DocumentPage:
    """Up to `size` documents behind the key `after`, passing over the first `skip`.

    The work for one page has a bound, so that a page may be short, or empty, and yet not the last.
    """
    items: list[ListedDocument] = []
    read = searched = 0
    page_size = min(size + skip + 1, _CHUNK) if wanted.lets_all_through else _CHUNK
    if wanted.search is not None:
        page_size = _SEARCH_CHUNK
    documents = services.documents.read_after(project, after, status=wanted.status, page_size=page_size)
    while chunk := _annotated(services, project, list(islice(documents, page_size))):
        chunk = _with_suggestions(services, project, chunk)
        candidates = [each for each in chunk if wanted.admits(each)]
        found = candidates if wanted.search is None else _with_text(services, candidates, wanted.search)
        for each in found[skip:]:
            if len(items) == size:
                return DocumentPage(items, items[-1].document.key)
            items.append(each)
        skip = max(0, skip - len(found))
        read += len(chunk)
        searched += 0 if wanted.search is None else len(candidates)
        if read >= _MAX_READ or searched >= _MAX_SEARCHED:
            return DocumentPage(items, chunk[-1].document.key, skip)
    return DocumentPage(items, None)


def read_listed(services: Services, project: str) -> Iterator[ListedDocument]:
    """All documents of a project with the summaries of their labels; reads both tables whole."""
    documents = services.documents.read_after(project, "", page_size=_CHUNK)
    while chunk := _annotated(services, project, list(islice(documents, _CHUNK))):
        yield from chunk


def chosen_documents(services: Services, project: str, locations: Sequence[str] | None) -> Iterator[StoredDocument]:
    """The documents at these locations, or all, as far as they have a text."""
    if locations is None:
        documents = services.documents.read_after(project, "", page_size=_CHUNK)
    else:
        found = (services.documents.find(project, location) for location in locations)
        documents = (document for document in found if document is not None)
    return (document for document in documents if document.content_hash is not None)


def count_documents(services: Services, project: str, limit: int) -> int:
    """How many documents there are, as far as it matters: above `limit`, any number."""
    return sum(1 for _ in islice(services.documents.read_after(project, "", page_size=limit + 1), limit + 1))


def _annotated(services: Services, project: str, documents: list[StoredDocument]) -> list[ListedDocument]:
    if not documents:
        return []
    summaries = {
        summary.location: summary
        for summary in services.labels.summaries(project, first=documents[0].key, last=documents[-1].key)
    }
    return [
        ListedDocument(document, summaries.get(document.location) or AnnotationSummary(document.location))
        for document in documents
    ]


def _with_suggestions(services: Services, project: str, chunk: list[ListedDocument]) -> list[ListedDocument]:
    first, last = chunk[0].document.key, chunk[-1].document.key
    summaries = {each.location: each for each in services.suggestions.summaries(project, first=first, last=last)}

    def counted(each: ListedDocument) -> ListedDocument:
        summary = summaries.get(each.document.location)
        is_of_this_text = summary is not None and summary.content_hash == each.document.content_hash
        return replace(each, suggestions=summary.suggestion_count) if summary and is_of_this_text else each

    return list(map(counted, chunk))


def _with_text(services: Services, candidates: list[ListedDocument], search: str) -> list[ListedDocument]:
    folded = search.casefold()

    def has(each: ListedDocument) -> bool:
        if folded in each.document.location.casefold():
            return True
        content_hash = each.document.content_hash
        return (
            content_hash is not None
            and folded in services.documents.get_text(each.document.project, content_hash).casefold()
        )

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return [each for each, found in zip(candidates, pool.map(has, candidates), strict=True) if found]
