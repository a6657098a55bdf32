"""The labels file (exported project) of Azure custom NER: read with all its faults named, and written."""

from collections.abc import Mapping, Sequence
from typing import Any

from model_tools.documents import Document, Split
from model_tools.errors import InvalidInputError, Problem
from model_tools.formats.azure_assets import AssetsReader
from model_tools.formats.azure_legacy import CURRENT, shape_of
from model_tools.formats.json_reader import JsonReader
from model_tools.formats.labels_file import Dataset, LabelledDocument, LabelsFile, ProjectMetadata, RawLabel, Region
from model_tools.offsets import OffsetMap, OffsetUnit

PROJECT_KIND = "CustomEntityRecognition"
FILE_VERSION = "2022-05-01"
STRING_INDEX_TYPES: Mapping[str, OffsetUnit] = {
    "Utf16CodeUnit": OffsetUnit.UTF16,
    "UnicodeCodePoint": OffsetUnit.CODE_POINT,
    "TextElements_v8": OffsetUnit.TEXT_ELEMENT,
}

_OLD_PROJECT_KIND = "customNamedEntityRecognition"  # what 2022-05-01 first shipped with
_DATASET_OF_SPLIT: Mapping[Split | None, Dataset | None] = {
    "train": "Train",
    "dev": "Train",
    "test": "Test",
    None: None,
}


def read_labels_file(data: object) -> LabelsFile:
    """Reads a parsed labels file, of today's format or of the two before it.

    Raises:
        InvalidInputError: the structure is at fault; `problems` names every fault with its JSON path.
    """
    labels_file, problems = inspect_labels_file(data)
    if problems:
        raise labels_file_error(problems)
    return labels_file


def labels_file_error(problems: Sequence[Problem]) -> InvalidInputError:
    """The refusal of a labels file that carries every fault found in it."""
    first, count = problems[0], len(problems)
    return InvalidInputError(
        first.message if count == 1 else f"{first.message} (The first of {count} problems in the labels file.)",
        inner_code="InvalidLabelsFile",
        target=first.target,
        problems=problems,
    )


def inspect_labels_file(data: object) -> tuple[LabelsFile, tuple[Problem, ...]]:
    """What can be read of a parsed labels file, and every fault of its structure with its JSON path.

    Raises:
        InvalidInputError: it is not even a JSON object.
    """
    if not isinstance(data, dict):
        raise InvalidInputError("A labels file is a JSON object.", inner_code="InvalidLabelsFile", target="$")
    reader = JsonReader()
    shape = shape_of(data)
    metadata = _read_metadata(data, reader) if shape is CURRENT else None
    unit = _read_unit(data, reader)
    assets = _read_assets(data, reader) if shape is CURRENT else data
    categories, documents = AssetsReader(shape, reader).read(assets)
    return LabelsFile(metadata, categories, documents, unit), tuple(reader.problems)


def write_labels_file(labels_file: LabelsFile) -> dict[str, Any]:
    """The JSON object that `read_labels_file` reads back as an equal value, in today's format.

    Raises:
        InvalidInputError: the value came from an older format and has no metadata.
    """
    metadata = labels_file.metadata
    if metadata is None:
        raise InvalidInputError("A labels file needs the metadata of its project to be written.")
    names = {unit: name for name, unit in STRING_INDEX_TYPES.items()}
    return {
        "projectFileVersion": FILE_VERSION,
        "stringIndexType": names[labels_file.unit],
        "metadata": _without_none(
            projectKind=PROJECT_KIND,
            storageInputContainerName=metadata.container,
            projectName=metadata.project_name,
            multilingual=metadata.multilingual,
            description=metadata.description,
            language=metadata.language,
            settings=dict(metadata.settings),
        ),
        "assets": {
            "projectKind": PROJECT_KIND,
            "entities": [
                _without_none(category=category.name, description=category.description)
                for category in labels_file.categories
            ],
            "documents": [_document_record(document) for document in labels_file.documents],
        },
    }


def labelled_document(document: Document, *, unit: OffsetUnit = OffsetUnit.UTF16) -> LabelledDocument:
    """A document's entry for a labels file: one region over the whole text, offsets in `unit`.

    Raises:
        InvalidInputError: a label ends where `unit` has no number, inside a text element; see `widened`.
    """
    offsets = OffsetMap(document.text, unit)
    labels = tuple(RawLabel(label.category, *offsets.from_span(label)) for label in document.labels)
    return LabelledDocument(
        location=document.id,
        language=document.language,
        dataset=_DATASET_OF_SPLIT[document.split],
        regions=(Region(0, offsets.size, labels),),
    )


def _read_metadata(data: Mapping[str, Any], reader: JsonReader) -> ProjectMetadata | None:
    record = reader.required(data, "metadata", dict, "$")
    if record is None:
        return None
    path = "$.metadata"
    kind = reader.required(record, "projectKind", str, path)
    if kind is not None and _project_kind(kind) != PROJECT_KIND:
        reader.note(
            "UnsupportedProjectKind", f"The project kind is {PROJECT_KIND}, not {kind!r}.", f"{path}.projectKind"
        )
    return ProjectMetadata(
        project_name=reader.required(record, "projectName", str, path) or "",
        container=reader.required(record, "storageInputContainerName", str, path) or "",
        language=reader.required(record, "language", str, path) or "",
        multilingual=reader.optional(record, "multilingual", bool, path) or False,
        description=reader.optional(record, "description", str, path),
        settings=reader.optional(record, "settings", dict, path) or {},
    )


def _read_unit(data: Mapping[str, Any], reader: JsonReader) -> OffsetUnit:
    """UTF-16 where nothing is said: the real service knows no other."""
    name = reader.optional(data, "stringIndexType", str, "$")
    if name is not None and name not in STRING_INDEX_TYPES:
        reader.note(
            "UnknownStringIndexType",
            f"`stringIndexType` is one of {', '.join(STRING_INDEX_TYPES)}, not {name!r}.",
            "$.stringIndexType",
        )
    return STRING_INDEX_TYPES.get(name or "", OffsetUnit.UTF16)


def _read_assets(data: Mapping[str, Any], reader: JsonReader) -> Mapping[str, Any]:
    assets = reader.optional(data, "assets", dict, "$")
    if assets is None:
        return {}
    metadata = data.get("metadata")
    expected = metadata.get("projectKind") if isinstance(metadata, dict) else None
    if _project_kind(assets.get("projectKind")) != _project_kind(expected):
        reader.note(
            "ProjectKindMismatch",  # the real service's sentence
            "The project kind in the exported project's metadata must match the assets' project kind.",
            "$.assets.projectKind",
        )
    return assets


def _project_kind(kind: object) -> object:
    return PROJECT_KIND if kind == _OLD_PROJECT_KIND else kind


def _document_record(document: LabelledDocument) -> dict[str, Any]:
    return _without_none(
        location=document.location,
        language=document.language,
        dataset=document.dataset,
        entities=[
            _without_none(
                regionOffset=region.offset,
                regionLength=region.length,
                labels=[
                    {"category": label.category, "offset": label.offset, "length": label.length}
                    for label in region.labels
                ],
            )
            for region in document.regions
        ],
    )


def _without_none(**properties: object) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}
