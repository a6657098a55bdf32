"""What a labels file (an exported project) says, before its offsets are applied to a text."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal

from model_tools.offsets import OffsetUnit

Dataset = Literal["Train", "Test"]

MAX_CATEGORIES = 200
"""Entity types of one project."""
MAX_CATEGORY_LENGTH = 50
"""Characters of a category's name."""
FORBIDDEN_IN_CATEGORY = ":$&%*()+~#/?"
"""Every other symbol is allowed in a category's name."""


def category_name_fault(name: str) -> str | None:
    """Why the service takes no category of this name, as a sentence; None where it does."""
    if not name.strip():
        return "A category's name is not blank."
    if name in {".", ".."}:
        return "A category's name is not one or two dots: addresses leave them out."
    if len(name) > MAX_CATEGORY_LENGTH:
        return f"A category's name has at most {MAX_CATEGORY_LENGTH} characters, not {len(name)}."
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        return f"{name!r} contains a control character, which no category's name may."
    forbidden = sorted(set(name) & set(FORBIDDEN_IN_CATEGORY))
    return f"{name!r} contains {' '.join(forbidden)}, which no category's name may." if forbidden else None


class LineEndCounting(Enum):
    r"""What an offset counts for the two characters `\r\n`."""

    AS_STORED = "as stored"
    """Two: offsets are over the raw file."""
    UNCERTAIN = "uncertain"
    """Two or one: the files of the 2021 preview came in both ways, so each text has to decide."""


@dataclass(frozen=True, slots=True)
class Category:
    """One declared entity type."""

    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class RawLabel:
    """A label in the unit of its file, not yet compared with a text."""

    category: str
    offset: int
    """From the start of the document, not of the region."""
    length: int
    path: str = field(default="", compare=False)
    """Where in the file it stands, as a JSON path; for messages only."""
    quoted: str | None = field(default=None, compare=False)
    """The covered text as the file repeats it, where it does: a check of the offsets."""


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a document that somebody labelled; text outside it is unlabelled, not empty of entities."""

    offset: int
    length: int | None
    """None: to the end of the document."""
    labels: tuple[RawLabel, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """One document's entry: the text itself is in the container, not in the file."""

    location: str
    language: str | None = None
    dataset: Dataset | None = None
    regions: tuple[Region, ...] = ()
    line_ends: LineEndCounting = LineEndCounting.AS_STORED
    path: str = field(default="", compare=False)

    @property
    def labels(self) -> tuple[RawLabel, ...]:
        """The labels of all regions, in the order of the file."""
        return tuple(label for region in self.regions for label in region.labels)


@dataclass(frozen=True, slots=True)
class ProjectMetadata:
    """The project that a labels file was exported from."""

    project_name: str
    container: str
    language: str
    multilingual: bool = False
    description: str | None = None
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class LabelsFile:
    """A labels file whose structure is sound."""

    metadata: ProjectMetadata | None
    """None: the older formats have none."""
    categories: tuple[Category, ...] = ()
    documents: tuple[LabelledDocument, ...] = ()
    unit: OffsetUnit = OffsetUnit.UTF16
