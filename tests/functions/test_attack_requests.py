"""Requests of hostile and clumsy callers that once did harm, each found by attacking a running service."""

import json

import azure.functions as func
import pytest

from functions.http import mount
from functions.services import Services
from functions.stores.labels import UNLABELLED_ETAG
from model_tools.extract.html import html_to_text
from tests.functions.api_client import AUTHOR_KEY, AUTHORING, HOST, VERSION, ApiClient, assert_error
from tests.functions.world import World, unique

PROJECTS = f"{AUTHORING}/projects"
NEW = {"projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en"}


class TestThroughTheHost:
    """What AsgiMiddleware makes of an address before the application sees it."""

    @pytest.fixture(autouse=True)
    def _services(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("functions.services._services", services)

    @staticmethod
    async def call(method: str, path: str, body: bytes = b"", host: str = HOST) -> func.HttpResponse:
        request = func.HttpRequest(
            method,
            f"https://{host}{path}?api-version={VERSION}",
            headers={"host": host, "ocp-apim-subscription-key": AUTHOR_KEY},
            body=body,
        )
        function = next(
            each for each in mount.blueprint._function_builders if each._function.get_function_name() == "authoring"
        )
        reply: func.HttpResponse = await function._function.get_user_function()(req=request, context=None)
        return reply

    @pytest.mark.asyncio
    @pytest.mark.parametrize("location", ["a;b.txt", "a;b/c;d.txt", ";.txt"])
    async def test_a_semicolon_is_part_of_a_location(self, project: str, location: str) -> None:
        path = f"{PROJECTS}/{project}/documents/{location}"
        assert (await self.call("PUT", f"{PROJECTS}/{project}/documents/a", b"Rome")).status_code == 201
        put = await self.call("PUT", path, b"Rome")
        assert (put.status_code, json.loads(put.get_body())["location"]) == (201, location)
        assert (await self.call("DELETE", path)).status_code == 204
        assert (await self.call("GET", path)).status_code == 404
        assert (await self.call("GET", f"{PROJECTS}/{project}/documents/a")).status_code == 200

    @pytest.mark.asyncio
    async def test_a_semicolon_does_not_shorten_a_projects_name(self, project: str) -> None:
        assert (await self.call("DELETE", f"{PROJECTS}/{project};x")).status_code == 404
        assert (await self.call("GET", f"{PROJECTS}/{project}")).status_code == 200

    @pytest.mark.asyncio
    @pytest.mark.parametrize("host", ["[", "[::1", "[x]"])
    async def test_a_host_that_is_none(self, host: str) -> None:
        reply = await self.call("GET", PROJECTS, host=host)
        assert (reply.status_code, json.loads(reply.get_body())["error"]["code"]) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": 'evil" onload=x><script>'},
        {"x-forwarded-host": "user@evil.example/path?query#fragment"},
        {"x-forwarded-host": ""},
        {"x-forwarded-proto": "javascript"},
        {"x-forwarded-proto": ""},
        {"host": "a b"},
    ],
    ids=str,
)
def test_forwarded_headers_that_make_no_address_are_refused(client: ApiClient, headers: dict[str, str]) -> None:
    assert_error(client.get(PROJECTS, headers=headers), 400, "InvalidArgument", inner="InvalidRequest")


@pytest.mark.parametrize(
    ("headers", "begin"),
    [
        ({"x-forwarded-host": "api.contoso.com, inner", "x-forwarded-proto": "https,http"}, "https://api.contoso.com/"),
        ({"x-forwarded-host": "[2001:db8::1]:8443"}, "https://[2001:db8::1]:8443/"),
    ],
)
def test_forwarded_headers_of_a_proxy(client: ApiClient, project: str, headers: dict[str, str], begin: str) -> None:
    reply = client.post(f"{PROJECTS}/{project}/:export", headers=headers)
    assert reply.headers["operation-location"].startswith(begin)


@pytest.mark.parametrize("content_type", ["\x7f", "text/html\x01", "", "x" * 5000])
def test_any_content_type_of_an_upload(client: ApiClient, project: str, content_type: str) -> None:
    headers = {"content-type": content_type}
    reply = client.put(f"{PROJECTS}/{project}/documents/a.txt", content=b"Rome", headers=headers)
    assert reply.status_code == 201, reply.text


@pytest.mark.parametrize(
    "container", ["azure-webjobs-secrets", "azure-webjobs-hosts", "app-package-nerine", "scm-releases"]
)
def test_the_platforms_containers_are_no_documents(client: ApiClient, container: str) -> None:
    body = NEW | {"storageInputContainerName": container}
    reply = client.patch(f"{PROJECTS}/{unique()}", json=body)
    assert_error(reply, 400, "InvalidArgument", target="$.storageInputContainerName")


@pytest.mark.parametrize("etag", ['W/"x"', "*", "W/\"datetime'2026-99-99T00%3A00%3A00Z'\"", 'W/"' + "a" * 9000 + '"'])
def test_a_version_that_storage_never_gave_does_not_reach_it(
    client: ApiClient, world: World, project: str, monkeypatch: pytest.MonkeyPatch, etag: str
) -> None:
    world.labelled(project, "a.txt", "Rome")
    monkeypatch.setattr(world.services.labels._labels, "replace", None)  # any call fails
    reply = client.put(f"{PROJECTS}/{project}/labels/a.txt", json={"labels": []}, headers={"If-Match": etag})
    assert_error(reply, 412, "PreconditionFailed")
    assert reply.json()["current"]["etag"] not in {etag, UNLABELLED_ETAG}


def test_a_body_of_faults_does_not_come_back_larger(client: ApiClient, world: World, project: str) -> None:
    world.document(project, "a.txt", "Rome")
    labels = [{"category": "", "offset": -1, "length": 1}] * 20_000
    reply = client.put(
        f"{PROJECTS}/{project}/labels/a.txt", json={"labels": labels}, headers={"If-Match": 'W/"unlabelled"'}
    )
    error = assert_error(reply, 400, "InvalidArgument")
    assert "first of 40000 problems" in error["message"]
    assert len(error["details"]) == 1000


def test_a_comment_larger_than_libxml2_expects_stays_a_comment() -> None:
    """Beyond 10 MB it was read again as text, once for every `<!--` in it: an upload that kept the service busy."""
    assert html_to_text("a<!--" + "x" * 10_400_000 + "-->b") == "ab"
    assert html_to_text("a<!--" + "<!--" * 2_600_000 + "-->b") == "ab"
