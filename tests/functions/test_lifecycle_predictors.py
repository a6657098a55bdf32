"""The cache of loaded models, and their files on disk."""

import errno
import os
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions.errors import ModelGoneError, TooLargeError
from functions.lifecycle import deploying, operations
from functions.lifecycle.model_files import ModelFiles
from functions.lifecycle.predictors import PredictorCache
from functions.services import Services
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.stores.models import ModelVersion, TrainedModel
from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError
from model_tools.inference.predictor import Predictor
from tests.functions.world import World

PLENTY = 1 << 30


def cache_of(services: Services, folder: Path, capacity: int = PLENTY) -> PredictorCache:
    files = ModelFiles(services.models, folder, capacity=PLENTY)
    return PredictorCache(services.models, files, capacity=capacity, threads=1)


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
        return id(cache.get(model.version))

    with ThreadPoolExecutor(8) as pool:
        found = {future.result() for future in [pool.submit(get) for _ in range(8)]}
    assert len(found) == 1
    assert downloads == [model.model_id]


def test_the_least_recently_used_goes_first(world: World, services: Services, project: str, tmp_path: Path) -> None:
    models = [world.model(project, label) for label in ("a", "b", "c")]
    size = cache_of(services, tmp_path).get(models[0].version).size_bytes
    cache = cache_of(services, tmp_path, capacity=4 * size)
    first = cache.get(models[0].version)
    second = cache.get(models[1].version)
    assert cache.get(models[0].version) is first
    cache.get(models[2].version)
    assert cache.get(models[0].version) is first
    assert cache.get(models[1].version) is not second


def test_room_is_made_before_it_is_taken(
    world: World, services: Services, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, damaged = (world.model(project, label) for label in ("a", "b", "c"))
    size = 2 * cache_of(services, tmp_path).get(first.version).size_bytes
    cache = cache_of(services, tmp_path, capacity=size + size // 2)
    beside: list[list[str]] = []

    class Watched(Predictor):
        def __init__(self, *given: Any, **named: Any) -> None:
            beside.append(list(cache._loaded))
            super().__init__(*given, **named)

    monkeypatch.setattr("functions.lifecycle.predictors.Predictor", Watched)
    for model in (first, second):
        cache.get(model.version)
    assert beside == [[], []]
    services.blobs.put("models", f"{project}/{damaged.model_id}/model.onnx", b"nothing", "text/plain")
    with pytest.raises(ArtifactError):
        cache.get(damaged.version)
    assert list(cache._loaded) == [second.model_id], "nobody makes room for what never comes"


def test_models_that_are_loaded_at_once_know_of_each_other(
    world: World, services: Services, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, first, second = (world.model(project, label) for label in ("a", "b", "c"))
    size = 2 * cache_of(services, tmp_path).get(old.version).size_bytes
    cache = cache_of(services, tmp_path, capacity=2 * size + size // 2)
    cache.get(old.version)
    both = threading.Barrier(2)

    class Slow(Predictor):
        def __init__(self, *given: Any, **named: Any) -> None:
            both.wait(30)
            assert list(cache._loaded) == [], "with both of them there is no room for a third"
            both.wait(30)
            super().__init__(*given, **named)

    monkeypatch.setattr("functions.lifecycle.predictors.Predictor", Slow)
    started = [cache.start(model.version) for model in (first, second)]
    assert [loading.result(60).size_bytes for loading in started] == [size // 2] * 2


def test_a_damaged_copy_on_disk_is_fetched_again(services: Services, model: TrainedModel, tmp_path: Path) -> None:
    cache_of(services, tmp_path).get(model.version)
    graph = tmp_path / model.model_id / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-10])
    cache_of(services, tmp_path).get(model.version).predict(["Anna lives in Rome."])


def test_a_model_damaged_in_storage_is_refused_by_name(services: Services, model: TrainedModel, tmp_path: Path) -> None:
    services.blobs.put("models", f"{model.project}/{model.model_id}/model.onnx", b"nothing", "text/plain")
    with pytest.raises(ArtifactError, match=r"model\.onnx"):
        cache_of(services, tmp_path).get(model.version)
    assert not (tmp_path / model.model_id).exists()


@pytest.mark.parametrize("where", ["storage", "disk"])
def test_a_manifest_that_is_another_one_is_not_trusted(
    services: Services, model: TrainedModel, tmp_path: Path, where: str
) -> None:
    """Whoever can write all files of a model writes a manifest that fits them."""
    draft = Path(shutil.copytree(services_artifact(services, model, tmp_path / "first"), tmp_path / "draft"))
    other = Artifact.seal(draft, msgspec.structs.replace(Artifact.open(draft).manifest, seed=666))
    cache = cache_of(services, tmp_path / "cache")
    if where == "storage":
        services.models.upload(model.project, model.model_id, other.paths)
        with pytest.raises(ArtifactError, match=f"SHA-256 {other.manifest_sha256}, not {model.manifest_sha256}"):
            cache.get(model.version)
        assert list((tmp_path / "cache").iterdir()) == []
    else:
        shutil.copytree(draft, tmp_path / "cache" / model.model_id)
        assert cache.get(model.version).manifest.seed == 0, "fetched again"


def test_rows_from_before_the_hash_was_kept(
    world: World, services: Services, model: TrainedModel, tmp_path: Path
) -> None:
    world.deployment(model.project, "d", model)
    for table, row in ((services.models._table, "m"), (services.deployments._table, "d")):
        stored = dict(table.get(model.project, row) or {})
        del stored["manifest_sha256"]
        table.put(stored)
    old, deployment = services.models.get(model.project, "m"), services.deployments.get(model.project, "d")
    assert old.version == deployment.version == ModelVersion(model.project, model.model_id, None)
    assert cache_of(services, tmp_path).get(old.version).predict(["Rome"])[0]
    job = new_job(model.project, JobKind.DEPLOY, {"deployment": "e", "modelLabel": "m"})
    assert operations.run_now(services, job, deploying.deploy).status is JobStatus.SUCCEEDED
    assert services.deployments.get(model.project, "e").version == old.version


def test_files_of_other_folders_are_none_of_a_model(services: Services, model: TrainedModel, tmp_path: Path) -> None:
    services.blobs.put("models", f"{model.project}/{model.model_id}/more/x.py", b"evil", "text/plain")
    folder = services_artifact(services, model, tmp_path)
    assert {path.name for path in folder.iterdir()} == {path.name for path in Artifact.open(folder).paths}


def test_a_model_that_is_gone(services: Services, project: str, tmp_path: Path) -> None:
    with pytest.raises(ModelGoneError, match="train again"):
        cache_of(services, tmp_path).get(ModelVersion(project, "never-there", None))


def test_a_failure_is_told_to_all_who_wait_and_tried_again_later(
    services: Services, model: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads = []
    download = services.models.download

    def damaged(project: str, model_id: str, folder: Path) -> None:
        downloads.append(model_id)
        download(project, model_id, folder)
        (folder / "model.onnx").write_bytes(b"nothing")

    monkeypatch.setattr(services.models, "download", damaged)
    cache = cache_of(services, tmp_path)
    for _ in range(5):
        with pytest.raises(ArtifactError, match=r"model\.onnx"):
            cache.get(model.version)
    assert len(downloads) == 1
    monkeypatch.setattr("functions.lifecycle.predictors._FAILURE_SECONDS", 0.0)
    cache = cache_of(services, tmp_path)
    with pytest.raises(ArtifactError, match=r"model\.onnx"):
        cache.get(model.version)
    monkeypatch.setattr(services.models, "download", download)
    assert cache.get(model.version).predict(["Rome"])[0]


def test_a_disk_that_is_full_is_no_crash(
    services: Services, model: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(services.models, "download", full)
    with pytest.raises(ArtifactError, match="No space left"):
        cache_of(services, tmp_path).get(model.version)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_needs_more_memory_than_there_is(services: Services, model: TrainedModel, tmp_path: Path) -> None:
    needed = 2 * Artifact.open(services_artifact(services, model, tmp_path)).size_bytes
    cache_of(services, tmp_path, capacity=needed + (4 << 10)).refuse_too_large(model.version)
    with pytest.raises(TooLargeError, match="NER_MODEL_CACHE_MB"):
        cache_of(services, tmp_path, capacity=needed - 1).refuse_too_large(model.version)


def services_artifact(services: Services, model: TrainedModel, folder: Path) -> Path:
    return ModelFiles(services.models, folder, capacity=PLENTY).fetch(model.version)


class TestDisk:
    """What stays on disk."""

    @pytest.fixture
    def models(self, world: World, project: str) -> list[TrainedModel]:
        return [world.model(project, label) for label in ("a", "b", "c", "d")]

    def test_the_longest_unused_go_first_and_loaded_ones_stay(
        self, services: Services, models: list[TrainedModel], tmp_path: Path
    ) -> None:
        files = ModelFiles(services.models, tmp_path, capacity=PLENTY)
        size = 0
        for age, model in enumerate(models):
            folder = files.fetch(model.version)
            size = sum(file.stat().st_size for file in folder.iterdir())
            used = time.time() - 100 + 10 * age
            os.utime(folder, (used, used))
        a, b, _, d = (model.model_id for model in models)
        files.folder(b)  # asking for it is use
        ModelFiles(services.models, tmp_path, capacity=2 * size).prune({a})
        assert {folder.name for folder in tmp_path.iterdir()} == {a, b, d}
        ModelFiles(services.models, tmp_path, capacity=0).prune({d})
        assert {folder.name for folder in tmp_path.iterdir()} == {d}

    def test_a_cache_keeps_the_disk_within_bounds(
        self, services: Services, models: list[TrainedModel], tmp_path: Path
    ) -> None:
        files = ModelFiles(services.models, tmp_path, capacity=0)
        cache = PredictorCache(services.models, files, capacity=1, threads=1)
        for model in models:
            cache.get(model.version)
        assert [folder.name for folder in tmp_path.iterdir()] == [models[-1].model_id], "the only one in memory"

    def test_drafts_of_killed_processes_go_in_the_end(self, services: Services, tmp_path: Path) -> None:
        old, new = (Path(tempfile.mkdtemp(prefix=".fetch-", dir=tmp_path)) for _ in range(2))
        (old / "draft").mkdir()
        os.utime(old, (time.time() - 7200,) * 2)
        ModelFiles(services.models, tmp_path, capacity=PLENTY).prune(set())
        assert list(tmp_path.iterdir()) == [new]
