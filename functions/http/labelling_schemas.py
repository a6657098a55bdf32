"""The wire of documents and labels: extensions of the contract, in its manners."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, field

from functions.http.schemas import DatasetName, ErrorDetail, StringIndexType, Wire

MAX_LOCATIONS = 1000
"""Documents that one request names."""

Locations = Annotated[list[str], Meta(min_length=1, max_length=MAX_LOCATIONS)]


# --- documents --------------------------------------------------------------------------------------------------------


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


# --- labels -----------------------------------------------------------------------------------------------------------


class WireLabel(Wire):
    """A label; `offset` and `length` in the unit of `stringIndexType`."""

    category: str
    offset: int
    length: int


class LabelsInput(Wire):
    """Body of `PUT …/labels/{location}`: the whole set."""

    labels: list[WireLabel]
    string_index_type: StringIndexType = "Utf16CodeUnit"
    dataset: DatasetName | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    done: bool = True
    """Whether this is all: false where the document still counts as unlabelled while it has no labels."""
    content_hash: str | UnsetType = UNSET
    """Of the text that the offsets count in, as the document has it; refused where the text is another by now."""


class LabelsChanges(Wire):
    """Body of `PATCH …/labels/{location}`: what to add and what to remove; both at once move or relabel."""

    add: list[WireLabel] = field(default_factory=list)
    remove: list[WireLabel] = field(default_factory=list)
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


# --- entities and changes ---------------------------------------------------------------------------------------------


class EntityInput(Wire):
    """Body of `POST …/entities`."""

    category: str
    description: str | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    """`#rrggbb`."""
    hotkey: str | UnsetType | None = UNSET
    """One character that no other entity has and no command; absent: the lowest digit that is free."""


class EntityChanges(Wire):
    """Body of `PATCH …/entities/{category}`; null takes away."""

    description: str | UnsetType | None = UNSET
    color: str | UnsetType | None = UNSET
    hotkey: str | UnsetType | None = UNSET


class EntityOutput(Wire):
    """An entity type, and how often it is labelled."""

    category: str
    labels_count: int
    documents_count: int
    description: str | UnsetType = UNSET
    color: str | UnsetType = UNSET
    hotkey: str | UnsetType = UNSET


class RenameInput(Wire):
    """Body of `POST …/entities/{category}/:rename`."""

    new_name: str


class MergeInput(Wire):
    """Body of `POST …/entities/{category}/:merge`."""

    into: str


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


# --- statistics -------------------------------------------------------------------------------------------------------


class DatasetCounts(Wire, rename=None):
    """A number for each data set."""

    Train: int
    Test: int
    Unassigned: int


class DocumentCounts(Wire):
    """Documents of a project, counted."""

    total: int
    ingested: int
    failed: int
    labelled: int
    unlabelled: int
    """Of those that can be read."""
    done: int
    characters: int
    """Unicode code points of all texts."""
    datasets: DatasetCounts
    labelled_datasets: DatasetCounts


class CategoryStatistics(Wire):
    """One entity type, counted."""

    category: str
    labels_count: int
    documents_count: int
    labels: DatasetCounts
    documents: DatasetCounts
    """With at least one label of it."""


class ProjectStatistics(Wire):
    """How much there is and how much is labelled."""

    documents: DocumentCounts
    labels_count: int
    categories: list[CategoryStatistics]
    """The declared ones in their order, then others that labels still use."""


class GuidanceEntry(Wire):
    """One thing worth doing before training."""

    code: str
    severity: Literal["error", "warning", "info"]
    """Error: training is refused or useless as it is."""
    message: str
    documents_count: int
    documents: list[str]
    """Locations of the first hundred."""
    category: str | UnsetType = UNSET


# --- suggestions ------------------------------------------------------------------------------------------------------

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
    labels: list[WireLabel] | UnsetType = UNSET
    """These of one document; needs exactly one location."""
    string_index_type: StringIndexType = "Utf16CodeUnit"
    """Of `labels`."""


# --- quality ----------------------------------------------------------------------------------------------------------

Seed = Annotated[int, Meta(ge=0, le=2**32 - 1)]
FindingKind = Literal["missing label", "spurious label", "wrong category", "wrong boundary"]


class CheckLabelsInput(Wire):
    """Body of `POST …/:check-labels`."""

    recipe: str = "fast"
    folds: Annotated[int, Meta(ge=2, le=20)] = 4
    """Parts, each judged by a model of the others."""
    seed: Seed = 0


class LearningCurveInput(Wire):
    """Body of `POST …/:learning-curve`."""

    recipe: str = "fast"
    points: Annotated[int, Meta(ge=3, le=8)] = 5
    repeats: Annotated[int, Meta(ge=1, le=10)] = 2
    """Orders in which documents are added."""
    seed: Seed = 0


class WireFinding(Wire):
    """A likely label error; what is there, and what should be, in the unit of `stringIndexType`."""

    finding_id: str
    location: str
    content_hash: str
    """Of the text that was checked, to which the offsets belong."""
    kind: FindingKind
    score: float
    """Probability that something is wrong here."""
    reason: str
    string_index_type: StringIndexType
    label: WireLabel | UnsetType = UNSET
    """Absent where one seems to be missing."""
    proposal: WireLabel | UnsetType = UNSET
    """Absent where the label should go."""
    text: str | UnsetType = UNSET
    """What the label covers, or else the proposal."""


class DismissInput(Wire):
    """Body of `POST …/label-errors/:dismiss`."""

    finding_ids: Annotated[list[Annotated[str, Meta(pattern="^[0-9a-f]{24}$")]], Meta(min_length=1, max_length=1000)]


class LabelCheckSummary(Wire):
    """The newest check of a project's labels."""

    job_id: str
    checked_date_time: str
    documents_count: int
    labels_count: int
    findings_count: int
    """Of the check, settled ones included."""
    mixed_strings: list[dict[str, Any]]
    """Equal strings that are labelled in several ways, with how often each; a null category: without a label."""
    warnings: list[ErrorDetail]
