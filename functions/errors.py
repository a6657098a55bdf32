"""The service's own branches of the error tree, beside those of `model_tools.errors`."""

from typing import Any

from model_tools.errors import ArtifactError, ConflictError, InvalidInputError, NerError


class SettingsError(NerError):
    """A setting is missing or wrong. The message names it."""

    code = "SettingsInvalid"


class UnauthorizedError(NerError):
    """No valid key or principal. The code is the string that the real service's gateway sends."""

    code = "401"


class ForbiddenError(NerError):
    """A valid key or principal without the right to this operation."""

    code = "Forbidden"


class StaleError(ConflictError):
    """A guarded write lost: the row changed since it was read."""

    code = "PreconditionFailed"

    def __init__(self, message: str, *, current: Any = None) -> None:  # noqa: ANN401 - any wire value
        super().__init__(message)
        self.current = current
        """The state that won, for the caller to merge with; a wire value."""


class PreconditionRequiredError(InvalidInputError):
    """A write that must name the version it is based on does not."""

    code = "PreconditionRequired"


class TooLargeError(InvalidInputError):
    """More than a limit allows."""

    code = "InvalidRequest"


class NotOfferedError(NerError):
    """An operation of the contract that this service does not have."""

    code = "NotImplemented"


class ModelGoneError(ArtifactError):
    """A model that a row names has no files any more. Not `NotFoundError`: what the caller named is there."""

    code = "ModelGone"

    def __init__(self, model_id: str) -> None:
        super().__init__(f"The files of model {model_id} are gone from storage. Deploy another model, or train again.")


class BusyError(NerError):
    """The process has as much to do as it can promise to do; later, or on another instance, the same request passes."""

    code = "TooManyRequests"
    retry_after_seconds = 1
    """Clients of the contract send the request again after this long, without being told to."""
