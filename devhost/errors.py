"""What stops a host or the stack from starting, each with the remedy in its sentence."""

from model_tools.errors import NerError


class HostStartError(NerError):
    """The host cannot start as configured; the real host would refuse it too."""

    code = "HostStartFailed"


class IndexingError(HostStartError):
    """The functions of the app cannot be indexed, so none of them runs."""

    code = "IndexingFailed"


class RoutingError(HostStartError):
    """A route template is malformed, reserved, or hides behind another by name order."""

    code = "RouteInvalid"


class StackError(NerError):
    """A process of the local stack is missing, cannot start, or ended unexpectedly."""

    code = "StackFailed"
