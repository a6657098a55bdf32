"""Projects, models and deployments over HTTP: what the SDKs do one after the other."""

from dataclasses import replace
from typing import Any

import pytest

from functions.errors import StaleError
from functions.lifecycle import deploying
from functions.services import Services
from functions.stores.jobs import JobKind, JobStatus, new_job
from functions.triggers import api
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, RUNTIME, ApiClient, assert_error
from tests.functions.world import World, unique

NEW = {"projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en"}


def path(project: str, rest: str = "") -> str:
    return f"{AUTHORING}/projects/{project}{rest}"


def test_a_project_from_creation_to_deletion(world: World, client: ApiClient) -> None:
    name = unique()
    sent = {**NEW, "projectName": name, "multilingual": True, "settings": {"confidenceThreshold": 0.5}}
    created = client.patch(path(name), json=sent, headers={"Content-Type": "application/merge-patch+json"})
    assert created.status_code == 201, created.text
    body = created.json()
    assert {key: body[key] for key in sent} == sent
    assert body["createdDateTime"] == body["lastModifiedDateTime"]
    assert "lastTrainedDateTime" not in body
    assert client.get(path(name)).json() == body
    assert name in [each["projectName"] for each in client.get(f"{AUTHORING}/projects").json()["value"]]
    changed = client.patch(path(name), json={"description": "d", "multilingual": None})
    assert changed.status_code == 200
    assert (changed.json()["description"], changed.json()["multilingual"]) == ("d", False)
    assert changed.json()["settings"] == sent["settings"]
    assert "description" not in client.patch(path(name), json={"description": None}).json()
    world.labelled(name, "a.txt", "Rome", Label(0, 4, "City"))
    world.deployment(name)
    assert client.finish(client.delete(path(name)))["status"] == "succeeded"
    for rest in ("", "/models", "/deployments", "/documents"):
        assert_error(client.get(path(name, rest)), 404, "ProjectNotFound")
    assert world.services.blobs.get("documents", f"{name}/a.txt") == b"Rome", "files are the user's"
    for container in ("models", "datasets", "texts", "results"):
        assert list(world.services.blobs.listing(container, f"{name}/")) == []
    assert client.patch(path(name), json=NEW).status_code == 201
    assert client.get(path(name, "/documents")).json() == {"value": [], "nextLink": None}


@pytest.mark.parametrize("kind", ["CustomEntityRecognition", "customNamedEntityRecognition"])
def test_both_spellings_of_the_kind(client: ApiClient, kind: str) -> None:
    reply = client.patch(path(unique()), json={**NEW, "projectKind": kind})
    assert (reply.status_code, reply.json()["projectKind"]) == (201, "CustomEntityRecognition")


def test_a_deployment_from_creation_to_deletion(world: World, client: ApiClient, project: str) -> None:
    model = world.model(project)
    put = client.put(path(project, "/deployments/d"), json={"trainedModelLabel": "m"})
    assert f"{path(project)}/deployments/d/jobs/" in put.headers["operation-location"]
    assert client.finish(put)["status"] == "succeeded"
    found = client.get(path(project, "/deployments/d"))  # the SDK's last look at the PUT's address
    assert (found.status_code, found.json()["modelId"]) == (200, model.model_id)
    assert client.get(path(project, "/deployments")).json()["value"] == [found.json()]
    assert client.get(path(project)).json()["lastDeployedDateTime"]
    assert client.finish(client.delete(path(project, "/deployments/d")))["status"] == "succeeded"
    assert_error(client.get(path(project, "/deployments/d")), 404, "NotFound")
    assert client.delete(path(project, "/models/m")).status_code == 204
    assert_error(client.get(path(project, "/models/m")), 404, "NotFound")


def test_a_model_that_cannot_be_loaded_is_not_deployed(world: World, client: ApiClient, project: str) -> None:
    model = world.model(project)
    world.services.blobs.put("models", f"{project}/{model.model_id}/model.onnx", b"x", "application/octet-stream")
    state = client.finish(client.put(path(project, "/deployments/d"), json={"trainedModelLabel": "m"}))
    assert (state["status"], state["error"]["code"]) == ("failed", "ArtifactInvalid")
    assert_error(client.get(path(project, "/deployments/d")), 404, "NotFound")


def test_a_swap_shows_at_once(world: World, client: ApiClient, project: str) -> None:
    models = {name: world.model(project, f"m-{name}") for name in ("blue", "green")}
    for name, model in models.items():
        world.deployment(project, name, model)
    body = {
        "kind": "CustomEntityRecognition",
        "analysisInput": {"documents": [{"id": "1", "text": "Rome"}]},
        "parameters": {"projectName": project, "deploymentName": "blue"},
    }
    assert client.post(f"{RUNTIME}/:analyze-text", json=body).status_code == 200
    swap = client.post(
        path(project, "/deployments:swap"), json={"firstDeploymentName": "blue", "secondDeploymentName": "green"}
    )
    assert client.finish(swap)["status"] == "succeeded"
    found = {
        each["deploymentName"]: each["modelId"] for each in client.get(path(project, "/deployments")).json()["value"]
    }
    assert found == {"blue": models["green"].model_id, "green": models["blue"].model_id}
    resolved = world.services.directory.resolve(project, "blue").deployment
    assert resolved.model_id == models["green"].model_id


def test_a_swap_is_all_or_nothing(
    world: World, services: Services, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody repoints one of the two between the read and the write."""
    for name in ("blue", "green"):
        world.deployment(project, name, world.model(project, f"m-{name}"))
    green = services.deployments.get(project, "green")
    plain = type(services.deployments).put_both

    def overtaken(*args: Any) -> None:
        services.deployments.put(replace(green, model_label="hotfix"))
        plain(*args)

    monkeypatch.setattr(type(services.deployments), "put_both", overtaken)
    with pytest.raises(StaleError):
        deploying.swap(services, new_job(project, JobKind.SWAP, {"first": "blue", "second": "green"}))
    labels = [deployment.model_label for deployment in services.deployments.read_all(project)]
    assert labels == ["m-blue", "hotfix"]


def test_a_swap_that_lost_is_a_failed_job(
    world: World, client: ApiClient, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("blue", "green"):
        world.deployment(project, name, world.model(project, f"m-{name}"))

    def lose(*_: Any) -> None:
        raise StaleError("changed")

    monkeypatch.setattr(type(world.services.deployments), "put_both", lose)
    body = {"firstDeploymentName": "blue", "secondDeploymentName": "green"}
    state = client.finish(client.post(path(project, "/deployments:swap"), json=body))
    assert (state["status"], state["error"]["code"]) == ("failed", "PreconditionFailed")


def test_the_number_of_deployments_is_limited(
    world: World, client: ApiClient, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.http.deployments._MAX_DEPLOYMENTS", 1)
    world.deployment(project, "d")
    again = client.put(path(project, "/deployments/d"), json={"trainedModelLabel": "m"})
    assert again.status_code == 202
    reply = client.put(path(project, "/deployments/e"), json={"trainedModelLabel": "m"})
    assert_error(reply, 400, "InvalidArgument", inner="QuotaExceeded", target="deploymentName")


@pytest.mark.parametrize(("unit", "offset"), [("Utf16CodeUnit", 6), ("UnicodeCodePoint", 5), ("TextElements_v8", 5)])
def test_the_evaluation_of_a_model(world: World, client: ApiClient, project: str, unit: str, offset: int) -> None:
    world.model(project)
    summary = client.get(path(project, "/models/m/evaluation/summary-result")).json()
    scores = summary["customEntityRecognitionEvaluation"]
    city = scores["entities"]["City"]
    assert (city["truePositiveCount"], city["falseNegativeCount"], city["falsePositiveCount"]) == (2, 1, 0)
    assert (scores["microPrecision"], scores["microRecall"]) == (1.0, 0.75)
    assert summary["evaluationOptions"] == {"kind": "manual"}
    results = client.get(path(project, "/models/m/evaluation/result"), stringIndexType=unit).json()["value"]
    (entities,) = results[1]["customEntityRecognitionResult"]["entities"]
    assert results[1]["location"] == "e2.txt"
    assert [each["offset"] for each in entities["predictedEntities"]] == [offset]
    assert len(entities["expectedEntities"]) == 2


@pytest.mark.parametrize("function", ["poisoned_operation", "poisoned_training"])
def test_messages_that_were_given_up_fail_their_job(
    services: Services, project: str, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setattr("functions.services._services", services)
    job = services.jobs.create(new_job(project, JobKind.TRAIN))

    class Message:
        def get_body(self) -> bytes:
            return f'{{"scope": "{project}", "jobId": "{job.job_id}"}}'.encode()

    call = getattr(api, function)._function.get_user_function()
    for _ in range(2):
        call(Message())
    found = services.jobs.get(project, job.job_id)
    assert found.status is JobStatus.FAILED
    assert len(found.errors) == 1
