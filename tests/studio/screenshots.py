"""Pictures of every page in light and dark, of a real project: `python -m tests.studio.screenshots FOLDER`.

Trains two models, checks the labels and measures a learning curve on a part of the sample, which takes some minutes.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from devhost.stack import Stack
from tests.studio import tour
from tests.studio.studio_client import Api, Studio, launch_browser

FINANCE = Path(__file__).parents[2] / "samples/finance"
PROJECT = "Market-News"
DOCUMENTS, UNLABELLED = 60, 12
WRONG = "005.txt"
"""Its first label gets another type, for the label check to find."""
SHOWN = "016.txt"
"""Labelled with two types; the documents before it are done."""


def main(arguments: Sequence[str]) -> int:
    """Fills a project and takes the pictures."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        Stack(data=Path(scratch) / "data") as stack,
        sync_playwright() as player,
    ):
        browser = launch_browser(player)
        if browser is None:
            sys.exit("no browser: apt-get install chromium, or playwright install chromium")
        with httpx.Client(
            base_url=f"{stack.url}/language/authoring/analyze-text/projects",
            headers={"Ocp-Apim-Subscription-Key": stack.key},
            params={"api-version": "2023-04-01"},
            timeout=120,
        ) as client:
            filled = fill(Api(client), Path(scratch))
        for scheme in ("light", "dark"):
            take(browser, stack, filled, folder, scheme)
        browser.close()
    return 0


def take(browser: Browser, stack: Stack, filled: tour.Filled, folder: Path, scheme: str) -> None:
    """The pictures of one scheme."""
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(60_000)
    studio = Studio(context.new_page(), stack.url, stack.key)
    studio.open()
    studio.sign_in()
    for name in tour.pages(studio, filled):
        studio.page.screenshot(path=folder / f"{name}-{scheme}.png")
    for name in tour.dialogs(studio, filled):
        studio.page.screenshot(path=folder / f"dialog-{name.replace(' ', '-')}-{scheme}.png")
    context.close()


def fill(api: Api, scratch: Path) -> tour.Filled:
    """A project with everything in it."""
    sample = json.loads((FINANCE / "labels.json").read_bytes())["assets"]["documents"]
    chosen = sorted(sample, key=lambda document: str(document["location"]))[:DOCUMENTS]
    texts = {one["location"]: (FINANCE / "documents" / one["location"]).read_bytes().decode() for one in chosen}
    project = api.project(texts, name=PROJECT)
    for i, document in enumerate(chosen[:-UNLABELLED]):
        location = document["location"]
        labels = [
            (label["category"], label["offset"], label["offset"] + label["length"])
            for entity in document["entities"]
            for label in entity["labels"]
        ]
        if location == WRONG:
            labels[0] = ("STOCK", *labels[0][1:])
        api.put_labels(project, location, labels)
        dataset = "Test" if i % 4 == 3 else "Train"
        state = {"dataset": dataset, "done": location < SHOWN}
        api.client.patch(f"/{project}/documents/{location}", json=state).raise_for_status()
    for model, seed in (("first", 0), ("second", 1)):
        options = {
            "modelLabel": model,
            "trainingConfigVersion": "fast",
            "seed": seed,
            "evaluationOptions": {"kind": "manual"},
        }
        tour.wait_for_job(api, api.client.post(f"/{project}/:train", json=options))
    for question, body in ((":check-labels", {}), (":learning-curve", {"points": 3, "repeats": 1})):
        tour.wait_for_job(api, api.client.post(f"/{project}/{question}", json=body))
    for deployment, model in (("production", "first"), ("staging", "second")):
        deployed = api.client.put(f"/{project}/deployments/{deployment}", json={"trainedModelLabel": model})
        tour.wait_for_job(api, deployed)
    suggesting = {"trainedModelLabel": "first", "unlabelledOnly": True, "minConfidence": 0}
    tour.wait_for_job(api, api.client.post(f"/{project}/:autolabel", json=suggesting))
    labels_file = scratch / "labels.json"
    labels_file.write_bytes((FINANCE / "labels.json").read_bytes())
    text = "Tesla slid 3% while bitcoin held and USD/JPY climbed; Apple and Nvidia rose."
    return tour.Filled(project, SHOWN, "production", text, labels_file, ("first", "second"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
