"""This tool's own JSONL, read leniently: where `model_tools.documents` refuses a file, a record is left out."""

from collections.abc import Sequence

from model_tools.documents import Document, jsonl_lines
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
from model_tools.formats.labels_file import RawLabel

_TAKEN = frozenset({"id", "text", "language", "split", "labels"})


def read(content: bytes, name: str, options: ImportOptions = IMPORT_DEFAULTS) -> Imported:
    """`{"id", "text", "language", "split", "labels": [{"category", "offset", "length"}]}`, one a line.

    Raises:
        UnreadableDocumentError: the content is no text.
    """
    collector = Collector(name, options)
    for record in json_records(read_text(content, collector), collector):
        _read_record(record, collector)
    return collector.imported()


def write(documents: Sequence[Document], _options: ExportOptions = EXPORT_DEFAULTS) -> Exported:
    """What every verb of the command line reads."""
    return Exported("".join(jsonl_lines(documents)).encode())


def _read_record(record: JsonRecord, collector: Collector) -> None:
    properties = record.properties
    text, items = properties.get("text"), properties.get("labels")
    if not isinstance(text, str):
        collector.note("MissingText", "A record is an object with a `text`. Left out.", record.at())
        return
    if not isinstance(items, list):
        collector.note("MissingLabels", "`labels` is a list, empty where there is nothing. Left out.", record.at())
        return
    for key in properties.keys() - _TAKEN:
        collector.ignore(f"`{key}`", record.at(f".{key}"))
    raw_labels = [
        raw
        for i, item in enumerate(items)
        if (raw := _raw_label(item, record.at(f".labels[{i}]"), collector)) is not None
    ]
    collector.add(text, raw_labels, record.at(), properties=properties)


def _raw_label(item: object, path: str, collector: Collector) -> RawLabel | None:
    values = item if isinstance(item, dict) else {}
    offset, length = values.get("offset"), values.get("length")
    end = offset + length if type(offset) is int and type(length) is int else None
    return collector.raw_label(values.get("category"), offset, end, path)
