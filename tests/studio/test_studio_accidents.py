"""What happens to data and to open pages at the same time, and data at its limits: nothing that was typed is lost."""

import re

import pytest
from playwright.sync_api import expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api
from tests.studio.test_studio_pages import findings

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held."
TESLA, BITCOIN = (0, 5), (20, 27)
MANY = [f"TYPE_{number:03}" for number in range(1, 201)]


def test_two_tabs_of_one_browser_keep_their_own_work(api: Api, open_studio: StudioFactory) -> None:
    """Both have drafts in the same storage; neither takes the other's, and the service gets both."""
    project = api.project({"a.txt": NEWS})
    first = open_studio()
    first.open_document(project, "a.txt")
    context = first.page.context
    context.route("**/labels/**", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    first.press("ArrowRight", "1")
    expect(first.saving).to_contain_text("Offline")
    second = first.another_tab()
    second.open_document(project, "a.txt")
    assert second.marks() == []
    second.press("Control+End", "ArrowLeft", "2")
    expect(second.last_action).to_have_text("Labelled “bitcoin” as CRYPTO.")
    expect(second.saving).to_contain_text("Offline")
    context.unroute("**/labels/**")
    for studio in (first, second):
        studio.wait_until_saved()
    assert len(api.labels(project, "a.txt")) == 2
    assert first.page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('nerine.draft'))") == []


def test_labels_of_an_entity_type_that_is_gone_can_be_let_go(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    api.client.delete(f"/{project}/entities/STOCK").raise_for_status()
    studio.press("ArrowRight", "1")
    studio.drag("bitcoin")
    studio.menu.get_by_role("option", name=re.compile("CRYPTO")).click()
    banner = studio.page.get_by_role("alert").filter(has_text="There is no entity type STOCK any more.")
    banner.get_by_role("button", name="Remove its labels here").click()
    studio.wait_until_saved()
    assert api.labels(project, "a.txt") == [("CRYPTO", *BITCOIN)]


def test_two_hundred_entity_types(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS}, MANY)
    studio = open_studio()
    studio.open_document(project, "a.txt")
    page = studio.page
    studio.press("ArrowRight", "l")
    expect(studio.menu.get_by_role("option")).to_have_count(200)
    page.keyboard.type("187")
    expect(studio.menu.get_by_role("option")).to_have_text(["TYPE_187"])
    assert findings(studio) == []
    studio.press("Enter")
    expect(studio.last_action).to_have_text("Labelled “Tesla” as TYPE_187.")
    # One more than there may be: the name stays where it was typed.
    name = page.get_by_label("New entity type")
    name.fill("ONE_MORE")
    studio.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("200")
    expect(name).to_have_value("ONE_MORE")
    # The list is scrolled, not the page.
    page.get_by_role("button", name="Change TYPE_200").scroll_into_view_if_needed()
    expect(studio.text).to_be_in_viewport()
    studio.wait_until_saved()
    assert api.labels(project, "a.txt") == [("TYPE_187", *TESLA)]


def test_names_are_text_on_every_page(api: Api, open_studio: StudioFactory) -> None:
    location, category = "<img src=x onerror=alert(1)> 🦜.txt", "<b>X 🙂"
    project = api.project({location: NEWS}, [category])
    api.put_labels(project, location, [(category, *TESLA)])
    studio = open_studio()
    studio.open_document(project, location)
    page = studio.page
    expect(studio.text.locator("mark")).to_have_attribute("data-label", category)
    expect(page.get_by_role("link", name=re.compile("<img src=x"))).to_be_visible()
    page.get_by_role("button", name=f"Change {category}").click()
    expect(page.get_by_role("dialog", name=f"Entity type {category}")).to_be_visible()
    studio.press("Escape")
    page.get_by_role("tab", name="Distribution").click()
    expect(page.get_by_role("rowheader", name=category)).to_be_visible()
    studio.open(f"projects/{project}/autolabel")
    page.get_by_role("button", name="Suggest labels").click()
    page.get_by_role("button", name="Add a list").click()
    page.get_by_label(f"Names of {category}").fill("bitcoin")
    page.get_by_label("all", exact=True).check()
    page.get_by_role("button", name="Suggest", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("<img src=x"))).to_contain_text(f"{category} 1")
    assert page.locator("main img, main b").count() == 0
