"""Small conversions that every resource needs: dates, names, pages, units, job states."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar, get_args

from functions.http import schemas
from functions.http.errors import problem_json
from functions.http.operation import MAX_INTEGER, Call, Query, Reply
from functions.lifecycle.rules import is_name
from functions.stores.jobs import Job, JobStatus
from model_tools.errors import InvalidInputError, Problem
from model_tools.offsets import OffsetUnit

Item = TypeVar("Item")

UNITS: Mapping[str, OffsetUnit] = {
    "TextElements_v8": OffsetUnit.TEXT_ELEMENT,
    "UnicodeCodePoint": OffsetUnit.CODE_POINT,
    "Utf16CodeUnit": OffsetUnit.UTF16,
}
"""`stringIndexType` on the wire, and what it counts."""

NEVER = "9999-12-31"
"""Models and deployments do not expire here, but clients require a date."""

INDEX_TYPE = Query(
    "stringIndexType",
    "The unit of offsets and lengths.",
    {"type": "string", "enum": list(UNITS), "default": "Utf16CodeUnit"},
)
PAGING = (
    Query("top", "How many items at most, over all pages.", {"type": "integer"}),
    Query("skip", "How many items to pass over.", {"type": "integer"}),
    Query("maxpagesize", "How many items a page.", {"type": "integer"}),
)
KEYED_PAGING = (
    *PAGING,
    Query("continuation", "Where the page before ended; only as `nextLink` has it. A page may be short or empty."),
)
_RESERVED = {"global"}
PAGE_SIZE = 1000


def camel(name: str) -> str:
    """A name of the engine in the contract's spelling: `f1_interval` is `f1Interval`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def date(moment: datetime) -> str:
    """RFC 3339, UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_name(value: str, target: str) -> str:
    """A name of a project, model or deployment.

    Raises:
        InvalidInputError: outside the service's alphabet.
    """
    if not is_name(value):
        raise InvalidInputError(
            f"'{value[:60]}' is no valid name: 1 to 50 characters of letters, digits, '_', '.' and '-', not only dots.",
            inner_code="InvalidParameterValue",
            target=target,
        )
    return value


def check_project_name(value: str) -> str:
    """A name of a project that is, or is about to be.

    Raises:
        InvalidInputError: outside the service's alphabet, or a word of the API's own paths.
    """
    if value in _RESERVED:
        raise InvalidInputError(
            f"'{value}' is part of the API's own paths and cannot name a project.",
            inner_code="InvalidParameterValue",
            target="projectName",
        )
    return check_name(value, "projectName")


def index_type(call: Call, default: schemas.StringIndexType = "Utf16CodeUnit") -> schemas.StringIndexType:
    """The `stringIndexType` of the query."""
    value = call.query.get("stringIndexType", default)
    for known in get_args(schemas.StringIndexType):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise InvalidInputError(
        f"stringIndexType is one of {', '.join(UNITS)}, not '{value}'.",
        inner_code="InvalidParameterValue",
        target="stringIndexType",
    )


def page(call: Call, items: Iterable[Item]) -> tuple[list[Item], str | None]:
    """One page of `items`, and the absolute address of the next one where there is more."""
    skip = call.integer("skip", default=0)
    top = call.integer("top", default=MAX_INTEGER, minimum=1)
    size = min(call.integer("maxpagesize", default=PAGE_SIZE, minimum=1), PAGE_SIZE, top)
    taken = list(islice(items, skip, skip + size + 1))
    if len(taken) <= size or top <= size:
        return taken[:size], None
    return taken[:size], _next_link(call, top=top - size, skip=skip + size, maxpagesize=size)


def _next_link(call: Call, **following: int | str) -> str:
    """The address of this call with other paging; without the key and the version, which every link gets anew."""
    query = {name: value for name, value in call.query.items() if name not in {"api-version", "code", *following}}
    return call.url(call.request_path, **query, **{name: str(value) for name, value in following.items()})


def page_reply(call: Call, items: Iterable[Any]) -> Reply:
    """A page in the shape of every list of the contract."""
    taken, next_link = page(call, items)
    return Reply({"value": taken, "nextLink": next_link})


@dataclass(frozen=True, slots=True)
class KeyedPage:
    """The page that a call asks for, of a list that goes on behind a key: stable while rows come and go."""

    after: str
    """The key that the page before ended with; empty on the first page."""
    skip: int
    top: int
    size: int

    @classmethod
    def asked(cls, call: Call) -> "KeyedPage":
        """What the query says.

        Raises:
            InvalidInputError: a number out of range, or a continuation that no `nextLink` has.
        """
        top = call.integer("top", default=MAX_INTEGER, minimum=1)
        size = min(call.integer("maxpagesize", default=PAGE_SIZE, minimum=1), PAGE_SIZE, top)
        return cls(_key_of_token(call.query.get("continuation", "")), call.integer("skip", default=0), top, size)

    def reply(self, call: Call, items: list[Any], *, after: str | None, skip: int = 0) -> Reply:
        """The page with `items`; more may follow behind `after`, of which `skip` are still to be passed over."""
        if after is None or len(items) >= self.top:
            return Reply({"value": items, "nextLink": None})
        token = base64.urlsafe_b64encode(after.encode()).decode()
        link = _next_link(call, top=self.top - len(items), skip=skip, maxpagesize=self.size, continuation=token)
        return Reply({"value": items, "nextLink": link})


def _key_of_token(token: str) -> str:
    try:
        key = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        key = "\0"
    if not key.isprintable():
        raise InvalidInputError(
            "This continuation is of no nextLink of this service.",
            inner_code="InvalidParameterValue",
            target="continuation",
        )
    return key


def accepted(call: Call, path: str, **query: str) -> Reply:
    """202 and where to ask: always absolute, since the SDKs refuse anything else."""
    return Reply(status=202, headers={"operation-location": call.url(path, **query)})


def problems(found: Iterable[Problem]) -> list[schemas.ErrorDetail]:
    """Problems as `errors` or `warnings`."""
    return [schemas.ErrorDetail(**problem_json(problem)) for problem in found]


POLL_HEADERS = {"retry-after-ms": "250", "x-ms-retry-after-ms": "250", "retry-after": "1"}
"""Sent while a job runs: without them clients wait 2 to 30 seconds between polls."""


def job_reply(job: Job, **extra: Any) -> Reply:  # noqa: ANN401 - fields of JobState
    """The state of an authoring job."""
    errors = problems(job.errors)
    state = schemas.JobState(
        job_id=job.job_id,
        created_date_time=date(job.created),
        last_updated_date_time=date(job.updated),
        expiration_date_time=date(job.expires),
        status=job.status.value,
        warnings=problems(job.warnings),
        errors=errors,
        **extra,
    )
    if job.status is JobStatus.FAILED and errors:
        state.error = schemas.ErrorDetail(code=errors[0].code, message=errors[0].message, details=errors)
    return Reply(state, headers={} if job.status.is_final else POLL_HEADERS)
