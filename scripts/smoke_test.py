# ruff: noqa: T201 - what a command prints is its result
"""Asks a deployed service whether it works: health, that keys are asked for, and a prediction where there is a model.

    NERINE_KEY=... python -m scripts.smoke_test https://func-api-….azurewebsites.net

NERINE_KEY is an author key, in the environment because arguments show in the list of processes. Uses the standard
library only, so that it runs anywhere. Ends with 1 and the reason if something is wrong.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

API_VERSION = "api-version=2023-04-01"
PROJECTS = "/language/authoring/analyze-text/projects"
TEXT = "Tesla slid 3% while bitcoin held and USD/JPY climbed."
_START_SECONDS = 180.0
"""The first start after a deployment: the package is fetched, roles and keys are looked up."""
_PAUSE_SECONDS = 5.0
_TIMEOUT_SECONDS = 60.0


class SmokeError(Exception):
    """The service does not do what it should."""


@dataclass(frozen=True)
class Service:
    """A deployed service."""

    endpoint: str
    key: str

    def call(self, method: str, path: str, body: Any = None, *, key: bool = True) -> tuple[int, Any]:  # noqa: ANN401
        """Status and JSON of one request; status 0 where nobody answers."""
        request = urllib.request.Request(  # noqa: S310 - the operator's own address
            self.endpoint + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        request.add_header("content-type", "application/json")
        if key:
            request.add_header("ocp-apim-subscription-key", self.key)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310
                return reply.status, _json(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, _json(error.read())
        except OSError as error:
            return 0, {"error": {"message": str(error)}}


def run(service: Service, *, wait: float = _START_SECONDS, sleep: Callable[[float], None] = time.sleep) -> list[str]:
    """All checks; what each found, in order.

    Raises:
        SmokeError: the first one that fails.
    """
    return [_health(service, wait, sleep), _closed(service), _prediction(service)]


def _health(service: Service, wait: float, sleep: Callable[[float], None]) -> str:
    """Until it answers, since a deployment returns before the app has started."""
    waited = 0.0
    while True:
        status, body = service.call("GET", "/health", key=False)
        if status == HTTPStatus.OK:
            return "healthy"
        if waited >= wait:
            raise SmokeError(f"/health answers {status} after {waited:.0f} s: {json.dumps(body)}")
        sleep(_PAUSE_SECONDS)
        waited += _PAUSE_SECONDS


def _closed(service: Service) -> str:
    status, _ = service.call("GET", f"{PROJECTS}?{API_VERSION}", key=False)
    if status != HTTPStatus.UNAUTHORIZED:
        raise SmokeError(f"Without a key, projects are answered with {status} instead of 401.")
    return "keys are asked for"


def _prediction(service: Service) -> str:
    status, body = service.call("GET", f"{PROJECTS}?{API_VERSION}")
    if status != HTTPStatus.OK:
        raise SmokeError(f"With the key, projects are answered with {status}: {json.dumps(body)}")
    for project in body["value"]:
        name = project["projectName"]
        status, deployments = service.call("GET", f"{PROJECTS}/{urllib.parse.quote(name)}/deployments?{API_VERSION}")
        if status == HTTPStatus.OK and deployments["value"]:
            return _predict(service, name, deployments["value"][0]["deploymentName"])
    return "no model is deployed yet, so nothing was predicted"


def _predict(service: Service, project: str, deployment: str) -> str:
    task = {
        "kind": "CustomEntityRecognition",
        "analysisInput": {"documents": [{"id": "1", "text": TEXT}]},
        "parameters": {"projectName": project, "deploymentName": deployment},
    }
    status, body = service.call("POST", f"/language/:analyze-text?{API_VERSION}", task)
    if status != HTTPStatus.OK or len(body["results"]["documents"]) != 1:
        raise SmokeError(f"A prediction of {project}/{deployment} is answered with {status}: {json.dumps(body)}")
    entities = body["results"]["documents"][0]["entities"]
    return f"{project}/{deployment} found {len(entities)} entities in {TEXT!r}"


def _json(content: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(content)
    except ValueError:
        return {"error": {"message": content[:200].decode(errors="replace")}}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("endpoint")
    arguments = parser.parse_args()
    key = os.environ.get("NERINE_KEY")
    if not key:
        sys.exit("Set NERINE_KEY to an author key.")
    try:
        for found in run(Service(arguments.endpoint.rstrip("/"), key)):
            print(f"ok: {found}")
    except SmokeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
