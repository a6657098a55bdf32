"""Labels in the formats of other tools: out and in again gives the same spans, and everything else is reported."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.lifecycle import categories, label_files, operations, works
from functions.lifecycle.text_index import TextIndex
from functions.services import Services
from functions.stores.changes import ChangeKind, new_change_id
from functions.stores.jobs import JobKind, new_job
from model_tools.documents import Document
from model_tools.formats.registry import FORMATS
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World

EXPORTS = Path(__file__).parents[2] / "../shared/data/tool_exports"
DOCUMENTS = {
    "a.txt": ("Ana Li saw Rome.\r\n\r\nAnd Oslo 😀 Bern", (Label(0, 6, "Person"), Label(11, 15, "City"), Label(24, 28, "City"), Label(31, 35, "City")), "Train"),
    "sub/b.txt": ("  東京 and Jose\u0301\t.", (Label(2, 4, "City"), Label(9, 14, "Person")), "Test"),
    "c.txt": ("Nothing here.", (), None),
    "twin.txt": ("Nothing here.", (Label(0, 7, "City"),), None),
}  # fmt: skip


def path(project: str, rest: str = "") -> str:
    return f"{AUTHORING}/projects/{project}{rest}"


@pytest.fixture
def shelf(world: World, project: str) -> str:
    for location, (text, labels, dataset) in DOCUMENTS.items():
        world.labelled(project, location, text, *labels, dataset=dataset)  # type: ignore[arg-type]
    world.document(project, "unlabelled.txt", "Rome")
    return project


def export(client: ApiClient, project: str, name: str, **query: str) -> tuple[bytes, dict[str, Any]]:
    state = client.finish(client.post(path(project, "/labels:export"), format=name, **query))
    assert state["status"] == "succeeded", state
    return client.get(state["resultUrl"]).content, state


def import_(client: ApiClient, project: str, name: str, content: bytes, **query: str) -> dict[str, Any]:
    return client.finish(client.post(path(project, "/labels:import"), content=content, format=name, **query))


def stored(services: Services, project: str) -> dict[str, tuple[tuple[Label, ...], str | None]]:
    found = {each.location: (each.labels, each.dataset) for each in services.labels.read_all(project)}
    return {location: value for location, value in found.items() if value[0]}


def spans(services: Services, project: str) -> list[tuple[str, str]]:
    """Texts and categories of all labels."""
    return sorted(
        (label.text_of(text), label.category)
        for document in services.documents.read_all(project)
        for text in [services.documents.get_text(project, str(document.content_hash))]
        for label in services.labels.get(project, document.location).labels
    )


def clear(services: Services, project: str) -> None:
    for location in DOCUMENTS:
        services.labels.clear(project, location, by="test")


@pytest.mark.parametrize(
    ("name", "query"),
    [
        *((name, {}) for name in FORMATS),
        ("conll", {"scheme": "bilou"}),
        ("conll", {"scheme": "iobes"}),
        ("conll", {"scheme": "iob1"}),
        ("doccano", {"stringIndexType": "Utf16CodeUnit"}),
        ("azure", {"stringIndexType": "UnicodeCodePoint"}),
    ],
)
def test_what_goes_out_comes_in_again(services: Services, client: ApiClient, shelf: str, name: str, query: dict[str, str]) -> None:  # fmt: skip
    before = stored(services, shelf)
    content, state = export(client, shelf, name, **query)
    assert (state["result"]["documentsCount"], state["result"]["labelsCount"], state["warnings"]) == (4, 7, [])
    clear(services, shelf)
    state = import_(client, shelf, name, content, **query)
    assert state["status"] == "succeeded", state
    assert (state["result"]["uploadedCount"], state["result"]["labelsCount"]) == (0, 7)
    after = stored(services, shelf)
    if name == "conll":  # it has no names, so that equal texts may change places; and no data sets
        assert {each for labels, _ in after.values() for each in labels} == {
            each for labels, _ in before.values() for each in labels
        }
        assert (after["a.txt"][0], after["sub/b.txt"][0]) == (before["a.txt"][0], before["sub/b.txt"][0])
    else:
        assert {location: labels for location, (labels, _) in after.items()} == {
            location: labels for location, (labels, _) in before.items()
        }


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"azure"}))
def test_texts_that_are_not_there_become_documents(
    services: Services, world: World, client: ApiClient, shelf: str, name: str
) -> None:
    content, _ = export(client, shelf, name)
    other = world.project(categories=("City",))
    state = import_(client, other, name, content, fileName="export.any", dataset="Train")
    result = state["result"]
    assert (result["uploadedCount"], result["labelsCount"], result["newCategories"]) == (4, 7, ["Person"])
    categories = [each["category"] for each in client.get(path(other, "/entities")).json()["value"]]
    assert categories == ["City", "Person"]
    # Token files set blanks anew.
    wanted = sorted((label.text_of(text), label.category) for text, labels, _ in DOCUMENTS.values() for label in labels)
    assert [("".join(text.split()), category) for text, category in spans(services, other)] == [
        ("".join(text.split()), category) for text, category in wanted
    ]


def test_a_preview_writes_nothing(services: Services, world: World, client: ApiClient, shelf: str) -> None:
    content, _ = export(client, shelf, "doccano")
    other = world.project(categories=())
    result = import_(client, other, "doccano", content, preview="true")["result"]
    assert (result["preview"], result["uploadedCount"], result["newCategories"]) == (True, 4, ["Person", "City"])
    assert list(services.documents.read_all(other)) == []
    assert client.get(path(other, "/entities")).json()["value"] == []


def test_labels_that_are_there_give_way_and_stay_in_the_history(
    services: Services, client: ApiClient, shelf: str
) -> None:
    line = {"text": DOCUMENTS["a.txt"][0], "label": [[11, 15, "Person"]]}
    import_(client, shelf, "doccano", json.dumps(line).encode())
    annotation = services.labels.get(shelf, "a.txt")
    assert (annotation.labels, annotation.dataset) == ((Label(11, 15, "Person"),), "Train")
    assert next(services.labels.history(shelf, "a.txt")).annotation.labels == DOCUMENTS["a.txt"][1]
    assert services.labels.get(shelf, "sub/b.txt").labels == DOCUMENTS["sub/b.txt"][1]


def test_a_category_that_goes_during_an_import_takes_its_labels_along(
    services: Services, client: ApiClient, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_edit = categories.edit_project

    def edit_and_delete(*args: Any) -> Any:
        monkeypatch.setattr(label_files, "edit_project", really_edit)
        edited = really_edit(*args)
        for kind, details in (
            (ChangeKind.DELETE_ENTITY, {"category": "City"}),
            (ChangeKind.RENAME_ENTITY, {"category": "Person", "newName": "Human"}),
        ):
            asked = {"changeId": new_change_id(), "kind": kind.value, "details": details, "by": "ann"}
            operations.run_now(services, new_job(shelf, JobKind.CHANGE, asked), works.make_change)
        return edited

    monkeypatch.setattr(label_files, "edit_project", edit_and_delete)
    line = {"text": DOCUMENTS["a.txt"][0], "label": [[0, 6, "Person"], [11, 15, "City"]]}
    import_(client, shelf, "doccano", json.dumps(line).encode())
    assert services.labels.get(shelf, "a.txt").labels == (Label(0, 6, "Human"),)


def test_labels_inside_a_text_element_go_out_widened(services: Services, world: World, client: ApiClient, shelf: str) -> None:  # fmt: skip
    world.labelled(shelf, "a.txt", "Jose\u0301 came", Label(0, 4, "Person"))
    content, state = export(client, shelf, "azure", stringIndexType="TextElements_v8")
    assert [each["code"] for each in state["warnings"]] == ["LabelWidened"]
    clear(services, shelf)
    import_(client, shelf, "azure", content)
    assert services.labels.get(shelf, "a.txt").labels == (Label(0, 5, "Person"),)


def test_what_is_not_taken_over_is_reported(services: Services, client: ApiClient, project: str) -> None:
    lines = [
        {"text": "Rome", "label": [[0, 4, "City"], [2, 9, "City"]]},
        {"text": "Oslo", "label": [[0, 4, "a/b"], [0, 4, "x" * 51]]},
        {"text": "Bern", "label": [[0, 4, "<b>😀</b>".replace("/", "")]]},
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    state = import_(client, project, "doccano", content, createCategories="true")
    codes = [each["code"] for each in state["warnings"]]
    assert "LabelOutsideText" in codes
    assert codes.count("InvalidCategoryName") >= 1
    assert state["result"]["newCategories"] == ["<b>😀<b>"]
    assert state["result"]["reportCount"] == len(codes)
    refused = import_(
        client, project, "doccano", b'{"text": "Lima", "label": [[0, 4, "Event"]]}', createCategories="false"
    )
    assert [each["code"] for each in refused["warnings"]] == ["UndeclaredCategory"]
    assert (refused["result"]["labelsCount"], refused["result"]["newCategories"]) == (0, [])


@pytest.mark.parametrize("text", ["\ufeffRome", "Rome\x00", "", " \n", "R\u00f6me", "Rome\x1a"])
def test_a_text_is_kept_exactly_or_left_out(services: Services, client: ApiClient, project: str, text: str) -> None:
    content = json.dumps({"text": text, "label": []}).encode()
    state = import_(client, project, "doccano", content)
    if state["status"] == "failed":
        assert list(services.documents.read_all(project)) == []
        return
    kept = [
        services.documents.get_text(project, str(each.content_hash)) for each in services.documents.read_all(project)
    ]
    assert kept == [text] or [each["code"] for each in state["warnings"]] == ["TextNotKept"]
    assert kept in ([text], [])


def test_locations_of_new_documents(world: World, client: ApiClient, project: str) -> None:
    world.document(project, "a.txt", "another text")
    ids = ["a.txt", "../../etc/passwd", "x" * 2000, "b\\c:d", "sub/e", "", 7]
    lines = [{"id": each, "text": f"text {i}", "label": []} for i, each in enumerate(ids)]
    import_(client, project, "doccano", "\n".join(map(json.dumps, lines)).encode(), fileName="<up>.jsonl")
    locations = {each["location"] for each in client.get(path(project, "/documents")).json()["value"]}
    assert {"a.txt", "a-2.txt", "document.txt", "b_c_d.txt", "sub/e.txt", "7.txt"} <= locations
    assert len(locations) == 8


@pytest.mark.parametrize(
    ("query", "content", "inner", "target"),
    [
        ({}, b"x", "InvalidParameterValue", "format"),
        ({"format": "word"}, b"x", "InvalidParameterValue", "format"),
        ({"format": "doccano"}, b" ", "EmptyRequest", None),
        ({"format": "doccano", "language": "klingon"}, b"{}", "UnsupportedLanguageCode", "language"),
        ({"format": "doccano", "dataset": "Dev"}, b"{}", "InvalidParameterValue", "dataset"),
        ({"format": "conll", "scheme": "bio2"}, b"x O", "InvalidParameterValue", "scheme"),
        ({"format": "doccano", "preview": "maybe"}, b"{}", "InvalidParameterValue", "preview"),
        ({"format": "doccano", "stringIndexType": "bytes"}, b"{}", "InvalidParameterValue", "stringIndexType"),
    ],
)
def test_requests_that_are_refused(client: ApiClient, project: str, query: dict[str, str], content: bytes, inner: str, target: str | None) -> None:  # fmt: skip  # noqa: PLR0917
    error = assert_error(client.post(path(project, "/labels:import"), content=content, **query), 400, "InvalidArgument", inner=inner)  # fmt: skip
    assert error.get("target") == target


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[1, 2]", b'{"a": 1}', b"[" * 5000, "😀".encode()])
def test_files_of_another_kind(client: ApiClient, project: str, name: str, content: bytes) -> None:
    reply = client.post(path(project, "/labels:import"), content=content, format=name)
    if reply.status_code == 202:
        assert client.finish(reply)["status"] in {"failed", "succeeded"}
    else:
        assert_error(reply, 400, reply.json()["error"]["code"])


def test_a_project_without_a_container_takes_no_texts(world: World, client: ApiClient) -> None:
    nowhere = world.project(container="no-such-container")
    reply = client.post(path(nowhere, "/labels:import"), content=b'{"text": "x", "label": []}', format="doccano")
    assert_error(reply, 409, "Conflict", inner="ContainerNotFound")


def test_exports_leave_out_labels_of_another_text(world: World, client: ApiClient, shelf: str) -> None:
    world.document(shelf, "c.txt", "changed")
    world.document(shelf, "a.txt", "changed")
    content, state = export(client, shelf, "jsonl", unlabelled="true")
    assert [(each["code"], each["target"]) for each in state["warnings"]] == [("TextChanged", "a.txt")]
    assert {json.loads(line)["id"] for line in content.splitlines()} == {
        "c.txt",
        "sub/b.txt",
        "twin.txt",
        "unlabelled.txt",
    }


def test_large_files_go_through_the_queue(
    services: Services, client: ApiClient, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "INLINE_DOCUMENTS", 1)
    exporting = client.finish(client.post(path(shelf, "/labels:export"), format="doccano"))
    waiting = path(shelf, f"/label-exports/jobs/{exporting['jobId']}")
    assert_error(client.get(f"{waiting}/result"), 409, "Conflict")
    operations.run_queued(services, shelf, exporting["jobId"], works.WORKS)
    content = client.get(client.get(waiting).json()["resultUrl"]).content
    clear(services, shelf)
    importing = client.finish(client.post(path(shelf, "/labels:import"), content=content, format="doccano"))
    assert importing["status"] == "notStarted"
    operations.run_queued(services, shelf, importing["jobId"], works.WORKS)
    job = services.jobs.get(shelf, importing["jobId"])
    assert (job.result["labelsCount"], "content" in job.request) == (7, False)


def test_token_files_find_their_documents_whatever_the_blanks(services: Services, world: World, project: str) -> None:
    stored = world.document(project, "a.txt", " Jose\u0301\r\n\r\nLi\t 東京\u00a0!")
    imported = Document("1", "Jose\u0301 Li\n東 京 !", (Label(0, 8, "Person"), Label(9, 12, "City")))
    assert imported.text[9:12] == "東 京"
    index = TextIndex(services, [stored], ignore_blanks=True)
    found = index.find(imported)
    assert found is not None
    text = services.documents.get_text(project, str(stored.content_hash))
    assert [label.text_of(text) for label in found[1]] == ["Jose\u0301\r\n\r\nLi", "東京"]
    assert index.find(imported) is None  # each is given once
    assert TextIndex(services, [stored], ignore_blanks=False).find(imported) is None


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("doccano", "doccano/export_spans.jsonl"),
        ("conll", "doccano/test.conll"),
        ("spacy", "ner_annotator/validation_annotations.json"),
        ("prodigy", "prodigy/food_data.first200.jsonl"),
    ],
)
def test_real_files(services: Services, world: World, client: ApiClient, name: str, file: str) -> None:
    if not (EXPORTS / file).exists():
        pytest.skip("the real export files are not on this machine")
    content = (EXPORTS / file).read_bytes()
    imported = FORMATS[name].read(content, "file")
    first = world.project(categories=())
    state = import_(client, first, name, content)
    assert state["status"] == "succeeded", state
    assert state["result"]["labelsCount"] == sum(len(document.labels) for document in imported.documents)
    assert state["result"]["reportCount"] == len(imported.report)
    exported, _ = export(client, first, name)
    again = world.project(categories=())
    import_(client, again, name, exported)

    assert spans(services, again) == spans(services, first) != []
