"""The wire of a document's labels and of their history."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from functions.http.schemas import DatasetName, StringIndexType, Wire
from model_tools.formats.labels_file import MAX_CATEGORY_LENGTH


class WireLabel(Wire):
    """A label; `offset` and `length` in the unit of `stringIndexType`."""

    category: Annotated[str, Meta(max_length=MAX_CATEGORY_LENGTH)]
    offset: int
    length: int


Labels = Annotated[list[WireLabel], Meta(max_length=50_000)]
"""Of one document; no row holds as many."""


class LabelsInput(Wire):
    """Body of `PUT …/labels/{location}`: the whole set."""

    labels: Labels
    string_index_type: StringIndexType = "Utf16CodeUnit"
    dataset: DatasetName | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    done: bool = True
    """Whether this is all: false where the document still counts as unlabelled while it has no labels."""
    content_hash: str | UnsetType = UNSET
    """Of the text that the offsets count in, as the document has it; refused where the text is another by now."""


class LabelsChanges(Wire):
    """Body of `PATCH …/labels/{location}`: what to add and what to remove; both at once move or relabel."""

    add: Labels = field(default_factory=list)
    remove: Labels = field(default_factory=list)
    string_index_type: StringIndexType = "Utf16CodeUnit"
    dataset: DatasetName | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    done: bool | UnsetType = UNSET
    content_hash: str | UnsetType = UNSET
    """As in PUT."""


class LabelsOutput(Wire):
    """The labels of one document, and the version to name in `If-Match`."""

    location: str
    string_index_type: StringIndexType
    labels: list[WireLabel]
    etag: str
    done: bool
    text_changed: bool | UnsetType = UNSET
    """Whether they were made on another text than the present one; absent where not."""
    dataset: DatasetName | UnsetType = UNSET
    language: str | UnsetType = UNSET
    content_hash: str | UnsetType = UNSET
    """Of the text that they were made on."""
    last_modified_date_time: str | UnsetType = UNSET
    last_modified_by: str | UnsetType = UNSET


class LabelsVersion(Wire):
    """The labels of one document as they were until somebody replaced them."""

    version_id: str
    labels: list[WireLabel]
    labels_count: int
    done: bool
    modified_date_time: str
    modified_by: str
    replaced_date_time: str
    replaced_by: str
    restorable: bool
    """Whether they fit the document's present text."""
    dataset: DatasetName | UnsetType = UNSET


class RestoreInput(Wire):
    """Body of `POST …/labels/:restore`."""

    location: str
    version_id: str
    string_index_type: StringIndexType = "Utf16CodeUnit"
    """Of the reply."""
