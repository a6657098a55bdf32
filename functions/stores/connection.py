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


def _transport() -> RequestsTransport:
    session = requests.Session()
    adapter = HTTPAdapter(pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return RequestsTransport(session=session, session_owner=True)


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
                BlobServiceClient.from_connection_string(settings.connection_string, transport=_transport()),
                QueueServiceClient.from_connection_string(settings.connection_string, transport=_transport()),
                TableServiceClient.from_connection_string(settings.connection_string, transport=_transport()),
            )
        assert credential is not None
        assert settings.blob_uri is not None
        assert settings.queue_uri is not None
        assert settings.table_uri is not None
        return cls(
            BlobServiceClient(settings.blob_uri, credential=credential, transport=_transport()),
            QueueServiceClient(settings.queue_uri, credential=credential, transport=_transport()),
            TableServiceClient(settings.table_uri, credential=credential, transport=_transport()),
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
