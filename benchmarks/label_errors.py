"""How well planted label errors are found: `check-labels` beside cleanlab and plain confidence, on the same opinions.

`python -m benchmarks.label_errors [--sets …] [--seeds 0 …] [--cache DIR]`, after
`pip install -r requirements-bench.txt`. In each data set as many errors are planted as it has labels times 5 %
(`benchmarks.planting`); four folds of the recipe `fast` judge all documents; every method ranks findings by the
logits of these same models. The reference data lies beside the repository and is not part of it.

A finding hits a planted error when it shares a code point with it: with the label before or after it was spoiled. One
finding hits one error at most; findings that only touch errors already found are left out, for every method. The sets
have real errors too, and finding one of those counts as a mistake here, so precision is a lower bound; the four that
the loan agreements' description documents are left out.
"""

import argparse
import json
import pickle
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from statistics import mean

from benchmarks.peers.label_rankings import Region, cleanlab_filter, cleanlab_merged, cleanlab_rank, plain_confidence
from benchmarks.planting import KINDS, Planted, plant
from model_tools.documents import Document, read_jsonl
from model_tools.quality.label_errors import find_label_errors
from model_tools.quality.opinion import Opinion
from model_tools.training.process import prepare_process

DATA = Path(__file__).parents[1] / "../shared/data/jsonl"
RESULTS = Path(__file__).parent / "results"
SHARE = 0.05
FOLDS = 4
RECIPE = "fast"

_FIGURES = {
    "precision_at_half_k": "precision at k/2",
    "precision_at_k": "precision at k",
    "recall_at_2k": "recall at 2k",
    "average_precision": "average precision",
}
_KNOWN_ERRORS = {
    ("azure_loan_agreements", "05", "of 5432 Richards Avenue"),
    ("azure_loan_agreements", "06", "Devon"),
    ("azure_loan_agreements", "06", "Torres with a mailing address of 4321 Nash Street"),
    ("azure_loan_agreements", "11", "mailing address of 2948 Ben Street"),
}


def _all(name: str) -> list[Document]:
    return read_jsonl(DATA / f"{name}.jsonl")


def _of_split(name: str, split: str, n: int) -> list[Document]:
    return [document for document in _all(name) if document.split == split][:n]


SETS: dict[str, Callable[[], list[Document]]] = {
    "azure_loan_agreements": lambda: _all("azure_loan_agreements"),
    "crossner_politics": lambda: _of_split("crossner_politics", "train", 200),
    "crossner_ai": lambda: [*_of_split("crossner_ai", "train", 100), *_of_split("crossner_ai", "dev", 100)],
    "prodigy_food_ingredients": lambda: _all("prodigy_food_ingredients")[:400],
    "prodigy_fashion_brands": lambda: _all("prodigy_fashion_brands")[:400],
    "germeval2014_de": lambda: _all("germeval2014_de")[:300],
    "japanese_wikipedia_ner": lambda: _of_split("japanese_wikipedia_ner", "train", 300),
}


@dataclass(frozen=True)
class Spoiled:
    """A data set with planted errors, and what models think of it."""

    documents: list[Document]
    planted: list[Planted]
    categories: list[str]
    opinions: list[Opinion]
    seconds: float
    """Of cross-validation."""


@dataclass(frozen=True)
class Score:
    """One method, one set, one seed. k is the number of planted errors."""

    data: str
    seed: int
    method: str
    n_documents: int
    n_labels: int
    n_planted: int
    precision_at_half_k: float
    precision_at_k: float
    recall_at_2k: float
    average_precision: float
    found_at_2k: dict[str, str]
    """By kind: found of planted."""
    corrected: float | None
    """Share of the found whose proposal restores what was there; None for methods that propose nothing."""
    seconds: float


def spoil(name: str, seed: int, cache: Path | None) -> Spoiled:
    """Plants and cross-validates; `cache` keeps the outcome, so that methods can be compared again without training."""
    documents, planted = plant(SETS[name](), share=SHARE, seed=seed)
    categories = sorted({label.category for document in documents for label in document.labels})
    file = cache and cache / f"{name}.{seed}.pickle"
    if file and file.exists():
        opinions, seconds = pickle.loads(file.read_bytes())
        return Spoiled(documents, planted, categories, opinions, seconds)
    prepare_process()
    from model_tools.quality.crossval import out_of_fold  # noqa: PLC0415 - torch reads its settings once
    from model_tools.training.recipe import load_recipe  # noqa: PLC0415

    begun = time.monotonic()
    opinions = out_of_fold(documents, categories, load_recipe(RECIPE), folds=FOLDS, seed=seed, threads=1)
    seconds = time.monotonic() - begun
    if file:
        file.write_bytes(pickle.dumps((opinions, seconds)))
    return Spoiled(documents, planted, categories, opinions, seconds)


def check_labels(opinions: Sequence[Opinion], categories: Sequence[str]) -> list[Region]:
    """This project's findings."""
    found = find_label_errors(opinions, categories)
    return [Region(one.score, one.document, one.region.start, one.region.end, (one.proposal,)) for one in found]


METHODS: dict[str, Callable[[Sequence[Opinion], Sequence[str]], list[Region]]] = {
    "check-labels": check_labels,
    "cleanlab, tokens merged": cleanlab_merged,
    "cleanlab, tokens": cleanlab_rank,
    "cleanlab, filtered tokens": cleanlab_filter,
    "plain confidence": plain_confidence,
}


def hits(ranking: Iterable[Region], planted: Sequence[Planted]) -> list[tuple[Region, Planted | None]]:
    """The findings that count, each with the planted error that it is the first to touch, or None."""
    by_document: defaultdict[str, list[Planted]] = defaultdict(list)
    for error in planted:
        by_document[error.document].append(error)
    found: set[Planted] = set()
    outcome: list[tuple[Region, Planted | None]] = []
    for region in ranking:
        touched = [
            error
            for error in by_document[region.document]
            if error.region.start < region.end and region.start < error.region.end
        ]
        new = [error for error in touched if error not in found]
        if new or not touched:
            outcome.append((region, new[0] if new else None))
            found.update(new[:1])
    return outcome


def score(name: str, seed: int, method: str, spoiled: Spoiled) -> Score:
    """Ranks with one method and counts."""
    begun = time.monotonic()
    ranking = METHODS[method](spoiled.opinions, spoiled.categories)
    seconds = time.monotonic() - begun
    texts = {document.id: document.text for document in spoiled.documents}
    unknown = [
        one for one in ranking if (name, one.document, texts[one.document][one.start : one.end]) not in _KNOWN_ERRORS
    ]
    outcome = hits(sorted(unknown, key=lambda one: -one.score), spoiled.planted)
    k = len(spoiled.planted)
    is_hit = [error is not None for _, error in outcome]
    precisions = [n / rank for rank, n in enumerate(accumulate(is_hit), start=1)]
    found = [(region, error) for region, error in outcome[: 2 * k] if error]
    n_found, n_planted = Counter(error.kind for _, error in found), Counter(error.kind for error in spoiled.planted)
    corrected = [region.proposals == (error.correction,) for region, error in found if region.proposals]
    return Score(
        data=name,
        seed=seed,
        method=method,
        n_documents=len(spoiled.documents),
        n_labels=sum(len(document.labels) for document in spoiled.documents),
        n_planted=k,
        precision_at_half_k=sum(is_hit[: k // 2]) / (k // 2),
        precision_at_k=sum(is_hit[:k]) / k,
        recall_at_2k=len(found) / k,
        average_precision=sum(precision for precision, one in zip(precisions, is_hit, strict=True) if one) / k,
        found_at_2k={kind: f"{n_found[kind]}/{n_planted[kind]}" for kind in KINDS if n_planted[kind]},
        corrected=mean(corrected) if corrected else None,
        seconds=seconds,
    )


def table(scores: Sequence[Score]) -> str:
    """Markdown: each set and method, mean over seeds."""
    lines = [
        f"| set (documents, planted) | method | {' | '.join(_FIGURES.values())} | found at 2k | right correction |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for data in dict.fromkeys(one.data for one in scores):
        for method in METHODS:
            group = [one for one in scores if (one.data, one.method) == (data, method)]
            if not group:
                continue
            kinds = "; ".join(f"{kind} {_added(one.found_at_2k.get(kind) for one in group)}" for kind in KINDS)
            figures = (mean(getattr(one, figure) for one in group) for figure in _FIGURES)
            head = f"{data} ({group[0].n_documents}, {sum(one.n_planted for one in group)})"
            shares = [one.corrected for one in group if one.corrected is not None]
            corrected = f"{mean(shares):.2f}" if shares else ""
            row = [head, method, *(f"{one:.3f}" for one in figures), kinds, corrected]
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _added(shares: Iterable[str | None]) -> str:
    pairs = [tuple(map(int, share.split("/"))) for share in shares if share]
    return f"{sum(found for found, _ in pairs)}/{sum(n for _, n in pairs)}"


def main() -> None:
    """Runs what was asked for; what was measured before and is not asked for again stays in the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--cache", type=Path, help="a folder that keeps the models' logits")
    options = parser.parse_args()
    if not DATA.exists():
        raise SystemExit(f"The reference data is not beside this checkout ({DATA}).")
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "label_errors.json"
    scores = [Score(**one) for one in json.loads(file.read_text())] if file.exists() else []
    for name in options.sets:
        for seed in options.seeds:
            spoiled = spoil(name, seed, options.cache)
            scores = [one for one in scores if (one.data, one.seed) != (name, seed)]
            scores += [score(name, seed, method, spoiled) for method in METHODS]
            file.write_text(json.dumps([asdict(one) for one in scores], indent=1) + "\n")
            (RESULTS / "label_errors.md").write_text(f"{__doc__}\n{table(scores)}\n")
            print(f"{name} {seed}: {spoiled.seconds:.0f} s of training", flush=True)
    print(table(scores))


if __name__ == "__main__":
    main()
