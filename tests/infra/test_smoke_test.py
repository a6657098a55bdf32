"""The smoke test against a small server that answers as a deployed service would, well and badly."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scripts.smoke_test import PROJECTS, Service, SmokeError, run

KEY = "0123456789abcdef"
Reply = tuple[int, Any]
Answers = dict[str, tuple[list[Reply], list[Reply]]]
"""By path: replies without a key and with it, in order; the last one stays."""


def always(status: int, body: Any) -> tuple[list[Reply], list[Reply]]:
    return [(status, body)], [(status, body)]


def guarded(body: Any) -> tuple[list[Reply], list[Reply]]:
    return [(401, {"error": {"code": "401"}})], [(200, body)]


def answers() -> Answers:
    entity = {"text": "Tesla", "category": "STOCK", "offset": 0, "length": 5, "confidenceScore": 0.9}
    return {
        "/health": always(200, {"status": "healthy"}),
        PROJECTS: guarded({"value": [{"projectName": "Empty"}, {"projectName": "Finance News"}]}),
        f"{PROJECTS}/Empty/deployments": guarded({"value": []}),
        f"{PROJECTS}/Finance%20News/deployments": guarded({"value": [{"deploymentName": "prod"}]}),
        "/language/:analyze-text": guarded({"results": {"documents": [{"id": "1", "entities": [entity]}]}}),
    }


@pytest.fixture
def served() -> Iterator[tuple[Service, Answers]]:
    table = answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            has_key = self.headers.get("ocp-apim-subscription-key") == KEY
            replies = table.get(self.path.partition("?")[0], always(404, {}))[has_key]
            status, body = replies.pop(0) if len(replies) > 1 else replies[0]
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Service(f"http://127.0.0.1:{server.server_port}", KEY), table
        server.shutdown()
        thread.join()


def test_a_working_service(served: tuple[Service, Answers]) -> None:
    found = run(served[0])
    assert found[:2] == ["healthy", "keys are asked for"]
    assert found[2].startswith("Finance News/prod found 1 entities")


def test_a_service_without_a_model(served: tuple[Service, Answers]) -> None:
    service, table = served
    table[f"{PROJECTS}/Finance%20News/deployments"] = guarded({"value": []})
    assert run(service)[2] == "no model is deployed yet, so nothing was predicted"


def test_a_start_is_waited_for(served: tuple[Service, Answers]) -> None:
    service, table = served
    table["/health"] = ([(503, "starting"), (503, "starting"), (200, {})], [])
    pauses: list[float] = []
    assert run(service, sleep=pauses.append)[0] == "healthy"
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("path", "replies", "message"),
    [
        ("/health", always(503, ""), "/health answers 503 after 10 s"),
        (PROJECTS, always(200, {"value": []}), "Without a key, projects are answered with 200"),
        (PROJECTS, always(401, {}), "With the key, projects are answered with 401"),
        ("/language/:analyze-text", guarded({"results": {"documents": []}}), "A prediction of Finance News/prod"),
        ("/language/:analyze-text", always(500, "<html>"), "answered with 500"),
    ],
)
def test_a_service_that_does_not_work(
    path: str, replies: tuple[list[Reply], list[Reply]], message: str, served: tuple[Service, Answers]
) -> None:
    service, table = served
    table[path] = replies
    pauses: list[float] = []
    with pytest.raises(SmokeError, match=message):
        run(service, wait=10, sleep=pauses.append)
    assert len(pauses) == (2 if path == "/health" else 0)


def test_nobody_at_the_address() -> None:
    with pytest.raises(SmokeError, match="answers 0"):
        run(Service("http://127.0.0.1:9", KEY), wait=0)
