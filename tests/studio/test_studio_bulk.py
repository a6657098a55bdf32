"""Many documents at once from the list: chosen by mouse and keyboard, moved to a set, deleted; nothing without asking."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api, Studio
from tests.studio.test_studio_pages import findings

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held."
LOCATIONS = ("a.txt", "b.txt", "c.txt", "d.txt", "e.txt")


@pytest.fixture
def project(api: Api) -> str:
    return api.project(dict.fromkeys(LOCATIONS, NEWS))


def datasets(api: Api, project: str) -> dict[str, Any]:
    documents = api.client.get(f"/{project}/documents").raise_for_status().json()["value"]
    return {document["location"]: document.get("dataset") for document in documents}


def choose(studio: Studio, location: str, *, extend: bool = False) -> None:
    box = studio.page.get_by_role("checkbox", name=f"Choose {location}")
    box.click(modifiers=["Shift"] if extend else [])


def test_chosen_documents_move_to_a_set(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "b.txt")
    choose(studio, "b.txt")
    choose(studio, "d.txt", extend=True)
    bar = studio.page.get_by_role("group", name="Chosen documents")
    expect(bar.get_by_role("status")).to_have_text("3 documents chosen")
    bar.get_by_role("button", name="To testing…").click()
    dialog = studio.page.get_by_role("dialog", name="Move 3 documents to the testing set")
    expect(dialog).to_contain_text("b.txt")
    assert findings(studio) == []
    dialog.get_by_role("button", name="Cancel").click()
    assert set(datasets(api, project).values()) == {None}
    bar.get_by_role("button", name="To testing…").click()
    dialog.get_by_role("button", name="Move 3 documents").click()
    expect(studio.page.get_by_text("Moved 3 documents to the testing set.")).to_be_visible()
    expect(bar).to_be_hidden()
    assert datasets(api, project) == {"a.txt": None, "b.txt": "Test", "c.txt": "Test", "d.txt": "Test", "e.txt": None}
    # The open document is one of them, and knows.
    expect(studio.page.get_by_role("radio", name="Testing")).to_be_checked()
    studio.text.focus()
    studio.press("ArrowRight", "1", "Control+s")
    studio.wait_until_saved()
    assert api.state(project, "b.txt")["dataset"] == "Test"
    assert api.labels(project, "b.txt") == [("STOCK", 0, 5)]


def test_chosen_documents_leave_both_sets(api: Api, project: str, open_studio: StudioFactory) -> None:
    api.put_labels(project, "a.txt", [("STOCK", 0, 5)])
    for location, dataset in (("a.txt", "Train"), ("b.txt", "Test"), ("c.txt", "Test")):
        api.client.patch(f"/{project}/documents/{location}", json={"dataset": dataset}).raise_for_status()
    before = datasets(api, project)
    studio = open_studio()
    studio.open_document(project, "a.txt")
    expect(studio.page.get_by_role("radio", name="Training")).to_be_checked()
    for location in ("a.txt", "b.txt", "d.txt"):
        choose(studio, location)
    bar = studio.page.get_by_role("group", name="Chosen documents")
    bar.get_by_role("button", name="Out of both…").press("Enter")
    dialog = studio.page.get_by_role("dialog", name="Move 3 documents out of both sets")
    expect(dialog).to_contain_text("3 documents will be in neither set when a training splits by hand.")
    expect(dialog.get_by_role("listitem")).to_have_text(["a.txt", "b.txt", "d.txt"])
    assert findings(studio) == []
    dialog.get_by_role("button", name="Cancel").click()
    assert datasets(api, project) == before
    bar.get_by_role("button", name="Out of both…").click()
    dialog.get_by_role("button", name="Move 3 documents").click()
    expect(studio.page.get_by_text("Moved 3 documents out of both sets.")).to_be_visible()
    expect(bar).to_be_hidden()
    assert datasets(api, project) == {**dict.fromkeys(LOCATIONS), "c.txt": "Test"}
    # The open document knows, its labels stay, and the list says so.
    expect(studio.page.get_by_role("radio", name="Neither set")).to_be_checked()
    assert api.labels(project, "a.txt") == [("STOCK", 0, 5)]
    expect(studio.page.get_by_role("link", name=re.compile("^a.txt"))).to_have_text("a.txtlabelled, 1 label")
    studio.page.get_by_label("Show", exact=True).select_option("In neither set")
    expect(studio.page.get_by_role("region", name="Documents").get_by_role("link")).to_have_count(4)


def test_deleting_by_keyboard_alone(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "a.txt")
    # What is not saved yet is no reason to fail, and goes with its document.
    studio.press("ArrowRight", "1")
    box = studio.page.get_by_role("checkbox", name="Choose a.txt")
    box.focus()
    studio.press("Space", "Tab", "Tab", "Space")
    expect(studio.page.get_by_role("checkbox", name="Choose b.txt")).to_be_checked()
    studio.page.get_by_role("button", name="Delete…").press("Enter")
    dialog = studio.page.get_by_role("dialog", name="Delete 2 documents")
    expect(dialog.get_by_role("button", name="Delete 2 documents")).to_be_disabled()
    studio.page.keyboard.type("delete")
    assert findings(studio) == []
    studio.press("Enter")
    expect(studio.page.get_by_text("Deleted 2 documents.")).to_be_visible()
    expect(studio.page.get_by_role("heading", level=1, name="c.txt")).to_be_visible()
    expect(studio.page.get_by_role("link", name=re.compile("^a.txt"))).to_be_hidden()
    assert list(datasets(api, project)) == ["c.txt", "d.txt", "e.txt"]
    assert api.client.get(f"/{project}/labels/a.txt").status_code == 404


def test_all_that_a_filter_shows(api: Api, project: str, open_studio: StudioFactory) -> None:
    api.put_labels(project, "c.txt", [("STOCK", 0, 5)])
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_label("Show", exact=True).select_option("Unlabelled")
    expect(studio.page.get_by_role("checkbox", name="Choose c.txt")).to_be_hidden()
    everything = studio.page.get_by_role("checkbox", name="Choose all 4")
    everything.check()
    # What the list no longer shows is not chosen.
    studio.page.get_by_label("Show", exact=True).select_option("Labelled")
    expect(studio.page.get_by_role("group", name="Chosen documents")).to_be_hidden()
    studio.page.get_by_label("Show", exact=True).select_option("Unlabelled")
    studio.page.get_by_role("button", name="To training…").click()
    studio.page.get_by_role("button", name="Move 4 documents").click()
    expect(studio.page.get_by_text("Moved 4 documents to the training set.")).to_be_visible()
    assert datasets(api, project)["c.txt"] is None


def test_one_that_fails_is_named_and_the_others_go_on(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "e.txt")
    choose(studio, "a.txt")
    choose(studio, "b.txt")
    api.client.delete(f"/{project}/documents/a.txt").raise_for_status()
    studio.page.get_by_role("button", name="To training…").click()
    studio.page.get_by_role("button", name="Move 2 documents").click()
    expect(
        studio.page.get_by_text("Moved 1 document to the training set. 1 document could not be: a.txt:")
    ).to_be_visible()
    assert datasets(api, project)["b.txt"] == "Train"
