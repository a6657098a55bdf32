"""Predictions under load, as a client sees them: an answer or a 429, and where the time went."""

import asyncio
import hashlib
import re
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from functions.http.app import create_app
from functions.lifecycle.admission import Admission
from functions.services import Services
from functions.stores.models import TrainedModel
from model_tools.artifact import Artifact
from tests.functions.api_client import AUTHOR_KEY, HOST, RUNTIME, ApiClient, assert_error
from tests.functions.world import World

SYNC = f"{RUNTIME}/:analyze-text"
JOBS = f"{RUNTIME}/analyze-text/jobs"
PREDICTION = ["queue", "parse", "resolve", "load", "tokenize", "model", "decode", "offsets"]
TEXT = "Ana Li flew from Rome to Oslo."


def body_of(project: str, path: str, text: str = TEXT) -> dict[str, Any]:
    parameters = {"projectName": project, "deploymentName": "d"}
    documents = {"documents": [{"id": "1", "text": text}]}
    if path == SYNC:
        return {"kind": "CustomEntityRecognition", "analysisInput": documents, "parameters": parameters}
    return {"analysisInput": documents, "tasks": [{"kind": "CustomEntityRecognition", "parameters": parameters}]}


@pytest.fixture
def deployed(world: World, project: str) -> str:
    world.deployment(project)
    return project


@pytest.mark.parametrize(
    ("path", "stages"),
    [
        (SYNC, [*PREDICTION, "encode"]),
        (JOBS, [*PREDICTION, "store", "encode"]),
    ],
)
def test_a_prediction_says_where_its_time_went(client: ApiClient, deployed: str, path: str, stages: list[str]) -> None:
    for _ in range(2):
        reply = client.post(path, json=body_of(deployed, path))
        assert reply.status_code in {200, 202}, reply.text
        told = dict(re.findall(r"(\w+);dur=(\d+\.\d{3})(?:, |$)", reply.headers["server-timing"]))
        assert list(told) == stages
    assert float(told["load"]) < 100, "the second request finds the model in memory"
    assert sum(map(float, told.values())) > 0


@pytest.mark.parametrize(
    ("change", "stages"),
    [({"deploymentName": "gone"}, ["queue", "parse"]), ({"deploymentName": ""}, ["queue"])],
    ids=["404", "400"],
)
def test_a_prediction_that_fails_says_it_too(
    client: ApiClient, deployed: str, change: dict[str, str], stages: list[str]
) -> None:
    body = body_of(deployed, SYNC)
    body["parameters"] |= change
    reply = client.post(SYNC, json=body)
    assert reply.status_code in {400, 404}
    assert re.findall(r"(\w+);dur=\d+\.\d{3}", reply.headers["server-timing"]) == stages


def test_other_operations_say_nothing_of_it(client: ApiClient) -> None:
    assert "server-timing" not in client.get(f"{RUNTIME}/authoring/analyze-text/projects").headers


@pytest.mark.parametrize(("path", "status"), [(SYNC, 200), (JOBS, 202)])
def test_a_thousand_at_once_get_an_answer_or_a_429(
    services: Services, client: ApiClient, deployed: str, path: str, status: int
) -> None:
    # Patience for a busy machine: whoever waited longer than the usual would be refused as well.
    limited = replace(services, admission=Admission("test", running=2, waiting=50, patience=300))
    app = create_app(lambda: limited)

    async def send_all() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        # The transport knows no time-outs: without this one, a hang would be one of the test.
        async with (
            asyncio.timeout(300),
            httpx.AsyncClient(transport=transport, base_url=f"https://{HOST}") as sender,
        ):
            return await asyncio.gather(
                *(
                    sender.post(
                        path,
                        json=body_of(deployed, path),
                        params={"api-version": "2023-04-01"},
                        headers={"Ocp-Apim-Subscription-Key": AUTHOR_KEY},
                    )
                    for _ in range(1000)
                )
            )

    replies = asyncio.run(send_all())
    counted = Counter(reply.status_code for reply in replies)
    assert counted.keys() == {status, 429}, counted
    assert counted[status] >= 52, "whoever has a place gets an answer"
    for reply in replies:
        if reply.status_code == status:
            results = reply.json() if path == SYNC else client.finish(reply)["tasks"]["items"][0]
            (document,) = results["results"]["documents"]
            assert [each["text"] for each in document["entities"]] == ["Ana Li", "Rome", "Oslo"]
        else:
            assert_error(reply, 429, "TooManyRequests")
            assert reply.headers["retry-after"] == "1"


@pytest.fixture
def full(services: Services) -> Iterator[ApiClient]:
    """A service that lets nobody predict."""
    admission = Admission("test", running=1, waiting=0)
    assert admission._places.acquire(blocking=False)
    limited = replace(services, admission=admission)
    client = ApiClient(create_app(lambda: limited))
    yield client
    client.close()


@pytest.mark.parametrize("path", [SYNC, JOBS])
def test_a_model_that_storage_does_not_give_holds_up_no_other(
    world: World, services: Services, deployed: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    patient = Admission("test", running=2, waiting=50, patience=120)
    app = create_app(lambda: replace(services, admission=Admission("test", running=1, waiting=50), openings=patient))
    other = world.project()
    world.deployment(other)
    asked, opened, download = threading.Event(), threading.Event(), services.models.download

    def held(project: str, model_id: str, folder: Path) -> None:
        if project == other:
            asked.set()
            assert opened.wait(60)
        download(project, model_id, folder)

    def post(project: str) -> list[str]:
        client = ApiClient(app)
        reply = client.post(path, json=body_of(project, path))
        results = reply.json() if path == SYNC else client.finish(reply)["tasks"]["items"][0]
        client.close()
        return [each["text"] for each in results["results"]["documents"][0]["entities"]]

    monkeypatch.setattr(services.models, "download", held)
    with ThreadPoolExecutor(10) as pool:
        held_up = [pool.submit(post, other) for _ in range(10)]
        assert asked.wait(60)
        assert post(deployed) == ["Ana Li", "Rome", "Oslo"], "one that has to be loaded as well"
        assert post(deployed) == ["Ana Li", "Rome", "Oslo"], "and one that is at hand"
        services.directory.forget()
        assert post(deployed) == ["Ana Li", "Rome", "Oslo"], "and one that has to be looked up"
        assert not any(each.done() for each in held_up)
        opened.set()
        assert [each.result() for each in held_up] == [["Ana Li", "Rome", "Oslo"]] * 10


def test_only_predictions_wait_for_predictions(full: ApiClient, deployed: str) -> None:
    for path in (SYNC, JOBS):
        assert_error(full.post(path, json=body_of(deployed, path)), 429, "TooManyRequests")
        assert_error(full.post(path, json=body_of(deployed, path), key="wrong"), 401, "401")
    assert full.get(f"{RUNTIME}/authoring/analyze-text/projects/{deployed}").status_code == 200


def spoil(world: World, model: TrainedModel, damage: str, scratch: Path) -> str:
    """Damages a model in storage, and gives the hash that a refusal has to name."""
    graph = f"{model.project}/{model.model_id}/model.onnx"
    content = world.services.blobs.get("models", graph)
    if damage == "swapped":  # all of it, with a manifest that fits
        draft = Path(shutil.copytree(world.artifact, scratch / "draft"))
        other = Artifact.seal(draft, msgspec.structs.replace(Artifact.open(draft).manifest, seed=666))
        world.services.models.upload(model.project, model.model_id, other.paths)
        return other.manifest_sha256
    content = content[:-1] if damage == "truncated" else content[:-1] + bytes([content[-1] ^ 1])
    world.services.blobs.put("models", graph, content, "application/octet-stream")
    return hashlib.sha256(content).hexdigest()


def refusal(client: ApiClient, project: str) -> dict[str, str]:
    """The error of deploying the model `next`; what was deployed before it answers as it did."""
    before = client.post(SYNC, json=body_of(project, SYNC)).json()
    assert len(before["results"]["documents"][0]["entities"]) == 3
    deployment = f"{RUNTIME}/authoring/analyze-text/projects/{project}/deployments/d"
    deployed = client.get(deployment).json()
    state = client.finish(client.put(deployment, json={"trainedModelLabel": "next"}))
    assert state["status"] == "failed"
    assert client.get(deployment).json() == deployed
    assert client.post(SYNC, json=body_of(project, SYNC)).json() == before
    error: dict[str, str] = state["error"]
    return error


@pytest.mark.parametrize("damage", ["corrupt", "truncated", "swapped"])
def test_a_damaged_model_is_refused_by_its_hash_and_the_one_before_serves_on(
    world: World, client: ApiClient, deployed: str, tmp_path: Path, damage: str
) -> None:
    sha256 = spoil(world, world.model(deployed, "next"), damage, tmp_path)
    error = refusal(client, deployed)
    assert error["code"] == "ArtifactInvalid"
    assert f"SHA-256 {sha256}" in error["message"]


def test_a_model_that_is_too_large_is_refused_and_the_one_before_serves_on(
    world: World, client: ApiClient, deployed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = world.model(deployed, "next")
    needed = 2 * world.services.models.size(deployed, model.model_id)
    monkeypatch.setattr(world.services.predictors, "_capacity", needed - 1)
    error = refusal(client, deployed)
    assert error["code"] == "InvalidRequest"
    assert "NER_MODEL_CACHE_MB" in error["message"]


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "\n",
        "\r\n",
        "\U0001f680",
        "\U0001f469\u200d",
        "e\u0301",
        "\u4e2d",
        "1",
        ".",
        "word ",
        "Ana Li saw Rome. ",
        "\x00",
        "\U0001f1eb",
        "\u1100",
        "\u0301",
        "\u201d",
    ],
    ids=[
        *("word", "newlines", "CRLF", "emoji", "ZWJ", "accents", "CJK", "digits", "dots", "words", "entities", "NUL"),
        *("flags", "jamo", "marks", "quotes"),
    ],
)
def test_the_longest_text_takes_time_in_proportion(client: ApiClient, deployed: str, piece: str) -> None:
    """Processor time, the least of three: eight times the text would take 64 times as long if anything was quadratic."""

    def seconds(characters: int) -> float:
        text = (piece * characters)[: characters - 5] + " Rome"
        spent = []
        for _ in range(3):
            started = time.process_time()
            reply = client.post(SYNC, json=body_of(deployed, SYNC, text), showStats="true")
            spent.append(time.process_time() - started)
            assert reply.status_code == 200, reply.text
            (document,) = reply.json()["results"]["documents"]
            assert document["entities"][-1]["text"] == "Rome", "nothing is cut off"
        return min(spent)

    assert seconds(125_000) < 24 * max(seconds(15_625), 0.005)
