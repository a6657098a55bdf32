"""An operation of the API as data, the call that reaches it, and the reply that it gives."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from functions.errors import TooLargeError
from functions.http.auth import Caller, Right
from functions.services import Services
from model_tools.errors import InvalidInputError
from model_tools.inference.stopwatch import Stopwatch

Body = TypeVar("Body")
Word = TypeVar("Word", bound=str)

MAX_BODY_BYTES = 32 << 20
"""No JSON body of the contract comes near it; uploads of documents have their own limit."""

MAX_DEPTH = 50
"""Levels of a JSON body; the contract's deepest has nine."""

MAX_INTEGER = 2**31 - 1
"""Of a query parameter; clients that want everything send it, or a little less."""

_INTEGER = re.compile(r"[0-9]{1,10}")
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")


class Tag(StrEnum):
    """Chapters of the API's documentation."""

    RUNTIME = "Predictions"
    PROJECTS = "Projects"
    DOCUMENTS = "Documents and labels"
    ENTITIES = "Entities and changes"
    SUGGESTIONS = "Suggestions"
    QUALITY = "Quality of labels"
    TRAINING = "Training and models"
    DEPLOYMENTS = "Deployments"
    SERVICE = "Service"


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query beyond `api-version`, or a header that matters."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    place: Literal["query", "header"] = "query"


@dataclass(frozen=True)
class Call:
    """One request, past authentication and routing."""

    services: Services
    caller: Caller
    base_url: str
    """Scheme and host as the client sees them."""
    path: Mapping[str, str]
    """Values of the path's parameters."""
    request_path: str
    """The path as it was asked for, unquoted."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    """Runs since the request is here; what it counts for a prediction is sent as `Server-Timing`."""
    may_wait: bool = False
    """Whether a prediction runs where it may wait for storage."""

    def body(self, kind: type[Body]) -> Body:
        """The JSON body, checked against a Struct.

        Raises:
            InvalidInputError: not JSON, or a field is missing or of a wrong type; the target is its JSON path.
        """
        if len(self.content) > MAX_BODY_BYTES:
            raise TooLargeError(f"The body has {len(self.content)} bytes; the limit is {MAX_BODY_BYTES}.")
        if not self.content or self.content.isspace():
            raise InvalidInputError("The request has no body.", inner_code="EmptyRequest", target="$")
        try:
            body = msgspec.json.decode(self.content, type=kind, strict=True)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `")
            raise InvalidInputError(
                f"{message} at {path.rstrip('`') or '$'}.",
                inner_code="InvalidRequestBodyFormat",
                target=path.rstrip("`") or "$",
            ) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reason = "it nests too deeply" if isinstance(error, RecursionError) else error
            raise InvalidInputError(
                f"The body is not JSON: {reason}.", inner_code="InvalidRequestBodyFormat", target="$"
            ) from error
        # What a Struct describes has a depth; anything else is stored, and must be readable from wherever it is read.
        if isinstance(body, dict) and _is_deeper(body, MAX_DEPTH):
            raise InvalidInputError(
                f"The body nests more than {MAX_DEPTH} levels.", inner_code="InvalidRequestBodyFormat", target="$"
            )
        return body

    def integer(self, *names: str, default: int, minimum: int = 0) -> int:
        """A whole number from the first of the query parameters that is there.

        Raises:
            InvalidInputError: it is none, too small or too large.
        """
        for name in names:
            if name in self.query:
                value = self.query[name]
                if not _INTEGER.fullmatch(value) or not minimum <= int(value) <= MAX_INTEGER:
                    raise InvalidInputError(
                        f"'{name}' is a whole number from {minimum} to {MAX_INTEGER}, not '{value[:40]}'.",
                        inner_code="InvalidParameterValue",
                        target=name,
                    )
                return int(value)
        return default

    def flag(self, name: str) -> bool:
        """A boolean query parameter; clients write `true` and `True`."""
        value = self.query.get(name, "false").lower()
        if value not in {"true", "false"}:
            raise InvalidInputError(
                f"'{name}' is true or false, not '{value}'.", inner_code="InvalidParameterValue", target=name
            )
        return value == "true"

    def one_of(self, name: str, values: Sequence[Word]) -> Word | None:
        """The query parameter, which is one of some words, or None where it is not there.

        Raises:
            InvalidInputError: it is another word.
        """
        given = self.query.get(name)
        if given is None:
            return None
        for value in values:
            if value == given:
                return value
        raise InvalidInputError(
            f"'{name}' is one of {', '.join(values)}, not '{given[:40]}'.",
            inner_code="InvalidParameterValue",
            target=name,
        )

    def url(self, path: str, **query: str) -> str:
        """The absolute address of `path` (unquoted), with this call's api-version."""
        quoted = quote(path, safe="/:@!$&'()*+,;=-._~")
        return f"{self.base_url}{quoted}?{urlencode({'api-version': self.query.get('api-version', ''), **query})}"


@dataclass(frozen=True)
class Reply:
    """What a handler answers: a value to be sent as JSON, or bytes of some type."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    def content(self) -> bytes:
        """The bytes of the body."""
        if self.value is None:
            return b""
        return self.value if isinstance(self.value, bytes) else msgspec.json.encode(self.value)


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Operation:
    """One row of the route table; routing and the OpenAPI document are both made from it."""

    name: str
    """`operationId`."""
    method: str
    path: str
    """`{name}` matches one segment, `{name:path}` the rest."""
    summary: str
    tag: Tag
    right: Right
    handler: Handler
    success: int = 200
    body: type | None = None
    """Struct of the JSON body; None where there is none or it is not JSON."""
    raw_body: str | None = None
    """Media type of a body that is not JSON."""
    reply: type | None = None
    """Struct of the JSON reply."""
    items: type | None = None
    """Struct of the entries, where the reply is a page of a list."""
    queries: tuple[Query, ...] = ()
    versioned: bool = True
    """Whether `api-version` is required."""
    predicts: bool = False
    """Whether it runs a model, so that only so many may run at once."""
    is_early: Callable[[Call], bool] | None = None
    """Whether a reply that asks the client to come back is worth holding; see `_HOLD_SECONDS` of the application."""


class NotAtHandError(Exception):
    """A prediction has to wait for storage, which it must not where predictions run."""

    def __init__(self, project: str, deployment: str) -> None:
        super().__init__(f"{project}/{deployment}")
        self.deployment = project, deployment


def _is_deeper(value: Any, levels: int) -> bool:  # noqa: ANN401 - any JSON value
    inner = [value]
    for _ in range(levels):
        inner = [
            each
            for outer in inner
            if isinstance(outer, dict | list)
            for each in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(each, dict | list) for each in inner)


def check_api_version(query: Mapping[str, str]) -> None:
    """Every call of the contract names a version; any date is accepted, since all versions agree here.

    Raises:
        InvalidInputError: missing, or not a version.
    """
    version = query.get("api-version")
    if version is None or not _API_VERSION.fullmatch(version):
        raise InvalidInputError(
            "The query parameter 'api-version' is required, such as api-version=2023-04-01."
            if version is None
            else f"'{version}' is no api-version; it looks like 2023-04-01 or 2025-05-15-preview.",
            inner_code="InvalidParameterValue",
            target="api-version",
        )
