"""The service over a real Azurite, with a real if tiny model: built once, shared by tests that use names of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from devhost.azurite import Azurite
from functions.http.app import create_app
from functions.services import Services
from functions.settings import Role, Settings, StorageSettings
from tests.functions.api_client import AUTHOR_KEY, QUERY_KEY, ApiClient
from tests.functions.world import World


@pytest.fixture(scope="session")
def settings(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        role=Role.API,
        storage=StorageSettings(connection_string=azurite.connection_string),
        author_keys=(AUTHOR_KEY,),
        query_keys=(QUERY_KEY,),
        entra_enabled=False,
        data_dir=tmp_path_factory.mktemp("data"),
        model_cache_bytes=64 << 20,
        threads=1,
    )


@pytest.fixture(scope="session")
def services(settings: Settings) -> Services:
    return Services.build(settings)


@pytest.fixture(scope="session")
def app(services: Services) -> Starlette:
    return create_app(lambda: services)


@pytest.fixture(scope="session")
def client(app: Starlette) -> Iterator[ApiClient]:
    client = ApiClient(app)
    yield client
    client.close()


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("onnx", reason="onnx is not installed, which writes the tests' model")
    from tests.functions.tiny_model import write_tiny_model

    return write_tiny_model(tmp_path_factory.mktemp("tiny-model")).folder


@pytest.fixture(scope="session")
def world(services: Services, artifact: Path) -> World:
    return World(services, artifact)


@pytest.fixture
def project(world: World) -> str:
    """A project of this test alone, with the categories City and Person."""
    return world.project()
