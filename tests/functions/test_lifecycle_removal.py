"""Deleting a project: all at once, again after a crash, and with nothing left by work that ends later."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.lifecycle import changes, label_files, removal, transfer
from functions.services import Services
from functions.stores.jobs import JobKind, new_job
from functions.stores.labels import Annotation, LabelStore
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World

ROME = Label(0, 4, "City")


def path(project: str, rest: str = "") -> str:
    return f"{AUTHORING}/projects/{project}{rest}"


def rows(services: Services, project: str) -> dict[str, int]:
    """What storage still has of a project, its files apart."""
    found: dict[str, int] = {}
    for name in (
        "projects",
        "documents",
        "contents",
        "labels",
        "labelhistory",
        "changes",
        "suggestions",
        "models",
        "deployments",
    ):
        entities = services.storage.tables.get_table_client(name).list_entities()
        n = sum(
            project in (each["PartitionKey"], each["RowKey"], each["PartitionKey"].split("|")[0]) for each in entities
        )
        if n:
            found[name] = n
    for container in ("texts", "datasets", "models", "results"):
        if n := len(list(services.blobs.listing(container, f"{project}/"))):
            found[container] = n
    return found


@pytest.fixture
def furnished(world: World, client: ApiClient) -> str:
    """A project with some of everything."""
    name = world.project()
    world.labelled(name, "a.txt", "Rome", ROME)
    world.labelled(name, "a.txt", "Rome")
    world.document(name, "b.txt", "Rome and Oslo")
    world.deployment(name)
    client.finish(client.post(path(name, "/labels:apply-to-matches"), json={"text": "Rome", "category": "City"}))
    client.finish(client.post(path(name, ":autolabel"), json={"dictionary": [{"category": "City", "texts": ["Oslo"]}]}))
    return name


def test_nothing_is_left(services: Services, client: ApiClient, furnished: str) -> None:
    assert set(rows(services, furnished)) >= {
        "projects",
        "documents",
        "labels",
        "labelhistory",
        "changes",
        "suggestions",
        "models",
        "texts",
        "results",
    }
    client.finish(client.delete(path(furnished)))
    assert rows(services, furnished) == {}
    assert services.blobs.info("documents", f"{furnished}/a.txt") is not None
    assert_error(client.delete(path(furnished)), 404, "ProjectNotFound")


def test_a_deletion_that_was_interrupted_can_be_asked_for_again(
    services: Services, client: ApiClient, furnished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(services: Services, name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(removal, "remove_rows", die)
    with pytest.raises(KeyboardInterrupt):
        removal.delete_project(services, new_job("$global", JobKind.DELETE_PROJECT, {"project": furnished}))
    monkeypatch.undo()
    assert_error(client.get(path(furnished)), 404, "ProjectNotFound")
    assert furnished not in [each["projectName"] for each in client.get(f"{AUTHORING}/projects").json()["value"]]
    body = {"projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en"}
    assert_error(client.patch(path(furnished), json=body), 409, "Conflict", target="projectName")
    client.finish(client.delete(path(furnished)))
    assert rows(services, furnished) == {}
    assert client.patch(path(furnished), json=body).status_code == 201


def delete_during(
    monkeypatch: pytest.MonkeyPatch, services: Services, project: str, module: Any, function: str
) -> None:
    """Has the project deleted just before a step of some work, which does not notice."""
    step = getattr(module, function)

    def delete_first(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(module, function, step)
        removal.delete_project(services, new_job("$global", JobKind.DELETE_PROJECT, {"project": project}))
        return step(*args, **options)

    monkeypatch.setattr(module, function, delete_first)


def test_an_import_that_a_deletion_overtakes(
    services: Services, client: ApiClient, furnished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = client.get(client.finish(client.post(path(furnished, "/:export")))["resultUrl"]).json()
    delete_during(monkeypatch, services, furnished, transfer, "_write")
    client.post(path(furnished, "/:import"), json=file)
    assert rows(services, furnished) == {}


def test_an_import_that_makes_the_project_and_is_overtaken(
    services: Services, client: ApiClient, furnished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = client.get(client.finish(client.post(path(furnished, "/:export")))["resultUrl"]).json()
    client.finish(client.delete(path(furnished)))
    delete_during(monkeypatch, services, furnished, transfer, "_write")
    client.post(path(furnished, "/:import"), json=file)
    assert rows(services, furnished) == {}


@pytest.mark.parametrize(
    ("module", "function", "verb", "sent"),
    [
        (
            label_files,
            "_write",
            "labels:import?format=doccano",
            {"content": b'{"text": "Oslo", "label": [[0, 4, "City"]]}'},
        ),
        (changes, "apply_deltas", "labels:apply-to-matches", {"json": {"text": "Rome", "category": "City"}}),
    ],
)
def test_other_work_that_a_deletion_overtakes(  # noqa: PLR0917
    services: Services, client: ApiClient, world: World, monkeypatch: pytest.MonkeyPatch, module: Any, function: str, verb: str, sent: Any
) -> None:  # fmt: skip
    name = world.project()
    world.document(name, "a.txt", "Rome")
    delete_during(monkeypatch, services, name, module, function)
    verb, _, query = verb.partition("?format=")
    client.post(path(name, f"/{verb}"), **sent, **({"format": query} if query else {}))
    assert rows(services, name) == {}


@pytest.fixture(params=["all of it", "its document, and its labels in a moment"])
def delete_as_labels_are_written(
    services: Services, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[[str], None]:
    """Has a.txt deleted, wholly or halfway, at the moment at which its labels are about to be written."""
    save = LabelStore.save

    def install(project: str) -> None:
        def delete_first(store: LabelStore, name: str, annotation: Annotation, **options: Any) -> Annotation:
            if annotation.location == "a.txt":
                monkeypatch.setattr(LabelStore, "save", save)
                services.documents.delete(project, "a.txt")
                if request.param == "all of it":
                    services.labels.clear(project, "a.txt", by="somebody")
            return save(store, name, annotation, **options)

        monkeypatch.setattr(LabelStore, "save", delete_first)

    return install


@pytest.mark.parametrize("is_labelled", [True, False], ids=["labelled before", "not labelled"])
def test_a_document_deleted_during_an_import_leaves_no_labels(
    services: Services,
    client: ApiClient,
    world: World,
    delete_as_labels_are_written: Callable[[str], None],
    *,
    is_labelled: bool,
) -> None:
    name = world.project()
    world.labelled(name, "a.txt", "Rome", ROME)
    world.labelled(name, "b.txt", "Rome", ROME)
    file = client.get(client.finish(client.post(path(name, "/:export")))["resultUrl"]).json()
    if not is_labelled:
        services.labels.clear(name, "a.txt", by="test")
    delete_as_labels_are_written(name)
    state = client.finish(client.post(path(name, "/:import"), json=file))
    assert state["status"] == "succeeded"
    assert [warning["code"] for warning in state["warnings"]] == ["DocumentDeleted"]
    assert [each.location for each in services.labels.read_all(name)] == ["b.txt"]
    assert_error(client.get(path(name, "/documents/a.txt")), 404, "NotFound")


def test_a_document_deleted_during_an_import_of_another_tool(
    services: Services, client: ApiClient, world: World, delete_as_labels_are_written: Callable[[str], None]
) -> None:
    name = world.project()
    world.document(name, "a.txt", "Rome")
    world.document(name, "b.txt", "Oslo")
    delete_as_labels_are_written(name)
    lines = b'{"text": "Rome", "label": [[0, 4, "City"]]}\n{"text": "Oslo", "label": [[0, 4, "City"]]}'
    state = client.finish(client.post(path(name, "/labels:import"), content=lines, format="doccano"))
    assert state["status"] == "succeeded"
    assert [warning["code"] for warning in state["warnings"]] == ["DocumentDeleted"]
    assert [each.location for each in services.labels.read_all(name)] == ["b.txt"]


def test_an_import_that_fails_leaves_files_ingested_that_have_no_project_yet(
    services: Services, world: World, client: ApiClient
) -> None:
    name = world.project()
    world.document(name, "a.txt", "Rome")
    services.projects.delete(name)
    file = {
        "projectFileVersion": "2022-05-01", "stringIndexType": "Utf16CodeUnit",
        "metadata": {"projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "projectName": name, "language": "en"},
        "assets": {"projectKind": "CustomEntityRecognition", "entities": [], "documents": [{"location": "gone.txt", "entities": []}]},
    }  # fmt: skip
    state = client.finish(client.post(path(name, "/:import"), json=file))
    assert state["status"] == "failed"
    assert services.documents.find(name, "a.txt") is not None
