"""From a method and a path to a function, in the host's order: by function name, the first match wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from devhost.errors import RoutingError
from devhost.templates import Segment, Template, parse_template

_RESERVED = ("admin", "runtime")
_EXAMPLES = (
    # Values that satisfy the usual constraints, tried in turn where two parameters meet.
    *("a", "1", "00000000-0000-0000-0000-000000000000", "true", "2000-01-01", "1.5", "a.b"),
    *("a" * length for length in range(2, 65)),
    *("1" * length for length in range(2, 11)),
)


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP function's place in the table."""

    function_name: str
    template: Template
    methods: frozenset[str] | None
    """Upper case; None means all methods."""

    def takes(self, method: str) -> bool:
        """Whether the function answers this method."""
        return self.methods is None or method.upper() in self.methods


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """The function that a request goes to, and what its parameters are."""

    function_name: str
    parameters: Mapping[str, str]


class Router:
    """The routes of one app, checked to be free of overlaps."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Sort and check the routes.

        Raises:
            RoutingError: Two routes take the same path and method, so that the function names decide.
        """
        self._routes = sorted(routes, key=lambda route: route.function_name.upper())
        for first, second in combinations(self._routes, 2):
            _refuse_overlap(first, second)

    def match(self, method: str, path: str) -> RouteMatch | None:
        """The first function, by name, whose methods and template take the request."""
        for route in self._routes:
            if not route.takes(method):
                continue
            parameters = route.template.match(path.removeprefix("/"))
            if parameters is not None:
                return RouteMatch(route.function_name, parameters)
        return None


def create_route(function_name: str, route: str | None, *, prefix: str, methods: Iterable[str] | None) -> Route:
    """Build the route of a function: prefix, slash, and its own route, or its name where it has none.

    Raises:
        RoutingError: The template is malformed or starts with a reserved word.
    """
    own = function_name if route is None else route
    if own.lstrip("/").lower().startswith(_RESERVED):
        raise RoutingError(
            f"function `{function_name}`: the route `{own}` starts with a reserved word ({' or '.join(_RESERVED)})"
        )
    text = "/".join(part.strip("/") for part in (prefix, own) if part.strip("/"))
    try:
        template = parse_template(text)
    except RoutingError as error:
        raise RoutingError(f"function `{function_name}`: {error.message}") from error
    return Route(function_name, template, None if methods is None else frozenset(name.upper() for name in methods))


def find_overlap(first: Template, second: Template) -> str | None:
    """A path that both templates match; None when none was found.

    It is found segment by segment, from the literals of both and a list of examples, so that two unusual `regex`
    constraints may overlap unseen.
    """
    longest = max(len(first.segments), len(second.segments)) + 1
    for length in range(longest + 1):
        path = _common_path(first, second, length)
        if path is not None and first.match(path) is not None and second.match(path) is not None:
            return path
    return None


def _refuse_overlap(first: Route, second: Route) -> None:
    shared = _shared_method(first, second)
    path = find_overlap(first.template, second.template) if shared else None
    if path is not None:
        raise RoutingError(
            f"functions `{first.function_name}` (route `{first.template.text}`) and `{second.function_name}` (route "
            f"`{second.template.text}`) both match {shared} /{path}. The host has no precedence but the function name: "
            f"`{first.function_name}` would win. Change a route, or constrain a parameter."
        )


def _shared_method(first: Route, second: Route) -> str | None:
    if first.methods is None and second.methods is None:
        return "GET"
    methods = (
        first.methods & second.methods
        if first.methods is not None and second.methods is not None
        else first.methods or second.methods
    )
    return min(methods, default=None) if methods else None


def _common_path(first: Template, second: Template, length: int) -> str | None:
    pieces: list[str] = []
    for index in range(length):
        here, there = first.segment_at(index), second.segment_at(index)
        if here is None or there is None:
            return None
        piece = next((text for text in _candidates(here, there) if _fits(here, text) and _fits(there, text)), None)
        if piece is None:
            return None
        pieces.append(piece)
    return "/".join(pieces)


def _candidates(*segments: Segment) -> Iterable[str]:
    for segment in segments:
        for example in ("a", "1"):
            yield "".join(part if isinstance(part, str) else example for part in segment.parts)
    yield from _EXAMPLES


def _fits(segment: Segment, text: str) -> bool:
    parameter = segment.parameter
    if parameter is not None and parameter.is_catch_all:
        # Its constraints see the whole rest; the caller checks the finished path.
        return True
    return segment.match(text) is not None
