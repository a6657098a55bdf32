"""The ASGI application: routes from the table of operations, and the edge where errors become replies."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qsl

import starlette.status
from azure.core.exceptions import AzureError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from functions import telemetry
from functions.http import catalogue, service
from functions.http.auth import Caller, Right, authenticate, authorize
from functions.http.errors import error_reply, unavailable_reply, unexpected_reply
from functions.http.operation import Call, NotAtHandError, Operation, Reply, check_api_version
from functions.services import Services
from model_tools.errors import InvalidInputError, NerError, NotFoundError
from model_tools.inference.stopwatch import Stopwatch

_LOCATION = re.compile(r"/projects/[^/]+/(documents|labels|label-history|suggestions)/.")
_VERB = re.compile(r"(?<=[^/]):(?=[a-z-]+$)")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,255}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_HOLD_SECONDS = 0.3
_HOLD_STEP_SECONDS = 0.05
"""A poll of a running job is held this long: clients that ignore every Retry-After would come back after 5 s."""
_ANONYMOUS = Caller("anonymous", Right.NONE)


def create_app(services: Callable[[], Services]) -> Starlette:
    """The application. `services` is called at the first request, so that importing costs no connection."""
    app = Starlette(
        routes=[
            Route(operation.path, _endpoint(operation, services), methods=[operation.method], name=operation.name)
            for operation in (*catalogue.OPERATIONS, *service.OPERATIONS)
        ],
        middleware=[Middleware(NormaliseVerbs)],
        exception_handlers={HTTPException: _routing_error},
    )
    # An unknown path is a 404 with a body, never a redirect to a path that a slash more would make known.
    app.router.redirect_slashes = False
    return app


class NormaliseVerbs:
    """Makes `/x:verb` and `/x/:verb` one: documentation and clients write both.

    Paths that end in a document's location are left alone, since a colon may be part of its name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and not _LOCATION.search(scope["path"]):
            scope["path"] = _VERB.sub("/:", scope["path"].rstrip("/"))
        await self._app(scope, receive, send)


def _endpoint(operation: Operation, services: Callable[[], Services]) -> Callable[[Request], Awaitable[Response]]:
    is_built = False

    async def endpoint(request: Request) -> Response:
        """The edge: the only place that catches everything."""
        nonlocal is_built
        stopwatch = Stopwatch()
        content = await request.body()
        try:
            if not is_built:
                await run_in_threadpool(services)
                is_built = True
            call = _admitted(operation, services(), request, content, stopwatch)
            # Handlers speak to storage and run models, so they leave the event loop: on the real host that loop also
            # carries the worker's channel.
            if operation.predicts:
                return await _predicted(operation, call)
            return await _held(operation, call)
        except Exception as error:  # noqa: BLE001 - the edge
            response = _to_response(_error_reply(error))
            if operation.predicts:
                _tell_times(response, stopwatch)
            return response

    return endpoint


async def _predicted(operation: Operation, call: Call) -> Response:
    """The answer, when its turn has come; who has to wait for storage does so where that holds up no other model."""
    try:
        return await call.services.admission.run(partial(_answer, operation, call))
    except NotAtHandError as missing:
        answer = partial(_answer, operation, replace(call, may_wait=True))
        return await call.services.openings.run(answer, missing.deployment)


async def _held(operation: Operation, call: Call) -> Response:
    """The answer; one that is early waits a moment for a later one, on no thread but for the looks."""
    answer = partial(_answer, operation, call)
    response = await run_in_threadpool(answer)
    if operation.is_early is None or "retry-after" not in response.headers:
        return response
    deadline = time.monotonic() + _HOLD_SECONDS
    while time.monotonic() < deadline:
        await asyncio.sleep(_HOLD_STEP_SECONDS)
        if not await run_in_threadpool(operation.is_early, call):
            return await run_in_threadpool(answer)
    return response


def _admitted(operation: Operation, services: Services, request: Request, content: bytes, stopwatch: Stopwatch) -> Call:
    """The request of a caller who may do this; who may not, waits for nobody and takes no thread.

    Raises:
        NerError: no key, no right, or a request that no operation could answer.
    """
    query = {name.lstrip("$"): value for name, value in parse_qsl(request.url.query, keep_blank_values=True)}
    headers = {name.lower(): value for name, value in request.headers.items()}
    caller = _ANONYMOUS
    if operation.right is not Right.NONE:
        caller = authenticate(services.settings, request.method, headers, query)
        authorize(caller, operation.right)
    if operation.versioned:
        check_api_version(query)
    return Call(
        services,
        caller,
        _base_url(request),
        request.path_params,
        request.scope["path"],
        query,
        headers,
        content,
        stopwatch,
    )


def _answer(operation: Operation, call: Call) -> Response:
    call.stopwatch.lap(telemetry.QUEUE)
    response = _to_response(operation.handler(call))
    if operation.predicts:
        call.stopwatch.lap("encode")
        _tell_times(response, call.stopwatch)
    return response


def _tell_times(response: Response, stopwatch: Stopwatch) -> None:
    """Of a failure too: whether it waited, looked or loaded until then is what its reader wants to know."""
    if stopwatch.seconds:
        response.headers["server-timing"] = ", ".join(
            f"{stage};dur={seconds * 1000:.3f}" for stage, seconds in stopwatch.seconds.items()
        )


def _error_reply(error: Exception) -> Reply:
    match error:
        case NerError():
            return error_reply(error)
        case AzureError():
            return unavailable_reply(error)
    return unexpected_reply(error)


def _base_url(request: Request) -> str:
    """What the client wrote, behind any proxy: SDKs refuse a relative Operation-Location.

    Raises:
        InvalidInputError: the headers say something that is no address; it would be sent back as one.
    """
    scheme = request.headers.get("x-forwarded-proto", request.scope["scheme"]).split(",")[0].strip()
    # Without a Host header, what the Functions host says it was asked at.
    asked = ":".join(map(str, request.scope.get("server") or ()))
    host = request.headers.get("x-forwarded-host", request.headers.get("host", asked)).split(",")[0].strip()
    if scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise InvalidInputError(
            "Host, X-Forwarded-Host and X-Forwarded-Proto do not make an address.", inner_code="InvalidRequest"
        )
    return f"{scheme}://{host}"


def _to_response(reply: Reply) -> Response:
    content = reply.content()
    return Response(
        content,
        reply.status,
        {**reply.headers, "x-content-type-options": "nosniff"},
        media_type=reply.media_type if content else None,
    )


async def _routing_error(request: Request, error: Exception) -> Response:
    """Unknown paths and methods, in the service's own error body."""
    assert isinstance(error, HTTPException)
    if error.status_code == starlette.status.HTTP_405_METHOD_NOT_ALLOWED:
        body = {"error": {"code": "MethodNotAllowed", "message": f"{request.method} is not offered here."}}
        return _to_response(Reply(body, 405, dict(error.headers or {})))
    return _to_response(error_reply(NotFoundError(f"There is nothing at {request.url.path}.")))
