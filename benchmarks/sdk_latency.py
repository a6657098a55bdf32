"""How long one short document takes from the call to its entities, through the local stack.

Side by side in one run, in turn: Microsoft's unmodified Python client (a job: two round trips) and the synchronous
route (one). The devhost is faster than the real Functions host; these are not figures of Azure.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential
from rich.console import Console
from rich.table import Table

from devhost.stack import Stack
from samples.demo import DEPLOYMENT, PROJECT, Demo

TEXT = "Tesla slid 3% while bitcoin held and USD/JPY climbed."
RESULTS = Path(__file__).parent / "results/sdk_latency.json"


def main() -> None:
    """Trains on the sample, then measures; prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100, help="of each kind (default: %(default)s)")
    options = parser.parse_args()
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as scratch, Stack(data=Path(scratch), log=Path(scratch) / "log") as stack:
        Demo(stack, console, {"Start the stack": 0.0}).run()
        client = TextAnalyticsClient(stack.url, AzureKeyCredential(stack.key))
        http = httpx.Client(headers={"Ocp-Apim-Subscription-Key": stack.key}, params={"api-version": "2023-04-01"})
        body = {
            "kind": "CustomEntityRecognition",
            "analysisInput": {"documents": [{"id": "1", "text": TEXT}]},
            "parameters": {"projectName": PROJECT, "deploymentName": DEPLOYMENT},
        }

        def with_client() -> None:
            poller = client.begin_recognize_custom_entities([TEXT], project_name=PROJECT, deployment_name=DEPLOYMENT)
            (result,) = poller.result()
            assert not result.is_error

        def synchronously() -> None:
            http.post(f"{stack.url}/language/:analyze-text", json=body).raise_for_status()

        measured = measure({"Python client (job)": with_client, "synchronous route": synchronously}, options.calls)
    report(console, measured)


def measure(calls: dict[str, Callable[[], None]], times: int) -> dict[str, list[float]]:
    """Milliseconds of every call; the kinds take turns, so that a slow moment hits them all. Ten warm-ups first."""
    measured: dict[str, list[float]] = {name: [] for name in calls}
    for round_number in range(-10, times):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            if round_number >= 0:
                measured[name].append((time.perf_counter() - started) * 1000)
    return measured


def report(console: Console, measured: dict[str, list[float]]) -> None:
    """A table, and the same as JSON."""
    table = Table("call", "calls", "median ms", "p95 ms", "minimum ms", title="One short document, local stack")
    results = {}
    for name, values in measured.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        results[name] = {
            "calls": len(values),
            "median_ms": round(statistics.median(values), 2),
            "p95_ms": round(p95, 2),
            "minimum_ms": round(min(values), 2),
        }
        table.add_row(name, *(str(value) for value in results[name].values()))
    console.print(table)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"cores": os.cpu_count(), "calls": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
