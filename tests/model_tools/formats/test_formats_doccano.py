"""doccano's files, as it writes them and as people damage them."""

import json
from pathlib import Path
from typing import Any

import pytest

from model_tools.formats.doccano import read
from model_tools.formats.interchange import ImportOptions
from model_tools.offsets import OffsetUnit
from model_tools.spans import Label

EXPORTS = Path(__file__).parents[3] / "../shared/data/tool_exports/doccano"
needs_data = pytest.mark.skipif(not EXPORTS.exists(), reason="the reference data is not beside the repository")


def codes(content: bytes, options: ImportOptions = ImportOptions()) -> list[tuple[str, str | None]]:  # noqa: B008
    return [(problem.code, problem.target) for problem in read(content, "a.jsonl", options).report]


@needs_data
@pytest.mark.parametrize(
    ("name", "labels", "report"),
    [
        ("export_spans.jsonl", [["EU", "German"], ["Peter Blackburn"], ["Obama"]], []),
        (
            "export_relations.json",
            [["Google", "September 4, 1998", "Larry Page", "Sergey Brin"]],
            [("NotTakenOver", "a.jsonl:1 $.relations")],
        ),
        (
            "test_missing_text.jsonl",
            [["e"], []],
            [("MissingText", "a.jsonl:3"), ("NotTakenOver", "a.jsonl:1 $.meta")],
        ),
        (
            "test_overlapping.jsonl",
            [["e"]],
            [("DuplicateLabel", "a.jsonl:1 $.label[1]"), ("NotTakenOver", "a.jsonl:1 $.meta")],
        ),
        ("test_utf16.csv", [], [("InvalidJson", "a.jsonl:1")]),
    ],
)
def test_its_own_files(name: str, labels: list[list[str]], report: list[tuple[str, str]]) -> None:
    content = (EXPORTS / name).read_bytes()
    imported = read(content, "a.jsonl")
    assert [[label.text_of(one.text) for label in one.labels] for one in imported.documents] == labels
    assert codes(content) == report


@needs_data
def test_columns_by_name() -> None:
    content = (EXPORTS / "import_spans_custom_columns.jsonl").read_bytes()
    assert [code for code, _ in codes(content)] == ["MissingText"] * 3
    assert "'column_data', 'column_label'" in read(content, "a").report[0].message
    imported = read(content, "a", ImportOptions(text_column="column_data", label_column="column_label"))
    assert [one.labels for one in imported.documents] == [
        (Label(0, 2, "ORG"),),
        (Label(0, 15, "PERSON"),),
        (Label(10, 15, "PERSON"),),
    ]
    assert imported.report == ()


@pytest.mark.parametrize(
    ("label", "kept", "code"),
    [
        pytest.param([[0, 3, "A"], [2, 7, "B"]], [(2, 7, "B")], "OverlappingLabels", id="the longest wins"),
        pytest.param([[0, 3, "A"], [0, 3, "B"]], [(0, 3, "A")], "OverlappingLabels", id="then the first"),
        pytest.param([[0, 7, "A"], [1, 2, "B"], [6, 8, "B"]], [(0, 7, "A")], "OverlappingLabels", id="nested"),
        pytest.param([[0, 99, "A"]], [], "LabelOutsideText", id="outside"),
        pytest.param([[3, 3, "A"]], [], "InvalidSpan", id="empty"),
        pytest.param([[-1, 3, "A"]], [], "InvalidSpan", id="negative"),
        pytest.param([["0", 3, "A"]], [], "InvalidLabel", id="text for a number"),
        pytest.param([[True, 3, "A"]], [], "InvalidLabel", id="a boolean for a number"),
        pytest.param([[0, 3, None]], [], "InvalidLabel", id="no category"),
        pytest.param([[0, 3, " "]], [], "InvalidCategory", id="a blank category"),
        pytest.param([[0, 3, "\ud800"]], [], "InvalidCategory", id="half of a character"),
        pytest.param(["A"], [], "InvalidLabel", id="no place"),
        pytest.param([[3, 6, "A"]], [(3, 6, "A")], "WhiteSpaceAtEnds", id="white space"),
    ],
)
def test_labels_that_cannot_be_taken(label: list[Any], kept: list[tuple[int, int, str]], code: str) -> None:
    content = json.dumps({"text": "one two six", "label": label}).encode()
    imported = read(content, "a.jsonl")
    assert [one.labels for one in imported.documents] == [tuple(Label(*values) for values in kept)]
    assert {problem.code for problem in imported.report} == {code}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"text": "a"}, "MissingLabels"),
        ({"text": "a", "label": "A"}, "MissingLabels"),
        ({"text": 1, "label": []}, "MissingText"),
        ("a", "MissingText"),
        ({"text": "\ud800", "label": []}, "InvalidText"),
    ],
)
def test_records_that_cannot_be_taken(record: object, code: str) -> None:
    good = {"text": "b", "label": []}
    content = f"{json.dumps(record)}\n{json.dumps(good)}\n".encode()
    assert [one.text for one in read(content, "a.jsonl").documents] == ["b"]
    assert codes(content) == [(code, "a.jsonl:1")]


@pytest.mark.parametrize(
    ("content", "texts", "report"),
    [
        pytest.param('{"text": "a", "label": []}\n{"te\n{"text": "b", "label": []}', ["a", "b"], [("InvalidJson", "a.jsonl:2")], id="a broken line"),
        pytest.param('[{"text": "a", "label": []}, 3]', ["a"], [("MissingText", "a.jsonl $[1]")], id="an array"),
        pytest.param('{\n "text": "a",\n "label": []\n}\n{\n "text": "b"\n}\n', ["a"], [("MissingLabels", "a.jsonl:5")], id="pretty"),
        pytest.param('{"text": "a", "label": []},\n{"text": "b", "label": []}', ["a", "b"], [("InvalidJson", "a.jsonl:1")], id="commas"),
        pytest.param('{"text": "a", "label": []}\n{"text": "b"\n', ["a"], [("InvalidJson", "a.jsonl:2")], id="cut off"),
        pytest.param('{"text": "a"\n{"text": "b", "label": []}', ["b"], [("InvalidJson", "a.jsonl:1")], id="not closed"),
        pytest.param('{\n "text": "a"\n "label": []}', [], [("InvalidJson", "a.jsonl:3")], id="within a record"),
        pytest.param("[" * 200_000, [], [("InvalidJson", "a.jsonl:1")], id="depth"),
        pytest.param('{"text": "a", "label": [[0, ' + "9" * 5000 + ', "A"]]}', [], [("InvalidJson", "a.jsonl:1")], id="digits"),
        pytest.param("", [], [], id="empty"),
    ],
)  # fmt: skip
def test_json_in_every_arrangement(content: str, texts: list[str], report: list[tuple[str, str]]) -> None:
    assert [one.text for one in read(content.encode(), "a.jsonl").documents] == texts
    assert codes(content.encode()) == report


def test_ids_languages_and_splits() -> None:
    records = [
        {"id": 7, "text": "a", "label": [], "language": "de", "split": "dev"},
        {"id": 7, "text": "b", "label": [], "split": "gold"},
        {"text": "c", "label": []},
    ]
    content = "\n".join(map(json.dumps, records)).encode()
    imported = read(content, "a.jsonl", ImportOptions(language="fr", split="train"))
    assert [(one.id, one.language, one.split) for one in imported.documents] == [
        ("7", "de", "dev"),
        ("7-2", "fr", "train"),
        ("a-00003", "fr", "train"),
    ]
    assert [problem.code for problem in imported.report] == ["DuplicateId", "InvalidSplit"]


@pytest.mark.parametrize(
    ("unit", "covered", "report"),
    [
        pytest.param(None, "Rome", [], id="as doccano's page counts"),
        pytest.param(OffsetUnit.CODE_POINT, "ome.", ["UnitDoubtful"], id="told otherwise"),
    ],
)
def test_utf16_units(unit: OffsetUnit | None, covered: str, report: list[str]) -> None:
    content = json.dumps({"text": "😀 in Rome.", "label": [[6, 10, "City"]]}).encode()
    imported = read(content, "a.jsonl", ImportOptions(unit=unit))
    (document,) = imported.documents
    assert [label.text_of(document.text) for label in document.labels] == [covered]
    assert [problem.code for problem in imported.report] == report
