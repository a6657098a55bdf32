"""One running stack for all end-to-end tests, and one project trained in it through Microsoft's authoring client."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.ai.textanalytics.authoring import TextAuthoringClient, TextAuthoringProjectClient
from azure.core.credentials import AzureKeyCredential
from azure.storage.blob import BlobServiceClient

from devhost.stack import Stack
from tests.e2e.rest import Rest

FINANCE = Path(__file__).parents[2] / "samples/finance"


@dataclass(frozen=True)
class Trained:
    """A project with one model deployed under two names."""

    project: str = "FinanceE2E"
    model: str = "fast-1"
    deployment: str = "blue"
    other_deployment: str = "green"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    with Stack(data=folder / "data", log=folder / "stack.log") as running:
        yield running


@pytest.fixture(scope="session")
def rest(stack: Stack) -> Iterator[Rest]:
    with httpx.Client(
        base_url=f"{stack.url}/language",
        headers={"Ocp-Apim-Subscription-Key": stack.key},
        params={"api-version": "2023-04-01"},
        timeout=120,
    ) as client:
        yield Rest(client)


@pytest.fixture(scope="session")
def blobs(stack: Stack) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(stack.connection_string) as client:
        yield client


@pytest.fixture(scope="session")
def authoring(stack: Stack) -> Iterator[TextAuthoringClient]:
    with TextAuthoringClient(stack.url, AzureKeyCredential(stack.key)) as client:
        yield client


@pytest.fixture(scope="session")
def trained(authoring: TextAuthoringClient, rest: Rest, blobs: BlobServiceClient) -> Trained:
    """Create, import, train and deploy, as an application that was written for the real service would."""
    names = Trained()
    body = {
        "projectKind": "CustomEntityRecognition",
        "storageInputContainerName": "documents",
        "projectName": names.project,
        "language": "en",
    }
    authoring.create_project(names.project, body)
    labels: dict[str, Any] = json.loads((FINANCE / "labels.json").read_bytes())
    container = blobs.get_container_client("documents")
    for document in labels["assets"]["documents"]:
        content = (FINANCE / "documents" / document["location"]).read_bytes()
        container.upload_blob(f"{names.project}/{document['location']}", content, overwrite=True)
    project = project_client(authoring, names.project)
    project.project.begin_import(labels).result()
    options = {"modelLabel": names.model, "trainingConfigVersion": "fast", "evaluationOptions": {"kind": "manual"}}
    result = project.project.begin_train(options).result()
    assert result.training_status.status == "succeeded"
    assert result.evaluation_status is not None
    assert result.evaluation_status.status == "succeeded"
    for deployment in (names.deployment, names.other_deployment):
        project.deployment.begin_deploy_project(deployment, {"trainedModelLabel": names.model}).result()
    return names


def project_client(authoring: TextAuthoringClient, name: str) -> TextAuthoringProjectClient:
    """The authoring client of one project."""
    return authoring.get_project_client(name)
