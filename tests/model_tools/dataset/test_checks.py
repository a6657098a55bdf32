"""Counts, and what stops a training or spoils its result."""

import pytest

from model_tools.dataset.checks import training_problems
from model_tools.dataset.statistics import dataset_statistics
from model_tools.documents import Document, Split
from model_tools.spans import Label


def document(name: str, split: Split | None, labels: str = "", text: str | None = None) -> Document:
    content = text if text is not None else f"{'x' * len(labels)} {name}"
    return Document(name, content, tuple(Label(i, i + 1, category) for i, category in enumerate(labels)), split=split)


def test_statistics() -> None:
    documents = [
        document("1", "train", "AAB"),
        document("2", "train"),
        document("3", "test", "A"),
        document("4", None, "C"),
    ]
    statistics = dataset_statistics(documents, ["B", "D"])
    assert statistics.documents == {"train": 2, "test": 1, None: 1}
    assert statistics.labelled_documents == {"train": 1, "test": 1, None: 1}
    assert statistics.characters == sum(len(each.text) for each in documents)
    assert [
        (each.category, dict(each.documents), dict(each.labels), each.label_count) for each in statistics.categories
    ] == [
        ("B", {"train": 1}, {"train": 1}, 1),
        ("D", {}, {}, 0),
        ("A", {"train": 1, "test": 1}, {"train": 2, "test": 1}, 3),
        ("C", {None: 1}, {None: 1}, 1),
    ]


GOOD = [document(str(i), "train", "A") for i in range(15)] + [document("t", "test", "A")]
CASES: dict[str, tuple[list[Document], list[str], list[str], list[str]]] = {
    "good": (GOOD, ["A"], [], []),
    "no documents": ([], ["A"], ["NoDocuments"], ["CategoryWithoutLabels"]),
    "no labels": ([document("1", "train"), document("2", "test")], ["A"], ["NoLabels"], ["CategoryWithoutLabels"]),
    "one document": ([document("1", "train", "A" * 15)], ["A"], ["TooFewDocuments"], []),
    "nothing tests": (GOOD[:15], ["A"], ["TestSetEmpty"], []),
    "nothing trains": ([document("1", "test", "A"), document("2", "test", "A")], ["A"], ["TrainingSetEmpty"], []),
    "labels in test only": ([document("1", "train"), document("2", "test", "A")], ["A"], ["NoLabelsInTraining"], []),
    "undeclared": (GOOD, [], ["UndeclaredCategory"], []),
    "empty document": ([*GOOD, document("e", "train", text=" \r\n")], ["A"], ["EmptyDocument"], []),
    "unused category": (GOOD, ["A", "B"], [], ["CategoryWithoutLabels"]),
    "few labels": (GOOD[1:], ["A"], [], ["FewLabels"]),
    "not in train": ([*GOOD, document("b", "test", "B")], ["A", "B"], ["CategoryNotInTraining"], []),
    "not in test": ([*GOOD, document("b", "train", "B" * 15)], ["A", "B"], ["CategoryNotInTest"], []),
    "not assigned yet trains": ([document(str(i), None, "A") for i in range(15)] + GOOD[15:], ["A"], [], []),
    "same text on both sides": ([*GOOD, document("u", "test", "A", text="x 0")], ["A"], [], ["TestTextInTraining"]),
}  # fmt: skip


@pytest.mark.parametrize(("documents", "categories", "errors", "warnings"), CASES.values(), ids=CASES.keys())
def test_problems(documents: list[Document], categories: list[str], errors: list[str], warnings: list[str]) -> None:
    problems = training_problems(documents, categories)
    assert [problem.code for problem in problems.errors] == errors
    assert [problem.code for problem in problems.warnings] == warnings


def test_a_problem_names_what_it_is_about() -> None:
    problems = training_problems([*GOOD[1:], document("e", "train", text="")], ["A", "B"])
    assert [problem.target for problem in problems.errors] == ["e"]
    assert {(problem.code, problem.target) for problem in problems.warnings} == {
        ("FewLabels", "A"),
        ("CategoryWithoutLabels", "B"),
    }
