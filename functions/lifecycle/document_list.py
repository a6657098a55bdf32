"""Documents with what people said about them, page by page: the list that labelling starts from."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from functions.lifecycle.findings import Suspects
from functions.lifecycle.statistics import UNASSIGNED
from functions.services import Services
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.labels import AnnotationSummary, summary_of
from functions.stores.tables import key_of

DatasetFilter = Literal["Train", "Test", "Unassigned"]

_CHUNK = 1000
"""Rows that one request to Table storage gives at most."""
_MAX_READ = 5_000
"""Documents looked at for one page; a filter that few pass gives a short page and the place to go on from."""
_MAX_SEARCHED = 400
"""Texts read for one page, or documents looked up one by one."""
_SEARCH_CHUNK = 50
"""Of them, how many before it is seen whether the page is full."""
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
    suspected: bool | None = None
    """Whether the newest check of labels found likely errors in it that nobody has settled."""
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
            and (self.suspected is None or each.suspected is self.suspected)
            and (self.suggested is None or bool(each.suggestions) is self.suggested)
        )


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document and the summary of its labels."""

    document: StoredDocument
    annotation: AnnotationSummary
    suggestions: int = 0
    """Made for its present text and not decided on, though labels may have taken their places."""
    suspected: bool = False
    """Known where the filter asks for it."""


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some documents in the order of their keys."""

    items: list[ListedDocument]
    after: str | None
    """The key to go on behind; None where nothing follows."""
    skip: int = 0
    """How many are still to be passed over."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Documents next to each other in the order of keys, as far as they are there."""

    documents: list[ListedDocument]
    last: str
    """The key that it ends with."""
    cost: int
    """Of reading it, in rows."""


def list_documents(
    services: Services, project: str, wanted: DocumentFilter, *, after: str = "", skip: int = 0, size: int
) -> DocumentPage:
    """Up to `size` documents behind the key `after`, passing over the first `skip`.

    The work for one page has a bound, so that a page may be short, or empty, and yet not the last.
    """
    items: list[ListedDocument] = []
    read = searched = 0
    for chunk in _chunks(services, project, wanted, after, size + skip + 1):
        candidates = iter([each for each in chunk.documents if wanted.admits(each)])
        while batch := list(islice(candidates, None if wanted.search is None else _SEARCH_CHUNK)):
            found = batch if wanted.search is None else _with_text(services, batch, wanted.search)
            for each in found[skip:]:
                if len(items) == size:
                    return DocumentPage(items, items[-1].document.key)
                items.append(each)
            skip = max(0, skip - len(found))
            searched += 0 if wanted.search is None else len(batch)
            if searched >= _MAX_SEARCHED:
                return DocumentPage(items, batch[-1].document.key, skip)
        read += chunk.cost
        if read >= _MAX_READ:
            return DocumentPage(items, chunk.last, skip)
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


def _chunks(services: Services, project: str, wanted: DocumentFilter, after: str, enough: int) -> Iterator[_Chunk]:
    """The documents behind a key that the filter may let through; no more of them than `enough` where it lets all."""
    suspects = None if wanted.suspected is None else Suspects(services, project)
    if wanted.suspected and suspects is not None:
        yield from _suspected(services, project, suspects, after)
        return
    size = min(_CHUNK, enough) if wanted.lets_all_through else _CHUNK if wanted.search is None else _MAX_SEARCHED
    documents = services.documents.read_after(project, after, status=wanted.status, page_size=size)
    while rows := list(islice(documents, size)):
        chunk = _with_suggestions(services, project, rows)
        if suspects is not None:
            chunk = _judged(services, chunk, suspects)
        yield _Chunk(chunk, rows[-1].key, len(rows))


def _suspected(services: Services, project: str, suspects: Suspects, after: str) -> Iterator[_Chunk]:
    """The documents that a check suspected, each looked up by itself: they are few, and far from each other."""

    def look(location: str) -> ListedDocument | None:
        document = services.documents.find(project, location)
        if document is None:
            return None
        annotation = services.labels.get(project, location)
        made = services.suggestions.find(project, location)
        suggestions = len(made.suggestions) if made and made.content_hash == document.content_hash else 0
        is_suspected = suspects.is_suspected(document, annotation)
        return ListedDocument(document, summary_of(annotation), suggestions, is_suspected)

    locations = iter(suspects.behind(after))
    with ThreadPoolExecutor(_PARALLEL) as pool:
        while batch := list(islice(locations, _SEARCH_CHUNK)):
            found = [each for each in pool.map(look, batch) if each is not None]
            yield _Chunk(found, key_of(batch[-1]), len(batch) * (_MAX_READ // _MAX_SEARCHED))


def _judged(services: Services, chunk: list[ListedDocument], suspects: Suspects) -> list[ListedDocument]:
    """With whether they are suspected; looks up labels of those in which something was found."""

    def judged(each: ListedDocument) -> ListedDocument:
        document = each.document
        if document.location not in suspects:
            return each
        annotation = services.labels.get(document.project, document.location)
        return replace(each, suspected=suspects.is_suspected(document, annotation))

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(judged, chunk))


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


def _with_suggestions(services: Services, project: str, documents: list[StoredDocument]) -> list[ListedDocument]:
    """With the summaries of their labels and the numbers of their suggestions, which are read at the same time."""
    first, last = documents[0].key, documents[-1].key
    with ThreadPoolExecutor(1) as pool:
        suggested = pool.submit(lambda: list(services.suggestions.summaries(project, first=first, last=last)))
        annotated = _annotated(services, project, documents)
        summaries = {each.location: each for each in suggested.result()}

    def counted(each: ListedDocument) -> ListedDocument:
        summary = summaries.get(each.document.location)
        is_of_this_text = summary is not None and summary.content_hash == each.document.content_hash
        return replace(each, suggestions=summary.suggestion_count) if summary and is_of_this_text else each

    return list(map(counted, annotated))


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
