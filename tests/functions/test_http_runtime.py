"""Predictions over HTTP: shapes, units, statistics, faults of documents and of tasks."""

from api_client import RUNTIME, ApiClient
from world import World

TEXT = "😀 Ana Li\r\n東京 Jose\u0301 🇫🇷🇩🇪 Rome"
ENTITIES = ["Ana Li", "東京", "Jose\u0301", "Rome"]


def test_thin(world: World, client: ApiClient, project: str) -> None:
    world.deployment(project)
    body = {
        "kind": "CustomEntityRecognition",
        "analysisInput": {"documents": [{"id": "1", "text": TEXT}]},
        "parameters": {"projectName": project, "deploymentName": "d", "stringIndexType": "UnicodeCodePoint"},
    }
    reply = client.post(f"{RUNTIME}/:analyze-text", json=body)
    assert reply.status_code == 200, reply.text
    assert [e["text"] for e in reply.json()["results"]["documents"][0]["entities"]] == ENTITIES
