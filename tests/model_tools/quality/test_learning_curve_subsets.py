"""Who trains and who judges: nested subsets, folds, and data that allow no curve."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_tools.documents import Document, Split
from model_tools.errors import InvalidInputError
from model_tools.quality.subsets import CurvePlan, n_labels, nested_subsets, plan_curve
from model_tools.spans import Label


def documents(n: int, split: Split | None = None, *, categories: str = "AB", labels: int = 1) -> list[Document]:
    """Different texts; every second has the second category, and so on."""
    return [
        Document(
            f"{split}-{i}",
            f"{split} {i}".ljust(20) + "x " * labels,
            tuple(Label(20 + 2 * j, 21 + 2 * j, categories[i % len(categories)]) for j in range(labels)),
            "en",
            split,
        )
        for i in range(n)
    ]


def ids(some: tuple[Document, ...]) -> set[str]:
    return {document.id for document in some}


def check(plan: CurvePlan) -> None:
    """What holds for every plan."""
    for repeat in plan.repeats:
        for inner, outer in zip(repeat.subsets, repeat.subsets[1:], strict=False):
            assert ids(inner) <= ids(outer)
        assert not ids(repeat.subsets[-1]) & ids(repeat.yardstick)
        assert len(ids(repeat.yardstick)) == len(repeat.yardstick) > 0


def test_a_large_test_split_judges_every_repeat() -> None:
    plan = plan_curve([*documents(40, "train"), *documents(60, "test", labels=3)], n_repeats=3)
    check(plan)
    assert not plan.is_out_of_fold
    assert [len(repeat.yardstick) for repeat in plan.repeats] == [60, 60, 60]
    assert [len(subset) for subset in plan.repeats[0].subsets] == [5, 10, 20, 30, 40]
    assert plan.repeats[0].subsets[0] != plan.repeats[1].subsets[0]


@pytest.mark.parametrize("test", [[], documents(10, "test", labels=30), documents(40, "test")])
def test_where_the_test_split_is_small_folds_take_turns(test: list[Document]) -> None:
    everything = [*documents(50), *test]
    plan = plan_curve(everything, n_repeats=3)
    check(plan)
    assert plan.is_out_of_fold
    judges = [document.id for repeat in plan.repeats for document in repeat.yardstick]
    assert len(set(judges)) == len(judges) == pytest.approx(0.6 * len(everything), abs=3)
    assert all(len(repeat.subsets[-1]) + len(repeat.yardstick) == len(everything) for repeat in plan.repeats)


def test_folds_are_repeated_more_often_than_a_test_split_judges() -> None:
    assert len(plan_curve([*documents(40, "train"), *documents(60, "test", labels=3)]).repeats) == 2
    assert len(plan_curve(documents(40)).repeats) == 3


def test_documents_of_the_dev_split_are_left_out() -> None:
    plan = plan_curve([*documents(40, "train"), *documents(40, "dev")])
    assert not any(document.split == "dev" for repeat in plan.repeats for document in repeat.subsets[-1])
    assert not any(document.split == "dev" for repeat in plan.repeats for document in repeat.yardstick)


def test_a_huge_test_split_is_cut_to_what_is_enough() -> None:
    plan = plan_curve([*documents(40, "train"), *documents(900, "test", labels=2)])
    assert len(plan.repeats[0].yardstick) == 300
    assert plan.n_left_out == 600
    sparse = [replace(one, labels=()) if i % 10 else one for i, one in enumerate(documents(3000, "test", labels=2))]
    plan = plan_curve([*documents(40, "train"), *sparse])
    assert n_labels(plan.repeats[0].yardstick) == pytest.approx(500, abs=10)


def test_labels_that_cannot_be_learnt_are_not_asked_for() -> None:
    plan = plan_curve([*documents(40, "train"), *documents(100, "test", categories="ABC", labels=2)])
    assert plan.categories == ("A", "B")
    assert n_labels(plan.repeats[0].yardstick, "C") == 0


@given(n=st.integers(10, 60), seed=st.integers(0, 5), n_points=st.integers(3, 8), n_repeats=st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_every_plan_is_sound_and_repeatable(n: int, seed: int, n_points: int, n_repeats: int) -> None:
    everything = documents(n, categories="AAAB")
    plan = plan_curve(everything, n_points=n_points, n_repeats=n_repeats, seed=seed)
    check(plan)
    assert len(plan.repeats) == n_repeats
    assert all(len(repeat.subsets) == n_points for repeat in plan.repeats)
    assert plan == plan_curve(everything, n_points=n_points, n_repeats=n_repeats, seed=seed)


def test_small_subsets_have_the_mix_of_the_whole() -> None:
    some = documents(80, categories="AAAAAAAB")
    smallest, _ = nested_subsets(some, (0.25, 1.0), seed=3)
    assert n_labels(smallest, "B") == pytest.approx(2.5, abs=1)


@pytest.mark.parametrize(
    "some",
    [
        [],
        documents(1),
        documents(9),
        [replace(document, labels=()) for document in documents(50)],
        [replace(document, text="the same text for all of them") for document in documents(50)],
        [*documents(9, "train"), *documents(200, "test")],
    ],
    ids=["empty", "one", "nine", "no labels", "one text", "few to train on"],
)
def test_too_little_for_any_curve_is_refused(some: list[Document]) -> None:
    with pytest.raises(InvalidInputError, match="takes 10 different labelled documents"):
        plan_curve(some)


@pytest.mark.parametrize(("n_points", "n_repeats"), [(2, 1), (9, 1), (5, 0), (5, -1)])
def test_numbers_out_of_range_are_refused(n_points: int, n_repeats: int) -> None:
    with pytest.raises(InvalidInputError, match="3 to 8 points"):
        plan_curve(documents(50), n_points=n_points, n_repeats=n_repeats)
