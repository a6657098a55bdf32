"""Labels by adding and removing, on a text that may have changed meanwhile; their history, and the way back."""

from typing import Any
from urllib.parse import quote

import pytest

from functions.services import Services
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World

TEXT = "😀 Ana Li met Jose\u0301 in 東京."
ANA = {"category": "Person", "offset": 3, "length": 6}
JOSE = {"category": "Person", "offset": 14, "length": 5}
TOKYO = {"category": "City", "offset": 23, "length": 2}


def labels(project: str, location: str = "a.txt") -> str:
    return f"{AUTHORING}/projects/{project}/labels/{quote(location)}"


def history(project: str, location: str = "a.txt") -> str:
    return f"{AUTHORING}/projects/{project}/label-history/{quote(location)}"


@pytest.fixture
def document(world: World, project: str) -> str:
    """A project with the document a.txt."""
    world.document(project, "a.txt", TEXT)
    return project


def patch(client: ApiClient, project: str, etag: str | None = None, **body: Any) -> Any:
    etag = etag or client.get(labels(project)).headers["etag"]
    return client.patch(labels(project), json=body, headers={"If-Match": etag})


def found(client: ApiClient, project: str) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = client.get(labels(project)).json()["labels"]
    return value


def test_labels_are_added_and_removed(client: ApiClient, document: str) -> None:
    first = patch(client, document, add=[TOKYO, ANA])
    assert first.status_code == 200, first.text
    assert (first.json()["labels"], first.json()["done"]) == ([ANA, TOKYO], False)
    assert first.headers["etag"] == first.json()["etag"] == client.get(labels(document)).headers["etag"]
    moved = patch(client, document, remove=[ANA], add=[JOSE, {**ANA, "category": "City"}], done=True, dataset="Test")
    assert moved.json()["labels"] == [{**ANA, "category": "City"}, JOSE, TOKYO]
    assert (moved.json()["done"], moved.json()["dataset"], moved.json()["lastModifiedBy"]) == (
        True,
        "Test",
        "author key",
    )
    assert patch(client, document, remove=[JOSE]).json()["done"] is True


def test_a_document_whose_labels_are_all_taken_back_is_unlabelled_again(client: ApiClient, document: str) -> None:
    patch(client, document, add=[ANA])
    patch(client, document, remove=[ANA])
    assert client.get(f"{AUTHORING}/projects/{document}/documents/a.txt").json()["labelled"] is False


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"remove": [TOKYO]}, [("LabelNotFound", "$.remove[0]")]),
        ({"remove": [{**ANA, "category": "City"}]}, [("LabelNotFound", "$.remove[0]")]),
        ({"add": [ANA]}, [("OverlappingLabels", "$.add[0]")]),
        ({"add": [{**ANA, "offset": 0, "length": 4}]}, [("OverlappingLabels", "$.add[0]")]),
        ({"add": [JOSE, {**JOSE, "length": 2}]}, [("OverlappingLabels", "$.add[0]")]),
        ({"add": [{**TOKYO, "category": "Country"}]}, [("UndeclaredCategory", "$.add[0].category")]),
        ({"add": [{**TOKYO, "category": "<b>😀</b>"}]}, [("UndeclaredCategory", "$.add[0].category")]),
        ({"add": [{**TOKYO, "offset": 1}]}, [("OffsetInsideUnit", "$.add[0]")]),
        ({"add": [{**TOKYO, "length": 99}]}, [("LabelOutsideText", "$.add[0]")]),
        ({"add": [{**TOKYO, "length": 0}]}, [("InvalidSpan", "$.add[0]")]),
        ({"remove": [{**ANA, "offset": -1}]}, [("InvalidSpan", "$.remove[0]")]),
        (
            {"remove": [TOKYO], "add": [TOKYO, ANA]},
            [("LabelNotFound", "$.remove[0]"), ("OverlappingLabels", "$.add[1]")],
        ),
        ({"add": None}, [("InvalidRequestBodyFormat", "$.add")]),
        ({"language": "klingon"}, [("UnsupportedLanguageCode", "$.language")]),
    ],
)
def test_changes_that_are_refused(
    client: ApiClient, document: str, body: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    patch(client, document, add=[ANA])
    error = assert_error(patch(client, document, **body), 400, "InvalidArgument", inner=faults[0][0])
    if "details" in error:
        assert sorted((each["code"], each["target"]) for each in error["details"]) == sorted(faults)
    assert found(client, document) == [ANA]


def test_a_label_within_a_letter_is_removed_as_it_is_shown(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", TEXT, Label(13, 17, "Person"), Label(22, 24, "City"))
    shown = client.get(labels(project), stringIndexType="TextElements_v8").json()["labels"]
    assert shown == [{"category": "Person", "offset": 13, "length": 4}, {"category": "City", "offset": 21, "length": 2}]
    reply = patch(client, project, remove=shown[:1], stringIndexType="TextElements_v8")
    assert reply.status_code == 200, reply.text
    assert found(client, project) == [TOKYO]


def test_many_labels_over_many_are_refused_one_by_one(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", "abcd " * 2000, *(Label(5 * i, 5 * i + 3, "City") for i in range(2000)))
    given = [{"category": "Person", "offset": 5 * i - 1, "length": 2} for i in range(1, 2000)]
    error = assert_error(patch(client, project, add=given), 400, "InvalidArgument", inner="OverlappingLabels")
    assert [each["target"] for each in error["details"]] == [f"$.add[{i}]" for i in range(1000)]


def test_two_tabs(client: ApiClient, document: str) -> None:
    """The second one gets what the first one wrote, even where its own change is wrong by now."""
    old = client.get(labels(document)).headers["etag"]
    won = patch(client, document, etag=old, add=[ANA]).json()
    for body in ({"add": [TOKYO]}, {"add": [ANA]}, {"remove": [TOKYO]}):
        lost = patch(client, document, etag=old, **body)
        assert_error(lost, 412, "PreconditionFailed")
        assert lost.json()["current"] == won
    assert_error(client.patch(labels(document), json={"add": []}), 428, "PreconditionRequired", target="If-Match")
    assert patch(client, document, etag=won["etag"], add=[TOKYO]).json()["labels"] == [ANA, TOKYO]


def test_a_text_that_changed_since_it_was_opened(world: World, client: ApiClient, document: str) -> None:
    opened = client.get(f"{AUTHORING}/projects/{document}/documents/a.txt").json()["contentHash"]
    assert patch(client, document, add=[ANA], contentHash=opened).status_code == 200
    world.document(document, "a.txt", "Somebody wrote another text, long enough for all offsets.")
    etag = client.get(labels(document)).headers["etag"]
    assert client.get(labels(document)).json()["textChanged"] is True
    assert client.get(f"{AUTHORING}/projects/{document}/documents/a.txt").json()["textChanged"] is True
    for reply in (
        patch(client, document, add=[TOKYO], contentHash=opened),
        patch(client, document, add=[TOKYO]),
        client.put(labels(document), json={"labels": [], "contentHash": opened}, headers={"If-Match": etag}),
    ):
        assert_error(reply, 409, "Conflict", inner="TextChanged")
    placed = client.put(labels(document), json={"labels": [ANA]}, headers={"If-Match": etag}).json()
    assert ("textChanged" in placed, placed["contentHash"] != opened) == (False, True)


def test_no_new_label_is_longer_than_the_limit(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", "x" * 2000, Label(0, 600, "City"))
    kept = {"category": "City", "offset": 0, "length": 600}
    for length, status in ((500, 200), (501, 400)):
        given = {"category": "City", "offset": 1000, "length": length}
        reply = patch(client, project, add=[given])
        assert reply.status_code == status, reply.text
        if status == 200:
            patch(client, project, remove=[given])
    assert_error(reply, 400, "InvalidArgument", inner="LabelTooLong", target="$.add[0]")
    etag = client.get(labels(project)).headers["etag"]
    assert client.put(labels(project), json={"labels": [kept]}, headers={"If-Match": etag}).status_code == 200


@pytest.mark.parametrize("text", ["", " \n"], ids=["nothing", "blank"])
def test_a_document_without_text(world: World, client: ApiClient, project: str, text: str) -> None:
    """It can be opened and be done with; there is nothing to label in it."""
    world.document(project, "a.txt", text)
    if client.get(f"{AUTHORING}/projects/{project}/documents/a.txt").json()["status"] == "failed":
        assert_error(client.get(labels(project)), 409, "Conflict", inner="DocumentUnreadable")
        return
    assert_error(patch(client, project, add=[{**ANA, "offset": 5}]), 400, "InvalidArgument", inner="LabelOutsideText")
    assert patch(client, project, done=True).json()["done"] is True


def test_one_line_of_120_000_characters(world: World, client: ApiClient, project: str) -> None:
    world.document(project, "a.txt", "😀abcde" * 20_000)
    given = [{"category": "City", "offset": 7 * i + 2, "length": 5} for i in range(2000)]
    assert patch(client, project, add=given).json()["labels"] == given


# --- history ----------------------------------------------------------------------------------------------------------


def test_who_changed_what_and_the_way_back(client: ApiClient, services: Services, document: str) -> None:
    patch(client, document, add=[ANA])
    patch(client, document, add=[TOKYO])
    patch(client, document, remove=[ANA], done=True)
    versions = client.get(history(document)).json()["value"]
    assert [each["labels"] for each in versions] == [[ANA, TOKYO], [ANA]]
    assert [(each["labelsCount"], each["done"], each["restorable"]) for each in versions] == [
        (2, False, True),
        (1, False, True),
    ]
    assert {each["modifiedBy"] for each in versions} == {each["replacedBy"] for each in versions} == {"author key"}
    etag = client.get(labels(document)).headers["etag"]
    body = {"location": "a.txt", "versionId": versions[1]["versionId"]}
    path = f"{AUTHORING}/projects/{document}/labels:restore"
    assert_error(client.post(path, json=body), 428, "PreconditionRequired")
    assert_error(client.post(path, json=body, headers={"If-Match": 'W/"old"'}), 412, "PreconditionFailed")
    restored = client.post(path, json=body, headers={"If-Match": etag})
    assert restored.status_code == 200, restored.text
    assert (restored.json()["labels"], restored.json()["done"]) == ([ANA], False)
    assert [each["labels"] for each in client.get(history(document)).json()["value"]] == [[TOKYO], [ANA, TOKYO], [ANA]]


def test_the_history_has_pages(client: ApiClient, document: str) -> None:
    for i in range(6):
        patch(client, document, dataset=("Train", "Test")[i % 2])
    whole = client.get(history(document)).json()["value"]
    assert len(whole) == 5
    first = client.get(history(document), maxpagesize=2).json()
    patch(client, document, dataset=None)
    second = client.get(first["nextLink"]).json()
    third = client.get(second["nextLink"]).json()
    assert [*first["value"], *second["value"], *third["value"]] == whole
    assert third["nextLink"] is None


def test_versions_that_cannot_come_back(world: World, client: ApiClient, document: str) -> None:
    patch(client, document, add=[ANA])
    patch(client, document, remove=[ANA], add=[TOKYO])
    version = client.get(history(document)).json()["value"][0]["versionId"]
    etag = client.get(labels(document)).headers["etag"]

    def restore(version_id: str) -> Any:
        body = {"location": "a.txt", "versionId": version_id}
        return client.post(f"{AUTHORING}/projects/{document}/labels:restore", json=body, headers={"If-Match": etag})

    for wrong in ("1", "", "x" * 2000, "a/b", "\0"):
        assert_error(restore(wrong), 404, "NotFound", target="versionId")
    client.patch(f"{AUTHORING}/projects/{document}", json={"categories": [{"category": "City"}]})
    assert_error(restore(version), 409, "Conflict", inner="UndeclaredCategory", target="$.versionId")
    world.document(document, "a.txt", "another text")
    assert_error(restore(version), 409, "Conflict", inner="TextChanged")
    entry = client.get(history(document)).json()["value"][0]
    assert (entry["restorable"], entry["labels"], entry["labelsCount"]) == (False, [], 1)


def test_the_history_of_a_location_with_slashes_and_colons(world: World, client: ApiClient, project: str) -> None:
    location = "a/b:restore/history.txt"
    world.labelled(project, location, "Rome", Label(0, 4, "City"))
    etag = client.get(labels(project, location)).headers["etag"]
    client.put(labels(project, location), json={"labels": []}, headers={"If-Match": etag})
    assert len(client.get(history(project, location)).json()["value"]) == 1
