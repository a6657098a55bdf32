"""Documents: one row of metadata each, and the extracted text as a blob named by its hash."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.stores.blobs import BlobStore
from functions.stores.revisions import Revisions
from functions.stores.tables import Row, Table, etag_of, key_of, pack, unpack
from model_tools.errors import ConflictError, NotFoundError, Problem

_TEXTS = "texts"
_SUMMARY = ["location", "status", "characters", "content_hash"]


class DocumentStatus(StrEnum):
    """What ingest made of a file."""

    INGESTED = "ingested"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What is known of one file of a project."""

    project: str
    location: str
    """The blob's name within the project's folder."""
    status: DocumentStatus
    blob_etag: str
    """Of the version that was ingested; the pair (location, blob_etag) makes ingest idempotent."""
    size: int
    """Bytes of the original file."""
    ingested: datetime
    media_type: str | None = None
    encoding: str | None = None
    characters: int = 0
    """Code points of the text."""
    language: str | None = None
    """A guess from the text, ISO 639-1."""
    content_hash: str | None = None
    """SHA-256 of the text's UTF-8 form; names the text blob."""
    duplicate_of: str | None = None
    """The location that had the same text first."""
    failure: Problem | None = None
    """Why there is no text, where status is failed."""
    warnings: tuple[Problem, ...] = ()
    etag: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """What documents, and all that is kept for each of them, are sorted by."""
        return key_of(self.location)


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What counts need of a document: cheap to read for all of a project."""

    location: str
    status: DocumentStatus
    characters: int = 0
    content_hash: str | None = None

    @property
    def key(self) -> str:
        """As of the document."""
        return key_of(self.location)


def hash_of_text(text: str) -> str:
    """SHA-256 of the UTF-8 form, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


class DocumentStore:
    """The documents and contents tables, and the container of texts."""

    def __init__(self, documents: Table, contents: Table, blobs: BlobStore) -> None:
        self._documents = documents
        self._contents = contents
        self._blobs = blobs
        self._revisions = Revisions()

    def revision(self, project: str) -> int:
        """Grows with every write of this process on the project's documents."""
        return self._revisions.of(project)

    def find(self, project: str, location: str) -> StoredDocument | None:
        """The document, or None."""
        row = self._documents.get(project, key_of(location))
        return _from_row(row) if row else None

    def get(self, project: str, location: str) -> StoredDocument:
        """The document.

        Raises:
            NotFoundError: there is none at that location.
        """
        document = self.find(project, location)
        if document is None:
            raise NotFoundError(f"Project '{project}' has no document at '{location}'.", target="location")
        return document

    def read_all(self, project: str) -> Iterator[StoredDocument]:
        """All documents of a project in the order of their keys."""
        return map(_from_row, self._documents.partition(project))

    def read_after(
        self, project: str, after: str, *, status: DocumentStatus | None = None, page_size: int
    ) -> Iterator[StoredDocument]:
        """The documents behind the key `after`, or all where it is empty, in the order of their keys."""
        equal = {"status": status.value} if status else None
        return map(_from_row, self._documents.partition(project, after=after, equal=equal, page_size=page_size))

    def summaries(self, project: str, *, after: str = "", last: str = "") -> Iterator[DocumentSummary]:
        """Summaries of the documents behind the key `after`, up to `last`, in the order of their keys."""
        return map(_summary_from_row, self._documents.partition(project, after=after, last=last, select=_SUMMARY))

    def save(self, document: StoredDocument) -> None:
        """Writes what ingest found; guarded by the version that was read before, where there was one.

        Raises:
            ConflictError: another ingest of the same location was faster.
        """
        with self._revisions.write(document.project):
            if document.etag:
                self._documents.replace(_to_row(document), document.etag)
            else:
                self._documents.insert(_to_row(document))

    def delete(self, project: str, location: str) -> None:
        """Forgets a document; its text stays until the project goes."""
        document = self.find(project, location)
        if document is not None and document.content_hash and document.duplicate_of is None:
            self._contents.delete(project, document.content_hash)
        with self._revisions.write(project):
            self._documents.delete(project, key_of(location))

    def delete_project(self, project: str) -> None:
        """Forgets every document of a project and removes the texts."""
        with self._revisions.write(project):
            self._documents.delete_partition(project)
        self._contents.delete_partition(project)
        self._blobs.delete_folder(_TEXTS, f"{project}/")

    def put_text(self, project: str, text: str) -> str:
        """Keeps a text under its hash and gives the hash."""
        content_hash = hash_of_text(text)
        self._blobs.put(_TEXTS, f"{project}/{content_hash}.txt", text.encode(), "text/plain; charset=utf-8")
        return content_hash

    def get_text(self, project: str, content_hash: str) -> str:
        """The text with that hash, exactly as it was extracted.

        Raises:
            NotFoundError: there is none.
        """
        return self._blobs.get(_TEXTS, f"{project}/{content_hash}.txt").decode()

    def first_with_content(self, project: str, content_hash: str, location: str) -> str:
        """The location that had this content first; registers `location` where nobody was."""
        claim = {"PartitionKey": project, "RowKey": content_hash, "location": location}
        row = self._contents.get(project, content_hash)
        if row is None:
            try:
                self._contents.insert(claim)
            except ConflictError:
                return self.first_with_content(project, content_hash, location)
            return location
        first = str(row["location"])
        holder = self.find(project, first)
        # No document there yet: its ingest has claimed the content and is about to write it.
        if first == location or holder is None or holder.content_hash == content_hash:
            return first
        self._contents.put(claim)
        return location


def _to_row(document: StoredDocument) -> dict[str, Any]:
    row = {
        "PartitionKey": document.project,
        "RowKey": key_of(document.location),
        "location": document.location,
        "status": document.status.value,
        "blob_etag": document.blob_etag,
        "size": document.size,
        "ingested": document.ingested,
        "media_type": document.media_type,
        "encoding": document.encoding,
        "characters": document.characters,
        "language": document.language,
        "content_hash": document.content_hash,
        "duplicate_of": document.duplicate_of,
        **pack(
            {
                "failure": _problem_to_json(document.failure) if document.failure else None,
                "warnings": [_problem_to_json(warning) for warning in document.warnings],
            }
        ),
    }
    return {key: value for key, value in row.items() if value is not None}


def _from_row(row: Row) -> StoredDocument:
    packed = unpack(row) or {}
    return StoredDocument(
        project=row["PartitionKey"],
        location=row["location"],
        status=DocumentStatus(row["status"]),
        blob_etag=row["blob_etag"],
        size=int(row["size"]),
        ingested=row["ingested"],
        media_type=row.get("media_type"),
        encoding=row.get("encoding"),
        characters=int(row.get("characters", 0)),
        language=row.get("language"),
        content_hash=row.get("content_hash"),
        duplicate_of=row.get("duplicate_of"),
        failure=Problem(**packed["failure"]) if packed.get("failure") else None,
        warnings=tuple(Problem(**warning) for warning in packed.get("warnings", ())),
        etag=etag_of(row),
    )


def _summary_from_row(row: Row) -> DocumentSummary:
    return DocumentSummary(
        row["location"], DocumentStatus(row["status"]), int(row.get("characters", 0)), row.get("content_hash")
    )


def _problem_to_json(problem: Problem) -> dict[str, str | None]:
    return {"code": problem.code, "message": problem.message, "target": problem.target}
