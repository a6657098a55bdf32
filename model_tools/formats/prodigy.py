"""Prodigy's JSONL: `text`, `spans` with `start`, `end`, `label`, and the annotator's `answer`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model_tools.documents import Document
from model_tools.errors import InvalidInputError
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
from model_tools.formats.json_writer import lines_of
from model_tools.formats.labels_file import RawLabel

_TAKEN = frozenset({"text", "spans", "answer", "tokens", "meta"})
_TAKEN_FROM_META = frozenset({"id", "language", "split"})
_BINARY_VIEW = "ner"
"""Prodigy's interface for yes or no to one suggested entity; complete gold is made in `ner_manual`."""

Task = Mapping[str, Any]


def read(content: bytes, name: str, options: ImportOptions = IMPORT_DEFAULTS) -> Imported:
    """Accepted tasks become documents; rejected and ignored ones are no gold and are left out.

    Prodigy's own bookkeeping (properties that begin with an underscore) is not mentioned in the report.

    Raises:
        UnreadableDocumentError: the content is no text.
        InvalidInputError: yes/no decisions about single spans, without `options.accepted_spans`.
    """
    collector = Collector(name, options)
    tasks = list(_tasks(read_text(content, collector), collector))
    if any(_is_decision(task) for _, task in tasks):
        _read_decisions(tasks, collector)
    else:
        for record, task in tasks:
            if _is_gold(task, record, collector):
                collector.add(task["text"], _raw_labels(task, record, collector), record.at(), properties=_meta(task))
    return collector.imported()


def write(documents: Sequence[Document], _options: ExportOptions = EXPORT_DEFAULTS) -> Exported:
    """Accepted tasks for `prodigy db-in`. Tokens are left to Prodigy, whose recipes add them."""
    return Exported(
        lines_of(
            {
                "text": document.text,
                "spans": [
                    {"start": label.start, "end": label.end, "label": label.category} for label in document.labels
                ],
                "meta": {"id": document.id, "language": document.language, "split": document.split},
                "answer": "accept",
            }
            for document in documents
        )
    )


def _tasks(text: str, collector: Collector) -> Iterator[tuple[JsonRecord, Task]]:
    for record in json_records(text, collector):
        task = record.properties
        if not isinstance(task.get("text"), str):
            collector.note("MissingText", "A task is an object with a `text`. Left out.", record.at())
            continue
        for key in task:
            if key not in _TAKEN and not key.startswith("_"):
                collector.ignore(f"`{key}`", record.at(f".{key}"))
        for key in _meta(task).keys() - _TAKEN_FROM_META:
            collector.ignore(f"`meta.{key}`", record.at(f".meta.{key}"))
        yield record, task


def _meta(task: Task) -> Mapping[str, Any]:
    meta = task.get("meta")
    return meta if isinstance(meta, dict) else {}


def _spans(task: Task) -> list[Any]:
    spans = task.get("spans")
    return spans if isinstance(spans, list) else []


def _is_decision(task: Task) -> bool:
    return task.get("_view_id") == _BINARY_VIEW or any(
        isinstance(span, dict) and "answer" in span for span in _spans(task)
    )


def _is_gold(task: Task, record: JsonRecord, collector: Collector) -> bool:
    answer = task.get("answer")
    if answer in ("reject", "ignore"):
        collector.note("NotAccepted", f"The annotator's answer is {answer}. Left out.", record.at(".answer"))
        return False
    if answer is None and "spans" not in task:
        collector.note("Unanswered", "Neither `answer` nor `spans`: nobody labelled the text. Left out.", record.at())
        return False
    if answer not in ("accept", None):
        collector.note("InvalidAnswer", "`answer` is accept, reject or ignore. Left out.", record.at(".answer"))
        return False
    return True


def _raw_labels(task: Task, record: JsonRecord, collector: Collector) -> list[RawLabel]:
    raw_labels = []
    for i, span in enumerate(_spans(task)):
        path = record.at(f".spans[{i}]")
        values = span if isinstance(span, dict) else {}
        raw = collector.raw_label(
            values.get("label"), values.get("start"), values.get("end"), path, quoted=values.get("text")
        )
        if raw is not None:
            _check_tokens(values, task.get("tokens"), path, collector)
            raw_labels.append(raw)
    return raw_labels


def _check_tokens(span: Mapping[str, Any], tokens: object, path: str, collector: Collector) -> None:
    """Prodigy says each place twice, in characters and in tokens (the last one included)."""
    first, last = span.get("token_start"), span.get("token_end")
    if not isinstance(tokens, list) or type(first) is not int or type(last) is not int:
        return
    match tokens[first : first + 1], tokens[last : last + 1]:
        case [{"start": start}], [{"end": end}] if (start, end) == (span["start"], span["end"]):
            return
        case _:
            message = "`token_start` and `token_end` name another place than `start` and `end`, which were taken."
            collector.note("TokensDiffer", message, path)


def _read_decisions(tasks: Sequence[tuple[JsonRecord, Task]], collector: Collector) -> None:
    """Accepted spans only, of equal texts together: each task asked about one span, not about the whole text."""
    accepted = [(record, task) for record, task in tasks if task.get("answer") == "accept"]
    if not collector.options.accepted_spans:
        raise InvalidInputError(
            f"{collector.name}: {len(tasks):,} yes/no decisions about single spans, {len(accepted):,} accepted. "
            "They do not say what else is in the texts, so they are no gold to train or score with. Make them complete "
            "in Prodigy with ner.manual or ner.correct, or take the accepted spans alone (--accepted-spans).",
            inner_code="BinaryDecisions",
            target=collector.name,
        )
    for record, task in tasks:
        if task.get("answer") != "accept":
            collector.note("NotAccepted", f"The answer is {task.get('answer')}. Left out.", record.at(".answer"))
    by_text: dict[str, list[tuple[JsonRecord, Task]]] = {}
    for record, task in accepted:
        by_text.setdefault(task["text"], []).append((record, task))
    for text, decisions in by_text.items():
        raw_labels = [raw for record, task in decisions for raw in _raw_labels(task, record, collector)]
        record, task = decisions[0]
        collector.add(text, raw_labels, record.at(), properties=_meta(task))
    message = f"{len(by_text):,} texts have only the spans somebody was asked about: they are not completely labelled."
    collector.note("IncompleteLabels", message, collector.name)
