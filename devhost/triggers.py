"""From a function's trigger to a listener, and from what the listener finds to a run of the function."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from azure.functions.meta import Datum
from azure.storage.queue import QueueMessage

from devhost.blobs import (
    POISON_QUEUE,
    BlobFunction,
    BlobScanner,
    FoundBlob,
    blob_function,
    control_queue_name,
    read_blob,
    trigger_data,
)
from devhost.indexing import FunctionDefinition
from devhost.outputs import json_names
from devhost.queues import Lease, QueueListener, decode_body, encode_body, poison_queue, send_message
from devhost.settings import HostSettings
from devhost.storage import Storage
from devhost.timers import TimerListener, timer_datum

Run = Callable[[FunctionDefinition, Datum, Mapping[str, Datum], Mapping[str, str]], Awaitable[None]]
"""Runs a function: its trigger's value, the trigger's metadata, and the names its outputs' paths may use."""

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Something that runs functions until it is told to stop."""

    async def run(self) -> None:
        """Listen until stopped, then finish what runs."""
        ...

    def stop(self) -> None:
        """Begin nothing more."""
        ...


@dataclass(frozen=True, slots=True)
class TriggerContext:
    """What every trigger of one host shares."""

    settings: HostSettings
    storage: Storage
    lease: Lease
    scan_interval: float
    """Seconds between two scans for blobs."""
    run: Run


def create_listeners(functions: Sequence[FunctionDefinition], context: TriggerContext) -> list[Listener]:
    """The listeners of the functions that no HTTP request triggers.

    Raises:
        HostStartError: A binding is malformed or its connection is missing.
    """
    listeners: list[Listener] = []
    for function in functions:
        if function.trigger.type == "queueTrigger":
            listeners.append(_queue_listener(function, context))
        elif function.trigger.type == "timerTrigger":
            listeners.append(_timer_listener(function, context))
    blobs = [blob_function(function) for function in functions if function.trigger.type == "blobTrigger"]
    if blobs:
        listeners += [
            BlobScanner(
                blobs, host_id=context.settings.host_id, storage=context.storage, interval=context.scan_interval
            ),
            _control_queue_listener(blobs, context),
        ]
    return listeners


async def fire(function: FunctionDefinition, text: str, context: TriggerContext) -> None:
    """Run a function by hand: `text` is the queue message, or the `container/name` of a blob; a timer ignores it.

    Whatever the function raises comes out as it is.
    """
    if function.trigger.type == "queueTrigger":
        body = text.encode()
        await context.run(function, Datum(text, "string"), {"QueueTrigger": Datum(text, "string")}, json_names(body))
    elif function.trigger.type == "timerTrigger":
        await context.run(function, timer_datum(None, is_past_due=False), {}, {})
    else:
        container, _, name = text.partition("/")
        # Without an ETag, so that the version that is there is the one meant.
        found = FoundBlob(function.id, container, name, etag="")
        await _run_blob(replace(blob_function(function), is_event_grid=True), found, context)


async def enqueue_blob(blob: FoundBlob, context: TriggerContext) -> None:
    """Put a blob into the control queue."""
    queue = context.storage.queue(control_queue_name(context.settings.host_id))
    await send_message(context.storage, queue, encode_body(blob.to_message(), is_base64=True))


def queue_data(message: QueueMessage, body: bytes) -> tuple[Datum, dict[str, Datum]]:
    """What a queue function gets: the text, and the metadata that its QueueMessage reads."""
    text = body.decode(errors="replace")
    times = {
        "InsertionTime": message.inserted_on,
        "ExpirationTime": message.expires_on,
        "NextVisibleTime": message.next_visible_on,
    }
    metadata = {
        "Id": Datum(message.id, "string"),
        "DequeueCount": Datum(message.dequeue_count, "int"),
        "PopReceipt": Datum(message.pop_receipt, "string"),
        "QueueTrigger": Datum(text, "string"),
        **{name: Datum(time.isoformat(), "string") for name, time in times.items() if time is not None},
    }
    return Datum(text, "string"), metadata


def _queue_listener(function: FunctionDefinition, context: TriggerContext) -> QueueListener:
    connection = function.trigger.text("connection")
    name = (function.trigger.text("queueName") or "").lower()

    async def handle(message: QueueMessage, body: bytes) -> None:
        datum, metadata = queue_data(message, body)
        names = json_names(body) | {"queueTrigger": str(datum.value), "id": message.id}
        await context.run(function, datum, metadata, names)

    return QueueListener(
        context.storage.queue(name, connection),
        handle,
        name=function.id,
        settings=context.settings.queues,
        storage=context.storage,
        lease=context.lease,
        poison=poison_queue(context.storage, name, connection),
    )


def _timer_listener(function: FunctionDefinition, context: TriggerContext) -> TimerListener:
    async def run(datum: Datum) -> None:
        await context.run(function, datum, {}, {})

    return TimerListener(function, run, host_id=context.settings.host_id, storage=context.storage)


def _control_queue_listener(functions: Sequence[BlobFunction], context: TriggerContext) -> QueueListener:
    by_id = {function.definition.id: function for function in functions}

    async def handle(_: QueueMessage, body: bytes) -> None:
        found = FoundBlob.from_message(body)
        function = by_id.get(found.function_id)
        if function is None:
            _log.warning("a blob is for the unknown function %s and is dropped", found.function_id)
            return
        await _run_blob(function, found, context)

    async def give_up(content: str) -> bool:
        # Beside the documents; a message that names no function of this app, beside the host's own queues.
        function = by_id.get(_function_id(content))
        queue = context.storage.queue(POISON_QUEUE, function.connection if function else None)
        await send_message(context.storage, queue, content)
        _log.error("%s failed for good on a blob; see the queue %s", _function_id(content), POISON_QUEUE)
        return True

    blobs = context.settings.blobs
    return QueueListener(
        context.storage.queue(control_queue_name(context.settings.host_id)),
        handle,
        name="Host.Blobs",
        settings=replace(
            context.settings.queues,
            batch_size=min(32, blobs.max_degree_of_parallelism),
            new_batch_threshold=max(0, blobs.max_degree_of_parallelism - 32),
            max_dequeue_count=blobs.poison_blob_threshold,
            is_base64=True,
        ),
        storage=context.storage,
        lease=context.lease,
        poison=give_up,
        discards_undecodable=True,
    )


def _function_id(content: str) -> str:
    try:
        return FoundBlob.from_message(decode_body(content, is_base64=True)).function_id
    except ValueError:
        return "an unreadable message"


async def _run_blob(function: BlobFunction, found: FoundBlob, context: TriggerContext) -> None:
    names = function.path.match(found.container, found.name)
    if names is None:
        return
    container = context.storage.blobs(function.connection).get_container_client(found.container)
    read = await context.storage.call(read_blob, container, found.name)
    if read is None:
        # A blob that is gone is a success: there is nothing to do.
        return
    properties, content = read
    if not function.is_event_grid and _bare(properties.etag) != _bare(found.etag):
        # A newer version has a receipt and a message of its own.
        return
    url = container.get_blob_client(found.name).url
    datum, metadata = trigger_data(properties, content, url, names)
    blob_trigger = f"{found.container}/{found.name}"
    await context.run(function.definition, datum, metadata, names | {"blobTrigger": blob_trigger})


def _bare(etag: str | None) -> str:
    return (etag or "").strip('"')
