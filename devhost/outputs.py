"""Writing what a function gives back through its queue and blob outputs."""

import contextlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.functions.meta import Datum
from azure.storage.blob import ContainerClient

from devhost.indexing import Binding, FunctionDefinition
from devhost.invocation import Result
from devhost.queues import encode_body, send_message
from devhost.storage import Storage


async def write_outputs(
    function: FunctionDefinition, result: Result, names: Mapping[str, str], *, storage: Storage, is_base64: bool
) -> None:
    """Write every output that the function set, its return value included where that is no HTTP response.

    Args:
        function: The function that ran.
        result: What it gave back.
        names: What a `{name}` in an output's path stands for.
        storage: The accounts.
        is_base64: Whether queue messages are encoded.

    Raises:
        ValueError: A path has a name that the trigger does not set.
    """
    datums = [(function.outputs[name], datum) for name, datum in result.outputs.items()]
    if function.return_binding is not None and result.returned is not None:
        datums.append((function.return_binding, result.returned))
    for binding, datum in datums:
        if binding.type == "queue":
            queue = storage.queue(_fill(binding, "queueName", names), binding.text("connection"))
            for body in queue_bodies(datum):
                await send_message(storage, queue, encode_body(body, is_base64=is_base64))
        elif binding.type == "blob":
            container, _, blob = _fill(binding, "path", names).partition("/")
            client = storage.blobs(binding.text("connection")).get_container_client(container)
            await storage.call(_upload, client, blob, _to_bytes(datum.value))


def queue_bodies(datum: Datum) -> Iterator[bytes]:
    """The bodies of the messages in what a queue output was set to: one, or several from a list."""
    if datum.type != "json":
        yield _to_bytes(datum.value)
        return
    value = json.loads(datum.value)
    for item in value if isinstance(value, list) else [value]:
        yield _to_bytes(item["body"] if isinstance(item, dict) else item)


def json_names(body: bytes) -> dict[str, str]:
    """The top-level members of a JSON message, which an output's path may name."""
    try:
        value: Any = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(value, dict):
        return {}
    return {str(key): str(member) for key, member in value.items() if isinstance(member, str | int | float)}


def fill_path(path: str, names: Mapping[str, str]) -> str:
    """Replace every `{name}` of an output's path.

    Raises:
        ValueError: The trigger sets no such name.
    """
    known = {key.lower(): value for key, value in names.items()}

    def value_of(match: re.Match[str]) -> str:
        name = match[1].lower()
        if name == "rand-guid":
            return str(uuid.uuid4())
        if name == "datetime":
            return datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        if name not in known:
            raise ValueError(f"`{{{match[1]}}}` in the path `{path}` is nothing that the trigger sets")
        return known[name]

    return re.sub(r"\{([^{}]+)\}", value_of, path)


def _fill(binding: Binding, key: str, names: Mapping[str, str]) -> str:
    return fill_path(binding.text(key) or "", names)


def _upload(container: ContainerClient, blob: str, data: bytes) -> None:
    if not container.exists():
        with contextlib.suppress(ResourceExistsError):
            container.create_container()
    container.upload_blob(blob, data, overwrite=True)


def _to_bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
