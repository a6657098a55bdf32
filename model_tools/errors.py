"""The error tree: every error carries a stable code, a sentence, and where the fault is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault among several found in one input, for reports that collect before they refuse."""

    code: str
    """A stable PascalCase name, for programs."""
    message: str
    """One sentence that says what is wrong and, where it helps, what to do."""
    target: str | None = None
    """Where: a JSON path (`$.assets.documents[3]`), a location, or a file and line."""


class NerError(Exception):
    """Base of all errors that a caller may be shown."""

    code: ClassVar[str] = "InternalServerError"

    def __init__(
        self,
        message: str,
        *,
        inner_code: str | None = None,
        target: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.inner_code = inner_code
        """A narrower stable name under `code`, where one exists."""
        self.target = target
        self.problems = tuple(problems)


class InvalidInputError(NerError):
    """What the caller gave cannot be used as it is."""

    code = "InvalidArgument"


class NotFoundError(NerError):
    """What the caller named does not exist."""

    code = "NotFound"


class ConflictError(NerError):
    """The state of things does not allow it now."""

    code = "Conflict"


class ArtifactError(NerError):
    """A model folder is incomplete, altered, or of a version this code does not read."""

    code = "ArtifactInvalid"
