"""The cache of loaded models, and the directory from names to them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from functions.lifecycle import deploying
from functions.lifecycle.deploying import DeploymentDirectory
from functions.lifecycle.predictors import PredictorCache
from functions.services import Services
from functions.stores.deployments import Deployment
from functions.stores.jobs import JobKind, new_job
from functions.stores.models import TrainedModel
from model_tools.errors import ArtifactError, NotFoundError
from tests.functions.world import World

PLENTY = 1 << 30


def cache_of(services: Services, folder: Path, capacity: int = PLENTY) -> PredictorCache:
    return PredictorCache(services.models, folder, capacity=capacity, threads=1)


@pytest.fixture
def model(world: World, project: str) -> TrainedModel:
    return world.model(project)


def test_many_callers_load_a_model_once(
    services: Services, model: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads = []
    download = services.models.download

    def counting(project: str, model_id: str, folder: Path) -> None:
        downloads.append(model_id)
        download(project, model_id, folder)

    monkeypatch.setattr(services.models, "download", counting)
    cache = cache_of(services, tmp_path)
    barrier = threading.Barrier(8)

    def get() -> int:
        barrier.wait(10)
        return id(cache.get(model.project, model.model_id))

    with ThreadPoolExecutor(8) as pool:
        found = {future.result() for future in [pool.submit(get) for _ in range(8)]}
    assert len(found) == 1
    assert downloads == [model.model_id]


def test_the_least_recently_used_goes_first(world: World, services: Services, project: str, tmp_path: Path) -> None:
    models = [world.model(project, label) for label in ("a", "b", "c")]
    size = cache_of(services, tmp_path).get(project, models[0].model_id).size_bytes
    cache = cache_of(services, tmp_path, capacity=2 * size)
    first = cache.get(project, models[0].model_id)
    second = cache.get(project, models[1].model_id)
    assert cache.get(project, models[0].model_id) is first
    cache.get(project, models[2].model_id)
    assert cache.get(project, models[0].model_id) is first
    assert cache.get(project, models[1].model_id) is not second


def test_a_damaged_copy_on_disk_is_fetched_again(services: Services, model: TrainedModel, tmp_path: Path) -> None:
    cache_of(services, tmp_path).get(model.project, model.model_id)
    graph = tmp_path / model.model_id / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-10])
    cache_of(services, tmp_path).get(model.project, model.model_id).predict(["Anna lives in Rome."])


def test_a_model_damaged_in_storage_is_refused_by_name(services: Services, model: TrainedModel, tmp_path: Path) -> None:
    services.blobs.put("models", f"{model.project}/{model.model_id}/model.onnx", b"nothing", "text/plain")
    with pytest.raises(ArtifactError, match=r"model\.onnx"):
        cache_of(services, tmp_path).get(model.project, model.model_id)
    assert not (tmp_path / model.model_id).exists()


def test_a_model_that_is_gone(services: Services, project: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Train again"):
        cache_of(services, tmp_path).get(project, "never-there")


def test_a_swap_shows_in_the_next_call(world: World, services: Services, project: str) -> None:
    blue = world.deployment(project, "blue", world.model(project, "a"))
    green = world.deployment(project, "green", world.model(project, "b"))
    assert services.directory.resolve(project, "blue").deployment.model_id == blue.model_id
    deploying.swap(services, new_job(project, JobKind.SWAP, {"first": "blue", "second": "green"}))
    assert services.directory.resolve(project, "blue").deployment.model_id == green.model_id
    assert services.directory.resolve(project, "green").deployment.model_id == blue.model_id


def test_what_was_read_before_a_change_is_not_remembered_after_it(
    world: World, services: Services, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.deployment(project)
    directory = DeploymentDirectory(services.projects, services.deployments)
    get = services.deployments.get

    def slow(name: str, deployment: str) -> Deployment:
        found = get(name, deployment)
        services.deployments.put(replace(found, model_id="newer"))
        directory.forget()
        return found

    monkeypatch.setattr(services.deployments, "get", slow)
    assert directory.resolve(project, old.name).deployment.model_id == old.model_id
    monkeypatch.setattr(services.deployments, "get", get)
    assert directory.resolve(project, old.name).deployment.model_id == "newer"
