"""The verb `learning-curve`, with a tiny encoder: the whole path in seconds."""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model_tools.documents import Document, write_jsonl
from model_tools.errors import InvalidInputError
from model_tools.progress import Phase
from model_tools.quality.curve_progress import CurveProgress, expected_seconds, expected_tokens
from model_tools.quality.learning_curve_command import add_arguments, plan_line, run
from model_tools.quality.subsets import plan_curve
from model_tools.spans import Label
from model_tools.training.recipe import load_recipe

NAMES = ["Ana Li", "Bo Chen", "Carla Diaz", "Dan Eby", "Eva Fox", "Finn Gray", "Gia Hall", "Hugo Ito"]
CITIES = ["Rome", "Bern", "New York", "Oslo", "Lima", "Cairo"]


def sentence(i: int) -> Document:
    name, city = NAMES[i % 8], CITIES[i % 6]
    text = f"{name} lives in {city} {i}."
    start = len(name) + len(" lives in ")
    labels = (Label(0, len(name), "Name"), Label(start, start + len(city), "City"))
    return Document(f"{i}.txt", text, labels, "en", None)


def sentences(n: int) -> list[Document]:
    return [sentence(i) for i in range(n)]


def run_with(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    run(parser.parse_args([*arguments, "--threads", "1"]))  # models this small only wait for a second one


def written(path: Path, documents: list[Document]) -> str:
    write_jsonl(path, documents)
    return str(path)


@pytest.fixture(scope="module")
def quick_recipe(toy_recipe_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The toy recipe, cut down further: what matters here is what is made of the scores."""
    path = tmp_path_factory.mktemp("recipe") / "quick.toml"
    path.write_text(toy_recipe_file.read_text().replace("steps = 120", "steps = 40"))
    return str(path)


@pytest.fixture
def data(tmp_path: Path) -> str:
    return written(tmp_path / "data.jsonl", sentences(40))


def curve_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    run_with(*arguments, "--json")
    record: dict[str, Any] = json.loads(capsys.readouterr().out)
    return record


def test_json_has_points_fits_forecasts_and_warnings(
    data: str, quick_recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (data, "--recipe", quick_recipe, "--points", "3", "--repeats", "2", "--progress", "none")
    record = curve_of(capsys, *arguments)
    assert set(record["categories"]) == {"Name", "City"}
    assert record["is_out_of_fold"] is True
    assert record["n_judged_documents"] == 16
    overall = record["overall"]
    assert [point["n_documents"] for point in overall["points"]] == [8, 16, 32]
    assert [point["n_labels"] for point in overall["points"]] == [16, 32, 64]
    for point in overall["points"]:
        low, high = point["f1_interval"]
        assert 0 <= low <= point["f1"] <= high <= 1
        assert len(point["repeats"]) == 2
    assert overall["points"][-1]["f1"] > 0.2
    for one in [overall, *record["categories"].values()]:
        assert one["forecast"]["sentence"].endswith(".")
        assert (one["fitted"] is None) <= (one["forecast"]["verdict"] == "cannot_tell")
    assert {warning["code"] for warning in record["warnings"]} == {
        "TestSetSmall",
        "RecipeMatters",
        "LongerTrainingAhead",
    }
    again = curve_of(capsys, *arguments)
    assert {**again, "seconds": 0} == {**record, "seconds": 0}


def test_lines_say_first_what_will_be_done(data: str, quick_recipe: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_with(data, "--recipe", quick_recipe, "--points", "3", "--repeats", "1", "--progress", "json")
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0].startswith("3 trainings with the recipe 'toy' on 8 to 32 documents, judged by documents that take")
    assert [line for line in lines if line.startswith(("all ", "Name ", "City "))]
    progress = [json.loads(line) for line in printed.err.splitlines()]
    assert progress[-1] == {"phase": "done", "percent": 100.0, "seconds_left": 0.0}
    assert [line["percent"] for line in progress] == sorted(line["percent"] for line in progress)


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("{}は東京に住んでいます。", ""),
        ("\U0001f600\U0001f680{}\U0001f469\u200d\U0001f680", ""),
        ("{} is here", " word" * 20_000),
    ],
    ids=["japanese", "emoji", "100,000 characters"],
)
def test_any_text_gets_an_answer(
    text: str, longest: str, tmp_path: Path, quick_recipe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    start = text.index("{")
    odd = [Document(f"{i}", text.format(chr(0x30A2 + i)), (Label(start, start + 1, "X"),), "ja") for i in range(20)]
    odd[0] = replace(odd[0], text=odd[0].text + longest)
    record = curve_of(
        capsys,
        *(written(tmp_path / "odd.jsonl", odd), "--recipe", quick_recipe),
        *("--points", "3", "--repeats", "1", "--progress", "none"),
    )
    assert record["overall"]["forecast"]["verdict"] == "cannot_tell"
    assert record["overall"]["fitted"] is None


@pytest.mark.parametrize(
    ("documents", "arguments", "message"),
    [
        ([], (), "takes 10 different labelled documents"),
        (sentences(1), (), "takes 10 different labelled documents"),
        ([replace(one, labels=()) for one in sentences(40)], (), "takes 10 different labelled documents"),
        (sentences(40), ("--points", "2"), "3 to 8 points"),
        (sentences(40), ("--recipe", "slow"), "no recipe 'slow'"),
    ],
)
def test_what_allows_no_curve_is_refused(
    documents: list[Document], arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        run_with(written(tmp_path / "data.jsonl", documents), *arguments)


def test_the_plan_says_how_long_it_takes() -> None:
    plan = plan_curve(sentences(200), n_repeats=2)
    assert plan_line(plan, load_recipe("fast")) == (
        "10 trainings with the recipe 'fast' on 20 to 160 documents, judged by documents that take turns: "
        "about 2 min on two cores."
    )
    assert expected_seconds(plan, load_recipe("default")) > 2 * expected_seconds(plan, load_recipe("fast"))


def test_progress_weighs_trainings_by_what_they_take() -> None:
    plan, recipe = plan_curve(sentences(4000), n_points=3, n_repeats=1), load_recipe("fast")
    told: list[float] = []

    def listen(phase: Phase, percent: float, seconds_left: float | None) -> None:
        assert phase == "training"
        assert seconds_left is None or seconds_left >= 0
        told.append(percent)

    progress = CurveProgress(listen, plan, recipe)
    progress("training", 50, 1)
    for _ in plan.repeats[0].subsets:
        progress.next_training()
    tokens = expected_tokens(plan, recipe)[0]
    assert tokens == sorted(tokens)
    assert told == pytest.approx(
        [100 * done / sum(tokens) for done in (tokens[0] / 2, tokens[0], tokens[0] + tokens[1], sum(tokens))]
    )
