"""Documents with labels, and the JSONL file that every tool here reads and writes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from model_tools.errors import InvalidInputError
from model_tools.spans import Label, label_problems

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


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
    return parse_jsonl(path.read_bytes(), path.name)


def parse_jsonl(content: bytes, name: str) -> list[Document]:
    """As `read_jsonl`, from the bytes of a file; `name` stands for it in messages.

    Raises:
        InvalidInputError: a line cannot be used; the message names `name` and the line.
    """
    try:
        lines = content.decode("utf-8-sig").split("\n")  # not splitlines: U+2028 is no line end in JSON
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{name}: not UTF-8: {error.reason} at byte {error.start}.", target=name) from error
    documents = [
        _document_from_line(line, f"{name}:{number}") for number, line in enumerate(lines, start=1) if line.strip()
    ]
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise InvalidInputError(f"{name}: the id {document.id!r} occurs twice.", target=name)
        seen.add(document.id)
    return documents


def write_jsonl(path: Path, documents: Iterable[Document]) -> None:
    """Writes what `read_jsonl` reads."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
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
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{where}: not JSON: {error}.", target=where) from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or not _is_id(record.get("id")):
        raise InvalidInputError(f"{where}: a line is an object with `id` and `text`.", target=where)
    if _LONE_SURROGATE.search(record["text"]):
        raise InvalidInputError(f"{where}: `text` has half of a surrogate pair, which is no character.", target=where)
    split, language = record.get("split"), record.get("language") or "en"
    if split is not None and split not in SPLITS:
        raise InvalidInputError(f"{where}: `split` is one of {', '.join(SPLITS)}, not {split!r}.", target=where)
    if not isinstance(language, str):
        raise InvalidInputError(f"{where}: `language` is a language code, not {language!r}.", target=where)
    labels = _labels_from_record(record, where)
    problems = label_problems(labels, len(record["text"]))
    if problems:
        raise InvalidInputError(
            f"{where}: document {str(record['id'])!r}: {problems[0].message}", target=where, problems=problems
        )
    return Document(str(record["id"]), record["text"], tuple(labels), language, split)


def _is_id(value: object) -> bool:
    """Text, or a number as some tools write it."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _labels_from_record(record: Mapping[str, Any], where: str) -> list[Label]:
    labels = record.get("labels") or []
    if not isinstance(labels, list):
        raise InvalidInputError(f"{where}: `labels` is a list.", target=where)
    return sorted(_label_from_record(label, where) for label in labels)


def _label_from_record(record: object, where: str) -> Label:
    match record:
        case {"offset": bool()} | {"length": bool()}:  # of which Python says that they are numbers
            raise _no_label(where)
        case {"offset": int(offset), "length": int(length), "category": str(category)} if category:
            try:
                return Label(offset, offset + length, category)
            except InvalidInputError as error:
                raise InvalidInputError(
                    f"{where}: {error.message}", inner_code=error.inner_code, target=where
                ) from error
        case _:
            raise _no_label(where)


def _no_label(where: str) -> InvalidInputError:
    return InvalidInputError(
        f"{where}: a label is an object with `category` (text), `offset` and `length` (whole numbers).", target=where
    )
