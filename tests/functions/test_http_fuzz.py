"""Nothing answers 500: every route with bodies, names and queries that nobody would send."""

from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import compile_path

from functions.http.catalogue import OPERATIONS
from functions.http.operation import Operation
from tests.functions.api_client import QUERY_KEY, ApiClient
from tests.functions.world import World

_WORDS = ["", "d", "m", "e1.txt", "global", "CustomEntityRecognition", "City", "documents", "en", "latest", "Train", "manual",
          "2022-05-01", "Utf16CodeUnit", "é", "😀", "a/b", "a\\b", "..", "x" * 300, "\x00"]  # fmt: skip
_FIELDS = ["analysisInput", "documents", "id", "text", "language", "tasks", "kind", "parameters", "projectName", "deploymentName",
           "stringIndexType", "displayName", "cancelAfter", "projectKind", "storageInputContainerName", "settings",
           "confidenceThreshold", "description", "multilingual", "metadata", "assets", "entities", "category", "location",
           "labels", "offset", "length", "regionOffset", "dataset", "projectFileVersion", "modelLabel", "evaluationOptions",
           "trainingSplitPercentage", "testingSplitPercentage", "trainingConfigVersion", "seed", "trainedModelLabel",
           "firstDeploymentName", "secondDeploymentName", "extractors", "entityNames", "add", "remove", "done", "contentHash",
           "locations", "versionId", "color", "hotkey", "newName", "into", "ignoreCase", "wholeWords", "categories",
           "dictionary", "texts", "unlabelledOnly", "minConfidence", "sources"]  # fmt: skip

TEXTS = st.sampled_from(_WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=6),
    max_leaves=25,
)
QUERIES = st.dictionaries(
    st.sampled_from(
        [
            "top",
            "skip",
            "maxpagesize",
            "continuation",
            "showStats",
            "stringIndexType",
            "status",
            "includeText",
            "lro",
            "projectKind",
            "labelled",
            "done",
            "dataset",
            "category",
            "search",
            "preview",
            "suggested",
            "format",
            "scheme",
            "createCategories",
            "unlabelled",
        ]
    ),
    TEXTS | st.integers(-2, 2**70).map(str) | st.sampled_from(["doccano", "conll", "azure", "true"]),
    max_size=3,
)
ETAGS = st.sampled_from(["*", "nonsense", 'W/"unlabelled"', "W/\"datetime'2026-01-01T00%3A00%3A00Z'\"", '""'])
MUTATIONS = st.tuples(st.sampled_from(["drop", "replace", "copy"]), st.integers(0, 30), VALUES)


def valid_body(operation: Operation, project: str) -> dict[str, Any]:
    """A body that the operation accepts, to be damaged: most random bodies are refused at the door."""
    analysis = {"documents": [{"id": "1", "text": "Ana Li 😀", "language": "en"}]}
    parameters = {"projectName": project, "deploymentName": "d", "stringIndexType": "Utf16CodeUnit"}
    bodies: dict[str, dict[str, Any]] = {
        "analyzeText": {"kind": "CustomEntityRecognition", "analysisInput": analysis, "parameters": parameters},
        "submitAnalyzeTextJob": {
            "displayName": "x", "analysisInput": analysis, "defaultLanguage": "en", "cancelAfter": 5,
            "tasks": [{"kind": "CustomEntityRecognition", "taskName": "t", "parameters": parameters}],
        },
        "startContainerJob": {
            "projectName": project, "deploymentName": "d", "inputContainer": "documents", "inputPrefix": f"{project}/",
            "outputContainer": "batch-results", "outputPrefix": "x/", "displayName": "x", "language": "en",
            "stringIndexType": "Utf16CodeUnit",
        },
        "createProject": {
            "projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en",
            "multilingual": True, "description": "x", "settings": {"confidenceThreshold": 0.1},
        },
        "importProject": {
            "projectFileVersion": "2022-05-01", "stringIndexType": "Utf16CodeUnit",
            "metadata": {
                "projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents",
                "projectName": project, "language": "en", "multilingual": False, "settings": {},
            },
            "assets": {
                "projectKind": "CustomEntityRecognition",
                "entities": [{"category": "City", "description": "x"}],
                "documents": [{
                    "location": "e1.txt", "language": "en", "dataset": "Train",
                    "entities": [{"regionOffset": 0, "regionLength": 9, "labels": [{"category": "City", "offset": 0, "length": 3}]}],
                }],
            },
        },
        "train": {
            "modelLabel": "m", "trainingConfigVersion": "latest", "seed": 1,
            "evaluationOptions": {"kind": "percentage", "trainingSplitPercentage": 80, "testingSplitPercentage": 20},
        },
        "putDeployment": {"trainedModelLabel": "m"},
        "swapDeployments": {"firstDeploymentName": "d", "secondDeploymentName": "d2"},
        "putLabels": {
            "labels": [{"category": "City", "offset": 0, "length": 3}, {"category": "Person", "offset": 4, "length": 2}],
            "stringIndexType": "Utf16CodeUnit", "dataset": "Test", "language": "en",
        },
        "patchLabels": {
            "add": [{"category": "City", "offset": 0, "length": 3}], "remove": [],
            "stringIndexType": "Utf16CodeUnit", "dataset": "Test", "language": "en", "done": True,
        },
        "restoreLabels": {"location": "e1.txt", "versionId": "1", "stringIndexType": "Utf16CodeUnit"},
        "patchDocument": {"dataset": "Test", "done": True},
        "updateDocuments": {"locations": ["e1.txt", "e2.txt"], "dataset": "Test", "done": False},
        "deleteDocuments": {"locations": ["e2.txt"]},
        "createEntity": {"category": "Event", "description": "x", "color": "#112233", "hotkey": "e"},
        "patchEntity": {"description": "x", "color": None, "hotkey": "p"},
        "renameEntity": {"newName": "Place"},
        "mergeEntity": {"into": "City"},
        "applyToMatches": {"text": "Ana", "category": "Person", "ignoreCase": True, "wholeWords": False, "locations": ["e1.txt"]},
        "autolabel": {
            "trainedModelLabel": "m", "categories": ["City"], "locations": ["e1.txt"], "unlabelledOnly": True,
            "minConfidence": 0.5,
            "dictionary": [{"category": "City", "texts": ["Ana"], "ignoreCase": True, "wholeWords": False}],
        },
        "acceptSuggestions": {
            "locations": ["e1.txt"], "categories": ["City"], "sources": ["model"], "minConfidence": 0.5,
            "labels": [{"category": "City", "offset": 0, "length": 3}], "stringIndexType": "Utf16CodeUnit",
        },
        "rejectSuggestions": {"locations": ["e1.txt"], "sources": ["dictionary", "both"], "minConfidence": 0},
    }  # fmt: skip
    return bodies.get(operation.name, {})


def places(value: Any) -> list[tuple[Any, Any]]:
    """(container, key) of every value inside."""
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [place for key, inner in items for place in [(value, key), *places(inner)]]


def mutate(body: dict[str, Any], kind: str, where: int, value: Any) -> None:
    found = places(body)
    if not found:
        return
    container, key = found[where % len(found)]
    if kind == "drop":
        del container[key]
    elif kind == "replace":
        container[key] = value
    elif isinstance(container, list):
        container.append(container[key])


@pytest.fixture(scope="module")
def furnished(world: World) -> str:
    """A project with one of everything."""
    name = world.project()
    world.labelled(name, "e1.txt", "Ana Li 😀 e\u0301\r\n")
    model = world.model(name)
    for deployment in ("d", "d2"):
        world.deployment(name, deployment, model)
    return name


DESTRUCTIVE = {"deleteProject", "deleteDocument", "deleteDocuments", "deleteDeployment", "deleteModel"}
OFFERED = [operation for operation in OPERATIONS if operation.success < 500]
QUIET = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("operation", OFFERED, ids=lambda operation: operation.name)
@given(data=st.data())
@QUIET
def test_every_operation_survives(client: ApiClient, furnished: str, operation: Operation, data: st.DataObject) -> None:
    _, form, convertors = compile_path(operation.path)
    # Where the operation destroys, it is aimed at names only; elsewhere mostly at what is there.
    there = (
        {}
        if operation.name in DESTRUCTIVE
        else {
            "projectName": furnished,
            "deploymentName": "d",
            "trainedModelLabel": "m",
            "location": "e1.txt",
            "category": "Person",
        }
    )
    values = {}
    for name in convertors:
        known = there.get(name)
        strategy = st.just(known) | st.just(known) | TEXTS if known else TEXTS
        values[name] = quote(data.draw(strategy, label=name), safe="")
    body = valid_body(operation, furnished)
    for kind, where, value in data.draw(st.lists(MUTATIONS, max_size=3), label="mutations"):
        mutate(body, kind, where, value)
    sent = data.draw(st.just(body) | st.just(body) | VALUES, label="body")
    reply = client.request(
        operation.method,
        form.format(**values),
        json=sent if operation.body else None,
        content=data.draw(st.binary(max_size=20), label="bytes") if operation.raw_body else None,
        headers={"If-Match": data.draw(ETAGS, label="If-Match")},
        **data.draw(QUERIES, label="query"),
    )
    assert reply.status_code < 500, reply.text
    if reply.status_code >= 400:
        error = reply.json()["error"]
        assert error["code"]
        assert error["message"]
    elif reply.status_code == 202:
        state = client.get(reply.headers["operation-location"])
        # A project may be gone by its own request; any other job can be asked for.
        assert state.status_code == 200, state.text
        assert state.json()["status"]


@given(
    path=st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: quote(text, safe="/:")),
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
)
@settings(max_examples=60, deadline=None)
def test_any_path_has_an_answer(client: ApiClient, path: str, method: str) -> None:
    for prefix in ("/", "/language/authoring/analyze-text/projects/", "/language/analyze-text/jobs/"):
        reply = client.request(method, prefix + path, key=QUERY_KEY)
        assert reply.status_code in {200, 400, 403, 404, 405}, (unquote(path), reply.text)
