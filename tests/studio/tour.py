"""Every page and dialog of a project that has everything: documents, a model or two, suggestions, suspicions, a curve.

The accessibility tests walk it, and so does whoever takes pictures.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Locator, expect

from tests.studio.studio_client import Api, Studio

_WAIT_MS = 60_000


@dataclass(frozen=True)
class Filled:
    """A project, and what in it is worth a look."""

    project: str
    document: str
    """With labels."""
    deployment: str
    text: str
    """In which the deployment finds something."""
    labels_file: Path
    """That can be imported."""
    models: tuple[str, str]
    """Measured on the same documents; the first is the one to look at."""


def wait_for_job(api: Api, reply: httpx.Response) -> dict[str, Any]:
    """The state of a job when it has succeeded."""
    path = httpx.URL(reply.raise_for_status().headers["operation-location"]).path
    for _ in range(1800):
        state: dict[str, Any] = api.client.get(httpx.URL(api.client.base_url).join(path)).raise_for_status().json()
        if state["status"] == "succeeded":
            return state
        assert state["status"] in {"notStarted", "running"}, state
        time.sleep(0.5)
    raise AssertionError(f"{path} has not ended")


def pages(studio: Studio, filled: Filled) -> Iterator[str]:
    """Shows one page after the other, and gives its name when it is complete."""
    page, base = studio.page, f"projects/{filled.project}"
    studio.open()
    _see(page.get_by_role("link", name=filled.project))
    yield "projects"
    studio.open_document(filled.project, filled.document)
    _see(studio.text.locator("mark").first)
    yield "labeling"
    for path, shown in (
        ("autolabel", page.get_by_role("columnheader", name="Suggestions")),
        ("training", page.get_by_role("article").first),
        (f"models/{filled.models[0]}/overview", page.get_by_role("heading", name="What to do next")),
        (f"models/{filled.models[0]}/entities", page.get_by_text("Weakest first")),
        (f"models/{filled.models[0]}/documents", page.get_by_label("Mismatches only")),
        (f"models/{filled.models[0]}/errors", page.get_by_label("Kind")),
        (f"models/{filled.models[0]}/confusion", page.get_by_text("Rows: what was labelled")),
        (f"models/{filled.models[0]}/distribution", page.get_by_text("What this model learnt from")),
        (f"models/{filled.models[0]}/compare", page.locator(".verdict")),
        ("quality/errors", page.get_by_text("No suspicion is left").or_(page.get_by_role("region", name="Suspicion"))),
        ("quality/curve", page.get_by_role("img", name="F1 by number of labels")),
        ("deployments", page.get_by_role("button", name=f"Code for {filled.deployment}")),
        ("settings", page.get_by_role("button", name="Delete project…")),
    ):
        studio.open(f"{base}/{path}")
        _see(shown)
        expect(page.get_by_text(re.compile("^Loading "))).to_have_count(0)
        yield re.sub(rf"/{re.escape(filled.models[0])}/", "-", path).replace("/", "-")
    studio.open(f"{base}/test/{quote(filled.deployment)}")
    page.get_by_label("Text", exact=True).fill(filled.text)
    page.get_by_role("button", name="Run the test").click()
    _see(page.get_by_text("network included"))
    yield "test"


def dialogs(studio: Studio, filled: Filled) -> Iterator[str]:
    """Opens one dialog after the other, and gives its name while it is open."""
    page = studio.page
    for name, path, button in (
        ("training", "training", "Start a training job"),
        ("auto-label", "autolabel", "Suggest labels"),
        ("deploy", "deployments", "Add deployment"),
        ("swap", "deployments", "Swap…"),
        ("code", "deployments", f"Code for {filled.deployment}"),
        ("delete project", "settings", "Delete project…"),
    ):
        studio.open(f"projects/{filled.project}/{path}")
        page.get_by_role("button", name=button, exact=True).click()
        _see(page.get_by_role("dialog"))
        expect(page.get_by_text(re.compile("^Loading "))).to_have_count(0)
        yield name
        studio.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_label("Import a file").set_input_files(filled.labels_file)
    expect(page.get_by_role("dialog").get_by_role("button", name="Import")).to_be_enabled(timeout=_WAIT_MS)
    yield "import"
    studio.press("Escape")


def _see(locator: Locator) -> None:
    expect(locator).to_be_visible(timeout=_WAIT_MS)
