"""Likely label errors that the newest check found, and which of them are still as they were found."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from functions.lifecycle.labelling import where_free
from functions.services import Services
from functions.stores.documents import StoredDocument
from functions.stores.labels import Annotation
from functions.stores.quality import QualityKind
from functions.stores.tables import key_of
from model_tools.quality.findings import Kind
from model_tools.spans import Label

_LIKELY = 0.5
"""Score from which a finding makes a document suspected."""
_PARALLEL = 8
_BATCH = 32
"""Findings whose documents are looked up together; a page of a few costs no more than that."""

_Record = Mapping[str, Any]
"""A finding as the engine writes it, with its id and the hash of the text that was checked."""


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A likely label error that nobody has settled."""

    finding_id: str
    document: StoredDocument
    kind: Kind
    score: float
    """Probability that something is wrong here."""
    label: Label | None
    proposal: Label | None
    reason: str


def open_findings(
    services: Services, project: str, *, kind: str | None = None, location: str | None = None
) -> Iterator[OpenFinding]:
    """What the newest check found and what is still as it was found, the surest first; of all documents, or of one."""
    found = iter(
        record
        for record in _not_dismissed(services, project)
        if (kind is None or record["kind"] == kind) and (location is None or record["document"] == location)
    )
    declared = _declared(services, project)

    def look(place: str) -> tuple[StoredDocument | None, Annotation]:
        return services.documents.find(project, place), services.labels.get(project, place)

    seen: dict[str, tuple[StoredDocument | None, Annotation]] = {}
    with ThreadPoolExecutor(_PARALLEL) as pool:
        while batch := list(islice(found, _BATCH)):
            unseen = dict.fromkeys(record["document"] for record in batch if record["document"] not in seen)
            seen.update(zip(unseen, pool.map(look, unseen), strict=True))
            for record in batch:
                document, annotation = seen[record["document"]]
                if document is not None and _is_open(record, document, annotation, declared):
                    yield _finding(record, document)


class Suspects:
    """Documents in which likely errors were found; whether one is still to be settled shows when it is looked at."""

    def __init__(self, services: Services, project: str) -> None:
        self._declared = _declared(services, project)
        self._records: dict[str, list[_Record]] = {}
        for record in _not_dismissed(services, project):
            if record["score"] >= _LIKELY:
                self._records.setdefault(record["document"], []).append(record)

    def __contains__(self, location: str) -> bool:
        return location in self._records

    def behind(self, key: str) -> list[str]:
        """The locations behind a key, in the order of keys."""
        return sorted((each for each in self._records if key_of(each) > key), key=key_of)

    def is_suspected(self, document: StoredDocument, annotation: Annotation) -> bool:
        """Whether one of the likely errors in the document is still there."""
        records: Sequence[_Record] = self._records.get(document.location, ())
        return any(_is_open(record, document, annotation, self._declared) for record in records)


def _not_dismissed(services: Services, project: str) -> list[_Record]:
    result = services.quality.latest(project, QualityKind.LABEL_CHECK)
    if result is None:
        return []
    dismissed = services.quality.dismissed(project)
    return [record for record in result.record["findings"] if record["id"] not in dismissed]


def _declared(services: Services, project: str) -> frozenset[str]:
    return frozenset(category.name for category in services.projects.get(project).categories)


def _is_open(record: _Record, document: StoredDocument, annotation: Annotation, declared: frozenset[str]) -> bool:
    """Whether text and label are still there, and the place of the proposal is still free."""
    label, proposal = _label_of(record["label"]), _label_of(record["proposal"])
    if document.content_hash != record["contentHash"] or (label is not None and label not in annotation.labels):
        return False
    if proposal is None:
        return True
    others = [each for each in annotation.labels if each != label]
    return proposal.category in declared and bool(where_free([proposal], others))


def _finding(record: _Record, document: StoredDocument) -> OpenFinding:
    return OpenFinding(
        record["id"],
        document,
        record["kind"],
        record["score"],
        _label_of(record["label"]),
        _label_of(record["proposal"]),
        record["reason"],
    )


def _label_of(record: _Record | None) -> Label | None:
    if record is None:
        return None
    return Label(record["offset"], record["offset"] + record["length"], record["category"])
