"""Every page in light and dark: no accessibility finding, reachable by its address, back works, nothing from elsewhere."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.studio.conftest import StudioFactory
from tests.studio.studio_client import Api, Studio

pytestmark = pytest.mark.stack

AXE = Path(__file__).parents[2] / "studio/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PAGES = {
    "labeling": "a.txt",
    "autolabel": "Auto-labeling",
    "training": "Training jobs",
    "models": "Model performance",
    "deployments": "Deployments",
    "test": "Test",
    "settings": "Project settings",
}


@pytest.fixture(scope="module")
def project(api: Api) -> str:
    name = api.project({"a.txt": "Tesla slid 3% while bitcoin held."})
    api.put_labels(name, "a.txt", [("STOCK", 0, 5), ("CRYPTO", 20, 27)])
    return name


def findings(studio: Studio) -> list[str]:
    """What axe has against the page as it is."""
    # As a value and not as a script element, which the page's policy would refuse.
    studio.page.evaluate(AXE.read_text())
    report: dict[str, Any] = studio.page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in report["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(open_studio: StudioFactory, project: str, scheme: str) -> None:
    studio = open_studio(scheme=scheme)
    expect(studio.page.get_by_role("link", name=project)).to_be_visible()
    assert findings(studio) == []
    for page, title in PAGES.items():
        studio.open(f"projects/{project}/{page}")
        expect(studio.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        assert findings(studio) == [], page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dialogs_and_menus_are_accessible(open_studio: StudioFactory, project: str, scheme: str) -> None:
    studio = open_studio(scheme=scheme)
    studio.page.get_by_role("button", name="New project").click()
    assert findings(studio) == []
    studio.page.get_by_role("button", name="Cancel").click()
    studio.open_document(project, "a.txt")
    studio.press("ArrowRight", "l")
    assert findings(studio) == []
    studio.press("Escape", "?")
    assert findings(studio) == []
    studio.page.get_by_role("button", name="Close").click()
    studio.page.get_by_role("button", name="Change STOCK").click()
    assert findings(studio) == []


def test_signing_in_is_accessible_and_a_wrong_key_is_said(open_studio: StudioFactory) -> None:
    studio = open_studio(signs_in=False)
    expect(studio.page.get_by_label("Author key")).to_be_visible()
    assert findings(studio) == []
    studio.page.get_by_label("Author key").fill("no such key at all")
    studio.press("Enter")
    expect(studio.page.get_by_text("does not know this key")).to_be_visible()
    assert studio.page.evaluate("localStorage.length") == 0


def test_back_and_deep_links(open_studio: StudioFactory, project: str) -> None:
    studio = open_studio(f"projects/{project}/labeling/a.txt?at=20-27")
    expect(studio.text).to_be_focused()
    assert studio.page.evaluate("getSelection().toString()") == "bitcoin"
    studio.page.get_by_role("link", name="Deployments").click()
    expect(studio.page.get_by_role("heading", level=1, name="Deployments")).to_be_visible()
    studio.page.go_back()
    expect(studio.page.get_by_role("heading", level=1, name="a.txt")).to_be_visible()


def test_everything_comes_from_the_service_itself(open_studio: StudioFactory, project: str) -> None:
    studio = open_studio()
    asked: list[str] = []
    studio.page.on("request", lambda request: asked.append(request.url))
    studio.page.reload()
    studio.open_document(project, "a.txt")
    own = studio.page.evaluate("location.origin")
    assert asked
    assert [url for url in asked if not url.startswith(own)] == []


def test_the_text_is_in_the_accessibility_tree_with_its_labels(open_studio: StudioFactory, project: str) -> None:
    studio = open_studio()
    studio.open_document(project, "a.txt")
    expect(studio.text).to_match_aria_snapshot("""
      - application "Text of a.txt":
        - mark: /Tesla.STOCK/
        - text: slid 3% while
        - mark: /bitcoin.CRYPTO/
        - text: held.
    """)
