"""The studio in a real browser: the local stack, a Chromium, and pages that fail a test on any error they log.

What is needed and where it comes from: `make studio` builds what is served; a browser is `chromium` of the system's
packages or `playwright install chromium`. Without them these tests say so and are skipped.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from devhost.stack import Stack
from tests.studio.studio_client import Api, Studio, launch_browser

DIST = Path(__file__).parents[2] / "studio/dist"

ContextFactory = Callable[..., BrowserContext]
StudioFactory = Callable[..., Studio]

# A machine may be busy with anything: what takes long is not wrong.
expect.set_options(timeout=30_000)

# The browser says of every refused request that it failed; pages answer these on purpose.
_EXPECTED = ("Failed to load resource", "net::ERR_")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Without the trainer, which labelling does not need."""
    if not (DIST / "index.html").exists():
        pytest.skip("the studio is not built: make studio")
    folder = tmp_path_factory.mktemp("studio")
    with Stack(data=folder / "data", log=folder / "stack.log", roles=("api",)) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one file: while it is there, playwright's event loop runs in this thread, and no test can have its own."""
    with sync_playwright() as playwright:
        browser = launch_browser(playwright)
        if browser is None:
            pytest.skip("no browser: apt-get install chromium, or playwright install chromium")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def api(stack: Stack) -> Iterator[Api]:
    with httpx.Client(
        base_url=f"{stack.url}/language/authoring/analyze-text/projects",
        headers={"Ocp-Apim-Subscription-Key": stack.key},
        params={"api-version": "2023-04-01"},
        timeout=120,
    ) as client:
        yield Api(client)


@pytest.fixture
def open_studio(stack: Stack, browser: Browser) -> Iterator[StudioFactory]:
    """Opens the studio, signed in, in a browser of its own each time; the page may log no error."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_one(path: str = "", *, scheme: str = "light", signs_in: bool = True) -> Studio:
        context = browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light", viewport={"width": 1280, "height": 800}
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        _watch(page, faults)
        studio = Studio(page, stack.url, stack.key)
        studio.open(path)
        if signs_in:
            studio.sign_in()
        return studio

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


def _watch(page: Page, faults: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(expected in message.text for expected in _EXPECTED):
            faults.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(str(error)))
