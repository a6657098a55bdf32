"""Labels: one row per document, guarded by ETag, and a history row for every version that was replaced."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from functions.errors import StaleError, TooLargeError
from functions.stores.tables import Row, Table, etag_of, key_of, pack, unpack
from model_tools.errors import ConflictError
from model_tools.formats.labels_file import Dataset
from model_tools.spans import Label

UNLABELLED_ETAG = 'W/"unlabelled"'
"""The version of a document that has no row yet, so that the first write is guarded like any other."""

_SEPARATOR = "|"
"""Between project and document in the history's keys; no project's name has it."""


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
    modified: datetime | None = None
    modified_by: str | None = None
    etag: str = field(default=UNLABELLED_ETAG, compare=False)


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

    def save(self, project: str, annotation: Annotation, *, etag: str, by: str) -> str:
        """Writes over the version `etag` and gives the new version.

        Raises:
            StaleError: the stored version is another; it carries the current annotation.
            TooLargeError: too many labels for one document.
        """
        is_first = etag == UNLABELLED_ETAG
        before = None if is_first else self.get(project, annotation.location)
        if before is not None and before.etag != etag:
            # Callers send anything as a version; storage refuses what has not its form in other ways than a lost guard.
            raise _stale(before)
        row = _to_row(project, annotation, datetime.now(UTC), by)
        try:
            written = self._labels.insert(row) if is_first else self._labels.replace(row, etag)
        except ConflictError as error:
            raise _stale(self.get(project, annotation.location)) from error
        if before is not None:
            self._record(project, before, by)
        return written

    def clear(self, project: str, location: str, *, by: str) -> None:
        """Removes the labels of a document; the history keeps them."""
        before = self.get(project, location)
        if before.etag != UNLABELLED_ETAG:
            self._labels.delete(project, key_of(location))
            self._record(project, before, by)

    def history(self, project: str, location: str) -> Iterator[Annotation]:
        """Versions that were replaced, oldest first."""
        return map(_from_row, self._history.partition(_history_partition(project, location)))

    def delete_project(self, project: str) -> None:
        """Removes labels and history of a project."""
        # By range, since documents whose labels were cleared have a history too.
        self._history.delete_partitions(f"{project}{_SEPARATOR}", f"{project}{chr(ord(_SEPARATOR) + 1)}")
        self._labels.delete_partition(project)

    def _record(self, project: str, before: Annotation, by: str) -> None:
        now = datetime.now(UTC)
        row = _to_row(project, before, before.modified or now, before.modified_by or by)
        row["PartitionKey"] = _history_partition(project, before.location)
        # Rows of one partition sort by time; two writes of one document never share a microsecond, because the
        # second one is guarded by the version that the first one made.
        row["RowKey"] = now.strftime("%Y%m%dT%H%M%S%fZ")
        row["replaced_by"] = by
        self._history.put(row)


def _stale(current: Annotation) -> StaleError:
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
        modified=row["modified"],
        modified_by=row["modified_by"],
        etag=etag_of(row),
    )
