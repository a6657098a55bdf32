"""What is asked over HTTP: our local stack as `make run` starts it, and peers behind the smallest web service."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from benchmarks.speed.processes import environment
from benchmarks.speed.texts import FINANCE
from benchmarks.speed.weights import MADE_BY, RECIPE, digest_of

PROJECT, DEPLOYMENT, API_VERSION = "Bench", "bench", "2023-04-01"
_READY = re.compile(r"Nerine is ready: (\S+)")


class Predicting:
    """The process that predicts, seen from outside."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    @property
    def resident_megabytes(self) -> float:
        """Now."""
        return float(self._process.memory_info().rss / 1e6)

    @property
    def cpu_seconds(self) -> float:
        """Since its start, in all threads."""
        times = self._process.cpu_times()
        return float(times.user + times.system)


class _Process:
    """A child that says on its output when it is ready; its later output is read and dropped."""

    def __init__(self, command: list[str], env: Mapping[str, str], ready: re.Pattern[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if not os.environ.get("NERINE_BENCH_LOUD") else None,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = ready.search(line)
            if found:
                self.said: str = found[1]
                break
        else:
            raise SystemExit(f"{command[0]} ended with {self._process.wait()}; NERINE_BENCH_LOUD=1 shows why")
        threading.Thread(target=lambda: [None for _ in self._process.stdout or ()], daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        return self._process.pid


class PeerServer(_Process):
    """`benchmarks.peers.server` with one system."""

    def __init__(self, system: str, folder: Path, threads: int) -> None:
        command = ["benchmarks.peers.server", system, str(folder), str(threads)]
        super().__init__(command, environment(threads), re.compile(r"PORT (\d+)"))
        self.url = f"http://127.0.0.1:{self.said}/"

    @property
    def predicting(self) -> Predicting:
        """The process."""
        return Predicting(self.pid)


class LocalStack(_Process):
    """`python -m devhost run`, as `make run` starts it, with its own Azurite on free ports and a deployed model.

    Args:
        data: kept; a model is trained by the service only where none is deployed yet.
        threads: of one prediction.
    """

    def __init__(self, data: Path, threads: int) -> None:
        self.data = data
        env = {**environment(threads), "NER_THREADS": str(threads)}
        super().__init__(["devhost", "run", "--port", "0", "--data", str(data)], env, _READY)
        self.url = self.said
        self.key = (data / "key").read_text().strip()

    def __enter__(self) -> Self:
        with httpx.Client(
            base_url=f"{self.url}/language/authoring/analyze-text/projects",
            headers={"Ocp-Apim-Subscription-Key": self.key},
            params={"api-version": API_VERSION},
            timeout=240,
        ) as http:
            _deploy(http, model=f"model-{digest_of(*MADE_BY)}")
        return self

    @property
    def prediction_url(self) -> str:
        """Of the synchronous route."""
        return f"{self.url}/language/:analyze-text?api-version={API_VERSION}"

    @property
    def headers(self) -> dict[str, str]:
        """What a request needs."""
        return {"Ocp-Apim-Subscription-Key": self.key}

    def body(self, text: str) -> dict[str, Any]:
        """A request for the entities of one text."""
        return {
            "kind": "CustomEntityRecognition",
            "analysisInput": {"documents": [{"id": "1", "text": text}]},
            "parameters": {"projectName": PROJECT, "deploymentName": DEPLOYMENT},
        }

    @property
    def model(self) -> Path:
        """The folder that the api loaded its model from."""
        manifests = list((self.data / "cache").rglob("manifest.json"))
        return max(manifests, key=lambda path: path.stat().st_mtime).parent

    @property
    def predicting(self) -> Predicting:
        """The host of the api."""
        children = psutil.Process(self.pid).children(recursive=True)
        (host,) = (one for one in children if one.environ().get("NER_ROLE") == "api" and "start" in one.cmdline())
        return Predicting(host.pid)


def _deploy(http: httpx.Client, model: str) -> None:
    """The sample project through the REST contract, as far as it is not there: some minutes the first time."""
    if http.get(f"/{PROJECT}").status_code != 200:
        body = {
            "projectKind": "CustomEntityRecognition",
            "storageInputContainerName": "documents",
            "language": "en",
        }
        http.patch(f"/{PROJECT}", json=body).raise_for_status()
        for file in sorted((FINANCE / "documents").iterdir()):
            http.put(f"/{PROJECT}/documents/{file.name}", content=file.read_bytes()).raise_for_status()
        _wait(http, http.post(f"/{PROJECT}/:import", content=(FINANCE / "labels.json").read_bytes()))
    if http.get(f"/{PROJECT}/models/{model}").status_code != 200:
        options = {"modelLabel": model, "trainingConfigVersion": RECIPE, "evaluationOptions": {"kind": "manual"}}
        _wait(http, http.post(f"/{PROJECT}/:train", json=options))
    _wait(http, http.put(f"/{PROJECT}/deployments/{DEPLOYMENT}", json={"trainedModelLabel": model}))


def _wait(http: httpx.Client, accepted: httpx.Response) -> None:
    accepted.raise_for_status()
    while True:
        state = http.get(accepted.headers["operation-location"]).raise_for_status().json()
        if state["status"] == "succeeded":
            return
        if state["status"] not in {"notStarted", "running"}:
            raise SystemExit(f"The local stack: {state}")
        time.sleep(0.5)
