"""Files become documents: extraction, metadata, and the comparison of a container with what is known of it."""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from functions.services import Services
from functions.stores.blobs import BlobInfo
from functions.stores.documents import DocumentStatus, StoredDocument
from functions.stores.projects import Project
from model_tools.errors import ConflictError, NerError, NotFoundError, Problem
from model_tools.extract.errors import UnreadableDocumentError
from model_tools.extract.extractor import MAX_DOCUMENT_CHARACTERS, MAX_FILE_BYTES, ExtractedText, extract
from model_tools.extract.language import guess_language

_LOGGER = logging.getLogger(__name__)

_PARALLEL = 8
"""Ingest waits for storage more than it computes."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a comparison of a container with the documents table did, in documents."""

    added: int
    updated: int
    unchanged: int
    removed: int
    failed: int
    """Of all files, those that cannot be read; each has a row that says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the files of a project lie."""

    project: str
    container: str
    folder: str
    """Prefix of the blob names: empty, or ending in `/`."""

    @classmethod
    def of(cls, project: Project) -> "Source":
        """The source of a project that exists."""
        return cls(project.name, project.container, project.folder)


def ingest(services: Services, source: Source, location: str) -> StoredDocument | None:
    """Brings what is known of one file up to date, and gives it; None where there is no such file.

    The same version of a file twice changes nothing. Of two versions that arrive together, the one that storage holds
    at the end is the one that is kept, since every loser looks again.
    """
    for _ in range(_TRIES):
        known = services.documents.find(source.project, location)
        blob = services.blobs.info(source.container, source.folder + location)
        if blob is None:
            return None
        if known and known.blob_etag == blob.etag:
            return known
        document = _read(services, source, location, blob)
        try:
            services.documents.save(replace(document, etag=known.etag if known else ""))
        except ConflictError:
            continue
        return document
    raise ConflictError(f"'{location}' keeps changing while it is read. Try again when uploads have ended.")


def read_file(services: Services, container: str, name: str, size: int) -> ExtractedText:
    """The text of a file; one that is larger than what is read stays where it is.

    Raises:
        UnreadableDocumentError: no text can be had.
        BlobNotFoundError: it has gone.
    """
    if size > MAX_FILE_BYTES:
        raise UnreadableDocumentError(
            "TooLarge", f"The file has {size:,} bytes; the limit is {MAX_FILE_BYTES:,}. Split it into parts."
        )
    return extract(services.blobs.get(container, name), name)


def ingest_all(services: Services, project: Project, locations: Iterable[str]) -> list[StoredDocument | None]:
    """`ingest` for many files of a project's container, in order."""
    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(lambda location: ingest(services, Source.of(project), location), locations))


def sync(services: Services, project: Project) -> SyncReport:
    """Makes the documents of a project agree with its container: new, changed and deleted files.

    Labels of a deleted file are kept, for the day it returns.

    Raises:
        NotFoundError: the container does not exist.
    """
    # In this order: a file that is uploaded and ingested meanwhile is present and not known, never known and missing.
    known = {document.location: document.blob_etag for document in services.documents.read_all(project.name)}
    present = {
        blob.name.removeprefix(project.folder): blob.etag
        for blob in services.blobs.listing(project.container, project.folder)
        if not blob.name.endswith("/")
    }
    ingest_all(services, project, [location for location, etag in present.items() if known.get(location) != etag])
    removed = [location for location in known if location not in present]
    for location in removed:
        services.documents.delete(project.name, location)
    added = [location for location in present if location not in known]
    unchanged = [location for location, etag in present.items() if known.get(location) == etag]
    return SyncReport(
        added=len(added),
        updated=len(present) - len(added) - len(unchanged),
        unchanged=len(unchanged),
        removed=len(removed),
        failed=sum(document.status is DocumentStatus.FAILED for document in services.documents.read_all(project.name)),
    )


def reconcile(services: Services) -> dict[str, SyncReport]:
    """`sync` for every project whose container exists: finds what an event was lost for."""
    reports = {}
    for project in services.projects.read_all():
        try:
            reports[project.name] = sync(services, project)
        except NotFoundError:
            continue
        except NerError:
            # One project's trouble does not keep the others waiting; the next round tries again.
            _LOGGER.warning("Project %s could not be reconciled", project.name, exc_info=True)
    return reports


def _read(services: Services, source: Source, location: str, blob: BlobInfo) -> StoredDocument:
    document = StoredDocument(
        source.project, location, DocumentStatus.FAILED, blob_etag=blob.etag, size=blob.size, ingested=datetime.now(UTC)
    )
    try:
        extracted = read_file(services, source.container, blob.name, blob.size)
    except UnreadableDocumentError as error:
        return replace(document, failure=Problem(error.inner_code or error.code, error.message))
    text = extracted.text
    content_hash = services.documents.put_text(source.project, text)
    first = services.documents.first_with_content(source.project, content_hash, location)
    warnings = tuple(Problem("Extraction", warning) for warning in extracted.warnings)
    if len(text) > MAX_DOCUMENT_CHARACTERS:
        warnings += (
            Problem(
                "DocumentTooLong",
                f"The document has {len(text):,} characters; Azure's service refuses more than "
                f"{MAX_DOCUMENT_CHARACTERS:,}. It is used here whole, but cannot be taken back there.",
            ),
        )
    return replace(
        document,
        status=DocumentStatus.INGESTED,
        media_type=extracted.media_type,
        encoding=extracted.encoding,
        characters=len(text),
        language=guess_language(text),
        content_hash=content_hash,
        duplicate_of=first if first != location else None,
        warnings=warnings,
    )
