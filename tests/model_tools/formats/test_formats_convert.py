"""The verb `convert`, as a user calls it."""

import json
import os
from pathlib import Path

import pytest

from model_tools.cli import main
from model_tools.documents import Document, read_jsonl, write_jsonl
from model_tools.formats.registry import FORMATS
from model_tools.spans import Label

DOCUMENTS = [
    Document("1", "Ana Li lives in Rome 😀 and Bern .", (Label(0, 6, "Name"), Label(16, 20, "City"), Label(27, 31, "City")), "en", "train"),
    Document("2", "Nobody is here", (), "en", "test"),
]  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    write_jsonl(path, DOCUMENTS)
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_there_and_back(name: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there, back, texts = tmp_path / "there", tmp_path / "back.jsonl", str(tmp_path / "texts")
    assert main(["convert", str(data), str(there), "--from", "jsonl", "--to", name, "--texts", texts]) == 0
    assert main(["convert", str(there), str(back), "--from", name, "--to", "jsonl", "--texts", texts]) == 0
    assert [(one.text, one.labels) for one in read_jsonl(back)] == [(one.text, one.labels) for one in DOCUMENTS]
    assert "2 documents, 3 labels (City 2, Name 1)" in capsys.readouterr().out
    assert not list(tmp_path.glob(".*"))


def test_the_report_as_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(['{"label": []}'] * 5 + ['{"text": "a", "label": [[0, 1, "P"]]}']))
    out = tmp_path / "out.jsonl"
    assert main(["convert", str(source), str(out), "--from", "doccano", "--to", "jsonl"]) == 0
    first, row, places = capsys.readouterr().out.splitlines()
    assert first == "1 documents, 1 labels (P 1)"
    assert row.split()[:2] == ["MissingText", "5"]
    assert places.strip() == "in.jsonl:1, in.jsonl:2, in.jsonl:3, and 2 more"


def test_the_report_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.conll"
    source.write_text("a\tB-P\n\nb\n")
    out = tmp_path / "out.jsonl"
    arguments = [
        "convert",
        str(source),
        str(out),
        "--from",
        "conll",
        "--to",
        "jsonl",
        "--language",
        "de",
        "--split",
        "dev",
    ]
    assert main([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    (problem,) = answer.pop("report")
    assert answer == {"n_documents": 1, "n_labels": 1, "categories": {"P": 1}}
    assert (problem["code"], problem["target"]) == ("InvalidLine", "in.conll:3")
    assert read_jsonl(out) == [Document("in-00001", "a", (Label(0, 1, "P"),), "de", "dev")]


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        pytest.param('{"a": 1}', ["--from", "doccano"], "Nothing could be taken from in (1 MissingText)", id="nothing"),
        pytest.param("", ["--from", "conll"], "the file is empty", id="empty"),
        pytest.param("\0\1\2", ["--from", "conll"], "binary", id="binary"),
        pytest.param("{}", ["--from", "azure"], "--texts", id="no texts"),
        pytest.param(
            '{"text": "a", "answer": "accept", "_view_id": "ner"}',
            ["--from", "prodigy"],
            "--accepted-spans",
            id="decisions",
        ),
    ],
)
def test_refusals_are_one_line_and_exit_2(
    content: str, arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_text(content)
    assert main(["convert", str(source), str(out), *arguments, "--to", "jsonl"]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert not out.exists()


def test_a_link_or_a_pipe_is_written_to_and_stays_one(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link, target, pipe = tmp_path / "link.jsonl", tmp_path / "target.jsonl", tmp_path / "pipe"
    link.symlink_to(target)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for out in (link, pipe):
        assert main(["convert", str(data), str(out), "--from", "jsonl", "--to", "jsonl"]) == 0
    assert link.is_symlink()
    assert pipe.is_fifo()
    assert os.read(reader, 1 << 16) == target.read_bytes()
    os.close(reader)


@pytest.mark.parametrize(
    ("document_id", "message"),
    [("../escaped", "leads out of the folder"), ("taken", "another content"), ("/escaped", "leads out of the folder")],
)
def test_texts_are_written_inside_their_folder_and_over_nothing(
    document_id: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, texts, out = tmp_path / "in.jsonl", tmp_path / "texts", tmp_path / "out.json"
    texts.mkdir()
    (texts / "taken.txt").write_text("mine")
    write_jsonl(source, [Document("ours", "a"), Document(document_id, "a")])
    assert main(["convert", str(source), str(out), "--from", "jsonl", "--to", "azure", "--texts", str(texts)]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in texts.iterdir()] == ["taken.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "texts"]


def test_a_location_that_leads_out_of_the_folder_is_not_read(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret.txt").write_text("mine")
    labels, texts = tmp_path / "labels.json", tmp_path / "texts"
    assert main(["convert", str(data), str(labels), "--from", "jsonl", "--to", "azure", "--texts", str(texts)]) == 0
    labels.write_text(labels.read_text().replace('"1.txt"', '"../secret.txt"'))
    out = tmp_path / "out.jsonl"
    assert main(["convert", str(labels), str(out), "--from", "azure", "--to", "jsonl", "--texts", str(texts)]) == 0
    assert [one.id for one in read_jsonl(out)] == ["2.txt"]
    assert "leads out of the folder" in capsys.readouterr().out


def test_without_a_folder_for_the_texts_the_report_says_so(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(data), str(tmp_path / "labels.json"), "--from", "jsonl", "--to", "azure"]) == 0
    assert "TextsNotWritten" in capsys.readouterr().out
