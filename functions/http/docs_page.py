"""The OpenAPI document for people: one HTML page without scripts, nothing loaded from elsewhere."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


def page(openapi: Json) -> str:
    """The page of an OpenAPI document."""
    chapters: dict[str, list[str]] = {}
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            chapters.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    operations = "".join(f"<h2>{html.escape(tag)}</h2>{''.join(rows)}" for tag, rows in chapters.items())
    schemas = "".join(_schema(name, schema) for name, schema in openapi["components"]["schemas"].items())
    server = html.escape(openapi["servers"][0]["url"])
    return _PAGE.replace("{{server}}", server).replace("{{operations}}", operations).replace("{{schemas}}", schemas)


def _operation(path: str, method: str, operation: Json) -> str:
    parameters = "".join(
        _row(
            parameter["name"],
            f"{parameter['in']}{', required' if parameter['required'] else ''}",
            f"{parameter.get('description', '')} {_choices(parameter['schema'])}",
        )
        for parameter in operation["parameters"]
    )
    return (
        f"<details><summary><b class={method}>{method.upper()}</b> <code>{html.escape(path)}</code> "
        f"<span>{html.escape(operation['summary'])}</span></summary>"
        f"<table>{parameters}</table>{''.join(_contents(operation))}</details>"
    )


def _choices(schema: Json) -> str:
    """Allowed values and the default, as plain text."""
    allowed = f"One of {', '.join(map(str, schema['enum']))}." if "enum" in schema else ""
    return f"{allowed} Default: {schema['default']}." if "default" in schema else allowed


def _contents(operation: Json) -> Iterator[str]:
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body: <code>{html.escape(media_type)}</code> {_type(content['schema'])}</p>"
    for status, response in operation["responses"].items():
        kind = _type(response["content"]["application/json"]["schema"]) if "content" in response else ""
        yield f"<p>{'Other answers' if status == 'default' else f'Answer {status}'}: {kind or 'no body'}</p>"


def _schema(name: str, schema: Json) -> str:
    required = set(schema.get("required", ()))
    rows = "".join(
        _row(key, _type(value) + (", required" if key in required else ""), value.get("description", ""))
        for key, value in schema.get("properties", {}).items()
    )
    about = html.escape(schema.get("description", ""))
    return f"<h3 id={html.escape(name)}>{html.escape(name)}</h3><p>{about}</p><table>{rows}</table>"


def _row(name: str, kind: str, description: str) -> str:
    """`kind` is HTML already."""
    return f"<tr><td><code>{html.escape(name)}</code></td><td>{kind}</td><td>{html.escape(description)}</td></tr>"


def _type(schema: Json) -> str:
    """A JSON schema in a few words, as HTML."""
    if "$ref" in schema:
        name = html.escape(schema["$ref"].rsplit("/", 1)[-1])
        return f"<a href=#{name}>{name}</a>"
    if "enum" in schema:
        return " | ".join(f"<code>{html.escape(str(value))}</code>" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if "value" in schema.get("properties", {}):
        return f"page of {_type(schema['properties']['value'])}"
    if schema.get("type") == "array":
        parts = schema.get("prefixItems")
        return f"[{', '.join(map(_type, parts))}]" if parts else f"list of {_type(schema.get('items', {}))}"
    return html.escape(str(schema.get("type", "any")))


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Nerine API</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
code{font:14px/1.4 ui-monospace,monospace}details{border:1px solid #8884;border-radius:6px;margin:.3rem 0}
details>:not(summary){margin:.5rem 1rem}summary{padding:.4rem .8rem;cursor:pointer}summary span{opacity:.75}
summary b{display:inline-block;min-width:4.5rem}b.get{color:#2a7ae2}b.post,b.put,b.patch{color:#2e8b57}
b.delete{color:#c0392b}td{padding:.1rem 1rem .1rem 0;vertical-align:top}h3{margin:1.5rem 0 0}h3+p{margin:.2rem 0}
</style></head><body><h1>Nerine API</h1>
<p>Custom named entity recognition at <code>{{server}}</code>. Send your key in the header
<code>Ocp-Apim-Subscription-Key</code> and <code>api-version=2023-04-01</code> in the query.
The same as data: <a href="openapi.json">openapi.json</a>.</p>
{{operations}}<h2>Bodies and answers</h2>{{schemas}}</body></html>
"""
