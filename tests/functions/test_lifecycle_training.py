"""Training: refusals before queueing, one at a time, and jobs that end well however their run ends."""

import hashlib
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from functions.errors import StaleError
from functions.lifecycle import child_process, maintenance, operations, supervision, training, training_run
from functions.services import Services
from functions.stores.connection import TRAINING_QUEUE
from functions.stores.jobs import Job, JobKind, JobStatus, new_job
from functions.stores.models import ModelStore, TrainedModel
from model_tools.dataset.snapshot import DOCUMENTS_FILE
from model_tools.errors import ConflictError, NerError, Problem
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, RUNTIME, ApiClient, assert_error
from tests.functions.world import World, unique

CITIES = ["Rome", "Oslo", "Bern", "Lima", "Cairo", "Paris"]
PEOPLE = ["Ana Li", "Bo Chen", "Eva Fox", "Dan Eby", "Gia Hall"]


@pytest.fixture
def labelled(world: World) -> str:
    """A project with 30 labelled documents."""
    project = world.project()
    for i in range(30):
        person, city = PEOPLE[i % len(PEOPLE)], CITIES[i % len(CITIES)]
        start = len(person) + 10
        text = f"{person} lives in {city}, since {i}."
        labels = Label(0, len(person), "Person"), Label(start, start + len(city), "City")
        world.labelled(project, f"{i:02}.txt", text, *labels)
    return project


@pytest.fixture
def small(world: World, project: str) -> str:
    """A project with four labelled documents: enough to be queued."""
    for i in range(4):
        world.labelled(project, f"{i}.txt", f"Ana Li, Rome, {i}", Label(0, 6, "Person"), Label(8, 12, "City"))
    return project


def train(client: ApiClient, project: str, **options: Any) -> Any:
    body = {"modelLabel": "m", "trainingConfigVersion": "fast", **options}
    return client.post(f"{AUTHORING}/projects/{project}:train", json=body)


def queued_job(services: Services, client: ApiClient, project: str) -> Job:
    reply = train(client, project)
    assert reply.status_code == 202, reply.text
    return services.jobs.get(project, client.get(reply.headers["operation-location"]).json()["jobId"])


def log_of(client: ApiClient, job: Job) -> list[dict[str, Any]]:
    reply = client.get(f"{AUTHORING}/projects/{job.scope}/train/jobs/{job.job_id}/log")
    assert reply.status_code == 200, reply.text
    lines: list[dict[str, Any]] = reply.json()["value"]
    return lines


def messages(services: Services, project: str) -> int:
    """How many messages of the project wait for the trainer."""
    queue = services.storage.queues.get_queue_client(TRAINING_QUEUE)
    return sum(project in b64decode(each.content).decode() for each in queue.peek_messages(32))


@pytest.fixture(autouse=True)
def _empty_queue(services: Services) -> None:
    services.storage.queues.get_queue_client(TRAINING_QUEUE).clear_messages()


# --- what is refused --------------------------------------------------------------------------------------------------


def test_nothing_to_train_on(services: Services, client: ApiClient, project: str) -> None:
    error = assert_error(train(client, project), 400, "InvalidArgument", inner="TrainingDataInsufficient")
    assert [each["code"] for each in error["details"]] == ["NoDocuments"]
    assert "Add files" in error["message"]
    assert list(services.jobs.read_all(project, JobKind.TRAIN)) == []
    assert messages(services, project) == 0


@pytest.mark.parametrize(
    ("labels", "datasets", "options", "code"),
    [
        ([False, False], [None, None], {}, "NoLabels"),
        ([True], [None], {}, "TooFewDocuments"),
        ([True, True], ["Train", "Train"], {"evaluationOptions": {"kind": "manual"}}, "TestSetEmpty"),
        ([True, True], ["Test", "Test"], {"evaluationOptions": {"kind": "manual"}}, "TrainingSetEmpty"),
        ([False, True], ["Train", "Test"], {"evaluationOptions": {"kind": "manual"}}, "NoLabelsInTraining"),
    ],
)
def test_data_that_cannot_be_trained_on(world: World, client: ApiClient, project: str, labels: Any, datasets: Any, options: Any, code: str) -> None:  # fmt: skip  # noqa: PLR0917
    for i, (has_label, dataset) in enumerate(zip(labels, datasets, strict=True)):
        given = [Label(0, 4, "City"), Label(5, 8, "Person")] if has_label else []
        world.labelled(project, f"{i}.txt", f"Rome Ana {i}", *given, dataset=dataset)
    error = assert_error(train(client, project, **options), 400, "InvalidArgument", inner="TrainingDataInsufficient")
    assert [each["code"] for each in error["details"]] == [code]
    assert len(error["details"][0]["message"].split(".")) > 2, "a reason and advice"
    assert list(world.services.jobs.read_all(project, JobKind.TRAIN)) == []
    assert messages(world.services, project) == 0


def test_a_category_without_test_examples_is_refused(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", "Rome Ana", Label(0, 4, "City"), Label(5, 8, "Person"), dataset="Train")
    world.labelled(project, "b.txt", "Rome", Label(0, 4, "City"), dataset="Test")
    reply = train(client, project, evaluationOptions={"kind": "manual"})
    error = assert_error(reply, 400, "InvalidArgument", inner="TrainingDataInsufficient")
    assert [(each["code"], each["target"]) for each in error["details"]] == [("CategoryNotInTest", "Person")]


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({"modelLabel": None}, "$.modelLabel"),
        ({"modelLabel": "a b"}, "$.modelLabel"),
        ({"modelLabel": ""}, "$.modelLabel"),
        ({"modelLabel": "x" * 51}, "$.modelLabel"),
        ({"trainingConfigVersion": "2021-01-01"}, "$.trainingConfigVersion"),
        ({"trainingConfigVersion": "../../etc/passwd"}, "$.trainingConfigVersion"),
        ({"evaluationOptions": {"kind": "random"}}, "$.evaluationOptions.kind"),
        ({"evaluationOptions": {"trainingSplitPercentage": 80, "testingSplitPercentage": 30}}, "$.evaluationOptions"),
        ({"evaluationOptions": {"trainingSplitPercentage": 100, "testingSplitPercentage": 0}}, "$.evaluationOptions"),
        ({"evaluationOptions": {"trainingSplitPercentage": 120, "testingSplitPercentage": -20}}, "$.evaluationOptions"),
        ({"evaluationOptions": {"testingSplitPercentage": 100}}, "$.evaluationOptions"),
        ({"evaluationOptions": {"trainingSplitPercentage": "80"}}, "$.evaluationOptions.trainingSplitPercentage"),
        ({"seed": -1}, "$.seed"),
        ({"seed": 2**32}, "$.seed"),
        ({"seed": 1.5}, "$.seed"),
    ],
)
def test_options_that_are_refused(client: ApiClient, small: str, change: Any, target: str) -> None:
    assert_error(train(client, small, **change), 400, "InvalidArgument", target=target)


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        (None, (80, 20)),
        ({}, (80, 20)),
        ({"kind": "percentage", "trainingSplitPercentage": 70, "testingSplitPercentage": 30}, (70, 30)),
        ({"testingSplitPercentage": 10}, (90, 10)),
        ({"trainingSplitPercentage": 60}, (60, 40)),
    ],
)
def test_the_split_is_filled_in(client: ApiClient, small: str, given: Any, filled: tuple[int, int]) -> None:
    state = client.finish(train(client, small, evaluationOptions=given))
    options = state["result"]["evaluationOptions"]
    assert (options["trainingSplitPercentage"], options["testingSplitPercentage"]) == filled


@pytest.mark.parametrize("config", ["2022-05-01", "latest", None, "default", "fast"])
def test_configurations(services: Services, client: ApiClient, small: str, config: str | None) -> None:
    job = services.jobs.get(small, client.finish(train(client, small, trainingConfigVersion=config))["jobId"])
    assert job.request["recipe"] == ("fast" if config == "fast" else "default")
    listed = client.get(f"{AUTHORING}/projects/global/training-config-versions").json()["value"]
    assert (config or "2022-05-01") in [each["trainingConfigVersion"] for each in listed]


# --- one at a time ----------------------------------------------------------------------------------------------------


def test_a_queued_job(services: Services, client: ApiClient, small: str) -> None:
    job = queued_job(services, client, small)
    assert job.status is JobStatus.NOT_STARTED
    assert messages(services, small) == 1
    state = client.get(f"{AUTHORING}/projects/{small}/train/jobs/{job.job_id}").json()
    assert state["result"]["trainingStatus"] == {"percentComplete": 0, "status": "notStarted"}
    assert state["result"]["evaluationStatus"] == {"percentComplete": 0, "status": "notStarted"}
    assert {warning["code"] for warning in state["warnings"]} == {"FewLabels"}
    listed = client.get(f"{AUTHORING}/projects/{small}/train/jobs").json()["value"]
    assert [each["jobId"] for each in listed] == [job.job_id]


def test_a_second_request_while_one_is_under_way(services: Services, client: ApiClient, small: str) -> None:
    job = queued_job(services, client, small)
    assert job.job_id in assert_error(train(client, small), 409, "Conflict")["message"]
    services.jobs.advance(job, JobStatus.RUNNING)
    assert_error(train(client, small), 409, "Conflict")
    assert messages(services, small) == 1


def test_a_request_after_the_last_has_ended(services: Services, client: ApiClient, small: str) -> None:
    services.jobs.advance(queued_job(services, client, small), JobStatus.FAILED)
    assert train(client, small).status_code == 202


def test_of_two_requests_at_once_one_is_queued(
    services: Services, client: ApiClient, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, plain = Barrier(2), training._check_unlocked

    def check(*args: Any) -> None:
        plain(*args)
        both.wait(10)

    monkeypatch.setattr(training, "_check_unlocked", check)
    options = training.TrainingOptions("m", "fast", "fast", {"kind": "percentage"}, 0.2, 0)

    def request(_: int) -> Job | NerError:
        try:
            return training.request_training(services, small, options)
        except NerError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        won, lost = sorted(pool.map(request, range(2)), key=lambda outcome: isinstance(outcome, NerError))
    assert isinstance(won, Job)
    assert isinstance(lost, ConflictError)
    assert services.projects.get(small).training_job == won.job_id
    statuses = sorted(job.status for job in services.jobs.read_all(small, JobKind.TRAIN))
    assert statuses == [JobStatus.FAILED, JobStatus.NOT_STARTED]
    assert messages(services, small) == 1


def test_texts_that_changed_or_went_are_left_out_with_a_warning(world: World, client: ApiClient, small: str) -> None:
    world.document(small, "0.txt", "another text")
    world.services.documents.delete(small, "1.txt")
    state = client.finish(train(client, small))
    assert {("TextChanged", "0.txt"), ("DocumentMissing", "1.txt")} <= {
        (warning["code"], warning.get("target")) for warning in state["warnings"]
    }


# --- a real run -------------------------------------------------------------------------------------------------------


def test_a_run_from_labels_to_predictions(services: Services, client: ApiClient, labelled: str) -> None:
    pytest.importorskip("torch", reason="training is not installed")
    job = queued_job(services, client, labelled)
    training_run.run_training(services, labelled, job.job_id)
    path = f"{AUTHORING}/projects/{labelled}"
    state = client.get(f"{path}/train/jobs/{job.job_id}").json()
    assert state["status"] == "succeeded", state
    for part in ("trainingStatus", "evaluationStatus"):
        assert (state["result"][part]["percentComplete"], state["result"][part]["status"]) == (100, "succeeded")
        assert state["result"][part]["startDateTime"] <= state["result"][part]["endDateTime"]
    lines = log_of(client, job)
    assert [line["code"] for line in lines if line["level"] == "info"] == [
        "queued", "started", "loading", "training", "exporting", "quantising", "evaluating", "saving", "succeeded"
    ]  # fmt: skip
    times = [datetime.fromisoformat(line["dateTime"]) for line in lines if line["level"] == "info"]
    assert times == sorted(times)
    (model,) = client.get(f"{path}/models").json()["value"]
    assert (model["label"], model["modelTrainingConfigVersion"], model["hasSnapshot"]) == ("m", "fast", False)
    assert client.get(path).json()["lastTrainedDateTime"]
    manifest = services.models.read_file(labelled, model["modelId"], "manifest.json")
    assert services.models.get(labelled, "m").manifest_sha256 == hashlib.sha256(manifest).hexdigest()
    summary = client.get(f"{path}/models/m/evaluation/summary-result").json()["customEntityRecognitionEvaluation"]
    assert set(summary["entities"]) == {"City", "Person"}
    assert summary["documentsCount"] == 6
    results = client.get(f"{path}/models/m/evaluation/result", stringIndexType="Utf16CodeUnit").json()["value"]
    assert len(results) == 6
    assert client.finish(client.put(f"{path}/deployments/d", json={"trainedModelLabel": "m"}))["status"] == "succeeded"
    body = {
        "kind": "CustomEntityRecognition",
        "analysisInput": {"documents": [{"id": "1", "text": "Ana Li lives in Rome, since 2."}]},
        "parameters": {"projectName": labelled, "deploymentName": "d"},
    }
    found = client.post(f"{RUNTIME}/:analyze-text", json=body).json()["results"]["documents"][0]["entities"]
    assert [(entity["text"], entity["category"]) for entity in found] == [("Ana Li", "Person"), ("Rome", "City")]
    # The message comes a second time: nothing happens.
    before = services.jobs.get(labelled, job.job_id).etag
    training_run.run_training(services, labelled, job.job_id)
    assert services.jobs.get(labelled, job.job_id).etag == before
    assert [each["modelId"] for each in client.get(f"{path}/models").json()["value"]] == [model["modelId"]]
    assert list(services.settings.data_dir.glob("training-*")) == []


# --- runs that end badly ----------------------------------------------------------------------------------------------

Child = subprocess.Popen[str]


def leave_alone(_: Child) -> None:
    """Nothing happens to the process."""


OnStart = Callable[[Callable[[Child], object]], list[Child]]


@pytest.fixture
def on_start(monkeypatch: pytest.MonkeyPatch) -> OnStart:
    """Does something to every training process as soon as it has started; gives the list of them."""
    monkeypatch.setattr(supervision, "HEARTBEAT_SECONDS", 0.05)
    plain = child_process.Child.start.__func__  # type: ignore[attr-defined]

    def install(action: Callable[[Child], object]) -> list[Child]:
        started: list[Child] = []

        def start(cls: Any, *args: Any) -> Any:
            child = plain(cls, *args)
            started.append(child.process)
            action(child.process)
            return child

        monkeypatch.setattr(child_process.Child, "start", classmethod(start))
        return started

    return install


def assert_no_trace(services: Services, project: str, children: list[Child]) -> None:
    assert all(child.returncode is not None for child in children)
    assert list(services.models.read_all(project)) == []
    assert list(services.blobs.listing("models", f"{project}/")) == []
    assert list(services.settings.data_dir.glob("training-*")) == []


def test_a_child_that_is_killed(services: Services, client: ApiClient, small: str, on_start: OnStart) -> None:
    children = on_start(lambda process: process.kill())
    job = queued_job(services, client, small)
    training_run.run_training(services, small, job.job_id)
    state = client.get(f"{AUTHORING}/projects/{small}/train/jobs/{job.job_id}").json()
    assert (state["status"], state["error"]["code"]) == ("failed", "TrainingFailed")
    assert "killed" in state["error"]["message"]
    assert state["result"]["trainingStatus"]["status"] == "failed"
    lines = log_of(client, job)
    assert [line["code"] for line in lines if line["level"] == "info"][:2] == ["queued", "started"]
    assert [line["code"] for line in lines if line["level"] == "info"][-1] == "failed"
    assert [line["message"] for line in lines if line["level"] == "error"] == [state["error"]["message"]]
    assert [line["code"] for line in lines if line["level"] == "warning"] == [
        each["code"] for each in state["warnings"]
    ]
    assert_no_trace(services, small, children)
    assert train(client, small).status_code == 202, "the lock is free"


def test_a_child_that_refuses(services: Services, client: ApiClient, small: str, on_start: OnStart) -> None:
    children = on_start(leave_alone)
    job = queued_job(services, client, small)
    name = f"{job.request['dataset']}/{DOCUMENTS_FILE}"
    services.blobs.put("datasets", name, b"no document", "application/octet-stream")
    training_run.run_training(services, small, job.job_id)
    failed = services.jobs.get(small, job.job_id)
    assert failed.status is JobStatus.FAILED
    assert failed.errors[0].code == "InvalidArgument"
    assert "dataset.jsonl:1" in failed.errors[0].message
    assert_no_trace(services, small, children)


def test_a_run_that_dies_while_it_uploads_leaves_its_checkpoint(
    services: Services, client: ApiClient, small: str, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_job(services, client, small)
    name = f"{small}/checkpoints/{job.job_id}"
    services.blobs.put("datasets", name, b"step 10", "application/octet-stream")

    def start(_cls: type[child_process.Child], arguments: list[str]) -> child_process.Child:
        """Stands for a training that succeeds at once."""
        shutil.copytree(artifact, arguments[arguments.index("--out") + 1])
        process = subprocess.Popen(["true"], stdin=subprocess.PIPE, text=True)
        return child_process.Child(process)

    def die(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(child_process.Child, "start", classmethod(start))
    monkeypatch.setattr(supervision, "HEARTBEAT_SECONDS", 0.05)
    with monkeypatch.context() as storage:
        storage.setattr(ModelStore, "upload", die)
        with pytest.raises(ConnectionResetError):
            training_run.run_training(services, small, job.job_id)
    assert services.blobs.get("datasets", name) == b"step 10"

    monkeypatch.setattr(supervision, "STALE_SECONDS", 0.0)
    training_run.run_training(services, small, job.job_id)
    assert services.jobs.get(small, job.job_id).status is JobStatus.SUCCEEDED
    assert list(services.blobs.listing("datasets", f"{small}/checkpoints/")) == []


def test_cancel_before_pick_up(services: Services, client: ApiClient, small: str, on_start: OnStart) -> None:
    children = on_start(leave_alone)
    job = queued_job(services, client, small)
    reply = client.post(f"{AUTHORING}/projects/{small}/train/jobs/{job.job_id}:cancel")
    assert client.finish(reply)["status"] == "succeeded"  # the cancellation itself, as the SDK's poller asks
    assert client.get(f"{AUTHORING}/projects/{small}/train/jobs/{job.job_id}").json()["status"] == "cancelled"
    training_run.run_training(services, small, job.job_id)
    assert children == []
    assert [line["code"] for line in log_of(client, job)] == ["queued", "cancelled", *(w.code for w in job.warnings)]
    error = assert_error(
        client.post(f"{AUTHORING}/projects/{small}/train/jobs/{job.job_id}:cancel"), 400, "InvalidRequest"
    )
    assert "already completed" in error["message"]


def test_cancel_while_it_runs(services: Services, client: ApiClient, small: str, on_start: OnStart) -> None:
    job = queued_job(services, client, small)
    path = f"{AUTHORING}/projects/{small}/train/jobs/{job.job_id}"
    children = on_start(lambda _: client.post(f"{path}:cancel"))
    training_run.run_training(services, small, job.job_id)
    assert client.get(path).json()["status"] == "cancelled"
    assert client.get(f"{path}", lro="train").json()["status"] == "canceled"
    assert_no_trace(services, small, children)
    assert train(client, small).status_code == 202


def test_a_cancellation_after_the_model_is_there_comes_too_late(
    services: Services, client: ApiClient, small: str, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_job(services, client, small)
    job = services.jobs.advance(job, JobStatus.RUNNING, owner=supervision.PROCESS)
    path = f"{AUTHORING}/projects/{small}/train/jobs/{job.job_id}"
    save = ModelStore.save

    def save_then_cancel(store: ModelStore, model: TrainedModel) -> None:
        save(store, model)
        assert client.post(f"{path}:cancel").status_code == 202

    monkeypatch.setattr(ModelStore, "save", save_then_cancel)
    training_run._finish(services, job, artifact, "2026-01-01T00:00:00Z", 1.0)
    assert client.get(path).json()["status"] == "succeeded"
    assert [model.label for model in services.models.read_all(small)] == ["m"]


def test_a_cancellation_as_the_child_dies_ends_at_once(
    services: Services, client: ApiClient, small: str, on_start: OnStart
) -> None:
    job = queued_job(services, client, small)
    path = f"{AUTHORING}/projects/{small}/train/jobs/{job.job_id}"

    def cancel_and_kill(process: Child) -> None:
        client.post(f"{path}:cancel")
        process.kill()
        process.wait()

    children = on_start(cancel_and_kill)
    training_run.run_training(services, small, job.job_id)
    assert client.get(path).json()["status"] == "cancelled"
    assert_no_trace(services, small, children)


def test_a_project_that_is_deleted_while_it_trains(services: Services, client: ApiClient, small: str, on_start: OnStart) -> None:  # fmt: skip
    job = queued_job(services, client, small)
    children = on_start(lambda _: client.delete(f"{AUTHORING}/projects/{small}"))
    training_run.run_training(services, small, job.job_id)
    assert_no_trace(services, small, children)


def test_a_run_that_another_took_over_stops(
    services: Services, client: ApiClient, small: str, on_start: OnStart
) -> None:
    job = queued_job(services, client, small)

    def take_over(_: Child) -> None:
        services.jobs.advance(services.jobs.get(small, job.job_id), JobStatus.RUNNING, owner="another")

    children = on_start(take_over)
    training_run.run_training(services, small, job.job_id)
    current = services.jobs.get(small, job.job_id)
    assert (current.status, current.owner) == (JobStatus.RUNNING, "another")
    assert_no_trace(services, small, children)


def test_a_run_that_was_taken_over_stores_no_file(
    services: Services, client: ApiClient, small: str, artifact: Path
) -> None:
    """The row of its successor's model is bound to the files of its successor."""
    job = services.jobs.advance(queued_job(services, client, small), JobStatus.RUNNING, owner=supervision.PROCESS)
    services.jobs.advance(job, JobStatus.RUNNING, owner="another")
    with pytest.raises(StaleError):
        training_run._finish(services, job, artifact, "2026-01-01T00:00:00Z", 1.0)
    assert list(services.blobs.listing("models", f"{small}/")) == []


def test_a_job_that_another_works_on_is_not_touched(services: Services, client: ApiClient, small: str, on_start: OnStart) -> None:  # fmt: skip
    children = on_start(leave_alone)
    job = services.jobs.advance(queued_job(services, client, small), JobStatus.RUNNING, owner="another")
    with pytest.raises(ConflictError, match="another"):
        training_run.run_training(services, small, job.job_id)
    assert services.jobs.get(small, job.job_id).etag == job.etag
    assert children == []


def test_a_job_whose_run_died_is_taken_over(services: Services, client: ApiClient, small: str, on_start: OnStart, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    children = on_start(lambda process: process.kill())
    monkeypatch.setattr(supervision, "STALE_SECONDS", 0.0)
    job = services.jobs.advance(queued_job(services, client, small), JobStatus.RUNNING, owner="dead")
    training_run.run_training(services, small, job.job_id)
    assert len(children) == 1
    assert services.jobs.get(small, job.job_id).owner == supervision.PROCESS
    assert [line["code"] for line in log_of(client, job)][:2] == ["queued", "resumed"]


def test_the_log_of_a_job_that_is_not_there(client: ApiClient, services: Services, small: str) -> None:
    other = services.jobs.create(new_job(small, JobKind.EXPORT))
    for job_id in ("none", other.job_id):
        path = f"{AUTHORING}/projects/{small}/train/jobs/{job_id}/log"
        assert_error(client.get(path), 404, "OperationNotFound")


def test_a_job_of_a_project_that_is_gone(services: Services) -> None:
    training_run.run_training(services, unique(), "job")


# --- the sweeper ------------------------------------------------------------------------------------------------------

AGES = {
    "fresh": timedelta(0),
    "silent": timedelta(minutes=2),
    "lost": timedelta(minutes=13),
    "forgotten": timedelta(hours=25),
}


@pytest.mark.parametrize(
    ("status", "age", "after"),
    [
        (JobStatus.NOT_STARTED, "lost", JobStatus.NOT_STARTED),
        (JobStatus.NOT_STARTED, "forgotten", JobStatus.FAILED),
        (JobStatus.RUNNING, "fresh", JobStatus.RUNNING),
        (JobStatus.RUNNING, "silent", JobStatus.RUNNING),
        (JobStatus.RUNNING, "lost", JobStatus.FAILED),
        (JobStatus.CANCELLING, "fresh", JobStatus.CANCELLING),
        (JobStatus.CANCELLING, "silent", JobStatus.CANCELLED),
        (JobStatus.SUCCEEDED, "forgotten", JobStatus.SUCCEEDED),
    ],
)
def test_the_sweeper_ends_what_nobody_works_on(
    services: Services, world: World, status: JobStatus, age: str, after: JobStatus
) -> None:
    updated = datetime.now(UTC) - AGES[age]
    project = services.projects.get(world.project())
    job = services.jobs.create(replace(new_job(project.name, JobKind.TRAIN), status=status, updated=updated))
    services.projects.update(replace(project, training_job=job.job_id))
    maintenance.sweep(services)
    found = services.jobs.get(job.scope, job.job_id)
    assert found.status is after
    assert [problem.code for problem in found.errors] == (["TrainerLost"] if after is JobStatus.FAILED else [])


@pytest.mark.parametrize(
    ("status", "age", "after"),
    [
        (JobStatus.NOT_STARTED, "fresh", JobStatus.FAILED),
        (JobStatus.RUNNING, "fresh", JobStatus.RUNNING),
        (JobStatus.RUNNING, "silent", JobStatus.FAILED),
        (JobStatus.SUCCEEDED, "fresh", JobStatus.SUCCEEDED),
    ],
)
def test_a_message_that_was_given_up(services: Services, status: JobStatus, age: str, after: JobStatus) -> None:
    updated = datetime.now(UTC) - AGES[age]
    job = services.jobs.create(replace(new_job(unique(), JobKind.TRAIN), status=status, updated=updated))
    maintenance.fail_unless_running(services, job.scope, job.job_id)
    assert services.jobs.get(job.scope, job.job_id).status is after


def test_giving_up_what_is_gone(services: Services) -> None:
    maintenance.fail_unless_running(services, unique(), "job")
    operations.fail(services, unique(), "job", Problem("c", "m"))


def test_two_models_of_one_label_have_two_ids(services: Services) -> None:
    job = new_job("p", JobKind.TRAIN, {"modelLabel": "m"})
    other = new_job("p", JobKind.TRAIN, {"modelLabel": "m"})
    assert training.model_id_of(job) == training.model_id_of(job) != training.model_id_of(other)
