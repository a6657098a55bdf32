from collections.abc import Iterator

import pytest

from devhost.azurite import Azurite
from tests.devhost.sample_hosts import HostProcess, HostStarter

_KEY = "local-key"


@pytest.fixture(scope="module")
def hosts(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostStarter]:
    with HostStarter(azurite, tmp_path_factory) as starter:
        yield starter


@pytest.fixture(scope="module")
def host(hosts: HostStarter) -> HostProcess:
    settings = {"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000", "AzureWebJobs.switched_off.Disabled": "true"}
    return hosts.start(**settings)


def test_request_is_shaped_as_the_real_host_shapes_it(host: HostProcess) -> None:
    url = "/Echo/a%2Fb%20c/?Tag=1&tag=2&empty=&q=x%20y"
    response = host.http.post(url, content=b"body", headers=[("X-Many", "1"), ("X-Many", "2")])
    facts = response.json()
    assert response.headers["content-type"] == "application/json"
    assert facts["method"] == "POST"
    assert facts["url"] == f"{host.http.base_url}".rstrip("/") + url
    assert facts["route"] == {"name": "a%2Fb c"}
    assert facts["query"] == {"Tag": "1,2", "q": "x y"}
    assert facts["headers"]["x-many"] == "1,2"
    assert facts["body"] == "body"


def test_absent_optional_parameter_is_not_set(host: HostProcess) -> None:
    assert host.http.get("/echo").json()["route"] == {}


def test_chunked_body_arrives_empty(host: HostProcess) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"some"
        yield b"thing"

    assert host.http.post("/echo", content=chunks()).json()["body"] == ""


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/say/text", (200, "text/plain; charset=utf-8", b"hello")),
        ("GET", "/say/object", (418, "text/plain; charset=utf-8", b'{"a": 1}')),
        ("GET", "/say/error", (500, None, b"")),
        ("GET", "/say/none", (500, None, b"")),
        ("GET", "/say/number", (500, None, b"")),
        ("POST", "/say/text", (404, None, b"")),
        ("OPTIONS", "/say/text", (404, None, b"")),
        ("HEAD", "/say/text", (404, None, b"")),
        ("OPTIONS", "/open", (200, "text/plain; charset=utf-8", b"open")),
        ("HEAD", "/open", (200, "text/plain; charset=utf-8", b"")),
        ("GET", "/off", (404, None, b"")),
        ("GET", "/nowhere", (404, None, b"")),
        ("GET", "/admin/nowhere", (404, None, b"")),
        ("POST", "/admin/functions/nobody", (404, None, b"")),
        ("POST", "/admin/functions/echo", (404, None, b"")),
        ("GET", "/admin/host/ping", (200, None, b"")),
    ],
)
def test_response(host: HostProcess, method: str, path: str, expected: tuple[int, str | None, bytes]) -> None:
    response = host.http.request(method, path)
    assert (response.status_code, response.headers.get("content-type"), response.content) == expected


def test_second_header_of_a_name_is_dropped_and_cookies_are_kept(host: HostProcess) -> None:
    headers = host.http.get("/say/headers").headers
    assert headers.get_list("x-a") == ["first"]
    assert headers.get_list("set-cookie") == ["a=1", "b=2; Path=/"]


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413)])
def test_body_limit(host: HostProcess, size: int, status: int) -> None:
    assert host.http.post("/echo", content=b"x" * size).status_code == status


def test_homepage_and_status(host: HostProcess) -> None:
    assert "<html>" in host.http.get("/").text
    assert host.http.get("/admin/host/status").json() == {"id": host.prefix, "state": "Running", "version": "4.0"}
    assert {"name": "echo"} in host.http.get("/admin/functions").json()


def test_error_of_a_function_is_logged_from_its_own_frame_on(host: HostProcess) -> None:
    host.http.get("/say/error")
    log = "\n".join(host.lines)
    assert "RuntimeError: secret detail" in log
    assert "invocation.py" not in log


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/open", {}, 200),
        ("/echo", {}, 401),
        ("/echo", {"x-functions-key": "wrong"}, 401),
        ("/echo", {"x-functions-key": _KEY}, 200),
        (f"/echo?code={_KEY}", {}, 200),
        (f"/echo?code={_KEY}", {"x-functions-key": "wrong"}, 401),
        ("/admin/functions", {}, 401),
        ("/admin/functions", {"x-functions-key": _KEY}, 200),
    ],
)
def test_keys_are_checked_when_enabled(
    keyed_host: HostProcess, path: str, headers: dict[str, str], status: int
) -> None:
    response = keyed_host.http.get(path, headers=headers)
    assert response.status_code == status
    if status == 401:
        assert response.content == b""


@pytest.fixture(scope="module")
def keyed_host(hosts: HostStarter) -> HostProcess:
    return hosts.start("--enable-auth", NERINE_API_KEY=_KEY, AzureWebJobsDisableHomepage="true")


def test_homepage_can_be_switched_off(keyed_host: HostProcess) -> None:
    assert keyed_host.http.get("/").status_code == 204
