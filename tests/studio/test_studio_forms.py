"""What the pages ask for and what they say when it goes otherwise: training, auto-labelling, projects, testing a text."""

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api, Studio
from tests.studio.tour import wait_for_job

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held."
TESLA, BITCOIN = ("STOCK", 0, 5), ("CRYPTO", 20, 27)
FINANCE = Path(__file__).parents[2] / "samples/finance"


@pytest.fixture
def trainable(api: Api) -> str:
    """Enough labels for a training, which nobody comes to: this stack has no trainer."""
    documents = {f"{number}.txt": f"{number}. {NEWS}" for number in range(10, 22)}
    project = api.project(documents, ("STOCK", "CRYPTO"))
    for location in documents:
        api.put_labels(project, location, [("STOCK", 4, 9), ("CRYPTO", 24, 31)])
    return project


def start_training(studio: Studio, project: str) -> None:
    studio.open(f"projects/{project}/training")
    studio.page.get_by_role("button", name="Start a training job").click()
    studio.page.get_by_label("Model name").fill("m")
    studio.page.get_by_role("button", name="Train", exact=True).click()


# --- training ---------------------------------------------------------------------------------------------------------


def test_recipes_are_described_by_the_service(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio(f"projects/{project}/training")
    studio.page.get_by_role("button", name="Start a training job").click()
    found = api.client.get("/global/training-config-versions").raise_for_status().json()["value"]
    described = {recipe["trainingConfigVersion"]: recipe["description"] for recipe in found}
    assert {"fast", "default", "2022-05-01"} <= described.keys()
    for name, description in described.items():
        studio.page.get_by_label("Recipe").select_option(name)
        expect(studio.page.get_by_role("dialog")).to_contain_text(description)


def test_a_training_is_cancelled(trainable: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    start_training(studio, trainable)
    job = studio.page.get_by_role("article", name="Training of m")
    expect(job.get_by_role("progressbar")).to_be_visible()
    job.get_by_role("button", name="Cancel").click()
    expect(job).to_contain_text("cancelled")
    expect(job.get_by_role("progressbar")).to_be_hidden()


def test_a_cancellation_that_fails_is_said(trainable: str, open_studio: StudioFactory) -> None:
    studio = open_studio()
    start_training(studio, trainable)
    refusal = {"error": {"code": "InternalServerError", "message": "The cancellation went wrong."}}
    studio.page.route("**/:cancel?*", lambda route: route.fulfill(status=500, json=refusal))
    job = studio.page.get_by_role("article", name="Training of m")
    job.get_by_role("button", name="Cancel").click()
    expect(job.get_by_role("alert")).to_contain_text("The cancellation went wrong.")


# --- auto-labelling ---------------------------------------------------------------------------------------------------


def test_several_lists_of_names_on_chosen_documents(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS, "b.txt": NEWS, "c.txt": NEWS})
    studio = open_studio(f"projects/{project}/autolabel")
    page = studio.page
    page.get_by_role("button", name="Suggest labels").click()
    dialog = page.get_by_role("dialog")
    suggest = dialog.get_by_role("button", name="Suggest", exact=True)
    expect(suggest).to_be_disabled()
    for category, names in (("STOCK", "Tesla\nApple"), ("CRYPTO", "bitcoin")):
        dialog.get_by_role("button", name="Add a list").click()
        dialog.get_by_label(f"Names of {category}").fill(names)
    dialog.get_by_label("some of them").check()
    expect(suggest).to_be_disabled()
    dialog.get_by_label("Chosen documents").select_option(["a.txt", "c.txt"])
    suggest.click()
    expect(page.get_by_text("4 suggestions in 2 documents.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^a.txt"))).to_contain_text("STOCK 1, CRYPTO 1")
    expect(page.get_by_role("row", name=re.compile("^b.txt"))).to_have_count(0)


def test_the_newest_model_suggests_unless_another_is_chosen(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    page = studio.page
    models = [{"label": label, "modelId": label, "lastTrainedDateTime": f"2026-11-{day}T10:00:00Z"}
              for label, day in (("first", 10), ("newest", 12), ("second", 11))]  # fmt: skip
    page.route("**/models?*", lambda route: route.fulfill(json={"value": models}))
    asked: list[Any] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(status=409, json={"error": {"code": "Conflict", "message": "Not now."}})

    page.route("**/:autolabel?*", refuse)
    studio.open(f"projects/{project}/autolabel")
    for choice in (None, "first", "none"):
        page.get_by_role("button", name="Suggest labels").click()
        dialog = page.get_by_role("dialog")
        model = dialog.get_by_label("Model", exact=True)
        expect(model).to_have_value("newest")
        if choice is not None:
            model.select_option(choice)
        if choice != "none":
            dialog.get_by_role("button", name="Suggest", exact=True).click()
            expect(dialog.get_by_text("Not now.")).to_be_visible()
        expect(dialog.get_by_text("Its entity types")).to_have_count(0 if choice == "none" else 1)
        dialog.get_by_role("button", name="Close").click()
    assert [each["trainedModelLabel"] for each in asked] == ["newest", "first"]


def test_a_second_run_keeps_what_the_first_suggested_for_other_types(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio(f"projects/{project}/autolabel")
    page = studio.page
    for row, (category, name) in enumerate((("STOCK", "Tesla"), ("CRYPTO", "bitcoin"))):
        page.get_by_role("button", name="Suggest labels").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Add a list").click()
        dialog.get_by_label("Entity type").select_option(category)
        dialog.get_by_label(f"Names of {category}").fill(name)
        dialog.get_by_role("button", name="Suggest", exact=True).click()
        expect(page.get_by_role("row", name=re.compile("^a.txt"))).to_contain_text(str(row + 1))
    expect(page.get_by_role("row", name=re.compile("^a.txt"))).to_contain_text("STOCK 1, CRYPTO 1")


def test_rejecting_all_asks_first(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    dictionary = [{"category": "STOCK", "texts": ["Tesla"]}]
    wait_for_job(api, api.client.post(f"/{project}/:autolabel", json={"dictionary": dictionary}))
    studio = open_studio(f"projects/{project}/autolabel")
    page = studio.page
    page.get_by_role("button", name="Reject all").click()
    dialog = page.get_by_role("dialog", name="Reject all suggestions?")
    expect(dialog).to_contain_text("cannot be undone")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("row", name=re.compile("^a.txt"))).to_be_visible()
    page.get_by_role("button", name="Reject all").click()
    dialog.get_by_role("button", name="Reject all").click()
    expect(page.get_by_text("No suggestion is waiting.")).to_be_visible()


def test_what_a_run_left_out_is_said(api: Api, open_studio: StudioFactory) -> None:
    """What a job answers is given here; that it runs for a while and is stopped, too."""
    project = api.project({"a.txt": NEWS})
    studio = open_studio(f"projects/{project}/autolabel")
    page = studio.page
    state = {
        "jobId": "1", "status": "running", "errors": [], "warnings": [], "result": {"documentsCount": 20},
        "createdDateTime": "2026-01-01T00:00:00Z", "lastUpdatedDateTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    page.route(re.compile("/autolabel/jobs/[^/]+\\?"), lambda route: route.fulfill(json=state))
    page.get_by_role("button", name="Suggest labels").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add a list").click()
    dialog.get_by_label("Names of STOCK").fill("Tesla")
    dialog.get_by_role("button", name="Suggest", exact=True).click()
    expect(dialog).to_contain_text("20 documents looked through")
    cancelled: list[str] = []

    def cancel(route: Route) -> None:
        cancelled.append(route.request.method)
        route.fulfill(status=202)

    page.route("**/autolabel/jobs/*/:cancel?*", cancel)
    dialog.get_by_role("button", name=re.compile("^Stop")).click()
    expect(dialog.get_by_role("button", name=re.compile("^Stop"))).to_be_disabled()
    assert cancelled == ["POST"]
    state |= {
        "status": "succeeded",
        "result": {"documentsCount": 25, "suggestionsCount": 3, "skippedCount": 1, "unknownCategories": ["FOREX"]},
    }
    expect(page.get_by_text("3 suggestions in 25 documents. 1 document skipped")).to_be_visible()
    expect(page.get_by_text("The model does not know FOREX.")).to_be_visible()


# --- projects ---------------------------------------------------------------------------------------------------------


def test_a_project_with_a_labels_file_that_was_dropped(api: Api, open_studio: StudioFactory, tmp_path: Path) -> None:
    sample = json.loads((FINANCE / "labels.json").read_bytes())
    sample["assets"]["documents"] = []
    studio = open_studio()
    page = studio.page
    page.get_by_role("button", name="New project").click()
    name = f"Dropped-{tmp_path.name[-8:]}".replace("_", "-")
    page.get_by_label("Name", exact=True).fill(name)
    drop(studio, ".drop-zone", "labels.json", json.dumps(sample).encode(), "application/json")
    expect(page.get_by_role("button", name="labels.json")).to_be_visible()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("button", name="Change CRYPTO")).to_be_visible()
    found = api.client.get(f"/{name}").raise_for_status().json()["categories"]
    assert {each["category"] for each in found} == {"STOCK", "CRYPTO", "FOREX"}


@pytest.mark.parametrize("is_mended", [True, False])
def test_a_labels_file_that_is_refused_leaves_the_project_and_says_so(
    api: Api, open_studio: StudioFactory, tmp_path: Path, is_mended: bool
) -> None:
    sample = json.loads((FINANCE / "labels.json").read_bytes())
    studio = open_studio()
    page = studio.page
    page.get_by_role("button", name="New project").click()
    dialog = page.get_by_role("dialog", name="New project")
    name = f"Refused-{uuid.uuid4().hex[:8]}"
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("Description").fill("Two people's work")
    # Its documents are not there.
    drop(studio, ".drop-zone", "labels.json", json.dumps(sample).encode(), "application/json")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_contain_text("The project is there now, without the labels of the file.")
    expect(dialog.get_by_label("Description")).to_have_value("Two people's work")
    if is_mended:
        sample["assets"]["documents"] = []
        drop(studio, ".drop-zone", "mended.json", json.dumps(sample).encode(), "application/json")
        dialog.get_by_role("button", name="Import the file").click()
        expect(page.get_by_role("button", name="Change CRYPTO")).to_be_visible()
    else:
        dialog.get_by_role("button", name="Go on without the file").click()
    expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()
    assert api.client.get(f"/{name}").status_code == 200


def test_deleting_a_project_asks_for_its_name(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio(f"projects/{project}/settings")
    page = studio.page
    page.get_by_role("button", name="Delete project…").click()
    dialog = page.get_by_role("dialog")
    delete = dialog.get_by_role("button", name="Delete project", exact=True)
    expect(delete).to_be_disabled()
    dialog.get_by_role("textbox").fill(project[:-1])
    expect(delete).to_be_disabled()
    studio.press("Enter")
    assert api.client.get(f"/{project}").status_code == 200
    dialog.get_by_role("textbox").fill(project)
    delete.click()
    expect(page.get_by_role("heading", level=1, name="Projects")).to_be_visible()
    assert api.client.get(f"/{project}").status_code == 404


def test_the_colour_of_a_type_can_be_taken_back(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    api.client.patch(f"/{project}/entities/STOCK", json={"color": "#aa3311"}).raise_for_status()
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("button", name="Change STOCK").click()
    dialog = studio.page.get_by_role("dialog")
    dialog.get_by_role("button", name="No colour of its own").click()
    with studio.page.expect_response(lambda reply: reply.request.method == "PATCH" and reply.ok):
        dialog.get_by_role("button", name="Save").click()
    entities = api.client.get(f"/{project}/entities").raise_for_status().json()["value"]
    assert "color" not in next(each for each in entities if each["category"] == "STOCK")


# --- deployments and models ---------------------------------------------------------------------------------------------


def test_a_deployment_gets_another_model_and_goes_after_its_name_is_typed(api: Api, open_studio: StudioFactory) -> None:
    """The service's answers are given here; what is asked of it is what counts."""
    project = api.project({})
    studio = open_studio()
    page = studio.page
    deployments = [
        {"deploymentName": "production", "modelId": "1", "lastTrainedDateTime": "", "lastDeployedDateTime": ""}
    ]
    models = [
        {"label": label, "modelId": model_id, "lastTrainedDateTime": "2026-01-01T00:00:00Z",
         "lastTrainingDurationInSeconds": 60, "modelTrainingConfigVersion": "fast"}
        for label, model_id in (("first", "1"), ("second", "2"))
    ]  # fmt: skip
    asked: list[tuple[str, str | None]] = []

    def one(route: Route) -> None:
        asked.append((route.request.method, route.request.post_data))
        refusal = {"error": {"code": "InternalServerError", "message": "Not now."}}
        route.fulfill(status=400, json=refusal) if len(asked) == 1 else route.fulfill(status=204)

    page.route(re.compile("/deployments\\?"), lambda route: route.fulfill(json={"value": deployments}))
    page.route(re.compile("/models\\?"), lambda route: route.fulfill(json={"value": models}))
    page.route(re.compile("/deployments/production\\?"), one)
    studio.open(f"projects/{project}/deployments")
    page.get_by_role("button", name="Change model of production").press("Enter")
    dialog = page.get_by_role("dialog", name="Deployment production")
    dialog.get_by_label("Model", exact=True).select_option("second")
    dialog.get_by_role("button", name="Deploy", exact=True).press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Not now.")
    expect(dialog.get_by_label("Model", exact=True)).to_have_value("second")
    studio.press("Escape")
    page.get_by_role("button", name="Delete production").press("Enter")
    dialog = page.get_by_role("dialog", name="Delete deployment production")
    expect(dialog.get_by_role("button", name="Delete deployment")).to_be_disabled()
    page.keyboard.type("production")
    studio.press("Enter")
    expect(dialog).to_be_hidden()
    assert asked == [("PUT", '{"trainedModelLabel":"second"}'), ("DELETE", None)]


def test_escape_asks_before_it_drops_what_was_typed(api: Api, open_studio: StudioFactory) -> None:
    studio = open_studio()
    page = studio.page
    page.get_by_role("button", name="New project").first.click()
    dialog = page.get_by_role("dialog", name="New project")
    studio.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="New project").first.click()
    dialog.get_by_label("Name", exact=True).fill("Half a name")
    dialog.locator("input[type=file]").dispatch_event("cancel", {"bubbles": True})  # a picker that is closed again
    expect(dialog).to_be_visible()
    studio.press("Escape")
    expect(dialog.get_by_role("alert")).to_contain_text("Escape once more")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Half a name")
    dialog.get_by_label("Name", exact=True).press_sequentially("!")
    expect(dialog.get_by_role("alert")).to_be_hidden()
    studio.press("Escape", "Escape")
    expect(dialog).to_be_hidden()


# --- testing a text ---------------------------------------------------------------------------------------------------


def test_a_dropped_file_is_read_only_where_it_is_text(api: Api, open_studio: StudioFactory) -> None:
    studio = open_studio(f"projects/{api.project({})}/test")
    text = studio.page.get_by_label("Text", exact=True)
    drop(studio, ".drop-zone", "a.txt", "Zürich rose.".encode(), "text/plain")
    expect(text).to_have_value("Zürich rose.")
    drop(studio, ".drop-zone", "a.docx", b"PK\x03\x04\x14\x00\x08\x00", "application/octet-stream")
    expect(studio.page.get_by_role("alert")).to_contain_text("a.docx is no text file")
    expect(text).to_have_value("Zürich rose.")


def test_the_deployment_that_is_tested_is_in_the_address(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({})
    studio = open_studio()
    deployments = [
        {"deploymentName": name, "modelId": "m", "lastTrainedDateTime": "", "lastDeployedDateTime": ""}
        for name in ("production", "staging")
    ]
    studio.page.route(re.compile("/deployments\\?"), lambda route: route.fulfill(json={"value": deployments}))
    studio.open(f"projects/{project}/test")
    choice = studio.page.get_by_label("Deployment", exact=True)
    expect(choice).to_have_value("production")
    choice.select_option("staging")
    expect(studio.page).to_have_url(re.compile(f"#/projects/{project}/test/staging$"))
    studio.page.reload()
    expect(choice).to_have_value("staging")
    studio.open(f"projects/{project}/test/old")
    expect(choice.locator("option:checked")).to_have_text("old (gone)")


def drop(studio: Studio, zone: str, name: str, content: bytes, media_type: str) -> None:
    """Drops a file with the mouse."""
    transfer = studio.page.evaluate_handle(
        """([name, bytes, type]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
          return transfer;
        }""",
        [name, list(content), media_type],
    )
    studio.page.locator(zone).last.dispatch_event("drop", {"dataTransfer": transfer})


def test_escape_asks_nothing_once_what_was_typed_is_saved(api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": "Tesla fell."})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    studio.page.get_by_role("button", name="Change STOCK").click()
    dialog = studio.page.get_by_role("dialog", name="Entity type STOCK")
    description = dialog.get_by_label("Description")
    description.fill("Shares of a company")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("button", name="Saved")).to_be_visible()
    description.press_sequentially(", by its name")
    expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_visible()
    studio.press("Escape")
    expect(dialog.get_by_role("alert")).to_contain_text("Escape once more")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("button", name="Saved")).to_be_visible()
    studio.press("Escape")
    expect(dialog).to_be_hidden()
    assert (
        api.client.get(f"/{project}/entities").json()["value"][0]["description"] == "Shares of a company, by its name"
    )
