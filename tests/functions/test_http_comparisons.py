"""Two models on the same test documents, over HTTP."""

import pytest

from tests.functions.api_client import AUTHORING, ApiClient, assert_error
from tests.functions.world import World


def path(project: str, model: str) -> str:
    return f"{AUTHORING}/projects/{project}/models/{model}/evaluation/comparison"


def test_a_model_is_no_better_than_itself(world: World, client: ApiClient, project: str) -> None:
    world.model(project, "a")
    world.model(project, "b")
    found = client.get(path(project, "a"), **{"with": "b"}).json()
    assert found["verdict"].startswith("Cannot tell")
    assert found["micro"]["a"] == found["micro"]["b"]
    assert found["micro"]["difference"] == 0
    assert found["micro"]["pValue"] == pytest.approx(1.0)
    assert found["micro"]["interval"] == [0.0, 0.0]
    assert found["documentsCount"] >= 1
    assert found["entities"]


def test_the_other_model_has_to_be_named_and_there(world: World, client: ApiClient, project: str) -> None:
    world.model(project, "a")
    assert_error(client.get(path(project, "a")), 400, "InvalidArgument", inner="InvalidParameterValue", target="with")
    assert_error(client.get(path(project, "a"), **{"with": "none"}), 404, "NotFound")
