"""From a deployment's name to what answers under it: how soon changes show, and what answers when a model is broken."""

import errno
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest
from azure.core.exceptions import ServiceRequestError

from functions.lifecycle import deploying, deployment_directory, operations, serving
from functions.lifecycle.deployment_directory import DeploymentDirectory
from functions.lifecycle.model_files import ModelFiles
from functions.lifecycle.predictors import PredictorCache
from functions.lifecycle.serving import Serving
from functions.services import Services
from functions.stores.deployments import Deployment
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.stores.models import ModelVersion, TrainedModel
from functions.stores.projects import Project
from model_tools.artifact import Artifact
from model_tools.errors import ArtifactError, NotFoundError
from model_tools.inference.stopwatch import Stopwatch
from tests.functions.world import World


class Clock:
    """Time that the test makes pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Instance:
    """Another process of the service, as far as predictions go."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.clock = Clock()
        self.prepared: list[str] = []
        self.folder = folder
        files = ModelFiles(services.models, folder, capacity=1 << 30)
        self.predictors = PredictorCache(services.models, files, capacity=1 << 30, threads=1)
        self.directory = DeploymentDirectory(services.projects, services.deployments, self._prepare, self.clock)
        self.serving = Serving(self.directory, self.predictors, self.clock)

    def _prepare(self, version: ModelVersion) -> None:
        self.predictors.start(version).exception()
        self.prepared.append(version.model_id)

    def model_of(self, project: str, name: str = "d") -> str:
        served = self.serving.open(project, name, Stopwatch())
        assert len(served.predictor.predict(["Ana Li saw Rome."])[0]) == 2
        return served.deployment.model_id

    def settle(self) -> None:
        """Waits for what goes on in the background."""
        # A look begins a load, so looks first.
        for work in (self.directory._refresh, self.predictors._fulfil):
            for thread in threading.enumerate():
                if thread.daemon and getattr(thread, "_target", None) == work:
                    thread.join(30)


@pytest.fixture
def instance(services: Services, tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(services, tmp_path)
    yield instance
    instance.settle()


def test_a_swap_shows_in_the_next_call(world: World, services: Services, project: str) -> None:
    blue = world.deployment(project, "blue", world.model(project, "a"))
    green = world.deployment(project, "green", world.model(project, "b"))
    assert services.directory.resolve(project, "blue").deployment.model_id == blue.model_id
    deploying.swap(services, new_job(project, JobKind.SWAP, {"first": "blue", "second": "green"}))
    assert services.directory.resolve(project, "blue").deployment.model_id == green.model_id
    assert services.directory.resolve(project, "green").deployment.model_id == blue.model_id


def test_another_instance_shows_a_swap_within_two_seconds(
    world: World, services: Services, project: str, instance: Instance
) -> None:
    blue = world.deployment(project, "blue", world.model(project, "a")).model_id
    green = world.deployment(project, "green", world.model(project, "b")).model_id
    assert instance.model_of(project, "blue") == blue
    assert instance.model_of(project, "green") == green
    deploying.swap(services, new_job(project, JobKind.SWAP, {"first": "blue", "second": "green"}))
    instance.clock.now += 0.5
    assert instance.model_of(project, "blue") == blue, "nobody waits for the tables yet"
    instance.clock.now += 1.4
    assert instance.model_of(project, "blue") == green


def test_a_new_model_is_loaded_while_the_old_one_answers(
    world: World, project: str, instance: Instance, services: Services
) -> None:
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    new = world.deployment(project, model=world.model(project, "n")).model_id
    instance.clock.now += 1.0
    assert instance.model_of(project) == old, "this request starts the look and does not wait for it"
    instance.settle()
    assert instance.prepared == [new]
    assert instance.model_of(project) == new, "found in the background"


def test_what_was_served_is_at_hand_until_it_is_old(world: World, project: str, instance: Instance) -> None:
    model_id = world.deployment(project).model_id
    assert not instance.serving.is_at_hand(project, "d")
    assert instance.model_of(project) == model_id
    assert instance.serving.is_at_hand(project, "d")
    instance.clock.now += 10
    assert not instance.serving.is_at_hand(project, "d"), "it may be another by now"
    assert instance.model_of(project) == model_id
    assert instance.serving.is_at_hand(project, "d")
    with pytest.raises(NotFoundError):
        instance.model_of(project, "e")
    assert not instance.serving.is_at_hand(project, "e")


def with_categories(world: World, project: str, label: str, *categories: str) -> TrainedModel:
    """A model that calls what it finds something else."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(shutil.copytree(world.artifact, Path(folder) / "draft"))
        tags = ("O", *(f"{kind}-{category}" for category in categories for kind in "BI"))
        manifest = msgspec.structs.replace(Artifact.open(draft).manifest, categories=categories, tags=tags)
        return world.model(project, label, folder=Artifact.seal(draft, manifest).folder)


@dataclass
class Gate:
    """Holds every download up until it is opened."""

    asked: threading.Event
    opened: threading.Event


@pytest.fixture
def gate(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(threading.Event(), threading.Event())
    download = services.models.download

    def slow(project: str, model_id: str, folder: Path) -> None:
        gate.asked.set()
        assert gate.opened.wait(60)
        download(project, model_id, folder)

    monkeypatch.setattr(services.models, "download", slow)
    yield gate
    gate.opened.set()


def found_by(instance: Instance, project: str) -> set[str]:
    served = instance.serving.open(project, "blue", Stopwatch())
    return {entity.category for entity in served.predictor.predict(["Ana Li saw Rome."])[0]}


def test_no_request_waits_for_a_swap(
    world: World, services: Services, project: str, instance: Instance, gate: Gate
) -> None:
    world.deployment(project, "blue", with_categories(world, project, "a", "City", "Person"))
    gate.opened.set()
    assert found_by(instance, project) == {"City", "Person"}
    gate.opened.clear()
    gate.asked.clear()
    world.deployment(project, "green", with_categories(world, project, "b", "Place", "Human"))
    deploying.swap(services, new_job(project, JobKind.SWAP, {"first": "blue", "second": "green"}))
    instance.clock.now += 1.9
    for _ in range(20):
        # Each would wait for ever: the download ends after all of them.
        assert found_by(instance, project) == {"City", "Person"}
        assert instance.serving.is_at_hand(project, "blue")
        instance.clock.now += 0.5
    assert gate.asked.wait(30)
    gate.opened.set()
    instance.settle()
    assert found_by(instance, project) == {"Place", "Human"}


def test_clients_at_once_see_one_model_and_then_the_other(
    world: World, services: Services, project: str, instance: Instance, gate: Gate
) -> None:
    world.deployment(project, "blue", with_categories(world, project, "a", "City", "Person"))
    gate.opened.set()
    found_by(instance, project)
    gate.opened.clear()
    gate.asked.clear()
    world.deployment(project, "green", with_categories(world, project, "b", "Place", "Human"))
    deploying.swap(services, new_job(project, JobKind.SWAP, {"first": "blue", "second": "green"}))
    seen: list[list[str]] = [[] for _ in range(4)]

    def ask(mine: list[str]) -> None:
        while "Place" not in mine:
            mine += sorted(found_by(instance, project) & {"City", "Place"})

    clients = [threading.Thread(target=ask, args=(mine,), daemon=True) for mine in seen]
    for client in clients:
        client.start()
    instance.clock.now += 1.9
    assert gate.asked.wait(30)
    before = [len(mine) for mine in seen]
    deadline = time.monotonic() + 30
    while any(len(mine) < count + 3 for mine, count in zip(seen, before, strict=True)):
        assert time.monotonic() < deadline, "all are answered while the download goes on"
        time.sleep(0.01)
    gate.opened.set()
    for client in clients:
        client.join(30)
    for mine in seen:
        assert mine[-1] == "Place"
        assert set(mine[:-1]) == {"City"}


def test_after_a_pause_the_new_model_is_waited_for(world: World, project: str, instance: Instance) -> None:
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    new = world.deployment(project, model=world.model(project, "n")).model_id
    instance.clock.now += 30
    assert instance.model_of(project) == new, "it may have been promised to show long ago"


def test_after_a_long_pause_the_new_model_is_waited_for_however_long_it_takes(
    world: World, project: str, instance: Instance, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_SETTLED_SECONDS", 0.01)
    gate.opened.set()
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    new = world.deployment(project, model=world.model(project, "n")).model_id
    gate.opened.clear()
    instance.clock.now += 3600
    threading.Timer(0.5, gate.opened.set).start()
    assert instance.model_of(project) == new, "the change may be as old as the pause"


def test_what_stands_in_is_not_waited_behind(
    world: World, project: str, instance: Instance, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that hangs costs the first request some patience, and none of those who come on its heels."""
    monkeypatch.setattr(serving, "_LOAD_SECONDS", 0.01)
    gate.opened.set()
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    world.deployment(project, model=world.model(project, "n"))
    gate.opened.clear()
    instance.clock.now += 3600
    assert instance.model_of(project) == old
    monkeypatch.setattr(serving, "_LOAD_SECONDS", 60)
    for _ in range(5):
        instance.clock.now += 1
        assert instance.model_of(project) == old


@pytest.fixture(params=[(seconds, hiccup) for seconds in (2, 20, 57, 3600) for hiccup in (False, True)], ids=str)
def rested(
    request: pytest.FixtureRequest,
    world: World,
    project: str,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[[], object]], None]:
    """Has an instance serve, does something, and lets time pass in which nobody asks.

    In half of the cases, storage does not answer when it is asked for the last time before the pause.
    """
    seconds, hiccup = request.param

    def act(change: Callable[[], object]) -> None:
        world.deployment(project)
        instance.model_of(project)
        if hiccup:
            with monkeypatch.context() as patched:
                failing = Mock(side_effect=ServiceRequestError("no route to host"))
                patched.setattr(world.services.projects, "get", failing)
                instance.clock.now += 2
                instance.model_of(project)
                instance.settle()
                assert failing.called
        change()
        instance.clock.now += seconds

    return act


def test_after_a_pause_a_deleted_deployment_is_gone_at_once(
    services: Services, project: str, instance: Instance, rested: Callable[[Callable[[], object]], None]
) -> None:
    job = new_job(project, JobKind.UNDEPLOY, {"deployment": "d"})
    rested(lambda: deploying.undeploy(services, job))
    with pytest.raises(NotFoundError, match="'d'"):
        instance.model_of(project)


def test_after_a_pause_the_newest_model_answers_at_once(
    world: World, project: str, instance: Instance, rested: Callable[[Callable[[], object]], None]
) -> None:
    new = world.model(project, "n")
    rested(lambda: world.deployment(project, model=new))
    assert instance.model_of(project) == new.model_id


def test_where_memory_holds_one_model_the_new_one_is_waited_for(
    world: World, project: str, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance.predictors, "_capacity", 1)
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    new = world.deployment(project, model=world.model(project, "n")).model_id
    instance.clock.now += 1.0
    instance.model_of(project)
    instance.settle()
    assert instance.model_of(project) == new


def test_a_deleted_deployment_is_gone_within_two_seconds(
    world: World, services: Services, project: str, instance: Instance
) -> None:
    world.deployment(project)
    instance.model_of(project)
    deploying.undeploy(services, new_job(project, JobKind.UNDEPLOY, {"deployment": "d"}))
    instance.clock.now += 1.0
    instance.model_of(project)
    instance.settle()
    instance.clock.now += 0.9
    with pytest.raises(NotFoundError, match="'d'"):
        instance.model_of(project)


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


def spoil(world: World, model: TrainedModel, loss: str) -> TrainedModel:
    """Makes a model in storage one that no instance can load, and gives what its row says then."""
    services, path = world.services, f"{model.project}/{model.model_id}"
    content = services.blobs.get("models", f"{path}/model.onnx")
    broken = {"damaged": b"x" * len(content), "truncated": content[:-1]}
    if loss == "gone":
        services.models.discard(model.project, model.model_id)
    elif loss in broken:
        services.blobs.put("models", f"{path}/model.onnx", broken[loss], "application/octet-stream")
    else:
        # Sealed as it is, so that every hash is right.
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(shutil.copytree(world.artifact, Path(folder) / "draft"))
            artifact = Artifact.open(draft)
            manifest = artifact.manifest
            match loss:
                case "tokenizer":
                    artifact.tokenizer.write_text('{"version": "1.0", "model": {"type": "Unknown"}}')
                case "graph":
                    artifact.model.write_bytes(content.replace(b"Gather", b"Gohter"))
                case "tags":  # fewer than the graph's columns: only the warm-up finds out
                    manifest = msgspec.structs.replace(manifest, tags=manifest.tags[:3])
                case "window":
                    manifest = msgspec.structs.replace(manifest, window=1)
            sealed = Artifact.seal(draft, manifest)
            services.models.upload(model.project, model.model_id, sealed.paths)
            model = replace(model, manifest_sha256=sealed.manifest_sha256)
            services.models.save(model)
    return model


LOSSES = ["damaged", "truncated", "gone", "tokenizer", "graph", "tags", "window"]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_model_that_this_instance_cannot_load_leaves_the_one_before_serving(
    world: World, project: str, instance: Instance, caplog: pytest.LogCaptureFixture, loss: str
) -> None:
    services = world.services
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    new = world.model(project, "n")
    world.deployment(project, model=spoil(world, new, loss))
    for pause in (5, 5, 3600, 1):
        instance.clock.now += pause
        assert instance.model_of(project) == old
    assert caplog.text.count(f"Model {old} stands in for {new.model_id}") == 1
    services.models.upload(project, new.model_id, Artifact.open(world.artifact).paths)
    world.deployment(project, model=new)
    shutil.rmtree(instance.folder / new.model_id, ignore_errors=True)
    instance.predictors._failed.clear()
    instance.directory.forget()
    instance.model_of(project)
    instance.settle()
    assert instance.model_of(project) == new.model_id, "repaired"


def test_without_one_before_the_error_is_told(
    world: World, services: Services, project: str, instance: Instance
) -> None:
    model = world.model(project)
    services.blobs.put("models", f"{project}/{model.model_id}/model.onnx", b"x", "application/octet-stream")
    world.deployment(project, model=model)
    with pytest.raises(ArtifactError, match=r"model\.onnx"):
        instance.model_of(project)


def test_a_disk_that_refuses_leaves_the_one_before_serving(
    world: World, project: str, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    world.deployment(project, model=world.model(project, "n"))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    instance.clock.now += 5
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert instance.model_of(project) == old


@pytest.mark.parametrize("loss", LOSSES)
def test_a_model_that_cannot_be_loaded_is_not_deployed(
    world: World, services: Services, project: str, loss: str
) -> None:
    old = world.deployment(project).model_id
    spoil(world, world.model(project, "n"), loss)
    job = new_job(project, JobKind.DEPLOY, {"deployment": "d", "modelLabel": "n"})
    ended = operations.run_now(services, job, deploying.deploy)
    assert ended.status is JobStatus.FAILED
    (problem,) = ended.errors
    assert problem.code == ("ModelGone" if loss == "gone" else "ArtifactInvalid")
    assert problem.message
    assert services.deployments.get(project, "d").model_id == old


def test_a_deleted_deployment_lends_its_model_to_no_later_one(
    world: World, services: Services, project: str, instance: Instance
) -> None:
    world.deployment(project)
    instance.model_of(project)
    deploying.undeploy(services, new_job(project, JobKind.UNDEPLOY, {"deployment": "d"}))
    instance.clock.now += 5
    with pytest.raises(NotFoundError):
        instance.model_of(project)
    assert instance.serving._good == {}
    assert instance.directory._known == {}
    world.deployment(project, model=spoil(world, world.model(project, "n"), "truncated"))
    with pytest.raises(ArtifactError):
        instance.model_of(project)


def test_a_project_that_was_made_again_is_another(world: World, services: Services, instance: Instance) -> None:
    name = world.project()
    world.deployment(name)
    instance.model_of(name)
    services.projects.delete(name)
    world.project(name)
    world.deployment(name, model=spoil(world, world.model(name, "n"), "truncated"))
    instance.clock.now += 5
    with pytest.raises(ArtifactError):
        instance.model_of(name)


def test_what_is_known_serves_on_for_a_minute_without_storage(
    world: World, project: str, instance: Instance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old

    def fail(*_: object) -> None:
        raise ServiceRequestError("no route to host")

    with monkeypatch.context() as patched:
        patched.setattr(world.services.projects, "get", fail)
        for _ in range(10):
            instance.clock.now += 5
            assert instance.model_of(project) == old
            instance.settle()
        assert caplog.text.count("could not be looked up") == 1
        instance.clock.now += 11
        with pytest.raises(ServiceRequestError):
            instance.model_of(project)
    new = world.deployment(project, model=world.model(project, "n")).model_id
    assert instance.model_of(project) == new


def test_nobody_waits_twice_for_a_storage_that_says_nothing(
    world: World, services: Services, project: str, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    answer, get = threading.Event(), services.projects.get

    def hang(name: str) -> Project:
        assert answer.wait(60)
        return get(name)

    monkeypatch.setattr(services.projects, "get", hang)
    waited = []
    result = Future.result

    def watched(future: Future[Any], timeout: float | None = None) -> Any:
        if timeout == deployment_directory._LOOK_SECONDS:
            waited.append(timeout)
            timeout = 0.01
        return result(future, timeout)

    monkeypatch.setattr(Future, "result", watched)
    for _ in range(5):
        instance.clock.now += 5
        assert instance.model_of(project) == old
    assert len(waited) == 1
    assert instance.serving.is_at_hand(project, "d"), "nobody waits for that look any more"
    answer.set()
    instance.settle()
    instance.clock.now += 5
    assert instance.model_of(project) == old
    assert len(waited) == 2, "it answers again"


def test_a_storage_that_does_not_answer_leaves_the_loaded_model_serving(
    world: World, project: str, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.deployment(project).model_id
    assert instance.model_of(project) == old
    new = world.deployment(project, model=world.model(project, "n")).model_id
    downloads = []

    def fail(*asked: object) -> None:
        downloads.append(asked)
        raise ServiceRequestError("no route to host")

    with monkeypatch.context() as patched:
        patched.setattr(world.services.models, "download", fail)
        for _ in range(3):
            instance.clock.now += 5
            assert instance.model_of(project) == old
        assert len(downloads) == 1, "not everybody waits for storage"
    instance.predictors._failed.clear()
    instance.model_of(project)
    instance.settle()
    assert instance.model_of(project) == new
