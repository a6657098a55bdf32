"""The three storage services of one account, and the names of everything kept there."""

import json
from base64 import b64encode
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient
from requests.adapters import HTTPAdapter

from functions.settings import StorageSettings

TABLES = (
    "projects",
    "documents",
    "contents",
    "labels",
    "labelhistory",
    "changes",
    "suggestions",
    "quality",
    "models",
    "deployments",
    "jobs",
    "jobparts",
)

DOCUMENTS_CONTAINER = "documents"
"""The container shared by projects, one folder each, that the blob trigger watches."""
CONTAINERS = (DOCUMENTS_CONTAINER, "texts", "datasets", "models", "results")

TRAINING_QUEUE = "training-jobs"
OPERATIONS_QUEUE = "operations"
ANALYSIS_QUEUE = "analysis-jobs"
CONTAINER_QUEUE = "container-jobs"
"""Not the queue of analyses: a container of 10,000 documents would keep every caller with 25 waiting."""
EVENTS_QUEUE = "blob-events"
"""Event Grid tells of new and changed blobs here; in Azure only."""
QUEUES = (TRAINING_QUEUE, OPERATIONS_QUEUE, ANALYSIS_QUEUE, CONTAINER_QUEUE)


_CONNECTIONS = 64
"""Kept open to one service: about as many as there are threads; the default of 10 throws the others away each time."""
_SENDERS = 8

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 20.0
"""Of silence. A transport of one's own gets neither of the clients' own limits: azure-core's 300 s would hold."""
_PIECE_BYTES = 4 << 20
"""Of an upload: what is sent at once has `_CONNECT_SECONDS` to leave, however large it is."""
_RETRIES = {"retry_total": 3, "retry_connect": 1, "retry_read": 1}
"""A service that turns requests away is asked three times more. One that says nothing only once: callers wait."""
_BACKOFF = {"initial_backoff": 1, "increment_base": 2, "random_jitter_range": 1}
"""Of blobs and queues, in seconds; their own 15 before the second try are longer than any caller here waits."""


def _transport() -> RequestsTransport:
    session = requests.Session()
    adapter = HTTPAdapter(pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return RequestsTransport(
        session=session, session_owner=True, connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS
    )


def _blob_options() -> dict[str, Any]:
    return {**_queue_options(), "max_single_put_size": _PIECE_BYTES, "max_block_size": _PIECE_BYTES}


def _queue_options() -> dict[str, Any]:
    return {"transport": _transport(), **_RETRIES, **_BACKOFF}


def _table_options() -> dict[str, Any]:
    return {"transport": _transport(), **_RETRIES}


@dataclass(frozen=True)
class StorageConnection:
    """Clients of one account; built once per process and shared by its threads."""

    blobs: BlobServiceClient
    queues: QueueServiceClient
    tables: TableServiceClient

    @classmethod
    def open(cls, settings: StorageSettings, credential: TokenCredential | None) -> "StorageConnection":
        """Connects by connection string, or by service addresses and `credential`."""
        if settings.connection_string:
            return cls(
                BlobServiceClient.from_connection_string(settings.connection_string, **_blob_options()),
                QueueServiceClient.from_connection_string(settings.connection_string, **_queue_options()),
                TableServiceClient.from_connection_string(settings.connection_string, **_table_options()),
            )
        assert credential is not None
        assert settings.blob_uri is not None
        assert settings.queue_uri is not None
        assert settings.table_uri is not None
        return cls(
            BlobServiceClient(settings.blob_uri, credential=credential, **_blob_options()),
            QueueServiceClient(settings.queue_uri, credential=credential, **_queue_options()),
            TableServiceClient(settings.table_uri, credential=credential, **_table_options()),
        )

    def create_missing(self) -> None:
        """Makes the tables, containers and queues that are not there yet."""
        for table in TABLES:
            self.tables.create_table_if_not_exists(table)
        present = {container.name for container in self.blobs.list_containers()}
        for container in CONTAINERS:
            if container not in present:
                self.create_container(container)
        for queue in QUEUES:
            client = self.queues.get_queue_client(queue)
            try:
                client.create_queue()
            except ResourceExistsError:
                continue

    def create_container(self, name: str) -> None:
        """Makes a container; one that exists is left as it is."""
        try:
            self.blobs.create_container(name)
        except ResourceExistsError:
            return

    def backlog(self, queue: str) -> tuple[int, float]:
        """About how many messages a queue holds, and for how many seconds the oldest visible one has waited."""
        client = self.queues.get_queue_client(queue)
        try:
            messages = client.get_queue_properties().approximate_message_count or 0
            oldest = client.peek_messages(1) if messages else []
        except ResourceNotFoundError:
            return 0, 0.0  # on Azurite a poison queue is made when it is first needed
        ages = [(datetime.now(UTC) - message.inserted_on).total_seconds() for message in oldest if message.inserted_on]
        return messages, max(ages, default=0.0)

    def send(self, queue: str, message: dict[str, Any]) -> None:
        """Puts a JSON message on a queue, base64-encoded as the Functions host expects it."""
        body = b64encode(json.dumps(message).encode()).decode()
        self.queues.get_queue_client(queue).send_message(body)

    def send_all(self, queue: str, messages: Iterable[dict[str, Any]]) -> None:
        """`send` for many, a few at a time: one after the other they would keep a caller waiting."""
        with ThreadPoolExecutor(_SENDERS) as pool:
            list(pool.map(lambda message: self.send(queue, message), messages))
