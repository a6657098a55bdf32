"""Suggested labels: kept apart from those that people made, one row per document."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from functions.stores.tables import Row, Table, etag_of, key_of, pack, unpack
from model_tools.spans import Label

_SUMMARY = ["location", "counts", "content_hash", "job_id"]


class SuggestionSource(StrEnum):
    """Who had the idea."""

    MODEL = "model"
    DICTIONARY = "dictionary"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Suggestion(Label):
    """A label that somebody may accept."""

    source: SuggestionSource
    confidence: float | None = None
    """The model's, calibrated; None where only a dictionary had the idea, which knows no probability."""

    @property
    def label(self) -> Label:
        """What it becomes."""
        return Label(self.start, self.end, self.category)


@dataclass(frozen=True, slots=True)
class SuggestionSet:
    """The suggestions for one document."""

    location: str
    content_hash: str
    """The text that the offsets count in."""
    suggestions: tuple[Suggestion, ...] = ()
    """Sorted, without overlap."""
    rejected: tuple[Label, ...] = ()
    """What nobody wants to see again."""
    job_id: str = ""
    """The job that made them."""
    etag: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SuggestionSummary:
    """How many suggestions a document has, without the suggestions."""

    location: str
    counts: Mapping[str, int]
    """By category."""
    content_hash: str
    job_id: str

    @property
    def suggestion_count(self) -> int:
        """Of all categories."""
        return sum(self.counts.values())


class SuggestionStore:
    """The suggestions table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, project: str, location: str) -> SuggestionSet | None:
        """The suggestions for a document; None where nobody made any."""
        row = self._table.get(project, key_of(location))
        return _from_row(row) if row else None

    def summaries(
        self, project: str, *, first: str = "", after: str = "", last: str = "", page_size: int | None = None
    ) -> Iterator[SuggestionSummary]:
        """Summaries of the rows with keys from `first`, or behind `after`, to `last`, in the order of the keys."""
        rows = self._table.partition(project, start=first, after=after, last=last, page_size=page_size, select=_SUMMARY)
        return (
            SuggestionSummary(row["location"], json.loads(row["counts"]), row["content_hash"], row["job_id"])
            for row in rows
        )

    def save(self, project: str, suggestions: SuggestionSet) -> None:
        """Writes over the version that was read, or adds a row.

        Raises:
            ConflictError: somebody else wrote meanwhile.
            TooLargeError: too many for one document.
        """
        row = _to_row(project, suggestions)
        if suggestions.etag:
            self._table.replace(row, suggestions.etag)
        else:
            self._table.insert(row)

    def delete(self, project: str, location: str) -> None:
        """Forgets the suggestions for a document."""
        self._table.delete(project, key_of(location))

    def delete_project(self, project: str) -> None:
        """Forgets all suggestions of a project."""
        self._table.delete_partition(project)


def _to_row(project: str, suggestions: SuggestionSet) -> dict[str, Any]:
    counts = Counter(suggestion.category for suggestion in suggestions.suggestions)
    row = {
        "PartitionKey": project,
        "RowKey": key_of(suggestions.location),
        "location": suggestions.location,
        "content_hash": suggestions.content_hash,
        "counts": json.dumps(counts, ensure_ascii=False, separators=(",", ":")),
        "job_id": suggestions.job_id,
        **pack(
            {
                "suggestions": [[s.start, s.end, s.category, s.source, s.confidence] for s in suggestions.suggestions],
                "rejected": [[label.start, label.end, label.category] for label in suggestions.rejected],
            }
        ),
    }
    return {key: value for key, value in row.items() if value is not None}


def _from_row(row: Row) -> SuggestionSet:
    packed = unpack(row)
    return SuggestionSet(
        location=row["location"],
        content_hash=row["content_hash"],
        suggestions=tuple(
            Suggestion(start, end, category, SuggestionSource(source), confidence)
            for start, end, category, source, confidence in packed["suggestions"]
        ),
        rejected=tuple(Label(*label) for label in packed["rejected"]),
        job_id=row["job_id"],
        etag=etag_of(row),
    )
