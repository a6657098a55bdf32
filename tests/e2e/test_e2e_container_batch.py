"""A container batch whose host is killed in the middle of it: every document has exactly one result all the same."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from devhost.stack import Stack
from functions.services import Services
from functions.settings import Settings
from functions.stores.connection import CONTAINER_QUEUE
from tests.functions.world import World

DOCUMENTS = 1500
"""Two pages of the listing, fifteen chunks."""


@pytest.fixture(scope="module")
def batch_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Not the one that all tests share: an api that was started again listens elsewhere."""
    folder = tmp_path_factory.mktemp("batch-stack")
    with Stack(data=folder / "data", log=folder / "stack.log", roles=("api",)) as running:
        yield running


@pytest.fixture(scope="module")
def world(batch_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> World:
    pytest.importorskip("onnx", reason="onnx is not installed, which writes the tests' model")
    from tests.functions.tiny_model import write_tiny_model

    artifact = write_tiny_model(tmp_path_factory.mktemp("batch-model")).folder
    environment = {"NER_ROLE": "api", "NerStorage": batch_stack.connection_string}
    return World(Services.build(Settings.from_env(environment)), artifact)


def wait_for(state: Callable[[], dict[str, Any]], condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + 300
    while not condition(found := state()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


@pytest.mark.stack
def test_a_host_that_is_killed_half_way(batch_stack: Stack, world: World) -> None:
    stack, blobs = batch_stack, world.services.blobs
    project, source, target = world.project(), world.container(), world.container()
    world.deployment(project)
    names = [f"in/{i:05d}.txt" for i in range(DOCUMENTS)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: blobs.put(source, name, f"Ana was in Rome: {name}".encode(), "text/plain"), names))
    body = {
        "projectName": project,
        "deploymentName": "d",
        "inputContainer": source,
        "inputPrefix": "in/",
        "outputContainer": target,
    }
    with httpx.Client(
        headers={"Ocp-Apim-Subscription-Key": stack.key}, params={"api-version": "2023-04-01"}, timeout=120
    ) as client:
        reply = client.post(f"{stack.url}/language/analyze-text/container-jobs", json=body)
        assert reply.status_code == 202, reply.text
        path = httpx.URL(reply.headers["operation-location"]).path

        def state() -> dict[str, Any]:
            found: dict[str, Any] = client.get(f"{stack.url}{path}").raise_for_status().json()
            return found

        wait_for(state, lambda found: found["result"]["doneCount"] > 0)
        stack.kill("api")
        stack.restart("api")
        found = state()
        assert (found["status"], found["result"]["doneCount"] < DOCUMENTS) == ("running", True)
        # The storage service hands the messages of the dead host out again up to ten minutes later; here the listing
        # is asked for again by hand, which asks for every chunk that is not done.
        message = {"scope": "$runtime", "jobId": found["jobId"]}
        world.services.storage.send(CONTAINER_QUEUE, message)
        found = wait_for(state, lambda found: found["status"] != "running")
    assert found["status"] == "succeeded", found
    assert (found["result"]["doneCount"], found["result"]["failedCount"]) == (DOCUMENTS, 0)
    lines = [json.loads(line) for line in blobs.get(target, found["result"]["resultsBlob"]).splitlines()]
    assert [line["name"] for line in lines] == names
    assert {tuple(entity["text"] for entity in line["entities"]) for line in lines} == {("Ana", "Rome")}
