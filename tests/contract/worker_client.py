"""The host's side: starts a worker process, has the app indexed, and invokes its functions as the host would."""

import base64
import json
import os
import subprocess
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.contract.worker_environment import REPOSITORY

_ANSWER_SECONDS = 60.0
"""Far more than anything here takes, so that only a fault takes it."""
_HOST = "http://localhost:7071"
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")
"""Nothing else of our environment reaches the app: least of all CONTAINER_NAME, by which a worker knows Azure."""

TypedData = dict[str, Any]
"""A value of the host's protocol: one of `string`, `json`, `bytes` (base64) and `http`, with what it holds."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What the host would send to the client."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class InvocationError(Exception):
    """The function raised: the host would answer 500, or deliver the message again."""


class Worker:
    """A process with Microsoft's worker library and our app; entered means it runs, left means it is gone."""

    def __init__(self, python: Path, settings: Mapping[str, str], *, native: bool = False) -> None:
        self._command = [str(python), str(Path(__file__).with_name("worker_process.py")), *(["--native"] * native)]
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._environment = {**inherited, "PYTHONPATH": str(REPOSITORY), **settings}
        self._ids: dict[str, str] = {}

    def __enter__(self) -> Self:
        # Its standard error is ours, so pytest shows it next to the test that fails.
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            cwd=REPOSITORY,
            encoding="utf-8",
        )
        self._reader = ThreadPoolExecutor(1)
        return self

    def __exit__(self, *_: object) -> None:
        with self._reader, self._process:
            self._process.terminate()

    def initialise(self) -> dict[str, Any]:
        """Has the app imported and indexed; the worker's answer."""
        return self._ask("worker_init_request", {"host_version": "4.0", "function_app_directory": str(REPOSITORY)})

    def index(self) -> dict[str, list[dict[str, Any]]]:
        """The bindings of every function, as the worker tells them to the host.

        Raises:
            InvocationError: the app cannot be indexed.
        """
        _check(self.initialise())
        bindings = {}
        for function in self._ask("functions_metadata_request", {})["functionMetadataResults"]:
            self._ids[function["name"]] = function["functionId"]
            bindings[function["name"]] = [json.loads(binding) for binding in function["rawBindings"]]
            _check(self._ask("function_load_request", {"function_id": function["functionId"]}))
        return bindings

    def invoke(
        self, function: str, inputs: Mapping[str, TypedData], metadata: Mapping[str, TypedData] | None = None
    ) -> TypedData:
        """Runs a function and gives what it returned; empty for nothing.

        Raises:
            InvocationError: it raised.
        """
        request = {
            "invocation_id": str(uuid.uuid4()),
            "function_id": self._ids[function],
            "input_data": [{"name": name, "data": data} for name, data in inputs.items()],
            "trigger_metadata": metadata or {},
        }
        answer = self._ask("invocation_request", request)
        _check(answer)
        returned: TypedData = answer.get("returnValue", {})
        return returned

    def http(
        self,
        function: str,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Sends a request that the host has routed to `function`."""
        url = _HOST + path + (f"?{urlencode(query)}" if query else "")
        request: dict[str, Any] = {
            "method": method,
            "url": url,
            "headers": {name.lower(): value for name, value in (headers or {}).items()},
            "query": dict(parse_qsl(urlsplit(url).query)),
        }
        if content:  # the host sends a body only where there is a Content-Length above 0
            request["headers"]["content-length"] = str(len(content))
            request["body"] = {"bytes": base64.b64encode(content).decode()}
        reply = self.invoke(function, {"req": {"http": request}})["http"]
        return HttpReply(int(reply["statusCode"]), reply.get("headers", {}), _body(reply.get("body", {})))

    def _ask(self, kind: str, message: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({kind: message}) + "\n")
            self._process.stdin.flush()
            line = self._reader.submit(self._process.stdout.readline).result(_ANSWER_SECONDS)
            answer: dict[str, Any] = json.loads(line)
        except (OSError, TimeoutError, ValueError) as error:
            self._process.kill()
            raise AssertionError(f"The worker did not answer a {kind}; its standard error says why.") from error
        return answer


def _body(data: TypedData) -> bytes:
    return base64.b64decode(data["bytes"]) if "bytes" in data else str(data.get("string", "")).encode()


def _check(answer: Mapping[str, Any]) -> None:
    result = answer["result"]
    # Protobuf's JSON form leaves zero values out, and Failure is 0.
    if result.get("status") != "Success":
        raise InvocationError(result.get("exception", {}).get("message", "no reason given"))
