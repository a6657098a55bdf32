"""Counts and guidance from documents made up for each rule."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from functions.lifecycle.guidance import guidance
from functions.lifecycle.statistics import SAMPLE_SIZE, count
from functions.stores.documents import DocumentStatus, DocumentSummary
from functions.stores.labels import AnnotationSummary
from model_tools.extract.extractor import MAX_DOCUMENT_CHARACTERS

Counted = tuple[DocumentSummary, AnnotationSummary]


def document(location: str, counts: Mapping[str, int] | None = None, dataset: Any = None, **changes: Any) -> Counted:
    done = changes.pop("done", False)
    labelled_on = changes.pop("labelled_on", None)
    fields: dict[str, Any] = {"status": DocumentStatus.INGESTED, "characters": 100, "content_hash": location} | changes
    return DocumentSummary(location, **fields), AnnotationSummary(location, counts or {}, labelled_on, dataset, done)


def many(n: int, counts: Mapping[str, int], dataset: Any = None, prefix: str = "d") -> list[Counted]:
    return [document(f"{prefix}{i}", counts, dataset) for i in range(n)]


HEALTHY = [*many(30, {"City": 2, "Person": 2}, "Train", "a"), *many(10, {"City": 2, "Person": 2}, "Test", "b")]


def codes(documents: Iterable[Counted], categories: tuple[str, ...] = ("City", "Person")) -> dict[str, Any]:
    return {each.code: each for each in guidance(count(documents), categories)}


def test_counts() -> None:
    found = count(
        [
            document("a", {"City": 2, "Person": 1}, "Train"),
            document("b", {"City": 1}, "Test"),
            document("c", {}, None, done=True),
            document("d", {}, "Train"),
            document("e", {}, status=DocumentStatus.FAILED, characters=0, content_hash=None),
        ]
    )
    assert found.documents == {"Train": 2, "Test": 1, "Unassigned": 2}
    assert found.labelled == {"Train": 1, "Test": 1, "Unassigned": 1}
    assert (found.done, found.characters, found.failed.count) == (1, 400, 1)
    assert found.unlabelled.locations == ["d"]
    assert found.categories["City"].labels == {"Train": 2, "Test": 1}
    assert found.categories["City"].document_count == 2
    assert found.categories["Person"].in_test()[0] == 0


def test_samples_are_short() -> None:
    found = count(many(SAMPLE_SIZE + 5, {"City": 1}))
    _, sample = found.categories["City"].in_training()
    assert (sample.count, len(sample.locations)) == (SAMPLE_SIZE + 5, SAMPLE_SIZE)


def test_nothing_to_say() -> None:
    assert codes(HEALTHY) == {}


@pytest.mark.parametrize(
    ("documents", "categories", "code", "severity", "named"),
    [
        ([], ("City",), "NoDocuments", "error", []),
        ([document("a")], ("City",), "NoLabels", "error", ["a"]),
        (HEALTHY, (), "NoCategories", "error", []),
        ([document("a", {"City": 1}), document("b")], ("City",), "FewDocuments", "warning", ["b"]),
        (many(12, {"City": 9}, "Test"), ("City",), "TrainingSetEmpty", "error", []),
        (many(12, {"City": 9}, "Train"), ("City",), "TestSetEmpty", "info", []),
        ([*HEALTHY, document("x", status=DocumentStatus.FAILED)], ("City",), "UnreadableDocuments", "warning", ["x"]),
        ([*HEALTHY, document("x", {"City": 1}, labelled_on="old")], ("City",), "TextChanged", "warning", ["x"]),
        ([*HEALTHY, document("x", {"City": 1}, "Test", content_hash="a0")], ("City",), "TestTextInTraining", "warning", ["x"]),
        ([*HEALTHY, document("x", characters=0)], ("City",), "EmptyDocuments", "warning", ["x"]),
        ([*HEALTHY, document("x", characters=MAX_DOCUMENT_CHARACTERS + 1)], ("City",), "DocumentTooLong", "info", ["x"]),
        ([*HEALTHY, document("x")], ("City",), "UnlabelledDocuments", "info", ["x"]),
        (HEALTHY, ("City", "Gone"), "CategoryWithoutLabels", "warning", []),
        ([*HEALTHY, document("x", {"Rare": 3}, "Test")], ("Rare",), "CategoryNotInTraining", "error", ["x"]),
        ([*HEALTHY, document("x", {"Rare": 3})], ("Rare",), "FewLabels", "warning", ["x"]),
        ([*HEALTHY, document("x", {"Rare": 15})], ("Rare",), "FewLabels", "info", ["x"]),
        ([*HEALTHY, document("x", {"Rare": 60})], ("Rare",), "CategoryNotInTest", "error", ["x"]),
        ([*many(300, {"City": 2, "Person": 2}, "Train"), document("x", {"Rare": 20})], ("Rare",), "Imbalance", "warning", ["x"]),
        ([*HEALTHY, document("x", {"City": 99}, "Test")], ("Person",), "DifferentMix", "warning", [f"a{i}" for i in range(30)]),
    ],
)  # fmt: skip
def test_rules(documents: list[Counted], categories: tuple[str, ...], code: str, severity: str, named: list[str]) -> None:  # fmt: skip
    advice = codes(documents, categories)[code]
    assert (advice.severity, advice.documents.locations) == (severity, named)
    assert advice.message.endswith(".")


def test_the_most_pressing_comes_first() -> None:
    severities = [each.severity for each in guidance(count([document("a"), document("b", characters=0)]), ("City",))]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert len(set(severities)) > 1
