"""The OpenAPI document: every route is in it, and every reference leads somewhere."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from functions.http import catalogue, service
from tests.functions.api_client import HOST, ApiClient

OPERATIONS = (*catalogue.OPERATIONS, *service.OPERATIONS)


@pytest.fixture(scope="module")
def document(client: ApiClient) -> dict[str, Any]:
    reply = client.get("/openapi.json", key=None, version=None)
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    return found


def described(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def values_of(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for inner in value.values():
            yield from values_of(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from values_of(inner, key)


def test_every_route_of_the_application_is_described(document: dict[str, Any], app: Any) -> None:
    routes = {
        (re.sub(r":path}", "}", route.path), method)
        for route in app.routes
        for method in route.methods
        if method != "HEAD"
    }
    assert {(path, method.upper()) for path, method, _ in described(document)} == routes
    assert len(routes) == len(OPERATIONS)


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in described(document)]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)


def test_path_parameters_are_declared(document: dict[str, Any]) -> None:
    for path, _, operation in described(document):
        declared = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
        assert declared == re.findall(r"{(\w+)}", path)
        everywhere = [(each["name"], each["in"]) for each in operation["parameters"]]
        assert len(everywhere) == len(set(everywhere))


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    references = set(values_of(document, "$ref"))
    assert len(references) > 15
    for reference in references:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_every_operation_says_how_it_fails(document: dict[str, Any]) -> None:
    for _, _, operation in described(document):
        schema = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorResponse"}


def test_what_is_not_offered_is_there_with_501(document: dict[str, Any]) -> None:
    missing = {op["operationId"] for _, _, op in described(document) if "501" in op["responses"]}
    assert missing == {operation.name for operation in OPERATIONS if operation.success == 501}
    assert {"copyProject", "evaluateModel", "loadSnapshot", "listExportedModels", "assignResources"} <= missing


def test_keys_are_asked_for_where_they_are_needed(document: dict[str, Any]) -> None:
    free = {path for path, _, operation in described(document) if operation["security"] == []}
    assert free == {"/health", "/openapi.json", "/docs", "/studio", "/studio/{file}"}


def test_the_head_of_the_document(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": f"https://{HOST}"}]
    assert document["info"]["title"]
    assert document["info"]["version"]


def test_the_page_shows_every_operation_and_loads_nothing(client: ApiClient, document: dict[str, Any]) -> None:
    reply = client.get("/docs", key=None, version=None)
    assert reply.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    for path, _, operation in described(document):
        assert path in reply.text
        assert operation["summary"].split("'")[0] in reply.text
    assert not re.search(r"<script|<link|src=|@import|https?://(?!ner\.example)", reply.text)


def test_a_host_that_tries_to_get_into_the_page(client: ApiClient) -> None:
    reply = client.get("/docs", key=None, version=None, headers={"X-Forwarded-Host": "<script>alert(1)</script>"})
    assert "<script>" not in reply.text


def test_predictions_may_be_refused_for_a_moment(document: dict[str, Any]) -> None:
    limited = {operation["operationId"] for _, _, operation in described(document) if "429" in operation["responses"]}
    assert limited == {"analyzeText", "submitAnalyzeTextJob"}
    responses = document["paths"]["/language/:analyze-text"]["post"]["responses"]
    assert responses["429"]["headers"].keys() == {"retry-after"}
    assert "server-timing" in responses["200"]["headers"]


def test_the_learning_curve_is_described_as_it_is_spelled(document: dict[str, Any]) -> None:
    described = document["components"]["schemas"]
    assert {"jobId", "createdDateTime", "nDocuments", "isOutOfFold"} <= set(
        described["LearningCurveOutput"]["required"]
    )
    assert set(described["F1Forecast"]["properties"]) >= {"nLabels", "gainInterval"}
    names = [name for struct in described.values() for name in struct.get("properties", {})]
    assert not [name for name in names if "_" in name]
