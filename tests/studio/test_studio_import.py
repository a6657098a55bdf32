"""The import dialog: what a labels file holds, what of it cannot be used, and what to do where that is all of it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api, Studio
from tests.studio.test_studio_pages import findings

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held."
FINANCE = Path(__file__).parents[2] / "samples/finance"
WHOLE = {"regionOffset": 0, "regionLength": len(NEWS)}
TESLA = {"category": "STOCK", "offset": 0, "length": 5}


@pytest.fixture
def project(api: Api) -> str:
    return api.project({"a.txt": NEWS, "b.txt": NEWS})


def choose(studio: Studio, folder: Path, documents: list[dict[str, Any]]) -> Locator:
    """Chooses a labels file with these documents; gives the dialog."""
    content = json.loads((FINANCE / "labels.json").read_bytes())
    content["assets"]["documents"] = [{"language": "en", "dataset": "Train", **document} for document in documents]
    file = folder / "labels.json"
    file.write_text(json.dumps(content))
    studio.page.get_by_label("Import a file").set_input_files(file)
    return studio.page.get_by_role("dialog", name="Import labels.json")


def test_a_file_in_which_nobody_labelled_anything_says_what_to_do(
    api: Api, project: str, open_studio: StudioFactory, tmp_path: Path
) -> None:
    studio = open_studio(f"projects/{project}/settings")
    dialog = choose(studio, tmp_path, [{"location": "a.txt", "entities": []}, {"location": "b.txt"}])
    reasons = dialog.get_by_role("alert").get_by_role("listitem")
    for location in ("a.txt", "b.txt"):
        of_document = reasons.filter(has_text=f"'{location}' has no region in `entities`, so nobody labelled it")
        expect(of_document).to_contain_text("a region without labels would say that there is nothing in it to find")
    expect(dialog).to_contain_text("Nothing of this file can be imported as it is, and nothing was changed.")
    expect(dialog).to_contain_text("It was read as “Azure labels file (JSON)”.")
    expect(dialog.get_by_role("button", name="Import")).to_have_count(0)
    assert findings(studio) == []
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert api.state(project, "a.txt")["done"] is False


def test_documents_without_labels_do_not_keep_the_others_out(
    api: Api, project: str, open_studio: StudioFactory, tmp_path: Path
) -> None:
    studio = open_studio(f"projects/{project}/settings")
    labelled = {"location": "b.txt", "entities": [{**WHOLE, "labels": [TESLA]}]}
    dialog = choose(studio, tmp_path, [{"location": "a.txt", "entities": []}, labelled])
    expect(dialog).to_contain_text("1 label in 1 document.")
    dialog.get_by_text("Cannot be taken over: 3").click()
    expect(dialog.get_by_role("listitem").filter(has_text="a.txt")).to_contain_text("nobody labelled it")
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(studio.page.get_by_text("Imported 1 label in 1 document.")).to_be_visible()
    assert api.labels(project, "b.txt") == [("STOCK", 0, 5)]
    assert api.state(project, "a.txt")["done"] is False


def test_a_document_with_nothing_to_find_is_imported_as_done(
    api: Api, project: str, open_studio: StudioFactory, tmp_path: Path
) -> None:
    studio = open_studio(f"projects/{project}/settings")
    dialog = choose(studio, tmp_path, [{"location": "a.txt", "entities": [{**WHOLE, "labels": []}]}])
    expect(dialog).to_contain_text("0 labels in 1 document.")
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(studio.page.get_by_text("Imported 0 labels in 1 document.")).to_be_visible()
    assert api.state(project, "a.txt")["done"] is True


def test_labels_outside_the_text_are_named_with_their_place(
    project: str, open_studio: StudioFactory, tmp_path: Path
) -> None:
    studio = open_studio(f"projects/{project}/settings")
    outside = {**TESLA, "offset": len(NEWS) - 2}
    document = {"location": "a.txt", "entities": [{"regionOffset": 0, "regionLength": 900, "labels": [TESLA, outside]}]}
    dialog = choose(studio, tmp_path, [document])
    expect(dialog).to_contain_text("1 label in 1 document.")
    dialog.get_by_text(re.compile("^Cannot be taken over: ")).click()
    expect(dialog.get_by_text(re.compile(r"documents\[0\]\.entities\[0\]\.labels\[1\]"))).to_be_visible()


def test_a_service_that_is_busy_is_asked_again(project: str, open_studio: StudioFactory, tmp_path: Path) -> None:
    studio = open_studio(f"projects/{project}/settings")
    busy = {"error": {"code": "TooManyRequests", "message": "Back in a moment."}}
    studio.page.route("**/labels/:import?*", lambda route: route.fulfill(status=429, json=busy))
    dialog = choose(studio, tmp_path, [{"location": "a.txt", "entities": [{**WHOLE, "labels": [TESLA]}]}])
    expect(dialog.get_by_role("alert")).to_contain_text("Back in a moment.")
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    studio.page.unroute("**/labels/:import?*")
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_enabled()
