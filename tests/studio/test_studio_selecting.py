"""Ways to select and to bring files in that other tests do not go, and leaving a page with work on it."""

import re

import pytest
from playwright.sync_api import Dialog, FilePayload, expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held.\nTesla Motors rose; EUR/USD fell."


def test_double_click_takes_a_word_and_alt_exact_characters(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.double_click("bitcoin")
    studio.menu.get_by_role("option", name=re.compile("CRYPTO")).click()
    expect(studio.last_action).to_have_text("Labelled “bitcoin” as CRYPTO.")
    studio.page.keyboard.down("Alt")
    studio.drag("esl")
    studio.page.keyboard.up("Alt")
    studio.menu.get_by_role("option", name=re.compile("STOCK")).click()
    expect(studio.last_action).to_have_text("Labelled “esl” as STOCK.")
    studio.wait_until_saved()
    assert api.labels(project, "a.txt") == [("STOCK", 1, 4), ("CRYPTO", 20, 27)]


EMPTY = {"a.txt": b"\xef\xbb\xbf", "b.txt": b" \r\n\n"}
"""A byte order mark alone, and nothing but space."""


def test_documents_without_a_text_say_so_and_lead_on(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"d.txt": NEWS})
    for location, content in EMPTY.items():
        api.client.put(f"/{project}/documents/{location}", content=content).raise_for_status()
    studio = open_studio(f"projects/{project}/labeling/a.txt")
    page = studio.page
    for location in EMPTY:
        expect(page.get_by_role("alert")).to_have_text(
            f"{location} cannot be labelled: The file has no text. Remove it, or upload its full content."
        )
        row = page.get_by_role("link", name=re.compile(f"^{location}"))
        expect(row).to_have_attribute("aria-current", "true")
        expect(row).to_contain_text("cannot be read")
        expect(studio.text).to_have_count(0)
        studio.press("ArrowRight", "1", "Alt+ArrowDown")
    expect(page.get_by_role("heading", level=1, name="d.txt")).to_be_visible()
    expect(studio.text).to_be_focused()
    studio.press("ArrowRight", "1")
    studio.wait_until_saved()
    assert api.labels(project, "d.txt") == [("STOCK", 0, 5)]
    # Nobody waits for them: they count neither as documents to label nor as done.
    expect(page.get_by_text("0 of 1 done")).to_be_visible()
    page.get_by_label("Show", exact=True).select_option("Could not be read")
    expect(page.get_by_role("region", name="Documents").get_by_role("link")).to_have_count(len(EMPTY))


def test_an_empty_document_can_be_labelled_once_its_text_is_there(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({})
    api.client.put(f"/{project}/documents/a.txt", content=EMPTY["a.txt"]).raise_for_status()
    studio = open_studio(f"projects/{project}/labeling/a.txt")
    expect(studio.page.get_by_role("alert")).to_contain_text("a.txt cannot be labelled")
    files: list[FilePayload] = [{"name": "a.txt", "mimeType": "text/plain", "buffer": NEWS.encode()}]
    studio.page.locator("input[type=file]").set_input_files(files)
    studio.page.get_by_role("dialog").get_by_role("button", name="Replace", exact=True).click()
    expect(studio.page.get_by_text("1 file uploaded.")).to_be_visible()
    expect(studio.text).to_be_visible()
    studio.text.focus()
    studio.press("ArrowRight", "1")
    studio.wait_until_saved()
    assert api.labels(project, "a.txt") == [("STOCK", 0, 5)]


def test_what_a_selection_takes_can_be_chosen(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": "Sold by “Acme Inc.”, they said."})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    words = studio.page.get_by_label("Whole words")
    trimmed = studio.page.get_by_label("Without punctuation at the ends")
    expect(words).to_be_checked()
    expect(trimmed).not_to_be_checked()
    trimmed.check()
    studio.drag("“Acme Inc.”")
    # The stop may be a part of the name.
    assert studio.page.evaluate("getSelection().toString()") == "Acme Inc."
    trimmed.uncheck()
    words.uncheck()
    # From within a selection a mouse would carry its text away.
    studio.page.evaluate("getSelection().removeAllRanges()")
    studio.drag("cme I")
    assert studio.page.evaluate("getSelection().toString()") == "cme I"


def test_a_selection_grows_by_characters_with_the_keyboard(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.press("ArrowRight", "Shift+Alt+ArrowLeft", "Shift+Alt+ArrowLeft", "1")
    expect(studio.last_action).to_have_text("Labelled “Tes” as STOCK.")
    studio.press("Shift+Alt+ArrowRight")
    assert studio.page.evaluate("getSelection().toString()") == "Tesl"


def test_more_than_a_label_may_cover_is_refused_in_words(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": "word " * 120})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.press("ArrowRight", "Control+Shift+End", "1")
    expect(studio.last_action).to_have_text("A label has at most 500 characters; this would have 599.")
    assert studio.marks() == []


def test_a_link_to_a_place_that_the_text_does_not_have_opens_the_document(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio(f"projects/{project}/labeling/a.txt?at=9000-9010")
    expect(studio.text).to_be_focused()
    assert studio.page.evaluate("getSelection().toString()") == ""
    studio.press("ArrowRight", "1")
    expect(studio.last_action).to_have_text("Labelled “Tesla” as STOCK.")


def test_files_are_dropped(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    files = studio.page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["Oslo"], "dropped.txt", { type: "text/plain" }));
          data.items.add(new File(["MZ"], "program.exe"));
          return data;
        }"""
    )
    studio.page.locator(".drop-zone").dispatch_event("drop", {"dataTransfer": files})
    expect(studio.page.get_by_role("link", name=re.compile("^dropped.txt"))).to_be_visible()
    expect(studio.page.get_by_role("alert")).to_contain_text("program.exe")


def test_a_file_with_the_name_of_a_document_asks_before_it_replaces_it(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    files: list[FilePayload] = [
        {"name": name, "mimeType": "text/plain", "buffer": b"Oslo"} for name in ("a.txt", "b.txt")
    ]
    chooser = studio.page.locator("input[type=file]")
    chooser.set_input_files(files)
    dialog = studio.page.get_by_role("dialog", name="Replace 1 document?")
    expect(dialog.get_by_role("listitem")).to_have_text(["a.txt"])
    dialog.get_by_role("button", name="Upload only the 1 new one").click()
    expect(studio.page.get_by_role("link", name=re.compile("^b.txt"))).to_be_visible()
    document = api.client.get(f"/{project}/documents/a.txt").json()
    assert document["characters"] == len(NEWS)
    chooser.set_input_files(files[:1])
    dialog.get_by_role("button", name="Replace", exact=True).click()
    expect(studio.page.get_by_text("1 file uploaded.")).to_be_visible()
    document = api.client.get(f"/{project}/documents/a.txt").json()
    assert document["characters"] == 4


def test_leaving_with_unsaved_work_asks_and_with_saved_work_does_not(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    studio.page.on("dialog", answer)
    studio.page.route("**/labels/**", lambda route: route.abort())
    studio.press("ArrowRight", "1")
    studio.page.reload()
    assert asked == ["beforeunload"]
    studio.page.unroute("**/labels/**")
    studio.page.reload()
    studio.wait_until_saved()
    asked.clear()
    studio.page.reload()
    assert asked == []
