"""Property names against Azure's own resource types, of which `azure_types.json` is an extract.

The extract is written by `scripts/extract_azure_types.py` from the package msmcp-azure 3.0.0 (MIT), which carries one
version of each type; `azure_types_by_hand.json` has, from the documentation, the few types that it lacks.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.bicep_tree import Declaration, Value
from tests.infra.policies import Files, Finding

_HERE = Path(__file__).parent

_OF_BICEP = {"parent", "scope", "dependsOn"}
"""Bicep's own words in a resource."""

_NEWER = {"Microsoft.App/containerApps": {"kind": "string"}}
"""Properties of the version that we use and the extract's older one does not have."""


@cache
def known_types() -> dict[str, Any]:
    """Resource types by name."""
    files = ("azure_types.json", "azure_types_by_hand.json")
    return {name: kind for file in files for name, kind in json.loads((_HERE / file).read_text()).items()}


def property_names(files: Files) -> Iterator[Finding]:
    """Every property is one that Azure knows, and a word from a closed list is on it."""
    for file in files.values():
        for resource in file.of("resource"):
            yield from _check_resource(resource)


def _check_resource(resource: Declaration) -> Iterator[Finding]:
    known = known_types().get(resource.target)
    if known is None:
        yield Finding(resource.file, resource.line, f"{resource.target} is not in the extract; add it to the script")
        return
    body = known["body"]
    extra = _NEWER.get(resource.target, {}) | dict.fromkeys(_OF_BICEP, "any")
    variants = body if isinstance(body, list) else [body]
    yield from _check_object(resource.value, [variant | extra for variant in variants], known["types"])


def _check(value: Value, kind: str, types: dict[str, Any]) -> Iterator[Finding]:
    if kind.endswith("[]"):
        for item in value.items:
            yield from _check(item, kind.removesuffix("[]"), types)
    elif kind in types:
        known = types[kind]
        yield from _check_object(value, known if isinstance(known, list) else [known], types)
    elif " | " in kind and isinstance(value.literal, str):
        words = kind.split(" | ")
        if "string" not in words and value.literal not in words:
            yield Finding(value.file, value.line, f"{value.literal!r} is none of {', '.join(words)}")


def _check_object(value: Value, variants: list[dict[str, str]], types: dict[str, Any]) -> Iterator[Finding]:
    known = _variant(value, variants)
    for name, inner in value.properties.items():
        kind = known.get(name, known.get("*"))
        if kind is None:
            key = value.keys[name]
            yield Finding(value.file, key.line, f"{name} is no property here; there are {', '.join(sorted(known))}")
        else:
            yield from _check(inner, kind, types)


def _variant(value: Value, variants: list[dict[str, str]]) -> dict[str, str]:
    """The variant whose fixed words the object has, such as `name: 'authsettingsV2'`."""
    words = {name: inner.literal for name, inner in value.properties.items()}
    return next(
        (variant for variant in variants if any(words.get(name) == kind for name, kind in variant.items())), variants[0]
    )
