"""The same text elsewhere: free places only, a preview, one record, one undo."""

from typing import Any

import pytest

from functions.lifecycle import changes, operations, works
from functions.services import Services
from functions.stores.changes import ChangeKind, new_change_id
from functions.stores.jobs import JobKind, JobStatus, new_job
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World


def apply(client: ApiClient, project: str, text: str = "Rome", category: str = "City", **options: Any) -> Any:
    preview = {"preview": "true"} if options.pop("preview", False) else {}
    path = f"{AUTHORING}/projects/{project}/labels:apply-to-matches"
    return client.post(path, json={"text": text, "category": category, **options}, **preview)


def stored(services: Services, project: str, location: str) -> list[tuple[int, int, str]]:
    return [(label.start, label.end, label.category) for label in services.labels.get(project, location).labels]


@pytest.fixture
def shelf(world: World, project: str) -> str:
    world.labelled(project, "a.txt", "Rome and Rome, ROME", Label(0, 4, "Person"))
    world.document(project, "b.txt", "😀 Rome. Romeo")
    world.document(project, "c.txt", "Oslo")
    world.document(project, "d.exe", b"MZ\x00")
    world.labelled(project, "e.txt", "Rome Rome", Label(0, 4, "City"))
    world.document(project, "e.txt", "Another text with Rome in it")
    return project


def test_free_places_are_labelled_and_given_back(services: Services, client: ApiClient, shelf: str) -> None:
    state = client.finish(apply(client, shelf))
    assert state["status"] == "succeeded", state
    assert (state["result"]["documentsCount"], state["result"]["labelsCount"]) == (2, 2)
    assert stored(services, shelf, "a.txt") == [(0, 4, "Person"), (9, 13, "City")]
    assert stored(services, shelf, "b.txt") == [(2, 6, "City")]
    assert stored(services, shelf, "e.txt") == [(0, 4, "City")]  # of the text before: for a person to look at
    change = client.get(f"{AUTHORING}/projects/{shelf}/changes").json()["value"][0]
    assert change["details"] == {"text": "Rome", "category": "City", "ignoreCase": False, "wholeWords": True}
    client.finish(client.post(f"{AUTHORING}/projects/{shelf}/changes/{change['changeId']}:undo"))
    assert stored(services, shelf, "a.txt") == [(0, 4, "Person")]
    assert stored(services, shelf, "b.txt") == []
    assert client.get(f"{AUTHORING}/projects/{shelf}/documents/b.txt").json()["labelled"] is False


def test_a_preview_shows_places_and_changes_nothing(services: Services, client: ApiClient, shelf: str) -> None:
    state = client.finish(apply(client, shelf, ignoreCase=True, wholeWords=False, preview=True))
    result = state["result"]
    assert (result["preview"], result["documentsCount"], result["labelsCount"]) == (True, 2, 4)
    assert [(each["location"], each["text"]) for each in result["examples"]] == [
        ("a.txt", "Rome"), ("a.txt", "ROME"), ("b.txt", "Rome"), ("b.txt", "Rome"),
    ]  # fmt: skip
    assert (result["examples"][2]["before"], result["examples"][2]["after"]) == ("😀 ", ". Romeo")
    assert stored(services, shelf, "b.txt") == []
    assert client.get(f"{AUTHORING}/projects/{shelf}/changes").json()["value"] == []


def test_only_in_some_documents(services: Services, client: ApiClient, shelf: str) -> None:
    state = client.finish(apply(client, shelf, locations=["b.txt", "gone.txt", "d.exe", "b.txt"]))
    assert (state["result"]["documentsCount"], state["result"]["labelsCount"]) == (1, 1)
    assert stored(services, shelf, "a.txt") == [(0, 4, "Person")]


def test_an_undo_takes_back_only_what_is_still_as_it_was(services: Services, client: ApiClient, shelf: str) -> None:
    change = client.finish(apply(client, shelf))["result"]["changeId"]
    annotation = services.labels.get(shelf, "a.txt")
    relabelled = (Label(0, 4, "Person"), Label(9, 13, "Person"))
    services.labels.save(
        shelf, type(annotation)("a.txt", relabelled, annotation.content_hash), etag=annotation.etag, by="x"
    )
    client.finish(client.post(f"{AUTHORING}/projects/{shelf}/changes/{change}:undo"))
    assert stored(services, shelf, "a.txt") == [(0, 4, "Person"), (9, 13, "Person")]
    assert stored(services, shelf, "b.txt") == []


@pytest.mark.parametrize(
    ("verb", "body"), [("rename", {"newName": "Place"}), ("merge", {"into": "Person"})], ids=["renamed", "merged"]
)
def test_an_undo_finds_labels_whose_category_has_another_name_since(
    services: Services, client: ApiClient, shelf: str, verb: str, body: Any
) -> None:
    change = client.finish(apply(client, shelf))["result"]["changeId"]
    client.finish(client.post(f"{AUTHORING}/projects/{shelf}/entities/City:{verb}", json=body))
    client.finish(client.post(f"{AUTHORING}/projects/{shelf}/changes/{change}:undo"))
    assert stored(services, shelf, "a.txt") == [(0, 4, "Person")]
    assert stored(services, shelf, "b.txt") == []
    assert stored(services, shelf, "e.txt") == [(0, 4, next(iter(body.values())))]  # a person's own


def test_an_undo_after_a_rename_that_was_taken_back(services: Services, client: ApiClient, shelf: str) -> None:
    change = client.finish(apply(client, shelf))["result"]["changeId"]
    renaming = client.post(f"{AUTHORING}/projects/{shelf}/entities/City:rename", json={"newName": "Place"})
    renamed = client.finish(renaming)["result"]["changeId"]
    for each in (renamed, change):
        client.finish(client.post(f"{AUTHORING}/projects/{shelf}/changes/{each}:undo"))
    assert stored(services, shelf, "b.txt") == []


@pytest.mark.parametrize(
    ("kind", "details", "left"),
    [
        (ChangeKind.RENAME_ENTITY, {"newName": "Place"}, [(2, 6, "Place")]),
        (ChangeKind.MERGE_ENTITIES, {"into": "Person"}, [(2, 6, "Person")]),
        (ChangeKind.DELETE_ENTITY, {}, []),
    ],
)
def test_a_category_that_goes_while_labels_are_made(  # noqa: PLR0917
    services: Services,
    client: ApiClient,
    shelf: str,
    monkeypatch: pytest.MonkeyPatch,
    kind: ChangeKind,
    details: dict[str, str],
    left: list[tuple[int, int, str]],
) -> None:
    """Somebody changes the category after the job has looked, and is done before the job writes."""
    really_apply = changes.apply_deltas
    asked = {"changeId": "", "kind": kind.value, "details": {"category": "City", **details}, "by": "ann"}

    def change_and_apply(*args: Any, **options: Any) -> list[str]:
        monkeypatch.setattr(changes, "apply_deltas", really_apply)
        later = new_job(shelf, JobKind.CHANGE, asked | {"changeId": new_change_id()})
        assert operations.run_now(services, later, works.make_change).status is JobStatus.SUCCEEDED
        return really_apply(*args, **options)

    prepare = changes.begin

    def begin(*args: Any) -> Any:
        change = prepare(*args)
        monkeypatch.setattr(changes, "apply_deltas", change_and_apply)
        monkeypatch.setattr(changes, "begin", prepare)
        return change

    monkeypatch.setattr(changes, "begin", begin)
    made = client.finish(apply(client, shelf, locations=["b.txt"]))["result"]["changeId"]
    assert stored(services, shelf, "b.txt") == left
    client.finish(client.post(f"{AUTHORING}/projects/{shelf}/changes/{made}:undo"))
    assert stored(services, shelf, "b.txt") == []


def test_more_than_a_row_holds_is_skipped(services: Services, world: World, client: ApiClient, project: str) -> None:
    world.document(project, "a.txt", "ab " * 30_000)
    world.document(project, "b.txt", "ab")
    result = client.finish(apply(client, project, text="ab"))["result"]
    assert (result["documentsCount"], result["labelsCount"], result["skippedCount"]) == (1, 1, 1)
    assert stored(services, project, "a.txt") == []


def test_no_match_becomes_a_label_that_is_too_long(
    services: Services, world: World, client: ApiClient, project: str
) -> None:
    world.document(project, "a.txt", "s" * 600 + " " + "ß" * 300)
    client.finish(apply(client, project, text="ß" * 300, ignoreCase=True))
    assert stored(services, project, "a.txt") == [(601, 901, "City")]


@pytest.mark.parametrize(
    ("body", "inner", "target"),
    [
        ({"text": ""}, "InvalidParameterValue", "$.text"),
        ({"text": " Rome"}, "InvalidParameterValue", "$.text"),
        ({"text": "x" * 501}, "InvalidParameterValue", "$.text"),
        ({"category": "Country"}, "UndeclaredCategory", "$.category"),
        ({"locations": []}, "InvalidRequestBodyFormat", "$.locations"),
        ({"ignoreCase": "yes"}, "InvalidRequestBodyFormat", "$.ignoreCase"),
    ],
)
def test_requests_that_are_refused(client: ApiClient, project: str, body: Any, inner: str, target: str) -> None:
    assert_error(apply(client, project, **body), 400, "InvalidArgument", inner=inner, target=target)


def test_a_category_that_goes_while_the_job_waits(
    services: Services, client: ApiClient, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "INLINE_DOCUMENTS", 1)
    accepted = apply(client, shelf)
    job = client.finish(accepted)
    assert job["status"] == "notStarted"
    monkeypatch.undo()
    client.finish(client.delete(f"{AUTHORING}/projects/{shelf}/entities/City"))
    operations.run_queued(services, shelf, job["jobId"], works.WORKS)
    assert client.get(accepted.headers["operation-location"]).json()["error"]["code"] == "InvalidArgument"
    assert stored(services, shelf, "b.txt") == []
