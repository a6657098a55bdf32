"""Changes to many documents' labels at once: a row each that says who did what, and a blob that can undo it."""

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from functions.stores.blobs import BlobNotFoundError, BlobStore
from functions.stores.tables import Row, Table, etag_of, pack, unpack
from model_tools.errors import NotFoundError
from model_tools.spans import Label

_CONTAINER = "results"
_LAST_MICROSECOND = 10**16 - 1
"""Ids begin with what is left until this moment (in the year 2286), so that the newest comes first."""


class ChangeKind(StrEnum):
    """What somebody did."""

    RENAME_ENTITY = "renameEntity"
    MERGE_ENTITIES = "mergeEntities"
    DELETE_ENTITY = "deleteEntity"
    APPLY_TO_MATCHES = "applyToMatches"
    ACCEPT_SUGGESTIONS = "acceptSuggestions"


class ChangeStatus(StrEnum):
    """Where a change is."""

    RUNNING = "running"
    APPLIED = "applied"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class LabelDelta:
    """What a change means to do to the labels of one document."""

    location: str
    content_hash: str | None
    """The text that the offsets count in."""
    removed: tuple[Label, ...] = ()
    added: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One operation on labels that was, or is being, done."""

    project: str
    change_id: str
    kind: ChangeKind
    by: str
    created: datetime
    details: dict[str, Any] = field(default_factory=dict)
    """What was asked for; JSON values."""
    status: ChangeStatus = ChangeStatus.RUNNING
    documents: int = 0
    labels: int = 0
    skipped: int = 0
    """Documents that the change could not be made to."""
    undone: datetime | None = None
    undone_by: str | None = None
    etag: str = field(default="", compare=False)


def new_change_id() -> str:
    """An id that sorts before those of all earlier changes."""
    return f"{_LAST_MICROSECOND - time.time_ns() // 1000:016d}-{uuid.uuid4().hex[:8]}"


class ChangeStore:
    """The changes table, and the blobs with the deltas."""

    def __init__(self, table: Table, blobs: BlobStore) -> None:
        self._table = table
        self._blobs = blobs

    def find(self, project: str, change_id: str) -> Change | None:
        """The change, or None."""
        row = self._table.get(project, change_id)
        return _from_row(row) if row else None

    def get(self, project: str, change_id: str) -> Change:
        """The change.

        Raises:
            NotFoundError: there is none of that id.
        """
        change = self.find(project, change_id)
        if change is None:
            raise NotFoundError(f"Project '{project}' has no change '{change_id[:60]}'.", target="changeId")
        return change

    def read_all(self, project: str, *, after: str = "") -> Iterator[Change]:
        """The changes of a project, newest first; those behind the change `after`."""
        return map(_from_row, self._table.partition(project, after=after))

    def begin(self, change: Change) -> Change:
        """Records a change that is about to be made; gives what is recorded already where it was begun before."""
        known = self.find(change.project, change.change_id)
        return known or replace(change, etag=self._table.insert(_to_row(change)))

    def update(self, change: Change) -> Change:
        """Writes over the version that was read.

        Raises:
            StaleError: somebody else changed it meanwhile.
        """
        return replace(change, etag=self._table.replace(_to_row(change), change.etag))

    def undone(self, change: Change, by: str) -> Change:
        """Records that the change was taken back."""
        return self.update(replace(change, status=ChangeStatus.UNDONE, undone=datetime.now(UTC), undone_by=by))

    def deltas(self, change: Change) -> list[LabelDelta]:
        """What the change does to each document; none where it has not come so far."""
        try:
            lines = self._blobs.get(_CONTAINER, _blob_of(change)).splitlines()
        except BlobNotFoundError:
            return []
        return [_delta_from_json(json.loads(line)) for line in lines]

    def put_deltas(self, change: Change, deltas: Iterable[LabelDelta]) -> None:
        """Keeps what the change does to each document; before it is done, so that it can be undone whenever it ends."""
        lines = (json.dumps(_delta_to_json(delta)) + "\n" for delta in deltas)
        self._blobs.put(_CONTAINER, _blob_of(change), "".join(lines).encode(), "application/jsonl")

    def delete_project(self, project: str) -> None:
        """Forgets every change of a project."""
        self._table.delete_partition(project)
        self._blobs.delete_folder(_CONTAINER, f"{project}/changes/")


def _blob_of(change: Change) -> str:
    return f"{change.project}/changes/{change.change_id}.jsonl"


def _delta_to_json(delta: LabelDelta) -> list[Any]:
    removed, added = (
        [[label.start, label.end, label.category] for label in side] for side in (delta.removed, delta.added)
    )
    return [delta.location, delta.content_hash, removed, added]


def _delta_from_json(value: Sequence[Any]) -> LabelDelta:
    location, content_hash, removed, added = value
    return LabelDelta(
        location, content_hash, tuple(Label(*each) for each in removed), tuple(Label(*each) for each in added)
    )


def _to_row(change: Change) -> dict[str, Any]:
    row = {
        "PartitionKey": change.project,
        "RowKey": change.change_id,
        "kind": change.kind.value,
        "by": change.by,
        "created": change.created,
        "status": change.status.value,
        "documents": change.documents,
        "labels": change.labels,
        "skipped": change.skipped,
        "undone": change.undone,
        "undone_by": change.undone_by,
        **pack(change.details),
    }
    return {key: value for key, value in row.items() if value is not None}


def _from_row(row: Row) -> Change:
    return Change(
        project=row["PartitionKey"],
        change_id=row["RowKey"],
        kind=ChangeKind(row["kind"]),
        by=row["by"],
        created=row["created"],
        details=unpack(row),
        status=ChangeStatus(row["status"]),
        documents=row["documents"],
        labels=row["labels"],
        skipped=row["skipped"],
        undone=row.get("undone"),
        undone_by=row.get("undone_by"),
        etag=etag_of(row),
    )
