"""Documents and labels over HTTP: uploads, versions, conflicts, units, and every fault with its path."""

from typing import Any
from urllib.parse import quote

import pytest

from functions.services import Services
from model_tools.extract.extractor import MAX_FILE_BYTES
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World

TEXT = "😀 Ana Li\r\n東京 Jose\u0301"
UNLABELLED = 'W/"unlabelled"'


def documents(project: str, location: str = "") -> str:
    return f"{AUTHORING}/projects/{project}/documents" + (f"/{quote(location)}" if location else "")


def labels(project: str, location: str = "a.txt") -> str:
    return f"{AUTHORING}/projects/{project}/labels/{quote(location)}"


@pytest.fixture
def document(world: World, project: str) -> str:
    """A project with the document a.txt."""
    world.document(project, "a.txt", TEXT)
    return project


def put(client: ApiClient, project: str, *given: tuple[str, int, int], etag: str = UNLABELLED, **fields: Any) -> Any:
    body = {"labels": [{"category": c, "offset": o, "length": n} for c, o, n in given], **fields}
    return client.put(labels(project), json=body, headers={"If-Match": etag})


# --- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "location", ["a.txt", "folder/sub folder/b.md", "100% & #1?.txt", "😀 é.txt", "x" * 896 + ".txt", "a:b.txt"]
)
def test_upload_read_replace_delete(services: Services, client: ApiClient, project: str, location: str) -> None:
    path = documents(project, location)
    first = client.put(path, content=TEXT.encode(), headers={"Content-Type": "text/plain"})
    assert first.status_code == 201, first.text
    assert (first.json()["location"], first.json()["status"]) == (location, "ingested")
    assert services.blobs.get("documents", f"{project}/{location}") == TEXT.encode()
    assert client.get(path, includeText="true").json()["text"] == TEXT
    assert "text" not in client.get(path).json()
    assert client.put(path, content=b"new").status_code == 200
    assert client.get(path, includeText="true").json()["text"] == "new"
    assert [each["location"] for each in client.get(documents(project)).json()["value"]] == [location]
    reply = client.delete(path)
    assert (reply.status_code, reply.content) == (204, b"")
    assert_error(client.get(path), 404, "NotFound", target="location")
    assert services.blobs.info("documents", f"{project}/{location}") is None


@pytest.mark.parametrize(
    "location",
    [
        "..",
        "../b.txt",
        "a/../b.txt",
        "/a.txt",
        "a//b.txt",
        "a/",
        "./a.txt",
        "a\\b.txt",
        "a\x00b.txt",
        "a.",
        "x" * 901,
    ],
)
def test_locations_that_are_refused(client: ApiClient, project: str, location: str) -> None:
    path = f"{AUTHORING}/projects/{project}/documents/{quote(location, safe='').replace('.', '%2E')}"
    assert_error(
        client.put(path, content=b"x"), 400, "InvalidArgument", inner="InvalidParameterValue", target="location"
    )


def test_uploads_that_are_refused(world: World, client: ApiClient, project: str) -> None:
    assert_error(client.put(documents(project, "a.txt")), 400, "InvalidArgument", inner="EmptyRequest")
    huge = client.put(documents(project, "a.txt"), content=b"x" * (MAX_FILE_BYTES + 1))
    assert_error(huge, 400, "InvalidArgument", inner="TooLarge")
    nowhere = world.project(container="no-such-container")
    for reply in (client.put(documents(nowhere, "a.txt"), content=b"x"), client.post(f"{documents(nowhere)}:sync")):
        assert_error(reply, 409, "Conflict", inner="ContainerNotFound")


def test_a_file_that_cannot_be_read_is_kept_with_the_reason(client: ApiClient, project: str) -> None:
    reply = client.put(documents(project, "a.exe"), content=b"MZ\x00")
    assert reply.status_code == 201
    assert (reply.json()["status"], reply.json()["error"]["code"]) == ("failed", "UnsupportedFileType")
    assert [each["location"] for each in client.get(documents(project), status="failed").json()["value"]] == ["a.exe"]
    assert client.get(documents(project), status="ingested").json()["value"] == []
    assert_error(client.get(labels(project, "a.exe")), 409, "Conflict", inner="DocumentUnreadable")


def test_an_unknown_status_is_refused(client: ApiClient, project: str) -> None:
    assert_error(client.get(documents(project), status="lost"), 400, "InvalidArgument", target="status")


def test_deleting_a_document_keeps_its_labels_in_the_history(
    services: Services, client: ApiClient, document: str
) -> None:
    assert put(client, document, ("City", 3, 2)).status_code == 200
    client.delete(documents(document, "a.txt"))
    assert len(list(services.labels.history(document, "a.txt"))) == 1
    client.put(documents(document, "a.txt"), content=TEXT.encode())
    assert client.get(labels(document)).json()["labels"] == []


def test_a_document_tells_about_its_labels(client: ApiClient, document: str) -> None:
    assert "labelsCount" not in client.get(documents(document, "a.txt")).json()
    put(client, document, dataset="Test")
    assert client.get(documents(document, "a.txt")).json()["labelsCount"] == 0
    assert client.get(documents(document, "a.txt")).json()["dataset"] == "Test"


# --- labels -----------------------------------------------------------------------------------------------------------


def test_first_labels_and_the_next(client: ApiClient, document: str) -> None:
    empty = client.get(labels(document))
    assert (empty.json()["labels"], empty.json()["etag"], empty.headers["etag"]) == ([], UNLABELLED, UNLABELLED)
    first = put(client, document, ("Person", 3, 6), dataset="Train", language="de")
    assert first.status_code == 200, first.text
    body = client.get(labels(document)).json()
    assert body["labels"] == [{"category": "Person", "offset": 3, "length": 6}] == first.json()["labels"]
    assert (body["dataset"], body["language"], body["lastModifiedBy"]) == ("Train", "de", "author key")
    assert first.headers["etag"] == first.json()["etag"] == body["etag"] != UNLABELLED
    second = put(client, document, etag=body["etag"])
    assert second.status_code == 200
    kept = client.get(labels(document)).json()
    assert (kept["labels"], kept["dataset"], kept["language"]) == ([], "Train", "de")
    cleared = put(client, document, etag=kept["etag"], dataset=None, language=None).json()
    assert ("dataset" in cleared, "language" in cleared) == (False, False)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("UnicodeCodePoint", [(2, 6), (10, 2), (13, 5)]),
        ("Utf16CodeUnit", [(3, 6), (11, 2), (14, 5)]),
        ("TextElements_v8", [(2, 6), (9, 2), (12, 4)]),
    ],
)
def test_labels_go_in_and_out_in_every_unit(
    services: Services, client: ApiClient, document: str, unit: str, expected: list[tuple[int, int]]
) -> None:
    reply = put(client, document, *(("City", *where) for where in expected), stringIndexType=unit)
    assert reply.status_code == 200, reply.text
    stored = services.labels.get(document, "a.txt").labels
    assert [label.text_of(TEXT) for label in stored] == ["Ana Li", "東京", "Jose\u0301"]
    found = client.get(labels(document), stringIndexType=unit).json()
    assert [(label["offset"], label["length"]) for label in found["labels"]] == expected
    assert found["stringIndexType"] == reply.json()["stringIndexType"] == unit


def test_the_default_unit_of_labels(client: ApiClient, document: str) -> None:
    put(client, document, ("City", 3, 6))
    assert client.get(labels(document)).json()["stringIndexType"] == "Utf16CodeUnit"
    assert_error(client.get(labels(document), stringIndexType="x"), 400, "InvalidArgument", target="stringIndexType")


def test_a_write_needs_a_version(client: ApiClient, document: str) -> None:
    assert_error(client.put(labels(document), json={"labels": []}), 428, "PreconditionRequired", target="If-Match")


@pytest.mark.parametrize("etag", [UNLABELLED, 'W/"other"', "*", "nonsense", b"\xe9"])
def test_a_conflict_shows_what_won_and_overwrites_nothing(client: ApiClient, document: str, etag: Any) -> None:
    won = put(client, document, ("City", 3, 6)).json()
    reply = put(client, document, ("Person", 3, 6), etag=etag)
    assert_error(reply, 412, "PreconditionFailed")
    current = reply.json()["current"]
    assert (current["labels"], current["etag"]) == (won["labels"], won["etag"])
    assert client.get(labels(document)).json()["labels"] == won["labels"]


@pytest.mark.parametrize(
    ("given", "fields", "faults"),
    [
        ([("Country", 3, 6)], {}, [("UndeclaredCategory", "$.labels[0].category")]),
        ([("city", 3, 6)], {}, [("UndeclaredCategory", "$.labels[0].category")]),
        ([("City", 1, 2)], {}, [("OffsetInsideUnit", "$.labels[0]")]),
        ([("City", 0, 1)], {}, [("OffsetInsideUnit", "$.labels[0]")]),
        ([("City", 3, 1000)], {}, [("LabelOutsideText", "$.labels[0]")]),
        ([("City", 1000, 1)], {}, [("LabelOutsideText", "$.labels[0]")]),
        ([("City", 2**70, 1)], {}, [("LabelOutsideText", "$.labels[0]")]),
        ([("City", -1, 3)], {}, [("InvalidSpan", "$.labels[0]")]),
        ([("City", 3, 0)], {}, [("InvalidSpan", "$.labels[0]")]),
        ([("City", 3, -1)], {}, [("InvalidSpan", "$.labels[0]")]),
        ([("City", 9, 1)], {"stringIndexType": "TextElements_v8"}, []),
        ([("City", 3, 6), ("Person", 7, 2)], {}, [("OverlappingLabels", "$.labels[1]")]),
        ([("City", 3, 6), ("City", 3, 6)], {}, [("OverlappingLabels", "$.labels[1]")]),
        (
            [("City", 1, 2), ("Country", 3, 3), ("City", 5, 2), ("City", 500, 1)],
            {},
            [
                ("OffsetInsideUnit", "$.labels[0]"),
                ("UndeclaredCategory", "$.labels[1].category"),
                ("LabelOutsideText", "$.labels[3]"),
                ("OverlappingLabels", "$.labels[2]"),
            ],
        ),
        ([("x" * 51, 3, 6)], {}, [("InvalidRequestBodyFormat", "$.labels[0].category")]),
        ([], {"language": "klingon"}, [("UnsupportedLanguageCode", "$.language")]),
        ([], {"dataset": "Dev"}, [("InvalidRequestBodyFormat", "$.dataset")]),
        ([], {"stringIndexType": "bytes"}, [("InvalidRequestBodyFormat", "$.stringIndexType")]),
        ([], {"labels": None}, [("InvalidRequestBodyFormat", "$.labels")]),
        ([], {"labels": [{"category": "City", "offset": 3.5, "length": 1}]}, [("InvalidRequestBodyFormat", "$.labels[0].offset")]),
        ([], {"labels": [{"category": "City", "offset": "3", "length": 1}]}, [("InvalidRequestBodyFormat", "$.labels[0].offset")]),
    ],
)  # fmt: skip
def test_labels_that_are_refused(
    client: ApiClient,
    document: str,
    given: list[tuple[str, int, int]],
    fields: dict[str, Any],
    faults: list[tuple[str, str]],
) -> None:
    reply = put(client, document, *given, **fields)
    if not faults:
        assert reply.status_code == 200
        return
    error = assert_error(reply, 400, "InvalidArgument", inner=faults[0][0], target=faults[0][1])
    if "details" in error:
        assert sorted((each["code"], each["target"]) for each in error["details"]) == sorted(faults)
    assert client.get(labels(document)).json()["etag"] == UNLABELLED


def test_labels_made_on_an_older_text_stay_inside_the_new_one(world: World, client: ApiClient, document: str) -> None:
    put(client, document, ("City", 3, 6), ("Person", 14, 4))
    world.document(document, "a.txt", "short text")
    body = client.get(labels(document)).json()
    assert [label["category"] for label in body["labels"]] == ["City"]
    assert body["contentHash"] != client.get(documents(document, "a.txt")).json()["contentHash"]


def test_more_labels_than_a_row_holds(world: World, client: ApiClient, project: str) -> None:
    world.document(project, "a.txt", "x " * 60_000)
    reply = put(client, project, *(("Person", 2 * i, 1) for i in range(40_000)))
    assert_error(reply, 400, "InvalidRequest")


def test_labels_made_elsewhere(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", TEXT, Label(2, 8, "Person"))
    assert client.get(labels(project)).json()["labels"] == [{"category": "Person", "offset": 3, "length": 6}]


@pytest.mark.parametrize("unit", ["UnicodeCodePoint", "Utf16CodeUnit", "TextElements_v8"])
def test_a_label_that_ends_within_a_letter_is_seen_in_every_unit(
    world: World, client: ApiClient, project: str, unit: str
) -> None:
    """It was placed by code points, or on a text that had no accent there; nobody is kept from the others."""
    for text in ("Jose\u0301 in Rome", "Jose is in Rome"):
        world.labelled(project, "a.txt", text, Label(0, 4, "Person"))
        world.document(project, "a.txt", "Jose\u0301 in Rome")
        reply = client.get(labels(project), stringIndexType=unit)
        assert reply.status_code == 200, reply.text
        assert reply.json()["labels"] == [{"category": "Person", "offset": 0, "length": 4}]
        stale = client.put(labels(project), json={"labels": [], "stringIndexType": unit}, headers={"If-Match": "x"})
        assert_error(stale, 412, "PreconditionFailed")
        assert stale.json()["current"]["labels"] == reply.json()["labels"]
        history = f"{AUTHORING}/projects/{project}/label-history/a.txt"
        assert client.get(history, stringIndexType=unit).status_code == 200


def test_what_is_refused_is_not_repeated_at_length(world: World, client: ApiClient) -> None:
    project = world.project(categories=tuple(f"category {i} of very many" for i in range(200)))
    world.document(project, "a.txt", "ab " * 1000)
    reply = put(client, project, *(("Country", 3 * i, 2) for i in range(1000)))
    error = assert_error(reply, 400, "InvalidArgument", inner="UndeclaredCategory", target="$.labels[0].category")
    assert (len(error["details"]), len(reply.content) < 1_000_000) == (1000, True)
    assert "and 180 others" in error["message"]
    for fields in ({"language": "x" * 100_000}, {"labels": [{"category": "x" * 100_000, "offset": 0, "length": 1}]}):
        assert len(put(client, project, **fields).content) < 1000
    too_many = put(client, project, *[("Country", 0, 1)] * 50_001)
    assert_error(too_many, 400, "InvalidArgument", inner="InvalidRequestBodyFormat", target="$.labels")


@pytest.mark.parametrize("verb", ["put", "patch", "restore"])
def test_labels_saved_while_their_document_is_deleted_do_not_come_back_with_the_next_one(
    services: Services, client: ApiClient, document: str, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    etag = put(client, document, ("City", 3, 2), etag=put(client, document).json()["etag"]).json()["etag"]
    version = next(services.labels.history(document, "a.txt")).version_id
    save = services.labels.save

    def delete_and_save(project: str, annotation: Any, **options: Any) -> Any:
        monkeypatch.undo()
        services.documents.delete(project, "a.txt")
        return save(project, annotation, **options)

    monkeypatch.setattr(services.labels, "save", delete_and_save)
    guard = {"If-Match": etag}
    reply = {
        "put": lambda: client.put(labels(document), json={"labels": []}, headers=guard),
        "patch": lambda: client.patch(labels(document), json={"done": False}, headers=guard),
        "restore": lambda: client.post(
            f"{AUTHORING}/projects/{document}/labels:restore",
            json={"location": "a.txt", "versionId": version},
            headers=guard,
        ),
    }[verb]()
    assert_error(reply, 404, "NotFound", target="location")
    assert services.labels.get(document, "a.txt").etag == UNLABELLED
