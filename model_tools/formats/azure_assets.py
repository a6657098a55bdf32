"""Reads the categories and documents of a labels file, whichever shape they have."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast, get_args

from model_tools.formats.azure_legacy import Shape
from model_tools.formats.json_reader import JsonReader
from model_tools.formats.labels_file import (
    MAX_CATEGORIES,
    Category,
    Dataset,
    LabelledDocument,
    RawLabel,
    Region,
    category_name_fault,
)

Record = Mapping[str, Any]


class AssetsReader:
    """Reads one file's assets; faults go to the `JsonReader`."""

    def __init__(self, shape: Shape, reader: JsonReader) -> None:
        self._shape = shape
        self._reader = reader
        self._names: list[str] = []
        """The declared categories by position; "" stands for one that cannot be read."""
        self._declared: frozenset[str] = frozenset()

    def read(self, assets: Record) -> tuple[tuple[Category, ...], tuple[LabelledDocument, ...]]:
        """The declared categories and the documents."""
        categories = self._categories(assets)
        documents = tuple(
            self._document(record, path) for path, record in self._reader.objects(assets, "documents", self._shape.root)
        )
        self._check_locations(documents)
        return categories, documents

    def _categories(self, assets: Record) -> tuple[Category, ...]:
        path = f"{self._shape.root}.{self._shape.categories}"
        items = self._reader.optional(assets, self._shape.categories, list, self._shape.root) or []
        if len(items) > MAX_CATEGORIES:
            self._reader.note(
                "TooManyCategories", f"A project has at most {MAX_CATEGORIES} categories, not {len(items)}.", path
            )
        categories = tuple(self._category(item, f"{path}[{i}]") for i, item in enumerate(items))
        self._names = [category.name for category in categories]
        self._declared = frozenset(self._names) - {""}
        seen: set[str] = set()
        for i, name in enumerate(self._names):
            if name and name in seen:
                self._reader.note("DuplicateCategory", f"The category {name!r} is declared twice.", f"{path}[{i}]")
            seen.add(name)
        return categories

    def _category(self, item: object, path: str) -> Category:
        """The category; its name is "" where it cannot be read."""
        key = self._shape.category_name
        if key is None:
            name = cast("str", item) if self._reader.is_a(item, str, path) else None
            description = None
        elif self._reader.is_a(item, dict, path):
            record = cast("Record", item)
            name = self._reader.required(record, key, str, path)
            description = self._reader.optional(record, "description", str, path)
            path = f"{path}.{key}"
        else:
            return Category("")
        if name is not None and (fault := category_name_fault(name)):
            self._reader.note("InvalidCategoryName", fault, path)
        return Category(name or "", description)

    def _document(self, record: Record, path: str) -> LabelledDocument:
        reader = self._reader
        location = reader.required(record, "location", str, path)
        if location is not None and not location.strip():
            reader.note("InvalidLocation", "A location is the name of a file, not blank.", f"{path}.location")
        dataset = reader.optional(record, "dataset", str, path)
        if dataset is not None and dataset not in get_args(Dataset):
            reader.note("InvalidDataset", f"`dataset` is Train or Test, not {dataset!r}.", f"{path}.dataset")
        return LabelledDocument(
            location=location or "",
            language=reader.optional(record, self._shape.language, str, path),
            dataset=cast("Dataset | None", dataset),
            regions=tuple(
                self._region(region, region_path)
                for region_path, region in reader.objects(record, self._shape.regions, path)
            ),
            line_ends=self._shape.line_ends,
            path=path,
        )

    def _check_locations(self, documents: tuple[LabelledDocument, ...]) -> None:
        times = Counter(document.location for document in documents if document.location)
        for document in documents:
            if times[document.location] > 1:
                self._reader.note(
                    "DuplicateLocation",
                    f"The location {document.location!r} occurs {times[document.location]} times; it may occur once.",
                    f"{document.path}.location",
                )

    def _region(self, record: Record, path: str) -> Region:
        offset, length = 0, None
        if record.get(self._shape.region_offset) is not None:
            offset = self._count(record, self._shape.region_offset, path) or 0
        if record.get("regionLength") is not None:
            length = self._count(record, "regionLength", path)
        labels = tuple(
            label
            for label_path, label_record in self._reader.objects(record, "labels", path)
            if (label := self._label(label_record, label_path)) is not None
        )
        region = Region(offset, length, labels)
        self._check_region(region)
        return region

    def _check_region(self, region: Region) -> None:
        region_end = None if region.length is None else region.offset + region.length
        for label in region.labels:
            end = label.offset + label.length
            if label.offset < region.offset or (region_end is not None and end > region_end):
                bounds = f"[{region.offset}, {'…' if region_end is None else region_end})"
                self._reader.note(
                    "LabelOutsideRegion",
                    f"The label [{label.offset}, {end}) is not inside its region {bounds}. "
                    "Offsets count from the start of the document, not of the region.",
                    label.path,
                )

    def _label(self, record: Record, path: str) -> RawLabel | None:
        category = self._label_category(record, path)
        offset = self._count(record, self._shape.label_offset, path)
        length = self._count(record, "length", path, least=1)
        if category is None or offset is None or length is None:
            return None
        return RawLabel(category, offset, length, path)

    def _label_category(self, record: Record, path: str) -> str | None:
        key = self._shape.label_category
        category: str | int | None
        if self._shape.category_name is None:
            category = self._count(record, key, path)
            name = self._names[category] if category is not None and category < len(self._names) else None
        else:
            category = self._reader.required(record, key, str, path)
            name = category if category in self._declared else None
        if category is not None and name is None:
            self._reader.note(
                "UndeclaredCategory",
                f"The category {category!r} is not declared in {self._shape.root}.{self._shape.categories}.",
                f"{path}.{key}",
            )
        return name

    def _count(self, record: Record, key: str, path: str, *, least: int = 0) -> int | None:
        value = self._reader.required(record, key, int, path)
        if value is not None and value < least:
            self._reader.note("InvalidNumber", f"`{key}` is at least {least}, not {value}.", f"{path}.{key}")
            return None
        return value
