"""How fast a whole container is analysed, and that every document has exactly one result.

`python -m benchmarks.container_batch [--documents N] [--model FOLDER] [--kill]`: trains a model on the sample with the
recipe `fast` unless one is given, starts the local stack's api, uploads the documents, runs the batch. The devhost is
not the real Functions host and Azurite not a storage account: these are not figures of Azure. With `--kill` the api is
killed half-way and started again; the chunks that it held come back when their leases end, ten minutes later at most.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from azure.storage.blob import BlobServiceClient

from devhost.stack import Stack
from functions.services import Services
from functions.settings import Settings
from functions.stores.deployments import Deployment
from functions.stores.models import TrainedModel
from functions.stores.projects import Project
from model_tools.artifact import Artifact
from model_tools.formats.labels_file import Category

REPOSITORY = Path(__file__).parents[1]
FINANCE = REPOSITORY / "samples/finance"
DATA = REPOSITORY / "../shared/data/jsonl"
RESULTS = Path(__file__).parent / "results/container_batch.json"
PROJECT, MODEL, DEPLOYMENT = "Batch", "batch-1", "batch"
INPUT, OUTPUT, PREFIX = "batch-input", "batch-output", "documents/"
_SHORT = 600
"""Characters of a document, at most."""
_UPLOADERS = 16


def main() -> None:
    """Measures, prints, checks, writes the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000, help="default: %(default)s")
    parser.add_argument("--model", type=Path, help="a model folder; without it, one is trained")
    parser.add_argument("--kill", action="store_true", help="kill the api half-way and start it again")
    options = parser.parse_args()
    with ExitStack() as cleanup:
        scratch = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        model = options.model or train(scratch)
        stack = cleanup.enter_context(Stack(data=scratch / "stack", roles=("api",), log=scratch / "log"))
        register(stack, scratch, Artifact.open(model))
        blobs = cleanup.enter_context(BlobServiceClient.from_connection_string(stack.connection_string))
        texts = documents(options.documents)
        upload(blobs, texts)
        state, seconds = run(stack, kill=options.kill)
        result = check(blobs, state, sorted(texts))
    result |= {
        "seconds": round(seconds, 1),
        "documents_per_second": round(options.documents / seconds, 1),
        "characters": sum(map(len, texts.values())),
        "load_average": round(os.getloadavg()[1], 1),
        "cores": os.cpu_count(),
    }
    say(json.dumps(result, indent=2))
    if not options.kill:  # then most of the time is the wait for leases
        RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def train(scratch: Path) -> Path:
    """A model of the sample, by the command line."""
    data, model = scratch / "finance.jsonl", scratch / "model"
    texts = str(FINANCE / "documents")
    tool = [sys.executable, "-m", "model_tools"]
    convert = ["convert", "--from", "azure", "--to", "jsonl", "--texts", texts, str(FINANCE / "labels.json"), str(data)]
    for command in (convert, ["train", "--recipe", "fast", "--out", str(model), "--progress", "none", str(data)]):
        subprocess.run([*tool, *command], check=True, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    return model


def register(stack: Stack, scratch: Path, artifact: Artifact) -> None:
    """A project with the model deployed, through the service's own stores: the trainer is not what is measured."""
    environment = {"NER_ROLE": "api", "NerStorage": stack.connection_string, "NER_DATA_DIR": str(scratch / "cache")}
    services = Services.build(Settings.from_env(environment))
    now = datetime.now(UTC)
    categories = tuple(map(Category, artifact.manifest.categories))
    services.projects.create(
        Project(
            PROJECT,
            container="documents",
            language="en",
            multilingual=False,
            description=None,
            settings={},
            created=now,
            modified=now,
            categories=categories,
        )
    )
    services.models.upload(PROJECT, MODEL, artifact.paths)
    manifest = artifact.manifest_sha256
    services.models.save(TrainedModel(PROJECT, MODEL, MODEL, manifest, "fast", now, 0, "", {"kind": "manual"}))
    services.deployments.put(Deployment(PROJECT, DEPLOYMENT, MODEL, MODEL, manifest, "fast", now, deployed=now))
    for container in (INPUT, OUTPUT):
        services.storage.create_container(container)


def documents(number: int) -> dict[str, str]:
    """Names and texts: short ones of the data sets, in turn, each with its number."""
    texts = [
        text
        for file in sorted(DATA.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if len(text := json.loads(line)["text"]) <= _SHORT
    ] or [path.read_text(encoding="utf-8") for path in sorted((FINANCE / "unlabelled").glob("*.txt"))]
    return {
        f"{PREFIX}{i // 1000:03d}/{i:06d}.txt": f"{text}\n\nNumber {i}.\n"
        for i, text in zip(range(number), itertools.cycle(texts), strict=False)
    }


def upload(blobs: BlobServiceClient, texts: dict[str, str]) -> None:
    """All documents into the input container."""
    started = time.perf_counter()
    container = blobs.get_container_client(INPUT)
    with ThreadPoolExecutor(_UPLOADERS) as pool:
        list(pool.map(lambda item: container.upload_blob(item[0], item[1].encode()), texts.items()))
    say(f"uploaded {len(texts):,} documents in {time.perf_counter() - started:.1f} s")


def run(stack: Stack, *, kill: bool) -> tuple[dict[str, Any], float]:
    """Starts the batch and waits for its end: its last state, and the seconds that it took."""
    body = {
        "displayName": "benchmark",
        "projectName": PROJECT,
        "deploymentName": DEPLOYMENT,
        "inputContainer": INPUT,
        "inputPrefix": PREFIX,
        "outputContainer": OUTPUT,
    }
    headers, version = {"Ocp-Apim-Subscription-Key": stack.key}, {"api-version": "2023-04-01"}
    with httpx.Client(headers=headers, params=version, timeout=120) as http:
        started = time.perf_counter()
        reply = http.post(f"{stack.url}/language/analyze-text/container-jobs", json=body).raise_for_status()
        path = httpx.URL(reply.headers["operation-location"]).path
        said = 0.0
        while True:
            # The port of an api that was started again is another one.
            state: dict[str, Any] = http.get(f"{stack.url}{path}").raise_for_status().json()
            seconds, result = time.perf_counter() - started, state["result"]
            if state["status"] not in {"notStarted", "running"}:
                return state, seconds
            if seconds - said > 5:
                said = seconds
                counts = f"{result['doneCount']:,} of {result['documentsCount']:,}, {result['failedCount']} failed"
                say(f"{seconds:6.1f} s  {counts}, {result.get('secondsLeft', '?')} s left")
            if kill and result["doneCount"] * 2 >= result["documentsCount"] > 0:
                kill = False
                stack.kill("api")
                say(f"{seconds:6.1f} s  killed the api")
                stack.restart("api")
            time.sleep(0.5)


def check(blobs: BlobServiceClient, state: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Counts of the results.

    Raises:
        SystemExit: a document has none, or several.
    """
    if state["status"] != "succeeded":
        raise SystemExit(f"The batch ended {state['status']}: {state['errors']}")
    content = blobs.get_blob_client(OUTPUT, state["result"]["resultsBlob"]).download_blob().readall()
    lines = [json.loads(line) for line in content.split(b"\n") if line]
    times = Counter(line["name"] for line in lines)
    wrong = [name for name in {*names, *times} if times[name] != 1 or name not in times]
    if wrong or [line["name"] for line in lines] != names:
        raise SystemExit(f"Not one result for each document, in order: {wrong[:10]}")
    say(f"exactly one result for each of {len(names):,} documents, in the order of their names")
    return {
        "documents": len(lines),
        "errors": sum("error" in line for line in lines),
        "entities": sum(len(line.get("entities", ())) for line in lines),
    }


def say(line: str) -> None:
    """Prints at once, also into a file."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
