"""Label Studio's JSON export: tasks with `data`, and `annotations[].result[]` of the type `labels`."""

from collections.abc import Mapping, Sequence
from typing import Any

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
from model_tools.formats.placement import count_fitting
from model_tools.offsets import OffsetUnit

# Since the end of 2021 the editor stores code points (label-studio-frontend pull request 308; its own tests say so),
# before that it stored what JavaScript counts (label-studio issue 1347).
_UNITS = (OffsetUnit.CODE_POINT, OffsetUnit.UTF16)

_TEXT = "text"
_ANNOTATIONS = ("annotations", "completions")  # the second until version 1.0
_DATA_TAKEN = frozenset({"document_id", "language", "split"})

Annotation = Mapping[str, Any]


def read(content: bytes, name: str, options: ImportOptions = IMPORT_DEFAULTS) -> Imported:
    """One annotation of each task: the latest that is marked as ground truth, else the latest; none that is cancelled.

    Offsets are checked by the text that each region repeats, and read as UTF-16 code units where only that fits.

    Raises:
        UnreadableDocumentError: the content is no text.
    """
    collector = Collector(name, options)
    for record in json_records(read_text(content, collector), collector):
        _read_task(record, collector)
    return collector.imported()


def write(documents: Sequence[Document], _options: ExportOptions = EXPORT_DEFAULTS) -> Exported:
    """Tasks for Label Studio's import, for a project with `<Labels name="label" toName="text">` and `$text`."""
    return Exported(array_of(_task(document) for document in documents))


def _task(document: Document) -> dict[str, Any]:
    return {
        "data": {
            _TEXT: document.text,
            "document_id": document.id,
            "language": document.language,
            "split": document.split,
        },
        "annotations": [
            {
                "was_cancelled": False,
                "result": [
                    {
                        "id": f"label-{i}",
                        "from_name": "label",
                        "to_name": _TEXT,
                        "type": "labels",
                        "value": {
                            "start": label.start,
                            "end": label.end,
                            "text": label.text_of(document.text),
                            "labels": [label.category],
                        },
                    }
                    for i, label in enumerate(document.labels)
                ],
            }
        ],
    }


def _read_task(record: JsonRecord, collector: Collector) -> None:
    task = record.properties
    key = next((key for key in _ANNOTATIONS if isinstance(task.get(key), list)), None)
    data = task.get("data")
    if not isinstance(data, dict) or key is None:
        message = "A task has `data` and `annotations`: export as JSON, not as JSON-MIN, CSV or TSV. Left out."
        collector.note("InvalidTask", message, record.at())
        return
    column = _text_column(data, collector)
    if column is None:
        message = f"No text among {', '.join(map(repr, data)) or 'no data'}: name the column. Left out."
        collector.note("MissingText", message, record.at(".data"))
        return
    _report_ignored(task, data, column, record, collector)
    chosen = _chosen(task[key], key, record, collector)
    if chosen is None:
        collector.note("Unlabelled", "No annotation that was not cancelled. Left out.", record.at())
        return
    position, annotation = chosen
    text = data[column]
    raw_labels = _raw_labels(annotation, record, f".{key}[{position}].result", collector)
    properties = {"id": data.get("document_id") or task.get("id"), **{k: data.get(k) for k in ("language", "split")}}
    collector.add(
        text, raw_labels, record.at(), properties=properties, unit=_unit(raw_labels, text, record.at(), collector)
    )


def _text_column(data: Mapping[str, Any], collector: Collector) -> str | None:
    """The named column, else `text`, else the only one that holds text."""
    texts = [key for key, value in data.items() if isinstance(value, str) and key not in _DATA_TAKEN]
    wanted = collector.options.text_column or _TEXT
    if wanted in texts:
        return wanted
    return texts[0] if len(texts) == 1 and collector.options.text_column is None else None


def _report_ignored(
    task: Mapping[str, Any], data: Mapping[str, Any], column: str, record: JsonRecord, collector: Collector
) -> None:
    for key in data.keys() - _DATA_TAKEN - {column}:
        collector.ignore(f"`data.{key}`", record.at(f".data.{key}"))
    if task.get("predictions"):
        collector.ignore("A model's prediction", record.at(".predictions"))


def _chosen(
    annotations: Sequence[Any], key: str, record: JsonRecord, collector: Collector
) -> tuple[int, Annotation] | None:
    """The annotation to take, with its position."""
    usable = []
    for i, annotation in enumerate(annotations):
        if not isinstance(annotation, dict) or not isinstance(annotation.get("result"), list):
            collector.note("InvalidAnnotation", "An annotation has a `result`. Left out.", record.at(f".{key}[{i}]"))
        elif annotation.get("was_cancelled"):
            collector.note("Cancelled", "The annotator skipped the task. Left out.", record.at(f".{key}[{i}]"))
        else:
            usable.append((i, annotation))
    if not usable:
        return None
    position, chosen = max(usable, key=_rank)
    if len(usable) > 1:
        message = f"{len(usable)} annotations of one text; [{position}] was taken: ground truth first, then the latest."
        collector.note("SeveralAnnotations", message, record.at(f".{key}"))
    return position, chosen


def _rank(candidate: tuple[int, Annotation]) -> tuple[bool, str, int]:
    position, annotation = candidate
    changed = annotation.get("updated_at") or annotation.get("created_at") or ""
    # The times are ISO 8601 in UTC, which sorts as text.
    return bool(annotation.get("ground_truth")), str(changed), position


def _raw_labels(annotation: Annotation, record: JsonRecord, path: str, collector: Collector) -> list[RawLabel]:
    raw_labels = []
    for i, region in enumerate(annotation["result"]):
        where = record.at(f"{path}[{i}]")
        match region:
            case {"type": "labels", "value": {"start": start, "end": end, "labels": [_, *_] as names} as value}:
                found = [collector.raw_label(name, start, end, where, quoted=value.get("text")) for name in names]
                raw_labels += [raw for raw in found if raw is not None]
            case {"type": "labels"}:
                collector.raw_label(None, None, None, where)
            case {"type": kind}:
                collector.ignore(f"A region of the type {kind!r}", where)
            case _:
                collector.note("InvalidRegion", "A region is an object with a `type`. Left out.", where)
    return raw_labels


def _unit(raw_labels: Sequence[RawLabel], text: str, where: str, collector: Collector) -> OffsetUnit | None:
    """The unit by which the repeated texts fit; None where nothing is repeated or it makes no difference."""
    quoted = [raw for raw in raw_labels if raw.quoted is not None]
    if collector.options.unit or not quoted or text.isascii():
        return None
    fitting = {unit: count_fitting(quoted, text, unit) for unit in _UNITS}
    unit = max(_UNITS, key=lambda unit: fitting[unit])
    if unit is not OffsetUnit.CODE_POINT:
        message = "The offsets count UTF-16 code units, as old versions did; they were converted."
        collector.note("UnitConverted", message, where)
    return unit
