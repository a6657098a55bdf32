"""The list of documents: filters, search and pages that stay right while documents come and go."""

from typing import Any

import pytest

from functions.lifecycle import document_list
from functions.stores.labels import Annotation
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World


def documents(project: str) -> str:
    return f"{AUTHORING}/projects/{project}/documents"


def locations(client: ApiClient, path: str, **query: str | int) -> list[str]:
    """Of all pages, followed by their links."""
    found: list[str] = []
    link: str | None = path
    while link:
        page = client.get(link, **query).json()
        found += [each["location"] for each in page["value"]]
        link, query = page["nextLink"], {}
    return found


@pytest.fixture(scope="module")
def shelf(world: World) -> str:
    """Documents in every state."""
    project = world.project()
    world.labelled(project, "cities.txt", "Rome and Oslo", Label(0, 4, "City"), Label(9, 13, "City"), dataset="Train")
    world.labelled(project, "people.txt", "Ana Li", Label(0, 6, "Person"), dataset="Test")
    world.labelled(project, "assigned.txt", "Nothing yet", dataset="Train", done=False)
    document = world.document(project, "empty of entities.txt", "It rains. STRASSE")
    done = Annotation(document.location, (), document.content_hash, done=True)
    world.services.labels.save(project, done, etag=done.etag, by="ann")
    world.document(project, "new.txt", "Die Straße nach Rome")
    world.document(project, "broken.exe", b"MZ\x00")
    return project


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["assigned.txt", "broken.exe", "cities.txt", "empty of entities.txt", "new.txt", "people.txt"]),
        ({"status": "failed"}, ["broken.exe"]),
        ({"labelled": "true"}, ["cities.txt", "empty of entities.txt", "people.txt"]),
        ({"labelled": "false", "status": "ingested"}, ["assigned.txt", "new.txt"]),
        ({"done": "true"}, ["empty of entities.txt"]),
        ({"dataset": "Train"}, ["assigned.txt", "cities.txt"]),
        ({"dataset": "Test"}, ["people.txt"]),
        ({"dataset": "Unassigned"}, ["broken.exe", "empty of entities.txt", "new.txt"]),
        ({"category": "City"}, ["cities.txt"]),
        ({"category": "city"}, []),
        ({"search": "rome"}, ["cities.txt", "new.txt"]),
        ({"search": "strasse"}, ["empty of entities.txt", "new.txt"]),
        ({"search": "STRAẞE"}, ["empty of entities.txt", "new.txt"]),
        ({"search": ".*"}, []),
        ({"search": "PEOPLE.t"}, ["people.txt"]),
        ({"search": "rome", "labelled": "true"}, ["cities.txt"]),
    ],
)
def test_filters(client: ApiClient, shelf: str, query: dict[str, str], expected: list[str]) -> None:
    assert locations(client, documents(shelf), **query) == expected
    assert locations(client, documents(shelf), maxpagesize=1, **query) == expected


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ({"status": "lost"}, "status"),
        ({"labelled": "maybe"}, "labelled"),
        ({"done": "1"}, "done"),
        ({"dataset": "train"}, "dataset"),
        ({"search": ""}, "search"),
        ({"search": "x" * 501}, "search"),
        ({"continuation": "%%%"}, "continuation"),
        ({"continuation": "AAAA"}, "continuation"),
        ({"maxpagesize": "0"}, "maxpagesize"),
    ],
)
def test_queries_that_are_refused(client: ApiClient, shelf: str, query: dict[str, str], target: str) -> None:
    assert_error(
        client.get(documents(shelf), **query), 400, "InvalidArgument", inner="InvalidParameterValue", target=target
    )


def test_what_an_entry_says(client: ApiClient, shelf: str) -> None:
    entries = {each["location"]: each for each in client.get(documents(shelf)).json()["value"]}
    cities, assigned, new = entries["cities.txt"], entries["assigned.txt"], entries["new.txt"]
    assert (cities["labelled"], cities["done"], cities["labelsCount"], cities["dataset"]) == (True, False, 2, "Train")
    assert (cities["lastModifiedBy"], assigned["labelled"], assigned["labelsCount"]) == ("test", False, 0)
    assert (new["labelled"], "labelsCount" in new, "dataset" in new) == (False, False, False)
    assert entries["broken.exe"]["error"]["code"] == "UnsupportedFileType"


@pytest.mark.parametrize(("top", "skip", "size"), [(4, 0, 3), (4, 1, 1), (100, 3, 2), (2, 5, 5), (5, 9, 1)])
def test_top_skip_and_page_size(client: ApiClient, shelf: str, top: int, skip: int, size: int) -> None:
    everything = locations(client, documents(shelf))
    assert locations(client, documents(shelf), top=top, skip=skip, maxpagesize=size) == everything[skip : skip + top]


def test_pages_stay_right_while_documents_come_and_go(world: World, client: ApiClient, project: str) -> None:
    for name in "bdfhj":
        world.document(project, f"{name}.txt", name)
    first = client.get(documents(project), maxpagesize=2).json()
    assert [each["location"] for each in first["value"]] == ["b.txt", "d.txt"]
    for name in "acg":
        world.document(project, f"{name}.txt", name)
    client.delete(f"{documents(project)}/d.txt")
    assert locations(client, first["nextLink"]) == ["f.txt", "g.txt", "h.txt", "j.txt"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [("b.txt", ["d.txt", "f/é 1.txt"]), ("c", ["d.txt", "f/é 1.txt"]), ("f/é 1.txt", []), ("", ["b.txt", "d.txt", "f/é 1.txt"])],
)  # fmt: skip
def test_the_list_begins_behind_a_location(
    world: World, client: ApiClient, project: str, after: str, expected: list[str]
) -> None:
    for name in ("b.txt", "d.txt", "f/é 1.txt"):
        world.document(project, name, name)
    assert locations(client, documents(project), after=after, maxpagesize=1) == expected


def test_names_that_look_like_numbers_or_markup(world: World, client: ApiClient, project: str) -> None:
    names = ["10", "9", "1e3", "<img src=x>.txt", "😀.txt", "a/b/c.txt", "é.txt", "x" * 500 + ".txt", "x" * 500 + ".md"]
    for name in names:
        world.labelled(project, name, "Rome") if name.endswith("txt") else world.document(project, name, "x")
    assert sorted(locations(client, documents(project), maxpagesize=2)) == sorted(names)
    labelled = locations(client, documents(project), maxpagesize=2, dataset="Unassigned", status="ingested")
    assert sorted(labelled) == sorted(name for name in names if name.endswith(("txt", "md")))


@pytest.fixture
def short_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("_CHUNK", "_SEARCH_CHUNK", "_MAX_READ", "_MAX_SEARCHED"):
        monkeypatch.setattr(document_list, bound, 3)


@pytest.mark.usefixtures("short_work")
@pytest.mark.parametrize("query", [{"category": "City"}, {"search": "rome"}])
def test_the_work_for_a_page_has_a_bound(world: World, client: ApiClient, project: str, query: dict[str, Any]) -> None:
    for i in range(7):
        world.document(project, f"{i}.txt", "nothing")
    world.labelled(project, "8.txt", "Rome", Label(0, 4, "City"))
    page = client.get(documents(project), **query).json()
    assert page["value"] == []
    assert locations(client, page["nextLink"]) == ["8.txt"]


def test_a_search_leaves_out_what_the_text_was_before(world: World, client: ApiClient, project: str) -> None:
    world.document(project, "a.txt", "old words")
    world.document(project, "a.txt", "new words")
    assert locations(client, documents(project), search="old") == []
    assert locations(client, documents(project), search="new") == ["a.txt"]


# --- one and many -----------------------------------------------------------------------------------------------------


def test_a_document_moves_between_data_sets_and_keeps_its_labels(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", "Rome", Label(0, 4, "City"))
    path = f"{documents(project)}/a.txt"
    assert client.patch(path, json={"dataset": "Test"}).json()["dataset"] == "Test"
    changed = client.patch(path, json={"done": True}).json()
    assert (changed["dataset"], changed["done"], changed["labelsCount"]) == ("Test", True, 1)
    cleared = client.patch(path, json={"dataset": None}).json()
    assert ("dataset" in cleared, cleared["done"], cleared["lastModifiedBy"]) == (False, True, "author key")
    assert_error(client.patch(path, json={"dataset": "Dev"}), 400, "InvalidArgument", target="$.dataset")
    assert_error(client.patch(f"{documents(project)}/b.txt", json={}), 404, "NotFound", target="location")


def test_assigning_is_not_labelling(world: World, client: ApiClient, project: str) -> None:
    """A document without labels that only was put into a data set must not teach that it has no entities."""
    for name in ("a", "b", "c"):
        world.labelled(project, f"{name}.txt", f"Rome {name}", Label(0, 4, "City"))
    world.document(project, "d.txt", "Oslo")
    client.post(f"{documents(project)}:update", json={"locations": ["d.txt"], "dataset": "Train"})
    assert client.get(f"{documents(project)}/d.txt").json()["labelled"] is False
    options = {"modelLabel": "m", "evaluationOptions": {"kind": "percentage"}}
    assert client.post(f"{AUTHORING}/projects/{project}/:train", json=options).status_code == 202
    folder = next(
        blob.name for blob in world.services.blobs.listing("datasets", f"{project}/") if "documents" in blob.name
    )
    assert b"d.txt" not in world.services.blobs.get("datasets", folder)


def test_many_documents_are_assigned_and_deleted(world: World, client: ApiClient, project: str) -> None:
    for name in ("a", "b"):
        world.document(project, f"{name}.txt", name)
    body = {"locations": ["a.txt", "b.txt", "gone.txt"], "dataset": "Test"}
    reply = client.post(f"{documents(project)}/:update", json=body).json()
    assert (reply["succeededCount"], reply["failedCount"]) == (2, 1)
    assert [each.get("document", {}).get("dataset") for each in reply["value"]] == ["Test", "Test", None]
    assert reply["value"][2]["error"]["code"] == "NotFound"
    gone = client.post(f"{documents(project)}:delete", json={"locations": ["a.txt", "gone.txt"]}).json()
    assert [each.get("error", {}).get("code") for each in gone["value"]] == [None, "NotFound"]
    assert locations(client, documents(project)) == ["b.txt"]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({}, "$"),
        ({"locations": []}, "$.locations"),
        ({"locations": ["x"] * 1001}, "$.locations"),
        ({"locations": ["a", "a"]}, "$.locations[1]"),
        ({"locations": "a"}, "$.locations"),
    ],
)
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_selections_that_are_refused(client: ApiClient, project: str, verb: str, body: Any, target: str) -> None:
    assert_error(client.post(f"{documents(project)}:{verb}", json=body), 400, "InvalidArgument", target=target)


# --- forms ------------------------------------------------------------------------------------------------------------


def form(*files: tuple[str, bytes], boundary: str = "x-x") -> dict[str, Any]:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        "Content-Type: text/plain\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files
    ]
    return {
        "content": b"".join(parts) + f"--{boundary}--\r\n".encode(),
        "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    }


def test_a_form_uploads_many_files(client: ApiClient, project: str) -> None:
    files = [
        ("a.txt", b"Rome"),
        ("sub/\u00e9 \U0001f600.txt", "\u00e9\r\n".encode()),
        ("b.exe", b"MZ\x00"),
        ("../c.txt", b"x"),
        ("d.txt", b""),
    ]
    reply = client.post(f"{documents(project)}:upload", **form(*files))
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert (body["succeededCount"], body["failedCount"]) == (3, 2)
    assert [each["location"] for each in body["value"]] == [name for name, _ in files]
    assert [each.get("error", {}).get("code") for each in body["value"]] == [None] * 3 + ["InvalidArgument"] * 2
    assert body["value"][2]["document"]["error"]["code"] == "UnsupportedFileType"
    text = client.get(f"{documents(project)}/sub/%C3%A9%20%F0%9F%98%80.txt", includeText="true").json()["text"]
    assert text == "\u00e9\r\n"


@pytest.mark.parametrize(
    ("sent", "inner"),
    [
        ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, "InvalidRequestBodyFormat"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, "InvalidRequestBodyFormat"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}}, "InvalidRequestBodyFormat"),
        (form(), "EmptyRequest"),
        (form(("a.txt", b"1"), ("a.txt", b"2")), "DuplicateLocation"),
        (form(*((f"{i}.txt", b"x") for i in range(1001))), "TooManyFiles"),
    ],
)
def test_forms_that_are_refused(client: ApiClient, project: str, sent: dict[str, Any], inner: str) -> None:
    assert_error(client.post(f"{documents(project)}:upload", **sent), 400, "InvalidArgument", inner=inner)
