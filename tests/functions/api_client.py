"""A client of the service inside the tests' own process: requests reach the ASGI application without a socket."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.types import ASGIApp

AUTHOR_KEY = "author-key-0123456789"
QUERY_KEY = "query-key-0123456789"
VERSION = "2023-04-01"
HOST = "ner.example"
RUNTIME = "/language"
AUTHORING = "/language/authoring/analyze-text"


class ApiClient:
    """Sends requests as the SDKs do; an error that leaves the application is raised here."""

    def __init__(self, app: ASGIApp) -> None:
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=f"https://{HOST}", timeout=60, trust_env=False
        )

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = AUTHOR_KEY,
        version: str | None = VERSION,
        **query: str | int,
    ) -> httpx.Response:
        """One request. An absolute `path`, as from `nextLink`, is followed as it is."""
        sent = dict(headers or {}) | ({"Ocp-Apim-Subscription-Key": key} if key else {})
        parameters = query if version is None or "://" in path else {"api-version": version, **query}
        return self._runner.run(
            self._client.request(
                method, path, json=json, content=content, headers=sent, params=dict(parameters) or None
            )
        )

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> httpx.Response:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, **options)

    def finish(self, accepted: httpx.Response) -> dict[str, Any]:
        """The state that a 202 points to; the caller knows that it is final."""
        assert accepted.status_code == 202, accepted.text
        reply = self.get(accepted.headers["operation-location"])
        assert reply.status_code == 200, reply.text
        state: dict[str, Any] = reply.json()
        return state


def assert_error(
    reply: httpx.Response, status: int, code: str, *, inner: str | None = None, target: str | None = None
) -> dict[str, Any]:
    """Checks the contract's error body and gives its `error`."""
    assert reply.status_code == status, reply.text
    error: dict[str, Any] = reply.json()["error"]
    assert error["code"] == code, error
    assert error["message"], error
    assert reply.headers.get("x-ms-error-code", code) == code
    if inner is not None:
        assert error["innererror"]["code"] == inner, error
    if target is not None:
        assert error["target"] == target, error
    return error
