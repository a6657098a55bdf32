"""Azure's labels files with their texts."""

import json
from pathlib import Path
from typing import Any

import pytest

from model_tools.documents import Document, read_jsonl
from model_tools.errors import InvalidInputError, NotFoundError
from model_tools.formats.azure_documents import read, write
from model_tools.formats.interchange import ImportOptions
from model_tools.formats.widening import widened
from model_tools.offsets import OffsetUnit
from model_tools.spans import Label

DATA = Path(__file__).parents[3] / "../shared/data"
SAMPLE = DATA / "azure_loan_agreements/raw"
needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason="the reference data is not beside the repository")


def texts_of_sample(location: str) -> str:
    return (SAMPLE / location).read_bytes().decode()


@needs_sample
def test_the_official_sample() -> None:
    content = (SAMPLE / "loanAgreementsLabels.json").read_bytes()
    imported = read(content, "labels.json", ImportOptions(text_of=texts_of_sample))
    expected = read_jsonl(DATA / "jsonl/azure_loan_agreements.jsonl")
    assert [(one.id, one.text, one.labels, one.language) for one in imported.documents] == [
        (f"{one.id}.txt", one.text, one.labels, "en") for one in expected
    ]
    assert imported.report == ()


@needs_sample
def test_the_preview_file_with_offsets_over_lf() -> None:
    content = (SAMPLE / "hist/labels_extractors_LF_2021-12.json").read_bytes()
    imported = read(content, "labels.json", ImportOptions(text_of=texts_of_sample))
    codes = [problem.code for problem in imported.report]
    assert codes.count("OffsetsDoNotFit") == 1
    assert codes.count("LineEndsConverted") == 19
    assert sum(len(one.labels) for one in imported.documents) == 19 * 12


def labels_file(*documents: dict[str, Any]) -> bytes:
    file = json.loads(write([Document("x.txt", "Bo", (Label(0, 2, "P"),))]).content)
    file["assets"]["documents"] = list(documents)
    file["assets"]["entities"].append({"category": "Q"})
    return json.dumps(file).encode()


def text_of(location: str) -> str:
    if location != "a.txt":
        raise NotFoundError("not there.")
    return "Bo Li in Rome"


@pytest.mark.parametrize(
    ("document", "n_labels", "report"),
    [
        pytest.param(
            {"location": "a.txt", "entities": [{"regionOffset": 0, "regionLength": 13, "labels": [{"category": "P", "offset": 0, "length": 5}]}]},
            [1], [], id="labelled",
        ),
        pytest.param({"location": "a.txt", "entities": [{"regionOffset": 0, "regionLength": 13, "labels": []}]}, [0], [], id="nothing in it"),
        pytest.param({"location": "a.txt"}, [], ["Unlabelled"], id="no region"),
        pytest.param({"location": "a.txt", "entities": [{"regionOffset": 0, "regionLength": 5, "labels": []}]}, [0], ["PartlyLabelled"], id="a part"),
        pytest.param({"location": "b.txt"}, [], ["MissingText"], id="no text"),
        pytest.param(
            {"location": "a.txt", "entities": [{"regionOffset": 0, "regionLength": 99, "labels": [{"category": "P", "offset": 9, "length": 9}]}]},
            [0], ["LabelOutsideText"], id="outside",
        ),
    ],
)  # fmt: skip
def test_documents(document: dict[str, Any], n_labels: list[int], report: list[str]) -> None:
    imported = read(labels_file(document), "labels.json", ImportOptions(text_of=text_of))
    assert [len(one.labels) for one in imported.documents] == n_labels
    *others, unused = imported.report
    assert [one.code for one in others if one.code != "UnusedCategory"] == report
    assert (unused.code, unused.target) == ("UnusedCategory", "labels.json $.assets.entities[1]")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"{}", ImportOptions(), "--texts"),
        (b"{", ImportOptions(text_of=text_of), "not JSON"),
        (b"[]", ImportOptions(text_of=text_of), "JSON object"),
    ],
)
def test_files_that_are_none(content: bytes, options: ImportOptions, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read(content, "labels.json", options)


def test_what_a_labels_file_cannot_say() -> None:
    documents = [Document("a", "Bo", (Label(0, 2, "P/Q"),), "de", "dev"), Document("b.md", "Li", (), "de")]
    exported = write(documents)
    file = json.loads(exported.content)
    assert [(one["location"], one.get("dataset")) for one in file["assets"]["documents"]] == [
        ("a.txt", "Train"),
        ("b.md", None),
    ]
    assert (file["metadata"]["language"], file["metadata"]["multilingual"]) == ("de", False)
    assert [(one.code, one.target) for one in exported.report] == [
        ("InvalidCategoryName", "P/Q"),
        ("SplitNotTakenOver", "a"),
    ]
    with pytest.raises(InvalidInputError, match=r"'a\.txt'"):
        write([Document("a", "x"), Document("a.txt", "y")])
    assert [
        one.code
        for one in write([Document("c", "x" * 201, tuple(Label(i, i + 1, f"C{i}") for i in range(201)))]).report
    ] == ["TooManyCategories"]


@pytest.mark.parametrize(
    ("text", "labels", "kept", "report"),
    [
        ("e\u0301t", [(0, 1)], [(0, 2)], ["LabelWidened"]),
        ("e\u0301t", [(0, 2), (2, 3)], [(0, 2), (2, 3)], []),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", [(0, 2), (2, 4)], [(0, 4)], ["LabelWidened", "LabelsCollide"]),
        ("a\r\nb", [(0, 2), (2, 4)], [(0, 3)], ["LabelWidened", "LabelsCollide"]),
        ("ab e\u0301", [(0, 2), (1, 2)], [(0, 2), (1, 2)], []),
    ],
    ids=["half", "whole", "two flags are one element", "a line end between two", "overlapping anyway"],
)
def test_labels_that_text_elements_cannot_say(
    text: str, labels: list[tuple[int, int]], kept: list[tuple[int, int]], report: list[str]
) -> None:
    document = Document("a.txt", text, tuple(Label(start, end, "P") for start, end in labels))
    fitting, problems = widened(document, OffsetUnit.TEXT_ELEMENT)
    assert [(label.start, label.end) for label in fitting.labels] == kept
    assert [problem.code for problem in problems] == report
    assert widened(fitting, OffsetUnit.TEXT_ELEMENT) == (fitting, [])
