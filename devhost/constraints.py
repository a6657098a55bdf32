"""The constraints a route template may put on a parameter: ASP.NET's default set."""

import re
from collections.abc import Callable
from datetime import datetime

from devhost.errors import RoutingError

Check = Callable[[str], bool]

_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)
_GUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _is_integer(value: str, *, within: range) -> bool:
    return re.fullmatch(r"\s*[+-]?\d+\s*", value, re.ASCII) is not None and int(value) in within


def _is_number(value: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?\s*", value, re.ASCII | re.IGNORECASE) is not None


def _is_datetime(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_guid(value: str) -> bool:
    bare = value[1:-1] if (value[:1], value[-1:]) in {("{", "}"), ("(", ")")} else value
    return _GUID.fullmatch(bare) is not None


def _is_file(value: str) -> bool:
    # A last segment with a dot that is not its last character.
    return "." in value.rpartition("/")[2].rstrip(".")


_PLAIN: dict[str, Check] = {
    "int": lambda value: _is_integer(value, within=_INT32),
    "long": lambda value: _is_integer(value, within=_INT64),
    "bool": lambda value: value.strip().lower() in {"true", "false"},
    "datetime": _is_datetime,
    "decimal": _is_number,
    "double": _is_number,
    "float": _is_number,
    "guid": _is_guid,
    "alpha": lambda value: re.fullmatch(r"[a-z]*", value, re.IGNORECASE | re.ASCII) is not None,
    "required": lambda value: value != "",
    "file": _is_file,
    "nonfile": lambda value: not _is_file(value),
}


def _range_check(low: int, high: int) -> Check:
    return lambda value: _is_integer(value, within=_INT64) and low <= int(value) <= high


def _length_check(low: int, high: float) -> Check:
    return lambda value: low <= len(value) <= high


def _regex_check(pattern: str) -> Check:
    # .NET matches anywhere in the value and ignores case.
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda value: compiled.search(value) is not None


_WITH_NUMBERS: dict[tuple[str, int], Callable[..., Check]] = {
    ("length", 1): lambda length: _length_check(length, length),
    ("length", 2): _length_check,
    ("minlength", 1): lambda low: _length_check(low, float("inf")),
    ("maxlength", 1): lambda high: _length_check(0, high),
    ("min", 1): lambda low: _range_check(low, _INT64.stop),
    ("max", 1): lambda high: _range_check(_INT64.start, high),
    ("range", 2): _range_check,
}


def parse_constraint(text: str) -> Check:
    """Turn the text after a colon, such as `int` or `length(2,5)`, into a check of a value.

    Raises:
        RoutingError: The constraint is unknown or its arguments do not fit.
    """
    name, _, rest = text.partition("(")
    name = name.lower()
    if not rest and name in _PLAIN:
        return _PLAIN[name]
    if rest.endswith(")"):
        arguments = rest[:-1]
        if name == "regex":
            return _parse_regex(arguments)
        numbers = [part.strip() for part in arguments.split(",")]
        create = _WITH_NUMBERS.get((name, len(numbers)))
        if create is not None and all(re.fullmatch(r"-?\d+", number, re.ASCII) for number in numbers):
            return create(*map(int, numbers))
    raise RoutingError(f"the constraint `{text}` is not one the host knows")


def _parse_regex(pattern: str) -> Check:
    try:
        return _regex_check(pattern)
    except re.error as error:
        raise RoutingError(f"the expression `{pattern}` of a regex constraint is malformed: {error}") from error
