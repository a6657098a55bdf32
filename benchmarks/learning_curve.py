"""Whether the forecasts of `learning-curve` come true: from half of the documents, against what all of them measure.

`python -m benchmarks.learning_curve [--sets …] [--repeats 1] [--recipe fast] [--cache DIR]`. The data lies beside the
repository and is not part of it. Every finished training is kept in the cache folder, so an interrupted run goes on
where it stopped, and several processes may share the work by taking a set each.

A forecast sees the points up to half of the documents, as the command would with only those, and names F1 at all of
them with its interval. A single training on all documents then says what is true. Beside it stand two forecasts that
cost nothing: F1 stays where it is; F1 goes on along a straight line in the logarithm of the labels.
"""

import argparse
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from model_tools.documents import Document, read_jsonl
from model_tools.evaluation.strict import Counts, count_by_category
from model_tools.quality.forecast import LEVEL, Conclusion, conclude, forecast_f1
from model_tools.quality.measured_curve import MeasuredCurve, TrainingOutcome, measured_curves
from model_tools.quality.subsets import enough_to_judge, nested_subsets
from model_tools.training.fitting import fit
from model_tools.training.recipe import Recipe, load_recipe

DATA = Path(__file__).parents[1] / "../shared/data/jsonl"
RESULTS = Path(__file__).parent / "results"
SETS = ("crossner_politics", "crossner_ai", "prodigy_food_ingredients", "prodigy_fashion_brands")
# Dev documents that train as well, where a set's train split is so small that half of it is hardly a curve.
_DEV_DOCUMENTS = {"crossner_politics": 200, "crossner_ai": 220}
# The first ones only, where trainings would take too long.
_TRAIN_DOCUMENTS = {"prodigy_fashion_brands": 600}
_SEEN = (1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2)
"""Shares of the documents: those of `learning-curve`, were there only half of them."""
_SHARES = (*_SEEN, 1.0)
_ALL = "all labels"


@dataclass(frozen=True)
class Case:
    """One forecast and what came of it; F1 throughout."""

    data: str
    repeat: int
    what: str
    """A category, or all labels."""
    n_labels: int
    """At the last point that the forecast saw."""
    n_labels_ahead: int
    verdict: str
    can_tell: bool
    """Whether the command names an F1 at all."""
    forecast: float
    low: float
    high: float
    measured: float
    stays: float
    straight_line: float

    @property
    def is_covered(self) -> bool:
        """Whether the interval holds what was measured."""
        return self.low <= self.measured <= self.high


def pool(name: str) -> tuple[list[Document], list[Document]]:
    """Documents to train on and to judge by."""
    documents = read_jsonl(DATA / f"{name}.jsonl")
    train = [document for document in documents if document.split == "train"][: _TRAIN_DOCUMENTS.get(name)]
    dev = [replace(one, split="train") for one in documents if one.split == "dev"][: _DEV_DOCUMENTS.get(name, 0)]
    return [*train, *dev], [document for document in documents if document.split == "test"]


def outcomes(name: str, repeat: int, recipe: Recipe, cache: Path) -> Iterator[TrainingOutcome]:
    """One training for each share, from the cache where it is there."""
    train, test = pool(name)
    judges = enough_to_judge(test, 0)
    categories = sorted({label.category for document in train for label in document.labels})
    for share, subset in zip(_SHARES, nested_subsets(train, _SHARES, repeat), strict=True):
        path = cache / f"{name}-{recipe.name}-{repeat}-{share}.json"
        if not path.exists():
            tagger = fit(subset, categories, recipe, seed=repeat).tagger()
            predicted = tagger.predict([document.text for document in judges])
            counts = [count_by_category(one.labels, entities) for one, entities in zip(judges, predicted, strict=True)]
            labels = Counter(label.category for document in subset for label in document.labels)
            _save(path, TrainingOutcome(len(subset), labels, counts))
            print(f"{path.stem}: trained on {len(subset)} documents", flush=True)
        yield _load(path)


def cases(name: str, repeat: int, points: Sequence[TrainingOutcome]) -> Iterator[Case]:
    """The forecast of all labels, and of each category that some power law fits."""
    categories = sorted(points[-1].n_labels)
    overall, curves = measured_curves([points[:-1]], categories, is_out_of_fold=False, seed=0)
    all_ahead, ahead = measured_curves([points[-1:]], categories, is_out_of_fold=False, seed=0)
    conclusion, conclusions = conclude(overall, curves, seed=0)
    for what, seen, after, here in [
        (_ALL, overall, all_ahead, conclusion),
        *((category, curves[category], ahead[category], conclusions[category]) for category in categories),
    ]:
        if here.laws is not None and seen.n_judged_labels:
            yield _case(seen, after, here, data=name, repeat=repeat, what=what)


def table(found: Sequence[Case]) -> str:
    """A Markdown table: how far forecasts were off, in points of F1, and how often their intervals held."""
    groups = {
        "all labels": [one for one in found if one.what == _ALL],
        "a category, where the command tells": [one for one in found if one.what != _ALL and one.can_tell],
        "a category, where it says that it cannot": [one for one in found if one.what != _ALL and not one.can_tell],
    }
    for data in dict.fromkeys(one.data for one in found):
        groups[f"{data}, where it tells"] = [one for one in found if one.data == data and one.can_tell]
    columns = ("forecast of", "cases", "interval held", "its width, median", "error, median", "error, mean")
    naive = ("if F1 stays: median, mean", "if it goes straight on: median, mean")
    lines = [f"| {' | '.join((*columns, *naive))} |", "|---" * len((*columns, *naive)) + "|"]
    return "\n".join([*lines, *(_row(name, group) for name, group in groups.items() if group)])


def _row(name: str, group: Sequence[Case]) -> str:
    forecast, stays, line = (
        100 * np.abs([getattr(one, how) - one.measured for one in group])
        for how in ("forecast", "stays", "straight_line")
    )
    held = sum(one.is_covered for one in group)
    width = np.median([100 * (one.high - one.low) for one in group])
    return (
        f"| {name} | {len(group)} | {held} ({100 * held / len(group):.0f} %) | {width:.1f} | {np.median(forecast):.1f} "
        f"| {np.mean(forecast):.1f} | {np.median(stays):.1f}, {np.mean(stays):.1f} "
        f"| {np.median(line):.1f}, {np.mean(line):.1f} |"
    )


def _case(seen: MeasuredCurve, after: MeasuredCurve, here: Conclusion, *, data: str, repeat: int, what: str) -> Case:
    assert here.laws is not None
    n_ahead = float(after.n_labels[0])
    low, middle, high = forecast_f1(here.laws, n_ahead, seed=0)
    used = seen.n_labels > 0
    line = np.polyval(np.polyfit(np.log(seen.n_labels[used]), seen.f1[used], 1), np.log(n_ahead))
    return Case(
        data=data,
        repeat=repeat,
        what=what,
        n_labels=round(float(seen.n_labels[-1])),
        n_labels_ahead=round(n_ahead),
        verdict=here.forecast.verdict,
        can_tell=here.forecast.at_horizon is not None,
        forecast=middle,
        low=low,
        high=high,
        measured=float(after.f1[0]),
        stays=float(seen.f1[-1]),
        straight_line=float(np.clip(line, 0, 1)),
    )


def _save(path: Path, outcome: TrainingOutcome) -> None:
    record = {
        "n_documents": outcome.n_documents,
        "n_labels": dict(outcome.n_labels),
        "counts": [{category: asdict(here) for category, here in counts.items()} for counts in outcome.counts],
    }
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(record))
    draft.replace(path)


def _load(path: Path) -> TrainingOutcome:
    record = json.loads(path.read_text())
    counts = [{category: Counts(**here) for category, here in one.items()} for one in record["counts"]]
    return TrainingOutcome(record["n_documents"], Counter(record["n_labels"]), counts)


def main() -> None:
    """Measures what is not in the cache, makes the forecasts, prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "learning-curve-benchmark")
    options = parser.parse_args()
    if not DATA.exists():
        raise SystemExit(f"The reference data is not beside this checkout ({DATA}).")
    options.cache.mkdir(parents=True, exist_ok=True)
    recipe = load_recipe(options.recipe)
    found = [
        case
        for name in options.sets
        for repeat in range(options.repeats)
        for case in cases(name, repeat, list(outcomes(name, repeat, recipe, options.cache)))
    ]
    RESULTS.mkdir(exist_ok=True)
    records = [asdict(case) | {"is_covered": case.is_covered} for case in found]
    (RESULTS / "learning_curve.json").write_text(json.dumps(records, indent=1) + "\n")
    text = (
        f"Recipe {recipe.name}, {options.repeats} repeat(s) a set, {os.cpu_count()} cores. Points of F1; the interval "
        f"is meant to hold in {LEVEL:.0f} % of the cases. Made by `python -m benchmarks.learning_curve`.\n\n"
        f"{table(found)}\n"
    )
    (RESULTS / "learning_curve.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
