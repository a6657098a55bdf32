"""Labels files in and out: Microsoft's own set, every fault in one report, nothing half done, and round trips."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions.lifecycle import operations, works
from functions.services import Services
from functions.stores.labels import UNLABELLED_ETAG
from functions.stores.projects import ProjectNotFoundError
from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World, unique

LOANS = Path(__file__).parents[2] / "../shared/data/azure_loan_agreements/raw"
TEXT = "😀 Ana Li\r\n東京 Jose\u0301"
UNITS = ["UnicodeCodePoint", "Utf16CodeUnit", "TextElements_v8"]


def labels_file(name: str, *documents: Any, container: str = "documents", **changes: Any) -> dict[str, Any]:
    return {
        "projectFileVersion": "2022-05-01",
        "stringIndexType": "Utf16CodeUnit",
        "metadata": {
            "projectKind": "CustomEntityRecognition",
            "storageInputContainerName": container,
            "projectName": name,
            "multilingual": False,
            "description": "x",
            "language": "en-us",
            "settings": {},
        },
        "assets": {
            "projectKind": "CustomEntityRecognition",
            "entities": [{"category": "City"}, {"category": "Person", "description": "Who"}],
            "documents": list(documents),
        },
    } | changes


def entry(location: str, *labels: tuple[str, int, int], **fields: Any) -> dict[str, Any]:
    regions = [
        {
            "regionOffset": 0,
            "regionLength": 10_000,
            "labels": [{"category": c, "offset": o, "length": n} for c, o, n in labels],
        }
    ]
    return {"location": location, "language": "en-us", "dataset": "Train", "entities": regions, **fields}


def do_import(client: ApiClient, name: str, data: Any) -> dict[str, Any]:
    """The final state of the import's job."""
    return client.finish(client.post(f"{AUTHORING}/projects/{name}:import", json=data))


def do_export(client: ApiClient, name: str, **query: str) -> dict[str, Any]:
    state = client.finish(client.post(f"{AUTHORING}/projects/{name}:export", **query))
    assert state["status"] == "succeeded", state
    result: dict[str, Any] = client.get(state["resultUrl"]).json()
    return result


@pytest.fixture
def name(services: Services) -> str:
    """A project that does not exist yet, with the file a.txt."""
    project = unique()
    services.blobs.put("documents", f"{project}/a.txt", TEXT.encode(), "text/plain")
    return project


# --- what goes well ---------------------------------------------------------------------------------------------------


def test_an_import_makes_the_project(services: Services, client: ApiClient, name: str) -> None:
    state = do_import(client, name, labels_file(name, entry("a.txt", ("Person", 3, 6), ("City", 11, 2))))
    assert (state["status"], state["errors"], state["warnings"]) == ("succeeded", [], [])
    project = client.get(f"{AUTHORING}/projects/{name}").json()
    assert (project["language"], project["description"]) == ("en-us", "x")
    annotation = services.labels.get(name, "a.txt")
    assert annotation.labels == (Label(2, 8, "Person"), Label(10, 12, "City"))
    assert (annotation.dataset, annotation.language, annotation.modified_by) == ("Train", "en-us", "author key")


def test_a_second_import_replaces_the_first(services: Services, client: ApiClient, name: str) -> None:
    services.blobs.put("documents", f"{name}/b.txt", b"Rome", "text/plain")
    do_import(client, name, labels_file(name, entry("a.txt", ("Person", 3, 6)), entry("b.txt", ("City", 0, 4))))
    second = labels_file(name, entry("a.txt", ("Who", 3, 3)))
    second["assets"]["entities"] = [{"category": "Who"}]
    assert do_import(client, name, second)["status"] == "succeeded"
    assert services.labels.get(name, "a.txt").labels == (Label(2, 5, "Who"),)
    assert services.labels.get(name, "b.txt").etag == UNLABELLED_ETAG
    assert [version.annotation.labels for version in services.labels.history(name, "b.txt")] == [(Label(0, 4, "City"),)]
    assert [category.name for category in services.projects.get(name).categories] == ["Who"]


def test_an_import_keeps_what_labels_do_not_concern(
    world: World, services: Services, client: ApiClient, name: str
) -> None:
    do_import(client, name, labels_file(name))
    world.deployment(name)
    created = services.projects.get(name).created
    do_import(client, name, labels_file(name, entry("a.txt")))
    assert services.projects.get(name).created == created
    assert client.get(f"{AUTHORING}/projects/{name}/deployments/d").status_code == 200


def test_what_is_odd_but_usable_is_a_warning(client: ApiClient, name: str) -> None:
    state = do_import(
        client, name, labels_file(name, entry("a.txt", ("City", 3, 6), ("City", 3, 6), ("Person", 10, 1)))
    )
    assert state["status"] == "succeeded"
    path = "$.assets.documents[0].entities[0].labels"
    assert [(each["code"], each["target"]) for each in state["warnings"]] == [
        ("DuplicateLabel", f"{path}[1]"),
        ("WhiteSpaceAtEnds", f"{path}[2]"),
    ]


@pytest.mark.parametrize("unit", UNITS)
def test_export_then_import_gives_equal_labels(services: Services, client: ApiClient, name: str, unit: str) -> None:
    do_import(client, name, labels_file(name, entry("a.txt", ("Person", 3, 6), ("City", 11, 2), ("Person", 14, 5))))
    before = services.labels.get(name, "a.txt")
    exported = do_export(client, name, stringIndexType=unit)
    assert exported["stringIndexType"] == unit
    do_import(client, name, labels_file(name))
    assert services.labels.get(name, "a.txt").labels == ()
    assert do_import(client, name, exported)["status"] == "succeeded"
    after = services.labels.get(name, "a.txt")
    assert (after.labels, after.dataset, after.language) == (before.labels, before.dataset, before.language)
    assert do_export(client, name, stringIndexType=unit) == exported


def test_an_export_in_text_elements_says_what_it_widened(
    services: Services, world: World, client: ApiClient, project: str
) -> None:
    world.labelled(project, "a.txt", "Jose\u0301 came", Label(0, 4, "Person"))
    query = {"stringIndexType": "TextElements_v8"}
    state = client.finish(client.post(f"{AUTHORING}/projects/{project}:export", **query))
    assert [(each["code"], each["target"]) for each in state["warnings"]] == [("LabelWidened", "a.txt")]
    assert do_import(client, project, client.get(state["resultUrl"]).json())["status"] == "succeeded"
    assert services.labels.get(project, "a.txt").labels == (Label(0, 5, "Person"),)


def test_an_export_has_the_contracts_shape(client: ApiClient, name: str) -> None:
    given = labels_file(name, entry("a.txt", ("Person", 3, 6)))
    given["assets"]["documents"][0]["entities"][0]["regionLength"] = len(TEXT.encode("utf-16-le")) // 2
    do_import(client, name, given)
    assert do_export(client, name) == given


def test_the_labels_of_a_trained_model_are_not_confused_with_todays(client: ApiClient, name: str) -> None:
    do_import(client, name, labels_file(name, entry("a.txt", ("Person", 3, 6))))
    reply = client.post(f"{AUTHORING}/projects/{name}:export", trainedModelLabel="m")
    assert_error(reply, 501, "NotImplemented", target="trainedModelLabel")


def test_many_documents_go_through_the_queue(
    services: Services, client: ApiClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "INLINE_DOCUMENTS", 0)
    reply = client.post(f"{AUTHORING}/projects/{name}:import", json=labels_file(name, entry("a.txt", ("City", 3, 6))))
    state = client.get(reply.headers["operation-location"])
    assert (state.json()["status"], state.headers["retry-after"]) == ("notStarted", "1")
    for _ in range(2):  # a second delivery changes nothing
        operations.run_queued(services, name, state.json()["jobId"], works.WORKS)
    assert client.get(reply.headers["operation-location"]).json()["status"] == "succeeded"
    reply = client.post(f"{AUTHORING}/projects/{name}:export")
    location = reply.headers["operation-location"]
    result = location.replace("?", "/result?")
    assert_error(client.get(result), 409, "Conflict")
    operations.run_queued(services, name, client.get(location).json()["jobId"], works.WORKS)
    assert len(client.get(client.get(location).json()["resultUrl"]).json()["assets"]["documents"]) == 1


def test_a_message_of_a_project_that_is_gone_is_dropped(services: Services) -> None:
    operations.run_queued(services, unique(), "job", works.WORKS)


# --- what is refused --------------------------------------------------------------------------------------------------


def assert_untouched(services: Services, name: str) -> None:
    with pytest.raises(ProjectNotFoundError):
        services.projects.get(name)
    assert list(services.labels.read_all(name)) == []


def faults_of(error: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["code"], each.get("target", "")) for each in error.get("details") or error["errors"]}


def test_all_faults_of_the_structure_in_one_report(services: Services, client: ApiClient, name: str) -> None:
    data = labels_file(
        name,
        entry("a.txt", ("Country", 3, 6), ("City", -1, 2), ("City", 0, 0)),
        entry("a.txt", dataset="Dev"),
        {"language": "en"},
        "not an object",
        entry("b.txt", ("City", 20_000, 5)),
        stringIndexType="Utf8",
    )
    data["assets"]["entities"] += [{"category": "City"}, {"category": "a:b"}, {}]
    del data["metadata"]["storageInputContainerName"]
    reply = client.post(f"{AUTHORING}/projects/{name}:import", json=data)
    error = assert_error(reply, 400, "InvalidArgument", inner="InvalidLabelsFile")
    documents = "$.assets.documents"
    assert faults_of(error) >= {
        ("MissingProperty", "$.metadata.storageInputContainerName"),
        ("UnknownStringIndexType", "$.stringIndexType"),
        ("DuplicateCategory", "$.assets.entities[2]"),
        ("InvalidCategoryName", "$.assets.entities[3].category"),
        ("MissingProperty", "$.assets.entities[4].category"),
        ("UndeclaredCategory", f"{documents}[0].entities[0].labels[0].category"),
        ("InvalidNumber", f"{documents}[0].entities[0].labels[1].offset"),
        ("InvalidNumber", f"{documents}[0].entities[0].labels[2].length"),
        ("DuplicateLocation", f"{documents}[0].location"),
        ("DuplicateLocation", f"{documents}[1].location"),
        ("InvalidDataset", f"{documents}[1].dataset"),
        ("MissingProperty", f"{documents}[2].location"),
        ("InvalidType", f"{documents}[3]"),
        ("LabelOutsideRegion", f"{documents}[4].entities[0].labels[0]"),
    }
    assert_untouched(services, name)


def test_all_faults_against_the_texts_in_one_report(services: Services, client: ApiClient, name: str) -> None:
    for location, content in [("b.txt", b"Rome and Oslo"), ("c.exe", b"MZ")]:
        services.blobs.put("documents", f"{name}/{location}", content, "application/octet-stream")
    state = do_import(
        client,
        name,
        labels_file(
            name,
            entry("a.txt", ("City", 1, 2), ("City", 500, 2), ("Person", 3, 6)),
            entry("b.txt", ("City", 0, 4), ("Person", 2, 6)),
            entry("c.exe"),
            entry("missing.txt"),
        ),
    )
    documents = "$.assets.documents"
    assert state["status"] == "failed"
    assert faults_of(state) == {
        ("OffsetInsideUnit", f"{documents}[0].entities[0].labels[0]"),
        ("LabelOutsideText", f"{documents}[0].entities[0].labels[1]"),
        ("OverlappingLabels", f"{documents}[1].entities[0].labels[1]"),
        ("DocumentUnreadable", f"{documents}[2].location"),
        ("DocumentNotFound", f"{documents}[3].location"),
    }
    assert state["error"]["message"] == state["errors"][0]["message"]
    assert len(state["error"]["details"]) == 5
    assert_untouched(services, name)


def test_faults_of_structure_and_texts_come_in_one_report(services: Services, client: ApiClient, name: str) -> None:
    data = labels_file(name, entry("a.txt", ("Country", 3, 6), ("City", 500, 2)), entry("missing.txt"), entry("../x"))
    reply = client.post(f"{AUTHORING}/projects/{name}:import", json=data)
    error = assert_error(reply, 400, "InvalidArgument", inner="InvalidLabelsFile")
    documents = "$.assets.documents"
    assert faults_of(error) == {
        ("UndeclaredCategory", f"{documents}[0].entities[0].labels[0].category"),
        ("LabelOutsideText", f"{documents}[0].entities[0].labels[1]"),
        ("DocumentNotFound", f"{documents}[1].location"),
        ("InvalidLocation", f"{documents}[2].location"),
    }
    assert_untouched(services, name)


def test_a_failed_import_leaves_an_older_one_alone(services: Services, client: ApiClient, name: str) -> None:
    do_import(client, name, labels_file(name, entry("a.txt", ("City", 3, 6))))
    before = services.projects.get(name), services.labels.get(name, "a.txt")
    bad = labels_file(name, entry("a.txt", ("Person", 3, 6)), entry("missing.txt"))
    assert do_import(client, name, bad)["status"] == "failed"
    after = services.projects.get(name), services.labels.get(name, "a.txt")
    assert after == before
    assert [each.etag for each in after] == [each.etag for each in before]


def test_more_labels_than_a_row_holds_leave_nothing_behind(services: Services, client: ApiClient, name: str) -> None:
    services.blobs.put("documents", f"{name}/b.txt", b"x " * 60_000, "text/plain")
    many = entry("b.txt", *(("City", 2 * i, 1) for i in range(40_000)))
    many["entities"][0]["regionLength"] = 200_000
    state = do_import(client, name, labels_file(name, entry("a.txt", ("City", 3, 6)), many))
    assert state["status"] == "failed"
    assert ("TooManyLabels", "$.assets.documents[1]") in faults_of(state)
    assert_untouched(services, name)


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("change", "code", "target"),
    [
        (lambda d: d["assets"].pop("projectKind"), "ProjectKindMismatch", "$.assets.projectKind"),
        (lambda d: d["metadata"].update(projectKind="CustomSingleLabelClassification"), "UnsupportedProjectKind", "$.metadata.projectKind"),
        (lambda d: d["metadata"].update(storageInputContainerName="Bad Name"), "InvalidParameterValue", "$.metadata.storageInputContainerName"),
        (lambda d: d["metadata"].update(storageInputContainerName=""), "InvalidParameterValue", "$.metadata.storageInputContainerName"),
        (lambda d: d["metadata"].update(language="klingon"), "UnsupportedLanguageCode", "$.metadata.language"),
        (lambda d: d["metadata"].update(settings={"confidenceThreshold": "high"}), "InvalidParameterValue", "$.metadata.settings.confidenceThreshold"),
        (lambda d: d["metadata"].update(settings={"confidenceThreshold": True}), "InvalidParameterValue", "$.metadata.settings.confidenceThreshold"),
        (lambda d: d["metadata"].update(multilingual="no"), "InvalidType", "$.metadata.multilingual"),
        (lambda d: d["assets"].update(documents=[entry("../other/a.txt")]), "InvalidLocation", "$.assets.documents[0].location"),
        (lambda d: d["assets"].update(documents=[entry("x" * 5000)]), "InvalidLocation", "$.assets.documents[0].location"),
        (lambda d: d["assets"].update(documents=[entry("a\\b")]), "InvalidLocation", "$.assets.documents[0].location"),
        (lambda d: d["assets"].update(documents=[entry("a.txt", language="klingon")]), "UnsupportedLanguageCode", "$.assets.documents[0].language"),
        (lambda d: d["assets"].update(documents={}), "InvalidType", "$.assets.documents"),
        (lambda d: d["assets"].update(entities=[{"category": str(i)} for i in range(201)]), "TooManyCategories", "$.assets.entities"),
        (lambda d: d.pop("metadata"), "MissingProperty", "$.metadata"),
    ],
)  # fmt: skip
def test_labels_files_that_are_refused(client: ApiClient, name: str, change: Change, code: str, target: str) -> None:
    data = labels_file(name)
    change(data)
    error = assert_error(
        client.post(f"{AUTHORING}/projects/{name}:import", json=data), 400, "InvalidArgument", inner="InvalidLabelsFile"
    )
    assert (code, target) in faults_of(error)
    assert_error(client.get(f"{AUTHORING}/projects/{name}"), 404, "ProjectNotFound")


def test_a_container_that_is_not_there(services: Services, client: ApiClient, name: str) -> None:
    state = do_import(client, name, labels_file(name, container="no-such-container"))
    assert faults_of(state) == {("ContainerNotFound", "$.metadata.storageInputContainerName")}
    assert_untouched(services, name)


def test_the_old_spelling_of_the_kind(client: ApiClient, name: str) -> None:
    old = json.loads(json.dumps(labels_file(name)).replace("CustomEntityRecognition", "customNamedEntityRecognition"))
    assert do_import(client, name, old)["status"] == "succeeded"


# --- Microsoft's loan agreements ------------------------------------------------------------------------------------


@pytest.fixture
def loans(world: World, services: Services) -> str:
    """A container with the files of the set as they are."""
    if not LOANS.exists():
        pytest.skip("the loan agreements are not in ../shared/data")
    container = world.container()
    for path in LOANS.glob("*.txt"):
        services.blobs.put(container, path.name, path.read_bytes(), "text/plain")
    return container


def test_the_loan_agreements_import_as_they_are(services: Services, client: ApiClient, loans: str) -> None:
    name = unique()
    data = json.loads((LOANS / "loanAgreementsLabels.json").read_bytes())
    given = copy.deepcopy(data)
    data["metadata"]["storageInputContainerName"] = loans
    state = do_import(client, name, data)
    assert (state["status"], state["errors"]) == ("succeeded", [])
    exported = do_export(client, name)

    def spans(file: dict[str, Any]) -> dict[str, list[tuple[str, int, int]]]:
        return {
            document["location"]: sorted(
                (label["category"], label["offset"], label["length"])
                for region in document["entities"]
                for label in region["labels"]
            )
            for document in file["assets"]["documents"]
        }

    assert spans(exported) == spans(given)
    assert [each["category"] for each in exported["assets"]["entities"]] == [
        each["category"] for each in given["assets"]["entities"]
    ]
    assert len(list(services.documents.read_all(name))) == len(spans(given))


@pytest.mark.parametrize("file", ["labels_entityNames_2021-09.json", "labels_extractors_2022-01.json"])
def test_the_older_formats_need_a_project_and_then_import(
    world: World, client: ApiClient, loans: str, file: str
) -> None:
    name = unique()
    data = json.loads((LOANS / "hist" / file).read_bytes())
    reply = client.post(f"{AUTHORING}/projects/{name}:import", json=data)
    error = assert_error(reply, 400, "InvalidArgument", inner="InvalidLabelsFile")
    assert "Create the project first" in error["message"]
    world.project(name, categories=(), container=loans)
    state = do_import(client, name, data)
    assert state["status"] == "succeeded", state["errors"][:3]
    assert sum(len(annotation.labels) for annotation in world.services.labels.read_all(name)) > 100


def test_offsets_that_fit_neither_way_are_refused_with_advice(world: World, client: ApiClient, loans: str) -> None:
    """This export counted line ends in a third way."""
    name = world.project(categories=(), container=loans)
    data = json.loads((LOANS / "hist" / "labels_extractors_LF_2021-12.json").read_bytes())
    state = do_import(client, name, data)
    assert state["status"] == "failed"
    assert {error["code"] for error in state["errors"]} == {"OffsetsDoNotFit"}
    assert all(error["target"].startswith("$.documents[") for error in state["errors"])
    assert "format 2022-05-01" in state["error"]["message"]
    assert list(world.services.labels.read_all(name)) == []
