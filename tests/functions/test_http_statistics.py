"""Statistics and guidance over HTTP."""

from model_tools.spans import Label
from tests.functions.api_client import AUTHORING, ApiClient
from tests.functions.world import World

ROME, ANA = Label(0, 4, "City"), Label(5, 8, "Person")


def test_statistics(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", "Rome Ana", ROME, ANA, dataset="Train")
    world.labelled(project, "b.txt", "Rome Ana.", ROME, dataset="Test")
    world.labelled(project, "c.txt", "Rome 😀", Label(0, 4, "Undeclared"))
    world.document(project, "d.exe", b"MZ\x00")
    world.document(project, "e.txt", "x")
    reply = client.get(f"{AUTHORING}/projects/{project}/statistics").json()
    assert reply["documents"] == {
        "total": 5, "ingested": 4, "failed": 1, "labelled": 3, "unlabelled": 1, "done": 0, "characters": 24,
        "datasets": {"Train": 1, "Test": 1, "Unassigned": 3},
        "labelledDatasets": {"Train": 1, "Test": 1, "Unassigned": 1},
    }  # fmt: skip
    assert reply["labelsCount"] == 4
    assert [(each["category"], each["labelsCount"], each["documentsCount"]) for each in reply["categories"]] == [
        ("City", 2, 2), ("Person", 1, 1), ("Undeclared", 1, 1),
    ]  # fmt: skip
    assert reply["categories"][0]["labels"] == {"Train": 1, "Test": 1, "Unassigned": 0}
    assert reply["categories"][0]["documents"] == {"Train": 1, "Test": 1, "Unassigned": 0}


def test_labels_of_a_file_that_is_gone_are_not_counted(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", "Rome Ana", ROME)
    world.services.documents.delete(project, "a.txt")
    assert client.get(f"{AUTHORING}/projects/{project}/statistics").json()["labelsCount"] == 0


def test_guidance_names_documents(world: World, client: ApiClient, project: str) -> None:
    world.labelled(project, "a.txt", "Rome Ana", ROME, dataset="Train")
    world.document(project, "b.txt", "x")
    advice = {each["code"]: each for each in client.get(f"{AUTHORING}/projects/{project}/guidance").json()["value"]}
    few = advice["FewLabels"]
    assert (few["severity"], few["category"], few["documents"], few["documentsCount"]) == (
        "warning",
        "City",
        ["a.txt"],
        1,
    )
    assert advice["UnlabelledDocuments"]["documents"] == ["b.txt"]
    assert advice["CategoryWithoutLabels"]["category"] == "Person"
    assert "category" not in advice["UnlabelledDocuments"]
