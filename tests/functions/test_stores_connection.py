"""How long storage may stay silent, and how often it is asked again."""

import pytest
from azure.core.credentials import AccessToken

from functions.settings import StorageSettings
from functions.stores.connection import StorageConnection


class Credential:
    """Is never asked."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        raise AssertionError("Opening clients asks for no token.")


ACCOUNT = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=YQ==;EndpointSuffix=core.windows.net"
BY_KEY = StorageSettings(connection_string=ACCOUNT)
BY_IDENTITY = StorageSettings(blob_uri="https://a.blob", queue_uri="https://a.queue", table_uri="https://a.table")


@pytest.fixture(params=[BY_KEY, BY_IDENTITY], ids=["key", "identity"])
def storage(request: pytest.FixtureRequest) -> StorageConnection:
    return StorageConnection.open(request.param, Credential())


@pytest.mark.parametrize("service", ["blobs", "queues", "tables"])
def test_a_silent_service_is_given_up_soon(storage: StorageConnection, service: str) -> None:
    client = getattr(storage, service)
    pipeline = client._pipeline if service != "tables" else client._client._client._pipeline
    sent_by = pipeline._transport
    assert (sent_by.connection_config.timeout, sent_by.connection_config.read_timeout) == (5, 20)
    (retries,) = (policy for policy in pipeline._impl_policies if hasattr(policy, "connect_retries"))
    assert (retries.total_retries, retries.connect_retries, retries.read_retries) == (3, 1, 1)


@pytest.mark.parametrize("service", ["blobs", "queues"])
def test_the_second_try_comes_within_seconds(storage: StorageConnection, service: str) -> None:
    policies = getattr(storage, service)._pipeline._impl_policies
    (retries,) = (policy for policy in policies if hasattr(policy, "connect_retries"))
    assert max(retries.get_backoff_time({"count": 0}) for _ in range(100)) <= 2


def test_large_uploads_go_in_pieces(storage: StorageConnection) -> None:
    assert storage.blobs._config.max_single_put_size == storage.blobs._config.max_block_size == 4 << 20
