"""Route templates of ASP.NET: parsing, and matching of a path against one of them.

Outside braces every character but `?` and `/` is literal, colons included. Literals ignore case, a trailing slash
matches, and a parameter never matches an empty segment.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from devhost.constraints import Check, parse_constraint
from devhost.errors import RoutingError


@dataclass(frozen=True, slots=True)
class Parameter:
    """One `{…}` of a template."""

    name: str
    checks: tuple[Check, ...] = ()
    default: str | None = None
    is_optional: bool = False
    is_catch_all: bool = False

    def accepts(self, value: str) -> bool:
        """Whether every constraint holds for the value."""
        return all(check(value) for check in self.checks)


Part = str | Parameter
"""A literal or a parameter."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands between two slashes: one part, or several in a complex segment such as `{name}.{ext?}`."""

    parts: tuple[Part, ...]

    @property
    def parameter(self) -> Parameter | None:
        """The parameter when the segment is nothing else."""
        first = self.parts[0]
        return first if len(self.parts) == 1 and isinstance(first, Parameter) else None

    @property
    def may_be_absent(self) -> bool:
        """Whether a path that ends before this segment still matches."""
        parameter = self.parameter
        return parameter is not None and (
            parameter.is_optional or parameter.is_catch_all or parameter.default is not None
        )

    def match(self, text: str) -> dict[str, str] | None:
        """Match one segment of a path; None when it does not fit."""
        if not text:
            return None
        values = self._capture(self.parts, text)
        last = self.parts[-1]
        if values is None and len(self.parts) > 1 and isinstance(last, Parameter) and last.is_optional:
            # The optional end of a complex segment goes together with the dot before it.
            values = self._capture(self.parts[:-2], text)
        return values

    @staticmethod
    def _capture(parts: tuple[Part, ...], text: str) -> dict[str, str] | None:
        parameters = [part for part in parts if isinstance(part, Parameter)]
        pattern = "".join("(.+)" if isinstance(part, Parameter) else re.escape(part) for part in parts)
        found = re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL)
        if found is None:
            return None
        values = dict(zip((parameter.name for parameter in parameters), found.groups(), strict=True))
        return values if all(parameter.accepts(values[parameter.name]) for parameter in parameters) else None


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed route template."""

    text: str
    segments: tuple[Segment, ...]

    @property
    def catch_all(self) -> Parameter | None:
        """The `{*rest}` at the end, where there is one."""
        last = self.segments[-1].parameter if self.segments else None
        return last if last is not None and last.is_catch_all else None

    def match(self, path: str) -> dict[str, str] | None:
        """Match a path without its leading slash; the values of the parameters that are set, or None."""
        pieces = path.removesuffix("/").split("/") if path not in {"", "/"} else []
        rest = self.catch_all
        fixed = self.segments[:-1] if rest else self.segments
        if len(pieces) > len(fixed) and rest is None:
            return None
        values = self._match_fixed(fixed, pieces)
        if values is not None and rest is not None:
            # Unlike the segments, the rest keeps its trailing slash.
            remainder = "/".join(path.split("/")[len(fixed) :])
            if len(pieces) <= len(fixed):
                remainder = ""
            values = self._with_rest(values, rest, remainder)
        return values

    def segment_at(self, index: int) -> Segment | None:
        """The segment that decides on the piece of a path at this index; a catch-all decides on all from its own."""
        if index < len(self.segments):
            return self.segments[index]
        return self.segments[-1] if self.catch_all else None

    @staticmethod
    def _match_fixed(segments: tuple[Segment, ...], pieces: list[str]) -> dict[str, str] | None:
        values: dict[str, str] = {}
        for index, segment in enumerate(segments):
            if index < len(pieces):
                found = segment.match(pieces[index])
                if found is None:
                    return None
                values |= found
            elif not segment.may_be_absent:
                return None
            elif (parameter := segment.parameter) is not None and parameter.default is not None:
                values[parameter.name] = parameter.default
        return values

    @staticmethod
    def _with_rest(values: Mapping[str, str], rest: Parameter, remainder: str) -> dict[str, str] | None:
        value = remainder or rest.default
        if value is None:
            return dict(values)
        return {**values, rest.name: value} if rest.accepts(value) else None


def parse_template(text: str) -> Template:
    """Parse a route template, prefix included.

    Raises:
        RoutingError: The text is not a template that the host accepts.
    """
    bare = text.removeprefix("~").removeprefix("/").removesuffix("/")
    try:
        segments = tuple(_parse_segment(segment) for segment in _split(bare, "/")) if bare else ()
        _check_order(segments)
    except RoutingError as error:
        raise RoutingError(f"route `{text}`: {error.message}") from error
    return Template(text=text, segments=segments)


def _split(text: str, separator: str) -> Iterator[str]:
    """Split at separators that are outside braces and parentheses."""
    depth = 0
    start = 0
    for index, character in enumerate(text):
        if character in "{(":
            depth += 1
        elif character in "})":
            depth -= 1
        elif character == separator and depth == 0:
            yield text[start:index]
            start = index + 1
    yield text[start:]


_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<parameter>(?:[^{}]|\{\{|\}\})+)\}|(?P<literal>[^{}]+)")


def _parse_segment(text: str) -> Segment:
    if not text:
        raise RoutingError("two slashes may not follow each other")
    parts: list[Part] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise RoutingError(f"the braces of `{text}` do not close")
        position = token.end()
        if token["parameter"] is not None:
            parts.append(_parse_parameter(token["parameter"]))
        else:
            _append_literal(parts, token["literal"] or token[0][0])
    _check_segment(parts)
    return Segment(tuple(parts))


def _append_literal(parts: list[Part], literal: str) -> None:
    if "?" in literal:
        raise RoutingError("`?` may not stand outside braces")
    if parts and isinstance(parts[-1], str):
        parts[-1] += literal
    else:
        parts.append(literal)


def _parse_parameter(text: str) -> Parameter:
    body = text.replace("{{", "{").replace("}}", "}")
    is_catch_all = body.startswith("*")
    body = body.lstrip("*") if is_catch_all else body
    declaration, equals, default = _cut(body, "=")
    is_optional = not equals and declaration.endswith("?")
    name, *constraints = _split(declaration.removesuffix("?") if is_optional else declaration, ":")
    if not name or re.search(r"[/{}?*]", name):
        raise RoutingError(f"`{{{text}}}` has no valid parameter name")
    if is_optional and is_catch_all:
        raise RoutingError(f"the catch-all `{name}` is optional already")
    return Parameter(
        name=name,
        checks=tuple(parse_constraint(constraint) for constraint in constraints),
        default=default if equals else None,
        is_optional=is_optional,
        is_catch_all=is_catch_all,
    )


def _cut(text: str, separator: str) -> tuple[str, str, str]:
    head = next(_split(text, separator))
    return head, text[len(head) : len(head) + 1], text[len(head) + 1 :]


def _check_segment(parts: list[Part]) -> None:
    for before, after in pairwise(parts):
        if isinstance(before, Parameter) and isinstance(after, Parameter):
            raise RoutingError(f"the parameters `{before.name}` and `{after.name}` need a literal between them")
    if len(parts) == 1:
        return
    for index, part in enumerate(parts):
        if not isinstance(part, Parameter):
            continue
        if part.is_catch_all:
            raise RoutingError(f"the catch-all `{part.name}` must be a segment of its own")
        if part.is_optional and (index != len(parts) - 1 or parts[index - 1] != "."):
            raise RoutingError(f"in a segment with other text the optional `{part.name}` may only follow a final dot")


def _check_order(segments: tuple[Segment, ...]) -> None:
    names: set[str] = set()
    for index, segment in enumerate(segments):
        for part in segment.parts:
            if not isinstance(part, Parameter):
                continue
            if part.name.lower() in names:
                raise RoutingError(f"the parameter `{part.name}` stands twice")
            names.add(part.name.lower())
            if (part.is_catch_all or part.is_optional) and index != len(segments) - 1:
                raise RoutingError(f"`{part.name}` must be the last segment")
