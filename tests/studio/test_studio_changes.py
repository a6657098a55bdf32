"""What is done to many documents' labels at once: merging, labelling everywhere, and the list with the way back."""

import re
import time

import pytest
from playwright.sync_api import Route, expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api
from tests.studio.test_studio_pages import findings

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held.\nTesla Motors rose; EUR/USD fell."
TESLA, BITCOIN = (0, 5), (20, 27)


def test_a_merge_is_undone_from_the_list_of_changes(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS, "b.txt": NEWS})
    for location in ("a.txt", "b.txt"):
        api.put_labels(project, location, [("STOCK", *TESLA), ("CRYPTO", *BITCOIN)])
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("button", name="Change CRYPTO").click()
    studio.page.get_by_label("Merge into").select_option("STOCK")
    studio.page.get_by_role("button", name="Merge…").click()
    expect(studio.page.get_by_role("dialog")).to_contain_text("This touches 2 labels in 2 documents.")
    studio.page.get_by_role("button", name="Merge CRYPTO into STOCK").click()
    expect(studio.text.locator("mark[data-label=STOCK]")).to_have_count(2)
    studio.page.get_by_role("button", name="Dismiss").click()
    # Long after the message is gone.
    studio.page.reload()
    studio.page.get_by_role("button", name="Changes to many documents…").click()
    dialog = studio.page.get_by_role("dialog", name="Changes to many documents")
    row = dialog.get_by_role("row", name=re.compile("^Merged CRYPTO into STOCK 2 labels in 2 documents author key"))
    row.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("undone by author key")
    assert findings(studio) == []
    dialog.get_by_role("button", name="Close").click()
    expect(studio.text.locator("mark[data-label=CRYPTO]")).to_have_count(1)
    assert api.labels(project, "b.txt") == [("STOCK", *TESLA), ("CRYPTO", *BITCOIN)]


def test_a_new_name_is_shown_though_the_counts_pause(api: Api, open_studio: StudioFactory) -> None:
    """A count that took long is followed by a pause of up to a minute."""
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")

    def slowly(route: Route) -> None:
        time.sleep(3)
        route.continue_()

    studio.page.route("**/statistics?*", slowly)
    with studio.page.expect_response(re.compile("/statistics")):
        studio.press("ArrowRight", "1", "Control+s")
    studio.page.unroute("**/statistics?*")
    studio.page.get_by_role("button", name="Change STOCK").click()
    studio.page.get_by_label("Name", exact=True).fill("SHARE")
    studio.page.get_by_role("button", name="Rename…").click()
    studio.page.get_by_role("button", name="Rename STOCK to SHARE").click()
    expect(studio.page.get_by_role("button", name="Change SHARE")).to_be_visible(timeout=20_000)


def test_the_same_text_is_labelled_in_all_documents(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS, "b.txt": "bitcoin and Bitcoin"})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.drag("bitcoin")
    studio.menu.get_by_role("option", name=re.compile("CRYPTO")).click()
    studio.drag("bitcoin")
    studio.page.get_by_role("button", name="Label this text in all documents…").click()
    dialog = studio.page.get_by_role("dialog", name="“bitcoin” as CRYPTO in all documents")
    expect(dialog).to_contain_text("1 unlabelled place in 1 document:")
    dialog.get_by_label("Upper and lower case are the same").check()
    expect(dialog).to_contain_text("2 unlabelled places in 1 document:")
    dialog.get_by_role("button", name="Label them all").click()
    expect(studio.page.get_by_text("Labelled “bitcoin” as CRYPTO: 2 labels in 1 document.")).to_be_visible()
    assert api.labels(project, "b.txt") == [("CRYPTO", 0, 7), ("CRYPTO", 12, 19)]
