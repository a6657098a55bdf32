"""The blob listener: finds new and changed blobs, keeps receipts, and runs functions from a control queue.

Every scan lists the whole container and compares with the receipts, which suits the sizes of development and cannot
miss a blob as comparing times of one second can. A blob that Event Grid reports comes straight to the control queue.
"""

import asyncio
import json
import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.blob import BlobClient, BlobLeaseClient, BlobProperties, ContainerClient

from devhost.errors import HostStartError
from devhost.indexing import FunctionDefinition
from devhost.queues import encode_body, send_message
from devhost.storage import Storage

HOSTS_CONTAINER = "azure-webjobs-hosts"
POISON_QUEUE = "webjobs-blobtrigger-poison"
_RECEIPT_LEASE = 30
"""Seconds in which one host alone may enqueue a blob."""
_SCAN_SHARE = 0.01
"""Of the time that listing takes, as far as `_LONGEST_PAUSE` allows: each second, 160 blobs cost a tenth of a core."""
_LONGEST_PAUSE = 5.0
"""Seconds between scans, unless listing takes more than half as long itself."""
_PARALLEL = 8
"""Blobs that are enqueued at the same time."""
_INCOMPLETE = {"Incomplete": "true"}
"""The receipt's metadata until the message is in the control queue."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BlobPath:
    """A trigger's path, `container/{a}/{b}.txt`: what it matches and binds."""

    container: str
    pattern: re.Pattern[str]

    def match(self, container: str, blob: str) -> dict[str, str] | None:
        """The values of the path's names, or None when the blob is not meant."""
        found = self.pattern.fullmatch(blob) if container == self.container else None
        return None if found is None else {self._name(key): value for key, value in found.groupdict().items()}

    @staticmethod
    def _name(group: str) -> str:
        return group.removeprefix("n_")


def parse_blob_path(path: str) -> BlobPath:
    """Read a trigger's path; without a blob part it means the whole container.

    Raises:
        HostStartError: The container is not a fixed name, or a name stands twice.
    """
    container, _, blob = path.lstrip("/").partition("/")
    if not re.fullmatch(r"\$?[a-z0-9-]+", container):
        raise HostStartError(f"blob path `{path}`: the container must be a fixed, lower-case name")
    pieces = re.split(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", blob)
    # As in the host, a name takes slashes too, and as much as it can.
    pattern = "".join(f"(?P<n_{piece}>.+)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    try:
        return BlobPath(container, re.compile(pattern if blob else ".+", re.DOTALL))
    except re.error as error:
        raise HostStartError(f"blob path `{path}`: {error}") from error


@dataclass(frozen=True, slots=True)
class BlobFunction:
    """A blob-triggered function and where it looks."""

    definition: FunctionDefinition
    path: BlobPath
    is_event_grid: bool

    @property
    def connection(self) -> str | None:
        """The setting that names the account of the documents."""
        return self.definition.trigger.text("connection")


@dataclass(frozen=True, slots=True)
class FoundBlob:
    """One version of a blob, as the control queue carries it."""

    function_id: str
    container: str
    name: str
    etag: str
    blob_type: str = "BlockBlob"

    def to_message(self) -> bytes:
        """The host's own JSON."""
        return json.dumps(
            {
                "Type": "BlobTrigger",
                "FunctionId": self.function_id,
                "BlobType": self.blob_type,
                "ContainerName": self.container,
                "BlobName": self.name,
                "ETag": self.etag,
            }
        ).encode()

    @classmethod
    def from_message(cls, body: bytes) -> "FoundBlob":
        """Read a message of the control queue.

        Raises:
            ValueError: It is not such a message.
        """
        try:
            value = json.loads(body)
            return cls(
                function_id=value["FunctionId"],
                container=value["ContainerName"],
                name=value["BlobName"],
                etag=value["ETag"],
                blob_type=value.get("BlobType", "BlockBlob"),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("not a message of a blob trigger") from error


def blob_function(definition: FunctionDefinition) -> BlobFunction:
    """Read the trigger of a blob function.

    Raises:
        HostStartError: Its path is malformed.
    """
    trigger = definition.trigger
    return BlobFunction(
        definition=definition,
        path=parse_blob_path(trigger.text("path") or ""),
        is_event_grid=(trigger.text("source") or "").lower() == "eventgrid",
    )


def control_queue_name(host_id: str) -> str:
    """The queue between finding a blob and running its function."""
    return f"azure-webjobs-blobtrigger-{host_id}"


class BlobScanner:
    """Scans the containers of polling blob triggers and enqueues every version of a blob once."""

    def __init__(self, functions: Sequence[BlobFunction], *, host_id: str, storage: Storage, interval: float) -> None:
        self._storage = storage
        self._host_id = host_id
        self._interval = interval
        self._queue = storage.queue(control_queue_name(host_id))
        self._receipts = storage.blobs().get_container_client(HOSTS_CONTAINER)
        self._known: set[str] = set()
        self._stopping = asyncio.Event()
        self._by_container: dict[tuple[str | None, str], list[BlobFunction]] = defaultdict(list)
        for function in functions:
            if not function.is_event_grid:
                self._by_container[function.connection, function.path.container].append(function)

    async def run(self) -> None:
        """Scan at the interval until stopped."""
        if not self._by_container:
            return
        await self._storage.call(self._load_receipts)
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            listing = 0.0
            for (connection, container), functions in self._by_container.items():
                started = loop.time()
                blobs = await self._list(connection, container)
                listing += loop.time() - started
                await self._enqueue_new(blobs, container, functions)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause_after(listing, least=self._interval))
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Scan no more."""
        self._stopping.set()

    def _load_receipts(self) -> None:
        try:
            self._receipts.create_container()
        except ResourceExistsError:
            prefix = f"blobreceipts/{self._host_id}/"
            for receipt in self._receipts.list_blobs(name_starts_with=prefix, include=["metadata"]):
                if not receipt.metadata:
                    self._known.add(receipt.name)

    async def _list(self, connection: str | None, container: str) -> list[BlobProperties]:
        try:
            return await self._storage.call(
                lambda: list(self._storage.blobs(connection).get_container_client(container).list_blobs())
            )
        except ResourceNotFoundError:
            # A container that does not exist yet has nothing to find.
            return []
        except AzureError as error:
            _warn(container, error)
            return []

    async def _enqueue_new(
        self, blobs: Sequence[BlobProperties], container: str, functions: Sequence[BlobFunction]
    ) -> None:
        slots = asyncio.Semaphore(_PARALLEL)

        async def find(function: BlobFunction, blob: BlobProperties) -> None:
            async with slots:
                try:
                    await self._find(function, container, blob)
                except AzureError as error:
                    _warn(container, error)

        await asyncio.gather(
            *(
                find(function, blob)
                for blob in blobs
                for function in functions
                if function.path.match(container, blob.name) is not None
            )
        )

    async def _find(self, function: BlobFunction, container: str, blob: BlobProperties) -> None:
        etag = _quoted(str(blob.etag))
        name = f"blobreceipts/{self._host_id}/{function.definition.id}/{etag}/{container}/{blob.name}"
        if name in self._known:
            return
        found = FoundBlob(function.definition.id, container, blob.name, etag, str(blob.blob_type or "BlockBlob"))
        receipt = self._receipts.get_blob_client(name)
        if not await self._storage.call(_is_complete, receipt):
            lease = await self._storage.call(_lease, receipt)
            if lease is None:
                # Another host is at it; the next scan looks whether it succeeded.
                return
            await send_message(self._storage, self._queue, encode_body(found.to_message(), is_base64=True))
            await self._storage.call(_complete, receipt, lease)
        self._known.add(name)


def pause_after(listing: float, *, least: float) -> float:
    """Seconds until the next scan, after one whose listings took so many."""
    return max(least, min(listing / _SCAN_SHARE, _LONGEST_PAUSE), 2 * listing)


def _warn(container: str, error: AzureError) -> None:
    _log.warning("the scan of %s failed and goes on later: %s", container, str(error).partition("\n")[0])


def _is_complete(receipt: BlobClient) -> bool:
    """Whether the blob of this receipt was enqueued; the receipt is created where it does not exist."""
    try:
        receipt.upload_blob(b"", metadata=_INCOMPLETE, overwrite=False)
    except ResourceExistsError:
        return not receipt.get_blob_properties().metadata
    return False


def _lease(receipt: BlobClient) -> BlobLeaseClient | None:
    try:
        return receipt.acquire_lease(_RECEIPT_LEASE)
    except HttpResponseError as error:
        if error.status_code == HTTPStatus.CONFLICT:
            return None
        raise


def _complete(receipt: BlobClient, lease: BlobLeaseClient) -> None:
    receipt.set_blob_metadata({}, lease=lease)
    lease.release()


def trigger_data(
    properties: BlobProperties, content: bytes, url: str, names: Mapping[str, str]
) -> tuple[Datum, dict[str, Datum]]:
    """What a blob function gets: the bytes, and the metadata that its InputStream and bindings read."""
    described: dict[str, Any] = {
        "ContentLength": properties.size,
        "ContentType": properties.content_settings.content_type,
        "ETag": _quoted(str(properties.etag)),
        "LastModified": properties.last_modified.isoformat(),
        "BlobType": str(properties.blob_type or "BlockBlob"),
    }
    metadata = {
        "BlobTrigger": Datum(f"{properties.container}/{properties.name}", "string"),
        "Uri": Datum(url, "string"),
        "Properties": Datum(json.dumps(described), "json"),
        "Metadata": Datum(json.dumps(properties.metadata or {}), "json"),
    }
    return Datum(content, "bytes"), metadata | {name: Datum(value, "string") for name, value in names.items()}


def read_blob(container: ContainerClient, name: str) -> tuple[BlobProperties, bytes] | None:
    """The blob's properties and bytes of one version; None when it is gone."""
    try:
        stream = container.download_blob(name)
        return stream.properties, stream.readall()
    except ResourceNotFoundError:
        return None


def _quoted(etag: str) -> str:
    # Listings give the ETag bare, single reads give it in its quotes.
    return f'"{etag.strip(chr(34))}"'
