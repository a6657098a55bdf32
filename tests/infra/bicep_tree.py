"""Bicep files as declarations and values that know their line; on top of tree-sitter-bicep.

tree-sitter and not pycep, although pycep has to accept every file too: its tree tells a string from a name, knows the
line of every property, and has the operators' precedence right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import tree_sitter
import tree_sitter_bicep

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))

_DECLARATIONS = {
    "parameter_declaration": "param",
    "variable_declaration": "var",
    "output_declaration": "output",
    "resource_declaration": "resource",
    "module_declaration": "module",
}


@dataclass(frozen=True)
class Value:
    """An expression at its place."""

    file: str
    node: tree_sitter.Node

    @property
    def line(self) -> int:
        """From 1."""
        return self.node.start_point.row + 1

    @property
    def text(self) -> str:
        """As it is written."""
        assert self.node.text is not None
        return self.node.text.decode()

    @property
    def literal(self) -> str | bool | int | None:
        """The value of a literal; None for everything that is computed."""
        if self.node.type == "string" and not self.of_type("interpolation"):
            return self.text[1:-1].replace("\\'", "'")
        if self.node.type == "boolean":
            return self.text == "true"
        return int(self.text) if self.node.type == "number" else None

    def walk(self) -> Iterator["Value"]:
        """This and everything in it."""
        yield self
        for child in self.node.named_children:
            yield from Value(self.file, child).walk()

    def of_type(self, *types: str) -> list["Value"]:
        """Everything in it that has one of the types."""
        return [value for value in self.walk() if value.node.type in types]

    @property
    def children(self) -> list["Value"]:
        """Named children."""
        return [Value(self.file, child) for child in self.node.named_children]

    @cached_property
    def properties(self) -> dict[str, "Value"]:
        """Of an object, and of the object behind a condition or a loop; comments are no part of it."""
        return {_key(pair): pair.children[-1] for pair in self._pairs}

    @property
    def keys(self) -> dict[str, "Value"]:
        """Names of an object's properties, where they stand."""
        return {_key(pair): pair.children[0] for pair in self._pairs}

    @property
    def _pairs(self) -> list["Value"]:
        body = self.object
        members = [child for child in body.children if child.node.type == "object_property"] if body else []
        return [member for member in members if member.children[0].node.type != "resource_declaration"]

    @property
    def object(self) -> "Value | None":
        """The object that is made: itself, or what a condition, a loop or a lambda makes."""
        if self.node.type == "object":
            return self
        if self.node.type in {"for_statement", "if_statement", "parenthesized_expression"}:
            return next((child.object for child in reversed(self.children) if child.object), None)
        return None

    @property
    def items(self) -> list["Value"]:
        """Of an array; what a loop makes is its one item."""
        if self.node.type == "array":
            return [child for child in self.children if child.node.type != "comment"]
        return [self.object] if self.node.type == "for_statement" and self.object else []

    def find(self, path: str) -> "Value | None":
        """The value at a dotted path."""
        value: Value | None = self
        for name in path.split("."):
            value = value.properties.get(name) if value else None
        return value


def _key(pair: Value) -> str:
    """The name of an object's property."""
    key = pair.children[0]
    return str(key.literal) if key.node.type == "string" else key.text


@dataclass(frozen=True)
class Declaration:
    """`param`, `var`, `output`, `resource` or `module`."""

    kind: str
    name: str
    value: Value
    """The default of a parameter; the whole declaration where there is none."""
    whole: Value
    decorators: dict[str, Value]
    target: str = ""
    """Of a resource, its full type; of a module, its path."""
    version: str = ""
    existing: bool = False
    parent: str = ""
    """The resource that this one is declared in."""

    @property
    def line(self) -> int:
        """From 1."""
        return self.whole.line

    @property
    def file(self) -> str:
        """Path from `infra/bicep`."""
        return self.whole.file

    @property
    def has_default(self) -> bool:
        """Whether a parameter may be left out."""
        return self.value is not self.whole


class BicepFile:
    """One parsed file."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source
        self.root = Value(name, _PARSER.parse(source.encode()).root_node)
        self.declarations = list(_declarations(self.root))

    def of(self, kind: str) -> list[Declaration]:
        """Declarations of one kind."""
        return [declaration for declaration in self.declarations if declaration.kind == kind]

    def get(self, kind: str, name: str) -> Declaration:
        """One declaration."""
        return next(each for each in self.of(kind) if each.name == name)

    @property
    def faults(self) -> list[Value]:
        """What the grammar could not make sense of."""
        return [value for value in _everything(self.root) if value.node.is_error or value.node.is_missing]


def read_folder(folder: Path) -> dict[str, BicepFile]:
    """All Bicep files, by path from `folder`."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.bicep"))
    return {name: BicepFile(name, (folder / name).read_text(encoding="utf-8")) for name in names}


def read_parameters(path: Path) -> dict[str, Value]:
    """The values of a `.bicepparam` file: the grammar knows them as variables."""
    lines = path.read_text(encoding="utf-8").splitlines()
    source = "\n".join(
        "" if line.startswith("using ") else f"var {line.removeprefix('param ')}" if line.startswith("param ") else line
        for line in lines
    )
    return {each.name: each.value for each in BicepFile(path.name, source).of("var")}


def alternatives(value: Value, variables: Mapping[str, Value]) -> Iterator[Value]:
    """All that an expression may be as far as it is written down: branches of conditions, and what variables hold."""
    kind, children = value.node.type, value.children
    if kind == "identifier" and value.text in variables:
        written = [variables[value.text]]
    elif kind == "ternary_expression":
        written = children[1:]
    elif kind in {"parenthesized_expression", "if_statement"}:
        written = children[-1:]
    elif _function(value) == "union":
        written = children[-1].children
    else:
        yield value
        return
    for each in written:
        yield from alternatives(each, variables)


def elements(value: Value, variables: Mapping[str, Value]) -> Iterator[Value]:
    """All that may be in an array: of its branches, of a loop, of `concat`, `filter` and `map`."""
    for array in alternatives(value, variables):
        function = _function(array)
        if array.node.type == "array":
            yield from (item for item in array.children if item.node.type != "comment")
        elif array.node.type == "for_statement":
            yield array.children[-1]
        elif function == "concat":
            for argument in array.children[-1].children:
                yield from elements(argument, variables)
        elif function == "filter":
            yield from elements(array.children[-1].children[0], variables)
        elif function == "map":
            yield array.children[-1].children[-1].children[-1]


def _function(value: Value) -> str:
    return value.children[0].text if value.node.type == "call_expression" else ""


def _everything(value: Value) -> Iterator[Value]:
    yield value
    for child in value.node.children:
        yield from _everything(Value(value.file, child))


def _declarations(root: Value) -> Iterator[Declaration]:
    decorators: dict[str, Value] = {}
    for child in root.children:
        if child.node.type == "decorators":
            decorators = {call.children[0].text: call for call in child.of_type("call_expression")}
        elif child.node.type in _DECLARATIONS:
            declaration = _declaration(child, decorators)
            yield declaration
            yield from _nested(declaration)
            decorators = {}


def _declaration(whole: Value, decorators: dict[str, Value]) -> Declaration:
    kind = _DECLARATIONS[whole.node.type]
    name = whole.children[0].text
    has_value = any(child.type == "=" for child in whole.node.children)
    value = whole.children[-1] if has_value else whole
    if kind not in {"resource", "module"}:
        return Declaration(kind, name, value, whole, decorators)
    target, _, version = str(whole.children[1].literal).partition("@")
    existing = any(child.type == "existing" for child in whole.node.children)
    return Declaration(kind, name, value, whole, decorators, target, version, existing=existing)


def _nested(outer: Declaration) -> Iterator[Declaration]:
    """Resources that are declared inside another: their type and version go on from its."""
    body = outer.value.object
    members = body.children if body and outer.kind == "resource" else []
    for member in members:
        if member.children and member.children[0].node.type == "resource_declaration":
            inner = _declaration(member.children[0], {})
            yield replace(
                inner,
                target=f"{outer.target}/{inner.target}",
                version=inner.version or outer.version,
                parent=outer.name,
            )
