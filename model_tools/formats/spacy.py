"""spaCy's training tuples `[text, {"entities": [[start, end, category]]}]`, as ner-annotator and scripts write them."""

from collections.abc import Iterator, Sequence

from model_tools.documents import Document
from model_tools.formats.collector import Collector
from model_tools.formats.file_text import read_text
from model_tools.formats.interchange import (
    EXPORT_DEFAULTS,
    IMPORT_DEFAULTS,
    Exported,
    ExportOptions,
    Imported,
    ImportOptions,
)
from model_tools.formats.json_records import JsonRecord, json_records
from model_tools.formats.json_writer import array_of
from model_tools.formats.labels_file import RawLabel


def read(content: bytes, name: str, options: ImportOptions = IMPORT_DEFAULTS) -> Imported:
    """Tuples in an array, one a line, or under `annotations` beside `classes` (ner-annotator).

    Raises:
        UnreadableDocumentError: the content is no text.
    """
    collector = Collector(name, options)
    for record in _tuples(read_text(content, collector), collector):
        _read_tuple(record, collector)
    return collector.imported()


def write(documents: Sequence[Document], _options: ExportOptions = EXPORT_DEFAULTS) -> Exported:
    """One array of tuples; ids, languages and splits stand beside `entities`, where spaCy's scripts do not look."""
    return Exported(
        array_of(
            [
                document.text,
                {
                    "entities": [[label.start, label.end, label.category] for label in document.labels],
                    "id": document.id,
                    "language": document.language,
                    "split": document.split,
                },
            ]
            for document in documents
        )
    )


def _tuples(text: str, collector: Collector) -> Iterator[JsonRecord]:
    for record in json_records(text, collector):
        match record.value:
            case {"annotations": list(items), **others}:
                for i, item in enumerate(items):
                    yield JsonRecord(item, collector.name, f"{record.root}.annotations[{i}]")
                _report_unused(others.get("classes"), items, record, collector)
            case _:
                yield record


def _report_unused(classes: object, items: list[object], record: JsonRecord, collector: Collector) -> None:
    """Documents say what was labelled, not what could have been."""
    used = {
        entity[2]
        for item in items
        if isinstance(item, list) and len(item) == 2
        for entity in _entities(item[1])
        if isinstance(entity, list) and len(entity) == 3 and isinstance(entity[2], str)
    }
    for i, name in enumerate(classes if isinstance(classes, list) else []):
        if name not in used:
            message = f"No text has a label of the class {name!r}; it is not taken over."
            collector.note("UnusedCategory", message, record.at(f".classes[{i}]"))


def _entities(annotation: object) -> list[object]:
    entities = annotation.get("entities") if isinstance(annotation, dict) else None
    return entities if isinstance(entities, list) else []


def _read_tuple(record: JsonRecord, collector: Collector) -> None:
    match record.value:
        case [str(text), dict(annotation)] if isinstance(annotation.get("entities"), list):
            raw_labels = _raw_labels(annotation["entities"], record, collector)
            collector.add(text, raw_labels, record.at(), properties=annotation)
        case None:
            collector.note("Unlabelled", "Nobody labelled this text. Left out.", record.at())
        case _:
            message = 'A record is `[text, {"entities": [[start, end, category]]}]`. Left out.'
            collector.note("InvalidRecord", message, record.at())


def _raw_labels(entities: list[object], record: JsonRecord, collector: Collector) -> list[RawLabel]:
    raw_labels = []
    for i, entity in enumerate(entities):
        start, end, category = entity if isinstance(entity, list) and len(entity) == 3 else (None, None, None)
        raw = collector.raw_label(category, start, end, record.at(f"[1].entities[{i}]"))
        if raw is not None:
            raw_labels.append(raw)
    return raw_labels
