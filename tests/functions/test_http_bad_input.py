"""Bad input gets a clear answer: status, code, inner code, and where the fault is."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.functions.api_client import AUTHORING, RUNTIME, ApiClient, assert_error
from tests.functions.world import World, unique

JOBS = f"{RUNTIME}/analyze-text/jobs"
SYNC = f"{RUNTIME}/:analyze-text"
PROJECTS = f"{AUTHORING}/projects"
BAD_NAMES = ["a b", "a/b", "é", "a'b", "x" * 51, ".", "..", "\U0001f600", "a\\b", "a%b", "a?b", "a#b", " ", "a\n"]
DEEPLY = "$.analysisInput.documents[0]"


def task(**parameters: Any) -> dict[str, Any]:
    return {"kind": "CustomEntityRecognition", "parameters": {"projectName": "p", "deploymentName": "d"} | parameters}


def documents(*texts: str) -> dict[str, Any]:
    return {"documents": [{"id": str(i), "text": text} for i, text in enumerate(texts)]}


def submission(**changes: Any) -> dict[str, Any]:
    return {"analysisInput": documents("text"), "tasks": [task()]} | changes


ONE = {"id": "1", "text": "x"}
FORMAT, VALUE = "InvalidRequestBodyFormat", "InvalidParameterValue"


@pytest.mark.parametrize(
    ("body", "code", "inner", "target"),
    [
        ({}, "InvalidArgument", FORMAT, "$"),
        ({"analysisInput": documents("x")}, "InvalidArgument", FORMAT, "$"),
        (submission(analysisInput=None), "InvalidArgument", FORMAT, "$.analysisInput"),
        (submission(analysisInput=[]), "InvalidArgument", FORMAT, "$.analysisInput"),
        (submission(analysisInput={}), "InvalidArgument", FORMAT, "$.analysisInput"),
        (submission(analysisInput={"documents": None}), "InvalidArgument", FORMAT, "$.analysisInput.documents"),
        (submission(analysisInput={"documents": {}}), "InvalidArgument", FORMAT, "$.analysisInput.documents"),
        (submission(analysisInput={"documents": ["text"]}), "InvalidArgument", FORMAT, DEEPLY),
        (submission(analysisInput={"documents": [{"id": 1, "text": "x"}]}), "InvalidArgument", FORMAT, f"{DEEPLY}.id"),
        (submission(analysisInput={"documents": [{"id": "1"}]}), "InvalidArgument", FORMAT, DEEPLY),
        (submission(analysisInput={"documents": [{"id": "1", "text": None}]}), "InvalidArgument", FORMAT, f"{DEEPLY}.text"),
        (submission(analysisInput={"documents": [ONE | {"language": 5}]}), "InvalidArgument", FORMAT, f"{DEEPLY}.language"),
        (submission(analysisInput={"documents": []}), "InvalidRequest", "MissingInputDocuments", "$.analysisInput.documents"),
        (submission(analysisInput=documents(*["x"] * 26)), "InvalidRequest", "InvalidDocumentBatch", "$.analysisInput.documents"),
        (submission(analysisInput=documents("x" * 125_001)), "InvalidRequest", "InvalidDocumentBatch", "$.analysisInput.documents"),
        (submission(analysisInput=documents(*["x" * 31_251] * 4)), "InvalidRequest", "InvalidDocumentBatch", "$.analysisInput.documents"),
        (submission(analysisInput={"documents": [ONE, {"id": "", "text": "x"}]}), "InvalidRequest", "InvalidDocument", "$.analysisInput.documents[1].id"),
        (submission(analysisInput={"documents": [ONE, {"id": "2", "text": "y"}, ONE]}), "InvalidRequest", "InvalidDocument", "$.analysisInput.documents[2].id"),
        (submission(tasks=None), "InvalidArgument", FORMAT, "$.tasks"),
        (submission(tasks=[]), "InvalidArgument", "InvalidRequest", "$.tasks"),
        (submission(tasks=[{}]), "InvalidArgument", FORMAT, "$.tasks[0]"),
        (submission(tasks=[task(), {"kind": "Nonsense"}]), "InvalidArgument", VALUE, "$.tasks[1].kind"),
        (submission(tasks=[{"kind": "CustomEntityRecognition"}]), "InvalidArgument", FORMAT, "$.tasks[0].parameters.projectName"),
        (submission(tasks=[task(), task(deploymentName="")]), "InvalidArgument", FORMAT, "$.tasks[1].parameters.deploymentName"),
        (submission(tasks=[task(projectName=None)]), "InvalidArgument", FORMAT, "$.tasks[0].parameters.projectName"),
        (submission(tasks=[task(stringIndexType="Utf8CodeUnit")]), "InvalidArgument", FORMAT, "$.tasks[0].parameters.stringIndexType"),
        (submission(tasks=[task(stringIndexType=None)]), "InvalidArgument", FORMAT, "$.tasks[0].parameters.stringIndexType"),
        (submission(tasks=[task(loggingOptOut="true")]), "InvalidArgument", FORMAT, "$.tasks[0].parameters.loggingOptOut"),
        (submission(displayName=5), "InvalidArgument", FORMAT, "$.displayName"),
        (submission(cancelAfter="soon"), "InvalidArgument", FORMAT, "$.cancelAfter"),
    ],
)  # fmt: skip
def test_jobs_that_are_refused(client: ApiClient, body: Any, code: str, inner: str, target: str) -> None:
    assert_error(client.post(JOBS, json=body), 400, code, inner=inner, target=target)


@pytest.mark.parametrize(
    ("change", "code", "inner", "target"),
    [
        ({"kind": None}, "InvalidArgument", FORMAT, "$.kind"),
        ({"kind": "Nonsense"}, "InvalidArgument", VALUE, "$.kind"),
        ({"kind": "SentimentAnalysis"}, "InvalidArgument", VALUE, "$.kind"),
        ({"parameters": {}}, "InvalidArgument", FORMAT, "$.parameters.projectName"),
        ({"parameters": {"projectName": "p", "deploymentName": "d", "stringIndexType": "x"}}, "InvalidArgument", FORMAT, "$.parameters.stringIndexType"),
        ({"analysisInput": documents(*["x"] * 26)}, "InvalidRequest", "InvalidDocumentBatch", "$.analysisInput.documents"),
        ({"analysisInput": {"documents": [ONE, ONE]}}, "InvalidRequest", "InvalidDocument", "$.analysisInput.documents[1].id"),
    ],
)  # fmt: skip
def test_analyses_at_once_that_are_refused(client: ApiClient, change: Any, code: str, inner: str, target: str) -> None:
    body = task() | {"analysisInput": documents("text")} | change
    assert_error(client.post(SYNC, json=body), 400, code, inner=inner, target=target)


@pytest.mark.parametrize("text", ["e\u0301" * 125_000, "\r\n" * 125_000], ids=["combining marks", "CRLF"])
def test_characters_are_code_points(client: ApiClient, text: str) -> None:
    """Half of them are within the limit; that a text element takes several does not make more of them."""
    body = task() | {"analysisInput": documents(text)}
    assert_error(client.post(SYNC, json=body), 400, "InvalidRequest", inner="InvalidDocumentBatch")
    body = task() | {"analysisInput": documents(text[:125_000])}
    assert_error(client.post(SYNC, json=body), 404, "ProjectNotFound")


@pytest.mark.parametrize("flag", ["1", "yes", "", "null"])
def test_flags_are_true_or_false(client: ApiClient, project: str, world: World, flag: str) -> None:
    world.deployment(project)
    body = task(projectName=project) | {"analysisInput": documents("text")}
    assert_error(client.post(SYNC, json=body, showStats=flag), 400, "InvalidArgument", inner=VALUE, target="showStats")


# --- what does not exist ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["unknown", *BAD_NAMES[:3], "x" * 3000, "it's", "a' or '1' eq '1", "\U0001f600", "{p}", "$global", "$runtime"],
)
def test_unknown_projects(client: ApiClient, name: str) -> None:
    body = task(projectName=name) | {"analysisInput": documents("text")}
    assert_error(client.post(SYNC, json=body), 404, "ProjectNotFound", target="projectName")


@pytest.mark.parametrize("name", ["unknown", "D", "a/b", "a\\b", "x" * 3000, "\n"])
def test_unknown_deployments(world: World, client: ApiClient, project: str, name: str) -> None:
    world.deployment(project, "d")
    body = task(projectName=project, deploymentName=name) | {"analysisInput": documents("text")}
    error = assert_error(client.post(SYNC, json=body), 404, "NotFound", target="deploymentName")
    assert name in error["message"]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "", "ProjectNotFound"),
        ("DELETE", "", "ProjectNotFound"),
        ("POST", ":export", "ProjectNotFound"),
        ("POST", ":train", "ProjectNotFound"),
        ("GET", "/train/jobs", "ProjectNotFound"),
        ("GET", "/train/jobs/j", "OperationNotFound"),
        ("POST", "/train/jobs/j:cancel", "OperationNotFound"),
        ("GET", "/import/jobs/j", "OperationNotFound"),
        ("GET", "/export/jobs/j", "OperationNotFound"),
        ("GET", "/export/jobs/j/result", "OperationNotFound"),
        ("GET", "/sync/jobs/j", "OperationNotFound"),
        ("GET", "/models", "ProjectNotFound"),
        ("GET", "/models/m", "ProjectNotFound"),
        ("DELETE", "/models/m", "ProjectNotFound"),
        ("GET", "/models/m/evaluation/summary-result", "ProjectNotFound"),
        ("GET", "/models/m/evaluation/result", "ProjectNotFound"),
        ("GET", "/deployments", "ProjectNotFound"),
        ("GET", "/deployments/d", "ProjectNotFound"),
        ("PUT", "/deployments/d", "ProjectNotFound"),
        ("DELETE", "/deployments/d", "ProjectNotFound"),
        ("GET", "/deployments/d/jobs/j", "OperationNotFound"),
        ("POST", "/deployments:swap", "ProjectNotFound"),
        ("GET", "/deployments/swap/jobs/j", "OperationNotFound"),
        ("GET", "/documents", "ProjectNotFound"),
        ("POST", "/documents:sync", "ProjectNotFound"),
        ("GET", "/documents/a.txt", "ProjectNotFound"),
        ("PUT", "/documents/a.txt", "ProjectNotFound"),
        ("DELETE", "/documents/a.txt", "ProjectNotFound"),
        ("GET", "/labels/a.txt", "ProjectNotFound"),
        ("PUT", "/labels/a.txt", "ProjectNotFound"),
    ],
)
def test_nothing_of_an_unknown_project(client: ApiClient, method: str, path: str, code: str) -> None:
    assert_error(client.request(method, f"{PROJECTS}/{unique()}{path}", json={}), 404, code)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/models/unknown", "NotFound"),
        ("DELETE", "/models/unknown", "NotFound"),
        ("GET", "/models/unknown/evaluation/summary-result", "NotFound"),
        ("GET", "/models/unknown/evaluation/result", "NotFound"),
        ("GET", "/deployments/unknown", "NotFound"),
        ("DELETE", "/deployments/unknown", "NotFound"),
        ("GET", "/documents/unknown.txt", "NotFound"),
        ("DELETE", "/documents/unknown.txt", "NotFound"),
        ("GET", "/labels/unknown.txt", "NotFound"),
        ("PUT", "/labels/unknown.txt", "NotFound"),
        ("GET", "/models/a%5Cb", "NotFound"),
        ("GET", "/deployments/a%23b", "NotFound"),
        ("GET", "/train/jobs/a%3Fb", "OperationNotFound"),
        ("GET", "/documents/a%00b", "NotFound"),
        ("GET", "/documents/..%2F..%2Fb", "NotFound"),
        ("GET", "/documents/" + "x" * 2000, "NotFound"),
    ],
)
def test_nothing_of_that_name(client: ApiClient, project: str, method: str, path: str, code: str) -> None:
    assert_error(client.request(method, f"{PROJECTS}/{project}{path}", json={}), 404, code)


def test_unknown_runtime_jobs(client: ApiClient) -> None:
    for path in ("unknown", "00000000-0000-0000-0000-000000000000", "%F0%9F%98%80", "x" * 2000):
        assert_error(client.get(f"{JOBS}/{path}"), 404, "OperationNotFound", target="jobId")
        assert_error(client.post(f"{JOBS}/{path}:cancel"), 404, "OperationNotFound", target="jobId")
    assert_error(client.get(f"{PROJECTS}/global/deletion-jobs/unknown"), 404, "OperationNotFound")


def test_an_unknown_model_in_the_real_services_words(client: ApiClient, project: str) -> None:
    reply = client.put(f"{PROJECTS}/{project}/deployments/d", json={"trainedModelLabel": "v2"})
    error = assert_error(reply, 404, "NotFound")
    assert error["message"] == "Model `v2` is not trained. Please train the model first."


# --- projects ---------------------------------------------------------------------------------------------------------

NEW = {"projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en"}


@pytest.mark.parametrize(
    "name", ["global", *(name for name in BAD_NAMES if "/" not in name and name not in {".", ".."})]
)
def test_names_no_project_can_have(client: ApiClient, name: str) -> None:
    reply = client.patch(f"{PROJECTS}/{quote(name, safe='')}", json=NEW)
    assert_error(reply, 400, "InvalidArgument", inner=VALUE, target="projectName")


@pytest.mark.parametrize(
    ("change", "inner", "target"),
    [
        ({"projectKind": "CustomSingleLabelClassification"}, VALUE, "$.projectKind"),
        ({"projectKind": ""}, VALUE, "$.projectKind"),
        ({"projectKind": None}, FORMAT, "$.projectKind"),
        ({"projectName": "another"}, VALUE, "$.projectName"),
        ({"language": "klingon"}, "UnsupportedLanguageCode", "$.language"),
        ({"language": ""}, "UnsupportedLanguageCode", "$.language"),
        ({"language": "en-" + "x" * 40_000}, "UnsupportedLanguageCode", "$.language"),
        ({"storageInputContainerName": ""}, VALUE, "$.storageInputContainerName"),
        ({"storageInputContainerName": "Bad Container"}, VALUE, "$.storageInputContainerName"),
        ({"storageInputContainerName": "a--b"}, VALUE, "$.storageInputContainerName"),
        ({"storageInputContainerName": "../x"}, VALUE, "$.storageInputContainerName"),
        ({"storageInputContainerName": "abc\n"}, VALUE, "$.storageInputContainerName"),
        ({"storageInputContainerName": "models"}, VALUE, "$.storageInputContainerName"),
        ({"settings": {"confidenceThreshold": 1.01}}, VALUE, "$.settings.confidenceThreshold"),
        ({"settings": {"confidenceThreshold": -1}}, VALUE, "$.settings.confidenceThreshold"),
        ({"settings": {"confidenceThreshold": "0.5"}}, FORMAT, "$.settings.confidenceThreshold"),
        ({"settings": []}, FORMAT, "$.settings"),
        ({"multilingual": "yes"}, FORMAT, "$.multilingual"),
        ({"description": 5}, FORMAT, "$.description"),
    ],
)
def test_projects_that_are_refused(client: ApiClient, change: dict[str, Any], inner: str, target: str) -> None:
    name = unique()
    assert_error(
        client.patch(f"{PROJECTS}/{name}", json=NEW | change), 400, "InvalidArgument", inner=inner, target=target
    )
    assert_error(client.get(f"{PROJECTS}/{name}"), 404, "ProjectNotFound")
    assert client.patch(f"{PROJECTS}/{name}", json=NEW).status_code == 201
    assert_error(client.patch(f"{PROJECTS}/{name}", json=change), 400, "InvalidArgument", inner=inner, target=target)


@pytest.mark.parametrize("field", NEW)
def test_a_new_project_needs(client: ApiClient, field: str) -> None:
    body = {name: value for name, value in NEW.items() if name != field}
    assert_error(
        client.patch(f"{PROJECTS}/{unique()}", json=body), 400, "InvalidArgument", inner=FORMAT, target=f"$.{field}"
    )


@pytest.mark.parametrize("size", [40_000, 600_000])
def test_long_descriptions_are_kept_or_refused(client: ApiClient, size: int) -> None:
    path = f"{PROJECTS}/{unique()}"
    reply = client.patch(path, json=NEW | {"description": "é" * size})
    if size == 40_000:
        assert client.get(path).json()["description"] == "é" * size
    else:
        assert_error(reply, 400, "InvalidRequest")


# --- deployments ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a b", "x" * 51, "é"])
def test_names_no_deployment_can_have(client: ApiClient, project: str, name: str) -> None:
    reply = client.put(f"{PROJECTS}/{project}/deployments/{name}", json={"trainedModelLabel": "m"})
    assert_error(reply, 400, "InvalidArgument", inner=VALUE, target="deploymentName")


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({}, "$"),
        ({"trainedModelLabel": None}, "$.trainedModelLabel"),
        ({"trainedModelLabel": 1}, "$.trainedModelLabel"),
    ],
)
def test_deployments_that_are_refused(client: ApiClient, project: str, body: Any, target: str) -> None:
    reply = client.put(f"{PROJECTS}/{project}/deployments/d", json=body)
    assert_error(reply, 400, "InvalidArgument", inner=FORMAT, target=target)


def test_swaps_that_are_refused(world: World, client: ApiClient, project: str) -> None:
    world.deployment(project, "a")
    swap = f"{PROJECTS}/{project}/deployments:swap"
    same = {"firstDeploymentName": "a", "secondDeploymentName": "a"}
    assert_error(client.post(swap, json=same), 400, "InvalidArgument", inner=VALUE, target="$.secondDeploymentName")
    assert_error(client.post(swap, json=same | {"secondDeploymentName": "b"}), 404, "NotFound", target="deploymentName")
    assert_error(client.post(swap, json={}), 400, "InvalidArgument", inner=FORMAT, target="$")


def test_a_deployed_model_stays(world: World, client: ApiClient, project: str) -> None:
    world.deployment(project, "live")
    error = assert_error(client.delete(f"{PROJECTS}/{project}/models/m"), 409, "Conflict", target="trainedModelLabel")
    assert "live" in error["message"]


# --- what the contract has and this service has not -----------------------------------------------------------------


def test_operations_that_are_not_offered(client: ApiClient, project: str) -> None:
    for method, path in [
        ("POST", ":copy"),
        ("GET", "/resources"),
        ("POST", "/models/m:evaluate"),
        ("GET", "/exported-models"),
    ]:
        error = assert_error(client.request(method, f"{PROJECTS}/{project}{path}"), 501, "NotImplemented")
        assert "not offered here" in error["message"]
