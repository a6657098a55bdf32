"""Reads values of a known type from parsed JSON, and notes every one that is not as it should be."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from model_tools.errors import Problem

Value = TypeVar("Value", str, int, bool, dict[str, Any], list[Any])

_NAMES: Mapping[type, str] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    dict: "an object",
    list: "an array",
    float: "a number",
    type(None): "null",
}


class JsonReader:
    """Collects problems instead of stopping at the first, so that one look at the report mends the file."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def note(self, code: str, message: str, target: str) -> None:
        """Adds a problem."""
        self.problems.append(Problem(code, message, target))

    def is_a(self, value: object, kind: type[Value], target: str) -> bool:
        """Whether `value` is of the JSON type; notes it where not. A boolean is not a number."""
        if type(value) is kind:
            return True
        self.note("InvalidType", f"Expected {_NAMES[kind]}, found {_NAMES[type(value)]}.", target)
        return False

    def optional(self, record: Mapping[str, Any], key: str, kind: type[Value], path: str) -> Value | None:
        """The value of `key`; None where it is absent, null, or (noted) of another type."""
        value: Value | None = record.get(key)
        if value is None or not self.is_a(value, kind, f"{path}.{key}"):
            return None
        return value

    def required(self, record: Mapping[str, Any], key: str, kind: type[Value], path: str) -> Value | None:
        """As `optional`, and an absent or null value is noted as well."""
        if record.get(key) is None:
            self.note("MissingProperty", f"`{key}` is required: {_NAMES[kind]}.", f"{path}.{key}")
            return None
        return self.optional(record, key, kind, path)

    def objects(self, record: Mapping[str, Any], key: str, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(JSON path, object) for each object of the array at `key`; what is no object is noted and skipped."""
        for i, item in enumerate(self.optional(record, key, list, path) or ()):
            if self.is_a(item, dict, f"{path}.{key}[{i}]"):
                yield f"{path}.{key}[{i}]", item
