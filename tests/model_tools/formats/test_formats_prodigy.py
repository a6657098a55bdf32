"""Prodigy's files: answers are respected, and yes/no decisions are not mistaken for gold."""

import json
from pathlib import Path
from typing import Any

import pytest

from model_tools.documents import read_jsonl
from model_tools.errors import InvalidInputError
from model_tools.formats.interchange import ImportOptions
from model_tools.formats.prodigy import read
from model_tools.spans import Label

DATA = Path(__file__).parents[3] / "../shared/data"
EXPORTS = DATA / "tool_exports/prodigy"
needs_data = pytest.mark.skipif(not EXPORTS.exists(), reason="the reference data is not beside the repository")

TOKENS = [{"text": "Bo", "start": 0, "end": 2, "id": 0}, {"text": "Li", "start": 3, "end": 5, "id": 1}]


def read_tasks(*tasks: dict[str, Any]) -> tuple[list[tuple[Label, ...]], list[tuple[str, str | None]]]:
    imported = read("\n".join(map(json.dumps, tasks)).encode(), "a.jsonl")
    return [one.labels for one in imported.documents], [(one.code, one.target) for one in imported.report]


@needs_data
def test_a_complete_export_equals_the_published_data() -> None:
    imported = read((EXPORTS / "fashion_brands_eval.jsonl").read_bytes(), "eval.jsonl")
    expected = [one for one in read_jsonl(DATA / "jsonl/prodigy_fashion_brands.jsonl") if one.split == "test"]
    assert [(one.text, one.labels) for one in imported.documents] == [(one.text, one.labels) for one in expected]
    assert [problem.target for problem in imported.report] == ["eval.jsonl:1 $.meta.section"]


@needs_data
def test_yes_no_decisions_are_refused_as_gold() -> None:
    content = (EXPORTS / "reddit_product_binary.jsonl").read_bytes()
    with pytest.raises(InvalidInputError, match=r"1,800 yes/no decisions .* 438 accepted") as refusal:
        read(content, "reddit.jsonl")
    assert refusal.value.inner_code == "BinaryDecisions"


@needs_data
def test_accepted_spans_alone_where_asked_for() -> None:
    content = (EXPORTS / "reddit_product_binary.jsonl").read_bytes()
    tasks = [json.loads(line) for line in content.splitlines()]
    accepted = {task["text"] for task in tasks if task["answer"] == "accept"}
    imported = read(content, "reddit.jsonl", ImportOptions(accepted_spans=True))
    assert {one.text for one in imported.documents} == accepted
    assert len(imported.documents) == len(accepted)
    codes = [problem.code for problem in imported.report]
    assert codes.count("NotAccepted") == 1276 + 86
    assert codes.count("IncompleteLabels") == 1


@needs_data
def test_a_file_of_patterns_has_no_text() -> None:
    imported = read((EXPORTS / "fashion_brands_patterns.jsonl").read_bytes(), "patterns.jsonl")
    assert imported.documents == ()
    assert [problem.code for problem in imported.report] == ["MissingText"] * 100


def span(start: int, end: int, **others: object) -> dict[str, Any]:
    return {"start": start, "end": end, "label": "P", **others}


@pytest.mark.parametrize(
    ("task", "labels", "report"),
    [
        pytest.param({"answer": "accept", "spans": [span(0, 5)]}, [[(0, 5)]], [], id="accept"),
        pytest.param({"answer": "accept"}, [[]], [], id="accepted, and nothing in it"),
        pytest.param({"spans": []}, [[]], [], id="written by a script"),
        pytest.param({"answer": "reject", "spans": [span(0, 5)]}, [], [("NotAccepted", " $.answer")], id="reject"),
        pytest.param({"answer": "ignore", "spans": []}, [], [("NotAccepted", " $.answer")], id="ignore"),
        pytest.param({"answer": "yes", "spans": []}, [], [("InvalidAnswer", " $.answer")], id="another answer"),
        pytest.param({}, [], [("Unanswered", "")], id="input that nobody labelled"),
        pytest.param(
            {"answer": "accept", "spans": [span(0, 2), span(0, 5)]},
            [[(0, 5)]],
            [("OverlappingLabels", " $.spans[0]")],
            id="overlap",
        ),
        pytest.param(
            {"answer": "accept", "spans": [span(0, 2, text="Li")]},
            [[]],
            [("QuotedTextDiffers", " $.spans[0]")],
            id="text",
        ),
        pytest.param(
            {"answer": "accept", "spans": [span(0, 5, token_start=0, token_end=1)], "tokens": TOKENS},
            [[(0, 5)]],
            [],
            id="tokens",
        ),
        pytest.param(
            {"answer": "accept", "spans": [span(0, 2, token_start=0, token_end=1)], "tokens": TOKENS},
            [[(0, 2)]],
            [("TokensDiffer", " $.spans[0]")],
            id="other tokens",
        ),
        pytest.param(
            {"answer": "accept", "spans": [span(0, 2, token_start=5, token_end=9)], "tokens": TOKENS},
            [[(0, 2)]],
            [("TokensDiffer", " $.spans[0]")],
            id="no such tokens",
        ),
        pytest.param({"answer": "accept", "spans": [3]}, [[]], [("InvalidLabel", " $.spans[0]")], id="no span"),
        pytest.param(
            {"answer": "accept", "relations": [], "_task_hash": 1},
            [[]],
            [("NotTakenOver", " $.relations")],
            id="relations",
        ),
    ],
)
def test_answers_and_spans(
    task: dict[str, Any], labels: list[list[tuple[int, int]]], report: list[tuple[str, str]]
) -> None:
    expected = [tuple(Label(start, end, "P") for start, end in spans) for spans in labels]
    assert read_tasks({"text": "Bo Li", **task}) == (expected, [(code, f"a.jsonl:1{path}") for code, path in report])


def test_decisions_about_one_text_are_put_together() -> None:
    tasks = [
        {"text": "Bo Li", "_view_id": "ner", "answer": "accept", "spans": [span(3, 5)]},
        {"text": "Bo Li", "_view_id": "ner", "answer": "accept", "spans": [span(0, 2)]},
        {"text": "Bo Li", "_view_id": "ner", "answer": "reject", "spans": [span(0, 5)]},
    ]
    content = "\n".join(map(json.dumps, tasks)).encode()
    (document,) = read(content, "a", ImportOptions(accepted_spans=True)).documents
    assert document.labels == (Label(0, 2, "P"), Label(3, 5, "P"))
