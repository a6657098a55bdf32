"""A newcomer's whole story, by clicking: from an empty service to a deployment that was swapped for a better model."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from devhost.stack import Stack
from tests.studio.conftest import DIST
from tests.studio.studio_client import Api, Studio

pytestmark = pytest.mark.stack

FINANCE = Path(__file__).parents[2] / "samples/finance"
DOCUMENTS = 12
PROJECT = "Market-News"
TRAINING_MS = 600_000


@pytest.fixture(scope="module")
def whole_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With the trainer."""
    if not (DIST / "index.html").exists():
        pytest.skip("the studio is not built: make studio")
    folder = tmp_path_factory.mktemp("story")
    with Stack(data=folder / "data", log=folder / "stack.log") as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_the_story(whole_stack: Stack, page: Page) -> None:
    with httpx.Client(
        base_url=f"{whole_stack.url}/language/authoring/analyze-text/projects",
        headers={"Ocp-Apim-Subscription-Key": whole_stack.key},
        params={"api-version": "2023-04-01"},
        timeout=120,
    ) as client:
        api = Api(client)
        studio = Studio(page, whole_stack.url, whole_stack.key)
        studio.open()
        studio.sign_in()
        _create_project(studio)
        files = sorted((FINANCE / "documents").iterdir())[:DOCUMENTS]
        _upload(studio, files)
        _define_entities(studio, ["STOCK", "CRYPTO", "FOREX"])
        _label_two(studio, api, files)
        _label_the_rest(api, files)
        _train(studio, "first")
        _read_performance(studio, "first")
        _deploy(studio, "production", "first")
        _test(studio, "production")
        _train(studio, "second")
        _compare(studio, "first", "second")
        _deploy(studio, "staging", "second")
        _swap(studio)


def _create_project(studio: Studio) -> None:
    page = studio.page
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill(PROJECT)
    page.get_by_label("Description").fill("A newcomer's first project")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()


def _upload(studio: Studio, files: list[Path]) -> None:
    with studio.page.expect_file_chooser() as chooser:
        studio.page.get_by_role("button", name="Upload files").click()
    chooser.value.set_files(files)
    expect(studio.page.get_by_text(f"{DOCUMENTS} files uploaded.")).to_be_visible()


def _define_entities(studio: Studio, categories: list[str]) -> None:
    for category in categories:
        studio.page.get_by_label("New entity type").fill(category)
        studio.press("Enter")
        expect(studio.page.get_by_role("button", name=f"Change {category}")).to_be_visible()


def _label_two(studio: Studio, api: Api, files: list[Path]) -> None:
    """The first document by mouse, the second by keyboard; where, the sample's own labels say."""
    by_mouse, by_keyboard = files[0], files[1]
    # The first document opens by itself.
    expect(studio.page.get_by_role("heading", level=1, name=by_mouse.name)).to_be_visible()
    text = by_mouse.read_text()
    category, start, end = sample_labels()[by_mouse.name][0]
    studio.drag(text[start:end])
    studio.menu.get_by_role("option", name=re.compile(category)).click()
    studio.wait_until_saved()
    studio.press("Control+Enter")
    expect(studio.page.get_by_role("heading", level=1, name=by_keyboard.name)).to_be_visible()
    expect(studio.text).to_be_focused()
    studio.press("ArrowRight", "Shift+ArrowRight", "2", "Control+s")
    studio.wait_until_saved()
    assert api.labels(PROJECT, by_mouse.name)[0][0] == category
    assert len(api.labels(PROJECT, by_keyboard.name)) == 1


def _label_the_rest(api: Api, files: list[Path]) -> None:
    """As somebody else would from another computer; a quarter of the documents is for testing."""
    for number, file in enumerate(files):
        api.put_labels(PROJECT, file.name, sample_labels()[file.name])
        dataset = "Test" if number % 4 == 3 else "Train"
        api.client.patch(f"/{PROJECT}/documents/{file.name}", json={"dataset": dataset}).raise_for_status()


def sample_labels() -> dict[str, list[tuple[str, int, int]]]:
    """The sample's texts have no character outside the basic plane in the first documents, so units do not matter."""
    documents = json.loads((FINANCE / "labels.json").read_bytes())["assets"]["documents"]
    return {
        document["location"]: [
            (label["category"], label["offset"], label["offset"] + label["length"])
            for entity in document["entities"]
            for label in entity["labels"]
        ]
        for document in documents
    }


def _train(studio: Studio, model: str) -> None:
    page = studio.page
    studio.open(f"projects/{PROJECT}/training")
    page.get_by_role("button", name="Start a training job").click()
    page.get_by_label("Model name").fill(model)
    page.get_by_label("Recipe").select_option("fast")
    page.get_by_label("the documents marked “Testing”").check()
    page.get_by_role("button", name="Train", exact=True).click()
    job = page.get_by_role("article", name=f"Training of {model}")
    expect(job.get_by_role("progressbar")).to_be_visible()
    job.get_by_text("Log", exact=True).click()
    expect(job.get_by_role("listitem").first).to_contain_text("Waiting for the trainer.")
    expect(job).to_contain_text("succeeded", timeout=TRAINING_MS)
    for line in ("Fine-tuning.", "Evaluating on the test set.", "The model is there."):
        expect(job.get_by_text(line, exact=True)).to_be_visible()


def _read_performance(studio: Studio, model: str) -> None:
    page = studio.page
    page.get_by_role("article", name=f"Training of {model}").get_by_role("link", name="Model performance").click()
    expect(page.get_by_text("Measured on 3 documents.")).to_be_visible()
    page.get_by_role("tab", name="Confusion matrix").click()
    expect(page.get_by_role("rowheader", name="STOCK")).to_be_visible()
    page.get_by_role("tab", name="Test documents").click()
    page.get_by_label("Mismatches only").uncheck()
    expect(page.get_by_role("heading", name="Predictions")).to_be_visible()


def _deploy(studio: Studio, deployment: str, model: str) -> None:
    page = studio.page
    studio.open(f"projects/{PROJECT}/deployments")
    page.get_by_role("button", name="Add deployment").click()
    page.get_by_label("Name", exact=True).fill(deployment)
    page.get_by_label("Model", exact=True).select_option(model)
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("row", name=re.compile(f"^{deployment} {model} "))).to_be_visible()


def _test(studio: Studio, deployment: str) -> None:
    page = studio.page
    studio.open(f"projects/{PROJECT}/test/{deployment}")
    page.get_by_label("Text", exact=True).fill("Tesla slid 3% while bitcoin held and EURUSD climbed.")
    page.get_by_role("button", name="Run the test").click()
    page.get_by_role("tab", name="JSON").click()
    expect(page.get_by_role("tabpanel")).to_contain_text('"kind": "CustomEntityRecognitionResults"')


def _compare(studio: Studio, a: str, b: str) -> None:
    page = studio.page
    studio.open(f"projects/{PROJECT}/models/{a}/compare")
    expect(page.get_by_text(f"A is {a}, B is")).to_be_visible()
    page.get_by_role("combobox", name=re.compile("B is")).select_option(b)
    expect(page.get_by_text(re.compile(r"95 % interval .*, p [=<]"))).to_be_visible()


def _swap(studio: Studio) -> None:
    page = studio.page
    page.get_by_role("link", name="Deployments").click()
    page.get_by_role("button", name="Swap…").click()
    page.get_by_role("button", name="Swap", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("^production second "))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^staging first "))).to_be_visible()
