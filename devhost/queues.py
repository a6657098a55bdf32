"""The queue listener: batches, lease, retries and poison, as the storage extension of the real host has them."""

import asyncio
import base64
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.queue import QueueClient, QueueMessage

from devhost.settings import QueueSettings
from devhost.storage import Storage

_SHORTEST_POLL = 0.1
"""Seconds."""
_LONGEST_QUEUE_NAME = 63
_POISON = "-poison"

Handler = Callable[[QueueMessage, bytes], Awaitable[None]]
"""Works on one message and its decoded body; what it raises makes the message fail."""

Poison = Callable[[str], Awaitable[bool]]
"""Keeps the content of a message that failed for good, unchanged; False when there is no place for it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """How long a received message stays hidden, in seconds; fixed in the real host, shorter in tests."""

    duration: float = 600.0
    retry: float = 60.0
    """The wait after a renewal that failed for a reason of the server."""

    @property
    def renewal(self) -> float:
        """The wait between renewals."""
        return self.duration / 2


class QueueListener:
    """Receives from one queue and hands each message to a handler until stopped."""

    def __init__(
        self,
        queue: QueueClient,
        handler: Handler,
        *,
        name: str,
        settings: QueueSettings,
        storage: Storage,
        lease: Lease,
        poison: Poison,
        discards_undecodable: bool = False,
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._settings = settings
        self._storage = storage
        self._lease = lease
        self._poison = poison
        self._discards_undecodable = discards_undecodable
        self._log = logging.getLogger(name)
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._freed = asyncio.Event()

    async def run(self) -> None:
        """Listen until stopped, then wait for the messages under way."""
        delay = _SHORTEST_POLL
        while not self._stopping.is_set():
            if len(self._running) > self._settings.new_batch_threshold:
                await self._wait_for(self._freed)
                continue
            messages = await self._receive()
            for message in messages:
                self._start(message)
            delay = _SHORTEST_POLL if messages else self._next_delay(delay)
            if not messages:
                await self._wait_for(self._stopping, timeout=delay)
        while self._running:
            await asyncio.wait(self._running)

    def stop(self) -> None:
        """Receive nothing more."""
        self._stopping.set()
        self._freed.set()

    def _start(self, message: QueueMessage) -> None:
        task = asyncio.create_task(self._process(message))
        self._running.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._freed.set()
        if not task.cancelled() and (error := task.exception()):
            # The outcome could not be written; the message comes back when its lease ends.
            self._log.error("the message's outcome could not be recorded: %s", error)

    async def _wait_for(self, event: asyncio.Event, timeout: float | None = None) -> None:  # noqa: ASYNC109
        try:
            await asyncio.wait_for(event.wait(), timeout)
        except TimeoutError:
            return
        if event is self._freed and not self._stopping.is_set():
            event.clear()

    def _next_delay(self, delay: float) -> float:
        longest = self._settings.max_polling_interval.total_seconds()
        # Jitter only spreads the polls of several hosts.
        return min(longest, delay * 2 * random.uniform(0.8, 1.2))  # noqa: S311

    async def _receive(self) -> list[QueueMessage]:
        def receive() -> list[QueueMessage]:
            size = self._settings.batch_size
            pages = self._queue.receive_messages(
                messages_per_page=size, max_messages=size, visibility_timeout=round(self._lease.duration)
            )
            return list(pages)

        try:
            return await self._storage.call(receive)
        except ResourceNotFoundError:
            # A queue that does not exist yet is waited for.
            return []
        except AzureError as error:
            self._log.warning("the queue %s does not answer: %s", self._queue.queue_name, _first_line(error))
            return []

    async def _process(self, message: QueueMessage) -> None:
        if (message.dequeue_count or 1) > self._settings.max_dequeue_count:
            # Its last tries ended in a crash, or it would have been moved then.
            await self._give_up(message)
            return
        try:
            body = decode_body(message.content, is_base64=self._settings.is_base64)
        except ValueError:
            self._log.error("a message is not base64 and cannot be read")
            if self._discards_undecodable:
                await self._delete(message)
            else:
                await self._give_up(message)
            return
        await self._run_leased(message, body)

    async def _run_leased(self, message: QueueMessage, body: bytes) -> None:
        done = asyncio.Event()
        renewal = asyncio.create_task(self._renew(message, done))
        failed = False
        try:
            await self._handler(message, body)
        except Exception:  # noqa: BLE001  a function may raise anything, and the worker has logged it
            failed = True
        # The receipt changes with every renewal, so that the last one has to have ended.
        done.set()
        await renewal
        if not failed:
            await self._delete(message)
        elif (message.dequeue_count or 1) >= self._settings.max_dequeue_count:
            await self._give_up(message)
        else:
            await self._show_again(message)

    async def _renew(self, message: QueueMessage, done: asyncio.Event) -> None:
        delay = self._lease.renewal
        while True:
            try:
                await asyncio.wait_for(done.wait(), delay)
            except TimeoutError:
                pass
            else:
                return
            try:
                await self._update(message, round(self._lease.duration))
                delay = self._lease.renewal
            except (ResourceNotFoundError, ClientAuthenticationError) as error:
                self._log.warning("the lease is lost, another run may have the message: %s", _first_line(error))
                return
            except AzureError as error:
                if isinstance(error, HttpResponseError) and error.status_code == HTTPStatus.BAD_REQUEST:
                    # PopReceiptMismatch
                    self._log.warning("the lease is lost, another run has the message: %s", _first_line(error))
                    return
                delay = min(self._lease.retry, self._lease.renewal)

    async def _update(self, message: QueueMessage, seconds: int) -> None:
        updated = await self._storage.call(self._queue.update_message, message, visibility_timeout=seconds)
        message.pop_receipt = updated.pop_receipt
        message.next_visible_on = updated.next_visible_on

    async def _show_again(self, message: QueueMessage) -> None:
        try:
            await self._update(message, round(self._settings.visibility_timeout.total_seconds()))
        except ResourceNotFoundError:
            self._log.warning("the failed message is gone already")

    async def _delete(self, message: QueueMessage) -> None:
        try:
            await self._storage.call(self._queue.delete_message, message)
        except ResourceNotFoundError:
            self._log.warning("the message is gone or leased to another run already")

    async def _give_up(self, message: QueueMessage) -> None:
        if await self._poison(message.content):
            await self._delete(message)


def poison_queue(storage: Storage, queue_name: str, connection: str | None) -> Poison:
    """What keeps the poison messages of a queue: the queue `<name>-poison` beside it."""
    name = f"{queue_name}{_POISON}"
    log = logging.getLogger(__name__)
    if queue_name.endswith(_POISON) or len(name) > _LONGEST_QUEUE_NAME:

        async def refuse(_: str) -> bool:
            log.error("a message of %s failed for good and there is no poison queue for it", queue_name)
            return False

        return refuse

    async def keep(content: str) -> bool:
        await send_message(storage, storage.queue(name, connection), content)
        log.error("a message of %s failed for good and was moved to %s", queue_name, name)
        return True

    return keep


def decode_body(content: str, *, is_base64: bool) -> bytes:
    """The bytes of a message.

    Raises:
        ValueError: It should be base64 and is not.
    """
    if not is_base64:
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except ValueError as error:
        raise ValueError("not base64") from error


def encode_body(body: bytes, *, is_base64: bool) -> str:
    """The text to send for a body.

    Raises:
        UnicodeDecodeError: Messages are plain text and the body is not.
    """
    return base64.b64encode(body).decode() if is_base64 else body.decode()


async def send_message(storage: Storage, queue: QueueClient, content: str) -> None:
    """Send to a queue, which is created where it does not exist."""
    try:
        await storage.call(queue.send_message, content)
    except ResourceNotFoundError:
        with contextlib.suppress(ResourceExistsError):
            await storage.call(queue.create_queue)
        await storage.call(queue.send_message, content)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
