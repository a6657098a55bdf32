"""The sample's labels file, field by field as Azure AI Language writes it; anything else in it is refused."""

from pathlib import Path
from typing import Literal

import msgspec

from model_tools.errors import InvalidInputError


class _Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Base of the labels file's objects."""


class LabelEntry(_Wire):
    """A mention; offset and length in UTF-16 code units of the document."""

    category: str
    offset: int
    length: int


class Region(_Wire):
    """The labelled part of a document; here always the whole."""

    region_offset: int
    region_length: int
    labels: list[LabelEntry]


class DocumentEntry(_Wire):
    """A document and its labels."""

    location: str
    language: str
    dataset: Literal["Train", "Test"]
    entities: list[Region]


class CategoryEntry(_Wire):
    """A declared entity type."""

    category: str


class Assets(_Wire):
    """What the project holds."""

    project_kind: Literal["CustomEntityRecognition"]
    entities: list[CategoryEntry]
    documents: list[DocumentEntry]


class Metadata(_Wire):
    """What the project is called, and where its documents lie."""

    project_kind: Literal["CustomEntityRecognition"]
    storage_input_container_name: str
    project_name: str
    multilingual: bool
    description: str
    language: str
    settings: dict[str, float]


class LabelsFile(_Wire):
    """The whole file."""

    project_file_version: Literal["2022-05-01"]
    string_index_type: Literal["Utf16CodeUnit"]
    metadata: Metadata
    assets: Assets


def read_labels_file(path: Path) -> LabelsFile:
    """Reads `labels.json`.

    Raises:
        InvalidInputError: the file is missing or is not a labels file; the message names the JSON path.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=LabelsFile)
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidInputError(f"{path.name}: {error}", target=path.name) from error
