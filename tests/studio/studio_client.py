"""The studio as a person uses it, and the service as the tests look behind it."""

import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CATEGORIES = ("STOCK", "CRYPTO", "FOREX")


def launch_browser(playwright: Playwright) -> Browser | None:
    """The system's Chromium, or else playwright's own; None where there is neither."""
    installed = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if installed is None and not Path(playwright.chromium.executable_path).exists():
        return None
    # Containers run tests as root, where Chromium's own sandbox does not start.
    return playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])


class Api:
    """What is in the service, and what somebody else does to it."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def project(
        self, documents: Mapping[str, str], categories: Sequence[str] = CATEGORIES, *, name: str | None = None
    ) -> str:
        """A new project with these documents."""
        name = name or f"Studio-{uuid.uuid4().hex[:8]}"
        body = {
            "projectKind": "CustomEntityRecognition",
            "storageInputContainerName": "documents",
            "language": "en",
            "categories": [{"category": category} for category in categories],
        }
        self.client.patch(f"/{name}", json=body).raise_for_status()
        for location, text in documents.items():
            self.upload(name, location, text)
        return name

    def upload(self, project: str, location: str, text: str) -> None:
        self.client.put(f"/{project}/documents/{quote(location)}", content=text.encode()).raise_for_status()

    def state(self, project: str, location: str) -> dict[str, Any]:
        """The labels of a document with everything around them."""
        reply = self.client.get(f"/{project}/labels/{quote(location)}").raise_for_status()
        state: dict[str, Any] = reply.json()
        return state

    def labels(self, project: str, location: str) -> list[tuple[str, int, int]]:
        """Category, start and end of each label, UTF-16 code units."""
        return [
            (label["category"], label["offset"], label["offset"] + label["length"])
            for label in self.state(project, location)["labels"]
        ]

    def put_labels(self, project: str, location: str, labels: Sequence[tuple[str, int, int]]) -> None:
        wire = [{"category": category, "offset": start, "length": end - start} for category, start, end in labels]
        self.client.put(
            f"/{project}/labels/{quote(location)}",
            json={"labels": wire, "done": False},
            headers={"If-Match": self.state(project, location)["etag"]},
        ).raise_for_status()


class Studio:
    """One browser window with the studio in it."""

    def __init__(self, page: Page, url: str, key: str) -> None:
        self.page = page
        self._url = url
        self._key = key

    def open(self, path: str = "") -> None:
        """`path` is what stands after the hash, such as `projects/News/training`."""
        self.page.goto(f"{self._url}/studio/#/{path}")

    def open_document(self, project: str, location: str) -> None:
        self.open(f"projects/{project}/labeling/{quote(location, safe='')}")
        expect(self.page.get_by_role("heading", level=1, name=location, exact=True)).to_be_visible()
        expect(self.text).to_be_focused()

    def sign_in(self) -> None:
        self.page.get_by_label("Author key").fill(self._key)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page.get_by_label("Author key")).to_be_hidden()

    def another_tab(self) -> "Studio":
        """Of the same browser, signed in."""
        other = Studio(self.page.context.new_page(), self._url, self._key)
        other.open()
        other.sign_in()
        return other

    @property
    def text(self) -> Locator:
        """The text to label."""
        return self.page.get_by_role("application")

    @property
    def menu(self) -> Locator:
        """The entity types that a selection with the mouse offers."""
        return self.page.get_by_role("listbox", name="Entity types")

    @property
    def last_action(self) -> Locator:
        return self.page.get_by_role("status", name="Last action")

    @property
    def saving(self) -> Locator:
        return self.page.get_by_role("status", name="Saving")

    def wait_until_saved(self) -> None:
        expect(self.saving).to_have_text("Saved", timeout=30_000)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, quoted: str) -> None:
        """Selects words with the mouse, from the middle of the first letter to the middle of the last."""
        start, end = (self._rectangle(quoted, edge) for edge in ("first", "last"))
        self.page.mouse.move(start["x"] + 1, start["y"])
        self.page.mouse.down()
        self.page.mouse.move((start["x"] + end["x"]) / 2, (start["y"] + end["y"]) / 2)
        self.page.mouse.move(end["x"] + end["width"] - 1, end["y"])
        self.page.mouse.up()

    def double_click(self, quoted: str) -> None:
        """On its first letter."""
        letter = self._rectangle(quoted, "first")
        self.page.mouse.dblclick(letter["x"] + 2, letter["y"])

    def marks(self) -> list[str]:
        """Category and text of each label on the screen."""
        found: list[str] = self.text.locator("mark").evaluate_all(
            "marks => marks.map(mark => `${mark.dataset.label}: ${mark.textContent}`)"
        )
        return found

    def _rectangle(self, quoted: str, edge: str) -> dict[str, float]:
        """Where the first or last letter of some text stands on the screen."""
        found: dict[str, float] = self.text.evaluate(
            """(container, [quoted, edge]) => {
              const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
              let before = "";
              const places = [];
              for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                for (let i = 0; i < node.length; i++) places.push([node, i]);
                before += node.data;
              }
              const start = before.indexOf(quoted);
              const [node, offset] = places[edge === "first" ? start : start + quoted.length - 1];
              node.parentElement.scrollIntoView({ block: "nearest" });
              const range = document.createRange();
              range.setStart(node, offset);
              range.setEnd(node, offset + 1);
              const { x, y, width, height } = range.getBoundingClientRect();
              return { x, y: y + height / 2, width };
            }""",
            [quoted, edge],
        )
        return found


def exactly(text: str) -> re.Pattern[str]:
    """A pattern for a whole accessible name."""
    return re.compile(f"^{re.escape(text)}$")
