"""The wire of documents: an extension of the contract, in its manners."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from functions.http.schemas import DatasetName, ErrorDetail, Wire

MAX_LOCATIONS = 1000
"""Documents that one request names."""

Locations = Annotated[list[str], Meta(min_length=1, max_length=MAX_LOCATIONS)]


class WireDocument(Wire):
    """A document of a project, what ingest made of it, and what people said about it."""

    location: str
    status: Literal["ingested", "failed"]
    size: int
    """Bytes of the original file."""
    ingested_date_time: str
    characters: int
    """Unicode code points of the text."""
    labelled: bool
    """Whether it has labels, or was said to be done."""
    done: bool
    """Whether somebody said that all is labelled."""
    labels_count: int | UnsetType = UNSET
    """Absent where nobody has written labels yet."""
    text_changed: bool | UnsetType = UNSET
    """Whether the labels were made on another text than the present one; absent where not."""
    suggestions_count: int | UnsetType = UNSET
    """In lists, of documents for which there are any."""
    media_type: str | UnsetType = UNSET
    encoding: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    """Guessed from the text."""
    content_hash: str | UnsetType = UNSET
    duplicate_of: str | UnsetType = UNSET
    dataset: DatasetName | UnsetType = UNSET
    last_modified_date_time: str | UnsetType = UNSET
    """Of the labels."""
    last_modified_by: str | UnsetType = UNSET
    error: ErrorDetail | UnsetType = UNSET
    """Why there is no text, where status is failed."""
    warnings: list[ErrorDetail] = field(default_factory=list)
    text: str | UnsetType = UNSET


class DocumentChanges(Wire):
    """Body of `PATCH …/documents/{location}`; null takes a document out of its data set."""

    dataset: DatasetName | UnsetType | None = UNSET
    done: bool | UnsetType = UNSET


class DocumentsChanges(Wire):
    """Body of `POST …/documents/:update`."""

    locations: Locations
    dataset: DatasetName | UnsetType | None = UNSET
    done: bool | UnsetType = UNSET


class DocumentsSelection(Wire):
    """Body of `POST …/documents/:delete`."""

    locations: Locations


class DocumentOutcome(Wire):
    """What became of one document of a request about many."""

    location: str
    document: WireDocument | UnsetType = UNSET
    """Absent where it was deleted or could not be worked on."""
    error: ErrorDetail | UnsetType = UNSET


class DocumentOutcomes(Wire):
    """The outcomes of a request about many documents, in its order."""

    succeeded_count: int
    failed_count: int
    value: list[DocumentOutcome]
