"""Folds, out-of-fold opinions and the verb `check-labels`, on a tiny encoder."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pytest

from model_tools.documents import Document, read_jsonl, write_jsonl
from model_tools.errors import InvalidInputError
from model_tools.quality import check_labels
from model_tools.spans import Label

pytest.importorskip("torch", reason="training is not installed")

import torch

from model_tools.progress import Phase
from model_tools.quality.crossval import out_of_fold
from model_tools.tags import tag_names
from model_tools.training.fitting import FittedModel, fit
from model_tools.training.recipe import load_recipe

CATEGORIES = ["City", "Name"]


def options(data: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    check_labels.add_arguments(parser)
    return parser.parse_args([str(data), "--progress", "none", "--threads", "1", *more])


@pytest.fixture
def toys(toy_data: Path) -> list[Document]:
    return read_jsonl(toy_data)


@pytest.fixture
def spoiled(toys: list[Document]) -> list[Document]:
    """Documents of which one lacks a label and one has a wrong category."""
    documents = toys[:24]
    first, second = documents[4], documents[8]
    documents[4] = Document(first.id, first.text, first.labels[1:])
    wrong = Label(
        second.labels[0].start, second.labels[0].end, "City" if second.labels[0].category == "Name" else "Name"
    )
    documents[8] = Document(second.id, second.text, (wrong, *second.labels[1:]))
    return documents


def test_opinions_come_in_order_and_progress_never_falls(toy_recipe_file: Path, toys: list[Document]) -> None:
    seen: list[float] = []

    def progress(phase: Phase, percent: float, seconds_left: float | None) -> None:
        assert seconds_left is None or seconds_left >= 0
        seen.append(percent)

    documents = toys[:12]
    recipe = load_recipe(str(toy_recipe_file))
    opinions = out_of_fold(documents, CATEGORIES, recipe, folds=2, threads=1, progress=progress)
    assert [one.document for one in opinions] == documents
    assert all(one.logits.shape == (len(one.units), len(tag_names(CATEGORIES))) for one in opinions)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(100)
    n_labels = sum(len(document.labels) for document in documents)
    assert all(sum(one.n_train_labels.values()) < n_labels for one in opinions)


def test_planted_errors_are_found_with_their_corrections(
    spoiled: list[Document],
    toys: list[Document],
    toy_recipe_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_jsonl(tmp_path / "data.jsonl", spoiled)
    check_labels.run(options(tmp_path / "data.jsonl", "--recipe", str(toy_recipe_file), "--json"))
    record: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (record["n_documents"], record["warnings"]) == (24, [])
    by_document = {one["document"]: one for one in reversed(record["findings"])}
    missing, wrong = by_document[toys[4].id], by_document[toys[8].id]
    assert missing["kind"] == "missing label"
    assert missing["label"] is None
    assert (missing["proposal"]["offset"], missing["proposal"]["category"]) == (
        toys[4].labels[0].start,
        toys[4].labels[0].category,
    )
    assert wrong["kind"] == "wrong category"
    assert wrong["proposal"]["category"] == toys[8].labels[0].category
    assert wrong["label"]["text"] == toys[8].labels[0].text_of(toys[8].text)
    assert all(0 <= one["score"] <= 1 for one in record["findings"])


def test_people_get_lines(
    spoiled: list[Document], hasty_recipe_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_jsonl(tmp_path / "data.jsonl", spoiled)
    check_labels.run(options(tmp_path / "data.jsonl", "--recipe", hasty_recipe_file, "--top", "1"))
    out = capsys.readouterr().out
    assert out.startswith("   1. ")
    assert "   2. " not in out
    assert "24 documents" in out


BAD = {
    "empty": [],
    "one document": [Document("a", "Bo left", (Label(0, 2, "Name"),))],
    "one text twice": [Document(name, "Bo left", (Label(0, 2, "Name"),)) for name in "ab"],
    "no labels": [Document("a", "Bo left"), Document("b", "Al left")],
}


@pytest.mark.parametrize("documents", BAD.values(), ids=BAD)
def test_data_that_cannot_be_checked_is_refused_before_training(documents: list[Document], tmp_path: Path) -> None:
    write_jsonl(tmp_path / "data.jsonl", documents)
    with pytest.raises(InvalidInputError):
        check_labels.run(options(tmp_path / "data.jsonl"))


@pytest.mark.parametrize("more", [("--folds", "1"), ("--top", "0"), ("--recipe", "none")])
def test_options_that_make_no_sense_are_refused(more: tuple[str, str], toys: list[Document], tmp_path: Path) -> None:
    write_jsonl(tmp_path / "data.jsonl", toys[:8])
    with pytest.raises(InvalidInputError):
        check_labels.run(options(tmp_path / "data.jsonl", *more))


def test_the_device_is_chosen_and_a_missing_one_is_refused(
    toys: list[Document], hasty_recipe_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    write_jsonl(tmp_path / "data.jsonl", toys[:8])
    with pytest.raises(InvalidInputError, match="There is no GPU"):
        check_labels.run(options(tmp_path / "data.jsonl", "--recipe", hasty_recipe_file, "--device", "cuda"))


def test_the_models_are_trained_on_the_device(
    toys: list[Document], hasty_recipe_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[torch.device] = []

    def spy(*arguments: Any, device: torch.device, **more: Any) -> FittedModel:
        used.append(device)
        return fit(*arguments, **more)

    monkeypatch.setattr("model_tools.quality.crossval.fit", spy)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    out_of_fold(toys[:6], CATEGORIES, load_recipe(hasty_recipe_file), folds=2, threads=1)
    assert [device.type for device in used] == ["cuda", "cuda"]


@pytest.fixture
def hasty_recipe_file(toy_recipe_file: Path, tmp_path: Path) -> str:
    """The toy recipe with two steps: for tests that do not ask what was learnt."""
    path = tmp_path / "hasty.toml"
    path.write_text(re.sub(r"(min|max)_steps = \d+", r"\1_steps = 2", toy_recipe_file.read_text()))
    return str(path)


ODD = {
    "few documents, rare category": (
        [Document("a", "Bo left Rome", (Label(0, 2, "Name"),)), Document("b", "Al met Bo"), Document("c", "Bo came")],
        {"FewDocuments", "FewLabels", "UnlabelledDocuments"},
    ),
    "no alphabet": (
        [
            Document("a", "東京へ行く", (Label(0, 2, "City"),)),
            Document("b", "😀😀"),
            Document("c", ""),
            Document("d", "東京"),
        ],
        {"FewLabels", "UnlabelledDocuments"},
    ),
    "a long document": (
        [Document("long", "in Rome, " * 500, (Label(3, 7, "City"),)), Document("b", "Rome"), Document("c", "Bern")],
        {"FewDocuments", "FewLabels", "UnlabelledDocuments"},
    ),
    "a label of 100,000 characters": (
        [Document("long", "in Rome, " * 11112, (Label(0, 100_000, "City"),)), Document("b", "Rome")],
        {"FewDocuments", "FewLabels", "UnlabelledDocuments"},
    ),
}


@pytest.mark.parametrize(("documents", "warnings"), ODD.values(), ids=ODD)
def test_odd_data_gives_a_result_with_warnings(
    documents: list[Document],
    warnings: set[str],
    hasty_recipe_file: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_jsonl(tmp_path / "data.jsonl", documents)
    check_labels.run(options(tmp_path / "data.jsonl", "--recipe", hasty_recipe_file, "--json"))
    told = {one["code"]: one["message"] for one in json.loads(capsys.readouterr().out)["warnings"]}
    assert told.keys() == warnings
    assert f"({', '.join(one.id for one in documents if not one.labels)})" in told["UnlabelledDocuments"]
