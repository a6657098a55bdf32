"""azure-ai-textanalytics 5.4.0, as it comes from the registry, against the running stack."""

from typing import Any

import pytest
from azure.ai.textanalytics import (
    DocumentError,
    RecognizeCustomEntitiesAction,
    RecognizeCustomEntitiesResult,
    SingleLabelClassifyAction,
    TextAnalyticsClient,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from devhost.stack import Stack
from tests.e2e.conftest import Trained
from tests.e2e.rest import Rest

# Every text holds the same mention behind characters that the three units count differently.
TEXTS = {
    "plain": "Shares of Apple rose while Bitcoin fell.",
    "emoji": "🚀🚀 Shares of Apple rose while Bitcoin fell 👨‍👩‍👧.",
    "combining": "Cafe\u0301 talk: shares of Apple rose while Bitcoin fell.",
    "crlf": "Markets\r\n\r\nShares of Apple rose while Bitcoin fell.\r\n",
    "cjk": "東京市場。Shares of Apple rose while Bitcoin fell.",
}


@pytest.fixture(scope="module")
def client(stack: Stack) -> TextAnalyticsClient:
    return TextAnalyticsClient(stack.url, AzureKeyCredential(stack.key))


@pytest.mark.stack
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_entities_lie_where_the_client_says(client: TextAnalyticsClient, trained: Trained, text: str) -> None:
    poller = client.begin_recognize_custom_entities(
        [text], project_name=trained.project, deployment_name=trained.deployment
    )
    (result,) = poller.result()
    assert isinstance(result, RecognizeCustomEntitiesResult)
    found = {entity.text: entity for entity in result.entities}
    assert found["Bitcoin"].category == "CRYPTO"
    assert 0 < found["Bitcoin"].confidence_score <= 1
    for entity in result.entities:
        # This client asks for code points, which is how Python counts.
        assert text[entity.offset : entity.offset + entity.length] == entity.text


@pytest.mark.stack
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("unit", ["UnicodeCodePoint", "Utf16CodeUnit", "TextElements_v8", None])
def test_every_unit_on_the_synchronous_route(rest: Rest, trained: Trained, text: str, unit: str | None) -> None:
    parameters = {"projectName": trained.project, "deploymentName": trained.deployment}
    if unit:
        parameters["stringIndexType"] = unit
    body = {
        "kind": "CustomEntityRecognition",
        "analysisInput": {"documents": [{"id": "1", "text": text}]},
        "parameters": parameters,
    }
    (document,) = rest.call("POST", "/:analyze-text", json=body).json()["results"]["documents"]
    bitcoin = next(entity for entity in document["entities"] if entity["text"] == "Bitcoin")
    before = text[: text.index("Bitcoin")]
    # Counted by hand: `\r\n` and `e` + accent are one text element each; Unicode 8 does not join emoji over a ZWJ.
    expected = {
        "UnicodeCodePoint": len(before),
        "Utf16CodeUnit": len(before.encode("utf-16-le")) // 2,
        "TextElements_v8": len(before.replace("\r\n", "\n").replace("e\u0301", "é")),
    }
    assert bitcoin["offset"] == expected[unit or "TextElements_v8"]
    assert bitcoin["length"] == len("Bitcoin")


@pytest.mark.stack
def test_statistics_and_errors_by_document(client: TextAnalyticsClient, trained: Trained) -> None:
    documents = [
        {"id": "good", "text": TEXTS["plain"], "language": "en"},
        {"id": "empty", "text": "", "language": "en"},
        {"id": "klingon", "text": TEXTS["plain"], "language": "tlh"},
    ]
    poller = client.begin_recognize_custom_entities(
        documents, project_name=trained.project, deployment_name=trained.deployment, show_stats=True
    )
    good, empty, klingon = poller.result()
    assert isinstance(good, RecognizeCustomEntitiesResult)
    assert good.statistics is not None
    assert good.statistics.character_count == len(TEXTS["plain"])
    assert good.statistics.transaction_count == 1
    assert isinstance(empty, DocumentError)
    assert (empty.id, empty.error.code) == ("empty", "InvalidDocument")
    assert isinstance(klingon, DocumentError)
    assert klingon.error.code == "UnsupportedLanguageCode"


@pytest.mark.stack
def test_mixed_actions_keep_the_good_one(client: TextAnalyticsClient, trained: Trained) -> None:
    actions: list[Any] = [
        RecognizeCustomEntitiesAction(trained.project, trained.deployment),
        SingleLabelClassifyAction(trained.project, trained.deployment),
        RecognizeCustomEntitiesAction(trained.project, "no-such-deployment"),
    ]
    (results,) = client.begin_analyze_actions([TEXTS["plain"]], actions, display_name="mixed").result()
    recognised, classified, missing = results
    assert isinstance(recognised, RecognizeCustomEntitiesResult)
    assert "Bitcoin" in [entity.text for entity in recognised.entities]
    assert isinstance(classified, DocumentError)
    assert isinstance(missing, DocumentError)
    assert "no-such-deployment" in missing.error.message


@pytest.mark.stack
def test_job_metadata(client: TextAnalyticsClient, trained: Trained) -> None:
    poller = client.begin_recognize_custom_entities(
        [TEXTS["plain"]], project_name=trained.project, deployment_name=trained.deployment, display_name="mine"
    )
    poller.result()
    details = poller.details
    assert details["display_name"] == "mine"
    assert details["id"]
    assert details["expires_on"] > details["created_on"]
    assert poller.status() == "succeeded"


@pytest.mark.stack
def test_a_wrong_key_is_an_authentication_error(stack: Stack, trained: Trained) -> None:
    client = TextAnalyticsClient(stack.url, AzureKeyCredential("not-the-right-key"))
    with pytest.raises(ClientAuthenticationError):
        client.begin_recognize_custom_entities(
            ["text"], project_name=trained.project, deployment_name=trained.deployment
        )


@pytest.mark.stack
def test_an_unknown_deployment_says_so(client: TextAnalyticsClient, trained: Trained) -> None:
    poller = client.begin_recognize_custom_entities(["text"], project_name=trained.project, deployment_name="nowhere")
    with pytest.raises(HttpResponseError, match="nowhere"):
        poller.result()


@pytest.mark.stack
def test_too_many_documents_are_refused(client: TextAnalyticsClient, trained: Trained) -> None:
    with pytest.raises(HttpResponseError, match="Max 25 records") as caught:
        client.begin_recognize_custom_entities(
            ["text"] * 26, project_name=trained.project, deployment_name=trained.deployment
        )
    assert caught.value.status_code == 400


@pytest.mark.stack
def test_a_large_request_goes_through_the_queue(client: TextAnalyticsClient, trained: Trained) -> None:
    text = (TEXTS["plain"] + " ") * 150
    poller = client.begin_recognize_custom_entities(
        [text] * 5, project_name=trained.project, deployment_name=trained.deployment
    )
    results = list(poller.result())
    assert [result.id for result in results if isinstance(result, RecognizeCustomEntitiesResult)] == list("01234")
    counts = {sum(entity.text == "Bitcoin" for entity in result.entities) for result in results}
    assert len(counts) == 1
    assert counts.pop() > 100
