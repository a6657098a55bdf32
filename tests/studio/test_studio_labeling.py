"""Labelling in a real browser: mouse, keyboard, saving, undo, and everything that may go wrong in between."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held.\nTesla Motors rose; EUR/USD fell."
TESLA, BITCOIN = (0, 5), (20, 27)


@pytest.fixture(scope="module")
def project(api: Api) -> str:
    texts = [
        "mouse.txt", "keys.txt", "all.txt", "undo.txt", "overlap.txt", "conflict.txt", "merge.txt", "offline.txt",
        "dead.txt", "expired.txt", "changed.txt", "edges.txt",
    ]  # fmt: skip
    return api.project(dict.fromkeys(texts, NEWS))


def test_by_mouse_with_the_menu_and_with_the_brush(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "mouse.txt")
    studio.drag("esl")  # whole words by default
    studio.menu.get_by_role("option", name=re.compile("STOCK")).click()
    expect(studio.last_action).to_have_text("Labelled “Tesla” as STOCK.")
    studio.page.get_by_role("button", name=re.compile("^CRYPTO")).click()
    studio.drag("bitcoin")
    studio.press("Escape")
    studio.wait_until_saved()
    assert api.labels(project, "mouse.txt") == [("STOCK", *TESLA), ("CRYPTO", *BITCOIN)]
    assert studio.marks() == ["STOCK: Tesla", "CRYPTO: bitcoin"]


def test_by_keyboard_alone(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "keys.txt")
    studio.press("ArrowRight", "1", "ArrowDown", "Home", "Shift+ArrowRight", "l")
    studio.page.keyboard.type("sto")
    studio.press("Enter")
    expect(studio.last_action).to_have_text("Labelled “Tesla Motors” as STOCK.")
    studio.press("Control+End", "ArrowLeft", "Shift+ArrowLeft", "3")
    expect(studio.last_action).to_have_text("Labelled “EUR/USD” as FOREX.")
    studio.press("Control+s")
    studio.wait_until_saved()
    assert api.labels(project, "keys.txt") == [("STOCK", 0, 5), ("STOCK", 34, 46), ("FOREX", 53, 60)]
    studio.press("p", "Delete")
    expect(studio.last_action).to_have_text("Removed STOCK “Tesla Motors”.")
    studio.wait_until_saved()
    assert api.labels(project, "keys.txt") == [("STOCK", 0, 5), ("FOREX", 53, 60)]


def test_all_places_that_say_the_same_in_one_step(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "all.txt")
    studio.press("ArrowRight", "Shift+1")
    expect(studio.last_action).to_have_text("Labelled 2 places “Tesla” as STOCK.")
    studio.press("Control+z")
    assert studio.marks() == []
    studio.press("Control+Shift+Z")
    studio.wait_until_saved()
    assert api.labels(project, "all.txt") == [("STOCK", 0, 5), ("STOCK", 34, 39)]


def test_undo_reaches_what_is_saved_already(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "undo.txt")
    studio.press("ArrowRight", "1")
    studio.wait_until_saved()
    studio.press("Control+z")
    expect(studio.last_action).to_have_text("Undone: Labelled “Tesla” as STOCK.")
    studio.press("Control+s")
    studio.wait_until_saved()
    assert api.labels(project, "undo.txt") == []


def test_edges_move_by_words(project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "edges.txt")
    studio.press("ArrowRight", "1", "}")
    expect(studio.last_action).to_have_text("STOCK is “Tesla slid” now.")
    studio.press("]", "{")
    expect(studio.last_action).to_have_text("The label cannot become smaller or leave the text.")
    assert studio.marks() == ["STOCK: slid"]


def test_an_overlap_is_a_question(api: Api, project: str, open_studio: StudioFactory) -> None:
    api.put_labels(project, "overlap.txt", [("STOCK", *TESLA)])
    studio = open_studio()
    studio.open_document(project, "overlap.txt")
    studio.drag("Tesla slid")
    expect(studio.menu).to_be_visible()
    studio.press("2")
    studio.page.get_by_role("button", name="Keep what is there").click()
    assert studio.marks() == ["STOCK: Tesla"]
    studio.press("2")
    studio.page.get_by_role("button", name="Replace by CRYPTO").click()
    assert studio.marks() == ["CRYPTO: Tesla slid"]


def test_done_leads_to_the_next_unlabelled_document_and_round(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS, "b.txt": NEWS, "c.txt": NEWS, "d.txt": NEWS})
    api.put_labels(project, "c.txt", [("STOCK", *TESLA)])
    studio = open_studio()
    studio.open_document(project, "b.txt")
    for following in ("d.txt", "a.txt"):
        studio.press("Control+Enter")
        expect(studio.page.get_by_role("heading", level=1, name=following)).to_be_visible()
        expect(studio.text).to_be_focused()
    assert api.state(project, "b.txt")["done"] is True
    studio.press("Control+Enter")
    expect(studio.page.get_by_text("No unlabelled document is left.")).to_be_visible()
    assert api.state(project, "a.txt")["done"] is True


def test_changes_of_a_second_browser_are_merged(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "merge.txt")
    api.put_labels(project, "merge.txt", [("CRYPTO", *BITCOIN)])
    studio.press("ArrowRight", "1")
    expect(studio.last_action).to_contain_text("Took over changes by")
    studio.wait_until_saved()
    assert api.labels(project, "merge.txt") == [("STOCK", *TESLA), ("CRYPTO", *BITCOIN)]


@pytest.mark.parametrize(("side", "expected"), [("Mine", "STOCK"), ("Theirs", "FOREX")])
def test_a_conflict_is_decided_by_a_person(
    api: Api, project: str, open_studio: StudioFactory, side: str, expected: str
) -> None:
    api.put_labels(project, "conflict.txt", [])
    first, second = open_studio(), open_studio()
    for studio in (first, second):
        studio.open_document(project, "conflict.txt")
    second.press("ArrowRight", "3")
    second.wait_until_saved()
    first.press("ArrowRight", "1")
    expect(first.saving).to_contain_text("Conflict")
    first.page.get_by_role("button", name=re.compile(f"^{side}:")).click()
    first.wait_until_saved()
    assert api.labels(project, "conflict.txt") == [(expected, *TESLA)]


def test_nothing_is_lost_while_the_service_is_down(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "offline.txt")
    studio.page.route("**/labels/**", lambda route: route.abort())
    studio.press("ArrowRight", "1")
    expect(studio.saving).to_contain_text("Offline")
    studio.press("ArrowDown", "1")
    studio.page.unroute("**/labels/**")
    studio.wait_until_saved()
    assert len(api.labels(project, "offline.txt")) == 2


def test_a_dead_tab_leaves_its_work_to_the_next(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "dead.txt")
    context = studio.page.context
    context.route("**/labels/**", lambda route: route.abort())
    studio.press("ArrowRight", "1")
    expect(studio.saving).to_contain_text("Offline")
    page = context.new_page()
    studio.page.close(run_before_unload=False)
    context.unroute("**/labels/**")
    studio.page = page
    studio.open(f"projects/{project}/labeling/dead.txt")
    studio.sign_in()
    expect(studio.last_action).to_have_text("Brought back what was not saved last time.")
    studio.wait_until_saved()
    assert api.labels(project, "dead.txt") == [("STOCK", *TESLA)]


def test_a_sign_in_that_ended_is_renewed_where_the_work_is(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "expired.txt")
    body = '{"error": {"code": "401", "message": "Access denied."}}'

    def refuse(route: Route) -> None:
        if route.request.method == "PATCH":
            route.fulfill(status=401, content_type="application/json", body=body)
        else:
            route.continue_()

    studio.page.route("**/labels/**", refuse)
    studio.press("ArrowRight", "1")
    expect(studio.saving).to_contain_text("Signed out")
    studio.page.unroute("**/labels/**")
    studio.sign_in()
    studio.wait_until_saved()
    assert api.labels(project, "expired.txt") == [("STOCK", *TESLA)]


def test_labels_follow_a_text_that_was_replaced(api: Api, project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "changed.txt")
    api.upload(project, "changed.txt", "Update: Tesla slid 4%.")
    studio.press("ArrowRight", "1")
    studio.drag("bitcoin")
    expect(studio.menu).to_be_visible()
    studio.press("2")
    expect(studio.saving).to_have_text("The text changed")
    studio.page.get_by_role("button", name=re.compile("carry my labels over")).click()
    expect(studio.last_action).to_have_text("Carried 1 label over to the new text. Not found in it: “bitcoin”.")
    studio.wait_until_saved()
    assert api.labels(project, "changed.txt") == [("STOCK", 8, 13)]


def test_an_entity_type_that_somebody_deleted_meanwhile(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    api.client.delete(f"/{project}/entities/STOCK").raise_for_status()
    studio.press("ArrowRight", "1")
    studio.page.get_by_role("button", name="Add it again").click()
    studio.wait_until_saved()
    assert api.labels(project, "a.txt") == [("STOCK", *TESLA)]


def test_renaming_an_entity_type_says_what_it_touches_and_can_be_undone(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    api.put_labels(project, "a.txt", [("STOCK", *TESLA)])
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("button", name="Change STOCK").click()
    studio.page.get_by_label("Name", exact=True).fill("SHARE")
    studio.page.get_by_role("button", name="Rename…").click()
    expect(studio.page.get_by_role("dialog")).to_contain_text("This touches 1 label in 1 document.")
    studio.page.get_by_role("button", name="Rename STOCK to SHARE").click()
    expect(studio.text.locator("mark")).to_have_attribute("data-label", "SHARE")
    studio.page.get_by_role("button", name="Undo").click()
    expect(studio.text.locator("mark")).to_have_attribute("data-label", "STOCK")
    assert api.labels(project, "a.txt") == [("STOCK", *TESLA)]


def test_earlier_labels_come_back(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    api.put_labels(project, "a.txt", [("STOCK", *TESLA)])
    api.put_labels(project, "a.txt", [("CRYPTO", *BITCOIN)])
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("button", name="Earlier labels…").click()
    studio.page.get_by_role("row", name=re.compile("^1 label ")).get_by_role("button", name="Restore").click()
    expect(studio.text.locator("mark")).to_have_attribute("data-label", "STOCK")
    assert api.labels(project, "a.txt") == [("STOCK", *TESLA)]


def test_suggestions_are_decided_one_by_one(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio(f"projects/{project}/autolabel")
    studio.page.get_by_role("button", name="Suggest labels").click()
    studio.page.get_by_role("button", name="Add a list").click()
    studio.page.get_by_label("Names of STOCK").fill("Tesla\nEUR/USD")
    studio.page.get_by_role("button", name="Suggest", exact=True).click()
    expect(studio.page.get_by_text("3 suggestions in 1 document.")).to_be_visible()
    studio.open_document(project, "a.txt")
    expect(studio.text.locator("mark.suggested")).to_have_count(3)
    studio.press("n")
    expect(studio.last_action).to_have_text("Suggestion STOCK, by the list of names: Tesla")
    studio.press("Enter")
    expect(studio.last_action).to_have_text("Accepted STOCK “Tesla”.")
    with studio.page.expect_response(re.compile(":reject")):
        studio.press("n", "x")
    expect(studio.text.locator("mark.suggested")).to_have_count(1)
    studio.wait_until_saved()
    assert api.labels(project, "a.txt") == [("STOCK", *TESLA)]


def test_suggestions_say_how_sure_they_are_and_by_what(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    suggestions = [
        {"category": "STOCK", "offset": 0, "length": 5, "source": "model", "confidenceScore": 0.87},
        {"category": "CRYPTO", "offset": 20, "length": 7, "source": "dictionary"},
    ]
    studio = open_studio()
    studio.page.route(
        "**/suggestions/a.txt?*", lambda route: route.fulfill(json={"location": "a.txt", "suggestions": suggestions})
    )
    studio.open_document(project, "a.txt")
    first = studio.text.locator("mark.suggested").first
    expect(first).to_have_attribute("title", "Suggested by the model, 87 % sure")
    assert "87 %" in first.evaluate("mark => getComputedStyle(mark, '::after').content")
    studio.press("n")
    expect(studio.last_action).to_have_text("Suggestion STOCK, by the model, 87 % sure: Tesla")
    box = studio.page.get_by_role("region", name="Suggestions")
    box.get_by_role("button", name="List").click()
    expect(box.get_by_role("listitem")).to_contain_text(["by the model, 87 % sure", "by the list of names"])
    box.get_by_role("button", name="Accept CRYPTO “bitcoin”").click()
    expect(box.get_by_role("listitem")).to_have_count(1)
    studio.wait_until_saved()
    assert api.labels(project, "a.txt") == [("CRYPTO", *BITCOIN)]


def test_the_brush_follows_a_rename_and_goes_with_its_entity_type(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("button", name=re.compile("^STOCK")).click()
    studio.page.get_by_role("button", name="Change STOCK").click()
    studio.page.get_by_label("Name", exact=True).fill("SHARE")
    studio.page.get_by_role("button", name="Rename…").click()
    studio.page.get_by_role("button", name="Rename STOCK to SHARE").click()
    expect(studio.page.get_by_role("button", name=re.compile("^SHARE"), pressed=True)).to_be_visible()
    studio.drag("Tesla")
    expect(studio.last_action).to_have_text("Labelled “Tesla” as SHARE.")
    studio.page.get_by_role("button", name="Change SHARE").click()
    studio.page.get_by_role("button", name="Delete…").click()
    dialog = studio.page.get_by_role("dialog")
    expect(dialog).to_contain_text("This touches 1 label in 1 document.")
    dialog.get_by_role("button", name="Delete SHARE and its labels").click()
    expect(studio.page.get_by_role("button", name=re.compile("^SHARE"))).to_be_hidden()
    expect(studio.text.locator("mark")).to_have_count(0)
    # Nothing is painted with what is not there any more: the menu asks.
    studio.drag("bitcoin")
    expect(studio.menu).to_be_visible()
    studio.wait_until_saved()
    assert api.labels(project, "a.txt") == []


def test_the_keys_of_entity_types(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("button", name="Change CRYPTO").click()
    key = studio.page.get_by_label("Key", exact=True)
    save = studio.page.get_by_role("button", name="Save", exact=True)
    key.fill("n")
    expect(save).to_be_disabled()
    key.fill("b")
    save.click()
    studio.page.get_by_role("button", name="Close").click()
    expect(studio.page.get_by_role("button", name=re.compile("^CRYPTO")).locator("kbd")).to_have_text("b")
    studio.text.focus()
    studio.press("ArrowRight", "b")
    # Not by what is said last: the document is read again after the change, and brings the label back.
    expect(studio.text.locator("mark")).to_have_attribute("data-label", "CRYPTO")
    api.client.delete(f"/{project}/entities/STOCK").raise_for_status()
    studio.page.reload()
    expect(studio.text).to_be_focused()
    # FOREX keeps its digit.
    studio.press("ArrowRight", "3")
    expect(studio.last_action).to_have_text("Relabelled “Tesla” from CRYPTO to FOREX.")


def test_suggestions_made_meanwhile_are_in_a_document_that_was_open_before(
    api: Api, open_studio: StudioFactory
) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.open(f"projects/{project}/autolabel")
    studio.page.get_by_role("button", name="Suggest labels").click()
    studio.page.get_by_role("button", name="Add a list").click()
    studio.page.get_by_label("Names of STOCK").fill("Tesla")
    studio.page.get_by_role("button", name="Suggest", exact=True).click()
    expect(studio.page.get_by_text("2 suggestions in 1 document.")).to_be_visible()
    studio.open_document(project, "a.txt")
    expect(studio.text.locator("mark.suggested")).to_have_count(2)
    studio.open(f"projects/{project}/autolabel")
    studio.page.get_by_role("button", name="Accept all", exact=True).click()
    expect(studio.page.get_by_text("Accepted 2 labels in 1 document.")).to_be_visible()
    studio.open_document(project, "a.txt")
    expect(studio.text.locator("mark.suggested")).to_have_count(0)
    assert studio.marks() == ["STOCK: Tesla", "STOCK: Tesla"]


HARD = "👩‍👩‍👧 <b>Tesla</b>\r\ne\u0301clair 東京都 <script>alert(1)</script>\r\n\r\n\u05e9\u05dc\u05d5\u05dd bitcoin"


def test_text_is_text_whatever_it_says(api: Api, open_studio: StudioFactory) -> None:
    location = "a/<i>ü</i> 🙂.txt"
    project = api.project({location: HARD, "empty.txt": "\n"}, categories=("<b>X 🙂", "Y"))
    studio = open_studio()
    studio.open_document(project, location)
    assert studio.text.evaluate("element => element.textContent") == HARD
    assert studio.text.locator("b, script").count() == 0
    for n, (words, key) in enumerate((("Tesla", "1"), ("bitcoin", "2")), start=1):
        studio.drag(words)
        expect(studio.menu).to_be_visible()
        studio.press(key)
        # "Saved" alone may still be said of the label before.
        expect(studio.text.locator("mark")).to_have_count(n)
        studio.wait_until_saved()
    encoded = HARD.encode("utf-16-le")
    quotes = [encoded[2 * start : 2 * end].decode("utf-16-le") for _, start, end in api.labels(project, location)]
    assert quotes == ["Tesla", "bitcoin"]


def test_the_text_shows_that_it_has_the_focus(project: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    studio.open_document(project, "edges.txt")
    studio.press("ArrowRight")
    colors = studio.text.evaluate(
        """text => {
          const link = document.querySelector(".brand");
          const before = getComputedStyle(text).outlineColor;
          link.focus();
          return [before, getComputedStyle(link).outlineColor];
        }"""
    )
    # As clear as the ring of everything else.
    assert colors[0] == colors[1]


def test_versions_say_what_they_bring_back_and_all_are_there(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    for i in range(24):
        api.put_labels(project, "a.txt", [("STOCK", *TESLA)] if i % 2 == 0 else [("CRYPTO", *BITCOIN)])
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("button", name="Earlier labels…").click()
    dialog = studio.page.get_by_role("dialog")
    expect(dialog.get_by_role("row")).to_have_count(21)
    expect(dialog.get_by_role("row").nth(1)).to_contain_text("adds STOCK “Tesla”removes CRYPTO “bitcoin”")
    expect(dialog.get_by_role("row").nth(2)).to_contain_text("changes no label")
    dialog.get_by_role("button", name="Older versions").click()
    expect(dialog.get_by_role("row")).to_have_count(24)


def test_the_list_says_how_far_one_is_and_documents_leave_their_set(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS, "b.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    documents = studio.page.get_by_role("region", name="Documents")
    expect(documents.get_by_text("0 of 2 done")).to_be_visible()
    studio.page.get_by_role("radio", name="Testing").check()
    studio.page.get_by_role("checkbox", name="All labelled (Ctrl Enter)").check()
    studio.press("Control+s")
    studio.wait_until_saved()
    expect(documents.get_by_text("1 of 2 done")).to_be_visible()
    show = studio.page.get_by_label("Show", exact=True)
    show.select_option("Done")
    expect(documents.get_by_role("link")).to_have_text([re.compile("^a.txtdone, testing")])
    show.select_option("In neither set")
    expect(documents.get_by_role("link")).to_have_text([re.compile("^b.txtunlabelled")])
    studio.page.get_by_role("radio", name="Neither set").check()
    studio.press("Control+s")
    expect(documents.get_by_role("link")).to_have_count(2)
    assert "dataset" not in api.state(project, "a.txt")
