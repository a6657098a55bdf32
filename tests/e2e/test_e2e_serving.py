"""Predictions under load against the running stack: over real sockets, with a real model."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from devhost.stack import Stack
from devhost.supervised import SupervisedHost
from tests.e2e.conftest import Trained
from tests.e2e.rest import Rest

TEXT = "Shares of Apple rose while Bitcoin fell."
MEMORY_BYTES = 300 << 20
"""Of a process of the api with one model."""


def body_of(project: str, deployment: str, text: str = TEXT) -> dict[str, Any]:
    return {
        "kind": "CustomEntityRecognition",
        "analysisInput": {"documents": [{"id": "1", "text": text}]},
        "parameters": {"projectName": project, "deploymentName": deployment},
    }


def entities(reply: httpx.Response) -> list[str]:
    (document,) = reply.json()["results"]["documents"]
    return [each["text"] for each in document["entities"]]


async def send_at_once(stack: Stack, body: dict[str, Any], count: int) -> list[httpx.Response]:
    async with httpx.AsyncClient(
        base_url=stack.url,
        headers={"Ocp-Apim-Subscription-Key": stack.key},
        params={"api-version": "2023-04-01"},
        limits=httpx.Limits(max_connections=count),
        timeout=180,
        trust_env=False,
    ) as client:
        return await asyncio.gather(*(client.post("/language/:analyze-text", json=body) for _ in range(count)))


@pytest.mark.stack
def test_a_thousand_clients_at_once(stack: Stack, trained: Trained) -> None:
    replies = asyncio.run(send_at_once(stack, body_of(trained.project, trained.deployment), 1000))
    counted = Counter(reply.status_code for reply in replies)
    assert counted.keys() <= {200, 429}, counted
    assert counted[200] > 0
    for reply in replies:
        if reply.status_code == 200:
            assert "Bitcoin" in entities(reply)
        else:
            assert reply.headers["retry-after"] == "1"
            assert reply.json()["error"]["code"] == "TooManyRequests"


@pytest.mark.stack
def test_a_swap_loses_no_request(rest: Rest, trained: Trained) -> None:
    ended = threading.Event()
    replies: list[httpx.Response] = []

    def predict_on_and_on() -> None:
        while not ended.is_set():
            replies.append(rest.client.post("/:analyze-text", json=body_of(trained.project, trained.deployment)))

    clients = [threading.Thread(target=predict_on_and_on) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        names = {"firstDeploymentName": trained.deployment, "secondDeploymentName": trained.other_deployment}
        for _ in range(5):
            swap = rest.authoring("POST", f"{trained.project}/deployments:swap", status=202, json=names)
            assert rest.poll(swap)["status"] == "succeeded"
    finally:
        ended.set()
        for client in clients:
            client.join(60)
    assert {reply.status_code for reply in replies} == {200}
    assert all("Bitcoin" in entities(reply) for reply in replies)


@pytest.fixture
def other_instance(stack: Stack, tmp_path: Path) -> Iterator[httpx.Client]:
    """A second process of the api, with a disk of its own."""
    environment = {
        **stack._environment("api"),
        "NER_DATA_DIR": str(tmp_path),
        "AzureFunctionsWebHost__hostid": "nerine-api-2",
    }
    host = SupervisedHost(
        "api", environment=environment, port=0, script_root=Path(__file__).parents[2], on_line=lambda *_: None
    )
    host.start()
    try:
        host.wait_until_ready()
        with httpx.Client(
            base_url=f"{host.url}/language",
            headers={"Ocp-Apim-Subscription-Key": stack.key},
            params={"api-version": "2023-04-01"},
            timeout=60,
        ) as client:
            yield client
    finally:
        host.stop()


@pytest.mark.stack
def test_every_instance_learns_of_deployments(rest: Rest, trained: Trained, other_instance: httpx.Client) -> None:
    path = f"{trained.project}/deployments/for-a-while"
    body = body_of(trained.project, "for-a-while")
    rest.poll(rest.authoring("PUT", path, status=202, json={"trainedModelLabel": trained.model}))
    assert "Bitcoin" in entities(other_instance.post("/:analyze-text", json=body)), "at once"
    rest.poll(rest.authoring("DELETE", path, status=202))
    deadline = time.monotonic() + 10  # two seconds by design, and what a busy machine adds
    while (reply := other_instance.post("/:analyze-text", json=body)).status_code == 200:
        assert time.monotonic() < deadline
    assert reply.status_code == 404


@pytest.mark.stack
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of a process in /proc")
def test_an_api_with_one_model_is_small(rest: Rest, trained: Trained, stack: Stack) -> None:
    stack.restart("api")
    for text in (TEXT, TEXT * 25, TEXT * 500):
        for _ in range(2):
            body = body_of(trained.project, trained.deployment, text)
            assert "Bitcoin" in entities(rest.call("POST", "/:analyze-text", json=body))
    status = Path(f"/proc/{stack.processes['api'].pid}/status").read_text()
    resident = next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS:"))
    assert resident <= MEMORY_BYTES, f"{resident >> 20} MiB"
