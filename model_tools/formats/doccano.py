"""doccano's sequence labelling: one JSON object a text, with `label: [[start, end, category]]` or `entities`."""

from collections.abc import Sequence

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
from model_tools.formats.json_writer import lines_of, offsets_in_unit
from model_tools.formats.labels_file import RawLabel
from model_tools.offsets import OffsetUnit

# doccano's page counts as JavaScript does (doccano issue 2290), unless the project counts grapheme clusters.
_UNIT = OffsetUnit.UTF16

_LABEL_COLUMNS = ("label", "labels", "entities")
_PROPERTIES = frozenset({"id", "language", "split"})


def read(content: bytes, name: str, options: ImportOptions = IMPORT_DEFAULTS) -> Imported:
    """One object a line, in an array, or pretty-printed one after another.

    Raises:
        UnreadableDocumentError: the content is no text.
    """
    collector = Collector(name, options, _UNIT)
    for record in json_records(read_text(content, collector), collector):
        _read_record(record, collector)
    return collector.imported()


def write(documents: Sequence[Document], options: ExportOptions = EXPORT_DEFAULTS) -> Exported:
    """JSON lines for doccano's import, with `id`, `language` and `split` beside `text` and `label`."""
    records = []
    for document in documents:
        places = offsets_in_unit(document, options.unit or _UNIT)
        records.append(
            {
                "id": document.id,
                "text": document.text,
                "label": [
                    [offset, offset + length, label.category]
                    for label, (offset, length) in zip(document.labels, places, strict=True)
                ],
                "language": document.language,
                "split": document.split,
            }
        )
    return Exported(lines_of(records))


def _read_record(record: JsonRecord, collector: Collector) -> None:
    value = record.properties
    text_column = collector.options.text_column or "text"
    text = value.get(text_column)
    label_column = collector.options.label_column or next((key for key in _LABEL_COLUMNS if key in value), "label")
    items = value.get(label_column)
    if not isinstance(text, str) or not isinstance(items, list):
        code, missing = ("MissingLabels", label_column) if isinstance(text, str) else ("MissingText", text_column)
        kind = "list of labels" if code == "MissingLabels" else "text"
        message = f"No {kind} under `{missing}`; the record has {', '.join(map(repr, value)) or 'nothing'}. Left out."
        collector.note(code, message, record.at())
        return
    for key in value:
        if key not in _PROPERTIES | {text_column, label_column} and value[key] not in (None, [], {}):
            collector.ignore(f"`{key}`", record.at(f".{key}"))
    raw_labels = [
        raw
        for i, item in enumerate(items)
        if (raw := _raw_label(item, record.at(f".{label_column}[{i}]"), collector)) is not None
    ]
    collector.add(text, raw_labels, record.at(), properties=value)


def _raw_label(item: object, path: str, collector: Collector) -> RawLabel | None:
    match item:
        case [start, end, category]:
            return collector.raw_label(category, start, end, path)
        case {"start_offset": start, "end_offset": end, "label": category}:
            return collector.raw_label(category, start, end, path)
        case _:
            return collector.raw_label(None, None, None, path)
