"""The host's own endpoints: status, drain, firing a function by hand, and the webhook of blob events."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Protocol

from azure.storage.blob import BlobClient

from devhost.blobs import FoundBlob

Answer = tuple[HTTPStatus, Any]
"""A status and a JSON value; None for an empty body."""


class Controls(Protocol):
    """What the endpoints can do to a host."""

    @property
    def host_id(self) -> str:
        """The name of the host."""
        ...

    @property
    def state(self) -> str:
        """`Running` or `Draining`."""
        ...

    @property
    def function_names(self) -> Sequence[str]:
        """Every function, disabled ones included."""
        ...

    def drain(self) -> None:
        """Stop the listeners; what runs goes on."""
        ...

    def fire(self, function_name: str, text: str) -> bool:
        """Run a function that HTTP does not trigger, in the background; False where there is none of the name."""
        ...

    async def enqueue_blob(self, blob: FoundBlob) -> None:
        """Hand a blob to its function."""
        ...


class Admin:
    """Answers under `/admin/` and `/runtime/webhooks/`."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def answer(
        self, method: str, path: str, *, function_name: str, event_type: str | None, value: object
    ) -> Answer:
        """Answer a request.

        Args:
            method: The HTTP method.
            path: The path in lower case.
            function_name: The last segment of the path, or the `functionName` of the query.
            event_type: The header `aeg-event-type`.
            value: The JSON of the body, None where it is none.
        """
        controls = self._controls
        answer: Answer = (HTTPStatus.NOT_FOUND, None)
        match method, path.rstrip("/"):
            case "GET", "/admin/host/status":
                answer = HTTPStatus.OK, {"id": controls.host_id, "state": controls.state, "version": "4.0"}
            case (("GET" | "POST"), "/admin/host/ping"):
                answer = HTTPStatus.OK, None
            case "POST", "/admin/host/drain":
                controls.drain()
                answer = HTTPStatus.ACCEPTED, None
            case "GET", "/admin/functions":
                answer = HTTPStatus.OK, [{"name": name} for name in controls.function_names]
            case "POST", "/runtime/webhooks/blobs":
                answer = await self._receive_events(function_name, event_type, value)
            case "POST", fired if fired.startswith("/admin/functions/") and controls.fire(function_name, _input(value)):
                answer = HTTPStatus.ACCEPTED, None
        return answer

    async def _receive_events(self, function_id: str, event_type: str | None, value: Any) -> Answer:  # noqa: ANN401
        events = value if isinstance(value, list) else [value]
        try:
            if event_type == "SubscriptionValidation":
                return HTTPStatus.OK, {"validationResponse": events[0]["data"]["validationCode"]}
            blobs = [event_to_blob(function_id, event) for event in events]
        except (KeyError, TypeError, ValueError):
            return HTTPStatus.BAD_REQUEST, None
        if event_type != "Notification":
            return HTTPStatus.BAD_REQUEST, None
        for blob in blobs:
            await self._controls.enqueue_blob(blob)
        return HTTPStatus.ACCEPTED, None


def _input(value: object) -> str:
    given = value.get("input", "") if isinstance(value, dict) else ""
    return given if isinstance(given, str) else json.dumps(given)


def event_to_blob(function_id: str, event: Any) -> FoundBlob:  # noqa: ANN401  JSON
    """Read the blob that an event of Event Grid, in either schema, is about.

    Raises:
        KeyError: The event lacks a field.
        TypeError: It is no JSON object.
        ValueError: Its address is none of a blob.
    """
    data = event["data"]
    with BlobClient.from_blob_url(data["url"]) as blob:
        return FoundBlob(
            function_id=function_id,
            container=blob.container_name,
            name=blob.blob_name,
            etag=f'"{data.get("eTag", "")}"',
            blob_type=data.get("blobType", "BlockBlob"),
        )


def read_json(body: bytes) -> Any:  # noqa: ANN401  JSON
    """The value of a JSON body; None where it is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None
