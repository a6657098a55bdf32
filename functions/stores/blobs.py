"""Blobs of any container: bytes in and out, listings, and folders that are removed whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobServiceClient, ContentSettings, StorageErrorCode

from model_tools.errors import ConflictError, InvalidInputError, NotFoundError

_NOT_PERMITTED = {
    "AuthorizationPermissionMismatch",
    "AuthorizationResourceTypeMismatch",
}
"""Of an identity without the role, and of a signature for other things. A firewall or a wrong clock may pass."""


class BlobNotFoundError(NotFoundError):
    """There is no such blob or container."""

    def __init__(self, container: str, name: str) -> None:
        super().__init__(f"There is no blob '{name}' in container '{container}'.")


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What a listing tells of a blob."""

    name: str
    etag: str
    size: int
    """Bytes."""
    modified: datetime


class BlobStore:
    """All containers of the account."""

    def __init__(self, client: BlobServiceClient) -> None:
        self._client = client

    def container_exists(self, container: str) -> bool:
        """Whether there is a container of that name.

        Raises:
            InvalidInputError: this service may not look at it, which trying again does not change.
        """
        try:
            return bool(self._client.get_container_client(container).exists())
        except HttpResponseError as error:
            if getattr(error, "error_code", None) not in _NOT_PERMITTED:
                raise
            raise InvalidInputError(
                f"This service may not look at container '{container}'. Give its identity the role 'Storage Blob Data "
                "Contributor' there, or name another container.",
                inner_code="ContainerNotAllowed",
            ) from error

    def info(self, container: str, name: str) -> BlobInfo | None:
        """What is known of a blob, or None where there is none."""
        try:
            properties = self._client.get_blob_client(container, name).get_blob_properties()
        except ResourceNotFoundError:
            return None
        return BlobInfo(name, _bare(properties.etag), int(properties.size), properties.last_modified)

    def get(self, container: str, name: str) -> bytes:
        """The bytes.

        Raises:
            BlobNotFoundError: there is no such blob or container.
        """
        try:
            return bytes(self._client.get_blob_client(container, name).download_blob().readall())
        except ResourceNotFoundError as error:
            raise BlobNotFoundError(container, name) from error

    def put(self, container: str, name: str, content: bytes, content_type: str) -> BlobInfo:
        """Writes a blob, whatever was there."""
        written = self._client.get_blob_client(container, name).upload_blob(
            content, overwrite=True, content_settings=ContentSettings(content_type=content_type)
        )
        return BlobInfo(name, _bare(written["etag"]), len(content), written["last_modified"])

    def delete(self, container: str, name: str) -> bool:
        """Removes a blob; says whether there was one."""
        try:
            self._client.get_blob_client(container, name).delete_blob(delete_snapshots="include")
        except ResourceNotFoundError:
            return False
        return True

    def listing(self, container: str, prefix: str = "") -> Iterator[BlobInfo]:
        """The blobs under a prefix, by name.

        Raises:
            NotFoundError: there is no such container.
        """
        try:
            for blob in self._client.get_container_client(container).list_blobs(name_starts_with=prefix or None):
                yield BlobInfo(blob.name, _bare(blob.etag), int(blob.size), blob.last_modified)
        except ResourceNotFoundError as error:
            raise NotFoundError(
                f"There is no container named '{container}'.", target="storageInputContainerName"
            ) from error

    def listing_page(self, container: str, prefix: str, marker: str, size: int) -> tuple[list[BlobInfo], str]:
        """One page of a listing, and the marker of the next one; empty on the last. `size` is how many blobs at most.

        Raises:
            BlobNotFoundError: there is no such container.
        """
        listed = self._client.get_container_client(container).list_blobs(
            name_starts_with=prefix or None, results_per_page=size
        )
        pages = listed.by_page(continuation_token=marker or None)
        try:
            found = [BlobInfo(each.name, _bare(each.etag), int(each.size), each.last_modified) for each in next(pages)]
        except ResourceNotFoundError as error:
            raise BlobNotFoundError(container, prefix) from error
        return found, pages.continuation_token or ""  # type: ignore[attr-defined]

    def stage_block(self, container: str, name: str, block: str, content: bytes) -> None:
        """Puts a piece of a blob beside it, instead of the one with the same id; ids of a blob have the same length.

        Raises:
            BlobNotFoundError: there is no such container.
        """
        try:
            self._client.get_blob_client(container, name).stage_block(block, content)
        except ResourceNotFoundError as error:
            raise BlobNotFoundError(container, name) from error

    def commit_blocks(self, container: str, name: str, blocks: list[str], content_type: str) -> None:
        """Makes a blob of exactly these pieces, at once; pieces that it is made of already count as staged.

        Raises:
            BlobNotFoundError: there is no such container.
            ConflictError: somebody else wrote the blob, and the pieces went.
        """
        try:
            self._client.get_blob_client(container, name).commit_block_list(
                [BlobBlock(block) for block in blocks], content_settings=ContentSettings(content_type=content_type)
            )
        except ResourceNotFoundError as error:
            raise BlobNotFoundError(container, name) from error
        except HttpResponseError as error:
            if error.error_code != StorageErrorCode.INVALID_BLOCK_LIST:  # type: ignore[attr-defined]
                raise
            raise ConflictError(f"Somebody else has written blob '{name}' of container '{container}'.") from error

    def delete_folder(self, container: str, prefix: str) -> None:
        """Removes every blob under a prefix."""
        for blob in list(self.listing(container, prefix)):
            self.delete(container, blob.name)


def _bare(etag: str) -> str:
    """Listings give ETags without quotes, everything else with: one form inside."""
    return etag.strip('"')
