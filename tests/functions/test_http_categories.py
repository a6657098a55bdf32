"""Categories of a project, declared by PATCH."""

import pytest

from functions.services import Services
from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import unique

NEW = {"projectKind": "CustomEntityRecognition", "storageInputContainerName": "documents", "language": "en"}


def categories(*names: str) -> list[dict[str, str]]:
    return [{"category": name} for name in names]


def test_declare_label_and_change(services: Services, client: ApiClient) -> None:
    path = f"{AUTHORING}/projects/{unique()}"
    made = client.patch(path, json={**NEW, "categories": [{"category": "Role", "description": "a job"}]})
    assert made.json()["categories"] == [{"category": "Role", "description": "a job"}]
    client.put(f"{path}/documents/a.txt", content=b"A baker and a smith.")
    labels = {"labels": [{"category": "Role", "offset": 2, "length": 5}]}
    assert client.put(f"{path}/labels/a.txt", json=labels, headers={"If-Match": 'W/"unlabelled"'}).status_code == 200
    refused = client.patch(path, json={"categories": categories("Tool")})
    error = assert_error(refused, 409, "Conflict", target="$.categories")
    assert "Role" in error["message"]
    assert client.patch(path, json={"categories": categories("Tool", "Role")}).status_code == 200
    assert [each["category"] for each in client.get(path).json()["categories"]] == ["Tool", "Role"]
    # Leaving them out of a PATCH changes nothing.
    assert len(client.patch(path, json={"description": "x"}).json()["categories"]) == 2


@pytest.mark.parametrize(
    ("names", "code", "target"),
    [
        (["a:b"], "InvalidCategoryName", "$.categories[0].category"),
        (["A", " "], "InvalidCategoryName", "$.categories[1].category"),
        (["A", "B", "A"], "DuplicateCategory", "$.categories[2].category"),
        ([f"c{i}" for i in range(201)], "TooManyCategories", "$.categories"),
    ],
)
def test_categories_that_cannot_be(client: ApiClient, names: list[str], code: str, target: str) -> None:
    reply = client.patch(f"{AUTHORING}/projects/{unique()}", json={**NEW, "categories": categories(*names)})
    assert_error(reply, 400, "InvalidArgument", inner=code, target=target)


def test_training_says_that_documents_are_there_but_unlabelled(client: ApiClient) -> None:
    path = f"{AUTHORING}/projects/{unique()}"
    client.patch(path, json={**NEW, "categories": categories("Role")})
    client.put(f"{path}/documents/a.txt", content=b"A baker and a smith.")
    error = assert_error(client.post(f"{path}/:train", json={"modelLabel": "m"}), 400, "InvalidArgument")
    assert "None of the 1 documents is labelled" in error["message"]
