"""Clients of the storage accounts that the bindings name, and a way to call them from the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import ParamSpec, TypeVar

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueClient, QueueServiceClient
from requests.adapters import HTTPAdapter

from devhost.errors import HostStartError
from devhost.settings import DEFAULT_CONNECTION, HostSettings

_P = ParamSpec("_P")
_T = TypeVar("_T")

_THREADS = 32
"""Storage calls under way at once; apart from the functions' threads, so that these cannot hold up a lease renewal."""


def _transport() -> RequestsTransport:
    """Keeps a connection for every thread; by default ten are kept and the others opened anew each time."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=_THREADS))
    return RequestsTransport(session=session, session_owner=True)


class Storage:
    """One client per connection and service, opened when first asked for."""

    def __init__(self, settings: HostSettings) -> None:
        self._settings = settings
        self._blobs: dict[str, BlobServiceClient] = {}
        self._queues: dict[str, QueueServiceClient] = {}
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage")
        self._clients = ExitStack()

    def blobs(self, connection: str | None = None) -> BlobServiceClient:
        """The blob service of a connection, `AzureWebJobsStorage` by default.

        Raises:
            HostStartError: The connection is missing or malformed.
        """
        text = self._settings.connection_string(connection)
        if text not in self._blobs:
            try:
                client = BlobServiceClient.from_connection_string(text, transport=_transport())
            except ValueError as error:
                # Without the text itself, which holds a key.
                name = connection or DEFAULT_CONNECTION
                raise HostStartError(
                    f"The app setting `{name}` is no connection string of a storage account."
                ) from error
            self._blobs[text] = self._clients.enter_context(client)
        return self._blobs[text]

    def queue(self, name: str, connection: str | None = None) -> QueueClient:
        """One queue of a connection; its name is lower-cased as the host does."""
        text = self._settings.connection_string(connection)
        if text not in self._queues:
            self._queues[text] = self._clients.enter_context(
                QueueServiceClient.from_connection_string(text, transport=_transport())
            )
        return self._queues[text].get_queue_client(name.lower())

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a blocking storage call on a thread of its own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Close the clients and the threads."""
        self._executor.shutdown()
        self._clients.close()
