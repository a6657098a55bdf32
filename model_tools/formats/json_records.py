"""The records of a JSON file in any of the ways that tools write several: lines, an array, one after another."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_tools.formats.collector import Collector

_BLANK = re.compile(r"[ \t\r\n]*")
_NEXT_RECORD = re.compile(r"\n(?=[{\[])")


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """One record and where it stands."""

    value: object
    place: str
    """File and line, or the file alone for an item of one array."""
    root: str = "$"
    """JSON path of the record in its line, or in the file."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """The record as an object; empty where it is none."""
        return self.value if isinstance(self.value, dict) else {}

    def at(self, path: str = "") -> str:
        """Where a part of the record stands: `.spans[0]` gives `data.jsonl:12 $.spans[0]`."""
        full = f"{self.root}{path}"
        return self.place if full == "$" else f"{self.place} {full}"


def json_records(text: str, collector: Collector) -> Iterator[JsonRecord]:
    """The records in order. What is not JSON is noted with its line, and reading goes on at the next record.

    An array that begins with a string is a record itself: spaCy's `[text, {"entities": …}]`.
    """
    decoder = json.JSONDecoder()
    position = _after_blank(text, 0)
    line, counted = 1, 0
    while position < len(text):
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            collector.note(
                "InvalidJson",
                f"Not JSON: {error.msg}.",
                f"{collector.name}:{line + _lines_to_fault(text, position, error.pos)}",
            )
            position = _next_record(text, position)
        except (ValueError, RecursionError) as error:  # a number of thousands of digits; nesting without end
            collector.note("InvalidJson", f"Not readable JSON: {error}.", f"{collector.name}:{line}")
            position = _next_record(text, position)
        else:
            yield from _records(value, collector.name, line)
            position = _after_blank(text, end)


def _lines_to_fault(text: str, start: int, position: int) -> int:
    """Line ends from a record's start to what is wrong with it.

    The decoder looks past blanks: of a record that ends too soon it names the end of the file or the next record.
    """
    before = text[start:position]
    return (before.rstrip() if text[position : position + 1] in ("", "{", "[") else before).count("\n")


def _records(value: object, name: str, line: int) -> Iterator[JsonRecord]:
    if isinstance(value, list) and not (value and isinstance(value[0], str)):
        for i, item in enumerate(value):
            yield JsonRecord(item, name, f"$[{i}]")
    else:
        yield JsonRecord(value, f"{name}:{line}")


def _after_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _next_record(text: str, position: int) -> int:
    match = _NEXT_RECORD.search(text, position)
    return match.end() if match else len(text)
