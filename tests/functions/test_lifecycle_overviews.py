"""Counts of a project that many ask for: shared, read in parts, and never without what was done just now."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from functions.lifecycle import overviews
from functions.services import Services
from functions.settings import Settings
from functions.stores.labels import Annotation
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient
from tests.functions.world import World

ROME, LI = Label(0, 4, "City"), Label(5, 7, "Person")
Act = Callable[[ApiClient, str], httpx.Response]


@pytest.fixture
def patient(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts that would be kept for an hour."""
    monkeypatch.setattr(services.overviews._memo, "_max_age", 3600.0)


def counts(client: ApiClient, project: str) -> tuple[int, int, int, dict[str, int]]:
    """Documents, labelled ones, those for training, and labels by category: as statistics and entities say."""
    path = f"{AUTHORING}/projects/{project}"
    statistics = client.get(f"{path}/statistics").json()
    entities = client.get(f"{path}/entities").json()["value"]
    found = {each["category"]: each["labelsCount"] for each in statistics["categories"]}
    assert {each["category"]: each["labelsCount"] for each in entities} == found
    documents = statistics["documents"]
    return documents["total"], documents["labelled"], documents["datasets"]["Train"], found


def put_labels(client: ApiClient, path: str) -> httpx.Response:
    etag = client.get(f"{path}/labels/b.txt").headers["etag"]
    body = {"labels": [{"category": "City", "offset": 0, "length": 4}]}
    return client.put(f"{path}/labels/b.txt", json=body, headers={"If-Match": etag})


def patch_labels(client: ApiClient, path: str) -> httpx.Response:
    etag = client.get(f"{path}/labels/a.txt").headers["etag"]
    body = {"remove": [{"category": "Person", "offset": 5, "length": 2}]}
    return client.patch(f"{path}/labels/a.txt", json=body, headers={"If-Match": etag})


def matches(client: ApiClient, path: str) -> httpx.Response:
    return client.post(f"{path}/labels/:apply-to-matches", json={"text": "Rome", "category": "City"})


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (put_labels, (2, 2, 0, {"City": 2, "Person": 1})),
        (patch_labels, (2, 1, 0, {"City": 1, "Person": 0})),
        (matches, (2, 2, 0, {"City": 2, "Person": 1})),
        (lambda client, path: client.put(f"{path}/documents/c.txt", content=b"x"), (3, 1, 0, {"City": 1, "Person": 1})),
        (lambda client, path: client.delete(f"{path}/documents/a.txt"), (1, 0, 0, {"City": 0, "Person": 0})),
        (lambda client, path: client.patch(f"{path}/documents/b.txt", json={"dataset": "Train"}), (2, 1, 1, {"City": 1, "Person": 1})),
        (lambda client, path: client.patch(f"{path}/documents/b.txt", json={"done": True}), (2, 2, 0, {"City": 1, "Person": 1})),
        (lambda client, path: client.post(f"{path}/documents/:delete", json={"locations": ["a.txt"]}), (1, 0, 0, {"City": 0, "Person": 0})),
        (lambda client, path: client.delete(f"{path}/entities/Person"), (2, 1, 0, {"City": 1})),
        (lambda client, path: client.post(f"{path}/entities/City/:rename", json={"newName": "Town"}), (2, 1, 0, {"Town": 1, "Person": 1})),
        (lambda client, path: client.post(f"{path}/entities/City/:merge", json={"into": "Person"}), (2, 1, 0, {"Person": 2})),
        (lambda client, path: client.post(f"{path}/entities", json={"category": "Food"}), (2, 1, 0, {"City": 1, "Person": 1, "Food": 0})),
    ],
    ids=["put labels", "patch labels", "matches", "upload", "delete", "assign", "done", "delete many", "delete entity",
         "rename", "merge", "new entity"],
)  # fmt: skip
def test_what_somebody_did_is_counted_at_once(
    world: World, client: ApiClient, project: str, act: Act, expected: Any
) -> None:
    world.labelled(project, "a.txt", "Rome Li", ROME, LI)
    world.document(project, "b.txt", "Rome too")
    assert counts(client, project) == (2, 1, 0, {"City": 1, "Person": 1})
    reply = act(client, f"{AUTHORING}/projects/{project}")
    assert reply.status_code < 300, reply.text
    assert counts(client, project) == expected


@pytest.mark.usefixtures("patient")
def test_a_project_of_the_name_of_one_that_is_gone_counts_anew(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", "Rome Li", ROME, LI)
    counts(client, project)
    client.finish(client.delete(f"{AUTHORING}/projects/{project}"))
    world.project(project)
    assert counts(client, project) == (0, 0, 0, {"City": 0, "Person": 0})


@pytest.mark.parametrize(("age", "expected"), [(3600.0, 1), (0.0, 2)])
def test_what_other_instances_write_is_counted_soon(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch, age: float, expected: int
) -> None:
    project = world.project()
    world.labelled(project, "a.txt", "Rome Li", ROME, LI)
    document = world.document(project, "b.txt", "Rome too")
    monkeypatch.setattr(world.services.overviews._memo, "_max_age", age)
    assert world.services.overviews.get(project).categories["City"].labels.total() == 1
    annotation = Annotation("b.txt", (ROME,), document.content_hash)
    Services.build(settings).labels.save(project, annotation, etag=annotation.etag, by="elsewhere")
    assert world.services.overviews.get(project).categories["City"].labels.total() == expected


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_parts_make_the_same_counts(
    world: World, services: Services, project: str, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """The first count finds where to cut; later ones read the parts, whatever has come and gone between the cuts."""
    monkeypatch.setattr(overviews, "_PART_ROWS", rows)
    for name in ("b", "d/é", "f", "F", "😀", "x" * 500):
        world.labelled(project, f"{name}.txt", "Rome Li", ROME, LI, dataset="Train")
    first = services.overviews.get(project)
    services.labels.clear(project, "f.txt", by="test")
    assert services.overviews.get(project).categories["City"].labels == {"Train": 5}
    for name in ("a", "c", "d/f", "zz"):
        world.labelled(project, f"{name}.txt", "Rome Li", ROME, dataset="Test")
    services.documents.delete(project, "d/é.txt")
    found = services.overviews.get(project)
    assert (first.documents, first.categories["Person"].document_count) == ({"Train": 6}, 6)
    assert found.documents == {"Train": 4, "Test": 4, "Unassigned": 1}
    assert found.categories["City"].labels == {"Train": 4, "Test": 4}
    assert sorted(found.unlabelled.locations) == ["f.txt"]


def test_the_first_of_many_are_named_in_order(
    world: World, services: Services, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overviews, "_PART_ROWS", 2)
    names = [f"{i}.txt" for i in range(7)]
    for name in reversed(names):
        world.document(project, name, name)
    for _ in range(2):
        assert services.overviews.get(project).unlabelled.locations == names
        services.documents.delete(project, "none")
