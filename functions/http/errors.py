"""The one map from errors to HTTP, in the body that the contract prescribes."""

import logging
import uuid
from typing import Any

from functions.errors import (
    BusyError,
    ForbiddenError,
    NotOfferedError,
    PreconditionRequiredError,
    SettingsError,
    StaleError,
    TooLargeError,
    UnauthorizedError,
)
from functions.http.operation import Reply
from model_tools.errors import ArtifactError, ConflictError, InvalidInputError, NerError, NotFoundError, Problem

_LOGGER = logging.getLogger(__name__)

_STATUS: dict[type[NerError], int] = {
    UnauthorizedError: 401,
    ForbiddenError: 403,
    PreconditionRequiredError: 428,
    TooLargeError: 400,
    InvalidInputError: 400,
    NotFoundError: 404,
    StaleError: 412,
    ConflictError: 409,
    BusyError: 429,
    NotOfferedError: 501,
    ArtifactError: 503,
    SettingsError: 503,
}

_MAX_DETAILS = 1000
"""Of one reply; a body of wrong labels would come back several times as large. The message counts them all."""

UNEXPECTED = "Something went wrong inside the service. The correlation id finds it in the logs."


def status_of(error: NerError) -> int:
    """The status of the nearest class in the map."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def error_json(error: NerError) -> dict[str, Any]:
    """`{code, message, target?, details?, innererror?}` of the contract."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.target:
        body["target"] = error.target
    if error.problems:
        body["details"] = [problem_json(problem) for problem in error.problems[:_MAX_DETAILS]]
    if error.inner_code:
        body["innererror"] = {"code": error.inner_code, "message": error.message}
    return body


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as an entry of `details`, `errors` or `warnings`."""
    body = {"code": problem.code, "message": problem.message}
    return {**body, "target": problem.target} if problem.target else body


def error_reply(error: NerError) -> Reply:
    """The reply for an error that a caller may be shown."""
    body: dict[str, Any] = {"error": error_json(error)}
    if isinstance(error, StaleError) and error.current is not None:
        body["current"] = error.current
    headers = {"x-ms-error-code": error.code}
    if isinstance(error, BusyError):
        headers["retry-after"] = str(error.retry_after_seconds)
    return Reply(body, status_of(error), headers)


def unavailable_reply(error: Exception) -> Reply:
    """The reply when storage does not do what it should: clients wait and try again."""
    correlation_id = str(uuid.uuid4())
    _LOGGER.error("Storage failed, correlation id %s", correlation_id, exc_info=error)
    message = f"The service's storage does not answer as it should; try again soon. ({correlation_id})"
    body = {"error": {"code": "ServiceUnavailable", "message": message}}
    return Reply(body, 503, {"x-ms-error-code": "ServiceUnavailable", "retry-after": "2"})


def unexpected_reply(error: Exception) -> Reply:
    """The reply for everything else: a fixed sentence outside, the whole story in the log."""
    correlation_id = str(uuid.uuid4())
    _LOGGER.error("Unexpected error, correlation id %s", correlation_id, exc_info=error)
    body = {"error": {"code": "InternalServerError", "message": f"{UNEXPECTED} ({correlation_id})"}}
    return Reply(body, 500, {"x-ms-error-code": "InternalServerError"})
