"""Label Studio's JSON: which annotation is taken, which unit its offsets count, what has no place."""

import json
from typing import Any

import pytest

from model_tools.formats.interchange import ImportOptions
from model_tools.formats.label_studio import read
from model_tools.spans import Label


def region(start: int, end: int, text: str | None = None, *categories: str) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": list(categories or ("P",))} | ({"text": text} if text else {})
    return {"id": "x", "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def annotation(*regions: dict[str, Any], **others: object) -> dict[str, Any]:
    return {"id": 1, "was_cancelled": False, "result": list(regions), **others}


def task(*annotations: dict[str, Any], text: str = "Bo Li", **others: object) -> dict[str, Any]:
    return {"id": 7, "data": {"text": text}, "annotations": list(annotations), **others}


def read_tasks(
    *tasks: object,
    options: ImportOptions = ImportOptions(),  # noqa: B008
) -> tuple[list[list[tuple[str, str]]], list[tuple[str, str | None]]]:
    imported = read(json.dumps(tasks).encode(), "a.json", options)
    labels = [
        [(one.category, one.text_of(document.text)) for one in document.labels] for document in imported.documents
    ]
    return labels, [(one.code, one.target) for one in imported.report]


OLD, NEW = "2026-01-01T10:00:00Z", "2026-03-01T10:00:00Z"


@pytest.mark.parametrize(
    ("annotations", "labels", "report"),
    [
        pytest.param([annotation(region(0, 5, "Bo Li"))], [[("P", "Bo Li")]], [], id="one"),
        pytest.param([annotation()], [[]], [], id="submitted without a region"),
        pytest.param(
            [annotation(region(0, 2), updated_at=NEW), annotation(region(3, 5), updated_at=OLD)],
            [[("P", "Bo")]],
            [("SeveralAnnotations", ".annotations")],
            id="the latest",
        ),
        pytest.param(
            [annotation(region(0, 2), updated_at=OLD, ground_truth=True), annotation(region(3, 5), updated_at=NEW)],
            [[("P", "Bo")]],
            [("SeveralAnnotations", ".annotations")],
            id="ground truth first",
        ),
        pytest.param(
            [annotation(region(0, 2)), annotation(region(3, 5), was_cancelled=True)],
            [[("P", "Bo")]],
            [("Cancelled", ".annotations[1]")],
            id="not the cancelled",
        ),
        pytest.param(
            [annotation(was_cancelled=True)],
            [],
            [("Cancelled", ".annotations[0]"), ("Unlabelled", "")],
            id="only cancelled",
        ),
        pytest.param([], [], [("Unlabelled", "")], id="none"),
        pytest.param([{"id": 3}], [], [("InvalidAnnotation", ".annotations[0]"), ("Unlabelled", "")], id="no result"),
    ],
)
def test_which_annotation(
    annotations: list[dict[str, Any]], labels: list[list[tuple[str, str]]], report: list[tuple[str, str]]
) -> None:
    assert read_tasks(task(*annotations)) == (labels, [(code, f"a.json $[0]{path}") for code, path in report])


@pytest.mark.parametrize(
    ("regions", "labels", "report"),
    [
        pytest.param([region(0, 5, None, "P", "Q")], [("P", "Bo Li")], [("OverlappingLabels", 0)], id="two categories"),
        pytest.param(
            [region(0, 5, None), region(3, 5, None)], [("P", "Bo Li")], [("OverlappingLabels", 1)], id="nested"
        ),
        pytest.param([region(0, 2, "Li")], [], [("QuotedTextDiffers", 0)], id="another text"),
        pytest.param(
            [{"type": "labels", "value": {"start": 0, "end": 2}}], [], [("InvalidLabel", 0)], id="no category"
        ),
        pytest.param([{"type": "choices", "value": {"choices": ["x"]}}], [], [("NotTakenOver", 0)], id="a choice"),
        pytest.param([{"type": "relation", "from_id": "a", "to_id": "b"}], [], [("NotTakenOver", 0)], id="a relation"),
        pytest.param(
            [{"type": "hypertextlabels", "value": {"start": "/p[1]", "end": "/p[1]"}}],
            [],
            [("NotTakenOver", 0)],
            id="HTML",
        ),
        pytest.param([3], [], [("InvalidRegion", 0)], id="no region"),
    ],
)
def test_regions(regions: list[Any], labels: list[tuple[str, str]], report: list[tuple[str, int]]) -> None:
    expected = [(code, f"a.json $[0].annotations[0].result[{i}]") for code, i in report]
    assert read_tasks(task(annotation(*regions))) == ([labels], expected)


@pytest.mark.parametrize(
    ("start", "text", "report"),
    [
        pytest.param(12, "annotation", [], id="code points, as today"),
        pytest.param(13, "annotation", ["UnitConverted"], id="UTF-16 units, as in label-studio issue 1347"),
        pytest.param(12, None, [], id="code points where nothing is repeated"),
        pytest.param(13, None, ["UnitDoubtful"], id="doubtful where nothing is repeated"),
    ],
)
def test_units(start: int, text: str | None, report: list[str]) -> None:
    labels, problems = read_tasks(task(annotation(region(start, start + 10, text)), text="💩This is an annotation."))
    assert labels == [[("P", "nnotation.")]] if report == ["UnitDoubtful"] else [[("P", "annotation")]]
    assert [code for code, _ in problems] == report


@pytest.mark.parametrize("repeated", ["a\nb", "a\\nb", "a b"])
def test_line_ends_are_repeated_in_three_ways(repeated: str) -> None:
    labels, problems = read_tasks(task(annotation(region(0, 3, repeated)), text="a\nb"))
    assert (labels, problems) == ([[("P", "a\nb")]], [])


@pytest.mark.parametrize(
    ("data", "column", "code"),
    [
        ({"text": "Bo Li", "url": "x"}, None, "NotTakenOver"),
        ({"ner": "Bo Li"}, None, None),
        ({"title": "x", "body": "Bo Li"}, None, "MissingText"),
        ({"title": "x", "body": "Bo Li"}, "body", "NotTakenOver"),
        ({"text": 3}, None, "MissingText"),
        ("Bo Li", None, "InvalidTask"),
    ],
)
def test_which_text(data: object, column: str | None, code: str | None) -> None:
    labels, problems = read_tasks(
        {"data": data, "annotations": [annotation(region(0, 2))]}, options=ImportOptions(text_column=column)
    )
    assert labels == ([] if code in ("MissingText", "InvalidTask") else [[("P", "Bo")]])
    assert [found for found, _ in problems] == ([code] if code else [])


def test_the_small_json_export_and_predictions() -> None:
    small = {"id": 1, "text": "Bo Li", "label": [{"start": 0, "end": 2, "labels": ["P"]}]}
    predicted = task(annotation(region(0, 2)), predictions=[annotation(region(3, 5))])
    assert read_tasks(small, predicted) == (
        [[("P", "Bo")]],
        [("InvalidTask", "a.json $[0]"), ("NotTakenOver", "a.json $[1].predictions")],
    )


def test_completions_of_the_first_versions() -> None:
    content = json.dumps([{"id": 7, "data": {"text": "Bo"}, "completions": [{"result": [region(0, 2)]}]}]).encode()
    (document,) = read(content, "a.json").documents
    assert (document.id, document.labels) == ("7", (Label(0, 2, "P"),))
