"""The wire of changes to many documents' labels."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from functions.http.document_schemas import Locations
from functions.http.schemas import Wire


class ChangePreview(Wire):
    """What a change would touch."""

    preview: Literal[True]
    labels_count: int
    documents_count: int


class ChangeOutput(Wire):
    """An operation on the labels of many documents that was, or is being, done."""

    change_id: str
    kind: Literal["renameEntity", "mergeEntities", "deleteEntity", "applyToMatches", "acceptSuggestions"]
    status: Literal["running", "applied", "undone"]
    created_by: str
    created_date_time: str
    details: dict[str, Any]
    """What was asked for."""
    documents_count: int
    labels_count: int
    skipped_count: int
    """Documents that it could not be done to."""
    undone_by: str | UnsetType = UNSET
    undone_date_time: str | UnsetType = UNSET


class MatchesInput(Wire):
    """Body of `POST …/labels/:apply-to-matches`."""

    text: str
    category: str
    ignore_case: bool = False
    whole_words: bool = True
    """Whether a match inside a longer word is none. Scripts without blanks between words have bounds everywhere."""
    locations: Locations | UnsetType = UNSET
    """Documents to look into; absent: all."""
