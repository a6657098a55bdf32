"""A sample app and a way to run a real host process on it."""

import contextlib
import json
import os
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueClient, QueueServiceClient, TextBase64EncodePolicy

from devhost.azurite import Azurite
from devhost.processes import ChildProcess

T = TypeVar("T")
_REPOSITORY = Path(__file__).parents[2]
_PATIENCE = 20.0
"""Seconds; far more than anything here needs, so that only a fault takes them."""

HOST_JSON = {
    "version": "2.0",
    "extensions": {"http": {"routePrefix": ""}, "queues": {"maxDequeueCount": 3, "maxPollingInterval": "00:00:00.2"}},
    "extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"},
}

SAMPLE_APP = """
import json, os, time
from typing import List
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


def note(**facts):
    with open(os.environ["NOTES"], "a") as file:
        file.write(json.dumps(facts) + "\\n")


@app.route(route="echo/{name?}")
def echo(req: func.HttpRequest) -> func.HttpResponse:
    facts = {
        "method": req.method, "url": req.url, "headers": dict(req.headers), "query": dict(req.params),
        "route": dict(req.route_params), "body": req.get_body().decode(),
    }
    return func.HttpResponse(json.dumps(facts), mimetype="application/json")


@app.route(route="say/{what}", methods=["GET"])
async def say(req: func.HttpRequest):
    what = req.route_params["what"]
    if what == "error":
        raise RuntimeError("secret detail")
    if what == "headers":
        response = func.HttpResponse("x", headers={"X-A": "first", "x-a": "second"})
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2; Path=/")
        return response
    return {"none": None, "text": "hello", "object": '{"body": {"a": 1}, "status": 418}', "number": 7}[what]


@app.route(route="open", auth_level=func.AuthLevel.ANONYMOUS)
def open_door(req: func.HttpRequest) -> str:
    return "open"


@app.route(route="off")
def switched_off(req: func.HttpRequest) -> str:
    return "never"


@app.route(route="jobs", methods=["POST"])
@app.queue_output(arg_name="jobs", queue_name="%PREFIX%-jobs", connection="AzureWebJobsStorage")
def send(req: func.HttpRequest, jobs: func.Out[List[str]]) -> func.HttpResponse:
    jobs.set(json.loads(req.get_body()))
    return func.HttpResponse(status_code=202)


@app.queue_trigger(arg_name="message", queue_name="%PREFIX%-jobs", connection="AzureWebJobsStorage")
@app.blob_output(arg_name="result", path="%PREFIX%-results/{job}.txt", connection="AzureWebJobsStorage")
def work(message: func.QueueMessage, result: func.Out[str], context: func.Context) -> None:
    job = message.get_json()
    note(function=context.function_name, job=job["job"], tries=message.dequeue_count, message=message.id,
         inserted=str(message.insertion_time), receipt=bool(message.pop_receipt))
    time.sleep(job.get("seconds", 0))
    if job.get("fails"):
        raise ValueError("as asked")
    result.set(job["job"])
    note(function="work", done=job["job"])


@app.blob_trigger(arg_name="blob", path="%PREFIX%-docs/{project}/{name}.txt", connection="AzureWebJobsStorage")
def ingest(blob: func.InputStream) -> None:
    text = blob.read().decode()
    note(function="ingest", blob=blob.name, text=text, length=blob.length, uri=blob.uri)
    if text == "bad":
        raise ValueError("as asked")


@app.blob_trigger(arg_name="blob", path="%PREFIX%-events/{name}", connection="AzureWebJobsStorage", source="EventGrid")
def ingest_event(blob: func.InputStream) -> None:
    note(function="ingest_event", blob=blob.name, text=blob.read().decode())


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
def tick(timer: func.TimerRequest) -> None:
    note(function="tick", past_due=timer.past_due)
"""


def wait_for(find: Callable[[], T | None]) -> T:
    """Poll until `find` gives something true, and return it."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


class HostProcess:
    """A host process on a sample app, and what its functions noted."""

    def __init__(self, root: Path, connection_string: str, prefix: str, *options: str, **settings: str) -> None:
        self.prefix = prefix
        self.lines: list[str] = []
        self._notes = root / "notes.jsonl"
        self._notes.touch()
        environment = {
            **os.environ,
            "PYTHONPATH": str(_REPOSITORY),
            "AzureWebJobsStorage": connection_string,
            "AzureFunctionsWebHost__hostid": prefix,
            "PREFIX": prefix,
            "NOTES": str(self._notes),
            **settings,
        }
        command = [sys.executable, "-m", "devhost", "start", "--port=0", f"--script-root={root}", "--scan-interval=0.2"]
        self.process = ChildProcess([*command, *options], on_line=self.lines.append, environment=environment)
        self.http = httpx.Client(base_url=wait_for(self._url))
        assert self.http.get("/admin/host/ping").status_code == 200

    def _url(self) -> str | None:
        assert self.process.exit_code is None, "\n".join(self.lines)
        return next((line.split()[-1] for line in list(self.lines) if "Listening on" in line), None)

    def notes(self, **facts: Any) -> list[dict[str, Any]]:
        """The notes that have all these facts."""
        notes = [json.loads(line) for line in self._notes.read_text().splitlines()]
        return [note for note in notes if facts.items() <= note.items()]

    def noted(self, **facts: Any) -> dict[str, Any]:
        """Wait for a note with these facts."""
        return wait_for(lambda: self.notes(**facts))[0]

    def stop(self) -> int:
        """Drain and return the exit code."""
        self.http.close()
        self.process.stop(10)
        return self.process.wait()


class HostStarter:
    """Starts hosts and ends those that still run when it is left."""

    def __init__(self, azurite: Azurite, folders: pytest.TempPathFactory) -> None:
        self._connection_string = azurite.connection_string
        self._folders = folders
        self._started: list[HostProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for host in self._started:
            host.http.close()
            host.process.kill()

    def start(self, *options: str, prefix: str | None = None, **settings: str) -> HostProcess:
        """Start a host on the sample app; the prefix of an earlier host continues its queues and receipts."""
        root = write_app(self._folders.mktemp("app"), SAMPLE_APP)
        name = prefix or f"t{uuid.uuid4().hex[:10]}"
        self._started.append(HostProcess(root, self._connection_string, name, *options, **settings))
        return self._started[-1]


def write_app(
    root: Path, app: str, *, host_json: dict[str, Any] | None = None, script: str = "function_app.py"
) -> Path:
    """Write a function app into a folder."""
    (root / script).write_text(textwrap.dedent(app))
    (root / "host.json").write_text(json.dumps(host_json or HOST_JSON))
    return root


def run_host_that_fails(root: Path, **settings: str) -> str:
    """Start a host that must not come up; what it says on standard error."""
    environment = {**os.environ, "PYTHONPATH": str(_REPOSITORY), **settings}
    command = [sys.executable, "-m", "devhost", "start", "--port", "0", "--script-root", str(root)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1, done.stdout
    return done.stderr


class Account:
    """The storage account of the tests, for looking and sending."""

    def __init__(self, azurite: Azurite) -> None:
        self.blobs = BlobServiceClient.from_connection_string(azurite.connection_string)
        self._queues = QueueServiceClient.from_connection_string(azurite.connection_string)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.blobs.close()
        self._queues.close()

    def queue(self, name: str) -> QueueClient:
        """A queue whose messages are sent as they are."""
        return self._queues.get_queue_client(name)

    def send(self, name: str, value: object) -> None:
        """Send JSON as the functions expect it."""
        body = TextBase64EncodePolicy().encode(json.dumps(value))
        self.queue(name).send_message(body)

    def peek(self, name: str) -> list[str]:
        """The raw contents of a queue's messages."""
        try:
            return [message.content for message in self.queue(name).peek_messages(max_messages=32)]
        except ResourceNotFoundError:
            return []

    def container(self, name: str) -> ContainerClient:
        """A container, created where it does not exist."""
        container = self.blobs.get_container_client(name)
        # Not asked first: the host's output binding may create it in between.
        with contextlib.suppress(ResourceExistsError):
            container.create_container()
        return container
