"""Training on what people really bring: a clear error or a warning that names the documents, and no half of a model."""

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="training is not installed")

from onnxruntime.capi.onnxruntime_pybind11_state import InvalidProtobuf

from model_tools.artifact import Artifact
from model_tools.cli import main
from model_tools.documents import Document, Split, write_jsonl
from model_tools.spans import Label

TEXT = "Ana Li lives in Rome."
LABELS = (Label(0, 6, "Name"), Label(16, 20, "City"))

Train = Callable[..., tuple[int, list[Any], Path]]


@pytest.fixture
def quick_recipe(toy_recipe_file: Path, tmp_path: Path) -> Path:
    path = tmp_path / "quick.toml"
    path.write_text(toy_recipe_file.read_text().replace("_steps = 120", "_steps = 2"))
    return path


@pytest.fixture
def train(tmp_path: Path, quick_recipe: Path, capsys: pytest.CaptureFixture[str]) -> Train:
    """Trains on documents, or on the text of a file: exit code, JSON lines but for the progress, model folder."""

    def run(data: list[Document] | str, *options: str) -> tuple[int, list[Any], Path]:
        path, out = tmp_path / "data.jsonl", tmp_path / "models" / "model"
        if isinstance(data, str):
            path.write_text(data)
        else:
            write_jsonl(path, data)
        code = main(["train", str(path), "--out", str(out), "--recipe", str(quick_recipe), *options])
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return code, [line for line in told if "phase" not in line], out

    return run


def good(n: int = 8) -> list[Document]:
    return [document(f"{i}.txt", f"{TEXT} {i}", LABELS, "test" if i % 4 == 3 else "train") for i in range(n)]


def document(
    name: str, text: str, labels: tuple[Label, ...] = (), split: Split | None = "train", language: str = "en"
) -> Document:
    return Document(name, text, labels, language, split)


def line_with(*labels: tuple[int, int]) -> str:
    records = [{"category": "X", "offset": offset, "length": length} for offset, length in labels]
    return json.dumps({"id": "bad.txt", "text": "New York Times", "labels": records})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param("", "There are no documents", id="empty"),
        pytest.param("\n \n", "There are no documents", id="blank lines"),
        pytest.param([document("1", "a b")], "no label at all", id="no label"),
        pytest.param([document("1", TEXT, LABELS, "test")], "None of the 1 documents is for training", id="only test"),
        pytest.param(line_with((0, 8), (4, 10)), "data.jsonl:1: document 'bad.txt': X [4, 14) overlaps", id="overlap"),
        pytest.param(line_with((0, 14), (0, 8)), "document 'bad.txt': X [0, 14) overlaps", id="nested"),
        pytest.param(line_with((4, 80)), "document 'bad.txt': The label ends at 84", id="outside"),
        pytest.param(
            [document(str(i), "\u200b" * i, (Label(0, 1, "X"),)) for i in range(1, 7)],
            "no text that the model could read",
            id="invisible",
        ),
    ],
)
def test_what_cannot_train_is_refused_in_one_line(data: list[Document] | str, message: str, train: Train) -> None:
    code, told, out = train(data)
    assert code == 2
    assert message in told[-1]["error"]["message"]
    assert not out.exists()
    assert not out.parent.exists() or list(out.parent.iterdir()) == []


LONG = (TEXT + " ") * 4546  # 100,000 characters
LONG_LABELS = tuple(
    Label(len(TEXT + " ") * i + label.start, len(TEXT + " ") * i + label.end, label.category)
    for i in range(4546)
    for label in LABELS
)


@pytest.mark.parametrize(
    ("data", "code", "documents"),
    [
        pytest.param([document("1", TEXT, LABELS, None)], "CategoryNotInTest", ["1"], id="one document"),
        pytest.param(
            [*good(), document("acme", "Acme left.", (Label(0, 4, "Firm"),))], "FewLabels", ["acme"], id="one label"
        ),
        pytest.param([*good(), document("void", "\ufeff\u200b")], "EmptyDocument", ["void"], id="an invisible text"),
        pytest.param(
            [*good(120), document("slip", TEXT, (Label(0, 5, "Name"),))], "MisalignedLabel", ["slip"], id="in a word"
        ),
        pytest.param(
            [*good(), document("ghost", TEXT + " \u200b", (Label(22, 23, "Name"),))],
            "EmptyLabel",
            ["ghost"],
            id="an invisible label",
        ),
        pytest.param(
            [*good(), document("twin", f"{TEXT} 0", LABELS, "test")],
            "TestTextInTraining",
            ["twin"],
            id="a text on both sides",
        ),
    ],
)
def test_what_can_train_with_a_warning_names_the_documents(
    data: list[Document], code: str, documents: list[str], train: Train
) -> None:
    exit_code, (told,), out = train(data)
    assert exit_code == 0
    Artifact.open(out)
    found = [one for one in (*told["warnings"], *told["guidance"]) if one["code"] == code]
    assert documents in [one["documents"] for one in found]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([*good(), document("long", LONG, LONG_LABELS, "test")], id="100,000 characters to test"),
        pytest.param([*good(), document("long", LONG, LONG_LABELS)], id="100,000 characters to learn"),
        pytest.param([*good(), document("word", "x" * 100_000, (Label(0, 100_000, "Name"),))], id="one long word"),
        pytest.param([document(str(i), "😀🎉 " * i, (Label(0, 1, "Mood"),)) for i in range(1, 9)], id="emoji"),
    ],
)
def test_odd_texts_train(data: list[Document], train: Train) -> None:
    code, _, out = train(data)
    assert code == 0
    assert Artifact.open(out).manifest.metrics is not None


def test_ideographs_without_blanks_are_learnt_sign_by_sign(train: Train) -> None:
    text = "田中さんは東京に住んでいます。"
    labels = (Label(0, 2, "Name"), Label(5, 7, "City"))
    code, _, out = train([document(f"{i}", text + "。" * i, labels, None, "ja") for i in range(8)])
    manifest = Artifact.open(out).manifest
    assert code == 0
    assert [one.code for one in manifest.warnings if one.code == "MisalignedLabel"] == []


def test_a_terminal_shows_what_there_is_to_mend(
    quick_recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slips = [document(f"slip{i}", TEXT, (Label(0, 5, "Name"),)) for i in range(2)]
    write_jsonl(tmp_path / "data.jsonl", [*good(160), *slips])
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    arguments = ["train", str(tmp_path / "data.jsonl"), "--recipe", str(quick_recipe)]
    assert main([*arguments, "--out", str(tmp_path / "model")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("MisalignedLabel: The label Name [0, 5)") for line in told) == 1
    assert "[slip0, slip1]" in "".join(told)
    assert told[-2].startswith("Micro F1")

    write_jsonl(tmp_path / "data.jsonl", [document("1", TEXT, LABELS, None)])
    assert main([*arguments, "--out", str(tmp_path / "other")]) == 0
    assert "nobody knows how good the model is" in capsys.readouterr().out.splitlines()[-2]


@pytest.mark.parametrize(("split", "message"), [("dev", "there are: train 6, test 2"), ("train", "no documents")])
def test_evaluating_nothing_is_refused(
    split: str, message: str, toy_artifact: Artifact, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "data.jsonl"
    write_jsonl(path, good() if split == "dev" else [])
    assert main(["evaluate", str(toy_artifact.folder), str(path), "--split", split]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "x.jsonl", "--out", "out", "--seed", "-1"],
        ["train", "x.jsonl", "--out", "out", "--seed", "4294967296"],
        ["train", "x.jsonl", "--out", "out", "--threads", "0"],
        ["check-labels", "x.jsonl", "--threads", "many"],
        ["learning-curve", "x.jsonl", "--seed", "1.5"],
        ["compare", "a", "b", "x.jsonl", "--seed", "-1"],
    ],
)
def test_impossible_numbers_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "a whole number from" in capsys.readouterr().err


@pytest.mark.parametrize("config", ["{}", "not JSON", '{"model_type": "unheard of"}'])
def test_a_folder_that_transformers_cannot_read_is_refused(
    config: str, tiny_encoder: Path, quick_recipe: Path, tmp_path: Path, train: Train
) -> None:
    broken = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    for name in ("config.json", "tokenizer_config.json"):
        (broken / name).write_text(config)
    quick_recipe.write_text(quick_recipe.read_text().replace(str(tiny_encoder), str(broken)))
    code, told, out = train(good())
    assert code == 2
    assert "no encoder that transformers can load" in told[-1]["error"]["message"]
    assert list(out.parent.iterdir()) == []


def test_a_full_disk_leaves_no_half_of_a_model(
    train: Train, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(source), None, str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    code, told, out = train(good())
    assert code == 2
    assert "No space left on device. Nothing was written; free some space." in told[-1]["error"]["message"]
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("kept", [1000, -1000, 0])
def test_weights_that_were_cut_off_are_refused(
    kept: int, tiny_encoder: Path, quick_recipe: Path, tmp_path: Path, train: Train
) -> None:
    broken = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    quick_recipe.write_text(quick_recipe.read_text().replace(str(tiny_encoder), str(broken)))
    code, (told,), out = train(good())
    assert code == 2
    assert told["error"]["message"].startswith(f"The weights in {broken} cannot be read: ")
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("tokenizer", "config"),
    [
        pytest.param("{", None, id="not JSON"),
        pytest.param(None, '{"tokenizer_class": "CanineTokenizer"}', id="only a slow one"),
    ],
)
def test_a_tokenizer_that_cannot_serve_is_refused(  # noqa: PLR0917
    tokenizer: str | None, config: str | None, tiny_encoder: Path, quick_recipe: Path, tmp_path: Path, train: Train
) -> None:
    broken = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    if tokenizer is None:
        (broken / "tokenizer.json").unlink()
    else:
        (broken / "tokenizer.json").write_text(tokenizer)
    if config:
        (broken / "tokenizer_config.json").write_text(config)
    quick_recipe.write_text(quick_recipe.read_text().replace(str(tiny_encoder), str(broken)))
    code, (told,), _ = train(good())
    assert code == 2
    assert f"{broken} is no encoder that transformers can load with a fast tokenizer" in told["error"]["message"]


def test_a_window_beyond_the_encoder_s_positions_is_refused(quick_recipe: Path, train: Train) -> None:
    quick_recipe.write_text(quick_recipe.read_text().replace("window = 32", "window = 65"))
    code, (told,), out = train(good())
    assert code == 2
    assert "a window of 65 tokens" in told["error"]["message"]
    assert "reads at most 64 at once" in told["error"]["message"]
    assert list(out.parent.iterdir()) == []


def test_a_disk_that_is_full_for_the_tokenizer(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_text

    def full(self: Path, *arguments: Any, **options: Any) -> int:
        if self.name == "tokenizer.json":
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return write(self, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", full)
    code, (told,), out = train(good())
    assert code == 2
    assert "tokenizer.json: No space left on device. Nothing was written" in told["error"]["message"]
    assert list(out.parent.iterdir()) == []


def test_a_disk_that_is_full_for_onnxruntime(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise InvalidProtobuf("Protobuf serialization failed.")

    monkeypatch.setattr("model_tools.training.export.ort.InferenceSession", full)
    code, (told,), out = train(good())
    assert code == 2
    assert told["error"]["code"] == "ArtifactInvalid"
    assert "Protobuf serialization failed. Is the disk full?" in told["error"]["message"]
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param(MemoryError(), "There is not enough memory.", id="memory"),
        pytest.param(KeyError("of\nours"), "This is a fault of the program.", id="ours"),
    ],
)
def test_what_nobody_foresaw_is_one_line(
    fault: Exception, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_path: Path) -> None:
        raise fault

    monkeypatch.setattr("model_tools.cli.read_jsonl", fail)
    assert main(["train", "data.jsonl", "--out", str(tmp_path / "out"), "--progress", "json"]) == 1
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["code"] == "InternalServerError"
    assert message in error["message"]
    assert captured.err == f"error: {error['message']}\n"
    assert captured.err.count("\n") == 1
    if isinstance(fault, KeyError):
        assert error["message"].startswith("model_tools/cli.py:")
