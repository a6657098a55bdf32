"""Splits: shares, strata, equal texts, and the same draw every time."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.dataset.split import assign_folds, manual_split, split_documents
from model_tools.documents import Document, read_jsonl
from model_tools.errors import InvalidInputError
from model_tools.spans import Label

DATA = Path(__file__).parents[3] / "../shared/data/jsonl"


def document(name: str, categories: str = "", text: str | None = None) -> Document:
    """A document with one label for each letter of `categories`."""
    content = text if text is not None else f"{'x' * len(categories)} {name}"
    return Document(name, content, tuple(Label(i, i + 1, category) for i, category in enumerate(categories)))


def texts_by_side(documents: list[Document]) -> dict[str | None, Counter[str]]:
    """How many documents of each category train and test have."""
    return {
        side: Counter(
            category
            for each in documents
            if each.split == side
            for category in {label.category for label in each.labels}
        )
        for side in ("train", "test")
    }


DOCUMENTS = st.lists(st.text("ABCD", max_size=4), max_size=25).map(
    lambda rows: [document(str(i), categories) for i, categories in enumerate(rows)]
)
FRACTIONS = st.floats(0.05, 0.5)


@given(DOCUMENTS, FRACTIONS, st.integers(0, 5))
def test_every_document_is_on_one_side_and_otherwise_unchanged(
    documents: list[Document], fraction: float, seed: int
) -> None:
    split = split_documents(documents, test_fraction=fraction, seed=seed)
    assert [(each.id, each.text, each.labels) for each in split] == [
        (each.id, each.text, each.labels) for each in documents
    ]
    assert {each.split for each in split} <= {"train", "test"}
    if len(documents) > 1:
        assert {each.split for each in split} == {"train", "test"}


@given(DOCUMENTS, FRACTIONS, st.integers(0, 5))
def test_the_split_depends_on_the_seed_not_on_the_order(documents: list[Document], fraction: float, seed: int) -> None:
    first = split_documents(documents, test_fraction=fraction, seed=seed)
    shuffled = sorted(documents, key=lambda each: hash((each.id, seed)))
    second = split_documents(shuffled, test_fraction=fraction, seed=seed)
    assert {each.id: each.split for each in first} == {each.id: each.split for each in second}


@given(st.lists(st.sampled_from("ABCD"), min_size=8, max_size=40), st.integers(0, 5))
def test_a_category_of_two_texts_is_on_both_sides(categories: list[str], seed: int) -> None:
    documents = [document(str(i), category) for i, category in enumerate(categories)]
    sides = texts_by_side(split_documents(documents, test_fraction=0.2, seed=seed))
    for category, count in Counter(categories).items():
        if count > 1:
            assert sides["train"][category] > 0
            assert sides["test"][category] > 0


@given(st.lists(st.integers(0, 5), min_size=2, max_size=20), st.integers(0, 5))
def test_equal_texts_stay_together(numbers: list[int], seed: int) -> None:
    documents = [document(str(i), "A", text=f"text {number}") for i, number in enumerate(numbers)]
    sides: dict[str, set[str | None]] = {}
    for each in split_documents(documents, test_fraction=0.3, seed=seed):
        sides.setdefault(each.text, set()).add(each.split)
    assert all(len(found) == 1 for found in sides.values())


def test_another_seed_draws_another_split() -> None:
    documents = [document(str(i), "A") for i in range(30)]
    splits = {
        tuple(each.split for each in split_documents(documents, test_fraction=0.2, seed=seed)) for seed in range(5)
    }
    assert len(splits) == 5


def test_no_fraction_tests_nothing() -> None:
    assert {each.split for each in split_documents([document("1"), document("2")], test_fraction=0, seed=1)} == {
        "train"
    }


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5])
def test_an_impossible_fraction_is_refused(fraction: float) -> None:
    with pytest.raises(InvalidInputError):
        split_documents([], test_fraction=fraction, seed=1)


@pytest.mark.skipif(not DATA.exists(), reason="the reference data is not beside the repository")
@pytest.mark.parametrize("name", ["azure_loan_agreements", "crossner_ai", "prodigy_fashion_brands"])
def test_real_projects_are_split_by_the_fraction(name: str) -> None:
    documents = read_jsonl(DATA / f"{name}.jsonl")
    split = split_documents(documents, test_fraction=0.2, seed=1)
    assert sum(each.split == "test" for each in split) == pytest.approx(len(documents) * 0.2, rel=0.1)
    sides = texts_by_side(split)
    for category, count in (sides["train"] + sides["test"]).items():
        assert sides["test"][category] / count == pytest.approx(0.2, abs=0.03)


def test_manual_split_keeps_what_people_decided() -> None:
    documents = [Document("1", "a", split="test"), Document("2", "b"), Document("3", "c", split="dev")]
    assert [each.split for each in manual_split(documents)] == ["test", "train", "dev"]


@given(DOCUMENTS, st.integers(2, 5), st.integers(0, 5))
def test_folds_are_even_and_keep_equal_texts_together(documents: list[Document], folds: int, seed: int) -> None:
    documents += [document(f"x{i}", text=f"extra {i}") for i in range(folds)]
    twins = [document(f"twin {each.id}", text=each.text) for each in documents[-folds:]]
    fold_of = assign_folds([*documents, *twins], folds, seed=seed)
    assert set(fold_of) == set(range(folds))
    assert fold_of[len(documents) :] == fold_of[len(documents) - folds : len(documents)]
    sizes = Counter(fold_of)
    assert max(sizes.values()) <= 2 * min(sizes.values()) + 2
    assert fold_of == assign_folds([*documents, *twins], folds, seed=seed)


@pytest.mark.parametrize(("n_documents", "folds"), [(1, 2), (3, 4), (5, 1), (0, 2)])
def test_impossible_folds_are_refused(n_documents: int, folds: int) -> None:
    with pytest.raises(InvalidInputError, match="folds"):
        assign_folds([document(str(i)) for i in range(n_documents)], folds, seed=0)
