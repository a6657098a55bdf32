"""The list of documents where it is long: searches that take many pages, and going on from document to document."""

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api, Studio

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held."


def opened(studio: Studio, location: str) -> None:
    expect(studio.page.get_by_role("heading", level=1, name=location, exact=True)).to_be_visible()


def test_a_search_goes_on_over_pages_without_a_hit(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    pages: list[str] = []

    def three_parts(route: Route) -> None:
        pages.append(route.request.url)
        if len(pages) == 3:
            route.continue_()
        else:
            body = {"value": [], "nextLink": f"{route.request.url}&part={len(pages)}"}
            route.fulfill(content_type="application/json", body=json.dumps(body))

    studio.page.route(re.compile("search=bitcoin"), three_parts)
    with studio.page.expect_response(re.compile("part=2")):
        studio.page.get_by_label("Search names and texts").fill("bitcoin")
    expect(studio.page.get_by_role("link", name=re.compile("^a.txt"))).to_be_visible()
    assert len(pages) == 3
    expect(studio.page.get_by_text("No document is like that.")).to_be_hidden()


def test_a_search_that_finds_nothing_can_be_stopped(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")

    def endless(route: Route) -> None:
        body = {"value": [], "nextLink": f"{route.request.url.split('&part')[0]}&part=1"}
        route.fulfill(content_type="application/json", body=json.dumps(body))

    studio.page.route(re.compile("search=nothing"), endless)
    studio.page.get_by_label("Search names and texts").fill("nothing")
    expect(studio.page.get_by_text(re.compile(r"^Searched \d+ parts of the project"))).to_be_visible()
    studio.page.get_by_role("button", name="Stop").click()
    expect(studio.page.get_by_role("button", name="More documents")).to_be_visible()
    expect(studio.page.get_by_text("No document is like that.")).to_be_hidden()


def test_the_arrows_go_on_where_the_loaded_page_ends(api: Api, open_studio: StudioFactory) -> None:
    project = api.project(dict.fromkeys(("a.txt", "b.txt", "c.txt"), NEWS))
    api.client.put(f"/{project}/documents/b1.pdf", content=b"no such thing").raise_for_status()
    studio = open_studio()
    studio.page.route(
        re.compile("maxpagesize=100"), lambda route: route.continue_(url=route.request.url.replace("=100", "=2"))
    )
    studio.open_document(project, "a.txt")
    studio.press("Alt+ArrowDown")
    opened(studio, "b.txt")
    studio.press("Alt+ArrowDown")
    # A document that cannot be read has no text to label, but the way on.
    expect(studio.page.get_by_text("b1.pdf cannot be labelled")).to_be_visible()
    studio.press("Alt+ArrowDown")
    opened(studio, "c.txt")
    studio.press("Alt+ArrowUp", "Alt+ArrowUp")
    opened(studio, "b.txt")


def test_a_document_that_leaves_the_list_keeps_its_place(api: Api, open_studio: StudioFactory) -> None:
    project = api.project(dict.fromkeys(("a.txt", "b.txt", "c.txt"), NEWS))
    studio = open_studio(f"projects/{project}/labeling?show=unlabelled")
    opened(studio, "a.txt")
    studio.press("Alt+ArrowDown")
    opened(studio, "b.txt")
    expect(studio.text).to_be_focused()
    studio.press("ArrowRight", "1", "Control+s")
    studio.wait_until_saved()
    expect(studio.page.get_by_role("link", name=re.compile("^b.txt"))).to_be_hidden()
    opened(studio, "b.txt")
    studio.press("Alt+ArrowDown")
    opened(studio, "c.txt")


def test_documents_of_one_entity_type_are_a_filter(api: Api, open_studio: StudioFactory) -> None:
    project = api.project(dict.fromkeys(("a.txt", "b.txt", "c.txt"), NEWS))
    api.put_labels(project, "b.txt", [("CRYPTO", 20, 27)])
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_label("Show", exact=True).select_option("CRYPTO")
    documents = studio.page.get_by_role("region", name="Documents").get_by_role("link")
    expect(documents).to_have_text([re.compile("^b.txt")])


def test_the_distribution_says_what_is_too_little(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS, "b.txt": NEWS})
    for location, dataset in (("a.txt", "Train"), ("b.txt", "Test")):
        api.put_labels(project, location, [("STOCK", 0, 5), ("CRYPTO", 20, 27)])
        api.client.patch(f"/{project}/documents/{location}", json={"dataset": dataset}).raise_for_status()
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("tab", name="Distribution").click()
    pane = studio.page.get_by_role("complementary", name="Activity")
    expect(pane).to_contain_text("2 of 2 documents labelled")
    expect(pane.get_by_role("row", name=re.compile("^STOCK"))).to_have_text("STOCK110")
    expect(pane.get_by_role("row", name=re.compile("^FOREX"))).to_have_text("FOREX000")
    expect(pane.get_by_role("listitem").filter(has_text="STOCK").first).to_contain_text("50")
