"""`python -m benchmarks.ablation [--sets …] [--variants …] [--seeds 0] [--jobs 2]`.

Scores are strict micro F1 on documents that no other benchmark tests on: CrossNER's dev splits, and half of the loan
agreements. What is stored is not run again.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from statistics import mean

import msgspec

from benchmarks.ablation.variants import VARIANTS, Variant
from model_tools.documents import Document, read_jsonl
from model_tools.evaluation.strict import Counts, add_up, count_by_category
from model_tools.training.fitting import fit
from model_tools.training.recipe import load_recipe

DATA = Path(__file__).parents[2] / "../shared/data/jsonl"
STORED = Path(__file__).parents[1] / "results" / "ablation.json"
SETS = ("crossner_ai", "crossner_politics", "azure_loan_agreements")
"""Sets to choose a method by."""


def documents_of(name: str, seed: int) -> tuple[list[Document], list[Document]]:
    """(train, dev); the seed draws the halves of a set that has no dev split."""
    documents = read_jsonl(DATA / f"{name}.jsonl")
    dev = [document for document in documents if document.split == "dev"]
    if dev:
        return [document for document in documents if document.split == "train"], dev
    Random(seed).shuffle(documents)
    half = len(documents) // 2
    return documents[:half], documents[half:]


def f1_of(name: str, variant: Variant, seed: int) -> float:
    """Trains with one thread and scores the network itself, before any quantisation."""
    train, dev = documents_of(name, seed)
    recipe = msgspec.structs.replace(load_recipe("default"), **variant.recipe)
    categories = tuple(sorted({label.category for document in train for label in document.labels}))
    with variant.patched():
        shown = train
        if variant.augment:
            shown = variant.augment(train, Random(seed))
            recipe = msgspec.structs.replace(recipe, epochs=max(1, round(recipe.epochs * len(train) / len(shown))))
        tagger = fit(shown, categories, recipe, seed=seed, threads=1).tagger()
        predicted = tagger.predict([document.text for document in dev])
    counts = (count_by_category(one.labels, entities) for one, entities in zip(dev, predicted, strict=True))
    return sum(add_up(counts).values(), Counts()).f1


def _in_process(name: str, variant: str, seed: int) -> float:
    command = [sys.executable, "-m", "benchmarks.ablation", "--one", name, variant, str(seed)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"{variant} on {name}: {process.stderr[-2000:]}")
    return float(process.stdout.rsplit("F1 ", 1)[1])


def table(rows: Sequence[tuple[str, str, int, float]]) -> str:
    """A Markdown table: the default's F1, and by how many points each variant differs from it, mean over seeds."""
    found = {(name, variant, seed): f1 for name, variant, seed, f1 in rows}
    names = [name for name in SETS if any(row[0] == name for row in rows)]
    lines = [f"| variant | {' | '.join(names)} | mean | seeds |", f"|---|{'---|' * len(names)}---|---|"]
    for variant in VARIANTS:
        seeds = sorted({seed for _, one, seed, _ in rows if one == variant})
        cells, differences = [], []
        for name in names:
            pairs = [
                (found[name, variant, seed], found[name, "default", seed])
                for seed in seeds
                if {(name, variant, seed), (name, "default", seed)} <= found.keys()
            ]
            if not pairs:
                cells.append("")
                continue
            differences.append(100 * mean(f1 - default for f1, default in pairs))
            cells.append(f"{mean(f1 for f1, _ in pairs):.3f}" if variant == "default" else f"{differences[-1]:+.1f}")
        if differences:
            average = "" if variant == "default" else f"{mean(differences):+.1f}"
            lines.append(f"| {variant} | {' | '.join(cells)} | {average} | {len(seeds)} |")
    return "\n".join(lines)


def report(rows: Sequence[tuple[str, str, int, float]]) -> str:
    """The table, and how to read it."""
    wanted = len(VARIANTS) * len(SETS)
    missing = wanted - len({row[:2] for row in rows})
    return (
        "Points of strict micro F1 against the default. A seed alone moves the default by up to two points, so a "
        f"smaller difference on one set means nothing. Not run: {missing} of {wanted} pairs of variant and set."
        f"\n\n{table(rows)}\n"
    )


def main() -> None:
    """Runs what is missing, each run in a process of its own, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, of one thread each")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, variant, seed = options.one
        print(f"F1 {f1_of(name, VARIANTS[variant], int(seed))}")
        return
    rows = [tuple(row) for row in json.loads(STORED.read_text())] if STORED.exists() else []
    done = {row[:3] for row in rows}
    wanted = [
        (name, variant, seed)
        for seed in options.seeds
        for variant in options.variants
        for name in options.sets
        if (name, variant, seed) not in done
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        for (name, variant, seed), f1 in zip(wanted, pool.map(lambda one: _in_process(*one), wanted), strict=True):
            rows.append((name, variant, seed, f1))
            print(name, variant, seed, f"{f1:.4f}", flush=True)
            STORED.write_text(json.dumps(rows, indent=1) + "\n")
    STORED.with_suffix(".md").write_text(report(rows))
    print(report(rows))


if __name__ == "__main__":
    main()
