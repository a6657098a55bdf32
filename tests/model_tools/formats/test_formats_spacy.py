"""spaCy's tuples, as ner-annotator and scripts write them."""

import json
from pathlib import Path

import pytest

from model_tools.formats.spacy import read
from model_tools.spans import Label

EXPORTS = Path(__file__).parents[3] / "../shared/data/tool_exports/ner_annotator"
needs_data = pytest.mark.skipif(not EXPORTS.exists(), reason="the reference data is not beside the repository")


@needs_data
@pytest.mark.parametrize(
    ("name", "n_characters", "n_labels", "report"),
    [
        ("train_annotations.json", 41_416, 132, ["UnlabelledTail"]),
        ("validation_annotations.json", 7_061, 42, []),
    ],
)
def test_files_of_ner_annotator(name: str, n_characters: int, n_labels: int, report: list[str]) -> None:
    imported = read((EXPORTS / name).read_bytes(), name)
    (document,) = imported.documents
    assert (len(document.text), len(document.labels)) == (n_characters, n_labels)
    assert [problem.code for problem in imported.report] == report
    source = json.loads((EXPORTS / name).read_bytes())["annotations"][0]
    assert [(label.start, label.end, label.category) for label in document.labels] == sorted(
        map(tuple, source[1]["entities"])
    )


TUPLE = ["Bo Li", {"entities": [[0, 5, "P"]]}]


@pytest.mark.parametrize(
    ("content", "n_documents", "report"),
    [
        pytest.param([TUPLE, TUPLE], 2, [], id="an array"),
        pytest.param(TUPLE, 1, [], id="one tuple"),
        pytest.param(
            {"classes": ["P", "Q"], "annotations": [TUPLE, None, ["x"]]},
            1,
            [
                ("Unlabelled", "a.json $.annotations[1]"),
                ("InvalidRecord", "a.json $.annotations[2]"),
                ("UnusedCategory", "a.json:1 $.classes[1]"),
            ],
            id="ner-annotator",
        ),
        pytest.param({"text": "Bo Li", "spans": []}, 0, [("InvalidRecord", "a.json:1")], id="Prodigy's form"),
    ],
)
def test_arrangements(content: object, n_documents: int, report: list[tuple[str, str]]) -> None:
    imported = read(json.dumps(content).encode(), "a.json")
    assert [one.labels for one in imported.documents] == [(Label(0, 5, "P"),)] * n_documents
    assert sorted((one.code, one.target) for one in imported.report) == sorted(report)


def test_one_tuple_a_line() -> None:
    imported = read(f"{json.dumps(TUPLE)}\n{json.dumps(['x', {'entities': [[0, 1]]}])}\n".encode(), "a.jsonl")
    assert [one.text for one in imported.documents] == ["Bo Li", "x"]
    assert [(one.code, one.target) for one in imported.report] == [("InvalidLabel", "a.jsonl:2 $[1].entities[0]")]


@pytest.mark.parametrize(
    ("tail", "gap", "is_reported"),
    [(3000, 10, False), (5000, 10, True), (5000, 2000, False), (7000, 2000, True)],
)
def test_a_tail_is_reported_where_no_gap_is_nearly_as_long(tail: int, gap: int, is_reported: bool) -> None:
    text = ("Bo" + " " * gap) * 6
    entities = [[i * (gap + 2), i * (gap + 2) + 2, "P"] for i in range(6)]
    text = text.rstrip() + " " * tail
    imported = read(json.dumps([[text, {"entities": entities}]]).encode(), "a")
    assert [problem.code for problem in imported.report] == (["UnlabelledTail"] if is_reported else [])
