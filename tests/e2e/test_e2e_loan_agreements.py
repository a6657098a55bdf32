"""Microsoft's own quickstart project, as it was shipped: CRLF texts, its labels file, its label errors."""

import contextlib
import json
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient

from tests.e2e.rest import Rest

RAW = Path(__file__).parents[2] / "../shared/data/azure_loan_agreements/raw"
PROJECT = "LoanAgreement"
TEST_DOCUMENTS = [f"{number}.txt" for number in range(17, 21)]

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(not RAW.exists(), reason="the reference data is not beside this checkout"),
]


@pytest.fixture(scope="module")
def imported(rest: Rest, blobs: BlobServiceClient) -> str:
    labels = (RAW / "loanAgreementsLabels.json").read_bytes()
    container = json.loads(labels)["metadata"]["storageInputContainerName"]
    with contextlib.suppress(ResourceExistsError):
        blobs.create_container(container)
    for file in RAW.glob("*.txt"):
        blobs.get_blob_client(container, file.name).upload_blob(file.read_bytes(), overwrite=True)
    state = rest.poll(rest.authoring("POST", f"{PROJECT}/:import", status=202, content=labels))
    assert state["status"] == "succeeded", state
    return PROJECT


def test_it_trains_to_a_working_model(rest: Rest, imported: str) -> None:
    for location in TEST_DOCUMENTS:
        current = rest.authoring("GET", f"{imported}/labels/{location}")
        body = {"labels": current.json()["labels"], "stringIndexType": "Utf16CodeUnit", "dataset": "Test"}
        rest.authoring("PUT", f"{imported}/labels/{location}", json=body, headers={"If-Match": current.headers["etag"]})
    options = {"modelLabel": "agreements", "evaluationOptions": {"kind": "manual"}}
    state = rest.poll(rest.authoring("POST", f"{imported}/:train", status=202, json=options), seconds=500)
    assert state["status"] == "succeeded", state
    summary = rest.authoring("GET", f"{imported}/models/agreements/evaluation/summary-result").json()
    evaluation = summary["customEntityRecognitionEvaluation"]
    assert evaluation["documentsCount"] == 4
    assert evaluation["microF1"] >= 0.80


@pytest.mark.parametrize("name", ["labels_entityNames_2021-09.json", "labels_extractors_2022-01.json"])
def test_older_formats_import_into_a_project(rest: Rest, imported: str, name: str) -> None:
    before = rest.authoring("GET", f"{imported}/labels/01.txt").json()["labels"]
    content = (RAW / "hist" / name).read_bytes()
    refused = rest.authoring("POST", "Unmade/:import", status=400, content=content)
    assert "Create the project first" in refused.json()["error"]["message"]
    state = rest.poll(rest.authoring("POST", f"{imported}/:import", status=202, content=content))
    assert state["status"] == "succeeded", state
    assert rest.authoring("GET", f"{imported}/labels/01.txt").json()["labels"] == before


def test_labels_that_fit_no_text_are_refused_with_advice(rest: Rest, imported: str) -> None:
    content = (RAW / "hist/labels_extractors_LF_2021-12.json").read_bytes()
    state = rest.poll(rest.authoring("POST", f"{imported}/:import", status=202, content=content))
    assert state["status"] == "failed"
    (error,) = state["errors"]
    assert error["code"] == "OffsetsDoNotFit"
    assert "2022-05-01" in error["message"]
