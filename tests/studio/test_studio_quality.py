"""The queue of suspected label errors and the learning curve. What the trainer would answer is given here, since asking
it takes minutes; everything that is done with the answer is real."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from functions.stores.documents import hash_of_text
from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api, Studio

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held."


_MEASURED = {
    "points": [
        {"nDocuments": n, "nLabels": 4 * n, "f1": f1, "f1Interval": [f1 - 0.1, f1 + 0.05], "repeats": [f1]}
        for n, f1 in ((10, 0.5), (20, 0.65), (40, 0.75))
    ],
    "nJudgedLabels": 90,
}
_FITTED = {
    "nLabels": [40, 160, 320], "f1": [0.5, 0.75, 0.8], "low": [0.4, 0.7, 0.72], "high": [0.6, 0.8, 0.88], "level": 80,
    "asymptote": 0.9, "scale": 2.0, "exponent": 0.5,
}  # fmt: skip
_AT_HORIZON = {
    "nLabels": 320, "nDocuments": 80, "f1": 0.8, "interval": [0.71, 0.89], "gain": 0.05, "gainInterval": [-0.03, 0.13],
    "level": 80,
}  # fmt: skip
CURVE = {
    "jobId": "1",
    "createdDateTime": "2026-01-01T00:00:00Z",
    "recipe": "fast",
    "seed": 0,
    "nRepeats": 1,
    "overall": {
        **_MEASURED,
        "fitted": _FITTED,
        "forecast": {"verdict": "levels_off", "sentence": "More helps.", "gain": None, "atHorizon": _AT_HORIZON},
    },
    "nDocuments": 40,
    "nJudgedDocuments": 20,
    "isOutOfFold": False,
    "seconds": 60.0,
    "warnings": [],
    "categories": {
        "STOCK": {
            **_MEASURED,
            "fitted": None,
            "forecast": {"verdict": "cannot_tell", "sentence": "Cannot tell.", "gain": None, "atHorizon": None},
        },
    },
}


def answer(studio: Studio, path: str, body: Any) -> None:
    """Lets GET requests for `path` below any project be answered with `body`."""
    studio.page.route(
        re.compile(rf"/projects/[^/]+/{path}\?"),
        lambda route: route.fulfill(status=200, content_type="application/json", body=json.dumps(body)),
    )


def finding(number: int, **sides: tuple[str, int, int]) -> dict[str, Any]:
    labels = {
        side: {"category": category, "offset": start, "length": end - start}
        for side, (category, start, end) in sides.items()
    }
    kind = "wrong category" if len(labels) == 2 else "missing label" if "proposal" in labels else "spurious label"
    return {
        "findingId": f"{number:024x}", "location": "a.txt", "kind": kind, "score": 0.9 - number / 10,
        "reason": f"Reason {number}.", "stringIndexType": "Utf16CodeUnit", "contentHash": hash_of_text(NEWS), **labels,
    }  # fmt: skip


def test_suspicions_are_settled_with_one_key_each(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    api.put_labels(project, "a.txt", [("FOREX", 0, 5), ("CRYPTO", 6, 10)])
    studio = open_studio()
    findings = [
        finding(1, label=("FOREX", 0, 5), proposal=("STOCK", 0, 5)),
        finding(2, label=("CRYPTO", 6, 10)),
        finding(3, proposal=("CRYPTO", 20, 27)),
    ]
    check = {"jobId": "1", "checkedDateTime": "2026-01-01T00:00:00Z", "documentsCount": 1, "labelsCount": 2,
             "findingsCount": 3, "mixedStrings": [], "warnings": []}  # fmt: skip
    answer(studio, "label-check", check)
    answer(studio, "label-errors", {"value": findings, "nextLink": None})
    studio.open(f"projects/{project}/quality")

    suspicion = studio.page.get_by_role("region", name="Suspicion")
    queue = studio.page.get_by_role("button", name=re.compile("% sure"))
    expect(suspicion).to_contain_text("Reason 1.")
    with studio.page.expect_response(lambda reply: reply.request.method == "PATCH" and reply.ok):
        studio.press("f")
    expect(queue).to_have_count(2)
    expect(suspicion).to_contain_text("Reason 2.")
    studio.press("n")
    expect(suspicion).to_contain_text("Reason 3.")
    with studio.page.expect_response(lambda reply: reply.request.method == "PATCH" and reply.ok):
        studio.press("f")
    expect(suspicion).to_contain_text("Reason 2.")
    with studio.page.expect_response(lambda reply: reply.request.method == "PATCH" and reply.ok):
        studio.press("f")
    expect(studio.page.get_by_text("No suspicion is left")).to_be_visible()
    assert api.labels(project, "a.txt") == [("STOCK", 0, 5), ("CRYPTO", 20, 27)]


def test_a_correction_that_came_too_late_is_an_error_and_changes_nothing(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    api.put_labels(project, "a.txt", [("STOCK", 0, 5)])
    studio = open_studio()
    check = {"jobId": "1", "checkedDateTime": "2026-01-01T00:00:00Z", "documentsCount": 1, "labelsCount": 1,
             "findingsCount": 1, "mixedStrings": [], "warnings": []}  # fmt: skip
    answer(studio, "label-check", check)
    answer(studio, "label-errors", {"value": [finding(1, label=("FOREX", 0, 5))], "nextLink": None})
    studio.open(f"projects/{project}/quality")
    studio.page.get_by_role("button", name=re.compile("^Fix it")).click()
    expect(studio.page.get_by_role("alert")).to_contain_text("There is no label FOREX")
    assert api.labels(project, "a.txt") == [("STOCK", 0, 5)]


def test_a_text_that_changed_since_the_check_is_said_and_its_labels_are_left_alone(
    api: Api, open_studio: StudioFactory
) -> None:
    project = api.project({"a.txt": NEWS})
    api.put_labels(project, "a.txt", [("STOCK", 0, 5)])
    studio = open_studio()
    check = {"jobId": "1", "checkedDateTime": "2026-01-01T00:00:00Z", "documentsCount": 1, "labelsCount": 1,
             "findingsCount": 1, "mixedStrings": [], "warnings": []}  # fmt: skip
    answer(studio, "label-check", check)
    answer(studio, "label-errors", {"value": [finding(1, label=("STOCK", 0, 5))], "nextLink": None})
    api.upload(project, "a.txt", f"Now: {NEWS}")
    studio.open(f"projects/{project}/quality")
    suspicion = studio.page.get_by_role("region", name="Suspicion")
    expect(suspicion).to_contain_text("The text of a.txt changed since the labels were checked")
    studio.page.get_by_role("button", name=re.compile("^Fix it")).click()
    expect(studio.page.get_by_role("alert")).to_contain_text("is another than the one")
    assert api.labels(project, "a.txt") == [("STOCK", 0, 5)]


def test_a_long_question_can_be_cancelled(api: Api, open_studio: StudioFactory) -> None:
    """There is no trainer here, so that it waits."""
    project = api.project({"a.txt": NEWS})
    api.put_labels(project, "a.txt", [("STOCK", 0, 5)])
    studio = open_studio(f"projects/{project}/quality")
    button = studio.page.get_by_role("button", name="Check the labels")
    button.click()
    expect(studio.page.get_by_role("progressbar")).to_be_visible()
    expect(button).to_be_disabled()
    studio.page.get_by_role("button", name="Cancel").click()
    expect(studio.page.get_by_text("Cancelled; the answer before it stays.")).to_be_visible()
    expect(button).to_be_enabled()


def test_a_learning_curve_is_drawn_and_said(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    answer(studio, "learning-curve", CURVE)
    studio.open(f"projects/{project}/quality/curve")
    expect(studio.page.get_by_text("More helps.")).to_be_visible()
    expect(studio.page.get_by_role("img", name="F1 by number of labels")).to_be_visible()
    forecast = studio.page.get_by_role("row", name=re.compile("forecast"))
    expect(forecast).to_have_text("320, forecast8080.0 %71.0 % to 89.0 % (80 %)")
    studio.page.get_by_label("Curve of").select_option("STOCK")
    expect(studio.page.get_by_text("Cannot tell.")).to_be_visible()
    expect(forecast).to_have_count(0)


def test_documents_with_likely_errors_are_a_filter_of_the_list(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS, "b.txt": NEWS})
    studio = open_studio()
    studio.open(f"projects/{project}/labeling?show=suspected")
    filter_ = studio.page.get_by_label("Show", exact=True)
    expect(filter_).to_have_value("suspected")
    expect(studio.page.get_by_text("The last label check left no suspicion open")).to_be_visible()
    studio.page.get_by_label("Documents", exact=True).get_by_role("link", name="Data quality").click()
    expect(studio.page.get_by_role("heading", level=1, name="Data quality")).to_be_visible()
