"""Property names against Azure's own resource types, of which `azure_types.json` is an extract.

The extract is written by `scripts/extract_azure_types.py` from the package msmcp-azure 3.0.0 (MIT), which carries one
version of each type; `azure_types_by_hand.json` has, from the documentation, the few types that it lacks.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.bicep_tree import Declaration, Value, alternatives, elements
from tests.infra.policies import Files, Finding

_HERE = Path(__file__).parent

_OF_BICEP = {"parent", "scope", "dependsOn"}
"""Bicep's own words in a resource."""

_NEWER: dict[str, tuple[str, dict[str, str]]] = {
    "Microsoft.App/containerApps": ("2026-01-01", {"kind": "string"}),
}
"""Where we use a newer version than the extract has: that version, and those of its properties that the older one lacks."""


@cache
def known_types() -> dict[str, Any]:
    """Resource types by name."""
    files = ("azure_types.json", "azure_types_by_hand.json")
    return {name: kind for file in files for name, kind in json.loads((_HERE / file).read_text()).items()}


def property_names(files: Files) -> Iterator[Finding]:
    """Every property is one that Azure knows, and a word from a closed list is on it."""
    for file in files.values():
        variables = {each.name: each.value for each in file.of("var")}
        for resource in file.of("resource"):
            yield from _Checker(resource, variables).findings()


class _Checker:
    """Of one resource, in every form that its conditions give it; `variables` are those of its file."""

    def __init__(self, resource: Declaration, variables: dict[str, Value]) -> None:
        self._resource = resource
        self._variables = variables
        self._known = known_types().get(resource.target, {})

    def findings(self) -> Iterator[Finding]:
        resource = self._resource
        if not self._known:
            yield Finding(
                resource.file, resource.line, f"{resource.target} is not in the extract; add it to the script"
            )
            return
        version, newer = _NEWER.get(resource.target, (self._known["apiVersion"], {}))
        if resource.version != version:
            message = f"{resource.target}@{resource.version}: the names that are checked are those of {version}"
            yield Finding(resource.file, resource.line, message)
        body = self._known["body"]
        extra = newer | dict.fromkeys(_OF_BICEP, "any")
        variants = [variant | extra for variant in (body if isinstance(body, list) else [body])]
        is_loop = resource.value.node.type == "for_statement"
        for written in elements(resource.value, {}) if is_loop else [resource.value]:
            yield from self._check_object(written, variants)

    def _check(self, value: Value, kind: str) -> Iterator[Finding]:
        if kind.endswith("[]"):
            for item in elements(value, self._variables):
                yield from self._check(item, kind.removesuffix("[]"))
        elif known := self._known["types"].get(kind):
            yield from self._check_object(value, known if isinstance(known, list) else [known])
        elif " | " in kind:
            words = kind.split(" | ")
            for each in alternatives(value, self._variables):
                if "string" not in words and isinstance(each.literal, str) and each.literal not in words:
                    yield Finding(value.file, each.line, f"{each.literal!r} is none of {', '.join(words)}")

    def _check_object(self, value: Value, variants: list[dict[str, str]]) -> Iterator[Finding]:
        for written in alternatives(value, self._variables):
            known = _variant(written, variants)
            for name, inner in written.properties.items():
                kind = known.get(name, known.get("*"))
                if kind is None:
                    key = written.keys[name]
                    yield Finding(
                        key.file, key.line, f"{name} is no property here; there are {', '.join(sorted(known))}"
                    )
                else:
                    yield from self._check(inner, kind)


def _variant(value: Value, variants: list[dict[str, str]]) -> dict[str, str]:
    """The variant whose fixed words the object has, such as `name: 'authsettingsV2'`."""
    words = {name: inner.literal for name, inner in value.properties.items()}
    return next(
        (variant for variant in variants if any(words.get(name) == kind for name, kind in variant.items())), variants[0]
    )
