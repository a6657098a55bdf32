"""What was found out about a data set: likely label errors and learning curves, kept with its snapshot."""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.stores.blobs import BlobNotFoundError, BlobStore
from functions.stores.tables import Table, etag_of

_DATASETS = "datasets"
_DISMISSED = "dismissed-"
_KEPT = 8
"""Results that are kept in memory: each page of what they say would read them anew, some megabytes."""


class QualityKind(StrEnum):
    """What was asked."""

    LABEL_CHECK = "label-check"
    LEARNING_CURVE = "learning-curve"


@dataclass(frozen=True, slots=True)
class QualityResult:
    """The newest answer."""

    dataset: str
    """The snapshot's folder."""
    job_id: str
    created: datetime
    record: dict[str, Any]
    """As the engine writes it."""


class QualityStore:
    """The quality table, with the newest results and what people dismissed; the results lie with their data sets."""

    def __init__(self, table: Table, blobs: BlobStore) -> None:
        self._table = table
        self._blobs = blobs
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], QualityResult] = OrderedDict()
        """By project, kind and the version of the row that names them."""

    def save(self, project: str, kind: QualityKind, result: QualityResult) -> None:
        """Keeps a result with its data set, and makes it the newest."""
        name = f"{result.dataset}/{kind.value}.json"
        self._blobs.put(_DATASETS, name, json.dumps(result.record).encode(), "application/json")
        row = {"PartitionKey": project, "RowKey": kind.value, "dataset": result.dataset}
        self._table.put({**row, "job_id": result.job_id, "created": result.created})

    def latest(self, project: str, kind: QualityKind) -> QualityResult | None:
        """The newest result, not to be changed; None where nobody has asked yet."""
        row = self._table.get(project, kind.value)
        if row is None:
            return None
        version = project, kind.value, etag_of(row)
        with self._lock:
            if version in self._kept:
                self._kept.move_to_end(version)
                return self._kept[version]
        try:
            record = json.loads(self._blobs.get(_DATASETS, f"{row['dataset']}/{kind.value}.json"))
        except BlobNotFoundError:
            return None
        result = QualityResult(row["dataset"], row["job_id"], row["created"], record)
        with self._lock:
            self._kept[version] = result
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return result

    def dismiss(self, project: str, findings: Iterable[str]) -> None:
        """Remembers findings that somebody looked at and found right as it is."""
        for finding in findings:
            self._table.put({"PartitionKey": project, "RowKey": f"{_DISMISSED}{finding}"})

    def dismissed(self, project: str) -> set[str]:
        """The ids of all findings that were dismissed."""
        rows = self._table.partition(project, start=_DISMISSED, last=f"{_DISMISSED}~", select=["RowKey"])
        return {row["RowKey"].removeprefix(_DISMISSED) for row in rows}

    def delete_project(self, project: str) -> None:
        """Forgets all of a project."""
        self._table.delete_partition(project)
