"""Labels: one row per document, guarded by ETag, and a history row for every version that was replaced."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from functions.errors import StaleError, TooLargeError
from functions.stores.tables import Row, Table, etag_of, key_of, pack, unpack
from model_tools.errors import ConflictError, NotFoundError
from model_tools.formats.labels_file import Dataset
from model_tools.spans import Label

UNLABELLED_ETAG = 'W/"unlabelled"'
"""The version of a document that has no row yet, so that the first write is guarded like any other."""

_SEPARATOR = "|"
"""Between project and document in the history's keys; no project's name has it."""
_SUMMARY = ["location", "counts", "content_hash", "dataset", "done", "modified", "modified_by"]
_LAST_MICROSECOND = 10**16 - 1
"""Versions are kept under what is left until this moment (in the year 2286), so that the newest comes first."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What people said about one document: its labels, its data set and its language."""

    location: str
    labels: tuple[Label, ...] = ()
    """Sorted; code points of the text with `content_hash`."""
    content_hash: str | None = None
    """The text that the labels were made on."""
    dataset: Dataset | None = None
    language: str | None = None
    done: bool = False
    """Whether somebody said that all is labelled. Tells a document without entities from one nobody has read."""
    modified: datetime | None = None
    modified_by: str | None = None
    etag: str = field(default=UNLABELLED_ETAG, compare=False)

    @property
    def is_labelled(self) -> bool:
        """Whether it says what the text's entities are, be it that there are none."""
        return self.done or bool(self.labels)


@dataclass(frozen=True, slots=True)
class AnnotationSummary:
    """An annotation without its labels: cheap to read for many documents."""

    location: str
    counts: Mapping[str, int] = field(default_factory=dict)
    """Labels of each category that has any."""
    content_hash: str | None = None
    dataset: Dataset | None = None
    done: bool = False
    modified: datetime | None = None
    modified_by: str | None = None

    @property
    def label_count(self) -> int:
        """Labels of all categories."""
        return sum(self.counts.values())

    @property
    def is_labelled(self) -> bool:
        """As of the annotation."""
        return self.done or bool(self.counts)


@dataclass(frozen=True, slots=True)
class AnnotationVersion:
    """A version that was replaced."""

    version_id: str
    annotation: Annotation
    replaced: datetime
    replaced_by: str


def summary_of(annotation: Annotation) -> AnnotationSummary:
    """What lists show of the annotation."""
    return AnnotationSummary(
        annotation.location,
        Counter(label.category for label in annotation.labels),
        annotation.content_hash,
        annotation.dataset,
        annotation.done,
        annotation.modified,
        annotation.modified_by,
    )


def fits(annotation: Annotation) -> bool:
    """Whether one row takes all labels of the annotation."""
    try:
        _packed(annotation)
    except TooLargeError:
        return False
    return True


class LabelStore:
    """The labels and labelhistory tables."""

    def __init__(self, labels: Table, history: Table) -> None:
        self._labels = labels
        self._history = history

    def get(self, project: str, location: str) -> Annotation:
        """The document's annotation; an empty one where nobody has labelled yet."""
        row = self._labels.get(project, key_of(location))
        return _from_row(row) if row else Annotation(location)

    def read_all(self, project: str) -> Iterator[Annotation]:
        """All annotations of a project in the order of their keys."""
        return map(_from_row, self._labels.partition(project))

    def summaries(self, project: str, *, first: str = "", last: str = "") -> Iterator[AnnotationSummary]:
        """Summaries of the annotations whose keys are from `first` to `last`, in the order of the keys."""
        rows = self._labels.partition(project, start=first, last=last, select=_SUMMARY)
        return map(_summary_from_row, rows)

    def save(self, project: str, annotation: Annotation, *, etag: str, by: str) -> Annotation:
        """Writes over the version `etag` and gives the annotation as it is now.

        Raises:
            StaleError: the stored version is another; it carries the current annotation.
            TooLargeError: too many labels for one document.
        """
        is_first = etag == UNLABELLED_ETAG
        before = None if is_first else self.get(project, annotation.location)
        if before is not None and before.etag != etag:
            # Callers send anything as a version; storage refuses what has not its form in other ways than a lost guard.
            raise stale(before)
        now = datetime.now(UTC)
        row = _to_row(project, annotation, now, by)
        try:
            written = self._labels.insert(row) if is_first else self._labels.replace(row, etag)
        except ConflictError as error:
            raise stale(self.get(project, annotation.location)) from error
        if before is not None:
            self._record(project, before, by)
        return replace(annotation, modified=now, modified_by=by, etag=written)

    def clear(self, project: str, location: str, *, by: str) -> None:
        """Removes the labels of a document; the history keeps them."""
        before = self.get(project, location)
        if before.etag != UNLABELLED_ETAG:
            self._labels.delete(project, key_of(location))
            self._record(project, before, by)

    def history(self, project: str, location: str, *, after: str = "") -> Iterator[AnnotationVersion]:
        """Versions that were replaced, newest first; those behind the version `after`."""
        return map(_version_from_row, self._history.partition(_history_partition(project, location), after=after))

    def version(self, project: str, location: str, version_id: str) -> AnnotationVersion:
        """One version that was replaced.

        Raises:
            NotFoundError: there is none of that id.
        """
        row = self._history.get(_history_partition(project, location), version_id)
        if row is None:
            raise NotFoundError(f"'{location}' has no version '{version_id[:60]}'.", target="versionId")
        return _version_from_row(row)

    def delete_project(self, project: str) -> None:
        """Removes labels and history of a project."""
        # By range, since documents whose labels were cleared have a history too.
        self._history.delete_partitions(f"{project}{_SEPARATOR}", f"{project}{chr(ord(_SEPARATOR) + 1)}")
        self._labels.delete_partition(project)

    def _record(self, project: str, before: Annotation, by: str) -> None:
        now = datetime.now(UTC)
        row = _to_row(project, before, before.modified or now, before.modified_by or by)
        row["PartitionKey"] = _history_partition(project, before.location)
        # Two writes of one document never share a microsecond, because the second one is guarded by the version that
        # the first one made.
        row["RowKey"] = f"{_LAST_MICROSECOND - time.time_ns() // 1000:016d}"
        row["replaced"] = now
        row["replaced_by"] = by
        self._history.put(row)


def stale(current: Annotation) -> StaleError:
    """The error of a write that was based on another version than `current`."""
    return StaleError(
        f"The labels of '{current.location}' were changed by somebody else. Merge with the current ones.",
        current=current,
    )


def _history_partition(project: str, location: str) -> str:
    return f"{project}{_SEPARATOR}{key_of(location)}"


def _to_row(project: str, annotation: Annotation, modified: datetime, by: str) -> dict[str, Any]:
    row = {
        "PartitionKey": project,
        "RowKey": key_of(annotation.location),
        "location": annotation.location,
        "content_hash": annotation.content_hash,
        "dataset": annotation.dataset,
        "language": annotation.language,
        "done": annotation.done,
        # 200 categories of 50 characters fit in one property; written as they are, not as six-character escapes.
        "counts": json.dumps(summary_of(annotation).counts, ensure_ascii=False, separators=(",", ":")),
        "modified": modified,
        "modified_by": by,
        **_packed(annotation),
    }
    return {key: value for key, value in row.items() if value is not None}


def _packed(annotation: Annotation) -> dict[str, str]:
    return pack([[label.start, label.end, label.category] for label in annotation.labels])


def _from_row(row: Row) -> Annotation:
    return Annotation(
        location=row["location"],
        labels=tuple(Label(start, end, category) for start, end, category in unpack(row) or ()),
        content_hash=row.get("content_hash"),
        dataset=row.get("dataset"),
        language=row.get("language"),
        done=row["done"],
        modified=row["modified"],
        modified_by=row["modified_by"],
        etag=etag_of(row),
    )


def _summary_from_row(row: Row) -> AnnotationSummary:
    return AnnotationSummary(
        location=row["location"],
        counts=json.loads(row["counts"]),
        content_hash=row.get("content_hash"),
        dataset=row.get("dataset"),
        done=row["done"],
        modified=row["modified"],
        modified_by=row["modified_by"],
    )


def _version_from_row(row: Row) -> AnnotationVersion:
    return AnnotationVersion(row["RowKey"], _from_row(row), row["replaced"], row["replaced_by"])
