"""How long prediction takes: our predictor beside transformers, optimum and spaCy, in one run, with the same weights.

`python -m benchmarks.latency [--rounds N] [--threads N] [--cache DIR]`; about eight minutes on two cores, and some more
the first time, when the weights are trained. Every system is a process of its own with the same number of threads;
they take turns, so that a slow moment of the machine hits all. Writes `results/latency.{json,md}` and plots.
"""

import argparse
import json
import os
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tokenizers import Tokenizer

from benchmarks.peers.naive import NaiveTagger
from benchmarks.peers.taggers import SYSTEMS, Span
from benchmarks.speed import peak
from benchmarks.speed.equality import share
from benchmarks.speed.latency_report import OURS, draw, judge, report
from benchmarks.speed.operators import seconds_by_operator
from benchmarks.speed.processes import Worker, first_entity_seconds, interleaved, pin
from benchmarks.speed.results import RESULTS, Figures, machine, percentiles, say
from benchmarks.speed.texts import FINANCE, LENGTHS, SCRIPTS, text_of_characters, texts_by_length, texts_by_script
from benchmarks.speed.weights import CACHE, Weights, prepare
from model_tools.artifact import Artifact

_SLOWER = {"short": 1, "medium": 3, "long": 8, **dict.fromkeys(SCRIPTS, 3)}
"""Longer texts take fewer rounds: every length gets about the same time."""
_STARTS = 5
_BULK_SHARE = 4
"""One bulk round for so many rounds."""
_GROWTH = [1000 * 2**i for i in range(8)]
"""Characters; up to 128,000, the most that Azure takes."""


def main() -> None:
    """Measures, prints the tables, writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="of the short texts (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of every system (default: all cores)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="keeps the weights (default: %(default)s)")
    options = parser.parse_args()
    facts = machine()
    pin(options.threads)
    weights = prepare(options.cache)
    figures: Figures = {
        "machine": facts,
        "threads": options.threads,
        "rounds": options.rounds,
        "weights": weights.about,
        **measure(weights, options.threads, options.rounds),
    }
    targets = judge(figures)
    figures["targets"] = [asdict(target) for target in targets]
    (RESULTS / "latency.json").write_text(json.dumps(figures, indent=1) + "\n")
    text = report(figures, targets)
    (RESULTS / "latency.md").write_text(text)
    draw(figures)
    print(text)


def measure(weights: Weights, threads: int, rounds: int) -> Figures:
    """All figures, in an order that keeps start-up and peaks away from what is loaded."""
    artifact = Artifact.open(weights.nerine)
    tokenizer = Tokenizer.from_file(str(artifact.tokenizer))
    tokenizer.no_truncation()
    texts = texts_by_length(tokenizer)
    tokens = {
        name: statistics.mean(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in group)
        for name, group in texts.items()
    }
    say("time from process start to the first entity")
    figures: Figures = {"tokens": tokens, "first_entity": start_up(weights, threads, min(_STARTS, rounds))}
    say("peaks")
    figures["peaks"] = {"all": asdict(peak.measure(threads)), "one_core": asdict(peak.measure(1))}
    with ExitStack() as stack:
        workers = {system: stack.enter_context(Worker(system, weights.folder, threads)) for system in SYSTEMS}
        figures["memory_mb"] = {name: {"loaded": worker.loaded_bytes / 1e6} for name, worker in workers.items()}
        figures["latency"] = latency(workers, texts, rounds)
        figures["latency_scripts"] = latency(workers, texts_by_script(tokenizer), rounds)
        say("bulk")
        figures["bulk_documents_per_second_per_core"] = bulk(workers, threads, max(1, rounds // _BULK_SHARE))
        say("growth with length")
        figures["growth_seconds"] = growth(workers[OURS], max(1, rounds // _BULK_SHARE))
        figures["stages_seconds"] = {
            name: {stage: seconds / len(group) for stage, seconds in workers[OURS].ask("stages", texts=group).items()}
            for name, group in texts.items()
        }
        for name, worker in workers.items():
            figures["memory_mb"][name]["after"] = worker.ask("memory") / 1e6
        say("equality")
        figures["equality"] = equality(workers, weights, [text for group in texts.values() for text in group])
    window = weights.about["window"]
    figures["operators_seconds"] = {
        f"one window of {n} tokens": seconds_by_operator(artifact.model, n) for n in (LENGTHS["short"], window)
    }
    figures["share_of_peak"] = share_of_peak(figures, weights.about, threads)
    return figures


def start_up(weights: Weights, threads: int, rounds: int) -> dict[str, float]:
    """Median seconds; the first start of each, which fills the disk's cache, is not counted."""
    seconds: dict[str, list[float]] = {system: [] for system in SYSTEMS}
    for n, system in interleaved(list(SYSTEMS), rounds + 1):
        took = first_entity_seconds(system, weights.folder, threads)
        if n:
            seconds[system].append(took)
    return {system: statistics.median(values) for system, values in seconds.items()}


def latency(workers: Mapping[str, Worker], texts: Mapping[str, Sequence[str]], rounds: int) -> Figures:
    """Percentiles by length or script, and by system; a round of warming up first."""
    figures: Figures = {}
    for name, group in texts.items():
        say(f"latency, {name} texts")
        seconds: dict[str, list[float]] = {system: [] for system in workers}
        for n, system in interleaved(list(workers), max(1, rounds // _SLOWER[name]) + 1):
            took = workers[system].ask("time", texts=group if n else group[:2])
            if n:
                seconds[system] += took
        figures[name] = {system: percentiles(values) for system, values in seconds.items()}
    return figures


def bulk(workers: Mapping[str, Worker], threads: int, rounds: int) -> dict[str, float]:
    """All files of the sample in one call: documents a second and core, the median of the rounds."""
    texts = [path.read_bytes().decode() for path in sorted(FINANCE.glob("*/*.txt"))]
    rates: dict[str, list[float]] = {system: [] for system in workers}
    for _, system in interleaved(list(workers), rounds):
        rates[system].append(len(texts) / workers[system].ask("bulk", texts=texts) / threads)
    return {system: statistics.median(values) for system, values in rates.items()}


def growth(worker: Worker, rounds: int) -> dict[int, float]:
    """Median seconds of our predictor by the number of characters of one text."""
    texts = {n: text_of_characters(n) for n in _GROWTH}
    seconds: dict[int, list[float]] = {n: [] for n in _GROWTH}
    for _ in range(rounds):
        for n, text in texts.items():
            seconds[n] += worker.ask("time", texts=[text])
    return {n: statistics.median(values) for n, values in seconds.items()}


def equality(workers: Mapping[str, Worker], weights: Weights, texts: Sequence[str]) -> Figures:
    """Shares of equal entities: of each system with the fp32 network in PyTorch, and of ours with the plain reading."""
    found = {
        system: [[Span(*entity) for entity in entities] for entities in worker.ask("entities", texts=texts)]
        for system, worker in workers.items()
    }
    reference = [[Span(one.start, one.end, one.category) for one in entities] for entities in weights.reference]
    naive = NaiveTagger(weights.nerine)
    return {
        "entities": sum(map(len, reference)),
        "with_fp32_reference": {system: share(spans, reference) for system, spans in found.items()},
        "with_naive_int8": share(found[OURS], [naive.tag(text) for text in texts]),
    }


def share_of_peak(figures: Figures, about: Figures, threads: int) -> dict[str, dict[str, float]]:
    """By length: what the products of the network would take at the peak, over what they take.

    Twice: over the whole prediction, at the peak of all cores; and over the network's part of it, at the peak of the
    cores that have a window to run.
    """
    everywhere, core = (peak.Peaks(**figures["peaks"][name]) for name in ("all", "one_core"))
    shares = {}
    for name, tokens in figures["tokens"].items():
        work = peak.work(round(tokens), about)
        used = min(work.windows, threads)
        shares[name] = {
            "of_prediction": 1000 * work.seconds_at(everywhere) / figures["latency"][name][OURS]["p50_ms"],
            "of_network": work.seconds_at(core) / used / figures["stages_seconds"][name]["model"],
        }
    return shares


if __name__ == "__main__":
    main()
