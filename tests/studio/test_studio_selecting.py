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


def test_a_document_without_a_character(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"b.txt": NEWS})
    api.client.put(f"/{project}/documents/a.txt", content=b"\xef\xbb\xbf").raise_for_status()
    studio = open_studio(f"projects/{project}/labeling/a.txt")
    expect(studio.page.get_by_text(re.compile("This document is empty|a.txt cannot be labelled"))).to_be_visible()
    studio.press("Alt+ArrowDown")
    expect(studio.page.get_by_role("heading", level=1, name="b.txt")).to_be_visible()


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
