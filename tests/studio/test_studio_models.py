"""What the model page makes of an evaluation. The answers of the service are given here; the documents are real."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from functions.stores.documents import hash_of_text
from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api, Studio
from tests.studio.test_studio_quality import answer

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held."
TESLA, BITCOIN = ("STOCK", 0, 5), ("CRYPTO", 20, 27)
MODEL = {
    "label": "m", "modelId": "m-1", "lastTrainedDateTime": "2026-01-01T00:00:00Z", "lastTrainingDurationInSeconds": 60,
    "modelTrainingConfigVersion": "fast",
}  # fmt: skip
SCORES = {
    "f1": 0.5, "precision": 0.5, "recall": 0.5, "f1Interval": [0.3, 0.7], "truePositiveCount": 2,
    "falsePositiveCount": 1, "falseNegativeCount": 2,
}  # fmt: skip
SCHEME = {"f1": 0.6, "correctCount": 2, "incorrectCount": 1, "partialCount": 3, "missedCount": 4, "spuriousCount": 5}
EVALUATION = {
    "confusionMatrix": {}, "entities": {"STOCK": SCORES}, "microF1": 0.5, "microPrecision": 0.5, "microRecall": 0.5,
    "macroF1": 0.5, "microF1Interval": [0.3, 0.7], "documentsCount": 2, "schemes": {"strict": SCHEME},
    "kinds": {"STOCK": {"correct": 2, "incorrect": 7, "partial": 1, "both": 2, "missed": 4, "spuriousCount": 0}},
    "expectedCalibrationError": 0.05, "calibration": {"temperature": 1.2, "entitiesCount": 80, "fittedOn": "dev"},
    "thresholds": {"STOCK": {"confidenceScore": 0.41, "f1": 0.62, "precision": 0.7, "recall": 0.56}},
    "thresholdsFittedOn": "dev",
    "quantisation": {"dtype": "int8", "measuredOn": "test", "candidates": [
        {"scheme": "fp32", "sizeInBytes": 90_000_000, "f1": 0.91, "chosen": False},
        {"scheme": "int8", "sizeInBytes": 23_000_000, "f1": 0.905, "chosen": True},
    ]},
    "guidance": [{
        "code": "FewLabels", "message": "'STOCK' has 7 labels for training.", "categories": ["STOCK"],
        "documentsCount": 7, "documents": [f"{number}.txt" for number in range(7)],
    }],
    "distribution": {"STOCK": {
        "labels": {"Train": 11, "HeldOut": 2, "Test": 4}, "documents": {"Train": 9, "HeldOut": 1, "Test": 3},
    }},
}  # fmt: skip


def wire(label: tuple[str, int, int], **extra: Any) -> dict[str, Any]:
    category, start, end = label
    return {"category": category, "offset": start, "length": end - start, **extra}


def result(location: str, expected: list[Any], predicted: list[Any], text: str = NEWS) -> dict[str, Any]:
    entities = {"expectedEntities": [*map(wire, expected)], "predictedEntities": [*map(wire, predicted)]}
    return {
        "location": location,
        "contentHash": hash_of_text(text),
        "customEntityRecognitionResult": {"entities": [entities]},
    }


@pytest.fixture
def project(api: Api) -> str:
    return api.project({"a.txt": NEWS, "b.txt": NEWS})


def show(studio: Studio, project: str, tab: str) -> None:
    answer(studio, "models", {"value": [MODEL]})
    answer(studio, "models/m/evaluation/summary-result", {"customEntityRecognitionEvaluation": EVALUATION})
    studio.open(f"projects/{project}/models/m/{tab}")


def test_guidance_and_what_the_figures_rest_on(project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    show(studio, project, "overview")
    advice = studio.page.get_by_role("region", name="What to do next")
    expect(advice).to_contain_text("'STOCK' has 7 labels for training.")
    expect(advice.get_by_role("link")).to_have_count(5)
    advice.get_by_role("button", name="2 more").click()
    expect(advice.get_by_role("link", name="6.txt")).to_have_attribute("href", f"#/projects/{project}/labeling/6.txt")
    expect(studio.page.get_by_role("row", name=re.compile("^Strict"))).to_contain_text("60.0 %21345")
    expect(studio.page.get_by_text("fitted on 80 found entities of documents held out of training")).to_be_visible()
    expect(studio.page.get_by_role("row", name=re.compile("^fp32"))).to_have_text("fp3290.0 MB91.0 %no")
    expect(studio.page.get_by_role("row", name=re.compile("^int8"))).to_have_text("int823.0 MB90.5 %yes")


def test_kinds_of_errors_thresholds_and_distribution_of_each_type(project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    show(studio, project, "entities")
    scores, thresholds = (studio.page.get_by_role("row", name=re.compile("^STOCK")).nth(i) for i in (0, 1))
    expect(thresholds).to_have_text("STOCK0.4162.0 %70.0 %56.0 %50.0 %")
    # Right, wrong type, another boundary, missed, spurious, labels.
    assert scores.get_by_role("cell").all_inner_texts()[-6:] == ["2", "7", "3", "4", "0", "4"]
    expect(studio.page.get_by_text("the confidences were chosen on documents held out of training")).to_be_visible()
    studio.page.get_by_role("tab", name="Distribution").click()
    expect(studio.page.get_by_role("row", name=re.compile("^STOCK"))).to_have_text("STOCK1124913")


def test_a_type_leads_to_its_documents(project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    results = [result("a.txt", [TESLA], []), result("b.txt", [BITCOIN], [])]
    answer(studio, "models/m/evaluation/result", {"value": results})
    show(studio, project, "entities")
    studio.page.get_by_role("link", name="STOCK").click()
    documents = studio.page.get_by_role("button", name=re.compile("1 error"))
    expect(documents).to_have_count(1)
    expect(documents).to_contain_text("a.txt")
    studio.page.get_by_label("Entity type").select_option("CRYPTO")
    expect(documents).to_contain_text("b.txt")
    expect(studio.page).to_have_url(re.compile(r"documents\?category=CRYPTO$"))
    studio.page.get_by_label("Entity type").select_option("all")
    expect(documents).to_have_count(2)


def test_a_text_that_changed_is_not_painted_with_old_places(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    results = [result("a.txt", [TESLA], []), result("b.txt", [BITCOIN], [])]
    answer(studio, "models/m/evaluation/result", {"value": results})
    api.upload(project, "a.txt", f"Today, {NEWS}")
    show(studio, project, "documents")
    changed = studio.page.get_by_role("region", name="a.txt")
    expect(changed).to_contain_text("The text of a.txt changed since this model was measured on it")
    expect(studio.page.locator(".span-text mark")).to_have_count(0)
    studio.page.get_by_role("button", name=re.compile("b.txt")).click()
    expect(studio.page.locator(".span-text mark", has_text="bitcoin").first).to_be_visible()


def test_errors_with_context_page_by_page(project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    error = {"location": "a.txt", "context": "slid 3% while bitcoin held.", "contextOffset": 6, "contentHash": ""}
    missed = {**error, "kind": "missed", "expected": wire(BITCOIN, confidenceScore=0.43)}
    wrong = {
        **error,
        "kind": "incorrect",
        "expected": wire(BITCOIN),
        "predicted": wire(("STOCK", 20, 27), confidenceScore=0.8),
    }
    base = f"http://elsewhere/language/authoring/analyze-text/projects/{project}/models/m/evaluation/errors"
    asked: list[str] = []

    def reply(route: Any) -> None:
        asked.append(route.request.url)
        first = {"value": [missed], "nextLink": f"{base}?api-version=2023-04-01&skip=1"}
        route.fulfill(json={"value": [wrong], "nextLink": None} if "skip=1" in route.request.url else first)

    studio.page.route(re.compile("/evaluation/errors\\?"), reply)
    show(studio, project, "errors")
    row = studio.page.get_by_role("row", name=re.compile("^missed"))
    expect(row).to_contain_text("the model gave it 43.0 %")
    expect(row.locator("mark")).to_contain_text("bitcoin")
    expect(row.get_by_role("link")).to_have_attribute("href", f"#/projects/{project}/labeling/a.txt?at=20-27")
    studio.page.get_by_role("button", name="More errors").click()
    expect(studio.page.get_by_role("row", name=re.compile("^wrong type"))).to_contain_text("confidence 80.0 %")
    studio.page.get_by_label("Kind").select_option("missed")
    expect(studio.page).to_have_url(re.compile(r"errors\?kind=missed$"))
    assert any("kind=missed" in url for url in asked)
