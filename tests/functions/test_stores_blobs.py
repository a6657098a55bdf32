"""Containers that are there, are not, and that nobody may look at."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import AccountSasPermissions, BlobServiceClient, ResourceTypes, generate_account_sas

from devhost.azurite import Azurite
from functions.stores.blobs import BlobStore
from model_tools.errors import InvalidInputError


def store(azurite: Azurite, resources: ResourceTypes) -> BlobStore:
    """With leave for these kinds of resources only: a container's properties belong to the container."""
    by_key = BlobServiceClient.from_connection_string(azurite.connection_string)
    until = datetime.now(UTC) + timedelta(hours=1)
    leave = AccountSasPermissions(read=True, list=True)
    assert by_key.account_name is not None
    signature = generate_account_sas(by_key.account_name, by_key.credential.account_key, resources, leave, until)
    return BlobStore(BlobServiceClient(by_key.url, signature))


def test_a_container_is_there_or_not(azurite: Azurite) -> None:
    BlobServiceClient.from_connection_string(azurite.connection_string).create_container("looked-at")
    found = store(azurite, ResourceTypes(container=True))
    assert found.container_exists("looked-at")
    assert not found.container_exists("not-there")


def test_a_container_that_the_service_may_not_look_at(azurite: Azurite) -> None:
    with pytest.raises(InvalidInputError, match="Storage Blob Data Contributor") as caught:
        store(azurite, ResourceTypes(object=True)).container_exists("looked-at")
    assert caught.value.inner_code == "ContainerNotAllowed"


def test_any_other_failure_stays_one_of_storage(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    failure = HttpResponseError("no")
    failure.status_code = 503

    class Container:
        def exists(self) -> bool:
            raise failure

    monkeypatch.setattr(client, "get_container_client", lambda _: Container())
    with pytest.raises(HttpResponseError):
        BlobStore(client).container_exists("any")
