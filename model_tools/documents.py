"""Documents with labels, and the JSONL file that every tool here reads and writes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from model_tools.errors import InvalidInputError, Problem
from model_tools.spans import Label, label_problems

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_NO_LABEL = "a label is an object with `category` (text), `offset` and `length` (whole numbers)."
_SHOWN_FAULTS = 10
"""Lines of a file that a message tells of; the error's problems tell of all."""
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
        InvalidInputError: some lines cannot be used; see `parse_jsonl`.
    """
    return parse_jsonl(path.read_bytes(), path.name)


def parse_jsonl(content: bytes, name: str) -> list[Document]:
    """As `read_jsonl`, from the bytes of a file; `name` stands for it in messages.

    Raises:
        InvalidInputError: some lines cannot be used; the message names `name`, the first of them, and how many.
    """
    try:
        lines = content.decode("utf-8-sig").split("\n")  # not splitlines: U+2028 is no line end in JSON
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{name}: not UTF-8: {error.reason} at byte {error.start}.", target=name) from error
    documents: dict[str, Document] = {}
    faults: list[InvalidInputError] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{name}:{number}"
        try:
            document = _document_from_line(line, where)
        except InvalidInputError as fault:
            faults.append(fault)
            continue
        if document.id in documents:
            faults.append(InvalidInputError(f"{where}: the id {document.id!r} occurs twice.", target=where))
        documents[document.id] = document
    if faults:
        raise _all_of(faults)
    return list(documents.values())


def _all_of(faults: Sequence[InvalidInputError]) -> InvalidInputError:
    """One error for all lines that cannot be used."""
    first = faults[0]
    if len(faults) == 1:
        return first
    shown = " ".join(fault.message for fault in faults[:_SHOWN_FAULTS])
    more = f" And {len(faults) - _SHOWN_FAULTS:,} more." if len(faults) > _SHOWN_FAULTS else ""
    problems = [Problem(fault.inner_code or fault.code, fault.message, fault.target) for fault in faults]
    return InvalidInputError(
        f"{len(faults):,} lines cannot be used. {shown}{more}",
        inner_code=first.inner_code,
        target=first.target,
        problems=problems,
    )


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
        # The decoder counts lines within the one it was given.
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise InvalidInputError(f"{where}: not JSON: {reason}.", target=where) from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or not _is_id(record.get("id")):
        raise InvalidInputError(f"{where}: a line is an object with `id` and `text`.", target=where)
    named = f"{where}: document {str(record['id'])!r}"
    if _LONE_SURROGATE.search(record["text"]):
        raise InvalidInputError(f"{named}: `text` has half of a surrogate pair, which is no character.", target=where)
    split, language = record.get("split"), record.get("language") or "en"
    if split is not None and split not in SPLITS:
        raise InvalidInputError(f"{named}: `split` is one of {', '.join(SPLITS)}, not {split!r}.", target=where)
    if not isinstance(language, str):
        raise InvalidInputError(f"{named}: `language` is a language code, not {language!r}.", target=where)
    labels = _labels_from_record(record, named, where)
    problems = label_problems(labels, len(record["text"]))
    if problems:
        raise InvalidInputError(f"{named}: {problems[0].message}", target=where, problems=problems)
    return Document(str(record["id"]), record["text"], tuple(labels), language, split)


def _is_id(value: object) -> bool:
    """Text, or a number as some tools write it."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _labels_from_record(record: Mapping[str, Any], named: str, where: str) -> list[Label]:
    labels = record.get("labels") or []
    if not isinstance(labels, list):
        raise InvalidInputError(f"{named}: `labels` is a list.", target=where)
    try:
        return sorted(map(_label_from_record, labels))
    except InvalidInputError as error:
        raise InvalidInputError(f"{named}: {error.message}", inner_code=error.inner_code, target=where) from error


def _label_from_record(record: object) -> Label:
    match record:
        case {"offset": bool()} | {"length": bool()}:  # of which Python says that they are numbers
            raise InvalidInputError(_NO_LABEL)
        case {"offset": int(offset), "length": int(length), "category": str(category)} if category:
            return Label(offset, offset + length, category)
        case _:
            raise InvalidInputError(_NO_LABEL)
