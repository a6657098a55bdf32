"""What prediction costs over HTTP: our local stack beside peers behind the smallest uvicorn app, in one run.

`python -m benchmarks.serving [--rounds N] [--seconds S] [--threads N] [--cache DIR]`; about eight minutes on two cores,
and some more the first time, when weights are trained. The stack is what `make run` starts, with a storage emulator of
its own; its host is faster than the real Functions host, so these are not figures of Azure. The clients share the cores
with what they ask. Writes `results/serving.{json,md}` and plots.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from tokenizers import Tokenizer

from benchmarks.peers.taggers import SYSTEMS
from benchmarks.speed.load import Plan
from benchmarks.speed.processes import Worker, interleaved, pin
from benchmarks.speed.results import RESULTS, Figures, machine, percentiles, say
from benchmarks.speed.sdk import SdkCaller
from benchmarks.speed.served import LocalStack, PeerServer, Predicting
from benchmarks.speed.serving_report import CLIENTS, IN_PROCESS, JOB, SYNC, draw, judge, report
from benchmarks.speed.texts import SCRIPTS, texts_by_length, texts_by_script
from benchmarks.speed.weights import CACHE, Weights, prepare
from model_tools.artifact import Artifact

_CALLS = 25
"""Of each kind in one round at one client."""


def main() -> None:
    """Measures, prints the tables, writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of everything (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of one burst of load (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of every system (default: all cores)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="keeps weights and stack (default: %(default)s)")
    options = parser.parse_args()
    facts = machine()
    pin(options.threads)
    weights = prepare(options.cache)
    say("starting the stack; the first time, it trains its model")
    with ExitStack() as stack:
        local = stack.enter_context(LocalStack(options.cache / "stack", options.threads))
        scale = Scale(options.threads, options.rounds, options.seconds)
        figures: Figures = {"machine": facts, **asdict(scale), **measure(stack, local, weights, scale)}
    targets = judge(figures)
    figures["targets"] = [asdict(target) for target in targets]
    (RESULTS / "serving.json").write_text(json.dumps(figures, indent=1) + "\n")
    text = report(figures, targets)
    (RESULTS / "serving.md").write_text(text)
    draw(figures)
    print(text)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    threads: int
    """Of every system."""
    rounds: int
    seconds: float
    """Of one burst of load."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that is asked over HTTP."""

    process: Predicting
    plans: Mapping[str, Plan]
    """By length or script of the texts."""

    def burst(self, length: str, clients: int, seconds: float) -> dict[str, float]:
        """Answers a second, their percentiles, and the processor time of one answer on both sides."""
        busy = self.process.cpu_seconds
        outcome = self.plans[length].run(clients=clients, seconds=seconds)
        return {
            "per_second": outcome.rate,
            "server_cpu_ms": 1000 * (self.process.cpu_seconds - busy) / outcome.answered,
            "client_cpu_ms": 1000 * outcome.cpu_seconds / outcome.answered,
            "refused": outcome.refused,
            **percentiles(outcome.seconds),
        }


def measure(stack: ExitStack, local: LocalStack, weights: Weights, scale: Scale) -> Figures:
    """All figures; what is started goes on `stack`."""
    texts = sample_texts(weights)
    sdk = SdkCaller(local, texts)
    sdk.call(texts["short"][0])
    figures: Figures = {"memory_mb": {"api with one model": local.predicting.resident_megabytes}}
    # The same model as the api's, in a process with nothing else.
    worker = stack.enter_context(Worker("nerine", served_weights(local), scale.threads))
    servers = {system: stack.enter_context(PeerServer(system, weights.folder, scale.threads)) for system in SYSTEMS}
    asked = {SYNC: Asked(local.predicting, {name: plan(local, group) for name, group in texts.items()})}
    for system, server in servers.items():
        plans = {
            name: Plan(server.url, {}, [json.dumps({"texts": [text]}) for text in group])
            for name, group in texts.items()
        }
        asked[f"{system}, uvicorn"] = Asked(server.predicting, plans)
    say("one client")
    figures["latency"] = one_client(worker, sdk, asked, texts["short"], scale)
    figures["latency_scripts"] = one_client_by_script(asked[SYNC], scale)
    say("many clients, short texts")
    bursting: dict[str, Asked | SdkCaller] = {JOB: sdk, **asked}
    figures["throughput"] = throughput(worker, bursting, "short", texts["short"], scale)
    say("many clients, texts of ten times the length")
    ours = {name: bursting[name] for name in (JOB, SYNC)}
    figures["throughput_medium"] = throughput(worker, ours, "medium", texts["medium"], scale)
    figures["server_timing_ms"] = server_timing(local, texts["short"])
    figures["memory_mb"]["api after the load"] = local.predicting.resident_megabytes
    for system, server in servers.items():
        figures["memory_mb"][f"{system}, uvicorn"] = server.predicting.resident_megabytes
    return figures


def sample_texts(weights: Weights) -> dict[str, list[str]]:
    """By length and by script, as the measurement of latency has them."""
    tokenizer = Tokenizer.from_file(str(Artifact.open(weights.nerine).tokenizer))
    tokenizer.no_truncation()
    return {**texts_by_length(tokenizer), **texts_by_script(tokenizer)}


def served_weights(local: LocalStack) -> Path:
    """A folder as `Worker` wants one, with the model that the api serves."""
    link = Weights(local.data.with_name("served")).nerine
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(local.model.resolve())
    return link.parent


def plan(local: LocalStack, texts: Sequence[str]) -> Plan:
    """Requests of one document each to the synchronous route."""
    return Plan(local.prediction_url, local.headers, [json.dumps(local.body(text)) for text in texts])


def one_client(
    worker: Worker, sdk: SdkCaller, asked: Mapping[str, Asked], texts: Sequence[str], scale: Scale
) -> dict[str, dict[str, float]]:
    """Percentiles of one short text, one after the other."""
    texts = [texts[i % len(texts)] for i in range(_CALLS)]
    seconds: dict[str, list[float]] = {name: [] for name in (IN_PROCESS, JOB, *asked)}
    # More rounds than under load: one at a time takes little.
    for n, name in interleaved(list(seconds), 4 * scale.rounds + 1):
        if name == IN_PROCESS:
            took = worker.ask("time", texts=texts)
        elif name == JOB:
            took = [sdk.call(text) for text in texts]
        else:
            took = asked[name].plans["short"].run(clients=1, seconds=0.5).seconds
        if n:
            seconds[name] += took
    return {name: percentiles(values) for name, values in seconds.items()}


def one_client_by_script(asked: Asked, scale: Scale) -> dict[str, dict[str, float]]:
    """Percentiles of one text of ~400 tokens, one after the other."""
    seconds: dict[str, list[float]] = {script: [] for script in SCRIPTS}
    for n, script in interleaved(list(SCRIPTS), 4 * scale.rounds + 1):
        took = asked.plans[script].run(clients=1, seconds=0.5).seconds
        if n:
            seconds[script] += took
    return {script: percentiles(values) for script, values in seconds.items()}


def throughput(
    worker: Worker, asked: Mapping[str, Asked | SdkCaller], length: str, texts: Sequence[str], scale: Scale
) -> dict[str, dict[int, dict[str, float]]]:
    """By system and number of clients: medians of the rounds."""
    bursts: dict[str, dict[int, list[dict[str, float]]]] = {
        name: {n: [] for n in CLIENTS} for name in (IN_PROCESS, *asked)
    }
    for clients in CLIENTS:
        for _, name in interleaved(list(bursts), scale.rounds):
            if name == IN_PROCESS:
                burst = worker.ask("threads", texts=texts, clients=clients, seconds=scale.seconds)
            else:
                burst = asked[name].burst(length, clients, scale.seconds)
            bursts[name][clients].append(burst)
    return {
        name: {
            n: {figure: statistics.median(one[figure] for one in group) for figure in group[0]}
            for n, group in by_clients.items()
        }
        for name, by_clients in bursts.items()
    }


def server_timing(local: LocalStack, texts: Sequence[str]) -> dict[str, float]:
    """Median milliseconds by stage that the synchronous route says it took, and what is left of the round trip."""
    stages: dict[str, list[float]] = {}
    with httpx.Client(headers=local.headers) as http:
        for text in [*texts, *texts, *texts]:
            begun = time.perf_counter()
            response = http.post(local.prediction_url, json=local.body(text)).raise_for_status()
            left = 1000 * (time.perf_counter() - begun)
            for entry in filter(None, response.headers.get("server-timing", "").split(",")):
                name, _, value = entry.strip().partition(";dur=")
                stages.setdefault(name, []).append(float(value))
                left -= float(value)
            stages.setdefault("HTTP and the rest", []).append(left)
    return {name: statistics.median(values) for name, values in stages.items()}


if __name__ == "__main__":
    main()
