"""About the service itself: health, the OpenAPI document, and a page of documentation."""

from functions.http import catalogue, docs_page, openapi, studio
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag


def health(call: Call) -> Reply:
    """Says whether storage answers; needs no key, so it tells nothing else."""
    call.services.projects.find("health")
    return Reply({"status": "healthy"})


def get_openapi(call: Call) -> Reply:
    """The OpenAPI 3.1 document."""
    return Reply(openapi.document(_all_operations(), call.base_url))


def get_docs(call: Call) -> Reply:
    """The same document for people: one page without scripts or anything from elsewhere."""
    page = docs_page.page(openapi.document(_all_operations(), call.base_url)).encode()
    headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Reply(page, headers=headers, media_type="text/html; charset=utf-8")


def _all_operations() -> tuple[Operation, ...]:
    return (*catalogue.OPERATIONS, *OPERATIONS)


OPERATIONS = (
    Operation(
        "health", "GET", "/health", "Whether the service is up.", Tag.SERVICE, Right.NONE, health, versioned=False
    ),
    Operation(
        "openapi", "GET", "/openapi.json", "This document.", Tag.SERVICE, Right.NONE, get_openapi, versioned=False
    ),
    Operation("docs", "GET", "/docs", "This document, readable.", Tag.SERVICE, Right.NONE, get_docs, versioned=False),
    *studio.OPERATIONS,
)
