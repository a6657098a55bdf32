"""The wire of suggestions: how they are asked for, and what becomes of them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from functions.http.document_schemas import Locations
from functions.http.label_schemas import Labels
from functions.http.schemas import StringIndexType, Wire

Confidence = Annotated[float, Meta(ge=0, le=1)]
Source = Literal["model", "dictionary", "both"]


class DictionaryEntry(Wire):
    """What a category is called."""

    category: str
    texts: Annotated[list[str], Meta(min_length=1)]
    ignore_case: bool = False
    whole_words: bool = True


class AutolabelInput(Wire):
    """Body of `POST …/:autolabel`: a trained model, a dictionary, or both."""

    trained_model_label: str | UnsetType = UNSET
    dictionary: list[DictionaryEntry] = field(default_factory=list)
    categories: list[str] | UnsetType = UNSET
    """Of what the model finds; absent: all. A dictionary names its own."""
    locations: Locations | UnsetType = UNSET
    """Absent: all documents."""
    unlabelled_only: bool = False
    min_confidence: Confidence = 0.0
    """Of what the model finds."""


class WireSuggestion(Wire):
    """A label that somebody may accept; `offset` and `length` in the unit of `stringIndexType`."""

    category: str
    offset: int
    length: int
    source: Source
    confidence_score: float | UnsetType = UNSET
    """Of the model, calibrated; absent where only a dictionary had the idea."""


class SuggestionsOutput(Wire):
    """The suggestions for one document that can still be accepted."""

    location: str
    string_index_type: StringIndexType
    suggestions: list[WireSuggestion]
    content_hash: str | UnsetType = UNSET
    """Of the document's text."""


class SuggestedDocument(Wire):
    """A document with suggestions."""

    location: str
    suggestions_count: int
    categories: dict[str, int]


class SuggestionsChoice(Wire):
    """Body of `POST …/suggestions/:accept` and `:reject`; what is absent lets everything through."""

    locations: Locations | UnsetType = UNSET
    categories: list[str] | UnsetType = UNSET
    sources: list[Source] | UnsetType = UNSET
    min_confidence: Confidence | UnsetType = UNSET
    """Suggestions without a confidence are above no threshold."""
    labels: Labels | UnsetType = UNSET
    """These of one document; needs exactly one location."""
    string_index_type: StringIndexType = "Utf16CodeUnit"
    """Of `labels`."""
