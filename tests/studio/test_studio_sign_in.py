"""Signing in with the account that App Service checks: at the start, in the middle of work, and without a role."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from devhost.stack import Stack
from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api
from tests.studio.test_studio_pages import findings

pytestmark = pytest.mark.stack

NEWS = "Tesla slid 3% while bitcoin held."


class AppService:
    """What App Service authentication does in front of the service: knows an account, or does not."""

    def __init__(self, page: Page, key: str) -> None:
        self.account: str | None = None
        self.status: int | None = None
        """What the service answers instead of its own reply."""
        self._key = key
        page.context.route("**/.auth/me", self._me)
        page.context.route("**/.auth/login/**", self._login)
        page.context.route("**/language/**", self._service)

    def _me(self, route: Route) -> None:
        known = [{"user_id": self.account}] if self.account else []
        route.fulfill(status=200, content_type="application/json", body=json.dumps(known))

    def _login(self, route: Route) -> None:
        self.account = "ann@contoso.com"
        route.fulfill(status=200, content_type="text/html", body="<h1>Microsoft</h1>")

    def _service(self, route: Route) -> None:
        status = self.status or (None if self.account else 401)
        if status is None:
            route.continue_(headers={**route.request.headers, "ocp-apim-subscription-key": self._key})
        else:
            body = {"error": {"code": str(status), "message": "Access denied."}}
            route.fulfill(status=status, content_type="application/json", body=json.dumps(body))


def test_a_deep_link_survives_the_sign_in(stack: Stack, api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio(signs_in=False)
    AppService(studio.page, stack.key)
    studio.open(f"projects/{project}/labeling/a.txt")
    studio.page.reload()
    link = studio.page.get_by_role("link", name="Sign in with Microsoft")
    target = f"%2Fstudio%2F%23%2Fprojects%2F{project}%2Flabeling%2Fa.txt"
    expect(link).to_have_attribute("href", re.compile(re.escape(target)))
    link.click()
    studio.page.go_back()
    expect(studio.page.get_by_role("heading", level=1, name="a.txt")).to_be_visible()


def test_a_sign_in_that_ended_is_renewed_in_a_tab_of_its_own(
    stack: Stack, api: Api, open_studio: StudioFactory
) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio(signs_in=False)
    front = AppService(studio.page, stack.key)
    front.account = "ann@contoso.com"
    studio.page.reload()
    studio.open_document(project, "a.txt")
    front.account = None
    studio.press("ArrowRight", "1")
    expect(studio.saving).to_contain_text("Signed out")
    # Whoever goes on labelling does not type into a field of a form.
    expect(studio.text).to_be_focused()
    with studio.page.expect_popup() as popup:
        studio.page.get_by_role("link", name="Sign in with Microsoft").click()
    expect(popup.value.get_by_role("heading", name="Microsoft")).to_be_visible()
    popup.value.close()
    studio.page.evaluate("window.dispatchEvent(new Event('focus'))")
    studio.wait_until_saved()
    expect(studio.page.get_by_text("Your sign-in has ended.")).to_be_hidden()
    assert api.labels(project, "a.txt") == [("STOCK", 0, 5)]


def test_every_page_says_that_the_sign_in_ended(stack: Stack, api: Api, open_studio: StudioFactory) -> None:
    project = api.project({"a.txt": NEWS})
    studio = open_studio(signs_in=False)
    front = AppService(studio.page, stack.key)
    front.account = "ann@contoso.com"
    studio.page.reload()
    expect(studio.page.get_by_role("heading", name="Projects")).to_be_visible()
    front.account = None
    studio.open(f"projects/{project}/deployments")
    expect(studio.page.get_by_text("Your sign-in has ended. What is on this page stays")).to_be_visible()
    front.account = "ann@contoso.com"
    studio.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(studio.page.get_by_role("heading", level=1, name="Deployments")).to_be_visible()


def test_an_account_without_a_role_is_told_so(stack: Stack, open_studio: StudioFactory) -> None:
    studio = open_studio(signs_in=False)
    front = AppService(studio.page, stack.key)
    front.account, front.status = "ann@contoso.com", 403
    studio.page.reload()
    expect(studio.page.get_by_text("You are signed in as ann@contoso.com, who has no role here yet.")).to_be_visible()


def test_what_is_typed_in_a_dialog_survives_the_sign_in(stack: Stack, api: Api, open_studio: StudioFactory) -> None:
    """The page under it takes no click: one signs in within the dialog."""
    project = api.project({"a.txt": NEWS})
    studio = open_studio()
    studio.open_document(project, "a.txt")
    refusal = {"error": {"code": "401", "message": "Access denied."}}
    studio.page.route("**/entities/STOCK?*", lambda route: route.fulfill(status=401, json=refusal))
    studio.page.get_by_role("button", name="Change STOCK").click()
    dialog = studio.page.get_by_role("dialog", name="Entity type STOCK")
    dialog.get_by_label("Description").fill("Shares of a company, by its name")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("Your sign-in has ended: this was not done.")).to_be_visible()
    assert findings(studio) == []
    studio.page.unroute("**/entities/STOCK?*")
    dialog.get_by_label("Author key").fill(stack.key)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog.get_by_label("Author key")).to_have_count(0)
    expect(dialog.get_by_label("Description")).to_have_value("Shares of a company, by its name")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("button", name="Saved")).to_be_visible()
    entities = api.client.get(f"/{project}/entities").raise_for_status().json()["value"]
    assert entities[0]["description"] == "Shares of a company, by its name"
