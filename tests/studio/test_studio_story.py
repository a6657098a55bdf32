"""A newcomer's whole story, by clicking: from an empty service to a deployment that was swapped for a better model.

Everything is real, the three trainings of the engine included (a model, the models that check the labels, a model
again). The texts are short, so that they take seconds each.
"""

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from devhost.stack import Stack
from tests.studio import tour
from tests.studio.conftest import DIST
from tests.studio.studio_client import Api, Studio
from tests.studio.test_studio_pages import findings
from tests.studio.test_studio_quality import CURVE, answer

pytestmark = pytest.mark.stack

PROJECT = "Market-News"
TRAINING_MS = 600_000
REPOSITORY = Path(__file__).parents[2]

NAMES = {
    "STOCK": ("Tesla", "Apple", "Boeing", "Nvidia"),
    "CRYPTO": ("bitcoin", "ether", "dogecoin"),
    "FOREX": ("EUR/USD", "USD/JPY"),
}
TEXTS = (
    "Tesla slid while bitcoin held.",
    "Apple rose and EUR/USD fell.",
    "Traders sold ether and bought Boeing.",
    "USD/JPY climbed as Nvidia gained.",
    "Tesla gained, dogecoin slid.",
    "Nvidia fell while EUR/USD held.",
    "Traders bought bitcoin and sold Apple.",
    "Boeing slid and ether rose.",
    "EUR/USD rose while Tesla fell.",
    "dogecoin climbed as Apple held.",
    "Traders sold Nvidia and bought USD/JPY.",
    "bitcoin gained while Boeing rose.",
)
LOCATIONS = tuple(f"{number:02}.txt" for number in range(1, len(TEXTS) + 1))
BY_MOUSE, BY_KEYBOARD, CONTESTED, MISLABELLED = LOCATIONS[:4]
TESTING = LOCATIONS[7:10]
WRONG = ("CRYPTO", 0, 7)
"""USD/JPY in the fourth text, which is FOREX everywhere else."""


def gold(location: str) -> list[tuple[str, int, int]]:
    text = TEXTS[LOCATIONS.index(location)]
    found = [
        (category, match.start(), match.end())
        for category, names in NAMES.items()
        for name in names
        for match in re.finditer(re.escape(name), text)
    ]
    return sorted(found, key=lambda label: label[1])


@pytest.fixture(scope="module")
def whole_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With the trainer."""
    if not (DIST / "index.html").exists():
        pytest.skip("the studio is not built: make studio")
    folder = tmp_path_factory.mktemp("story")
    with Stack(data=folder / "data", log=folder / "stack.log") as running:
        yield running


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """A page in a browser of its own, each time."""
    contexts = []

    def make() -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        context.set_default_timeout(60_000)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def test_the_story(whole_stack: Stack, new_page: Callable[[], Page], tmp_path: Path) -> None:
    with httpx.Client(
        base_url=f"{whole_stack.url}/language/authoring/analyze-text/projects",
        headers={"Ocp-Apim-Subscription-Key": whole_stack.key},
        params={"api-version": "2023-04-01"},
        timeout=120,
    ) as client:
        api = Api(client)
        studio, second = (Studio(new_page(), whole_stack.url, whole_stack.key) for _ in range(2))
        studio.open()
        studio.sign_in()
        _create_project(studio)
        _upload(studio, _files(tmp_path))
        _define_entities(studio)
        _label_by_mouse(studio, api)
        _label_by_keyboard(studio, api)
        second.open()
        second.sign_in()
        _conflict(studio, second, api)
        _label_the_rest(api)
        _train(studio, "first")
        _read_performance(studio, "first")
        _deploy(studio, "production", "first")
        _test(studio, "production")
        _mend_a_label(studio, api)
        _train(studio, "second")
        _compare(studio, api, "first", "second")
        _deploy(studio, "staging", "second")
        _swap(studio)
        _run_the_code(studio, whole_stack, tmp_path, "production")
        _is_accessible(studio, _filled(api, tmp_path))


def _files(folder: Path) -> list[Path]:
    for location, text in zip(LOCATIONS, TEXTS, strict=True):
        (folder / location).write_text(text)
    return [folder / location for location in LOCATIONS]


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
    expect(studio.page.get_by_text(f"{len(files)} files uploaded.")).to_be_visible(timeout=120_000)


def _define_entities(studio: Studio) -> None:
    for category in NAMES:
        studio.page.get_by_label("New entity type").fill(category)
        studio.press("Enter")
        expect(studio.page.get_by_role("button", name=f"Change {category}")).to_be_visible()


def _label_by_mouse(studio: Studio, api: Api) -> None:
    """The first document, which opens by itself. Nobody saves: that happens by itself, too."""
    expect(studio.page.get_by_role("heading", level=1, name=BY_MOUSE)).to_be_visible()
    for category, quoted in (("STOCK", "Tesla"), ("CRYPTO", "bitcoin")):
        studio.drag(quoted)
        studio.menu.get_by_role("option", name=re.compile(category)).click()
    studio.wait_until_saved()
    assert api.labels(PROJECT, BY_MOUSE) == gold(BY_MOUSE)


def _label_by_keyboard(studio: Studio, api: Api) -> None:
    studio.press("Control+Enter")
    expect(studio.page.get_by_role("heading", level=1, name=BY_KEYBOARD)).to_be_visible()
    expect(studio.text).to_be_focused()
    studio.press("ArrowRight", "1", "Control+s")
    studio.wait_until_saved()
    assert api.labels(PROJECT, BY_KEYBOARD) == gold(BY_KEYBOARD)[:1]


def _conflict(studio: Studio, second: Studio, api: Api) -> None:
    """Two people label one word differently; the one who comes later decides."""
    for each in (studio, second):
        each.open_document(PROJECT, CONTESTED)
    second.press("ArrowRight", "1")
    second.wait_until_saved()
    studio.press("ArrowRight", "2")
    expect(studio.saving).to_contain_text("Conflict")
    studio.page.get_by_role("button", name=re.compile("^Mine:")).click()
    studio.wait_until_saved()
    assert [category for category, *_ in api.labels(PROJECT, CONTESTED)] == ["CRYPTO"]


def _label_the_rest(api: Api) -> None:
    """As somebody else would from another computer, who makes one mistake; a quarter of the documents is for testing."""
    for location in LOCATIONS:
        labels = [WRONG, *gold(location)[1:]] if location == MISLABELLED else gold(location)
        api.put_labels(PROJECT, location, labels)
        dataset = "Test" if location in TESTING else "Train"
        api.client.patch(f"/{PROJECT}/documents/{location}", json={"dataset": dataset}).raise_for_status()


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
    expect(page.get_by_text(f"Measured on {len(TESTING)} documents.")).to_be_visible()
    advice = page.get_by_role("region", name="What to do next").get_by_role("listitem").filter(has_text="for training")
    expect(advice.first).to_contain_text(re.compile("has [0-9]+ labels for training.* Label more of them"))
    expect(advice.first.get_by_role("link").first).to_have_attribute(
        "href", re.compile(f"#/projects/{PROJECT}/labeling/")
    )
    page.get_by_role("tab", name="Distribution").click()
    # STOCK: eight labels in nine training documents, three in the test documents.
    expect(page.get_by_role("row", name=re.compile("^STOCK"))).to_have_text("STOCK903903")
    page.get_by_role("tab", name="Confusion matrix").click()
    _toggle_the_matrix(page)
    page.get_by_role("tab", name="Test documents").click()
    page.get_by_label("Mismatches only").uncheck()
    expect(page.get_by_role("heading", name="Predictions")).to_be_visible()


def _toggle_the_matrix(page: Page) -> None:
    """Counts, shares of the row, and errors alone. Each STOCK of the test documents is in one cell of its row."""
    expect(page.get_by_role("rowheader", name="STOCK")).to_be_visible()
    cells = page.get_by_role("row", name=re.compile("^STOCK")).get_by_role("cell")
    assert sum(float(text or 0) for text in cells.all_inner_texts()) == pytest.approx(len(TESTING), abs=0.25)
    right = page.locator("td.right")
    page.get_by_label("Share of the row instead of counts").check()
    shares = [float(text.removesuffix(" %")) for text in cells.all_inner_texts() if text]
    assert sum(shares) == pytest.approx(100, abs=0.3)
    page.get_by_label("Errors only").check()
    assert "".join(right.all_inner_texts()) == ""


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
    page.get_by_label("Text", exact=True).fill("Tesla slid while bitcoin held.")
    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_role("status").filter(has_text="network included")).to_contain_text(re.compile(r"in [0-9]+ ms"))
    expect(page.locator(".span-text mark", has_text="Tesla")).to_have_attribute("data-label", "STOCK")
    page.get_by_role("tab", name="JSON").click()
    expect(page.get_by_role("tabpanel")).to_contain_text('"kind": "CustomEntityRecognitionResults"')


def _mend_a_label(studio: Studio, api: Api) -> None:
    """The engine finds the mistake, the queue shows it, and one key mends it."""
    page = studio.page
    assert WRONG in api.labels(PROJECT, MISLABELLED)
    studio.open(f"projects/{PROJECT}/quality")
    page.get_by_role("button", name="Check the labels").click()
    expect(page.get_by_text(re.compile("^Checked "))).to_be_visible(timeout=TRAINING_MS)
    of_document = page.get_by_role("button", name=re.compile(MISLABELLED))
    expect(of_document.first).to_be_visible()
    before = of_document.count()
    of_document.first.click()
    expect(page.get_by_role("region", name="Suspicion")).to_contain_text(re.compile("“USD/JPY”\\s*CRYPTO\\s*→"))
    with page.expect_response(lambda reply: reply.request.method == "PATCH" and reply.ok):
        studio.press("f")
    expect(of_document).to_have_count(before - 1)
    assert WRONG not in api.labels(PROJECT, MISLABELLED)


def _compare(studio: Studio, api: Api, a: str, b: str) -> None:
    page = studio.page
    studio.open(f"projects/{PROJECT}/models/{a}/compare")
    expect(page.get_by_text(f"A is {a}, B is")).to_be_visible()
    page.get_by_role("combobox", name=re.compile("B is")).select_option(b)
    found = api.client.get(f"/{PROJECT}/models/{a}/evaluation/comparison", params={"with": b}).raise_for_status().json()
    assert found["documentsCount"] == len(TESTING)
    assert re.fullmatch(r"(Cannot tell which is better: .*|[AB] is better by .*)\.", found["verdict"])
    expect(page.locator(".verdict")).to_have_text(found["verdict"])


def _swap(studio: Studio) -> None:
    page = studio.page
    page.get_by_role("link", name="Deployments").click()
    page.get_by_role("button", name="Swap…").click()
    page.get_by_role("button", name="Swap", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("^production second "))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^staging first "))).to_be_visible()


def _run_the_code(studio: Studio, stack: Stack, folder: Path, deployment: str) -> None:
    """What the dialog offers runs as it is, with nothing but the key in the environment."""
    page = studio.page
    page.get_by_role("button", name=f"Code for {deployment}").click()
    (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
    for tab, file, command in (
        ("curl", "call.sh", ["bash"]),
        ("Python", "call.py", [sys.executable]),
        ("JavaScript", "call.mjs", ["node", "--preserve-symlinks"]),
    ):
        page.get_by_role("tab", name=tab, exact=True).click()
        (folder / file).write_text(page.get_by_role("tabpanel").locator("pre").inner_text())
        done = subprocess.run(
            [*command, str(folder / file)],
            env={**os.environ, "NERINE_KEY": stack.key},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Tesla" in done.stdout
        assert "STOCK" in done.stdout
    studio.press("Escape")


def _filled(api: Api, folder: Path) -> tour.Filled:
    """What the story has not come to: suggestions, and a learning curve, which would take minutes and is made up."""
    api.upload(PROJECT, "new.txt", "Boeing fell and dogecoin climbed.")
    tour.wait_for_job(api, api.client.post(f"/{PROJECT}/:autolabel", json={"trainedModelLabel": "second"}))
    labels_file = folder / "labels.json"
    sample = json.loads((REPOSITORY / "samples/finance/labels.json").read_bytes())
    whole = {"regionOffset": 0, "regionLength": len(TEXTS[0]), "labels": []}
    sample["assets"]["documents"] = [{"location": BY_MOUSE, "language": "en", "dataset": "Train", "entities": [whole]}]
    labels_file.write_text(json.dumps(sample))
    return tour.Filled(PROJECT, BY_MOUSE, "production", TEXTS[0], labels_file, ("first", "second"))


def _is_accessible(studio: Studio, filled: tour.Filled) -> None:
    answer(studio, "learning-curve", CURVE)
    for scheme in ("light", "dark"):
        studio.page.emulate_media(color_scheme=scheme)
        for name in itertools.chain(tour.pages(studio, filled), tour.dialogs(studio, filled)):
            assert findings(studio) == [], f"{name}, {scheme}"
