"""A data set frozen for training: what a model was made from, and a hash that says whether it is still the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model_tools.documents import Document, jsonl_lines, parse_jsonl
from model_tools.errors import InvalidInputError

DOCUMENTS_FILE = "documents.jsonl"
"""What `python -m model_tools train` reads."""
HEADER_FILE = "snapshot.json"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Split documents, the declared categories in order, and the options of the training."""

    documents: tuple[Document, ...]
    """Sorted by id, so that equal data sets are equal snapshots."""
    categories: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    """JSON values only, for example the seed and the recipe."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "documents", tuple(sorted(self.documents, key=lambda document: document.id)))

    @property
    def content_hash(self) -> str:
        """SHA-256, in hexadecimal, of the canonical bytes: equal exactly for equal snapshots."""
        return _content_hash(self._header(), self._documents_content())

    def to_files(self) -> dict[str, bytes]:
        """The snapshot's files by name."""
        header, content = self._header(), self._documents_content()
        header_content = _canonical({**header, "contentHash": _content_hash(header, content)})
        return {DOCUMENTS_FILE: content, HEADER_FILE: header_content}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "Snapshot":
        """Reads what `to_files` gave.

        Raises:
            InvalidInputError: a file is missing, unreadable, or not what it was when the snapshot was made.
        """
        for name in (DOCUMENTS_FILE, HEADER_FILE):
            if name not in files:
                raise InvalidInputError(f"The snapshot has no {name}.", inner_code="SnapshotIncomplete", target=name)
        try:
            header = json.loads(files[HEADER_FILE])
            expected = header.pop("contentHash")
            categories, options = tuple(header["categories"]), header["options"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInputError(
                f"{HEADER_FILE} is not the header of a snapshot.", inner_code="SnapshotInvalid", target=HEADER_FILE
            ) from error
        if _content_hash(header, files[DOCUMENTS_FILE]) != expected:
            raise InvalidInputError("The snapshot was altered after it was made.", inner_code="SnapshotAltered")
        return cls(tuple(parse_jsonl(files[DOCUMENTS_FILE], DOCUMENTS_FILE)), categories, options)

    def _header(self) -> dict[str, Any]:
        return {"categories": list(self.categories), "options": dict(self.options)}

    def _documents_content(self) -> bytes:
        return "".join(jsonl_lines(self.documents)).encode()


def _content_hash(header: Mapping[str, Any], documents: bytes) -> str:
    return hashlib.sha256(_canonical(header) + b"\n" + documents).hexdigest()


def _canonical(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
