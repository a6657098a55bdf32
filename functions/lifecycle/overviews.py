"""Counts of whole projects: read in parallel, once for all who ask at the same time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from functions.lifecycle.memo import Memo
from functions.lifecycle.statistics import Overview, count
from functions.stores.documents import DocumentStore, DocumentSummary
from functions.stores.labels import AnnotationSummary, LabelStore

_MAX_AGE = 2.0
"""Seconds for which a count may miss what other instances write; what this one has written is always in it."""
_PART_ROWS = 5_000
"""Documents of one part of the reading: storage gives 1,000 at a time, and the next ones only after them."""
_PARALLEL = 8


class Overviews:
    """The overview of each project, from the documents table and the summaries of the labels: no text is read."""

    def __init__(self, documents: DocumentStore, labels: LabelStore) -> None:
        self._documents = documents
        self._labels = labels
        self._memo = Memo[Overview](_MAX_AGE)
        self._cuts: dict[str, tuple[str, ...]] = {}
        """Keys that cut each project into parts, as the reading before found them. Any keys would be right."""

    def get(self, project: str) -> Overview:
        """The counts of a project."""
        revision = self._documents.revision(project) + self._labels.revision(project)
        return self._memo.get(project, revision, lambda: self._count(project))

    def _count(self, project: str) -> Overview:
        documents: list[DocumentSummary] = []
        annotations: dict[str, AnnotationSummary] = {}
        with ThreadPoolExecutor(_PARALLEL) as pool:
            parts = [
                (
                    pool.submit(lambda a, b: list(self._documents.summaries(project, after=a, last=b)), after, last),
                    pool.submit(lambda a, b: list(self._labels.tallies(project, after=a, last=b)), after, last),
                )
                for after, last in pairwise(["", *self._cuts.get(project, ()), ""])
            ]
            for of_documents, of_labels in parts:
                documents += of_documents.result()
                annotations |= {each.location: each for each in of_labels.result()}
        self._cuts[project] = _cuts_of(documents)
        return count((each, annotations.get(each.location) or AnnotationSummary(each.location)) for each in documents)


def _cuts_of(documents: Sequence[DocumentSummary]) -> tuple[str, ...]:
    return tuple(document.key for document in documents[_PART_ROWS::_PART_ROWS])
