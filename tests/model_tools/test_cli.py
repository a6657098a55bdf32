"""The command line, as a user and as the training supervisor call it."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import msgspec
import pytest

from model_tools.artifact import Artifact
from model_tools.cli import main
from model_tools.documents import Document, read_jsonl, write_jsonl
from model_tools.errors import NerError
from model_tools.manifest import Threshold

ROOT = Path(__file__).parents[2]
SENTENCE = "Ana Li lives in Rome."


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "model_tools", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_train_ends_with_a_complete_artifact(toy_data: Path, toy_recipe_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    with start("train", str(toy_data), "--out", str(out), "--recipe", str(toy_recipe_file), "--seed", "3") as process:
        stdout, stderr = process.communicate()
    assert (process.returncode, stderr) == (0, "")
    told = lines(stdout)
    assert told[0] == {"phase": "loading", "percent": 0, "seconds_left": None}
    *told, closing = told
    assert told[-1] == {"phase": "done", "percent": 100, "seconds_left": 0}
    assert {"training", "exporting", "quantising", "evaluating"} <= {line["phase"] for line in told}
    assert (closing["folder"], closing["n_documents"]) == (str(out), 12)
    low, high = closing["micro"]["f1_interval"]
    assert 0 < low < closing["micro"]["f1"] <= high
    artifact = Artifact.open(out)
    assert artifact.manifest.seed == 3
    assert artifact.manifest.metrics is not None
    assert artifact.manifest.metrics.n_documents == 12
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_at_once_and_leaves_nothing(
    sent: signal.Signals, code: int, toy_data: Path, tmp_path: Path, toy_recipe_file: Path
) -> None:
    recipe = tmp_path / "long.toml"
    text = toy_recipe_file.read_text()
    recipe.write_text(
        text.replace("min_steps = 120", "min_steps = 100000").replace("max_steps = 120", "max_steps = 100000")
    )
    out = tmp_path / "models" / "model"
    with start("train", str(toy_data), "--out", str(out), "--recipe", str(recipe), "--progress", "json") as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline())["phase"] != "training":
            pass
        process.send_signal(sent)
        _, stderr = process.communicate()
    assert process.returncode == code
    assert "Traceback" not in stderr
    assert list(out.parent.iterdir()) == []


def test_a_killed_training_goes_on_and_ends_the_same(toy_data: Path, toy_recipe_file: Path, tmp_path: Path) -> None:
    def arguments(out: str) -> list[str]:
        return ["train", str(toy_data), "--out", str(tmp_path / out), "--recipe", str(toy_recipe_file)]

    def train(out: str, *options: str) -> list[Any]:
        with start(*arguments(out), *options) as process:
            stdout, stderr = process.communicate()
        assert (process.returncode, stderr) == (0, "")
        return [line["percent"] for line in lines(stdout) if line.get("phase") == "training"]

    checkpoint = tmp_path / "run.pt"
    # The same program, but that it does not wait a minute before it saves its state.
    hasty = (
        "import sys; from model_tools.cli import main; from model_tools.training.checkpoint import Checkpoint;"
        "Checkpoint.__init__.__kwdefaults__['seconds_between'] = 0; sys.exit(main())"
    )
    command = [sys.executable, "-c", hasty, *arguments("killed"), "--checkpoint", str(checkpoint)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline())["percent"] < 30:
            pass
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert checkpoint.exists()
    assert not (tmp_path / "killed").exists()

    resumed, whole = train("killed", "--checkpoint", str(checkpoint)), train("whole")
    assert whole[0] < 30 <= resumed[0]
    assert not checkpoint.exists()
    one, other = (Artifact.open(tmp_path / name) for name in ("killed", "whole"))
    assert one.model.read_bytes() == other.model.read_bytes()
    assert one.evaluation.read_bytes() == other.evaluation.read_bytes()
    assert one.manifest.metrics == other.manifest.metrics


def test_predict(toy_artifact: Artifact, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(toy_artifact.folder), "--text", SENTENCE, "--json"]) == 0
    (answer,) = lines(capsys.readouterr().out)
    assert [(entity["text"], entity["category"]) for entity in answer["entities"]] == [
        ("Ana Li", "Name"),
        ("Rome", "City"),
    ]
    assert (answer["entities"][1]["offset"], answer["entities"][1]["length"]) == (16, 4)

    path = tmp_path / "crlf.txt"
    path.write_bytes(b"we\r\n" + SENTENCE.encode())
    assert main(["predict", str(toy_artifact.folder), "--file", str(path), "--json"]) == 0
    (shifted,) = lines(capsys.readouterr().out)
    assert shifted["entities"][-1]["offset"] == 20

    assert main(["predict", str(toy_artifact.folder), "--text", SENTENCE]) == 0
    assert "Name" in capsys.readouterr().out


def test_predict_and_evaluate_with_thresholds(
    toy_artifact: Artifact, toy_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(toy_artifact.folder, tmp_path / "model")
    thresholds = {"City": Threshold(1.0, 0.9, 0.8)}
    manifest = msgspec.structs.replace(toy_artifact.manifest, thresholds=thresholds, thresholds_fitted_on="dev")
    Artifact.seal(folder, manifest)
    for arguments, expected in ([], {"Name", "City"}), (["--thresholds"], {"Name"}):
        assert main(["predict", str(folder), "--text", SENTENCE, "--json", *arguments]) == 0
        (answer,) = lines(capsys.readouterr().out)
        assert {entity["category"] for entity in answer["entities"]} == expected

    assert main(["evaluate", str(folder), str(toy_data), "--json"]) == 0
    (answer,) = lines(capsys.readouterr().out)
    assert answer["thresholds"]["City"] == {"confidence": 1.0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert answer["thresholds"]["Name"]["f1"] == answer["categories"]["Name"]["f1"]
    assert main(["evaluate", str(folder), str(toy_data)]) == 0
    assert "City: without the entities below a confidence of 1.00, its f1 is 0.000" in capsys.readouterr().out


def test_evaluate(toy_artifact: Artifact, toy_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(toy_artifact.folder), str(toy_data), "--split", "test", "--json"]) == 0
    (answer,) = lines(capsys.readouterr().out)
    assert set(answer) >= {"micro", "macro", "categories", "n_documents"}
    for scores in (answer["micro"], answer["macro"], *answer["categories"].values()):
        assert {"precision", "recall", "f1", "f1_interval"} <= set(scores)
        low, high = scores["f1_interval"]
        assert 0 <= low <= scores["f1"] <= high <= 1
    assert set(answer["categories"]) == {"City", "Name"}
    assert answer["n_documents"] == 12
    metrics = toy_artifact.manifest.metrics
    assert metrics is not None
    assert answer["micro"]["f1"] == metrics.micro_f1

    assert main(["evaluate", str(toy_artifact.folder), str(toy_data), "--split", "all"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told[:3]] == ["City", "Name", "all"]


def test_documents_without_a_split_are_scored_by_the_split_of_the_training(
    toy_artifact: Artifact, toy_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, path = str(toy_artifact.folder), tmp_path / "plain.jsonl"
    write_jsonl(path, [replace(document, split=None) for document in read_jsonl(toy_data)])
    answers = {}
    for name, data, split in (("marked", toy_data, "test"), ("plain", path, "test"), ("seen", path, "all")):
        assert main(["evaluate", model, str(data), "--split", split, "--json"]) == 0
        (answers[name],) = lines(capsys.readouterr().out)
    assert answers["plain"] == answers["marked"]
    assert answers["seen"]["n_documents"] == 48
    codes = {name: [one["code"] for one in answer["guidance"]] for name, answer in answers.items()}
    assert codes["seen"].count("EvaluatedOnTraining") == 1
    assert "EvaluatedOnTraining" not in codes["plain"]

    for split, warned in (("test", False), ("train", True)):
        assert main(["compare", model, model, str(path), "--split", split]) == 0
        assert ("EvaluatedOnTraining: 36 of 36" in capsys.readouterr().out) == warned


@pytest.fixture
def mislabelled(toy_data: Path, tmp_path: Path) -> Path:
    """Toy documents of the dev split whose cities are labelled as names."""
    path = tmp_path / "mislabelled.jsonl"
    documents = [
        replace(
            document,
            split="dev",
            labels=tuple(replace(one, category="Name") for one in document.labels),
        )
        for document in read_jsonl(toy_data)[:4]
    ]
    write_jsonl(path, documents)
    return path


def test_evaluate_shows_every_error_with_its_context_and_says_what_to_do(
    toy_artifact: Artifact, mislabelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["evaluate", str(toy_artifact.folder), str(mislabelled), "--split", "dev"]
    assert main([*arguments, "--json"]) == 0
    (answer,) = lines(capsys.readouterr().out)
    assert answer["schemes"]["exact"]["f1"] > answer["schemes"]["strict"]["f1"]
    assert answer["kinds"]["Name"]["incorrect"] == len(answer["errors"]) >= 4
    for error in answer["errors"]:
        assert error["kind"] == "incorrect"
        assert (error["expected"]["category"], error["predicted"]["category"]) == ("Name", "City")
        assert 0 < error["predicted"]["confidence"] <= 1
        start, end = (error["expected"][name] - error["context_start"] for name in ("start", "end"))
        assert error["context"][start:end] in {"Bern", "Cairo", "Lima", "New York", "Oslo", "Rome"}
    (confused,) = (advice for advice in answer["guidance"] if advice["code"] == "ConfusedCategories")
    assert confused["categories"] == ["City", "Name"]
    assert set(confused["documents"]) == {error["document"] for error in answer["errors"]}
    assert answer["calibration"]["n_entities"] > 0
    # Too few entities to suggest any.
    assert {name: at["confidence"] for name, at in answer["thresholds"].items()} == {"City": 0, "Name": 0}

    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert f"{len(answer['errors'])} incorrect" in told
    assert "ConfusedCategories: 'City' and 'Name' are taken for each other" in told


def test_a_reader_that_goes_away_is_no_error(toy_artifact: Artifact, toy_data: Path) -> None:
    with start("evaluate", str(toy_artifact.folder), str(toy_data), "--json", "--progress", "none") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_compare(toy_artifact: Artifact, toy_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(toy_artifact.folder)
    assert main(["compare", model, model, str(toy_data), "--json"]) == 0
    (answer,) = lines(capsys.readouterr().out)
    assert (answer["winner"], answer["n_documents"], answer["n_resamples"]) == (None, 12, 10_000)
    assert answer["micro"]["difference"] == 0
    assert set(answer["categories"]) == {"City", "Name"}

    assert main(["compare", model, model, str(toy_data), "--split", "all"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == ["EvaluatedOnTraining:", "City", "Name", "macro", "all", "Cannot"]
    assert told[-1] == answer["verdict"]


def test_progress_goes_to_standard_error_and_the_answer_stays_one_document(
    toy_artifact: Artifact, toy_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, data = str(toy_artifact.folder), str(toy_data)
    for arguments in (["evaluate", model, data], ["compare", model, model, data], ["predict", model, "--text", "Rome"]):
        assert main([*arguments, "--json"]) == 0
        captured = capsys.readouterr()
        assert len(lines(captured.out)) == 1
        told = lines(captured.err)
        assert [line["phase"] for line in (told[0], told[-1])] == ["loading", "done"]
        percents = [line["percent"] for line in told]
        assert percents == sorted(percents)
        assert main([*arguments, "--json", "--progress", "none"]) == 0
        assert capsys.readouterr().err == ""


def test_a_bar_that_an_error_cuts_off_ends_its_line(
    toy_artifact: Artifact, toy_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for error, code, said in (NerError("broken"), 2, "error: broken"), (KeyboardInterrupt(), 130, "interrupted"):

        def fail(*_: object, _error: BaseException = error, **__: object) -> None:
            raise _error

        monkeypatch.setattr("model_tools.evaluation.scoring.evaluate_fitted", fail)
        assert main(["evaluate", str(toy_artifact.folder), str(toy_data)]) == code
        assert capsys.readouterr().err.endswith(f"loading\x1b[K\n{said}\n")


def test_export(toy_artifact: Artifact, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "model.zip"
    assert main(["export", str(toy_artifact.folder), str(out)]) == 0
    assert is_zipfile(out)
    assert main(["export", str(toy_artifact.folder), str(out)]) == 2
    assert "left alone" in capsys.readouterr().err


@pytest.fixture
def unlabelled(tmp_path: Path) -> Path:
    path = tmp_path / "unlabelled.jsonl"
    write_jsonl(path, [Document("1", "a b", (), "en", "train")])
    return path


@pytest.fixture
def places(toy_data: Path, toy_artifact: Artifact, unlabelled: Path, tmp_path: Path) -> dict[str, Path]:
    taken, binary = tmp_path / "taken", tmp_path / "binary"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine")
    binary.write_bytes(b"\xff\xfe\x00")
    return {
        "data": toy_data,
        "unlabelled": unlabelled,
        "out": tmp_path / "out",
        "taken": taken,
        "model": toy_artifact.folder,
        "binary": binary,
    }


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["train", "nix.jsonl", "--out", "{out}"], "InvalidArgument", "nix.jsonl", id="no data"),
        pytest.param(
            ["train", "{data}", "--out", "{out}", "--recipe", "nix"], "InvalidArgument", "default, fast", id="no recipe"
        ),
        pytest.param(
            ["train", "{data}", "--out", "{out}", "--categories", "Nix"], "InvalidArgument", "Nix", id="no category"
        ),
        pytest.param(["train", "{unlabelled}", "--out", "{out}"], "InvalidArgument", "no label", id="no labels"),
        pytest.param(["train", "{data}", "--out", "{taken}"], "Conflict", "left alone", id="folder taken"),
        pytest.param(
            ["predict", "{taken}", "--text", "a", "--json"], "ArtifactInvalid", "manifest.json", id="no model"
        ),
        pytest.param(
            ["evaluate", "{model}", "{unlabelled}", "--json"], "InvalidArgument", "split 'test'", id="no test"
        ),
        pytest.param(
            ["compare", "{model}", "{taken}", "{data}", "--json"], "ArtifactInvalid", "manifest.json", id="no model B"
        ),
        pytest.param(
            ["compare", "{model}", "{model}", "{unlabelled}", "--json"], "InvalidArgument", "split 'test'", id="no docs"
        ),
        pytest.param(
            ["predict", "{model}", "--file", "{binary}", "--json"], "InvalidArgument", "binary: not UTF-8", id="no text"
        ),
    ],
)
def test_user_errors_are_one_line_and_exit_2(
    arguments: list[str], code: str, message: str, places: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format_map(places) for argument in arguments]) == 2
    captured = capsys.readouterr()
    error = lines(captured.out)[-1]["error"]
    assert error["code"] == code
    assert message in error["message"]
    assert captured.err == f"error: {error['message']}\n"
    assert not places["out"].exists()


def test_no_progress_means_silence(unlabelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(unlabelled), "--out", str(tmp_path / "out"), "--progress", "none"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1


def test_an_encoder_from_the_hub_without_a_way_to_it(
    toy_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "out"
    assert main(["train", str(toy_data), "--out", str(out), "--recipe", "accurate", "--progress", "none"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: The encoder 'sentence-transformers/all-mpnet-base-v2' is neither a folder")
    assert captured.err.count("\n") == 1
    assert not out.exists()
