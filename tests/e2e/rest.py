"""The API without a client, for what the clients do not reach."""

import time
from collections.abc import Callable
from typing import Any

import httpx

FINAL = {"succeeded", "failed", "cancelled", "canceled"}


class Rest:
    """Calls below `/language`, and patience."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def call(self, method: str, path: str, *, status: int = 200, **options: Any) -> httpx.Response:
        response = self.client.request(method, path, **options)
        assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text}"
        return response

    def authoring(self, method: str, path: str, *, status: int = 200, **options: Any) -> httpx.Response:
        return self.call(method, f"/authoring/analyze-text/projects/{path}", status=status, **options)

    def poll(
        self, accepted: httpx.Response, until: Callable[[dict[str, Any]], bool] | None = None, *, seconds: float = 240
    ) -> dict[str, Any]:
        """The first state that is final, or that `until` accepts."""
        assert accepted.status_code == 202, accepted.text
        return self.wait(accepted.headers["operation-location"], until, seconds=seconds)

    def wait(
        self, url: str, until: Callable[[dict[str, Any]], bool] | None = None, *, seconds: float = 240
    ) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            response = self.client.get(url)
            assert response.status_code == 200, response.text
            state: dict[str, Any] = response.json()
            if state["status"] in FINAL or (until is not None and until(state)):
                return state
            assert time.monotonic() < deadline, f"still {state['status']} after {seconds} s: {state}"
            time.sleep(0.3)
