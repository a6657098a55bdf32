import socket
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from devhost.azurite import DEVELOPMENT_STORAGE, Azurite, AzuritePorts
from devhost.errors import StackError


def _write(connection_string: str, name: str) -> None:
    with BlobServiceClient.from_connection_string(connection_string) as service:
        service.create_container(name).close()


def test_in_memory_fixture_serves_storage(azurite: Azurite) -> None:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        container = service.create_container("azurite-smoke")
        container.upload_blob("a.txt", b"text")
        assert container.download_blob("a.txt").readall() == b"text"


def test_data_survives_a_restart(tmp_path: Path) -> None:
    with Azurite(location=tmp_path / "azurite") as first:
        _write(first.connection_string, "kept")
    with (
        Azurite(location=tmp_path / "azurite") as second,
        BlobServiceClient.from_connection_string(second.connection_string) as service,
    ):
        assert [container.name for container in service.list_containers()] == ["kept"]


def test_taken_port_names_the_port_and_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackError, match=rf"Port {port} is taken.*AZURITE_BLOB_PORT"):
            Azurite(in_memory=True, ports=AzuritePorts(blob=port)).start()


def test_missing_installation_says_make_setup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("devhost.azurite._REPOSITORY", tmp_path)
    with pytest.raises(StackError, match="make setup"):
        Azurite(in_memory=True).start()


def test_development_storage_is_the_emulators_default() -> None:
    assert "AccountName=devstoreaccount1" in DEVELOPMENT_STORAGE
    assert "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1" in DEVELOPMENT_STORAGE
