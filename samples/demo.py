"""The whole loop on the sample project: files in, labels in, train, evaluate, deploy, entities out.

Everything is real: Azurite for storage, the functions with their bindings in two local hosts, Microsoft's own client
for predictions. Run it with `make demo`.
"""

import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from azure.ai.textanalytics import RecognizeCustomEntitiesResult, TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential
from azure.storage.blob import BlobServiceClient
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from devhost.stack import Stack
from model_tools.errors import NerError

FINANCE = Path(__file__).parent / "finance"
PROJECT, MODEL, DEPLOYMENT = "FinanceNews", "finance-1", "FinDep"
CONTAINER = "documents"
API_VERSION = "2023-04-01"
COLOURS = {"STOCK": "black on bright_cyan", "CRYPTO": "black on bright_yellow", "FOREX": "black on bright_green"}
_BATCH = 10
"""Documents in one call of the client; the service takes up to 25."""
_INGEST_SECONDS = 120


class DemoError(Exception):
    """The demonstration cannot go on; the message says why."""


@dataclass
class Demo:
    """One run against a started stack."""

    stack: Stack
    console: Console
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=f"{self.stack.url}/language/authoring/analyze-text/projects",
            headers={"Ocp-Apim-Subscription-Key": self.stack.key},
            params={"api-version": API_VERSION},
            timeout=240,
        )

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announces a step and remembers how long it took."""
        self.console.print(f"\n[bold]{len(self.seconds)}. {title}[/bold]")
        started = time.perf_counter()
        yield
        self.seconds[title] = time.perf_counter() - started

    def run(self) -> None:
        """All steps in order.

        Raises:
            DemoError: a step did not do what it should.
        """
        with self.step("Create the project"):
            body = {"projectKind": "CustomEntityRecognition", "storageInputContainerName": CONTAINER, "language": "en"}
            self.call("PATCH", f"/{PROJECT}", json=body)
        with self.step("Upload the sample's files into the container; the blob trigger ingests them"):
            self.upload_and_wait()
        with self.step("Import the labels (Azure's labels file) through the authoring API"):
            job = self.wait(self.call("POST", f"/{PROJECT}/:import", content=(FINANCE / "labels.json").read_bytes()))
            self.console.print(f"   import {job['status']}")
        with self.step("Train, evaluate, export to ONNX, quantise"):
            self.train()
        with self.step("Read the evaluation of the model that will be served"):
            self.show_evaluation()
        with self.step(f"Deploy as {DEPLOYMENT}"):
            self.wait(self.call("PUT", f"/{PROJECT}/deployments/{DEPLOYMENT}", json={"trainedModelLabel": MODEL}))
        texts = {path.name: path.read_bytes().decode() for path in sorted((FINANCE / "unlabelled").glob("*.txt"))}
        with self.step(f"Find the entities of {len(texts)} new documents with azure-ai-textanalytics"):
            self.predict_with_client(texts)
        with self.step("Ask the synchronous route, with curl"):
            self.predict_with_curl()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - of httpx
        """One request to the authoring API.

        Raises:
            DemoError: the answer is an error.
        """
        response = self.http.request(method, path, **options)
        if response.is_error:
            raise DemoError(f"{method} {path} answered {response.status_code}: {response.text}")
        return response

    def wait(
        self, accepted: httpx.Response, on_state: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Polls a long-running operation to its end.

        Raises:
            DemoError: it failed.
        """
        while True:
            state: dict[str, Any] = self.http.get(accepted.headers["operation-location"]).json()
            if on_state:
                on_state(state)
            if state["status"] == "succeeded":
                return state
            if state["status"] not in {"notStarted", "running"}:
                raise DemoError(f"The operation {state['status']}: {state.get('errors')}")
            time.sleep(0.5)

    def upload_and_wait(self) -> None:
        """Files into the shared container; then patience until the trigger has seen them all."""
        container = BlobServiceClient.from_connection_string(self.stack.connection_string).get_container_client(
            CONTAINER
        )
        files = sorted((FINANCE / "documents").glob("*.txt"))
        for file in files:
            container.upload_blob(f"{PROJECT}/{file.name}", file.read_bytes(), overwrite=True)
        deadline = time.monotonic() + _INGEST_SECONDS
        while True:
            documents = self.call("GET", f"/{PROJECT}/documents").json()["value"]
            if len(documents) >= len(files):
                break
            if time.monotonic() > deadline:
                raise DemoError(f"Only {len(documents)} of {len(files)} files were ingested in {_INGEST_SECONDS} s.")
            time.sleep(0.5)
        ingested = sum(document["status"] == "ingested" for document in documents)
        characters = sum(document["characters"] for document in documents)
        self.console.print(f"   {ingested} documents ingested, {characters:,} characters")

    def train(self) -> None:
        """Starts a training job and shows its progress."""
        options = {"modelLabel": MODEL, "trainingConfigVersion": "2022-05-01", "evaluationOptions": {"kind": "manual"}}
        accepted = self.call("POST", f"/{PROJECT}/:train", json=options)
        columns = (
            TextColumn("  "),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            bar = progress.add_task("queued", total=100)

            def show(state: dict[str, Any]) -> None:
                result = state["result"]
                percent = max(
                    result["trainingStatus"]["percentComplete"], result["evaluationStatus"]["percentComplete"]
                )
                left = f", about {result['secondsLeft']} s left" if "secondsLeft" in result else ""
                progress.update(bar, completed=percent, description=f"{result['phase']}{left}")

            self.wait(accepted, show)

    def show_evaluation(self) -> None:
        """Precision, recall and F1 per category, on documents that the model has not seen."""
        answer = self.call("GET", f"/{PROJECT}/models/{MODEL}/evaluation/summary-result").json()
        evaluation = answer["customEntityRecognitionEvaluation"]
        table = Table("category", "precision", "recall", "F1", "95 % interval", "found", "missed", "spurious")
        for column in table.columns[1:]:
            column.justify = "right"
        for category, scores in evaluation["entities"].items():
            table.add_row(
                category,
                *(f"{scores[name]:.3f}" for name in ("precision", "recall", "f1")),
                interval(scores["f1Interval"]),
                *(str(scores[name]) for name in ("truePositiveCount", "falseNegativeCount", "falsePositiveCount")),
            )
        table.add_section()
        for name in ("micro", "macro"):
            figures = (f"{evaluation[f'{name}{figure}']:.3f}" for figure in ("Precision", "Recall", "F1"))
            table.add_row(name, *figures, interval(evaluation[f"{name}F1Interval"]))
        self.console.print(table)
        self.console.print(f"   strict span match on {evaluation['documentsCount']} test documents")

    def predict_with_client(self, texts: Mapping[str, str]) -> None:
        """The official client, as it comes: only endpoint and key are ours."""
        client = TextAnalyticsClient(self.stack.url, AzureKeyCredential(self.stack.key))
        names, found = list(texts), 0
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            poller = client.begin_recognize_custom_entities(
                [texts[name] for name in batch], project_name=PROJECT, deployment_name=DEPLOYMENT
            )
            for name, result in zip(batch, poller.result(), strict=True):
                if not isinstance(result, RecognizeCustomEntitiesResult):
                    raise DemoError(f"{name}: {result}")
                entities = [(entity.offset, entity.length, entity.category) for entity in result.entities]
                found += len(entities)
                line = highlighted(texts[name], entities, has_colour=self.console.color_system is not None)
                self.console.print(Text(f"   {name} ", "dim"), line, soft_wrap=True)
        if not found:
            raise DemoError("The model found no entity in any of the new documents.")
        legend = Text("   ").join(Text(f" {category} ", style) for category, style in COLOURS.items())
        self.console.print(Text("\n   "), legend, f"  {found} entities", sep="")

    def predict_with_curl(self) -> None:
        """One round trip, for those who have no client."""
        body = (
            '{"kind":"CustomEntityRecognition","analysisInput":{"documents":[{"id":"1","text":'
            '"Tesla slid 3% while bitcoin held and USD/JPY climbed."}]},'
            f'"parameters":{{"projectName":"{PROJECT}","deploymentName":"{DEPLOYMENT}"}}}}'
        )
        url = f"{self.stack.url}/language/:analyze-text?api-version={API_VERSION}"
        command = ["curl", "--silent", "--show-error", "--fail-with-body", url, "--data", body]
        command += ["--header", "Content-Type: application/json"]
        self.console.print(Text(f"   {shlex.join(command)} --header 'Ocp-Apim-Subscription-Key: …'"), soft_wrap=True)
        if shutil.which("curl") is None:
            self.console.print("   (curl is not installed here, so the same request goes out from Python.)")
            self.console.print_json(self.http.post(url, content=body).text)
            return
        # The key goes through standard input: arguments are visible to every process of the machine.
        answer = subprocess.run(  # noqa: S603 - no shell, and all of it is ours
            [*command, "--header", "@-"],
            input=f"Ocp-Apim-Subscription-Key: {self.stack.key}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise DemoError(f"curl: {answer.stderr}{answer.stdout}")
        self.console.print_json(answer.stdout)


def interval(bounds: Sequence[float]) -> str:
    """Of a score: lower and upper bound."""
    low, high = bounds
    return f"{low:.3f} to {high:.3f}"


def highlighted(text: str, entities: list[tuple[int, int, str]], *, has_colour: bool) -> Text:
    """The text on one line, with its entities in colour, or in brackets where there is none.

    Offsets and lengths are in code points.
    """
    styled, end = Text(), 0
    for offset, length, category in entities:
        styled.append(text[end:offset])
        end = offset + length
        mention = text[offset:end]
        styled.append(mention if has_colour else f"[{mention}|{category}]", COLOURS.get(category, "reverse"))
    styled.append(text[end:])
    return Text(" ").join(part for part in styled.split("\n") if part.plain.strip())


def main() -> int:
    """Exit code 0 when every step did what it should."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="nerine-demo-") as scratch:
        log = Path(scratch) / "stack.log"
        try:
            console.print("Starting Azurite, the api and the trainer …")
            started = time.perf_counter()
            with Stack(data=Path(scratch) / "data", log=log) as stack:
                demo = Demo(stack, console, {"Start the stack": time.perf_counter() - started})
                demo.run()
        except (DemoError, NerError, OSError, httpx.HTTPError) as error:
            console.print(f"[red]{error}[/red]")
            console.print(Text("".join(log.read_text().splitlines(keepends=True)[-20:]) if log.exists() else ""))
            return 1
        except KeyboardInterrupt:
            return 130
    summary = Table("step", "seconds", title="How long it took")
    summary.columns[1].justify = "right"
    for title, seconds in demo.seconds.items():
        summary.add_row(title, f"{seconds:.1f}")
    summary.add_section()
    summary.add_row("all", f"{sum(demo.seconds.values()):.1f}")
    console.print(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
