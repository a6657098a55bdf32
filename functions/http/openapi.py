"""The OpenAPI document, made from the route table and the wire structs."""

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Operation
from functions.http.wire import camel

_PARAMETER = re.compile(r"{(\w+)(:path)?}")
_REFERENCE = "#/components/schemas/{name}"
_KEY_SCHEMES = {"key": {"type": "apiKey", "in": "header", "name": "Ocp-Apim-Subscription-Key"}}


def document(operations: Iterable[Operation], base_url: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a service at `base_url` with these operations."""
    operations = tuple(operations)
    structs: set[type] = {schemas.ErrorResponse}
    for operation in operations:
        structs |= {
            kind for kind in (operation.body, operation.reply, operation.items) if kind is not None and _is_struct(kind)
        }
    components = _components(structs)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(_PARAMETER.sub(r"{\1}", operation.path), {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Nerine",
            "version": _version(),
            "description": "Custom named entity recognition. Speaks the REST contract of Azure AI Language custom NER.",
        },
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _KEY_SCHEMES},
    }


def _components(structs: Iterable[type]) -> dict[str, Any]:
    """The schemas of structs and of all that is in them; those of the engine as they are spelled on the wire."""
    ordered = sorted(structs, key=lambda struct: struct.__name__)
    wire = [struct for struct in ordered if issubclass(struct, schemas.Wire)]
    _, components = msgspec.json.schema_components(wire, ref_template=_REFERENCE)
    engine = [struct for struct in ordered if struct not in wire]
    _, of_engine = msgspec.json.schema_components(engine, ref_template=_REFERENCE)
    assert components.keys().isdisjoint(of_engine)
    return components | {name: _respelled(schema) for name, schema in of_engine.items()}


def _respelled(schema: dict[str, Any]) -> dict[str, Any]:
    properties = {camel(name): inner for name, inner in schema["properties"].items()}
    return schema | {"properties": properties, "required": list(map(camel, schema["required"]))}


def _version() -> str:
    try:
        return version("nerine")
    except PackageNotFoundError:
        return "0.1.0"


def _is_struct(kind: Any) -> bool:  # noqa: ANN401 - a type or None
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag.value],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [] if operation.right is Right.NONE else [{"key": []}],
    }
    if operation.raw_body:
        content = {operation.raw_body: {"schema": {"type": "string", "format": "binary"}}}
        described["requestBody"] = {"required": True, "content": content}
    elif operation.body:
        described["requestBody"] = {"required": True, "content": _json(operation.body)}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": match[1], "in": "path", "required": True, "schema": {"type": "string"}}
        for match in _PARAMETER.finditer(operation.path)
    ]
    if operation.versioned:
        example = {"type": "string", "examples": ["2023-04-01"]}
        parameters.append({"name": "api-version", "in": "query", "required": True, "schema": example})
    parameters += [
        {
            "name": query.name,
            "in": query.place,
            "required": query.required,
            "description": query.description,
            "schema": dict(query.schema),
        }
        for query in operation.queries
    ]
    return parameters


def _responses(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.summary}
    if operation.items:
        success["content"] = {"application/json": {"schema": _page_of(operation.items)}}
    elif operation.reply:
        success["content"] = _json(operation.reply)
    if operation.success == 202:
        success["headers"] = {"operation-location": _header("Where to ask for the job's state.")}
    error = {"description": "An error, with what to do.", "content": _json(schemas.ErrorResponse)}
    responses = {str(operation.success): error if operation.success >= 400 else success, "default": error}
    if operation.predicts:
        success.setdefault("headers", {})["server-timing"] = _header("Milliseconds that each stage of the answer took.")
        full = {"retry-after": _header("Seconds after which to send the request again.", "integer")}
        responses["429"] = {**error, "description": "Too many predictions wait here already.", "headers": full}
    return responses


def _header(description: str, kind: str = "string") -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}}


def _page_of(kind: type) -> dict[str, Any]:
    """The shape of every list of the contract."""
    entry = _json(kind)["application/json"]["schema"]
    properties = {
        "value": {"type": "array", "items": entry},
        "nextLink": {"type": ["string", "null"], "description": "Absolute address of the next page."},
    }
    return {"type": "object", "properties": properties, "required": ["value"]}


def _json(kind: type) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(name=kind.__name__)} if _is_struct(kind) else {"type": "object"}
    return {"application/json": {"schema": schema}}
