"""The HTTP front of a host: a raw ASGI app that shapes requests and responses as the real host does."""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from azure.functions.meta import Datum

from devhost.admin import Admin, read_json
from devhost.indexing import FunctionDefinition
from devhost.routing import Router

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

Invoke = Callable[[FunctionDefinition, Datum, Mapping[str, str]], Awaitable[Datum | None]]
"""Runs a function with its request and its route parameters, and gives what it returned."""

_HOMEPAGE = (
    b"<!DOCTYPE html><html><head><title>Function host</title></head><body>The host is up and running.</body></html>"
)
_log = logging.getLogger("Host.Http")


@dataclass(frozen=True, slots=True)
class Request:
    """What the host knows of a request before a function sees it."""

    method: str
    scheme: str
    path: str
    """Decoded, with `%2F` left as it is."""
    query: str
    headers: Mapping[str, str]
    """Lower-case names, repeated ones joined by a comma."""
    body: bytes

    def parameter(self, name: str) -> str | None:
        """A value of the query string."""
        return query_values(self.query).get(name)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class HttpApp:
    """Routes a request to a function, to the host's own endpoints, or to 404."""

    def __init__(
        self,
        router: Router,
        functions: Mapping[str, FunctionDefinition],
        *,
        invoke: Invoke,
        admin: Admin,
        body_limit: int,
        key: str | None,
        has_homepage: bool,
    ) -> None:
        """Set up the app; with a `key` the auth levels are enforced, without one they are not, as in Core Tools."""
        self._router = router
        self._functions = functions
        self._invoke = invoke
        self._admin = admin
        self._body_limit = body_limit
        self._key = key
        self._has_homepage = has_homepage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        request = await self._read(scope, receive)
        response = (
            await self._answer(request)
            if request is not None
            else Response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, (("Connection", "close"),))
        )
        await _send(scope, send, response)
        # The path alone: a query string may hold a key.
        milliseconds = (time.perf_counter() - started) * 1000
        level = logging.DEBUG if scope["path"].startswith("/admin/") else logging.INFO
        _log.log(level, "%s %s -> %d in %.1f ms", scope["method"], scope["path"], response.status, milliseconds)

    async def _read(self, scope: Scope, receive: Receive) -> Request | None:
        headers = _headers(scope)
        length = int(headers.get("content-length", "0"))
        if length > self._body_limit:
            return None
        body = bytearray()
        is_complete = False
        while not is_complete:
            message = await receive()
            is_complete = not message.get("more_body", False)
            if length:
                body += message.get("body", b"")
            # A chunked body has no length: the host passes it on as an empty one.
        return Request(
            method=scope["method"],
            scheme=scope["scheme"],
            path=decode_path(scope["raw_path"].decode("latin-1")),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=bytes(body),
        )

    async def _answer(self, request: Request) -> Response:
        lowered = request.path.lower()
        if lowered.startswith(("/admin/", "/runtime/webhooks/")):
            return await self._answer_as_host(request, lowered)
        match = self._router.match(request.method, request.path)
        if match is None:
            return self._without_function(request)
        function = self._functions[match.function_name]
        if not self._may_call(function, request):
            return Response(HTTPStatus.UNAUTHORIZED)
        try:
            returned = await self._invoke(function, request_datum(request, match.parameters), match.parameters)
        except Exception:  # noqa: BLE001  the edge: whatever a function raises is a 500 without a body
            return Response(HTTPStatus.INTERNAL_SERVER_ERROR)
        return to_response(returned)

    async def _answer_as_host(self, request: Request, path: str) -> Response:
        is_open = self._key is None or path.rstrip("/") == "/admin/host/ping"
        if not is_open and self._given_key(request) != self._key:
            return Response(HTTPStatus.UNAUTHORIZED)
        status, value = await self._admin.answer(
            request.method,
            path,
            function_name=request.parameter("functionName") or request.path.rpartition("/")[2],
            event_type=request.headers.get("aeg-event-type"),
            value=read_json(request.body),
        )
        if value is None:
            return Response(status)
        return Response(status, (("Content-Type", "application/json; charset=utf-8"),), json.dumps(value).encode())

    def _without_function(self, request: Request) -> Response:
        if request.path != "/":
            return Response(HTTPStatus.NOT_FOUND)
        if not self._has_homepage:
            return Response(HTTPStatus.NO_CONTENT)
        return Response(HTTPStatus.OK, (("Content-Type", "text/html"),), _HOMEPAGE)

    def _may_call(self, function: FunctionDefinition, request: Request) -> bool:
        level = (function.trigger.text("authLevel") or "FUNCTION").upper()
        return self._key is None or level == "ANONYMOUS" or self._given_key(request) == self._key

    @staticmethod
    def _given_key(request: Request) -> str | None:
        return request.headers.get("x-functions-key") or request.parameter("code")


def decode_path(raw: str) -> str:
    """Decode the percent signs of a path, but for an encoded slash, which stays as it is."""
    pieces = raw.partition("?")[0].replace("%2f", "%2F").split("%2F")
    return "%2F".join(unquote(piece, errors="replace") for piece in pieces)


def query_values(query: str) -> dict[str, str]:
    """The query as the worker gets it: names ignore case, repeated values are joined by a comma, empty ones dropped."""
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        key = names.setdefault(name.lower(), name)
        values.setdefault(key, []).append(value)
    joined = {name: ",".join(parts) for name, parts in values.items()}
    return {name: value for name, value in joined.items() if value}


def request_datum(request: Request, parameters: Mapping[str, str]) -> Datum:
    """What an HttpRequest is made of."""
    host = request.headers.get("host", "localhost")
    path = "%2F".join(quote(piece, safe="/:@!$&'()*+,;=-._~") for piece in request.path.split("%2F"))
    query = f"?{request.query}" if request.query else ""
    return Datum(
        {
            "method": Datum(request.method, "string"),
            "url": Datum(f"{request.scheme}://{host}{path}{query}", "string"),
            "headers": _strings(request.headers),
            "query": _strings(query_values(request.query)),
            "params": _strings(parameters),
            "body": Datum(request.body, "bytes"),
        },
        "http",
    )


def to_response(returned: Datum | None) -> Response:
    """Turn what a function returned into a response."""
    if returned is None:
        return Response(HTTPStatus.NO_CONTENT)
    if returned.type != "http":
        return _text_response(str(returned.value))
    value = returned.value
    headers: dict[str, tuple[str, str]] = {}
    for name, datum in value["headers"].items():
        # Only the first of two headers of one name goes out; cookies come apart and all go out.
        headers.setdefault(name.lower(), (name, datum.value))
    cookies = [("Set-Cookie", morsel.OutputString()) for cookie in value["cookies"] or () for morsel in cookie.values()]
    return Response(int(value["status_code"].value), (*headers.values(), *cookies), value["body"].value)


def _text_response(text: str) -> Response:
    plain = (("Content-Type", "text/plain; charset=utf-8"),)
    value = read_json(text.encode())
    if not isinstance(value, dict) or "body" not in value:
        return Response(HTTPStatus.OK, plain, text.encode())
    # A JSON object with a body is taken for a description of the response.
    body = value["body"]
    given = value.get("headers")
    headers = tuple((str(k), str(v)) for k, v in given.items()) if isinstance(given, dict) else ()
    return Response(
        int(value.get("statusCode") or value.get("status") or HTTPStatus.OK),
        headers or plain,
        (body if isinstance(body, str) else json.dumps(body)).encode(),
    )


def _headers(scope: Scope) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _strings(values: Mapping[str, str]) -> dict[str, Datum]:
    return {name: Datum(value, "string") for name, value in values.items()}


async def _send(scope: Scope, send: Send, response: Response) -> None:
    is_bodiless = response.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED} or response.status < 200
    body = b"" if is_bodiless else response.body
    headers = [(n, v) for n, v in response.headers if n.lower() not in {"content-length", "transfer-encoding"}]
    if not is_bodiless:
        given = [v for n, v in response.headers if n.lower() == "content-length"] if scope["method"] == "HEAD" else []
        headers.append(("Content-Length", given[0] if given else str(len(body))))
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }
    )
    await send({"type": "http.response.body", "body": body})
