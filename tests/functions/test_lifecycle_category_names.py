"""What a category is called now, after whatever happened to categories."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.lifecycle.category_names import CategoryNames
from functions.stores.changes import Change, ChangeKind, ChangeStatus

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def at(minute: int) -> datetime:
    return BEGINNING + timedelta(minutes=minute)


def change(minute: int, kind: ChangeKind, status: ChangeStatus, undone: int | None, **details: Any) -> Change:
    return Change("p", "id", kind, "ann", at(minute), details, status, undone=None if undone is None else at(undone))


def rename(minute: int, before: str, after: str, status: str = "applied", undone: int | None = None) -> Change:
    details = {"category": before, "newName": after}
    return change(minute, ChangeKind.RENAME_ENTITY, ChangeStatus(status), undone, **details)


def merge(minute: int, before: str, into: str, status: str = "applied", undone: int | None = None) -> Change:
    return change(minute, ChangeKind.MERGE_ENTITIES, ChangeStatus(status), undone, category=before, into=into)


def delete(minute: int, name: str, status: str = "applied") -> Change:
    return change(minute, ChangeKind.DELETE_ENTITY, ChangeStatus(status), None, category=name)


def apply(minute: int) -> Change:
    return change(minute, ChangeKind.APPLY_TO_MATCHES, ChangeStatus.APPLIED, None, category="A", text="x")


@pytest.mark.parametrize(
    ("declared", "changes", "name", "expected"),
    [
        ("B", [rename(1, "A", "B")], "A", "B"),
        ("B", [merge(1, "A", "B")], "A", "B"),
        ("B", [delete(1, "A")], "A", None),
        ("C", [rename(1, "A", "B"), apply(2), merge(3, "B", "C")], "A", "C"),
        ("", [rename(1, "A", "B"), delete(2, "B")], "A", None),
        ("BC", [rename(1, "A", "B"), rename(3, "A", "C")], "A", "C"),
        ("A", [rename(1, "A", "B", "undone", 2)], "B", "A"),
        ("A", [rename(1, "A", "B")], "B", "A"),
        ("C", [rename(1, "A", "B", "running"), rename(2, "B", "C")], "A", "C"),
        ("B", [rename(1, "A", "B"), rename(2, "A", "D", "running")], "A", "B"),
        ("B", [], "A", None),
    ],
    ids=[
        "renamed", "merged", "removed", "renamed, then merged", "renamed, then removed", "the name was used twice",
        "a rename was taken back", "a rename is being taken back", "renamed again while labels are on their way",
        "a rename that came too late has failed", "nobody knows why",
    ],
)  # fmt: skip
def test_labels_whose_category_is_gone(declared: str, changes: list[Change], name: str, expected: str | None) -> None:
    assert CategoryNames(frozenset(declared), iter(changes[::-1])).of_gone(name) == expected


@pytest.mark.parametrize(
    ("declared", "changes", "name", "expected"),
    [
        ("A", [], "A", "A"),
        ("B", [rename(6, "A", "B")], "A", "B"),
        ("AB", [rename(4, "A", "B")], "A", "A"),
        ("AB", [rename(6, "A", "B", "running")], "A", "A"),
        ("A", [rename(4, "A", "B", "undone", 6)], "B", "A"),
        ("A", [rename(6, "A", "B", "undone", 7)], "A", "A"),
        ("AB", [merge(6, "A", "B", "undone", 7)], "A", "A"),
        ("", [delete(6, "A")], "A", None),
        ("BC", [rename(6, "A", "B"), rename(8, "D", "A"), rename(9, "A", "C")], "A", "B"),
    ],
    ids=[
        "nothing happened", "renamed since", "another one was called so before", "a rename has not begun",
        "a rename was taken back since", "renamed and taken back since", "merged and taken back since",
        "removed since", "another one is called so since",
    ],
)  # fmt: skip
def test_a_name_of_then(declared: str, changes: list[Change], name: str, expected: str | None) -> None:
    assert CategoryNames(frozenset(declared), iter(changes[::-1])).since(at(5), name) == expected
