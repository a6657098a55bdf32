"""azure-ai-textanalytics-authoring 1.0.0b1 over the whole life of a project."""

import json
from typing import Any

import httpx
import pytest
from azure.ai.textanalytics.authoring import TextAuthoringClient, TextAuthoringProjectClient
from azure.ai.textanalytics.authoring.models import (
    CustomEntityRecognitionDocumentEvalResult,
    CustomEntityRecognitionEvalSummary,
    EntityRecognitionEvalSummary,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

from devhost.stack import Stack
from tests.e2e.conftest import FINANCE, Trained, project_client
from tests.e2e.rest import Rest


def evaluation_of(project: TextAuthoringProjectClient, model: str) -> EntityRecognitionEvalSummary:
    summary = project.trained_model.get_model_evaluation_summary(model)
    assert isinstance(summary, CustomEntityRecognitionEvalSummary)
    return summary.custom_entity_recognition_evaluation


@pytest.mark.stack
def test_projects_are_listed_and_read(authoring: TextAuthoringClient, trained: Trained) -> None:
    assert trained.project in [project.project_name for project in authoring.list_projects()]
    project = authoring.get_project(trained.project)
    assert project.project_kind == "CustomEntityRecognition"
    assert project.language == "en"
    assert project.last_trained_on is not None
    assert project.last_deployed_on is not None
    with pytest.raises(ResourceNotFoundError, match="no project named 'nobody'"):
        authoring.get_project("nobody")


@pytest.mark.stack
def test_languages_and_configurations(authoring: TextAuthoringClient) -> None:
    codes = {
        language.language_code
        for language in authoring.list_supported_languages(project_kind="CustomEntityRecognition")
    }
    assert {"en-us", "de", "ja"} <= codes
    configs = [
        config.training_config_version
        for config in authoring.list_training_config_versions(project_kind="CustomEntityRecognition")
    ]
    assert configs[0] == "2022-05-01"
    assert "fast" in configs


@pytest.mark.stack
def test_model_and_evaluation(authoring: TextAuthoringClient, trained: Trained) -> None:
    project = project_client(authoring, trained.project)
    assert [model.label for model in project.project.list_trained_models()] == [trained.model]
    assert project.trained_model.get_trained_model(trained.model).model_training_config_version == "fast"
    evaluation = evaluation_of(project, trained.model)
    assert set(evaluation.entities) == {"STOCK", "CRYPTO", "FOREX"}
    assert 0.5 < evaluation.micro_f1 <= 1
    for scores in evaluation.entities.values():
        found, missed = scores.true_positive_count, scores.false_negative_count
        assert scores.recall == pytest.approx(found / (found + missed))
    for row in evaluation.confusion_matrix.values():
        assert sum(cell["normalizedValue"] for cell in row.values()) == pytest.approx(100)


@pytest.mark.stack
def test_evaluation_by_document_agrees_with_the_summary(authoring: TextAuthoringClient, trained: Trained) -> None:
    project = project_client(authoring, trained.project)
    expected = predicted = 0
    locations = []
    results = project.trained_model.list_model_evaluation_results(trained.model, string_index_type="Utf16CodeUnit")
    for document in results:
        assert isinstance(document, CustomEntityRecognitionDocumentEvalResult)
        locations.append(document.location)
        text = (FINANCE / "documents" / document.location).read_bytes().decode().encode("utf-16-le")
        (region,) = document.custom_entity_recognition_result.entities
        assert region.region_length * 2 == len(text)
        expected += len(region.expected_entities)
        predicted += len(region.predicted_entities)
    scores = evaluation_of(project, trained.model).entities.values()
    assert expected == sum(one.true_positive_count + one.false_negative_count for one in scores)
    assert predicted == sum(one.true_positive_count + one.false_positive_count for one in scores)
    labels = json.loads((FINANCE / "labels.json").read_bytes())
    assert sorted(locations) == sorted(
        document["location"] for document in labels["assets"]["documents"] if document["dataset"] == "Test"
    )


@pytest.mark.stack
def test_export_gives_back_what_was_imported(authoring: TextAuthoringClient, trained: Trained, stack: Stack) -> None:
    project = project_client(authoring, trained.project)
    poller = project.project.begin_export(string_index_type="Utf16CodeUnit")
    poller.result()
    # The client throws the last answer away, so its address of the file is read from the poller's inside.
    state = poller.polling_method()._pipeline_response.http_response.json()  # type: ignore[attr-defined]
    exported = httpx.get(state["resultUrl"], headers={"Ocp-Apim-Subscription-Key": stack.key}).json()
    imported = json.loads((FINANCE / "labels.json").read_bytes())

    def labels(project_file: dict[str, Any]) -> dict[str, Any]:
        return {
            document["location"]: (
                document["dataset"],
                sorted(
                    (label["offset"], label["length"], label["category"])
                    for region in document["entities"]
                    for label in region["labels"]
                ),
            )
            for document in project_file["assets"]["documents"]
        }

    assert labels(exported) == labels(imported)
    assert exported["assets"]["entities"] == imported["assets"]["entities"]
    assert exported["metadata"]["projectName"] == trained.project


@pytest.mark.stack
def test_swap_and_deployments(authoring: TextAuthoringClient, trained: Trained) -> None:
    project = project_client(authoring, trained.project)
    names = {deployment.deployment_name for deployment in project.project.list_deployments()}
    assert {trained.deployment, trained.other_deployment} <= names
    swap = {"firstDeploymentName": trained.deployment, "secondDeploymentName": trained.other_deployment}
    project.project.begin_swap_deployments(swap).result()
    project.deployment.begin_deploy_project("passing", {"trainedModelLabel": trained.model}).result()
    assert project.deployment.get_deployment("passing").model_training_config_version == "fast"
    project.deployment.begin_delete_deployment("passing").result()
    with pytest.raises(ResourceNotFoundError):
        project.deployment.get_deployment("passing")
    with pytest.raises(HttpResponseError, match="`v2` is not trained"):
        project.deployment.begin_deploy_project("passing", {"trainedModelLabel": "v2"})


@pytest.mark.stack
def test_a_deployed_model_is_not_deleted(authoring: TextAuthoringClient, trained: Trained) -> None:
    project = project_client(authoring, trained.project)
    with pytest.raises(HttpResponseError, match="is deployed as"):
        project.trained_model.delete_trained_model(trained.model)


@pytest.mark.stack
def test_cancelling_a_training_job_ends_both_pollers(
    authoring: TextAuthoringClient, trained: Trained, rest: Rest
) -> None:
    project = project_client(authoring, trained.project)
    training = project.project.begin_train(
        {"modelLabel": "never", "trainingConfigVersion": "default", "evaluationOptions": {"kind": "manual"}}
    )
    job = next(iter(project.project.list_training_jobs()))
    assert job.result.model_label == "never"
    path = f"{trained.project}/train/jobs/{job.job_id}"
    url = str(rest.client.base_url.join(f"authoring/analyze-text/projects/{path}"))
    rest.wait(url, lambda state: state["result"]["phase"] == "training")
    # While it runs, a second one is refused.
    refused = rest.authoring("POST", f"{trained.project}/:train", status=409, json={"modelLabel": "second"})
    assert job.job_id in refused.json()["error"]["message"]
    project.project.begin_cancel_training_job(job.job_id).result()
    with pytest.raises(HttpResponseError):
        training.result()
    assert rest.authoring("GET", path).json()["status"] == "cancelled"
    assert "never" not in [model.label for model in project.project.list_trained_models()]


@pytest.mark.stack
def test_a_project_is_deleted_and_its_files_stay(authoring: TextAuthoringClient, blobs: BlobServiceClient) -> None:
    container = blobs.get_container_client("documents")
    container.upload_blob("Passing/1.txt", b"Some text about nothing in particular.", overwrite=True)
    body = {
        "projectKind": "CustomEntityRecognition",
        "storageInputContainerName": "documents",
        "projectName": "Passing",
        "language": "en",
    }
    assert authoring.create_project("Passing", body).project_name == "Passing"
    authoring.begin_delete_project("Passing").result()
    with pytest.raises(ResourceNotFoundError):
        authoring.get_project("Passing")
    assert container.get_blob_client("Passing/1.txt").exists()
