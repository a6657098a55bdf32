"""Which document is used for what."""

from dataclasses import replace

import msgspec
import pytest

from model_tools.documents import Document
from model_tools.errors import InvalidInputError
from model_tools.spans import Label
from model_tools.training.parts import hold_out_test, split_parts
from model_tools.training.recipe import Recipe, load_recipe

CITY, NAME = Label(0, 1, "City"), Label(2, 3, "Name")


@pytest.fixture
def recipe() -> Recipe:
    return msgspec.structs.replace(
        load_recipe("default"), dev_min_documents=10, dev_share=0.2, early_stopping_min_labels=4
    )


def documents(n: int, split: str | None = "train") -> list[Document]:
    return [Document(f"{split}-{i}", f"a b {i}", (CITY, NAME), "en", split) for i in range(n)]  # type: ignore[arg-type]


def test_splits_are_kept_apart(recipe: Recipe) -> None:
    parts = split_parts([*documents(3), *documents(2, "test"), *documents(1, "dev"), *documents(1, None)], recipe)
    assert parts.categories == ("City", "Name")
    assert [document.id for document in parts.train] == ["train-0", "train-1", "train-2", "None-0"]
    assert [document.id for document in parts.held_out] == ["dev-0"]
    assert [document.id for document in parts.test] == ["test-0", "test-1"]


def test_enough_documents_spare_some_to_hold_out(recipe: Recipe) -> None:
    parts = split_parts(documents(10), recipe, seed=3)
    assert (len(parts.train), len(parts.held_out)) == (8, 2)
    assert {document.id for document in parts.train + parts.held_out} == {f"train-{i}" for i in range(10)}
    assert parts == split_parts(documents(10), recipe, seed=3)
    assert split_parts(documents(9), recipe).held_out == ()


def test_equal_texts_are_learnt_from_or_held_out_together(recipe: Recipe) -> None:
    twins = [replace(document, id=f"{document.id}-again") for document in documents(10)]
    parts = split_parts([*documents(10), *twins], recipe, seed=3)
    assert parts.held_out
    assert {document.text for document in parts.train}.isdisjoint(document.text for document in parts.held_out)


def test_a_rare_category_keeps_labels_to_learn_from(recipe: Recipe) -> None:
    rare = [replace(document, labels=(CITY,)) for document in documents(18)] + documents(20)[18:]
    for seed in range(20):
        parts = split_parts(rare, recipe, seed=seed)
        assert any(NAME in document.labels for document in parts.train), seed


def test_nothing_is_held_out_where_it_would_have_too_few_labels_to_decide_by(recipe: Recipe) -> None:
    sparse = [replace(document, labels=()) for document in documents(9)] + documents(10)[9:]
    parts = split_parts(sparse, recipe)
    assert (len(parts.train), parts.held_out) == (10, ())


def test_only_the_categories_asked_for(recipe: Recipe) -> None:
    parts = split_parts([*documents(2), *documents(1, "test")], recipe, categories=["Name"])
    assert parts.categories == ("Name",)
    assert {document.labels for document in parts.train + parts.test} == {(NAME,)}


@pytest.mark.parametrize("categories", [["Nix"], ["City", "Nix"]])
def test_a_category_without_labels_is_named(recipe: Recipe, categories: list[str]) -> None:
    with pytest.raises(InvalidInputError, match="Nix"):
        split_parts(documents(2), recipe, categories=categories)


@pytest.mark.parametrize(
    ("unusable", "message"),
    [
        ([], "There are no documents"),
        ([Document("1", "a b")], "no label at all"),
        (documents(3, "test"), "None of the 3 documents is for training"),
        (documents(2, "dev"), "None of the 2 documents is for training"),
    ],
)
def test_nothing_to_learn_from(recipe: Recipe, unusable: list[Document], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        split_parts(unusable, recipe)


def test_equal_data_equal_hash(recipe: Recipe) -> None:
    one, same = split_parts(documents(3), recipe), split_parts(documents(3), recipe)
    other = split_parts([*documents(2), Document("train-2", "a c 2", (CITY, NAME), "en", "train")], recipe)
    assert one.sha256 == same.sha256 != other.sha256


def test_a_test_part_is_drawn_only_where_there_is_none() -> None:
    drawn = hold_out_test([*documents(10), *documents(1, "dev")], share=0.3, seed=1)
    assert {document.id for document in drawn} == {"dev-0", *(f"train-{i}" for i in range(10))}
    assert sum(document.split == "test" for document in drawn) == 3
    assert sum(document.split == "dev" for document in drawn) == 1
    with_test = [*documents(9), *documents(1, "test")]
    assert hold_out_test(with_test, share=0.3) == with_test
