"""The HTTP functions: a few prefixes that cannot overlap, each mounting the one ASGI application."""

from urllib.parse import unquote_to_bytes, urlsplit

import azure.functions as func
import msgspec

from functions.http.app import create_app
from functions.services import get_services

blueprint = func.Blueprint()
_middleware = func.AsgiMiddleware(create_app(get_services))

_BAD_ADDRESS = msgspec.json.encode(
    {"error": {"code": "InvalidRequest", "message": "The host is none, or the path is not percent-encoded UTF-8."}}
)


async def _handle(request: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    try:
        # AsgiMiddleware takes the URL apart strictly and would let the error through as an empty 500.
        path = urlsplit(request.url).path
        unquote_to_bytes(path).decode()
    except ValueError:
        return func.HttpResponse(_BAD_ADDRESS, status_code=400, mimetype="application/json")
    if ";" in path:
        request = _with_quoted_semicolons(request, path)
    response: func.HttpResponse = await _middleware.handle_async(request, context)
    return response


def _with_quoted_semicolons(request: func.HttpRequest, path: str) -> func.HttpRequest:
    """AsgiMiddleware cuts the path at the first one: `DELETE …/documents/a;b.txt` would delete `a`."""
    return func.HttpRequest(
        request.method,
        request.url.replace(path, path.replace(";", "%3B"), 1),
        headers=request.headers,
        body=request.get_body(),
    )


# No `methods`: the host would answer 404 to a wrong one, without a body; so every method comes here and gets a 405.
# Auth level anonymous: the official clients send their key in a header that the host does not know (see auth.py).


@blueprint.function_name("analyze_text")
@blueprint.route("language/analyze-text/{*path}", auth_level=func.AuthLevel.ANONYMOUS)
async def analyze_text(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Prediction jobs."""
    return await _handle(req, context)


@blueprint.function_name("analyze_text_now")
@blueprint.route("language/:analyze-text", auth_level=func.AuthLevel.ANONYMOUS)
async def analyze_text_now(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Predictions in one round trip."""
    return await _handle(req, context)


@blueprint.function_name("authoring")
@blueprint.route("language/authoring/{*path}", auth_level=func.AuthLevel.ANONYMOUS)
async def authoring(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Projects, documents, labels, training, models, deployments."""
    return await _handle(req, context)


@blueprint.function_name("health")
@blueprint.route("health", auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Whether the service is up."""
    return await _handle(req, context)


@blueprint.function_name("openapi")
@blueprint.route("openapi.json", auth_level=func.AuthLevel.ANONYMOUS)
async def openapi(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The OpenAPI document."""
    return await _handle(req, context)


@blueprint.function_name("docs")
@blueprint.route("docs", auth_level=func.AuthLevel.ANONYMOUS)
async def docs(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The API's documentation."""
    return await _handle(req, context)


@blueprint.function_name("studio")
@blueprint.route("studio/{*path}", auth_level=func.AuthLevel.ANONYMOUS)
async def studio(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """The studio's page and its files."""
    return await _handle(req, context)
