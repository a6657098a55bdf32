"""Documents with labels, and the JSONL file that every tool here reads and writes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from model_tools.errors import InvalidInputError
from model_tools.spans import Label, label_problems

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True, slots=True)
class Document:
    """One text and its labels."""

    id: str
    """Unique in its data set; the blob location in the service."""
    text: str
    """Exactly as stored: line ends and white space untouched."""
    labels: tuple[Label, ...] = field(default=())
    """Sorted by start; no two overlap."""
    language: str = "en"
    split: Split | None = None
    """None: not assigned yet."""


def read_jsonl(path: Path) -> list[Document]:
    """Reads `{"id", "text", "language", "split", "labels": [{"category", "offset", "length"}]}`, one a line.

    `offset` and `length` count code points.

    Raises:
        InvalidInputError: a line cannot be used; the message names file and line.
    """
    with path.open(encoding="utf-8") as lines:
        documents = [
            _document_from_line(line, f"{path.name}:{number}")
            for number, line in enumerate(lines, start=1)
            if line.strip()
        ]
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise InvalidInputError(f"{path.name}: the id {document.id!r} occurs twice.")
        seen.add(document.id)
    return documents


def write_jsonl(path: Path, documents: Iterable[Document]) -> None:
    """Writes what `read_jsonl` reads."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(jsonl_lines(documents))


def jsonl_lines(documents: Iterable[Document]) -> Iterator[str]:
    """The lines of the JSONL form, line ends included. Equal documents give equal bytes."""
    for document in documents:
        record = {
            "id": document.id,
            "text": document.text,
            "language": document.language,
            "split": document.split,
            "labels": [
                {"category": label.category, "offset": label.start, "length": label.end - label.start}
                for label in document.labels
            ],
        }
        yield json.dumps(record, ensure_ascii=False) + "\n"


def _document_from_line(line: str, where: str) -> Document:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InvalidInputError(f"{where}: not JSON: {error}.", target=where) from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or "id" not in record:
        raise InvalidInputError(f"{where}: a line is an object with `id` and `text`.", target=where)
    split = record.get("split")
    if split is not None and split not in SPLITS:
        raise InvalidInputError(f"{where}: `split` is one of {', '.join(SPLITS)}, not {split!r}.", target=where)
    labels = sorted(_label_from_record(label, where) for label in record.get("labels") or ())
    problems = label_problems(labels, len(record["text"]))
    if problems:
        raise InvalidInputError(f"{where}: {problems[0].message}", target=where, problems=problems)
    return Document(str(record["id"]), record["text"], tuple(labels), record.get("language") or "en", split)


def _label_from_record(record: Mapping[str, Any], where: str) -> Label:
    try:
        offset, length, category = int(record["offset"]), int(record["length"]), str(record["category"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{where}: a label is an object with `category`, `offset` and `length`.", target=where
        ) from error
    return Label(offset, offset + length, category)
