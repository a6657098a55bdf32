"""Predictions over HTTP: shapes, units, statistics, faults of documents and of tasks, jobs small and large."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import onnxruntime as ort
import pytest

from functions.lifecycle import analysis, analysis_jobs
from functions.lifecycle.predictors import PredictorCache
from functions.services import Services
from functions.stores.jobs import RUNTIME_SCOPE, Job, JobKind, JobStatus, new_job
from model_tools.errors import Problem
from model_tools.inference.stopwatch import Stopwatch
from model_tools.spans import Entity
from tests.functions.api_client import HOST, RUNTIME, ApiClient, assert_error
from tests.functions.world import World, unique

JOBS = f"{RUNTIME}/analyze-text/jobs"
SYNC = f"{RUNTIME}/:analyze-text"
UNITS = ["UnicodeCodePoint", "Utf16CodeUnit", "TextElements_v8"]
TEXT = "😀 Ana Li\r\n東京 Jose\u0301 🇫🇷🇩🇪 Rome"
EXPECTED = {
    # (offset, length) of Ana Li, 東京, José, Rome
    "UnicodeCodePoint": [(2, 6), (10, 2), (13, 5), (24, 4)],
    "Utf16CodeUnit": [(3, 6), (11, 2), (14, 5), (29, 4)],
    "TextElements_v8": [(2, 6), (9, 2), (12, 4), (19, 4)],
}
LARGE = "Rome and nothing else. " * 1000
"""Too much for the POST: goes to the queue."""

AtTask = Callable[[int, Callable[[], object]], None]


@pytest.fixture
def deployed(world: World, project: str) -> str:
    """A project with a deployment `d`."""
    world.deployment(project)
    return project


def task(project: str, deployment: str = "d", name: str | None = None, **parameters: Any) -> dict[str, Any]:
    body = {
        "kind": "CustomEntityRecognition",
        "parameters": {"projectName": project, "deploymentName": deployment, **parameters},
    }
    return body if name is None else {**body, "taskName": name}


def documents(*texts: str, language: str | None = None) -> dict[str, Any]:
    extra = {} if language is None else {"language": language}
    return {"documents": [{"id": str(i), "text": text, **extra} for i, text in enumerate(texts)]}


def analyse(
    client: ApiClient, project: str, *texts: str, query: dict[str, Any] | None = None, **parameters: Any
) -> Any:
    body = task(project, **parameters) | {"analysisInput": documents(*texts)}
    reply = client.post(SYNC, json=body, **query or {})
    assert reply.status_code == 200, reply.text
    return reply.json()["results"]


def submit(client: ApiClient, tasks: list[dict[str, Any]], given: dict[str, Any], **fields: Any) -> str:
    """The address of the job."""
    reply = client.post(JOBS, json={"analysisInput": given, "tasks": tasks, **fields})
    assert reply.status_code == 202, reply.text
    location: str = reply.headers["operation-location"]
    assert location.startswith(f"https://{HOST}{JOBS}/")
    return location


def job_id_of(location: str) -> str:
    return location.split("?", maxsplit=1)[0].rsplit("/", 1)[1]


# --- units ------------------------------------------------------------------------------------------------------------


def slice_of(text: str, unit: str, offset: int, length: int) -> str:
    """What a client cuts out that counts in code points or UTF-16."""
    if unit == "UnicodeCodePoint":
        return text[offset : offset + length]
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")


@pytest.mark.parametrize("unit", UNITS)
def test_offsets_in_every_unit(client: ApiClient, deployed: str, unit: str) -> None:
    results = analyse(client, deployed, TEXT, stringIndexType=unit)
    entities = results["documents"][0]["entities"]
    assert [entity["text"] for entity in entities] == ["Ana Li", "東京", "Jose\u0301", "Rome"]
    assert [entity["category"] for entity in entities] == ["Person", "City", "Person", "City"]
    assert [(entity["offset"], entity["length"]) for entity in entities] == EXPECTED[unit]
    if unit != "TextElements_v8":
        assert all(slice_of(TEXT, unit, e["offset"], e["length"]) == e["text"] for e in entities)
    assert all(entity["confidenceScore"] == 1.0 for entity in entities)


def test_the_default_unit_is_the_real_services(client: ApiClient, deployed: str) -> None:
    assert analyse(client, deployed, TEXT) == analyse(client, deployed, TEXT, stringIndexType="TextElements_v8")


class Fixed:
    """Predicts the same spans in every text."""

    def __init__(self, *entities: Entity) -> None:
        self._entities = list(entities)

    def predict(self, texts: Sequence[str], _: Stopwatch) -> list[list[Entity]]:
        return [self._entities for _ in texts]


@pytest.fixture
def stubbed(deployed: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A project whose model finds a person from 2 to 6 in every text."""
    monkeypatch.setattr(PredictorCache, "get", lambda *_: Fixed(Entity(2, 6, "Person", 0.994)))
    return deployed


@pytest.mark.parametrize(
    ("unit", "text", "where"),
    [
        ("UnicodeCodePoint", "Jose", (2, 4)),
        ("Utf16CodeUnit", "Jose", (3, 4)),
        ("TextElements_v8", "Jose\u0301", (2, 4)),  # there is no number for the place before the combining mark
    ],
)
def test_an_entity_that_ends_inside_a_text_element(
    client: ApiClient, stubbed: str, unit: str, text: str, where: tuple[int, int]
) -> None:
    (entity,) = analyse(client, stubbed, "😀 Jose\u0301!", stringIndexType=unit)["documents"][0]["entities"]
    assert (entity["text"], entity["confidenceScore"]) == (text, 0.99)
    assert (entity["offset"], entity["length"]) == where


def test_entities_below_the_projects_threshold_are_left_out(world: World, client: ApiClient) -> None:
    found = {}
    for threshold in (None, 0.5, 0.6):
        project = world.project(settings={} if threshold is None else {"confidenceThreshold": threshold})
        world.deployment(project)
        entities = analyse(client, project, "Rome or Oslo")["documents"][0]["entities"]
        found[threshold] = [entity["text"] for entity in entities]
    assert found == {None: ["Rome", "Oslo"], 0.5: ["Rome", "Oslo"], 0.6: ["Rome"]}


# --- one round trip ---------------------------------------------------------------------------------------------------


def test_the_synchronous_reply(client: ApiClient, deployed: str) -> None:
    body = task(deployed) | {"analysisInput": documents("Rome", "nothing here")}
    assert client.post(SYNC, json=body).json() == {
        "kind": "CustomEntityRecognitionResults",
        "results": {
            "documents": [
                {
                    "id": "0",
                    "entities": [
                        {"text": "Rome", "category": "City", "offset": 0, "length": 4, "confidenceScore": 1.0}
                    ],
                    "warnings": [],
                },
                {"id": "1", "entities": [], "warnings": []},
            ],
            "errors": [],
            "projectName": deployed,
            "deploymentName": "d",
        },
    }


@pytest.mark.parametrize("flag", ["true", "True"])
def test_statistics_where_asked_for(client: ApiClient, deployed: str, flag: str) -> None:
    texts = ["Rome", " ", "e\u0301" * 1000, "x" * 1001]
    results = analyse(client, deployed, *texts, query={"showStats": flag})
    assert results["statistics"] == {
        "documentsCount": 4,
        "validDocumentsCount": 3,
        "erroneousDocumentsCount": 1,
        "transactionsCount": 4,
    }
    assert [document["statistics"] for document in results["documents"]] == [
        {"charactersCount": 4, "transactionsCount": 1},
        {"charactersCount": 1000, "transactionsCount": 1},
        {"charactersCount": 1001, "transactionsCount": 2},
    ]


@pytest.mark.parametrize("flag", [{}, {"showStats": "false"}])
def test_no_statistics_elsewhere(client: ApiClient, deployed: str, flag: dict[str, str]) -> None:
    results = analyse(client, deployed, "Rome", query=flag)
    assert "statistics" not in results
    assert "statistics" not in results["documents"][0]


def test_faults_of_documents_leave_the_others_alone(client: ApiClient, deployed: str) -> None:
    given = [
        {"id": "a", "text": "Rome"},
        {"id": "b", "text": ""},
        {"id": "c", "text": "\r\n\t "},
        {"id": "d", "text": "Rome", "language": "klingon"},
        {"id": "e", "text": "Rome", "language": "auto"},
        {"id": "f", "text": "Rome", "language": "en-AU"},
        {"id": "g", "text": "Rome", "language": None},
    ]
    reply = client.post(SYNC, json=task(deployed) | {"analysisInput": {"documents": given}})
    results = reply.json()["results"]
    assert [document["id"] for document in results["documents"]] == ["a", "e", "f", "g"]
    assert all(len(document["entities"]) == 1 for document in results["documents"])
    errors = {error["id"]: error["error"] for error in results["errors"]}
    empty = {"code": "InvalidDocument", "message": "Document text is empty."}
    assert errors["b"] == errors["c"] == {
        "code": "InvalidArgument",
        "message": "Invalid Document in request.",
        "innererror": empty,
    }  # fmt: skip
    assert errors["d"]["code"] == "InvalidArgument"
    assert errors["d"]["message"] == "Invalid Language Code."
    assert errors["d"]["innererror"]["code"] == "UnsupportedLanguageCode"


def test_a_long_text_is_read_to_its_end(client: ApiClient, deployed: str) -> None:
    text = "nothing " * 5000 + "Rome"
    (entity,) = analyse(client, deployed, text)["documents"][0]["entities"]
    assert (entity["text"], entity["offset"]) == ("Rome", 40_000)


def test_a_damaged_model_is_a_503(world: World, services: Services, client: ApiClient, project: str) -> None:
    model = world.model(project)
    services.blobs.put("models", f"{project}/{model.model_id}/model.onnx", b"damaged", "application/octet-stream")
    world.deployment(project, model=model)
    body = task(project) | {"analysisInput": documents("Rome")}
    assert_error(client.post(SYNC, json=body), 503, "ArtifactInvalid")


def test_a_lost_model_is_a_503_with_advice(world: World, services: Services, client: ApiClient, project: str) -> None:
    model = world.model(project)
    services.blobs.delete_folder("models", f"{project}/{model.model_id}/")
    world.deployment(project, model=model)
    body = task(project) | {"analysisInput": documents("Rome")}
    assert "train again" in assert_error(client.post(SYNC, json=body), 503, "ModelGone")["message"]


@pytest.mark.parametrize("loss", ["manifest.json", "model.onnx", "graph", "disk"])
def test_a_broken_model_tells_of_no_path(
    world: World, client: ApiClient, project: str, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    services = world.services
    model = world.model(project)
    if loss == "graph":
        real = ort.InferenceSession

        def session(path: Path, *given: Any, **named: Any) -> ort.InferenceSession:
            path.write_bytes(b"nothing")
            return real(path, *given, **named)

        monkeypatch.setattr(ort, "InferenceSession", session)
    elif loss == "disk":
        full = OSError(errno.ENOSPC, "No space left on device", str(services.settings.data_dir / "models/m/model.onnx"))
        monkeypatch.setattr(services.models, "download", Mock(side_effect=full))
    else:
        services.blobs.delete("models", f"{project}/{model.model_id}/{loss}")
    world.deployment(project, model=model)
    body = task(project) | {"analysisInput": documents("Rome")}
    message = assert_error(client.post(SYNC, json=body), 503, "ArtifactInvalid")["message"]
    assert "the model's folder" in message
    assert str(services.settings.data_dir) not in message


# --- jobs -------------------------------------------------------------------------------------------------------------


def test_a_small_job_is_done_at_the_first_poll(client: ApiClient, deployed: str) -> None:
    location = submit(client, [task(deployed, name="0")], documents("Rome", ""), displayName="dn")
    reply = client.get(location)
    state = reply.json()
    assert "retry-after" not in reply.headers
    assert (state["status"], state["displayName"], state["errors"]) == ("succeeded", "dn", [])
    assert state["jobId"] == job_id_of(location)
    assert "error" not in state
    created = datetime.fromisoformat(state["createdDateTime"])
    assert datetime.fromisoformat(state["expirationDateTime"]) - created == timedelta(hours=24)
    assert state["lastUpdatedDateTime"] == state["lastUpdateDateTime"]
    tasks = state["tasks"]
    assert {name: tasks[name] for name in ("completed", "failed", "inProgress", "total")} == {
        "completed": 1,
        "failed": 0,
        "inProgress": 0,
        "total": 1,
    }
    (item,) = tasks["items"]
    assert (item["kind"], item["taskName"], item["status"]) == ("CustomEntityRecognitionLROResults", "0", "succeeded")
    assert datetime.fromisoformat(item["lastUpdateDateTime"]).tzinfo is not None
    assert item["results"]["documents"][0]["entities"][0]["text"] == "Rome"
    assert item["results"]["errors"][0]["id"] == "1"


def test_what_was_not_given_is_absent(client: ApiClient, deployed: str) -> None:
    state = client.get(submit(client, [task(deployed)], documents("Rome"))).json()
    assert "displayName" not in state
    assert "taskName" not in state["tasks"]["items"][0]
    assert None not in state.values()


def test_the_default_language_is_for_documents_without_one(client: ApiClient, deployed: str) -> None:
    given = {"documents": [{"id": "a", "text": "x"}, {"id": "b", "text": "x", "language": "en"}]}
    state = client.get(submit(client, [task(deployed)], given, defaultLanguage="klingon")).json()
    results = state["tasks"]["items"][0]["results"]
    assert [document["id"] for document in results["documents"]] == ["b"]
    assert [error["id"] for error in results["errors"]] == ["a"]


def test_a_window_of_the_documents_of_every_task(client: ApiClient, deployed: str) -> None:
    location = submit(client, [task(deployed), task(deployed)], documents(*["Rome"] * 5))
    items = client.get(f"{location}&top=2&skip=1&showStats=true").json()["tasks"]["items"]
    for item in items:
        assert [document["id"] for document in item["results"]["documents"]] == ["1", "2"]
        assert item["results"]["statistics"]["documentsCount"] == 2


def test_a_mixed_job_succeeds_and_says_which_tasks_failed(client: ApiClient, deployed: str) -> None:
    tasks = [
        task(deployed, name="good"),
        task(deployed, "unknown", name="no deployment"),
        {"kind": "SentimentAnalysis", "taskName": "other kind"},
        task(unique(), name="no project"),
    ]
    state = client.get(submit(client, tasks, documents("Rome"))).json()
    assert state["status"] == "succeeded"
    assert "error" not in state
    assert [(item["taskName"], item["status"]) for item in state["tasks"]["items"]] == [
        ("good", "succeeded"),
        ("no deployment", "failed"),
        ("other kind", "failed"),
        ("no project", "failed"),
    ]
    assert [error["target"] for error in state["errors"]] == [f"#/tasks/items/{i}" for i in (1, 2, 3)]
    assert [error["code"] for error in state["errors"]] == ["NotFound", "InvalidArgument", "ProjectNotFound"]
    assert all("results" not in item for item in state["tasks"]["items"][1:])
    assert state["tasks"]["items"][2]["kind"] == "SentimentAnalysisLROResults"
    assert (state["tasks"]["completed"], state["tasks"]["failed"]) == (1, 3)


def test_a_job_of_failures_fails_with_an_error_for_every_client(client: ApiClient, project: str) -> None:
    state = client.get(submit(client, [task(project), task(unique())], documents("Rome"))).json()
    assert state["status"] == "failed"
    assert state["error"]["code"] == "NotFound"
    assert "deployment" in state["error"]["message"]
    assert [error["target"] for error in state["errors"]] == ["#/tasks/items/0", "#/tasks/items/1"]


def test_a_finished_job_cannot_be_cancelled(client: ApiClient, deployed: str) -> None:
    job_id = job_id_of(submit(client, [task(deployed)], documents("Rome")))
    error = assert_error(client.post(f"{JOBS}/{job_id}:cancel"), 400, "InvalidRequest")
    assert error["message"] == f"Failed to cancel job with job id {job_id} as its already completed."


def test_an_expired_job_is_gone(services: Services, client: ApiClient, deployed: str) -> None:
    job_id = job_id_of(submit(client, [task(deployed)], documents("Rome")))
    job = services.jobs.get(RUNTIME_SCOPE, job_id)
    past = replace(job, job_id=unique(job_id[:2]), expires=datetime.now(UTC) - timedelta(seconds=1))
    services.jobs.create(past)
    assert_error(client.get(f"{JOBS}/{past.job_id}"), 404, "OperationNotFound", target="jobId")
    assert_error(client.post(f"{JOBS}/{past.job_id}:cancel"), 404, "OperationNotFound")


# --- queued jobs ------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_holding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls of running jobs answer at once."""
    monkeypatch.setattr("functions.http.app._HOLD_SECONDS", 0.0)


@pytest.fixture
def queued(client: ApiClient, deployed: str) -> str:
    """The id of a queued job of three tasks, the second of which fails."""
    tasks = [task(deployed, name="0"), task(deployed, "unknown", name="1"), task(deployed, name="2")]
    return job_id_of(submit(client, tasks, documents(LARGE)))


@pytest.fixture
def at_task(monkeypatch: pytest.MonkeyPatch) -> AtTask:
    """Does something while the n-th task from now (from 0) is being worked on."""
    plain = analysis.run_task
    calls = 0

    def install(n: int, action: Callable[[], object]) -> None:
        def run_task(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == n + 1:
                action()
            return plain(*args)

        monkeypatch.setattr(analysis, "run_task", run_task)

    return install


def work_off(services: Services, job_id: str) -> None:
    """Delivers every message of a job, in order."""
    for number in range(len(stored(services, job_id).request["chunks"])):
        analysis_jobs.run_chunk(services, job_id, number)


def state_of(client: ApiClient, job_id: str) -> Any:
    reply = client.get(f"{JOBS}/{job_id}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def stored(services: Services, job_id: str) -> Job:
    return services.jobs.get(RUNTIME_SCOPE, job_id)


def assert_done(state: Any) -> None:
    assert state["status"] == "succeeded"
    assert [item["status"] for item in state["tasks"]["items"]] == ["succeeded", "failed", "succeeded"]
    assert len(state["tasks"]["items"][2]["results"]["documents"][0]["entities"]) == 1000
    assert [error["target"] for error in state["errors"]] == ["#/tasks/items/1"]


def test_a_large_job_waits_and_says_when_to_come_back(services: Services, client: ApiClient, queued: str) -> None:
    reply = client.get(f"{JOBS}/{queued}")
    assert (reply.json()["status"], reply.json()["tasks"]["inProgress"]) == ("notStarted", 3)
    assert reply.json()["tasks"]["items"] == []
    assert {name: reply.headers[name] for name in ("retry-after", "retry-after-ms", "x-ms-retry-after-ms")}
    assert stored(services, queued).request["documents"]


def test_a_large_job_is_worked_off(services: Services, client: ApiClient, queued: str) -> None:
    work_off(services, queued)
    assert_done(state_of(client, queued))
    assert "documents" not in stored(services, queued).request  # the texts go with the work


def test_a_second_delivery_changes_nothing(services: Services, client: ApiClient, queued: str) -> None:
    work_off(services, queued)
    before = stored(services, queued)
    work_off(services, queued)
    assert stored(services, queued).etag == before.etag


def test_finished_tasks_show_while_others_run(
    services: Services, client: ApiClient, queued: str, at_task: AtTask
) -> None:
    seen: list[Any] = []
    at_task(2, lambda: seen.append(state_of(client, queued)))
    work_off(services, queued)
    assert seen[0]["status"] == "running"
    assert [item["taskName"] for item in seen[0]["tasks"]["items"]] == ["0", "1"]
    assert seen[0]["tasks"]["inProgress"] == 1


def test_cancel_before_pick_up(services: Services, client: ApiClient, queued: str) -> None:
    reply = client.post(f"{JOBS}/{queued}:cancel")
    assert reply.status_code == 202
    assert client.get(reply.headers["operation-location"]).json()["status"] == "cancelled"
    work_off(services, queued)
    assert state_of(client, queued)["tasks"]["items"] == []


@pytest.mark.parametrize("n", [0, 1, 2])
def test_cancel_in_the_middle(services: Services, client: ApiClient, queued: str, at_task: AtTask, n: int) -> None:
    at_task(n, lambda: client.finish(client.post(f"{JOBS}/{queued}:cancel")))
    work_off(services, queued)
    state = state_of(client, queued)
    statuses = ["succeeded", "failed", "succeeded"][: n + 1]
    assert [item["status"] for item in state["tasks"]["items"]] == statuses
    assert [error["target"] for error in state["errors"]] == ["#/tasks/items/1"] * statuses.count("failed")
    assert state["status"] == ("cancelled" if n < 2 else "succeeded")
    assert state["tasks"]["inProgress"] == 0


class CrashError(Exception):
    """The process dies."""


def crash() -> None:
    raise CrashError


def test_a_rerun_after_a_crash_goes_on_where_it_stopped(
    services: Services, client: ApiClient, queued: str, at_task: AtTask
) -> None:
    at_task(1, crash)
    with pytest.raises(CrashError):
        work_off(services, queued)
    first = state_of(client, queued)["tasks"]["items"]
    assert len(first) == 1
    work_off(services, queued)
    assert_done(state_of(client, queued))
    assert state_of(client, queued)["tasks"]["items"][0] == first[0]


def test_a_run_that_was_overtaken_does_not_cancel_the_job(
    services: Services, client: ApiClient, queued: str, at_task: AtTask
) -> None:
    """Queues deliver at least once: two workers can have the same job."""
    at_task(0, lambda: work_off(services, queued))
    work_off(services, queued)
    assert_done(state_of(client, queued))


def test_a_job_that_is_late_ends_cancelled(services: Services, client: ApiClient, deployed: str) -> None:
    job_id = job_id_of(submit(client, [task(deployed)], documents(LARGE), cancelAfter=0))
    work_off(services, job_id)
    assert state_of(client, job_id)["status"] == "cancelled"


def test_a_message_of_a_job_that_is_gone_is_dropped(services: Services) -> None:
    analysis_jobs.run_chunk(services, unique(), 0)
    analysis_jobs.give_up_chunk(services, unique(), 0)


def test_texts_that_no_row_holds(services: Services, client: ApiClient, deployed: str) -> None:
    job_id = job_id_of(submit(client, [task(deployed)], documents("東" * 100_000 + " Rome")))
    work_off(services, job_id)
    (entity,) = state_of(client, job_id)["tasks"]["items"][0]["results"]["documents"][0]["entities"][-1:]
    assert (entity["text"], entity["offset"]) == ("Rome", 100_001)


@pytest.mark.parametrize("kind", [JobKind.TRAIN, JobKind.EXPORT])
def test_jobs_of_other_kinds_are_not_analyses(services: Services, client: ApiClient, kind: JobKind) -> None:
    job = services.jobs.create(replace(new_job(RUNTIME_SCOPE, kind), errors=(Problem("c", "m"),)))
    assert_error(client.get(f"{JOBS}/{job.job_id}"), 404, "OperationNotFound")


# --- polls ------------------------------------------------------------------------------------------------------------


def waiting(services: Services, project: str) -> Job:
    """A job that nobody works on."""
    tasks = [{"kind": "CustomEntityRecognition", "name": "t", "project": project, "deployment": "d", "unit": "x"}]
    return services.jobs.create(new_job(RUNTIME_SCOPE, JobKind.ANALYZE, {"tasks": tasks, "chunks": [[0, 0, 1]]}))


@pytest.mark.parametrize("query", [{"skip": "x"}, {"top": "0"}, {"showStats": "maybe"}])
def test_a_poll_that_is_wrong_looks_at_nothing(
    client: ApiClient, services: Services, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    monkeypatch.setattr(services.jobs, "get", Mock(side_effect=AssertionError))
    assert_error(client.get(f"{JOBS}/{unique()}", **query), 400, "InvalidArgument")


def test_a_poll_is_held_on_the_status_alone(
    client: ApiClient, services: Services, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = waiting(services, project)
    monkeypatch.setattr("functions.http.app._HOLD_SECONDS", 0.3)
    get = Mock(wraps=services.jobs.get)
    monkeypatch.setattr(services.jobs, "get", get)
    reply = client.get(f"{JOBS}/{job.job_id}")
    assert (reply.json()["status"], "retry-after" in reply.headers) == ("notStarted", True)
    assert get.call_count == 1


def test_a_held_poll_tells_of_the_end(
    client: ApiClient, services: Services, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = waiting(services, project)
    monkeypatch.setattr("functions.http.app._HOLD_SECONDS", 0.3)
    look = services.jobs.is_to_end

    def end(scope: str, job_id: str) -> bool:
        services.jobs.advance(job, JobStatus.SUCCEEDED, result={"items": []})
        return look(scope, job_id)

    monkeypatch.setattr(services.jobs, "is_to_end", end)
    reply = client.get(f"{JOBS}/{job.job_id}")
    assert (reply.json()["status"], "retry-after" in reply.headers) == ("succeeded", False)
