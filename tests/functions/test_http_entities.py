"""Entity types: counts, looks, and renames, merges and removals that are previewed, recorded and undone."""

from typing import Any
from urllib.parse import quote

import pytest

from functions.lifecycle import changes as change_lifecycle
from functions.lifecycle import operations, works
from functions.services import Services
from functions.stores.changes import ChangeKind, LabelDelta, new_change_id
from functions.stores.jobs import JobKind, new_job
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World, unique

ROME, OSLO, ANA = Label(0, 4, "City"), Label(9, 13, "City"), Label(14, 17, "Person")
TEXT = "Rome and Oslo Ana"


def entities(project: str, category: str = "") -> str:
    return f"{AUTHORING}/projects/{project}/entities" + (f"/{quote(category, safe='')}" if category else "")


def changes(project: str) -> str:
    return f"{AUTHORING}/projects/{project}/changes"


@pytest.fixture
def labelled(world: World, project: str) -> str:
    """Three City and one Person in two documents."""
    world.labelled(project, "a.txt", TEXT, ROME, OSLO, ANA, dataset="Train")
    world.labelled(project, "b.txt", TEXT, ROME)
    world.document(project, "c.txt", "x")
    return project


def counts(client: ApiClient, project: str) -> dict[str, tuple[int, int]]:
    listed = client.get(entities(project)).json()["value"]
    return {each["category"]: (each["labelsCount"], each["documentsCount"]) for each in listed}


def stored(services: Services, project: str, location: str = "a.txt") -> tuple[Label, ...]:
    return services.labels.get(project, location).labels


def undo(client: ApiClient, project: str, state: dict[str, Any]) -> dict[str, Any]:
    return client.finish(client.post(f"{changes(project)}/{state['result']['changeId']}:undo"))


# --- one entity type --------------------------------------------------------------------------------------------------


def test_entities_are_listed_in_their_order_with_counts(client: ApiClient, labelled: str) -> None:
    assert list(counts(client, labelled).items()) == [("City", (3, 2)), ("Person", (1, 1))]


@pytest.mark.parametrize("name", ["Event", "😀", "<b>x</b>".replace("/", "|"), "a b", "été", "x" * 50, "entities"])
def test_an_entity_is_declared_described_and_removed(client: ApiClient, project: str, name: str) -> None:
    made = client.post(entities(project), json={"category": name, "color": "#AABBcc", "hotkey": "7"})
    assert made.status_code == 201, made.text
    assert made.json() == {"category": name, "labelsCount": 0, "documentsCount": 0, "color": "#aabbcc", "hotkey": "7"}
    changed = client.patch(entities(project, name), json={"description": "<script>", "hotkey": None})
    assert changed.json() == {
        "category": name,
        "labelsCount": 0,
        "documentsCount": 0,
        "color": "#aabbcc",
        "description": "<script>",
    }
    assert list(counts(client, project)) == ["City", "Person", name]
    project_categories = client.get(f"{AUTHORING}/projects/{project}").json()["categories"]
    assert project_categories[2] == {"category": name, "description": "<script>"}
    assert client.finish(client.delete(entities(project, name)))["status"] == "succeeded"
    assert list(counts(client, project)) == ["City", "Person"]


@pytest.mark.parametrize(
    ("body", "status", "code", "target"),
    [
        ({"category": "City"}, 409, "Conflict", "$.category"),
        ({"category": ""}, 400, "InvalidArgument", "$.category"),
        ({"category": "a/b"}, 400, "InvalidArgument", "$.category"),
        *[
            ({"category": name}, 400, "InvalidArgument", "$.category")
            for name in (" ", ".", "..", "a\nb", "a\0", "\x85")
        ],
        ({"category": "x" * 51}, 400, "InvalidArgument", "$.category"),
        ({"category": "New", "color": "red"}, 400, "InvalidArgument", "$.color"),
        ({"category": "New", "color": "#12345"}, 400, "InvalidArgument", "$.color"),
        ({"category": "New", "hotkey": "ab"}, 400, "InvalidArgument", "$.hotkey"),
        ({"category": "New", "hotkey": " "}, 400, "InvalidArgument", "$.hotkey"),
        ({"category": "New", "hotkey": ""}, 400, "InvalidArgument", "$.hotkey"),
        ({"category": "New", "hotkey": "1"}, 409, "Conflict", "$.hotkey"),
        *[({"category": "New", "hotkey": key}, 400, "InvalidArgument", "$.hotkey") for key in "lLxnP?[}"],
        ({}, 400, "InvalidArgument", "$"),
        ({"category": None}, 400, "InvalidArgument", "$.category"),
    ],
)
def test_entities_that_are_refused(  # noqa: PLR0917
    client: ApiClient, project: str, body: dict[str, Any], status: int, code: str, target: str
) -> None:
    client.patch(entities(project, "Person"), json={"hotkey": "1"})
    assert_error(client.post(entities(project), json=body), status, code, target=target)
    assert list(counts(client, project)) == ["City", "Person"]


def test_two_hundred_categories_and_no_more(world: World, client: ApiClient) -> None:
    project = world.project(categories=tuple(f"😀 {i}" for i in range(199)))
    assert client.post(entities(project), json={"category": "200"}).status_code == 201
    refused = client.post(entities(project), json={"category": "201"})
    assert_error(refused, 400, "InvalidArgument", inner="TooManyCategories", target="$.category")
    text = "ab" * 200
    world.labelled(project, "a.txt", text, *(Label(2 * i, 2 * i + 1, f"😀 {i}") for i in range(199)))
    assert list(counts(client, project).values()) == [(1, 1)] * 199 + [(0, 0)]
    assert len(client.get(entities(project), maxpagesize=150).json()["value"]) == 150


def keys(client: ApiClient, project: str) -> dict[str, str | None]:
    return {each["category"]: each.get("hotkey") for each in client.get(entities(project)).json()["value"]}


def test_digits_are_given_at_creation_and_stay_when_another_type_goes(client: ApiClient) -> None:
    project = unique()
    body = {
        "projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en",
        "categories": [{"category": "A"}, {"category": "B"}],
    }  # fmt: skip
    client.patch(f"{AUTHORING}/projects/{project}", json=body)
    client.post(entities(project), json={"category": "C", "hotkey": "4"})
    assert client.post(entities(project), json={"category": "D"}).json()["hotkey"] == "3"
    assert "hotkey" not in client.post(entities(project), json={"category": "E", "hotkey": None}).json()
    client.finish(client.delete(entities(project, "B")))
    assert keys(client, project) == {"A": "1", "C": "4", "D": "3", "E": None}
    assert client.post(entities(project), json={"category": "F"}).json()["hotkey"] == "2"
    # A list that is sent whole keeps the keys of those that stay, and one taken away is not given back.
    listed = [{"category": each} for each in ("G", "F", "E", "A")]
    client.patch(f"{AUTHORING}/projects/{project}", json={"categories": listed})
    assert keys(client, project) == {"G": "3", "F": "2", "E": None, "A": "1"}


def test_of_many_types_nine_have_a_digit(client: ApiClient, project: str) -> None:
    for i in range(9):
        client.post(entities(project), json={"category": f"T{i}"})
    given = [each for each in keys(client, project).values() if each]
    assert given == list("123456789")


def test_a_hotkey_moves_with_a_rename_and_styles_survive_an_import(client: ApiClient, labelled: str) -> None:
    client.patch(entities(labelled, "City"), json={"hotkey": "c", "color": "#000000"})
    client.finish(client.post(f"{entities(labelled, 'City')}:rename", json={"newName": "Place"}))
    exported = client.finish(client.post(f"{AUTHORING}/projects/{labelled}/:export"))
    file = client.get(exported["resultUrl"]).json()
    client.finish(client.post(f"{AUTHORING}/projects/{labelled}/:import", json=file))
    place = client.get(entities(labelled)).json()["value"][0]
    assert (place["category"], place["hotkey"], place["color"]) == ("Place", "c", "#000000")


@pytest.mark.parametrize(("method", "verb", "body"), [("PATCH", "", {}), ("POST", ":rename", {"newName": "X"}), ("POST", ":merge", {"into": "City"}), ("DELETE", "", None)])  # fmt: skip
def test_an_entity_that_somebody_removed_meanwhile(
    client: ApiClient, project: str, method: str, verb: str, body: Any
) -> None:
    assert_error(
        client.request(method, entities(project, "Gone") + verb, json=body), 404, "EntityNotFound", target="category"
    )


# --- changes to all its labels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "verb", "body"), [("POST", ":rename", {"newName": "Place"}), ("POST", ":merge", {"into": "Person"}), ("DELETE", "", None)])  # fmt: skip
def test_a_preview_counts_and_changes_nothing(  # noqa: PLR0917
    services: Services, client: ApiClient, labelled: str, method: str, verb: str, body: Any
) -> None:
    reply = client.request(method, entities(labelled, "City") + verb, json=body, preview="true")
    assert reply.status_code == 200, reply.text
    assert reply.json() == {"preview": True, "labelsCount": 3, "documentsCount": 2}
    assert stored(services, labelled) == (ROME, OSLO, ANA)
    assert client.get(changes(labelled)).json()["value"] == []


def test_a_rename_takes_all_labels_along_and_back(services: Services, client: ApiClient, labelled: str) -> None:
    state = client.finish(client.post(f"{entities(labelled, 'City')}:rename", json={"newName": "Place 😀"}))
    assert state["status"] == "succeeded"
    assert {name: state["result"][name] for name in ("documentsCount", "labelsCount", "skippedCount")} == {
        "documentsCount": 2, "labelsCount": 3, "skippedCount": 0,
    }  # fmt: skip
    assert counts(client, labelled) == {"Place 😀": (3, 2), "Person": (1, 1)}
    assert [label.category for label in stored(services, labelled)] == ["Place 😀", "Place 😀", "Person"]
    recorded = client.get(changes(labelled)).json()["value"]
    assert [(each["kind"], each["status"], each["createdBy"]) for each in recorded] == [
        ("renameEntity", "applied", "author key")
    ]
    assert recorded[0]["details"] == {"category": "City", "newName": "Place 😀"}
    # A label of the new name that is made before the undo follows, since that name will be gone.
    annotation = services.labels.get(labelled, "c.txt")
    services.labels.save(labelled, type(annotation)("c.txt", (Label(0, 1, "Place 😀"),)), etag=annotation.etag, by="x")
    assert undo(client, labelled, state)["status"] == "succeeded"
    assert counts(client, labelled) == {"City": (4, 3), "Person": (1, 1)}
    undone = client.get(f"{changes(labelled)}/{state['result']['changeId']}").json()
    assert (undone["status"], undone["undoneBy"]) == ("undone", "author key")
    assert_error(client.post(f"{changes(labelled)}/{undone['changeId']}:undo"), 409, "Conflict")


def test_a_merge_and_its_undo(services: Services, client: ApiClient, labelled: str) -> None:
    client.patch(entities(labelled, "City"), json={"description": "A town", "color": "#112233", "hotkey": "c"})
    before = client.get(entities(labelled)).json()["value"]
    state = client.finish(client.post(f"{entities(labelled, 'City')}:merge", json={"into": "Person"}))
    assert counts(client, labelled) == {"Person": (4, 2)}
    assert undo(client, labelled, state)["result"]["skippedCount"] == 0
    assert client.get(entities(labelled)).json()["value"] == before
    assert stored(services, labelled) == (ROME, OSLO, ANA)


@pytest.mark.parametrize("verb", ["merge", "rename"])
def test_a_label_that_somebody_took_away_since_does_not_come_back(
    services: Services, client: ApiClient, labelled: str, verb: str
) -> None:
    body = {"into": "Person"} if verb == "merge" else {"newName": "Person 2"}
    state = client.finish(client.post(f"{entities(labelled, 'City')}:{verb}", json=body))
    annotation = services.labels.get(labelled, "a.txt")
    left = tuple(label for label in annotation.labels if label.start != ROME.start)
    services.labels.save(
        labelled, type(annotation)("a.txt", left, annotation.content_hash), etag=annotation.etag, by="x"
    )
    assert undo(client, labelled, state)["status"] == "succeeded"
    assert stored(services, labelled) == (OSLO, ANA)
    assert stored(services, labelled, "b.txt") == (ROME,)


def test_a_label_that_somebody_takes_away_meanwhile_is_not_merged(
    services: Services, client: ApiClient, labelled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = change_lifecycle.apply_deltas

    def take_away_and_apply(*args: Any, **options: Any) -> list[str]:
        annotation = services.labels.get(labelled, "a.txt")
        if args[2] and ROME in annotation.labels:
            left = type(annotation)("a.txt", (OSLO, ANA), annotation.content_hash)
            services.labels.save(labelled, left, etag=annotation.etag, by="x")
        return apply(*args, **options)

    monkeypatch.setattr(change_lifecycle, "apply_deltas", take_away_and_apply)
    client.finish(client.post(f"{entities(labelled, 'City')}:merge", json={"into": "Person"}))
    assert [label.start for label in stored(services, labelled)] == [OSLO.start, ANA.start]


def test_a_removal_and_its_undo_leave_newer_work_alone(services: Services, client: ApiClient, labelled: str) -> None:
    state = client.finish(client.delete(entities(labelled, "City")))
    assert (counts(client, labelled), stored(services, labelled)) == ({"Person": (1, 1)}, (ANA,))
    annotation = services.labels.get(labelled, "a.txt")
    newer = Label(0, 8, "Person")
    services.labels.save(
        labelled, type(annotation)("a.txt", (newer, ANA), annotation.content_hash), etag=annotation.etag, by="x"
    )
    undo(client, labelled, state)
    assert stored(services, labelled) == (newer, OSLO, ANA)
    assert stored(services, labelled, "b.txt") == (ROME,)


def test_an_undo_that_the_names_do_not_allow(client: ApiClient, labelled: str) -> None:
    state = client.finish(client.delete(entities(labelled, "City")))
    client.post(entities(labelled), json={"category": "City"})
    failed = undo(client, labelled, state)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "Conflict")
    assert client.get(changes(labelled)).json()["value"][0]["status"] == "applied"


def test_labels_of_a_text_that_changed_are_renamed_but_not_restored(
    services: Services, world: World, client: ApiClient, labelled: str
) -> None:
    world.document(labelled, "b.txt", "another text")
    state = client.finish(client.post(f"{entities(labelled, 'City')}:rename", json={"newName": "Place"}))
    assert state["result"]["labelsCount"] == 3
    state = client.finish(client.delete(entities(labelled, "Place")))
    annotation = services.labels.get(labelled, "b.txt")
    other = type(annotation)("b.txt", (Label(0, 7, "Person"),), "another hash")
    services.labels.save(labelled, other, etag=annotation.etag, by="x")
    assert undo(client, labelled, state)["result"]["skippedCount"] == 1
    assert stored(services, labelled, "b.txt") == other.labels


@pytest.mark.parametrize(
    ("verb", "body", "status", "code", "target"),
    [
        ("rename", {"newName": "Person"}, 409, "Conflict", "$.newName"),
        ("rename", {"newName": "City"}, 409, "Conflict", "$.newName"),
        ("rename", {"newName": ""}, 400, "InvalidArgument", "$.newName"),
        ("rename", {"newName": "a:b"}, 400, "InvalidArgument", "$.newName"),
        ("rename", {}, 400, "InvalidArgument", "$"),
        ("merge", {"into": "City"}, 400, "InvalidArgument", "$.into"),
        ("merge", {"into": "Gone"}, 400, "InvalidArgument", "$.into"),
    ],
)
@pytest.mark.parametrize("preview", ["true", "false"])
def test_changes_that_are_refused(client: ApiClient, labelled: str, verb: str, body: Any, status: int, code: str, target: str, preview: str) -> None:  # fmt: skip  # noqa: PLR0917
    reply = client.post(f"{entities(labelled, 'City')}/:{verb}", json=body, preview=preview)
    assert_error(reply, status, code, target=target)
    assert client.get(changes(labelled)).json()["value"] == []


def test_a_save_that_comes_late_names_a_category_that_is_gone(client: ApiClient, labelled: str) -> None:
    path = f"{AUTHORING}/projects/{labelled}/labels/c.txt"
    body = {"labels": [{"category": "City", "offset": 0, "length": 1}]}
    client.finish(client.delete(entities(labelled, "City")))
    reply = client.put(path, json=body, headers={"If-Match": client.get(path).headers["etag"]})
    assert_error(reply, 400, "InvalidArgument", inner="UndeclaredCategory", target="$.labels[0].category")


def test_a_change_that_is_delivered_twice_is_made_once(services: Services, client: ApiClient, labelled: str) -> None:
    request = {
        "changeId": new_change_id(),
        "kind": "mergeEntities",
        "details": {"category": "City", "into": "Person"},
        "by": "ann",
    }
    first = operations.run_now(services, new_job(labelled, JobKind.CHANGE, request), works.make_change)
    second = operations.run_now(services, new_job(labelled, JobKind.CHANGE, request), works.make_change)
    assert first.result == second.result
    assert len(client.get(changes(labelled)).json()["value"]) == 1
    assert undo(client, labelled, {"result": first.result})["status"] == "succeeded"
    assert stored(services, labelled) == (ROME, OSLO, ANA)


def test_a_write_that_ends_behind_the_first_look_is_found(
    services: Services, client: ApiClient, labelled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who read the project before the removal may write after it was made."""
    apply = change_lifecycle.apply_deltas
    late = Label(0, 1, "City")

    def apply_and_write(*args: Any, **options: Any) -> list[str]:
        done = apply(*args, **options)
        annotation = services.labels.get(labelled, "c.txt")
        if not annotation.modified:
            services.labels.save(labelled, type(annotation)("c.txt", (late,)), etag=annotation.etag, by="late")
        return done

    monkeypatch.setattr(change_lifecycle, "apply_deltas", apply_and_write)
    state = client.finish(client.delete(entities(labelled, "City")))
    assert state["result"]["labelsCount"] == 4
    assert stored(services, labelled, "c.txt") == ()


@pytest.mark.parametrize(
    ("waiting", "first", "code"),
    [
        (("City", ":rename", {"newName": "Place"}), ("Person", ":rename", {"newName": "Place"}), "Conflict"),
        (("City", ":rename", {"newName": "Place"}), ("City", ":rename", {"newName": "Town"}), "EntityNotFound"),
        (("City", ":merge", {"into": "Person"}), ("Person", "", None), "InvalidArgument"),
        (("City", ":merge", {"into": "Person"}), ("Person", ":rename", {"newName": "Human"}), "InvalidArgument"),
        (("City", ":merge", {"into": "Person"}), ("City", ":rename", {"newName": "Place"}), "EntityNotFound"),
        (("City", "", None), ("City", ":merge", {"into": "Person"}), "EntityNotFound"),
        (("City", "", None), ("City", "", None), "EntityNotFound"),
    ],
)
def test_of_two_changes_at_once_the_later_one_is_refused_or_made_as_a_whole(  # noqa: PLR0917
    services: Services, client: ApiClient, labelled: str, monkeypatch: pytest.MonkeyPatch, waiting: Any, first: Any, code: str
) -> None:  # fmt: skip
    """Both were asked for while they were possible; what the first one leaves decides about the one that waited."""

    def ask(category: str, verb: str, body: Any) -> Any:
        return client.request("POST" if verb else "DELETE", entities(labelled, category) + verb, json=body)

    monkeypatch.setattr(operations, "INLINE_DOCUMENTS", 0)
    accepted = ask(*waiting)
    monkeypatch.undo()
    assert client.finish(ask(*first))["status"] == "succeeded"
    before = counts(client, labelled)
    operations.run_queued(services, labelled, client.finish(accepted)["jobId"], works.WORKS)
    failed = client.finish(accepted)
    assert (failed["status"], failed["error"]["code"]) == ("failed", code)
    assert counts(client, labelled) == before
    assert [each["status"] for each in client.get(changes(labelled)).json()["value"]] == ["applied"]


def test_large_changes_go_to_the_queue(
    services: Services, client: ApiClient, labelled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "INLINE_DOCUMENTS", 1)
    accepted = client.post(f"{entities(labelled, 'City')}:rename", json={"newName": "Place"})
    state = client.finish(accepted)
    assert state["status"] == "notStarted"
    operations.run_queued(services, labelled, state["jobId"], works.WORKS)
    assert client.get(accepted.headers["operation-location"]).json()["result"]["documentsCount"] == 2
    change = client.get(changes(labelled)).json()["value"][0]
    undoing = client.post(f"{changes(labelled)}/{change['changeId']}:undo")
    operations.run_queued(services, labelled, client.finish(undoing)["jobId"], works.WORKS)
    assert counts(client, labelled) == {"City": (3, 2), "Person": (1, 1)}


def test_changes_come_newest_first_and_in_pages(client: ApiClient, project: str) -> None:
    for i in range(5):
        client.finish(client.post(f"{entities(project, f'City{i or str()}')}:rename", json={"newName": f"City{i + 1}"}))
    first = client.get(changes(project), maxpagesize=3).json()
    second = client.get(first["nextLink"]).json()
    names = [each["details"]["newName"] for each in [*first["value"], *second["value"]]]
    assert (names, second["nextLink"]) == ([f"City{i}" for i in (5, 4, 3, 2, 1)], None)
    assert_error(client.get(f"{changes(project)}/nonsense"), 404, "NotFound", target="changeId")
    assert_error(client.post(f"{changes(project)}/nonsense:undo"), 404, "NotFound", target="changeId")


def test_deltas_survive_storage(services: Services, project: str) -> None:
    request = {"changeId": new_change_id(), "kind": ChangeKind.DELETE_ENTITY.value, "details": {}, "by": "ann"}
    change = change_lifecycle.begin(services, new_job(project, JobKind.CHANGE, request))
    deltas = [LabelDelta("\u2028 é.txt", "hash", (ROME,), (ANA, OSLO)), LabelDelta("b", None)]
    services.changes.put_deltas(change, deltas)
    assert services.changes.deltas(change) == deltas
    services.changes.delete_project(project)
    assert services.changes.deltas(change) == []
    assert list(services.changes.read_all(project)) == []
