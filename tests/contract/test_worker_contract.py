"""Our app in Microsoft's own worker library, on Python 3.13 and without torch: indexed and invoked in both roles.

The development host shares no code with that library, so each keeps the other honest.
"""

import base64
import importlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from azure.storage.blob import BlobServiceClient

from devhost.azurite import Azurite
from functions.services import Services
from functions.settings import Settings
from tests.contract.worker_client import HttpReply, InvocationError, TypedData, Worker
from tests.contract.worker_environment import REPOSITORY

KEY = "contract-test-author-key"
ROLES = ("api", "trainer")
VERSION = {"api-version": "2023-04-01"}
SIGNED = {"Ocp-Apim-Subscription-Key": KEY}
AUTHORING = "/language/authoring/analyze-text/projects"

ROUTES = {
    "analyze_text": "language/analyze-text/{*path}",
    "analyze_text_now": "language/:analyze-text",
    "authoring": "language/authoring/{*path}",
    "health": "health",
    "openapi": "openapi.json",
    "docs": "docs",
    "studio": "studio/{*path}",
}
QUEUES = {
    "run_operation": "operations",
    "run_analysis": "analysis-jobs",
    "run_container": "container-jobs",
    "poisoned_operation": "operations-poison",
    "poisoned_analysis": "analysis-jobs-poison",
    "poisoned_container": "container-jobs-poison",
    "poisoned_training": "training-jobs-poison",
}
TIMERS = {
    "reconcile": ("0 */5 * * * *", True),
    "sweep_jobs": ("30 * * * * *", False),
    "expire_jobs": ("0 15 * * * *", True),
}


def http_function(route: str) -> list[dict[str, Any]]:
    # No `methods`: the host would answer a wrong one itself, with an empty 404.
    trigger = {"direction": "IN", "type": "httpTrigger", "name": "req", "authLevel": "ANONYMOUS", "route": route}
    return [trigger, {"direction": "OUT", "type": "http", "name": "$return"}]


def queue_function(queue: str) -> list[dict[str, Any]]:
    trigger = {"type": "queueTrigger", "name": "message", "queueName": queue, "connection": "NerStorage"}
    return [{"direction": "IN", **trigger}]


def timer_function(schedule: str, use_monitor: object) -> list[dict[str, Any]]:
    trigger = {"type": "timerTrigger", "name": "timer", "schedule": schedule, "useMonitor": use_monitor}
    return [{"direction": "IN", **trigger}]


BLOB_FUNCTION = [
    {"direction": "IN", "type": "blobTrigger", "name": "blob", "path": "documents/{name}", "connection": "NerStorage"}
]
FUNCTIONS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "api": {
        **{name: http_function(route) for name, route in ROUTES.items()},
        **{name: queue_function(queue) for name, queue in QUEUES.items()},
        **{name: timer_function(*times) for name, times in TIMERS.items()},
        "ingest_blob": BLOB_FUNCTION,
    },
    "trainer": {"train": queue_function("training-jobs")},
}

AppSettings = Callable[[str], dict[str, str]]


@pytest.fixture(scope="module")
def settings(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AppSettings:
    """The app settings of a role."""

    def of(role: str) -> dict[str, str]:
        data_dir = str(tmp_path_factory.mktemp(role))
        storage = azurite.connection_string
        return {"NER_ROLE": role, "NerStorage": storage, "NER_AUTHOR_KEYS": KEY, "NER_DATA_DIR": data_dir}

    return of


@pytest.fixture(scope="module", params=["protobuf", "native"])
def workers(request: pytest.FixtureRequest, worker_python: Path, settings: AppSettings) -> Iterator[dict[str, Worker]]:
    """A worker of each role, indexed; by each of the library's two ways of invoking."""
    with ExitStack() as stack:
        native = request.param == "native"
        by_role = {role: stack.enter_context(Worker(worker_python, settings(role), native=native)) for role in ROLES}
        for worker in by_role.values():
            worker.index()
        yield by_role


@pytest.fixture
def api(workers: dict[str, Worker]) -> Worker:
    return workers["api"]


@pytest.fixture
def project(api: Worker) -> str:
    """The name of a new project on the shared container."""
    name = f"p{uuid.uuid4().hex[:12]}"
    body = {"projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en"}
    reply = api.http(
        "authoring",
        "PATCH",
        f"{AUTHORING}/{name}",
        content=json.dumps({**body, "description": "Anleihen & Währungen 💶"}).encode(),
        headers={**SIGNED, "Content-Type": "application/merge-patch+json"},
        query=VERSION,
    )
    assert reply.status == 201, reply.body
    return name


@pytest.fixture(scope="module")
def deployed(settings: AppSettings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A project with a tiny model behind a deployment, as the parameters of a prediction."""
    # The builders of that folder import each other by their bare names, as pytest lets files of one folder do.
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "tests" / "functions")
        tiny_model, builders = map(importlib.import_module, ("tiny_model", "world"))
    artifact = tiny_model.write_tiny_model(tmp_path_factory.mktemp("model"))
    world = builders.World(Services.build(Settings.from_env(settings("api"))), artifact.folder)
    project = world.project()
    return {"projectName": project, "deploymentName": world.deployment(project).name}


def get(api: Worker, path: str) -> Any:
    reply = api.http("authoring", "GET", f"{AUTHORING}/{path}", headers=SIGNED, query=VERSION)
    assert reply.status == 200, reply.body
    return reply.json()


def message(body: str) -> dict[str, Mapping[str, TypedData]]:
    """A queue message and what the host tells about it."""
    metadata = {
        "Id": {"string": str(uuid.uuid4())},
        "DequeueCount": {"json": "1"},
        "PopReceipt": {"string": "receipt"},
        **{
            f"{event}Time": {"json": '"2026-01-01T00:00:00+00:00"'}
            for event in ("Insertion", "Expiration", "NextVisible")
        },
    }
    return {"inputs": {"message": {"string": body}}, "metadata": metadata}


@pytest.mark.parametrize("role", ROLES)
def test_functions_and_bindings(role: str, worker_python: Path, settings: AppSettings) -> None:
    with Worker(worker_python, settings(role)) as worker:
        assert worker.index() == FUNCTIONS[role]


@pytest.mark.parametrize("missing", ["NER_ROLE", "NerStorage"])
def test_a_missing_setting_fails_indexing_and_is_named(
    missing: str, worker_python: Path, settings: AppSettings
) -> None:
    incomplete = {name: value for name, value in settings("api").items() if name != missing}
    with Worker(worker_python, incomplete) as worker, pytest.raises(InvocationError, match=missing):
        worker.index()


def test_health_needs_no_key(api: Worker) -> None:
    reply = api.http("health", "GET", "/health")
    assert (reply.status, reply.json()) == (200, {"status": "healthy"})


def test_the_openapi_document_is_served(api: Worker) -> None:
    reply = api.http("openapi", "GET", "/openapi.json")
    assert reply.json()["openapi"].startswith("3.1")


def test_no_key_is_401_with_the_contracts_body(api: Worker) -> None:
    reply = api.http("authoring", "GET", AUTHORING, query=VERSION)
    assert (reply.status, reply.json()["error"]["code"]) == (401, "401")


def test_a_project_is_created_and_read_back(api: Worker, project: str) -> None:
    found = get(api, project)
    assert (found["projectName"], found["description"]) == (project, "Anleihen & Währungen 💶")


def predict_now(api: Worker, parameters: Mapping[str, str]) -> HttpReply:
    analysis = {"documents": [{"id": "1", "text": "😀 Ana Li saw Rome."}]}
    body = {"kind": "CustomEntityRecognition", "analysisInput": analysis, "parameters": parameters}
    return api.http(
        "analyze_text_now",
        "POST",
        "/language/:analyze-text",
        content=json.dumps(body).encode(),
        headers={**SIGNED, "Content-Type": "application/json"},
        query=VERSION,
    )


def test_a_prediction(api: Worker, deployed: dict[str, str]) -> None:
    reply = predict_now(api, {**deployed, "stringIndexType": "Utf16CodeUnit"})
    assert reply.status == 200, reply.body
    entities = reply.json()["results"]["documents"][0]["entities"]
    assert [(e["text"], e["category"], e["offset"]) for e in entities] == [
        ("Ana Li", "Person", 3),
        ("Rome", "City", 14),
    ]


def test_a_prediction_of_an_unknown_project_is_404_with_the_contracts_body(api: Worker) -> None:
    reply = predict_now(api, {"projectName": "no-such-project", "deploymentName": "production"})
    assert (reply.status, reply.headers["content-type"]) == (404, "application/json")
    assert reply.json()["error"]["code"] == "ProjectNotFound"


def test_a_prediction_job_names_its_address_in_a_header(api: Worker, deployed: dict[str, str]) -> None:
    body = {
        "analysisInput": {"documents": [{"id": "1", "language": "en", "text": "Rome"}]},
        "tasks": [{"kind": "CustomEntityRecognition", "parameters": deployed}],
    }
    path = "/language/analyze-text/jobs"
    submitted = api.http("analyze_text", "POST", path, content=json.dumps(body).encode(), headers=SIGNED, query=VERSION)
    assert (submitted.status, submitted.body) == (202, b"")
    job = urlsplit(submitted.headers["operation-location"])
    assert job.path.startswith(f"{path}/")
    polled = api.http("analyze_text", "GET", job.path, headers=SIGNED, query=dict(parse_qsl(job.query)))
    assert (polled.status, polled.json()["status"]) == (200, "succeeded")


def test_a_wrong_method_is_405_and_an_unreadable_path_400(api: Worker) -> None:
    assert api.http("health", "DELETE", "/health").status == 405
    assert api.http("authoring", "GET", f"{AUTHORING}/%ff", headers=SIGNED, query=VERSION).status == 400


def test_bytes_of_an_upload_arrive_unchanged(api: Worker, project: str) -> None:
    text = "Währung 💶\r\n"
    path = f"{AUTHORING}/{project}/documents/upload.txt"
    content = text.encode("utf-16")  # not UTF-8: a body that is decoded on the way would be lost
    reply = api.http("authoring", "PUT", path, content=content, headers=SIGNED, query=VERSION)
    assert reply.status == 201, reply.body
    read = api.http("authoring", "GET", path, headers=SIGNED, query={**VERSION, "includeText": "true"})
    assert read.json()["text"] == text


def test_an_uploaded_blob_becomes_a_document(api: Worker, project: str, azurite: Azurite) -> None:
    content, name = b"Gold rose by 2 percent.", f"{project}/news/1.txt"
    with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
        blobs.get_blob_client("documents", name).upload_blob(content)
    metadata = {
        "BlobTrigger": {"string": f"documents/{name}"},
        "Uri": {"string": f"http://localhost/documents/{name}"},
        "Properties": {"json": json.dumps({"Length": len(content)})},
        "Metadata": {"json": "{}"},
    }
    api.invoke("ingest_blob", {"blob": {"bytes": base64.b64encode(content).decode()}}, metadata)
    (document,) = get(api, f"{project}/documents")["value"]
    assert (document["location"], document["status"]) == ("news/1.txt", "ingested")


def test_the_reconcile_timer_finds_a_blob_without_an_event(api: Worker, project: str, azurite: Azurite) -> None:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
        blobs.get_blob_client("documents", f"{project}/missed.txt").upload_blob(b"Silver fell.")
    api.invoke("reconcile", {"timer": {"json": json.dumps({"IsPastDue": False, "ScheduleStatus": None})}})
    assert [d["location"] for d in get(api, f"{project}/documents")["value"]] == ["missed.txt"]


def test_the_sweeping_timer_runs(api: Worker) -> None:
    assert api.invoke("sweep_jobs", {"timer": {"json": json.dumps({"IsPastDue": True})}}) == {}


QUEUE_FUNCTIONS = [("trainer", "train"), *(("api", function) for function in QUEUES)]


@pytest.mark.parametrize(("role", "function"), QUEUE_FUNCTIONS)
def test_a_message_of_a_forgotten_job_ends_quietly(role: str, function: str, workers: dict[str, Worker]) -> None:
    named = {"scope": "no-such-project", "jobId": str(uuid.uuid4()), "page": 0, "chunk": 0}
    forgotten = message(json.dumps(named))
    assert workers[role].invoke(function, **forgotten) == {}


@pytest.mark.parametrize(("role", "function"), QUEUE_FUNCTIONS)
def test_an_unreadable_message_fails_so_that_the_host_keeps_it(
    role: str, function: str, workers: dict[str, Worker]
) -> None:
    with pytest.raises(InvocationError, match="JSONDecodeError"):
        workers[role].invoke(function, **message("not JSON"))
