"""What holds for every operation: versions, verbs, addresses, pages, wrong paths and methods, bodies that are no JSON."""

import json
from typing import Any

import azure.functions as func
import httpx
import pytest

from functions.http import mount
from functions.http.operation import MAX_BODY_BYTES, MAX_DEPTH
from functions.services import Services
from tests.functions.api_client import AUTHOR_KEY, AUTHORING, HOST, RUNTIME, ApiClient, assert_error
from tests.functions.world import World, unique

PROJECTS = f"{AUTHORING}/projects"
SDK_TOP = 2**31 - 3
"""What the Python client sends when it wants everything."""


@pytest.mark.parametrize("version", ["2022-05-01", "2023-04-01", "2025-05-15-preview", "2099-12-31"])
def test_any_dated_version_is_accepted(client: ApiClient, version: str) -> None:
    assert client.get(PROJECTS, version=version).status_code == 200


@pytest.mark.parametrize(
    "version", [None, "", "v3.1", "latest", "2023-4-1", "2023-04-01-beta", "2023-04-01\n", "2023-04-01-preview2"]
)
def test_other_versions_are_refused(client: ApiClient, version: str | None) -> None:
    reply = client.get(PROJECTS, version=version)
    assert_error(reply, 400, "InvalidArgument", inner="InvalidParameterValue", target="api-version")


def test_the_key_is_looked_at_before_the_version(client: ApiClient) -> None:
    assert_error(client.get(PROJECTS, key=None, version=None), 401, "401")


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs"])
def test_the_service_itself_needs_neither_key_nor_version(client: ApiClient, path: str) -> None:
    assert client.get(path, key=None, version=None).status_code == 200


@pytest.mark.parametrize("verb", ["/:import", ":import", "/:import/", ":import/"])
def test_verbs_with_and_without_a_slash(client: ApiClient, project: str, verb: str) -> None:
    assert_error(client.post(f"{PROJECTS}/{project}{verb}"), 400, "InvalidArgument", inner="EmptyRequest")


@pytest.mark.parametrize("project", ["documents", "labels"])
@pytest.mark.parametrize(
    "path", ["/train/jobs/j:cancel", "/train/jobs/j/:cancel", "/models/", "/documents/", ":train", ""]
)
def test_projects_named_like_a_part_of_the_path(client: ApiClient, project: str, path: str) -> None:
    """No such project, as opposed to no such path: the route was found."""
    method = "POST" if ":" in path else "GET"
    error = assert_error(
        client.request(method, f"{PROJECTS}/{project}{path}"),
        404,
        "OperationNotFound" if "jobs" in path else "ProjectNotFound",
    )
    assert "nothing at" not in error["message"]


@pytest.mark.parametrize("path", ["", "/"])
def test_a_trailing_slash_is_ignored(client: ApiClient, project: str, path: str) -> None:
    for resource in ("", "/models", "/deployments", "/train/jobs", "/documents"):
        reply = client.get(f"{PROJECTS}/{project}{resource}{path}")
        assert reply.status_code == 200, resource


def test_a_location_may_look_like_a_verb_or_end_in_a_slash(world: World, client: ApiClient, project: str) -> None:
    world.document(project, "a:sync", "x")
    reply = client.get(f"{PROJECTS}/{project}/documents/a:sync")
    assert (reply.status_code, reply.json()["location"]) == (200, "a:sync")
    assert_error(client.get(f"{PROJECTS}/{project}/documents/a:sync/"), 404, "NotFound", target="location")


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({}, f"https://{HOST}"),
        ({"X-Forwarded-Proto": "http"}, f"http://{HOST}"),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ner.contoso.com"}, "https://ner.contoso.com"),
        ({"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "a.com, b.local"}, "https://a.com"),
        ({"X-Forwarded-Host": "ner.contoso.com:8443"}, "https://ner.contoso.com:8443"),
        ({"Host": "localhost:7071", "X-Forwarded-Proto": "http"}, "http://localhost:7071"),
    ],
)
def test_operation_location_is_what_the_client_wrote(
    client: ApiClient, project: str, headers: dict[str, str], base: str
) -> None:
    reply = client.post(f"{PROJECTS}/{project}:export", headers=headers, version="2022-05-01")
    assert reply.status_code == 202
    location = reply.headers["operation-location"]
    assert location.startswith(f"{base}{PROJECTS}/{project}/export/jobs/")
    assert httpx.URL(location).params["api-version"] == "2022-05-01"
    assert reply.content == b""


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ({}, [5]),
        ({"maxpagesize": 2}, [2, 2, 1]),
        ({"maxpagesize": 5}, [5]),
        ({"maxpagesize": 2, "top": 3}, [2, 1]),
        ({"maxpagesize": 2, "top": 4}, [2, 2]),
        ({"maxpagesize": 2, "skip": 2}, [2, 1]),
        ({"$top": 3, "$skip": 4}, [1]),
        ({"top": SDK_TOP, "skip": 1, "maxpagesize": 3}, [3, 1]),
        ({"skip": 5}, [0]),
        ({"top": 2}, [2]),
    ],
)
def test_pages_followed_to_the_end(
    world: World, client: ApiClient, project: str, query: dict[str, int], pages: list[int]
) -> None:
    locations = [f"{i} & é?.txt" for i in range(5)]
    for location in locations:
        world.document(project, location, f"Text of {location}")
    found, sizes = [], []
    reply = client.get(f"{PROJECTS}/{project}/documents", code=AUTHOR_KEY, status="ingested", **query)
    while True:
        assert reply.status_code == 200, reply.text
        body = reply.json()
        sizes.append(len(body["value"]))
        found += [document["location"] for document in body["value"]]
        if body["nextLink"] is None:
            break
        assert body["nextLink"].startswith(f"https://{HOST}/")
        assert AUTHOR_KEY not in body["nextLink"]
        reply = client.get(body["nextLink"])
    skip = query.get("skip", query.get("$skip", 0))
    assert sizes == pages
    assert found == locations[skip : skip + sum(pages)]


@pytest.mark.parametrize("name", ["top", "skip", "maxpagesize", "$top", "$skip"])
@pytest.mark.parametrize("value", ["-1", "x", "", "1.0", "1e3", "9" * 30, "9" * 5000, "+1", " 1", "\u0663", "²"])
def test_numbers_that_are_none(client: ApiClient, name: str, value: str) -> None:
    reply = client.get(PROJECTS, **{name: value})
    assert_error(reply, 400, "InvalidArgument", inner="InvalidParameterValue", target=name.lstrip("$"))


@pytest.mark.parametrize("name", ["top", "maxpagesize"])
def test_a_page_of_nothing_is_refused(client: ApiClient, name: str) -> None:
    assert_error(client.get(PROJECTS, **{name: 0}), 400, "InvalidArgument", target=name)


@pytest.mark.parametrize(
    "path",
    ["/", "/language", "/favicon.ico", f"{AUTHORING}", f"{AUTHORING}/nothing", f"{PROJECTS}/p/nothing", f"{PROJECTS}/p/labels",
     f"{PROJECTS}/p/models/m/evaluation", f"{RUNTIME}/analyze-text", f"{RUNTIME}/analyze-text/jobs/1/2", "//", "/%2e%2e/"],
)  # fmt: skip
def test_nothing_there_is_a_404_with_a_body(client: ApiClient, path: str) -> None:
    assert_error(client.get(path), 404, "NotFound")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{RUNTIME}/:analyze-text"),
        ("GET", f"{RUNTIME}/analyze-text/jobs"),
        ("DELETE", f"{RUNTIME}/analyze-text/jobs"),
        ("POST", PROJECTS),
        ("PUT", f"{PROJECTS}/p"),
        ("GET", f"{PROJECTS}/p/:train"),
        ("PATCH", f"{PROJECTS}/p/deployments/d"),
        ("POST", "/health"),
        ("OPTIONS", PROJECTS),
        ("TRACE", PROJECTS),
        ("FOO", PROJECTS),
    ],
)
def test_a_wrong_method_is_a_405_with_a_body(client: ApiClient, method: str, path: str) -> None:
    reply = client.request(method, path)
    assert_error(reply, 405, "MethodNotAllowed")
    assert reply.headers["allow"]


def test_head_is_get_without_a_body(client: ApiClient) -> None:
    assert client.request("HEAD", PROJECTS).status_code == 200


@pytest.mark.parametrize(
    ("content", "target"),
    [
        (b"", "$"),
        (b" \r\n", "$"),
        (b"{", "$"),
        (b"nonsense", "$"),
        (b"{'a': 1}", "$"),
        (b'{"analysisInput": NaN}', "$"),
        (b'{"analysisInput": Infinity}', "$"),
        (b'{"analysisInput": 1e999}', "$.analysisInput"),
        (b"[" * 100_000, "$"),
        (b"[" * 100_000 + b"]" * 100_000, "$"),
        (b'{"unknown": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "$"),
        (b"\xff\xfe{\x00}\x00", "$"),
        (b'{"displayName": "\xed\xa0\x80"}', "$"),
        (b'{"displayName": "\\ud800"}', "$"),
        (b'{"displayName": "\\udc00x"}', "$"),
        (b"\xef\xbb\xbf{}", "$"),
        (b'{"a": "tab\there"}', "$"),
        (b'{"a": 1}{"b": 2}', "$"),
        (b"null", "$"),
        (b"[]", "$"),
        (b'"text"', "$"),
        (b"1", "$"),
    ],
    ids=range(22),
)
@pytest.mark.parametrize("path", [f"{RUNTIME}/analyze-text/jobs", f"{PROJECTS}/p:import"])
def test_bodies_that_are_no_json_or_no_object(client: ApiClient, path: str, content: bytes, target: str) -> None:
    error = assert_error(client.post(path, content=content), 400, "InvalidArgument")
    assert error["innererror"]["code"] in {"InvalidRequestBodyFormat", "EmptyRequest", "InvalidLabelsFile"}
    assert error["target"].startswith("$")
    if path.endswith("jobs"):
        assert error["target"] == target


@pytest.mark.parametrize(("depth", "status"), [(MAX_DEPTH - 3, 202), (MAX_DEPTH - 2, 400), (300, 400), (990, 400)])
def test_depth_is_limited(client: ApiClient, depth: int, status: int) -> None:
    nested = b"[" * depth + b"]" * depth
    body = b"""{"projectFileVersion": "2022-05-01", "metadata": {"projectName": "p", "projectKind":
        "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en", "settings": {"x": %b}}}"""
    reply = client.post(f"{PROJECTS}/{unique()}:import", content=body % nested)
    assert reply.status_code == status, reply.text
    if status == 202:
        assert client.finish(reply)["status"] == "succeeded"


def test_a_huge_body_is_refused(client: ApiClient) -> None:
    error = assert_error(
        client.post(f"{RUNTIME}/analyze-text/jobs", content=b" " * (MAX_BODY_BYTES + 1)), 400, "InvalidRequest"
    )
    assert str(MAX_BODY_BYTES) in error["message"]


def test_of_duplicate_keys_the_last_one_counts(client: ApiClient) -> None:
    body = b'{"kind": "CustomEntityRecognition", "kind": 5, "analysisInput": {"documents": []}}'
    assert_error(client.post(f"{RUNTIME}/:analyze-text", content=body), 400, "InvalidArgument", target="$.kind")


def test_unknown_fields_are_ignored(client: ApiClient) -> None:
    name = unique()
    body = {
        "projectKind": "CustomEntityRecognition",
        "storageInputContainerName": "documents",
        "language": "en",
        "new": [1],
    }
    assert client.patch(f"{PROJECTS}/{name}", json=body).status_code == 201


class TestFunctions:
    """The HTTP functions themselves, as the host calls them."""

    @pytest.fixture(autouse=True)
    def _services(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("functions.services._services", services)

    @staticmethod
    async def call(method: str, url: str, **headers: str) -> tuple[int, dict[str, Any]]:
        request = func.HttpRequest(
            method=method, url=f"https://{HOST}{url}", headers={"host": HOST, **headers}, body=b""
        )
        function = next(
            each for each in mount.blueprint._function_builders if each._function.get_function_name() == "authoring"
        )
        user_function = function._function.get_user_function()
        reply: func.HttpResponse = await user_function(req=request, context=None)
        return reply.status_code, json.loads(reply.get_body())

    @pytest.mark.asyncio
    @pytest.mark.parametrize("name", ["%FF", "a%C3", "%ED%A0%80"])
    async def test_a_path_that_is_not_utf_8(self, name: str) -> None:
        status, body = await self.call("GET", f"{PROJECTS}/{name}?api-version=2023-04-01")
        assert (status, body["error"]["code"]) == (400, "InvalidRequest")

    @pytest.mark.asyncio
    async def test_a_call_through_the_host(self, project: str) -> None:
        key = {"ocp-apim-subscription-key": AUTHOR_KEY}
        status, body = await self.call("GET", f"{PROJECTS}/{project}?api-version=2023-04-01", **key)
        assert (status, body["projectName"]) == (200, project)
        status, body = await self.call("GET", f"{PROJECTS}/{project}?api-version=2023-04-01")
        assert (status, body["error"]["code"]) == (401, "401")
        status, body = await self.call("GET", f"{PROJECTS}/%C3%A9?api-version=2023-04-01&x=%FF", **key)
        assert (status, body["error"]["code"]) == (404, "ProjectNotFound")
