"""Documents with what people said about them, page by page: the list that labelling starts from."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
    search: str | None = None
    """Part of the location or of the text, without regard to case."""

    @property
    def lets_all_through(self) -> bool:
        """Whether nothing is asked for."""
        return self == DocumentFilter()

    def admits(self, document: StoredDocument, annotation: AnnotationSummary) -> bool:
        """Whether it fits, apart from the search."""
        return (
            (self.status is None or document.status is self.status)
            and (self.labelled is None or annotation.is_labelled is self.labelled)
            and (self.done is None or annotation.done is self.done)
            and (self.dataset is None or (annotation.dataset or UNASSIGNED) == self.dataset)
            and (self.category is None or self.category in annotation.counts)
        )


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document and the summary of its labels."""

    document: StoredDocument
    annotation: AnnotationSummary


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
        candidates = [each for each in chunk if wanted.admits(each.document, each.annotation)]
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
