"""The two shapes that labels files had before 2022-05-01, and the shape they have since."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_tools.formats.labels_file import LineEndCounting


@dataclass(frozen=True, slots=True)
class Shape:
    """Under which names a labels file of one age keeps its parts."""

    root: str
    """JSON path of the object that holds categories and documents."""
    categories: str
    category_name: str | None
    """Key of the name in a declared category; None where a category is its bare name."""
    regions: str
    region_offset: str
    label_category: str
    """Key of the category in a label: its position in `categories` where `category_name` is None."""
    label_offset: str
    language: str
    line_ends: LineEndCounting


CURRENT = Shape(
    root="$.assets",
    categories="entities",
    category_name="category",
    regions="entities",
    region_offset="regionOffset",
    label_category="category",
    label_offset="offset",
    language="language",
    line_ends=LineEndCounting.AS_STORED,
)
ENTITY_NAMES = Shape(
    root="$",
    categories="entityNames",
    category_name=None,
    regions="entities",
    region_offset="regionStart",
    label_category="entity",
    label_offset="start",
    language="culture",
    line_ends=LineEndCounting.UNCERTAIN,
)
"""September 2021: no metadata; a label names its category by position."""
EXTRACTORS = Shape(
    root="$",
    categories="extractors",
    category_name="name",
    regions="extractors",
    region_offset="regionOffset",
    label_category="extractorName",
    label_offset="offset",
    language="language",
    line_ends=LineEndCounting.UNCERTAIN,
)
"""December 2021 (offsets over text with `\\n` line ends) and January 2022 (over the raw file): they look the same."""


def shape_of(data: Mapping[str, Any]) -> Shape:
    """The shape of a parsed labels file: an older one where only that fits, else the current one."""
    if "assets" not in data and "metadata" not in data:
        for shape in (ENTITY_NAMES, EXTRACTORS):
            if shape.categories in data:
                return shape
    return CURRENT
